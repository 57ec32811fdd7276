"""Intervals of means, shares and medians over expressions or test items, as wide as they must be to cover; none where none can.

They are closed forms, so equal values give equal intervals. `benchmarks/intervals.py` measures their coverage over populations
that were measured, statistic by statistic, and holds them to 93 to 98 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .estimate import LEVEL, Estimate

Floats = NDArray[np.float64]

FEW = 6
"""Values below which their skewness says nothing: the interval is Student's own."""
LEAST_RARE = 30
"""Values below which the mean of what is ruled by rare values has no interval: what can be said then is no narrower than a third
of all."""
_FAR, _NEAR = 0.005, 0.045
"""What is left out of the interval of such a mean on the side of the rare values, which the bound on them makes wide anyhow, and
on the other."""
_SKEW = 3.0
_SOME = 10
_NONE = float("nan")


def mean_estimate(
    values: Sequence[float] | Floats, within: tuple[float, float] = (-math.inf, math.inf), rare: bool = False
) -> Estimate:
    """Mean of the values that are not NaN with its 95 % interval. `within`: between which each value must lie.

    The interval is Student's, made lopsided for skewed values by Hall's transformation (1992, "On the removal of skewness by
    transformation"), and on either side no narrower than Student's own. A sample shows less skewness than it is drawn from: it
    counts 1 + 3 / n times.

    `rare`: whether values that are seldom seen rule the mean (a maximum near its bound, a rounding error that is nearly always
    small). A sample that lacks them does not show it, so that its own spread says nothing; the bounds do, see `_bounded`. There
    is no interval of fewer than LEAST_RARE such values, nor without two bounds.

    None either of one value, of values that are all equal (how they vary is not known) and where one is infinite.
    """
    x = np.asarray(values, dtype=float)
    x = x[~np.isnan(x)]
    if not len(x):
        return Estimate(_NONE, _NONE, _NONE)
    mean = float(x.sum()) if np.isinf(x).any() else float(x.mean())
    if len(x) < 2 or not math.isfinite(mean) or np.ptp(x) <= 1e-12 * np.abs(x).max():
        return Estimate(mean, _NONE, _NONE)
    if rare:
        if len(x) < LEAST_RARE or not (math.isfinite(within[0]) and math.isfinite(within[1])):
            return Estimate(mean, _NONE, _NONE)
        return _bounded(x, within)
    low, high = around(mean, float(x.std(ddof=1)) / math.sqrt(len(x)), len(x) - 1, lopsided(x))
    return Estimate(mean, max(low, within[0]), min(high, within[1]))


def paired_difference(a: Sequence[float] | Floats, b: Sequence[float] | Floats) -> Estimate:
    """Mean of a - b over the positions where both are known, with its interval: same expressions on both sides."""
    with np.errstate(invalid="ignore"):
        return mean_estimate(np.asarray(a, dtype=float) - np.asarray(b, dtype=float))


def limits(differences: Floats, level: float) -> tuple[float, float]:
    """Of the mean of paired differences (n,), at a level that several may share: Student's interval, or the wider of it and
    Hall's for skewed ones (`around`); NaN of fewer than two, or of equal ones."""
    n = len(differences)
    if n < 2 or np.ptp(differences) <= 1e-12 * np.abs(differences).max(initial=1e-300):
        return math.nan, math.nan
    error = float(differences.std(ddof=1)) / math.sqrt(n)
    return around(float(differences.mean()), error, n - 1, lopsided(differences), level)


def share_estimate(share: float, trials: float, freedom: float = math.inf) -> Estimate:
    """A share with the interval of Clopper & Pearson 1934: exact of yes or no in independent trials, so never of no width.

    Of dependent ones, `trials` is the number of independent ones that are worth as much, known from so many degrees of `freedom`
    (Korn & Graubard 1998).
    """
    from scipy.special import betaincinv

    if not trials > 0 or math.isnan(share):
        return Estimate(share, _NONE, _NONE)
    worth = trials * (student((1 + LEVEL) / 2, math.inf) / student((1 + LEVEL) / 2, freedom)) ** 2
    yes = min(max(share, 0.0), 1.0) * worth
    tail = (1 - LEVEL) / 2
    low = float(betaincinv(yes, worth - yes + 1, tail)) if yes > 0 else 0.0
    high = float(betaincinv(yes + 1, worth - yes, 1 - tail)) if yes < worth else 1.0
    return Estimate(share, min(low, share), max(high, share))


