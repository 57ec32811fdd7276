"""Estimators and intervals. Every interval resamples expressions (or test items), never the edits of one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2000
LEVEL = 0.95
FEW, MANY = 6, 5000
"""From MANY on resampling takes seconds and gigabytes, and the mean is normal to a thousandth of its interval; below FEW it says little."""
_EXPANDED = 100


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % bootstrap interval; all NaN where there was nothing to average. Of one value alone there is no interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | None]:
        return {k: None if np.isnan(v) else v for k, v in (("value", self.value), ("low", self.low), ("high", self.high))}


def expected_maximum(distances: Floats, m: int) -> float:
    """`kappa@m`: expected maximum over m of the n given edits, drawn without replacement. NaN where n < m.

    The unbiased order-statistics estimator sum_i d_(i) C(i-1, m-1) / C(n, m), as pass@k is estimated (Chen et al.
    2021, "Evaluating Large Language Models Trained on Code"). The weights follow from w_n = m/n by
    w_{i-1} = w_i (i-m)/(i-1), which never forms a binomial.
    """
    n = len(distances)
    if not 1 <= m <= n:
        return float("nan")
    weights = np.zeros(n)
    w = m / n
    for i in range(n, m - 1, -1):
        weights[i - 1] = w
        if i > 1:
            w *= (i - m) / (i - 1)
    return float(np.sort(distances) @ weights)


def drawn_maximum(values: Floats, weights: Floats, m: int) -> float:
    """Expected maximum over m independent draws from a finite law: sum_i v_(i) (F_i^m - F_(i-1)^m). NaN where all weights are 0."""
    order = np.argsort(values, kind="stable")
    total = weights.sum()
    if not total > 0:
        return float("nan")
    levels = np.minimum(np.cumsum(weights[order]) / total, 1.0) ** m
    return float(values[order] @ np.diff(levels, prepend=0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Distances of one expression's edits: `values` (n,), drawn uniformly, or all of a law's with its `weights` (n,)."""

    values: Floats
    weights: Floats | None = None

    def __len__(self) -> int:
        return len(self.values)

    def mean(self) -> float:
        if self.weights is None:
            return float(self.values.mean())
        total = self.weights.sum()
        return float(self.values @ self.weights / total) if total > 0 else float("nan")

    def sup(self) -> float:
        return float(self.values.max())

    def at(self, m: int) -> float:
        """`kappa@m`; of a law, over m independent draws from it."""
        return expected_maximum(self.values, m) if self.weights is None else drawn_maximum(self.values, self.weights, m)

    def quantile(self, q: float) -> float:
        if self.weights is None:
            return float(np.quantile(self.values, q))
        return float(np.quantile(self.values, q, method="inverted_cdf", weights=self.weights))

    def share_above(self, threshold: float) -> float:
        return Sample((self.values > threshold).astype(float), self.weights).mean()


def bootstrap_mean(
    values: Sequence[float] | Floats, seed: int, resamples: int = RESAMPLES, within: tuple[float, float] = (-math.inf, math.inf)
) -> Estimate:
    """Mean of the finite values with an interval from resampling them: percentiles, set wider for few values.

    Plain percentile intervals of eight values cover 84 to 88 % at a nominal 95 %. The expanded ones of Hesterberg 2015 (What teachers
    should know about the bootstrap, Section 4.1) take the percentiles at Φ(-sqrt(n / (n - 1)) t), t being Student's with n - 1
    degrees of freedom. Of more than MANY values the interval is Student's own, which resampling would only find again with noise; of
    fewer than FEW as well: two or three values cannot be resampled to an interval that covers more than half or three quarters. `within`:
    between which the mean must lie; such an interval could reach beyond.
    """
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    if len(x) == 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    if len(x) == 1:
        # Resampling it gives a width of zero, as if it were known for sure.
        return Estimate(float(x[0]), float("nan"), float("nan"))
    if len(x) > MANY or len(x) < FEW:
        half = student((1 + LEVEL) / 2, len(x) - 1) * float(x.std(ddof=1)) / math.sqrt(len(x))
        return Estimate(float(x.mean()), max(within[0], float(x.mean()) - half), min(within[1], float(x.mean()) + half))
    means = x[_resample(len(x), resamples, seed)].mean(axis=1)
    tail = expanded_tail(len(x))
    low, high = np.quantile(means, [tail, 1 - tail])
    return Estimate(float(x.mean()), float(low), float(high))


