"""What of a behavior can be observed, and what an observer makes of it: it belongs to the domain, and is the same for every
representation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import System

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Curves:
    """n behaviors at P points in C columns, noise-free.

    values: (n, P, C), 0 where a system has no such column. present: (n, C), 1 where it has. measured: (n, C), 1 where the column
    is noisy when observed. time: (n, P) in [0, 1]. horizon: (n,), in time units or iterations; 1 for functions.
    """

    values: Floats32
    present: Floats32
    measured: Floats32
    time: Floats32
    horizon: Floats32

    def __len__(self) -> int:
        return len(self.values)

    def select(self, rows: Sequence[int] | NDArray[np.int64]) -> Curves:
        """The curves of some rows."""
        return Curves(self.values[rows], self.present[rows], self.measured[rows], self.time[rows], self.horizon[rows])


def empty(points: int, columns: int) -> Curves:
    """No curves at all, of that many points and columns."""
    shapes = ((0, points, columns), (0, columns), (0, columns), (0, points), (0,))
    return Curves(*(np.zeros(shape, np.float32) for shape in shapes))


def join(parts: Sequence[Curves]) -> Curves:
    """The curves of all parts, in order."""
    arrays = zip(*((c.values, c.present, c.measured, c.time, c.horizon) for c in parts), strict=True)
    return Curves(*map(np.concatenate, arrays))


@dataclass(frozen=True, slots=True)
class Observations:
    """samples: (n, P, F), features of each observed point in time order. scales: (n, S), features of the whole, such as sizes
    that are taken out of the samples. Of shown expressions (`sight.Shown`): content ids, (n, P, 1), and no scales."""

    samples: Floats32 | NDArray[np.int64]
    scales: Floats32


def together(parts: Sequence[Observations]) -> Observations:
    """All observations, in order; at least one part."""
    return Observations(np.concatenate([p.samples for p in parts]), np.concatenate([p.scales for p in parts]))


class Observer(Protocol):
    """How behaviors of a domain are observed. `numbers.Numbers` and `symbols.Symbols` are the built-in ones."""

    def rows(self, system: System, times: int, points: int) -> NDArray[np.int64]:
        """Which of `times` output times are observed, (points,)."""
        ...

    def noisy(self, curves: Curves, noise: float, rng: np.random.Generator) -> Curves:
        """The curves with noise of that size on what was measured, and on nothing else; without noise, as they are."""
        ...

    def features(self, columns: int) -> tuple[int, int]:
        """(F, S) of what `embed` gives for a number of columns."""
        ...

    def embed(self, curves: Curves) -> Observations:
        """Features of curves as they were observed: what a model sees, and what retrieval compares."""
        ...

    def nearest(self, train: Curves, others: Curves) -> Floats:
        """(n,) distance of each of the others to the nearest training curve with the same columns; inf without any. What is
        within `TaskConfig.separation` of training is no test."""
        ...

    def error(self, observed: Floats, behavior: Floats) -> float:
        """How far a behavior (P, D) is from what was observed at its points (P, D), noise and all. NaN in a behavior is where it
        has no value."""
        ...

    def fit(self, truth: Floats, behavior: Floats) -> tuple[float, float]:
        """R² and the relative error of a behavior (I, T, D) against a truth that is defined where it counts: at most 1, and at
        least 0, as the columns `r2_share` and `within_…` count them."""
        ...

    def still(self, truth: Floats) -> Floats:
        """The constant behavior that a truth (I, T, D) is best said by, of the same shape: what knows it and stands still."""
        ...


def observe(observer: Observer, curves: Curves, noise: float, rng: np.random.Generator) -> Observations:
    """Features of curves observed with noise."""
    return observer.embed(observer.noisy(curves, noise, rng))


def alike(present: Floats32, others: Floats32) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Training rows, other rows and columns, by the columns that others have: curves of unequal columns are not compared."""
    found = []
    for pattern in np.unique(others, axis=0):
        ours, theirs = ((rows == pattern).all(axis=1).nonzero()[0] for rows in (others, present))
        if len(theirs):
            found.append((theirs, ours, pattern.nonzero()[0]))
    return found
