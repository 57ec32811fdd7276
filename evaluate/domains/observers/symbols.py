"""The observer of behaviors that are symbols: truth tables and other tables of a few values, sequences of symbols."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import SpecError
from ....grammars.tree import System
from .base import Curves, Floats, Floats32, Observations, alike

_ROWS = 256


@dataclass(frozen=True, slots=True)
class Symbols:
    """Behaviors whose values are the symbols 0 to `size` - 1: bits where there are two. One that is observed wrongly is any of
    the others, equally likely. Inputs, as those of a table, are numbers and observed without noise.

    `ordered`: whether what comes first is observed, as of a sequence; else points are evenly spread, as over a table. `length`:
    how many points of a sequence there are; what a behavior has behind them is no symbol, for a metric alone, and nobody sees it
    (0: all are symbols). Raises SpecError for fewer than two symbols.
    """

    size: int = 2
    ordered: bool = False
    length: int = 0

    def __post_init__(self) -> None:
        if self.size < 2:
            raise SpecError(f"an observer of {self.size} symbols sees nothing; there must be at least 2")
        if self.length and not self.ordered:
            raise SpecError(f"an observer of the first {self.length} points is one of sequences: ordered=True")

    def rows(self, system: System, times: int, points: int) -> NDArray[np.int64]:
        """With fewer times than points the last is repeated where they are ordered, else some of them."""
        if self.ordered:
            return np.minimum(np.arange(points), (self.length or times) - 1)
        return np.round(np.linspace(0, times - 1, points)).astype(np.int64)

    def noisy(self, curves: Curves, noise: float, rng: np.random.Generator) -> Curves:
        """Each symbol is another with probability `noise`; of a sequence those that are there, and never the 0 behind its end."""
        shape, first = curves.values.shape, int(self.ordered and self.size > 2)
        wrong = (rng.random(shape) < noise) & (curves.measured[:, None] > 0) & (curves.values >= first)
        other = first + (curves.values - first + rng.integers(1, self.size - first, shape)) % (self.size - first)
        return replace(curves, values=np.where(wrong, other, curves.values).astype(np.float32))

    def check(self, curves: Curves) -> None:
        """Raises SpecError where what is measured is no symbol."""
        measured = np.broadcast_to(curves.measured[:, None] > 0, curves.values.shape)
        strange = measured & ~np.isin(curves.values, np.arange(self.size))
        if strange.any():
            value = float(curves.values[strange][0])
            raise SpecError(f"a behavior has the value {value:g}, which is none of the symbols 0 to {self.size - 1} observed")

    def features(self, columns: int) -> tuple[int, int]:
        """See `embed`."""
        return 1 + columns * (self.size + 1), columns

    def embed(self, curves: Curves) -> Observations:
        """F = 1 + C (size + 1): the point's place from -1 to 1; per column which symbol it is, or, of an input, its value. S = C:
        whether the column is present. Raises SpecError where a behavior has values that are no symbols."""
        self.check(curves)
        measured = curves.measured[:, None, :, None]
        which = _which(curves.values, self.size) * measured
        inputs = curves.values * (1 - curves.measured[:, None])
        samples = [2 * curves.time[..., None] - 1, which.reshape(*curves.values.shape[:2], -1), inputs]
        return Observations(np.concatenate(samples, axis=2).astype(np.float32), curves.present)

    def nearest(self, train: Curves, others: Curves) -> Floats:
        """The share of symbols that differ."""
        result = np.full(len(others), np.inf)
        for theirs, ours, columns in alike(train.present, others.present):
            known, asked = (self._told(c.select(rows), columns) for c, rows in ((train, theirs), (others, ours)))
            told = np.maximum(others.measured[ours][:, columns].sum(axis=1) * others.values.shape[1], 1.0)
            for start in range(0, len(ours), _ROWS):
                part = slice(start, start + _ROWS)
                result[ours[part]] = 1.0 - (asked[part] @ known.T).max(axis=1) / told[part]
        return result

    def _told(self, curves: Curves, columns: NDArray[np.int64]) -> Floats32:
        """(n, P * columns * size): which symbol each measured column has at each point."""
        which = _which(curves.values[:, :, columns], self.size) * curves.measured[:, None, columns, None]
        return which.reshape(len(curves), -1)

    def error(self, observed: Floats, behavior: Floats) -> float:
        """The share of symbols that differ; NaN is none of them."""
        return float((observed != behavior).mean())

    def fit(self, truth: Floats, behavior: Floats) -> tuple[float, float]:
        """1 where all symbols are right, else -inf; and the share that is wrong, of a sequence up to the end of the longer one,
        which 0 stands behind. Symbols have no mean that a residual could be held against."""
        truth, behavior = (y[..., : self.length or y.shape[-2], :] for y in (truth, behavior))
        there = ((truth != 0) | (behavior != 0)) & ~np.isnan(truth) if self.ordered else ~np.isnan(truth)
        wrong = float((truth != behavior)[there].mean()) if there.any() else 0.0
        return 1.0 if wrong == 0 else float("-inf"), wrong

    def still(self, truth: Floats) -> Floats:
        """Of a table, the most frequent symbol of each dimension, the least one of several; points without a value do not count.
        Of a sequence the empty one: nobody would write one symbol over and over."""
        if self.ordered:
            return np.zeros(truth.shape)
        counts = np.stack([(truth == symbol).sum(axis=1, keepdims=True) for symbol in range(self.size)])
        return np.broadcast_to(counts.argmax(axis=0).astype(np.float64), truth.shape)


def _which(values: Floats32, size: int) -> Floats32:
    """(…) -> (…, size): 1 at the symbol, 0 elsewhere."""
    which: Floats32 = (values[..., None] == np.arange(size)).astype(np.float32)
    return which