@cache
def expanded_tail(n: int) -> float:
    """The share of bootstrap means to leave out on either side, for n values."""
    if n < 2:
        return (1 - LEVEL) / 2
    normal = NormalDist()
    return normal.cdf(-math.sqrt(n / (n - 1)) * student((1 + LEVEL) / 2, n - 1))


@cache
def student(p: float, df: int) -> float:
    """Quantile of Student's t, p > 0.5: of up to 100 degrees of freedom by bisecting the distribution's finite sums (Abramowitz &
    Stegun 26.7.3 and 26.7.4), of more by the expansion 26.7.5; to a hundred-thousandth for p up to 1 - 1e-6."""
    if df > _EXPANDED:
        z = NormalDist().inv_cdf(p)
        first = (z**3 + z) / 4
        second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
        third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
        return z + first / df + second / df**2 + third / df**3
    low, high = 0.0, math.pi / 2  # of the angle, whose tangent is t / sqrt(df)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(middle, df) < 2 * p - 1 else (low, middle)
    return math.tan((low + high) / 2) * math.sqrt(df)


def _inside(angle: float, df: int) -> float:
    """The share of Student's t within tan(angle) sqrt(df) of zero."""
    square, odd = math.cos(angle) ** 2, df % 2
    term, total = 1.0, 1.0
    for k in range(1 + odd, df - 2 + odd, 2):
        term *= square * k / (k + 1)
        total += term
    if not odd:
        return math.sin(angle) * total
    return 2 / math.pi * (angle + (math.sin(angle) * math.cos(angle) * total if df > 1 else 0.0))


def paired_difference(a: Sequence[float] | Floats, b: Sequence[float] | Floats, seed: int) -> Estimate:
    """Mean of a - b over the positions where both are finite, with its interval: same expressions on both sides."""
    return bootstrap_mean(np.asarray(a, dtype=float) - np.asarray(b, dtype=float), seed)


def rank_correlation(x: Sequence[float] | Floats, y: Sequence[float] | Floats, seed: int, resamples: int = RESAMPLES) -> Estimate:
    """Spearman's rho over the pairs where both are finite, with an interval from resampling the pairs.

    NaN with fewer than three pairs or a constant side. With few pairs the interval is wide and rough; say n beside it.
    """
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    keep = np.isfinite(a) & np.isfinite(b)
    a, b = a[keep], b[keep]
    value = _spearman(a, b)
    if np.isnan(value):
        return Estimate(value, value, value)
    draws = [_spearman(a[i], b[i]) for i in _resample(len(a), resamples, seed)]
    finite = [d for d in draws if np.isfinite(d)]
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


