"""Number codecs that refine or bend bins: residual bins, μ-law, two-hot. All are fitted to a corpus' coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from .bins import edge_between, point_between
from .codebook import Codebook, check_size, signed_log_bins

_LIMIT = 1e3


def residual(values: Sequence[float], k1: int = 16, k2: int = 16) -> Codebook:
    """`residual:16,16`: a coarse bin, then a fine bin within it: 2.5 -> `R10 S3`. Two tokens tell K1·K2 values apart.

    Two stages of residual quantization (Juang & Gray 1982; as token stacks in Zeghidour et al. 2021, SoundStream), on one
    axis: the centers are those of `bins:K1·K2,log` with a zero, and each coarse bin is K2 neighbors among them, so
    that a substituted fine token stays within the coarse bin. Magnitudes run from the least to the greatest of the corpus
    (1e-3 to 1e3 without one), the same for both signs; between two centers of one sign the nearer by ratio is taken, to zero the
    nearer by difference; numbers beyond become the outermost. Worst relative error: half the step in log v.
    Raises `SpecError` where K1 or K2 is less than 2 or K1·K2 exceeds 100,000.
    """
    spec = f"residual:{k1},{k2}"
    check_size(spec, k1 * k2, ("K1", k1, 2), ("K2", k2, 2))
    bins = signed_log_bins(values, k1 * k2)
    codes = tuple((f"R{i // k2}", f"S{i % k2}") for i in range(len(bins.centers)))
    return Codebook(spec, bins.centers, bins.edges, codes)


def mulaw(values: Sequence[float], k: int = 64, mu: int = 255) -> Codebook:
    """`mulaw:64,255`: one token per number, `M0` … `M63`, evenly spaced in sign(v)·ln(1 + μ|v|/m)/ln(1 + μ).

    μ-law companding (ITU-T G.711; as one token per number in van den Oord et al. 2016, WaveNet): nearly linear below
    m/μ, logarithmic above. m is the greatest magnitude of the corpus (1000 without one); numbers beyond become ±m. Zero is
    exact; where K is even, the positive side has one value more. The nearest value is taken, in the companded scale. The
    relative error is bounded from the smallest value other than zero on (`reach`); smaller numbers round to it or to zero.
    Raises `SpecError` where K is not in 3 … 100,000 or μ is less than 1.
    """
    spec = f"mulaw:{k},{mu}"
    check_size(spec, k, ("K", k, 3), ("MU", mu, 1))
    limit = max((abs(v) for v in values if math.isfinite(v)), default=0.0) or _LIMIT
    strength = math.log1p(mu)

    def expand(share: float) -> float:
        return math.copysign(limit * (math.expm1(min(abs(share), 1.0) * strength) / mu), share)

    def compress(value: float) -> float:
        return math.copysign(math.log1p(mu * (abs(value) / limit)) / strength, value)

    sides = ((1.0, k // 2), (-1.0, (k - 1) // 2))
    inner = {expand(sign * i / n) + 0.0 for sign, n in sides for i in range(n)}
    centers = tuple(sorted({c for c in inner if abs(c) < limit} | {limit, -limit}))
    middles = ((a, b, expand((compress(a) + compress(b)) / 2)) for a, b in pairwise(centers))
    edges = tuple(m if a < m <= b else b for a, b, m in middles)
    return Codebook(spec, centers, edges, tuple((f"M{i}",) for i in range(len(centers))))


def twohot(values: Sequence[float], k: int = 64, w: int = 16) -> Codebook:
    """`twohot:64,16`: the center below and, in sixteenths, how far the number lies toward the next: `B40 W5`.

    The two-hot code of Schrittwieser et al. 2020 (MuZero) and Hafner et al. 2023 (DreamerV3), in which a number is a mixture of
    its two neighboring centers, with the weight rounded to a token. Centers are those of `bins:K,log` with a zero; between zero
    and the smallest of them numbers are interpolated, too. The nearest value by difference is taken; numbers beyond the outermost
    center become it. The relative error is bounded from the smallest center other than zero on (`reach`); below, the absolute
    error is at most that center/(2W). A weight of one does not exist: it is the next center with weight zero, so every value has
    one code. Raises `SpecError` where K is less than 3, W less than 1, or K·W exceeds 100,000.
    """
    spec = f"twohot:{k},{w}"
    check_size(spec, k * w, ("K", k, 3), ("W", w, 1))
    centers = signed_log_bins(values, k).centers
    points: list[float] = []
    codes: list[tuple[str, str]] = []
    for i, (low, high) in enumerate(pairwise(centers)):
        for j in range(w):
            value = point_between(low, high, j / w) + 0.0
            # Centers that are neighboring floats leave no room for weights.
            if value < high and (not points or value > points[-1]):
                points.append(value)
                codes.append((f"B{i}", f"W{j}"))
    points.append(centers[-1])
    codes.append((f"B{len(centers) - 1}", "W0"))
    edges = tuple(edge_between(a, b, False) for a, b in pairwise(points))
    return Codebook(spec, tuple(points), edges, tuple(codes), min(c for c in centers if c > 0))
