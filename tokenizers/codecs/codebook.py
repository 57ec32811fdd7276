"""Number codec that is a list: values in rising order, and for each the tokens that write it.

The number codecs of `binned.py` and `gray.py` are such lists; what they differ in is where the values lie and how
their ranks are written.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...grammars.errors import EncodeError, SpecError
from ..base import Invalid
from .bins import MAX_BINS, Bins


@dataclass(frozen=True, slots=True)
class Codebook:
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
    _next: dict[tuple[int, str], int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", tuple(dict.fromkeys(t for column in zip(*self.codes, strict=True) for t in column)))
        object.__setattr__(self, "_next", _machine(self.codes))

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

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        state, i = 0, start
        while state >= 0:
            if i >= len(tokens):
                return Invalid("the sequence ends where a number must follow", len(tokens))
            following = self._next.get((state, tokens[i]))
            if following is None:
                return Invalid(f"{tokens[i]!r} {'goes on with no number here' if state else 'begins no number'}", i)
            state, i = following, i + 1
        return self.values[-1 - state], i

    def round(self, value: float) -> float:
        return self.values[self.rank(value)]

    def rank(self, value: float) -> int:
        """Which of `values` a number goes to. Raises `EncodeError` where it is not finite."""
        if not math.isfinite(value):
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
        return bisect_right(self.edges, value)


def _machine(codes: Sequence[Sequence[str]]) -> dict[tuple[int, str], int]:
    """State and token -> next state, from state 0; -1 - rank where a code ends."""
    following: dict[tuple[int, str], int] = {}
    states = 0
    for rank, code in enumerate(codes):
        state = 0
        for text in code[:-1]:
            if (state, text) not in following:
                states += 1
                following[state, text] = states
            state = following[state, text]
        if following.setdefault((state, code[-1]), -1 - rank) != -1 - rank:
            raise ValueError(f"two numbers have the code {' '.join(code)}")
    return following


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
