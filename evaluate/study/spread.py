"""How much seeds vary beside representations, and what many tests at once cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..statistics import LEVEL, RESAMPLES, Estimate

Floats = NDArray[np.float64]


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for their number by Holm's step-down method; NaN stay, and do not count."""
    adjusted = [float("nan")] * len(p)
    order = sorted((i for i in range(len(p)) if not math.isnan(p[i])), key=lambda i: p[i])
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p[i]))
        adjusted[i] = largest
    return adjusted


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations `between` rows and `within` them, and the intraclass correlation: the share of the variance of a
    single value that lies between rows."""

    between: float
    within: float
    intraclass: Estimate


def spread(values: Floats, seed: int, resamples: int = RESAMPLES) -> Spread:
    """One-way random effects of values (n, s), n representations by s seeds, NaN where there is none: ICC(1) of Shrout & Fleiss
    1979 by mean squares, for unequal counts too. The interval resamples rows. NaN where no row has two values, or one row has."""
    kept = np.asarray(values, dtype=float)
    kept = kept[np.isfinite(kept).any(axis=1)] if kept.size else kept.reshape(0, 0)
    between, within, icc = (float(v[0]) for v in _components(kept[None]))
    if math.isnan(icc):
        return Spread(between, within, Estimate(icc, icc, icc))
    draws = _components(kept[np.random.default_rng([seed, len(kept)]).integers(0, len(kept), size=(resamples, len(kept)))])[2]
    finite = draws[np.isfinite(draws)]
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Spread(between, within, Estimate(icc, float(low), float(high)))


def _components(values: Floats) -> tuple[Floats, Floats, Floats]:
    """(R, n, s) -> standard deviations between and within rows, and ICC(1): (R,) each."""
    there = np.isfinite(values)
    counts = there.sum(axis=2)
    filled = np.where(there, values, 0.0)
    n, total = values.shape[1], counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = filled.sum(axis=2) / counts
        grand = filled.sum(axis=(1, 2)) / total
        msb = (counts * (means - grand[:, None]) ** 2).sum(axis=1) / (n - 1)
        msw = (np.where(there, filled - means[:, :, None], 0.0) ** 2).sum(axis=(1, 2)) / (total - n)
        size = (total - (counts**2).sum(axis=1) / total) / (n - 1)
        icc = (msb - msw) / (msb + (size - 1) * msw)
        return np.sqrt(np.maximum(msb - msw, 0.0) / size), np.sqrt(msw), icc
