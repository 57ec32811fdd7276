"""Number codecs in which few tokens, or one, lie between neighboring values: Gray-like codes and the thermometer.

No code without invalid words can promise that every changed token moves the value little: with n binary tokens some
change moves it by at least ~2^n/√(πn/2) ranks, however the words are ordered (Harper 1966). `snake` and the thermometer
buy the promise with words that mean nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...grammars.errors import SpecError
from .codebook import Codebook, check_size, signed_log_bins

GRAY_MODES = ("snake", "reflected")
MAX_THERMO = 256


def gray(values: Sequence[float], k: int = 64, mode: str = "snake") -> Codebook:
    """`gray:64,snake`: log bins with a zero, as those of `bins:64,log`; neighboring bins differ in one token.

    - `snake`: bin i is `G⌈i/2⌉ H⌊i/2⌋`. Guarantee: substituting one token of a number gives either the next bin
      up or down, or no number; both neighbors are reached that way (at the ends the one there is). Deleting or inserting a
      token within a number never gives a number. The words are an induced path ("snake", Kautz 1958) in a grid of symbols.
    - `reflected`: the binary reflected Gray code (Gray 1953) of i in ⌈log2 K⌉ tokens `G0`, `G1`, the most significant
      first. Guarantee: neighboring bins differ in one token. The reverse does not hold: changing the token
      j places before the last moves the bin by an odd number of ranks up to 2^(j+1) - 1, the first one to
      the mirror image.
    Range, rounding and worst relative error are those of the bins: magnitudes from the least to the greatest of the corpus (1e-3
    to 1e3 without one), nearest by ratio; numbers beyond become the outermost. Every value has one code. Raises `SpecError`
    where K is not in 3 … 100,000 or the mode is unknown.
    """
    spec = f"gray:{k},{mode}"
    check_size(spec, k, ("K", k, 3))
    bins = signed_log_bins(values, k)
    ranks = range(len(bins.centers))
    if mode == "snake":
        codes = tuple((f"G{(i + 1) // 2}", f"H{i // 2}") for i in ranks)
        return Codebook(spec, bins.centers, bins.edges, codes)
    if mode == "reflected":
        width = (len(ranks) - 1).bit_length()
        words = tuple(tuple(f"G{bit}" for bit in f"{i ^ (i >> 1):0{width}b}") for i in ranks)
        return Codebook(spec, bins.centers, bins.edges, words)
    raise SpecError(f"unknown gray mode {mode!r}; there are {', '.join(GRAY_MODES)}")


def thermo(values: Sequence[float], k: int = 32) -> Codebook:
    """`thermo:32`: K tokens per number, as many `T1` as its rank among K + 1 values, then `T0`: extreme redundancy.

    Guarantee: substituting one token gives either the next value up or down, or no number. Values: log bins with a zero, as those
    of `bins:K+1,log` (fewer, and fewer tokens, where the corpus has too few magnitudes). Range, rounding and worst relative error
    are those of the bins; numbers beyond become the outermost. Every value has one code. Raises `SpecError` where K is not in 2 …
    256.
    """
    spec = f"thermo:{k}"
    check_size(spec, k, ("K", k, 2))
    if k > MAX_THERMO:
        raise SpecError(f"{spec} would take {k} tokens for every number; the limit is {MAX_THERMO}")
    bins = signed_log_bins(values, k + 1)
    top = len(bins.centers) - 1
    codes = tuple(("T1",) * i + ("T0",) * (top - i) for i in range(top + 1))
    return Codebook(spec, bins.centers, bins.edges, codes)
