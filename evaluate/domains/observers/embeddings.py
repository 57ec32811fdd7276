"""The observer of behaviors that are embeddings: vectors of which only the direction says something."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import SpecError
from ....grammars.tree import System
from .base import Curves, Floats, Floats32, Observations, alike

_ROWS = 256


def cosine_distance(reference: Floats, other: Floats) -> Floats:
    """Half of 1 less the cosine, (…, T, D) -> (…): 0 in one direction, 1/2 at a right angle and from a vector of zeros, 1 in
    opposite ones. From the difference of unit vectors, so that equals are 0 apart to the last bit."""
    x, y = _unit(reference), _unit(other)
    distance = ((x - y) ** 2).sum(axis=(-2, -1)) / 4.0
    nothing = (x != 0).any(axis=(-2, -1)) != (y != 0).any(axis=(-2, -1))
    return np.asarray(np.where(nothing, 0.5, np.minimum(distance, 1.0)))


def _unit(values: Floats) -> Floats:
    length = np.sqrt((values**2).sum(axis=(-2, -1), keepdims=True))
    return np.asarray(values / np.where(length > 0.0, length, 1.0))


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Behaviors whose values, row by row, are the `size` numbers of an embedding. Compared by the cosine. Noise is Gaussian.

    A model sees the rows one by one, and the whole at once. Raises SpecError for fewer than one number.
    """

    size: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise SpecError(f"an observer of embeddings of {self.size} numbers sees nothing; there must be at least 1")

    def rows(self, system: System, times: int, points: int) -> NDArray[np.int64]:
        """The first ones; with fewer times than points the last is repeated."""
        return np.minimum(np.arange(points), times - 1)

    def noisy(self, curves: Curves, noise: float, rng: np.random.Generator) -> Curves:
        """Of standard deviation `noise` times the root mean square of the embedding."""
        size = noise * np.sqrt((curves.values**2).mean(axis=(1, 2), keepdims=True)) * curves.measured[:, None]
        return replace(curves, values=curves.values + size * rng.standard_normal(curves.values.shape, dtype=np.float32))

    def features(self, columns: int) -> tuple[int, int]:
        """See `embed`."""
        return 1 + columns, self.size

    def embed(self, curves: Curves) -> Observations:
        """F = 1 + C: the row's place from -1 to 1, and its numbers, in units of the embedding's root mean square. S = size: all
        rows at once; 0 behind what is observed, where there are fewer points than rows."""
        scale = np.sqrt((curves.values**2).mean(axis=(1, 2), keepdims=True))
        scaled = curves.values / np.where(scale > 0.0, scale, 1.0)
        whole = np.zeros((len(curves), self.size), np.float32)
        flat = scaled.reshape(len(curves), -1)[:, : self.size]
        whole[:, : flat.shape[1]] = flat
        samples = np.concatenate([2 * curves.time[..., None] - 1, scaled], axis=2)
        return Observations(samples.astype(np.float32), whole)

    def nearest(self, train: Curves, others: Curves) -> Floats:
        """The least cosine distance."""
        result = np.full(len(others), np.inf)
        for theirs, ours, columns in alike(train.present, others.present):
            known, asked = (_flat(c.values[rows][:, :, columns]) for c, rows in ((train, theirs), (others, ours)))
            for start in range(0, len(ours), _ROWS):
                part = slice(start, start + _ROWS)
                result[ours[part]] = np.clip(0.5 - 0.5 * (asked[part] @ known.T).max(axis=1), 0.0, 1.0)
        return result

    def error(self, observed: Floats, behavior: Floats) -> float:
        """The cosine distance; where a behavior has no value it is 0."""
        return float(cosine_distance(np.nan_to_num(observed), np.nan_to_num(behavior)))

    def fit(self, truth: Floats, behavior: Floats) -> tuple[float, float]:
        """1 less the squared relative error, and the relative error, of vectors of length 1: an embedding has no mean that a
        residual could be held against."""
        relative = 2.0 * float(np.sqrt(cosine_distance(np.nan_to_num(truth), np.nan_to_num(behavior)).mean()))
        return 1.0 - relative**2, relative

    def still(self, truth: Floats) -> Floats:
        """Zeros: what says nothing, half the largest distance from everything."""
        return np.zeros(truth.shape)


def _flat(values: Floats32) -> Floats:
    """Unit vectors (n, P C)."""
    return _unit(values.astype(np.float64)).reshape(len(values), -1)
