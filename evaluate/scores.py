"""What a training's samples are measured by: names, tolerances, splits, and means over test items and seeds. Needs no PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .statistics import LEVEL, RESAMPLES, Estimate, bootstrap_mean, student

Floats = NDArray[np.float64]

TOLERANCES = {"within_10": 0.1, "within_5": 0.05, "within_2": 0.02, "within_1": 0.01, "within_0.5": 0.005, "within_0.1": 0.001}
"""The tolerance curve: relative L2 errors within which a behavior counts as found."""
CHOICES = (1, 2, 4, 8, 16)
"""The k of Q@k: samples of one observation, of which the best by observed error is taken."""
NEW_SKELETON, NEW_COEFFICIENTS = "new-skeleton", "new-coefficients"
NEW_FORM, KNOWN_FORM = "new-form", "known-form"
SPLITS = (NEW_SKELETON, NEW_COEFFICIENTS, NEW_FORM, KNOWN_FORM)
"""Two ways to divide the tests, by skeleton and by form (`ntp.forms`): each item is on one side of both."""
CONSTRAINED = "_constrained"

VALID_Q = "q_valid"
"""q of a sample that decodes, None of one that does not: its mean is Q given valid."""

BOTH = {
    "q": "quality",
    "r2_above_0.9": "r2_share",
    **{name: name for name in TOLERANCES},
    "exact": "exact_match",
    "skeleton": "skeleton_match",
    "valid": "sample_validity",
    VALID_Q: "quality_valid",
}
"""Measured in free-running and in constrained decoding: column of a sample's row -> column of the table."""
FREE = {
    "distinct": "distinct",
    **{f"q@{k}": f"quality@{k}" for k in CHOICES},
    **{f"within_1@{k}": f"within_1@{k}" for k in CHOICES},
}
"""Measured in free-running decoding alone, once for each test item."""
COEFFICIENT_ERROR = "coefficient_error"
"""Relative error of a sample's coefficients, their median; only where its skeleton is right. Summed up by the median over items."""


def suffix(split: str) -> str:
    """'new-skeleton' -> '_new_skeleton', '' -> ''."""
    return f"_{split.replace('-', '_')}" if split else ""


KEPT = (
    *(f"{name}{tail}" for tail in ("", CONSTRAINED) for name in ("flops_per_sample", "distinct_items")),
    f"removed{CONSTRAINED}",
    *(f"{name}{suffix(split)}" for split in SPLITS for name in ("n_items", "floor_prior", "floor_nearest", "ceiling")),
    *(f"nearest_{name}{suffix(split)}" for split in ("", *SPLITS) for name in TOLERANCES),
)
"""Numbers of a training's summary that go into the table as they are, averaged over trainings."""
ALONG = ("coupling", "coupling_pooled", "gradient_alignment", "gradient_alignment_corrected")
"""What `trainings.along_training` estimates."""


def item_values(rows: Sequence[Mapping[str, Any]], key: str, items: Sequence[int]) -> Floats:
    """Per item the mean over its samples' finite values of a column, NaN where it has none: (len(items),)."""
    found: dict[int, list[float]] = {}
    for row in rows:
        value = row.get(key)
        if value is not None and math.isfinite(value):
            found.setdefault(row["item"], []).append(float(value))
    return np.array([float(np.mean(found[i])) if i in found else np.nan for i in items])


def crossed_mean(values: Floats, seed: int) -> Estimate:
    """Mean of a measure in [0, 1] over seeds and test items, with an interval for both. values: (seeds, items), NaN where missing.

    One seed: the bootstrap over items. Several: items and seeds are crossed random effects. The variance of the mean is that of
    the items' means plus that of the seeds' means less the interaction, which both of them contain (two-way random-effects
    analysis of variance), the interval Student's with Satterthwaite's degrees of freedom: three seeds that differ say little about
    a fourth, and a bootstrap over three would hide that.
    """
    table = values[:, np.isfinite(values).any(axis=0)]
    table = table[np.isfinite(table).any(axis=1)]
    m, n = table.shape
    if m < 2 or n < 2:
        return bootstrap_mean(table.ravel(), seed, within=(0.0, 1.0))
    items, seeds = np.nanmean(table, axis=0), np.nanmean(table, axis=1)
    mean = float(items.mean())
    by_item, by_seed = float(items.var(ddof=1)) / n, float(seeds.var(ddof=1)) / m
    residual = table - items - seeds[:, None] + mean
    both = float(np.nansum(residual**2)) / ((n - 1) * (m - 1) * n * m)
    variance = max(by_item, by_seed, by_item + by_seed - both)
    if variance <= 0:
        return Estimate(mean, mean, mean)
    freedom = (by_item + by_seed) ** 2 / (by_item**2 / (n - 1) + by_seed**2 / (m - 1))
    half = student((1 + LEVEL) / 2, max(1, int(freedom))) * math.sqrt(variance)
    return Estimate(mean, max(mean - half, min(0.0, mean)), min(mean + half, max(1.0, mean)))


def bootstrap_median(values: Sequence[float] | Floats, seed: int, resamples: int = RESAMPLES) -> Estimate:
    """Median of the finite values, its interval by percentiles of resampled medians; all NaN without any."""
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    if not len(x):
        return Estimate(float("nan"), float("nan"), float("nan"))
    draws = np.random.default_rng([seed, len(x)]).integers(0, len(x), size=(resamples, len(x)))
    low, high = np.quantile(np.median(x[draws], axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(np.median(x)), float(low), float(high))


def span_share(quality: Estimate, floor: float, ceiling: float) -> Estimate:
    """Q between the prior's (0) and the ceiling (1), which are taken as known; NaN where there is no room between."""
    span = ceiling - floor
    if not span > 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    return Estimate((quality.value - floor) / span, (quality.low - floor) / span, (quality.high - floor) / span)
