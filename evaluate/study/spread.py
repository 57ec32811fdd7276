"""How much seeds vary beside representations, and what many tests at once cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ..statistics.estimate import LEVEL, Estimate

Floats = NDArray[np.float64]
Z95 = NormalDist().inv_cdf((1 + LEVEL) / 2)
"""Half a 95 % interval over many items, in standard errors."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations `between` rows and `within` them, of so many degrees of freedom, and the intraclass correlation: the
    share of the variance of a single value that lies between rows."""

    between: float
    within: float
    freedom: int
    intraclass: Estimate


def spread(values: Floats) -> Spread:
    """One-way random effects of values (n, s), n representations by s seeds, NaN where there is none: ICC(1) of Shrout & Fleiss
    1979 by mean squares, for unequal counts too. NaN where no row has two values, or one row has.

    The interval is theirs, from the quantiles of F; with unequal counts by their mean size. Resampled rows covered 79 to 92 %
    instead of 95.
    """
    from scipy.stats import f

    table = np.asarray(values, dtype=float)
    table = table[np.isfinite(table).any(axis=1)] if table.size else table.reshape(0, 0)
    there = np.isfinite(table)
    n, total = len(table), int(there.sum())
    freedom = total - n
    if n < 2 or freedom < 1:
        nan = float("nan")
        within = nan if freedom < 1 else math.sqrt(float(np.nanvar(table, axis=1, ddof=1).mean()))
        return Spread(nan, within, freedom, Estimate(nan, nan, nan))
    counts, means = there.sum(axis=1), np.nanmean(table, axis=1)
    msb = float((counts * (means - np.nanmean(table)) ** 2).sum()) / (n - 1)
    msw = float(np.nansum((table - means[:, None]) ** 2)) / freedom
    size = (total - float((counts**2).sum()) / total) / (n - 1)
    between = math.sqrt(max(msb - msw, 0.0) / size)
    if msb + msw == 0:
        return Spread(0.0, 0.0, freedom, Estimate(math.nan, math.nan, math.nan))
    ratio = msb / msw if msw > 0 else math.inf
    value, low, high = (
        (r - 1) / (r + size - 1) if math.isfinite(r) else 1.0
        for r in (ratio, ratio / f.ppf((1 + LEVEL) / 2, n - 1, freedom), ratio * f.ppf((1 + LEVEL) / 2, freedom, n - 1))
    )
    return Spread(between, math.sqrt(msw), freedom, Estimate(value, float(low), float(high)))


def over_seeds(quality: Sequence[float], low: Sequence[float], high: Sequence[float], items: int) -> Estimate:
    """Mean over seeds of Q, given with its interval over `items` test items for each seed; the interval is for both.

    The variance is that over items, as if seeds were equally hard for the same items, plus that of the seeds' mean: both contain
    what is of one item and seed alone, so it is somewhat too wide. The quantile is that of `student_reach`: three seeds say
    little of a fourth. Of one seed the interval is that over items. There is none where a seed has none (all of its items alike:
    how they vary is not known).
    """
    q, half = np.asarray(quality, dtype=float), (np.asarray(high, dtype=float) - np.asarray(low, dtype=float)) / 2
    known = np.isfinite(q)
    q, half = q[known], half[known]
    if not len(q):
        return Estimate(math.nan, math.nan, math.nan)
    if len(q) == 1:
        ends = [float(np.asarray(end, dtype=float)[known][0]) for end in (low, high)]  # tables have None for NaN
        return Estimate(float(q[0]), *ends)
    mean, by_item, by_seed = float(q.mean()), float((half**2).mean()) / Z95**2, float(q.var(ddof=1)) / len(q)
    if math.isnan(by_item):
        return Estimate(mean, math.nan, math.nan)
    reach = student_reach(((by_item, items - 1), (by_seed, len(q) - 1)), LEVEL)
    return Estimate(mean, max(mean - reach, min(0.0, mean)), min(mean + reach, max(1.0, mean)))


def student_reach(parts: Sequence[tuple[float, float]], level: float) -> float:
    """Half a two-sided interval for a sum of independent parts, each a variance with its degrees of freedom.

    The quantile is Cochran & Cox's (1957): the mean of each part's own, by its variance, as in `intervals.crossed_mean`.
    Satterthwaite's degrees of freedom are taken for many whenever two or three seeds seem alike, and cover too little.
    """
    from scipy.stats import t

    variance = sum(v for v, _ in parts)
    if not variance > 0:
        return 0.0
    reach = sum(v * float(t.ppf((1 + level) / 2, df)) for v, df in parts if v > 0) / variance
    return reach * math.sqrt(variance)
