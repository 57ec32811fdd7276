"""Number codec that is a list: values in rising order, and for each the tokens that write it.

The number codecs of `binned.py` and `gray.py` are such lists; what they differ in is where the values lie and how
their ranks are written.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...grammars.errors import EncodeError, SpecError
from .bins import MAX_BINS, Bins
from .stated import State, Stated


@dataclass(frozen=True, slots=True)
class Codebook(Stated):
    """`values` rise strictly; `edges[i]` is the least number that goes to `values[i + 1]` and not to `values[i]`, and lies in
    (values[i], values[i + 1]]. `codes` have one length, at least 1, and each is used once, so that every value has one
    code and a code says where it ends; other sequences of tokens are invalid. `least`: the smallest magnitude that
    `worst_error` speaks for; 0: the smallest value other than zero.

    Numbers beyond the first or the last value become that value.
    """

    spec: str
    values: tuple[float, ...]
    edges: tuple[float, ...]
    codes: tuple[tuple[str, ...], ...]
    least: float = 0.0
    tokens: tuple[str, ...] = field(init=False, compare=False, repr=False)
    start: State = field(init=False, compare=False, repr=False)
    _values: dict[tuple[str, ...], float] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", tuple(dict.fromkeys(t for column in zip(*self.codes, strict=True) for t in column)))
        known = dict(zip(self.codes, self.values, strict=True))
        if len(known) < len(self.codes):
            twice = next(code for i, code in enumerate(self.codes) if code in self.codes[:i])
            raise ValueError(f"two numbers have the code {' '.join(twice)}")
        object.__setattr__(self, "_values", known)
        object.__setattr__(self, "start", _automaton(self.codes))

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error` on either side of zero that has values."""
        sides = [side for sign in (1, -1) if (side := [sign * v for v in self.values if sign * v > 0])]
        return (max(self.least, *map(min, sides)), min(map(max, sides))) if sides else (0.0, 0.0)

    @property
    def worst_error(self) -> float:
        """Largest relative error within `reach`."""
        least, most = self.reach
        worst = 0.0
        for (low, high), edge in zip(pairwise(self.values), self.edges, strict=True):
            near, far = sorted((abs(low), abs(high)))
            if low <= 0 <= high or far <= least or near >= most:
                continue
            middle = abs(edge)
            if middle >= least:
                worst = max(worst, 1.0 - near / min(middle, most))
            if middle <= most:
                worst = max(worst, far / max(middle, least) - 1.0)
        return worst

    def write(self, value: float) -> list[str]:
        return list(self.codes[self.rank(value)])

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        return self._values[tuple(texts)]

    def round(self, value: float) -> float:
        return self.values[self.rank(value)]

    def rank(self, value: float) -> int:
        """Which of `values` a number goes to. Raises `EncodeError` where it is not finite."""
        if not math.isfinite(value):
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
        return bisect_right(self.edges, value)


def _automaton(codes: Sequence[tuple[str, ...]]) -> State:
    """The smallest automaton of some words of equal length: equal sets of endings are one state."""
    shared: dict[tuple[tuple[str, int], ...], State] = {}

    def state(words: Sequence[tuple[str, ...]], at: int, fault: Callable[[str], str]) -> State | None:
        if at == len(words[0]):
            return None
        begun: dict[str, list[tuple[str, ...]]] = {}
        for word in words:
            begun.setdefault(word[at], []).append(word)
        below = {text: state(those, at + 1, _goes_on) for text, those in begun.items()}
        return shared.setdefault(tuple(sorted((text, id(s)) for text, s in below.items())), State("a number", below, fault))

    found = state(codes, 0, lambda text: f"{text!r} begins no number")
    if found is None:
        raise ValueError("a code has at least one token")
    return found


def _goes_on(text: str) -> str:
    return f"{text!r} goes on with no number here"


def signed_log_bins(values: Sequence[float], k: int) -> Bins:
    """At most `k` centers, zero always among them: evenly in log |v| from the least to the greatest magnitude of the
    values, the same for both signs; for even `k` the positive side has one more. From 1e-3 to 1e3 where no value is
    finite and other than zero."""
    sizes = [v for v in values if math.isfinite(v) and v]
    return Bins.fit([*sizes, 0.0], k, "log") if sizes else Bins(k, "log")


def check_size(spec: str, size: int, *arguments: tuple[str, int, int]) -> None:
    """Raise `SpecError` where an argument (name, value, least) is too small or the list too long."""
    for name, value, least in arguments:
        if value < least:
            raise SpecError(f"{spec} is out of range; {name} is at least {least}")
    if size > MAX_BINS:
        raise SpecError(f"{spec} would tell {size:,} values apart; the limit is {MAX_BINS:,}")