def median_estimate(values: Sequence[float] | Floats) -> Estimate:
    """Median of the values that are not NaN, with the interval between two order statistics that covers it whatever the law;
    fewer than six values have none."""
    from scipy.special import bdtr

    x = np.sort(np.asarray(values, dtype=float))
    x = x[~np.isnan(x)]
    n = len(x)
    if not n:
        return Estimate(_NONE, _NONE, _NONE)
    value = float(np.median(x))
    below = int(np.searchsorted(bdtr(np.arange(n), n, 0.5), (1 - LEVEL) / 2, side="right"))
    return Estimate(value, float(x[below - 1]), float(x[n - below])) if below else Estimate(value, _NONE, _NONE)


def crossed_mean(values: Floats, share: bool = False) -> Estimate:
    """Mean of a measure in [0, 1] over seeds and test items, with an interval for both. values: (seeds, items), NaN where
    missing.

    One seed: over items. Several: items and seeds are crossed random effects. The variance of the mean is that of the items'
    means plus that of the seeds' means less the interaction, which both of them contain (two-way random-effects analysis of
    variance). Its quantile is Cochran & Cox's (1957): the mean of Student's own for items and for seeds, by the variance of each.
    Three seeds that differ say little about a fourth, and resampling three would hide that; Satterthwaite's degrees of freedom
    cover 87 to 93 % where two or three differ much, since they are taken for many whenever these seem alike.

    Where every seed has items of its own, drawn anew, its mean is one value: the interval is Student's over seeds.

    `share`: whether the values are yes or no, or means of such: the interval is that of `share_estimate`, of as many trials as
    the variance says, and of no more than there are items until ten of them have a yes and ten a no.
    """
    table = values[:, np.isfinite(values).any(axis=0)]
    table = table[np.isfinite(table).any(axis=1)]
    m, n = table.shape
    if not m:
        return Estimate(_NONE, _NONE, _NONE)
    items, seeds = np.nanmean(table, axis=0), np.nanmean(table, axis=1)
    mean = float(items.mean())
    if (m < 2 or n < 2) and not share:
        return mean_estimate(table.ravel(), (0.0, 1.0))
    if m > 1 and _apart(table):
        variance, freedom, by_item = _nested(items, seeds)
    else:
        variance, freedom, by_item = _crossed(table, items, seeds) if m > 1 and n > 1 else _simple(table.ravel())
    if share:
        some = min(int((items > 0).sum()), int((items < 1).sum())) >= _SOME
        worth = mean * (1 - mean) / variance if variance > 0 else math.inf
        return share_estimate(mean, min(worth, float(n * m if some else n)), freedom if variance > 0 else math.inf)
    if variance <= 0:
        return Estimate(mean, _NONE, _NONE)
    low, high = around(mean, math.sqrt(variance), freedom, lopsided(items) * (by_item / variance) ** 1.5)
    return Estimate(mean, max(low, min(0.0, mean)), min(high, max(1.0, mean)))


def crossed_ratio(values: Floats) -> Estimate:
    """Mean of a measure in [0, 1] over the cells of (seeds, items) that have one, NaN in the others: over all samples that
    decode, say.

    How many there are is random as well, and items that are easy have more of them, so over several seeds a mean of the items'
    means is of something else. The interval is that of a ratio: of the deviations from it over the share of cells that have a
    value (the delta method), crossed as in `crossed_mean`, with fewer degrees of freedom than such items.
    """
    seen = np.isfinite(values)
    known = int(seen.any(axis=0).sum())
    if min(values.shape) < 2 or known < 2:
        return mean_estimate(values[seen], (0.0, 1.0))
    ratio = float(values[seen].mean())
    table = np.where(seen, values - ratio, 0.0) / seen.mean()
    items = table.mean(axis=0)
    if _apart(values):
        means = np.array([(row[row_seen] - ratio).mean() for row, row_seen in zip(values, seen, strict=True) if row_seen.any()])
        variance, freedom, by_item = _nested(values[seen], means)
    else:
        variance, freedom, by_item = _crossed(table, items, table.mean(axis=1))
    if variance <= 0:
        return Estimate(ratio, _NONE, _NONE)
    skewness = lopsided(items) * (by_item / variance) ** 1.5
    low, high = around(ratio, math.sqrt(variance), min(freedom, known - 1), skewness)
    return Estimate(ratio, max(low, min(0.0, ratio)), min(high, max(1.0, ratio)))


def _simple(x: Floats) -> tuple[float, float, float]:
    """Variance of the mean of one row, its degrees of freedom (those of a share are none), and the part of it that is due to
    items."""
    variance = float(x.var()) / len(x)
    return variance, math.inf, variance


def _apart(table: Floats) -> bool:
    """Whether every item is one seed's own."""
    return bool((np.isfinite(table).sum(axis=0) <= 1).all())


