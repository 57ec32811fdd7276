"""The observer of behaviors that are outputs: a table of what comes out of each input, each a kind with some numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import SpecError
from ....grammars.tree import System
from .base import Curves, Floats, Floats32, Observations, alike

_ROWS = 64


def _turns(wave: Callable[[Floats32], Floats32], period: int, numbers: Floats32) -> Floats32:
    return wave(numbers * np.float32(2 * np.pi / period))


_SEEN: tuple[Callable[[Floats32], Floats32], ...] = (
    lambda numbers: np.clip(numbers / 8, -1, 1),
    np.arcsinh,
    np.sign,
    partial(_turns, np.cos, 2),
    *(partial(_turns, wave, period) for period in (3, 10) for wave in (np.sin, np.cos)),
)
"""What is seen of a number."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Behaviors whose rows are outputs: a kind, from 0 to `kinds` - 1, and numbers. Two outputs are the same or not. One that is
    observed wrongly is that of another input of the same behavior, any of them equally likely.

    Raises SpecError for fewer than one kind.
    """

    kinds: int

    def __post_init__(self) -> None:
        if self.kinds < 1:
            raise SpecError(f"an observer of {self.kinds} kinds of outputs sees nothing; there must be at least 1")

    def rows(self, system: System, times: int, points: int) -> NDArray[np.int64]:
        """Evenly spread, both ends included; with fewer times than points some are repeated."""
        return np.round(np.linspace(0, times - 1, points)).astype(np.int64)

    def noisy(self, curves: Curves, noise: float, rng: np.random.Generator) -> Curves:
        """Each output is that of another input with probability `noise`."""
        n, points, _ = curves.values.shape
        wrong = rng.random((n, points)) < noise * (points > 1)
        other = (np.arange(points) + 1 + rng.integers(0, max(points - 1, 1), (n, points))) % points
        which = np.where(wrong, other, np.arange(points))
        moved = np.take_along_axis(curves.values, which[..., None], axis=1)
        return replace(curves, values=np.where(curves.measured[:, None] > 0, moved, curves.values))

    def features(self, columns: int) -> tuple[int, int]:
        """See `embed`."""
        return 1 + self.kinds + (columns - 1) * len(_SEEN), self.kinds + columns - 1

    def embed(self, curves: Curves) -> Observations:
        """F = 1 + kinds + 8 (C - 1): the point's place from -1 to 1; which kind its output is; of each number its value over 8,
        cut at 1, its asinh, its sign, whether it is even, and where it lies in periods of 3 and 10, as sine and cosine: what a
        division leaves is seen there. S = kinds + C - 1: the share of each kind, and each number's mean, as its asinh. Raises
        SpecError for a kind that is none."""
        kind, numbers = curves.values[..., 0], curves.values[..., 1:]
        strange = ~np.isin(kind, np.arange(self.kinds))
        if strange.any():
            raise SpecError(f"a behavior has the kind {kind[strange][0]:g}, which is none of 0 to {self.kinds - 1} observed")
        columns = curves.values.shape[2]
        samples = np.empty((*kind.shape, self.features(columns)[0]), np.float32)
        samples[..., 0] = 2 * curves.time - 1
        samples[..., 1 : 1 + self.kinds] = kind[..., None] == np.arange(self.kinds)
        for i, seen in enumerate(_SEEN):
            first = 1 + self.kinds + i * (columns - 1)
            samples[..., first : first + columns - 1] = seen(numbers)
        shares = samples[..., 1 : 1 + self.kinds].mean(axis=1)
        return Observations(samples, np.concatenate([shares, np.arcsinh(numbers.mean(axis=1))], axis=1).astype(np.float32))

    def nearest(self, train: Curves, others: Curves) -> Floats:
        """The share of outputs that differ."""
        result = np.full(len(others), np.inf)
        every = np.concatenate([c.values * c.measured[:, None] for c in (train, others)])
        same = np.unique(every.reshape(-1, every.shape[2]), axis=0, return_inverse=True)[1].reshape(every.shape[:2])
        known, asked = same[: len(train)].astype(np.int32), same[len(train) :].astype(np.int32)
        for theirs, ours, _ in alike(train.present, others.present):
            for start in range(0, len(ours), _ROWS):
                part = ours[start : start + _ROWS]
                differ = np.zeros((len(part), len(theirs)), np.int32)
                for point in range(known.shape[1]):
                    differ += asked[part][:, point, None] != known[theirs, point]
                result[part] = differ.min(axis=1) / known.shape[1]
        return result

    def error(self, observed: Floats, behavior: Floats) -> float:
        """The share of outputs that differ; NaN is none."""
        return float((observed != behavior).any(axis=-1).mean())

    def fit(self, truth: Floats, behavior: Floats) -> tuple[float, float]:
        """1 where all outputs are right, else -inf; and the share that is wrong."""
        there = ~np.isnan(truth).any(axis=-1)
        wrong = float((truth != behavior).any(axis=-1)[there].mean()) if there.any() else 0.0
        return 1.0 if wrong == 0 else float("-inf"), wrong

    def still(self, truth: Floats) -> Floats:
        """The most frequent output, the first of several."""
        found = np.empty(truth.shape)
        for own, row in zip(truth, found, strict=True):
            there = own[~np.isnan(own).any(axis=-1)]
            outputs, first, counts = np.unique(there, axis=0, return_index=True, return_counts=True)
            row[:] = outputs[np.lexsort((first, -counts))[0]]
        return found