def rank_correlation_of_means(x: Sequence[Floats], y: Sequence[Floats], seed: int, resamples: int = RESAMPLES) -> Estimate:
    """Spearman's rho between the means of x[i] and of y[i], i over representations, with an interval for both sources of chance.

    x[i] holds one value per expression, y[i] one per test item. Each resample draws expressions and test items (the same ones for
    every representation, because they are paired) and then representations: resampling the latter alone would give a perfect
    ranking of a few an interval of width zero.
    """
    keep = [i for i in range(len(x)) if np.isfinite(x[i]).any() and np.isfinite(y[i]).any()]
    a, b = _padded([x[i] for i in keep]), _padded([y[i] for i in keep])
    value = _spearman(np.nanmean(a, axis=1), np.nanmean(b, axis=1)) if keep else float("nan")
    if np.isnan(value):
        return Estimate(value, value, value)
    chosen = _resample(len(keep), resamples, seed)
    columns = _resample(a.shape[1], resamples, seed + 1), _resample(b.shape[1], resamples, seed + 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a row without a value in a resample has the mean NaN
        draws = [
            _spearman(np.nanmean(a[:, i], axis=1)[k], np.nanmean(b[:, j], axis=1)[k])
            for k, i, j in zip(chosen, *columns, strict=True)
        ]
    finite = [d for d in draws if np.isfinite(d)]
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


def partial_rank_correlation(
    x: Sequence[float] | Floats,
    y: Sequence[float] | Floats,
    given: Sequence[Sequence[float] | Floats] = (),
    seed: int = 0,
    strata: Sequence[int] | NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Spearman's partial rho of x and y given other columns, with a 95 % interval for the choice of rows and of seeds.

    Each column has one row per representation: (n,), or (n, s) with one value per training seed (NaN: none), which counts as
    its mean. Ranks are taken within each stratum (a domain, say) and centered there; x's and y's are replaced by their residuals
    from a linear regression on those of `given`; rho is Pearson's correlation of the residuals. Without `given`, and in one
    stratum, that is Spearman's rho. Rows in which a column has no value are left out.

    The interval is a percentile bootstrap, nested: rows are drawn within their strata, then seeds within each row drawn, the
    same ones for all columns of as many seeds. Without `given`, percentiles are set wider for few rows, as in `bootstrap_mean`: simulated
    coverage at n = 14 is 97 %. With `given` they are plain and still too wide, since a resample of n rows has fewer distinct ones to
    spend on regressions: 96 % given one column, and above 99 % given four, where only `partial_rank_p` can find anything.

    What n = 12 can and cannot show. Rho must exceed 0.58 to differ from zero at the 5 % level (0.63 given two columns), and a true
    rho of 0.5 is found about once in three times: an interval that includes zero is no sign of no relation. Given four columns there
    are six degrees of freedom, and the interval may span nearly everything. Rows are taken for a sample of a population of
    representations. A line-up is chosen, not drawn, and has families in it (five spellings of one notation are not five
    independent rows), so the interval is too narrow for a claim about all representations. Nothing here tells cause from company.

    NaN where fewer than two degrees of freedom are left, or a column is constant or a function of those given.
    """
    table = _Columns.of([x, y, *given], strata)
    value = float(_partial(table.means[None], table.strata)[0])
    if np.isnan(value):
        return Estimate(value, value, value)
    rng = np.random.default_rng([seed, len(table.strata), len(given)])
    draws = _partial(table.resampled(resamples, rng), table.strata)
    finite = draws[np.isfinite(draws)]
    tail = (1 - LEVEL) / 2 if given else expanded_tail(len(table.strata))
    low, high = np.quantile(finite, [tail, 1 - tail]) if len(finite) else (-1.0, 1.0)
    # Seeds drawn again add noise to noise, which pulls resampled correlations towards zero: rho itself stays inside.
    return Estimate(value, min(float(low), value), max(float(high), value))


def partial_rank_p(
    x: Sequence[float] | Floats,
    y: Sequence[float] | Floats,
    given: Sequence[Sequence[float] | Floats] = (),
    seed: int = 0,
    strata: Sequence[int] | NDArray[np.int64] | None = None,
    permutations: int = 1999,
) -> float:
    """Two-sided permutation p-value of `partial_rank_correlation`: y's residuals are shuffled within strata (Freedman & Lane 1983).

    Exact up to its random draws without `given` if rows are exchangeable under the null; approximate with. NaN where rho is.
    """
    table = _Columns.of([x, y, *given], strata)
    ranks = _ranks_within(table.means[None], table.strata)[0]
    design = ranks[2:].T[None]
    a, e = (_residuals(design, column[None])[0] for column in ranks[:2])
    observed = _cosine(a, e, ranks[0], ranks[1])
    if np.isnan(observed) or _freedom(len(table.strata), table.strata, len(given)) < 2:
        return float("nan")
    rng = np.random.default_rng([seed, len(table.strata), len(given), 1])
    shuffled = np.empty((permutations, len(e)))
    for rows in _groups(table.strata):
        shuffled[:, rows] = rng.permuted(np.broadcast_to(e[rows], (permutations, len(rows))), axis=1)
    shuffled = _residuals(np.broadcast_to(design, (permutations, *design.shape[1:])), shuffled)
    norms = np.sqrt((shuffled**2).sum(axis=1)) * np.sqrt(a @ a)
    found = np.abs(np.divide(shuffled @ a, norms, out=np.zeros(permutations), where=norms > 0))
    return float((1 + (found >= abs(observed) - 1e-12).sum()) / (1 + permutations))


def least_rho(n: int, given: int = 0, strata: int = 1) -> float:
    """The smallest |rho| that differs from zero at the 5 % level, two-sided, by Student's approximation. NaN without freedom."""
    df = n - strata - 1 - given
    if df < 1:
        return float("nan")
    t = student((1 + LEVEL) / 2, df)
    return t / math.sqrt(df + t * t)


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Columns of a table with one row per representation: `values` (n, s) each, values before NaN; `strata` (n,)."""

    values: tuple[Floats, ...]
    strata: NDArray[np.int64]

    @staticmethod
    def of(columns: Sequence[Sequence[float] | Floats], strata: Sequence[int] | NDArray[np.int64] | None) -> _Columns:
        arrays = [np.asarray(c, dtype=float) for c in columns]
        arrays = [a[:, None] if a.ndim == 1 else a for a in arrays]
        groups = np.zeros(len(arrays[0]), np.int64) if strata is None else np.asarray(strata, dtype=np.int64)
        keep = np.logical_and.reduce([np.isfinite(a).any(axis=1) for a in arrays])
        arrays = [np.where(np.isfinite(a[keep]), a[keep], np.nan) for a in arrays]
        # A stable sort by absence brings the values of each row to its front, in order.
        packed = [np.take_along_axis(a, np.isnan(a).argsort(axis=1, kind="stable"), axis=1) for a in arrays]
        return _Columns(tuple(packed), groups[keep])

    @property
    def means(self) -> Floats:
        """(columns, n)."""
        return np.stack([np.nanmean(v, axis=1) for v in self.values]) if len(self.strata) else np.zeros((len(self.values), 0))

    def resampled(self, resamples: int, rng: np.random.Generator) -> Floats:
        """(resamples, columns, n): rows drawn within strata, then values within rows."""
        n = len(self.strata)
        rows = np.empty((resamples, n), np.int64)
        for group in _groups(self.strata):
            rows[:, group] = group[rng.integers(0, len(group), size=(resamples, len(group)))]
        positions = rng.random((resamples, n, max(v.shape[1] for v in self.values)))
        out = np.empty((resamples, len(self.values), n))
        for i, values in enumerate(self.values):
            counts = np.isfinite(values).sum(axis=1)[rows]
            chosen = np.floor(positions[:, :, : values.shape[1]] * counts[:, :, None]).astype(np.int64)
            drawn = values[rows[:, :, None], chosen]
            used = np.arange(values.shape[1]) < counts[:, :, None]
            out[:, i] = np.where(used, drawn, 0.0).sum(axis=2) / counts
        return out


def _groups(strata: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(strata == s) for s in np.unique(strata)]


def _freedom(n: int, strata: NDArray[np.int64], given: int) -> int:
    return n - len(np.unique(strata)) - given


def _partial(tables: Floats, strata: NDArray[np.int64]) -> Floats:
    """Partial rank correlations of the first two of the columns of each table given the rest: (R, columns, n) -> (R,)."""
    if _freedom(tables.shape[2], strata, tables.shape[1] - 2) < 2:
        return np.full(len(tables), np.nan)
    ranks = _ranks_within(tables, strata)
    design = ranks[:, 2:].transpose(0, 2, 1)
    a, b = (_residuals(design, ranks[:, i]) for i in (0, 1))
    return np.array([_cosine(*rows) for rows in zip(a, b, ranks[:, 0], ranks[:, 1], strict=True)])


def _ranks_within(tables: Floats, strata: NDArray[np.int64]) -> Floats:
    """Ranks within strata, ties sharing their mean, centered, over the stratum's size: shape stays."""
    out = np.zeros_like(tables)
    for rows in _groups(strata):
        part = tables[:, :, rows]
        above = (part[..., :, None] > part[..., None, :]).sum(axis=3) - (part[..., :, None] < part[..., None, :]).sum(axis=3)
        out[:, :, rows] = above / (2 * len(rows))
    return out


def _residuals(design: Floats, column: Floats) -> Floats:
    """What regressions of (R, n) on the k centered columns of (R, n, k) leave: (R, n)."""
    if not design.shape[2]:
        return column
    turned = design.transpose(0, 2, 1)
    # Columns that depend on each other, which resamples of few rows have, are no reason to fail: hence the pseudoinverse.
    weights = np.linalg.pinv(turned @ design, rcond=1e-10, hermitian=True) @ (turned @ column[:, :, None])
    return np.asarray(column - (design @ weights)[:, :, 0])


def _cosine(a: Floats, b: Floats, before_a: Floats, before_b: Floats) -> float:
    """Correlation of centered columns; NaN where a regression has left nothing of one."""
    aa, bb = float(a @ a), float(b @ b)
    if aa <= 1e-9 * float(before_a @ before_a) or bb <= 1e-9 * float(before_b @ before_b):
        return float("nan")
    return float(np.clip(a @ b / math.sqrt(aa * bb), -1.0, 1.0))


def _padded(rows: Sequence[Floats]) -> Floats:
    """Rows of one length, NaN where there is no value."""
    out = np.full((len(rows), max((len(r) for r in rows), default=0)), np.nan)
    for row, values in zip(out, rows, strict=True):
        row[: len(values)] = values
    return out


def _spearman(a: Floats, b: Floats) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(x: Floats) -> Floats:
    """Ranks from 0, ties sharing their mean: [3, 1, 1] -> [2, 0.5, 0.5]."""
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[inverse], dtype=float)


def _resample(n: int, resamples: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, n]).integers(0, n, size=(resamples, n))