def _nested(items: Floats, seeds: Floats) -> tuple[float, float, float]:
    """As `_crossed`, where every seed has items of its own: what items add is in how much seeds differ."""
    m = len(seeds)
    if m < 2:
        return _simple(items)
    variance = float(seeds.var(ddof=1)) / m
    return variance, m - 1, min(float(items.var(ddof=1)) / len(items), variance)


def _crossed(table: Floats, items: Floats, seeds: Floats) -> tuple[float, float, float]:
    from scipy.special import stdtridf

    m, n = table.shape
    by_item, by_seed = float(items.var(ddof=1)) / n, float(seeds.var(ddof=1)) / m
    residual = table - items - seeds[:, None] + float(items.mean())
    both = float(np.nansum(residual**2)) / ((n - 1) * (m - 1) * n * m)
    variance = max(by_item, by_seed, by_item + by_seed - both)
    if variance <= 0:
        return 0.0, math.inf, 0.0
    level = (1 + LEVEL) / 2
    reach = (by_item * student(level, n - 1) + by_seed * student(level, m - 1)) / (by_item + by_seed)
    return variance, float(stdtridf(level, reach)), min(by_item, variance)


@lru_cache(maxsize=4096)
def student(p: float, freedom: float) -> float:
    """Quantile of Student's t; of infinitely many degrees of freedom the normal law's."""
    from scipy.special import ndtri, stdtrit

    return float(ndtri(p) if math.isinf(freedom) else stdtrit(freedom, p))


def lopsided(x: Floats) -> float:
    """Skewness of the mean of the values, that of the values over sqrt(n), as far as so few can show it: 0 below FEW of them."""
    n = len(x)
    deviations = x - x.mean()
    square = float(deviations @ deviations) / n
    if n < FEW or not square > 0:
        return 0.0
    return float((deviations**3).mean() / square**1.5 * (1 + _SKEW / n) / math.sqrt(n))


def around(mean: float, error: float, freedom: float, skewness: float, level: float = LEVEL) -> tuple[float, float]:
    """Limits about a mean of that standard error and skewness: the wider of Student's and of Hall's on either side."""
    reach = student((1 + level) / 2, freedom)
    low, high = mean - error * reach, mean + error * reach
    if abs(skewness) < 1e-6:
        return low, high

    def unbent(t: float) -> float:
        # Where T + a T²/3 + a² T³/27 + a/6, which is less skewed than T, is t.
        return 3 / skewness * (float(np.cbrt(1 + skewness * (t - skewness / 6))) - 1)

    return min(low, mean - error * unbent(reach)), max(high, mean - error * unbent(-reach))


def _bounded(x: Floats, within: tuple[float, float]) -> Estimate:
    """The interval of a mean of values with two bounds that no sample can deceive: each limit is that of Gaffke 2005 ("Three test
    statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative variable").

    The upper limit is a quantile of the mean of the values and the upper bound under random weights (uniform on the simplex, a
    Bayesian bootstrap to which the worst that has not been seen was added), the lower one in the same way; of zeros and ones they
    are Clopper and Pearson's. Of the 5 % left out, the side toward the farther bound has the lesser part.
    """
    mean = float(x.mean())
    far_below = mean - within[0] > within[1] - mean
    below, above = (_FAR, _NEAR) if far_below else (_NEAR, _FAR)
    return Estimate(mean, -_upper(-x, -within[0], 1 - below), _upper(x, within[1], 1 - above))


def _upper(x: Floats, bound: float, level: float) -> float:
    """The quantile of the randomly weighted mean of the values and the bound; the weights are exponential variables over their
    sum."""
    from scipy.optimize import brentq

    every = np.append(x, bound)
    center = float(every.mean())
    if bound - center <= 1e-12 * (bound - float(x.min())):
        return bound
    return float(
        brentq(lambda q: _below(every - q) - level if q < bound else 1 - level, center, bound, xtol=1e-9 * (bound - center))
    )


def _below(y: Floats) -> float:
    """How likely a sum of exponential variables times y is negative: the saddlepoint approximation of Lugannani & Rice 1980, to
    about a ten-thousandth here."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    least, most = float(y.min()), float(y.max())
    slope: Callable[[float], float] = lambda s: float((y / (1 - s * y)).sum())  # noqa: E731 (of the cumulants' generating function)
    s = brentq(slope, (1 - 1e-12) / least, (1 - 1e-12) / most, xtol=1e-14 / max(most, -least))
    w = math.copysign(math.sqrt(max(2 * float(np.log1p(-s * y).sum()), 0.0)), s)
    u = s * math.sqrt(float(((y / (1 - s * y)) ** 2).sum()))
    if abs(w) < 1e-5 or abs(u) < 1e-5:
        return 0.5
    return float(ndtr(w) + math.exp(-w * w / 2) / math.sqrt(2 * math.pi) * (1 / w - 1 / u))
