"""Number codec with one token per number: K bins over the coefficients of a corpus."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...grammars.errors import EncodeError, SpecError
from .stated import State, Stated, any_of

MODES = ("uniform", "log", "quantile")
_LOG_RANGE = (1e-3, 1e3)
_UNIFORM_RANGE = (-10.0, 10.0)
MAX_BINS = 100_000


@dataclass(frozen=True, slots=True)
class Bins(Stated):
    """`bins:64,log`: each number becomes `B0` … `B63`, the bin whose center is nearest.

    `mode`: where the centers lie.
    - `uniform`: evenly from the least to the greatest value.
    - `log`: evenly in log |v| from the least to the greatest magnitude other than zero, the same for both signs. One
      bin is exactly zero where K is odd (and not 1) or the corpus holds a zero; then a positive K that leaves an odd
      number gives the positive side one more.
    - `quantile`: at the middle of K equal shares of the values, so that all bins are used about equally.
    Values outside go to the outermost bin of their side. "Nearest" is by difference, but by ratio between two
    log centers of one sign. There are fewer than K bins where the corpus has too few distinct values to tell K
    centers apart; a dead token would only blur a comparison. Without a corpus (`centers` empty): uniform from -10
    to 10; log from 1e-3 to 1e3, with a zero; quantile like log. Deterministic. `Bins.fit` fits to values.
    """

    k: int = 64
    mode: str = "log"
    centers: tuple[float, ...] = ()
    tokens: tuple[str, ...] = field(init=False, compare=False, repr=False)
    edges: tuple[float, ...] = field(init=False, compare=False, repr=False)
    start: State = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check(self.k, self.mode)
        centers = self.centers or _centers(self.k, self.mode, ())
        if any(not (a < b) for a, b in pairwise(centers)):
            raise SpecError(f"the centers of {self.spec} must rise strictly")
        tokens = tuple(f"B{i}" for i in range(len(centers)))
        object.__setattr__(self, "centers", centers)
        object.__setattr__(self, "edges", tuple(edge_between(a, b, self.mode == "log") for a, b in pairwise(centers)))
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "start", any_of("a number", tokens))

    @classmethod
    def fit(cls, values: Sequence[float], k: int = 64, mode: str = "log") -> Bins:
        """Bins for the coefficients of a corpus; the default ones where there is no finite value."""
        _check(k, mode)
        return cls(k, mode, _centers(k, mode, [v + 0.0 for v in values if math.isfinite(v)]))

    @property
    def spec(self) -> str:
        return f"bins:{self.k},{self.mode}"

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude of a center that is not zero: what lies beyond is clamped. (0, 0) if all are zero."""
        sizes = [abs(c) for c in self.centers if c]
        return (min(sizes), max(sizes)) if sizes else (0.0, 0.0)

    @property
    def worst_error(self) -> float:
        """Largest relative error of a value between the first and the last center of either sign; infinite where
        values near zero become something else, or something else zero."""
        worst = 0.0
        for (low, high), edge in zip(pairwise(self.centers), self.edges, strict=True):
            if low < 0 < high or (self.mode != "log" and low * high == 0):
                return math.inf
            if low and high:
                worst = max(worst, (abs(edge - low) / abs(edge)), abs(high - edge) / abs(edge))
        return worst

    def write(self, value: float) -> list[str]:
        return [self.tokens[self._bin(value)]]

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        return self.centers[int(texts[0][1:])]

    def round(self, value: float) -> float:
        return self.centers[self._bin(value)]

    def _bin(self, value: float) -> int:
        if not math.isfinite(value):
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
        return bisect_right(self.edges, value)


def _check(k: int, mode: str) -> None:
    if mode not in MODES:
        raise SpecError(f"unknown bins mode {mode!r}; there are {', '.join(MODES)}")
    if not 1 <= k <= MAX_BINS:
        raise SpecError(f"bins:{k} is out of range; bins takes 1 to {MAX_BINS:,}")


def _centers(k: int, mode: str, values: Sequence[float]) -> tuple[float, ...]:
    if mode == "uniform":
        low, high = (min(values), max(values)) if values else _UNIFORM_RANGE
        centers = [point_between(low, high, i / (k - 1)) for i in range(k)] if k > 1 else [point_between(low, high, 0.5)]
    elif mode == "quantile" and values:
        ordered = sorted(values)
        distinct = sorted(set(ordered))
        shares = (ordered[(2 * i + 1) * len(ordered) // (2 * k)] for i in range(k))
        centers = distinct if len(distinct) <= k else list(shares)
    else:
        centers = _log_centers(k, values)
    return tuple(sorted({c + 0.0 for c in centers}))


def _log_centers(k: int, values: Sequence[float]) -> list[float]:
    sizes = [abs(v) for v in values if v]
    if values and not sizes:
        return [0.0]
    low, high = (min(sizes), max(sizes)) if sizes else _LOG_RANGE
    zero = k > 1 and (k % 2 == 1 or len(sizes) < len(values) or not values)
    positive = (k - zero + 1) // 2
    sides = ((positive, 1.0), (k - zero - positive, -1.0))
    return [sign * c for count, sign in sides for c in _geometric(low, high, count)] + [0.0] * zero


def _geometric(low: float, high: float, count: int) -> list[float]:
    if count == 1:
        return [min(max(math.sqrt(low) * math.sqrt(high), low), high)]
    a, b = math.log(low), math.log(high)
    inner = [min(max(math.exp(point_between(a, b, i / (count - 1))), low), high) for i in range(1, count - 1)]
    return [low, *inner, high] if count else []


def point_between(low: float, high: float, share: float) -> float:
    """Written so that neither the span nor the sum can overflow; never outside the two."""
    return min(max(low * (1.0 - share) + high * share, low), high)


def edge_between(low: float, high: float, ratio: bool) -> float:
    """The least value that goes to the upper of two neighboring centers; always in (low, high]."""
    if ratio and low > 0:
        edge = math.sqrt(low) * math.sqrt(high)
    elif ratio and high < 0:
        edge = -math.sqrt(-low) * math.sqrt(-high)
    else:
        edge = low / 2 + high / 2
    return edge if low < edge < high else high
