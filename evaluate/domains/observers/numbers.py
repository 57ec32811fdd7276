"""The observer of behaviors that are numbers: curves over time, orbits, tables of values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import System
from ..metrics import METRICS, distances
from .base import Curves, Floats, Floats32, Observations, alike

TINY = 1e-6
PHASELESS = 1e-3
"""Values much smaller than this have no phase to speak of: noise would turn it around."""
CLIP = 8.0
"""Scaled values are cut here: a single spike must not drown the rest of an embedding."""
_ROWS = 256


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values with Gaussian noise, seen by their size, their sign and where they lie within their decade."""

    def rows(self, system: System, times: int, points: int) -> NDArray[np.int64]:
        """Maps: the first ones, since a skipped iterate says nothing of the map; else evenly spread, both ends included. With
        fewer times than points the last is repeated."""
        if system.domain == "map":
            return np.minimum(np.arange(points), times - 1)
        return np.round(np.linspace(0, times - 1, points)).astype(np.int64)

    def noisy(self, curves: Curves, noise: float, rng: np.random.Generator) -> Curves:
        """Of standard deviation `noise` times the column's mean absolute value."""
        size = noise * np.abs(curves.values).mean(axis=1, keepdims=True) * curves.measured[:, None]
        return replace(curves, values=curves.values + size * rng.standard_normal(curves.values.shape, dtype=np.float32))

    def features(self, columns: int) -> tuple[int, int]:
        """See `embed`."""
        return 1 + 7 * columns, 1 + 10 * columns

    def embed(self, curves: Curves) -> Observations:
        """F = 1 + 7 C: time from -1 to 1; per column the value over the column's scale, its asinh, its sign, and its phases
        (`_phases`, 2 octaves).
        S = 1 + 10 C: log10 of the horizon; per column whether it is present, log10 of its scale, its mean over its scale, the
        asinh of its first value, and the phases of its scale (3 octaves).
        """
        values, present = curves.values, curves.present
        scale = np.maximum(np.abs(values).mean(axis=1, keepdims=True), TINY)
        scaled = np.clip(values / scale, -CLIP, CLIP)
        samples = [2 * curves.time[..., None] - 1, scaled, np.arcsinh(values), np.sign(values), *_phases(values, 2)]
        scales = [np.log10(curves.horizon)[:, None], present, present * np.log10(scale[:, 0]) / 2]
        scales += [scaled.mean(axis=1), np.arcsinh(values[:, 0]), *_phases(scale[:, 0], 3)]
        return Observations(np.concatenate(samples, axis=2).astype(np.float32), np.concatenate(scales, axis=1).astype(np.float32))

    def nearest(self, train: Curves, others: Curves) -> Floats:
        """Bounded-l2 (`metrics.bounded_l2`) on the observed points, as one matrix product, since it runs over all pairs. Curves
        from other starting points or horizons are compared as they are: what looks the same is treated as the same."""
        result = np.full(len(others), np.inf)
        x, y = train.values.astype(np.float64), others.values.astype(np.float64)
        for theirs, ours, columns in alike(train.present, others.present):
            known = x[theirs][:, :, columns]
            for rows in _blocks(ours):
                result[rows] = _least(known, y[rows][:, :, columns])
        return result

    def error(self, observed: Floats, behavior: Floats) -> float:
        """Bounded-l2."""
        return float(distances(METRICS["bounded-l2"], observed[None], behavior[None, None])[0])

    def fit(self, truth: Floats, behavior: Floats) -> tuple[float, float]:
        """`r_squared`, and relative-l2."""
        return r_squared(truth, behavior), float(distances(METRICS["relative-l2"], truth, behavior[None])[0])

    def still(self, truth: Floats) -> Floats:
        """The mean over the points that have a value."""
        return np.broadcast_to(np.nanmean(truth, axis=1, keepdims=True), truth.shape)


NUMBERS = Numbers()


def r_squared(truth: Floats, y: Floats) -> float:
    """1 - residual / variance of the truth (I, T, D), each around its mean over time, summed over dimensions; -inf where the
    truth rests. Points at which the truth is undefined are left out."""
    residual, spread = (float(np.nansum(values**2)) for values in (truth - y, truth - np.nanmean(truth, axis=1, keepdims=True)))
    if spread > 0:
        return 1.0 - residual / spread
    return 1.0 if residual == 0 else float("-inf")


def _phases(values: Floats32, octaves: int) -> list[Floats32]:
    """Where values lie within their decade, as sine and cosine of 2 pi 2^k log10 |value|, k < octaves.

    Coefficients are written in digits, and a value's leading digits are this, whatever its size. From size and scaled value alone
    a model learns to copy coefficients four times as slowly (docs/quality.md).
    """
    phase = 2 * np.pi * np.log10(np.abs(values) + PHASELESS)
    return [f(2**k * phase) for k in range(octaves) for f in (np.sin, np.cos)]


def _blocks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows in blocks: distances to 200,000 training curves take 1.6 MB a row."""
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))


def _least(train: Floats, others: Floats) -> Floats:
    """‖y - x‖² = ‖y‖² + ‖x‖² - 2 y·x, each column over the RMS of y in it."""
    rms = np.sqrt((others**2).mean(axis=1))
    largest = np.maximum(rms.max(axis=1, keepdims=True), 1e-100)
    weight = np.where(rms > 1e-9 * largest, rms, largest) ** -2.0  # (n, C)
    y2 = ((others**2).sum(axis=1) * weight).sum(axis=1)[:, None]
    x2 = weight @ (train**2).sum(axis=1).T
    dot = (others * weight[:, None]).reshape(len(others), -1) @ train.reshape(len(train), -1).T
    distance = np.sqrt(np.maximum(y2 + x2 - 2 * dot, 0.0)) / np.maximum(np.sqrt(y2) + np.sqrt(x2), 1e-100)
    return np.asarray(distance.min(axis=1))
