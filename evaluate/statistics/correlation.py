"""Rank correlations over few rows that were chosen and not drawn: the value, an interval where one can be trusted, and a
permutation p."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations as orders
from itertools import product
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from .estimate import LEVEL, RESAMPLES

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

FEWEST = 6
"""Rows below which a rank correlation has no interval and carries no claim. Of five, a single swap in a perfect ranking is p =
0.08; and resampled rows that are perfectly ranked by chance are so again in every resample, with an interval of no width."""
_SMALL = 10
"""Rows below which resampling knows too little of a correlation near 1, so that Bonett & Wright's interval is a least width."""
_ALL = math.factorial(8)
"""Up to so many orders p is over all of them; beyond, over PERMUTATIONS that are drawn."""
PERMUTATIONS = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """A rank correlation over `n` independent rows. All NaN where it is not defined.

    `low`, `high`: its 95 % interval, NaN below FEWEST rows. `p`: the share of the orders of one side, of `permutations` tried,
    whose correlation is as far from zero or farther; over all orders where `exact`. `least`: the smallest |rho| whose p is 0.05
    or less, for these very rows and ties; NaN where there is none.
    """

    value: float
    low: float
    high: float
    p: float
    n: int
    permutations: int
    exact: bool
    least: float

    def as_dict(self) -> dict[str, float | int | bool | None]:
        numbers = {"value": self.value, "low": self.low, "high": self.high, "p": self.p}
        known = {k: None if math.isnan(v) else v for k, v in numbers.items()}
        return known | {"n_permutations": self.permutations, "exact": self.exact}


def significant(value: float | None, low: float | None, high: float | None, p: float | None, n: int) -> bool:
    """Whether a rank correlation carries a claim: six rows or more, p at most 0.05, and an interval without zero. None and NaN:
    not."""
    if any(v is None or math.isnan(v) for v in (value, low, high, p)) or n < FEWEST:
        return False
    return bool(p <= 1 - LEVEL and not low <= 0 <= high)  # type: ignore[operator]


def spearman(a: Sequence[float] | Floats, b: Sequence[float] | Floats) -> float:
    """Spearman's rho over the pairs where both are there (an infinite value has a rank). NaN with fewer than three, or a constant
    side."""
    from scipy.stats import rankdata

    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    keep = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[keep], y[keep]
    if len(x) < 3 or (x == x[0]).all() or (y == y[0]).all():
        return math.nan
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def rank_correlation(
    x: Sequence[float] | Floats, y: Sequence[float] | Floats, seed: int, resamples: int = RESAMPLES
) -> Correlation:
    """Spearman's rho over the pairs where both are finite, as `partial_rank_correlation` without anything given."""
    return partial_rank_correlation(x, y, seed=seed, resamples=resamples)


def rank_correlation_of_means(x: Sequence[Floats], y: Sequence[Floats], seed: int, resamples: int = RESAMPLES) -> Correlation:
    """Spearman's rho between the means of x[i] and of y[i], i over representations, with an interval for both sources of chance.

    x[i] holds one value per expression, y[i] one per test item. Each resample draws expressions and test items (the same ones for
    every representation, because they are paired) and then representations: resampling the latter alone would give a perfect
    ranking of a few an interval of width zero. p is that of the means as they are.
    """
    keep = [i for i in range(len(x)) if (~np.isnan(x[i])).any() and (~np.isnan(y[i])).any()]
    a, b = _padded([x[i] for i in keep]), _padded([y[i] for i in keep])
    if not keep:
        return _undefined(0)
    table = _Columns.of([np.nanmean(a, axis=1), np.nanmean(b, axis=1)], None, None)
    value = float(_partial(table.means[None], table.strata)[0])
    if math.isnan(value):
        return _undefined(len(keep))
    p, tried, exact, least = _permuted(table, seed, PERMUTATIONS)
    if len(keep) < FEWEST:
        return Correlation(
            value=value, low=math.nan, high=math.nan, p=p, n=len(keep), permutations=tried, exact=exact, least=least
        )
    rng = np.random.default_rng([seed, len(keep)])
    chosen = rng.integers(0, len(keep), size=(resamples, len(keep)))
    columns = (rng.integers(0, m.shape[1], size=(resamples, m.shape[1])) for m in (a, b))
    draws = np.empty((resamples, 2, len(keep)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a row without a value in a resample has the mean NaN
        for side, (values, drawn) in enumerate(zip((a, b), columns, strict=True)):
            for r in range(resamples):
                draws[r, side] = np.nanmean(values[:, drawn[r]], axis=1)[chosen[r]]
    whole = draws[~np.isnan(draws).any(axis=(1, 2))]
    low, high = _interval(value, _partial(whole, table.strata), len(keep), 0, p)
    return Correlation(value=value, low=low, high=high, p=p, n=len(keep), permutations=tried, exact=exact, least=least)


def partial_rank_correlation(
    x: Sequence[float] | Floats,
    y: Sequence[float] | Floats,
    given: Sequence[Sequence[float] | Floats] = (),
    seed: int = 0,
    *,
    strata: Sequence[int] | Indices | None = None,
    clusters: Sequence[int] | Indices | None = None,
    resamples: int = RESAMPLES,
    permutations: int = PERMUTATIONS,
) -> Correlation:
    """Spearman's partial rho of x and y given other columns, with a 95 % interval for the choice of rows and of seeds, and p.

    Each column has one row per representation: (n,), or (n, s) with one value per training seed (NaN: none), which counts as
    its mean. Ranks are taken within each stratum (a domain, say) and centered there; x's and y's are replaced by their residuals
    from a linear regression on those of `given`; rho is Pearson's correlation of the residuals. Without `given`, and in one
    stratum, that is Spearman's rho. Rows in which a column has no value are left out.

    `clusters`: which rows belong together, at most one in each stratum: a representation that was measured in two domains is one
    independent row and not two. Clusters are drawn and permuted whole, among those that are in the same strata. Without, each row
    is one of its own. Where rows are counted twice, a nominal 5 % is 12 to 14 % in truth.

    p, two-sided, is by permutations of y's residuals (Freedman & Lane 1983), over all of them up to 8! and else over as many as
    `permutations` says. Without `given` it is exact if clusters are exchangeable where there is no relation; with, approximate.

    The interval is a percentile bootstrap, nested: clusters are drawn, then seeds within each row drawn, the same ones for all
    columns of as many seeds. The percentiles are those at which a normal variable is as far out as Student's t. Below ten
    clusters it is at least as wide as Bonett & Wright's (2000, Psychometrika 65), since resamples of a ranking that is perfect by
    chance are perfect too; below FEWEST there is none.

    What n = 12 can and cannot show. Rho must exceed 0.58 to differ from zero at the 5 % level (0.63 given two columns), and a
    true rho of 0.5 is found about once in three times: an interval that includes zero is no sign of no relation. Given four
    columns there are six degrees of freedom, and the interval may span nearly everything. Rows are taken for a sample of a
    population of representations. A line-up is chosen, not drawn, and has families in it (five spellings of one notation are not
    five independent rows), so the interval is too narrow for a claim about all representations. Nothing here tells cause from
    company.

    NaN where fewer than two degrees of freedom are left, or a column is constant or a function of those given.
    """
    table = _Columns.of([x, y, *given], strata, clusters)
    value = float(_partial(table.means[None], table.strata)[0])
    n = table.n_clusters
    if math.isnan(value):
        return _undefined(n)
    p, tried, exact, least = _permuted(table, seed, permutations)
    low = high = math.nan
    if n >= FEWEST:
        rng = np.random.default_rng([seed, len(table.strata), len(given)])
        low, high = _interval(value, _partial(table.resampled(resamples, rng), table.strata), n, len(given), p)
    return Correlation(value=value, low=low, high=high, p=p, n=n, permutations=tried, exact=exact, least=least)


def _undefined(n: int) -> Correlation:
    return Correlation(value=math.nan, low=math.nan, high=math.nan, p=math.nan, n=n, permutations=0, exact=False, least=math.nan)


def _interval(value: float, draws: Floats, n: int, given: int, p: float) -> tuple[float, float]:
    """Percentiles of resampled correlations. rho itself stays inside, since seeds drawn again add noise to noise, which pulls
    resampled correlations towards zero; and zero does where p does not exclude it, since of columns that are mostly tied
    resamples know little, and p is exact."""
    from scipy.stats import t

    finite = draws[np.isfinite(draws)]
    tail = (1 - LEVEL) / 2 if given else float(NormalDist().cdf(-t.ppf((1 + LEVEL) / 2, n - 1)))
    low, high = np.quantile(finite, [tail, 1 - tail]) if len(finite) else (-1.0, 1.0)
    if n < _SMALL:
        narrow = _bonett_wright(value, n, given)
        low, high = min(low, narrow[0]), max(high, narrow[1])
    ends = (value,) if p <= 1 - LEVEL else (value, 0.0)
    return min(float(low), *ends), max(float(high), *ends)


def _bonett_wright(value: float, n: int, given: int) -> tuple[float, float]:
    """Fisher's z with the variance (1 + rho² / 2) / (n - 3); one of 1 counts as 1 - 1/n², whose z is finite."""
    freedom = n - 3 - given
    if freedom < 1:
        return -1.0, 1.0
    inside = float(np.clip(value, -1 + 1 / n**2, 1 - 1 / n**2))
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * math.sqrt((1 + inside**2 / 2) / freedom)
    return math.tanh(math.atanh(inside) - half), math.tanh(math.atanh(inside) + half)


def _permuted(table: _Columns, seed: int, permutations: int) -> tuple[float, int, bool, float]:
    """p, the number of orders it is over, whether these are all, and the least rho that would be significant."""
    ranks = _ranks_within(table.means[None], table.strata)[0]
    projection = _projection(ranks[2:])
    a, e = ranks[0] @ projection, ranks[1] @ projection
    index, exact = table.orders(permutations, np.random.default_rng([seed, len(table.strata), len(ranks) - 2, 1]))
    shuffled = e[index] @ projection
    norms = np.sqrt((shuffled**2).sum(axis=1) * (a @ a))
    permuted = np.abs(np.divide(shuffled @ a, norms, out=np.zeros(len(index)), where=norms > 0))
    observed = abs(float(a @ e)) / math.sqrt(float(a @ a) * float(e @ e))
    extra = 0 if exact else 1
    p = float((extra + (permuted >= observed - 1e-12).sum()) / (extra + len(index)))
    return p, len(index), exact, _least(permuted, extra)


def _least(permuted: Floats, extra: int) -> float:
    """The smallest of the values that at most one in twenty reach. Values that differ by rounding alone are one."""
    values = np.sort(np.round(permuted, 12))[::-1]
    allowed = int((1 - LEVEL) * (len(values) + extra) + 1e-9) - extra
    reached = np.searchsorted(-values, -values, side="right")  # how many are as large
    fine = values[reached <= allowed]
    return float(fine[-1]) if len(fine) else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Columns of a table: `values` (n, s) each, values before NaN; `strata` (n,); `blocks`: rows of the clusters that are in the
    same strata, (clusters, strata) each, which may change places."""

    values: tuple[Floats, ...]
    strata: Indices
    blocks: tuple[Indices, ...]

    @staticmethod
    def of(
        columns: Sequence[Sequence[float] | Floats],
        strata: Sequence[int] | Indices | None,
        clusters: Sequence[int] | Indices | None,
    ) -> _Columns:
        arrays = [np.asarray(c, dtype=float) for c in columns]
        arrays = [a[:, None] if a.ndim == 1 else a for a in arrays]
        groups = np.zeros(len(arrays[0]), np.int64) if strata is None else np.asarray(strata, dtype=np.int64)
        own = np.arange(len(groups)) if clusters is None else np.asarray(clusters, dtype=np.int64)
        keep = np.logical_and.reduce([(~np.isnan(a)).any(axis=1) for a in arrays])
        arrays = [a[keep] for a in arrays]  # an infinite value is one, and has a rank
        # A stable sort by absence brings the values of each row to its front, in order.
        packed = [np.take_along_axis(a, np.isnan(a).argsort(axis=1, kind="stable"), axis=1) for a in arrays]
        return _Columns(tuple(packed), groups[keep], _blocks(groups[keep], own[keep]))

    @property
    def n_clusters(self) -> int:
        return sum(len(block) for block in self.blocks)

    @property
    def means(self) -> Floats:
        """(columns, n)."""
        return np.stack([np.nanmean(v, axis=1) for v in self.values]) if len(self.strata) else np.zeros((len(self.values), 0))

    def orders(self, permutations: int, rng: np.random.Generator) -> tuple[Indices, bool]:
        """Rows in other orders, (R, n), clusters whole: all orders where these are few enough, else drawn; and whether they are
        all."""
        exact = math.prod(math.factorial(len(block)) for block in self.blocks) <= _ALL
        if exact:
            every = [_orders(len(block)) for block in self.blocks]
            picks = np.array(list(product(*(range(len(o)) for o in every))), dtype=np.int64).reshape(-1, len(every))
            chosen = [o[picks[:, i]] for i, o in enumerate(every)]
        else:
            positions = (np.arange(len(block)) for block in self.blocks)
            chosen = [rng.permuted(np.broadcast_to(p, (permutations, len(p))), axis=1) for p in positions]
        return self._rows(chosen), exact

    def _rows(self, chosen: Sequence[Indices]) -> Indices:
        """(R, clusters) for each block -> (R, n): which row stands in for each."""
        index = np.empty((len(chosen[0]), len(self.strata)), np.int64)
        for block, order in zip(self.blocks, chosen, strict=True):
            index[:, block.ravel()] = block[order].reshape(len(order), -1)
        return index

    def resampled(self, resamples: int, rng: np.random.Generator) -> Floats:
        """(resamples, columns, n): clusters drawn, then values within rows."""
        n = len(self.strata)
        rows = self._rows([rng.integers(0, len(b), size=(resamples, len(b))) for b in self.blocks])
        positions = rng.random((resamples, n, max(v.shape[1] for v in self.values)))
        out = np.empty((resamples, len(self.values), n))
        for i, values in enumerate(self.values):
            counts = (~np.isnan(values)).sum(axis=1)[rows]
            chosen = np.floor(positions[:, :, : values.shape[1]] * counts[:, :, None]).astype(np.int64)
            drawn = values[rows[:, :, None], chosen]
            used = np.arange(values.shape[1]) < counts[:, :, None]
            out[:, i] = np.where(used, drawn, 0.0).sum(axis=2) / counts
        return out


@lru_cache(maxsize=16)
def _orders(n: int) -> Indices:
    return np.array(list(orders(range(n))), dtype=np.int64).reshape(-1, n)


def _blocks(strata: Indices, clusters: Indices) -> tuple[Indices, ...]:
    """Rows by cluster, grouped by the strata that a cluster is in. Raises ValueError where one is in a stratum twice."""
    members: dict[int, list[int]] = {}
    for row in np.argsort(strata, kind="stable"):
        members.setdefault(int(clusters[row]), []).append(int(row))
    blocks: dict[tuple[int, ...], list[list[int]]] = {}
    for cluster in sorted(members):
        where = tuple(int(s) for s in strata[members[cluster]])
        if len(set(where)) < len(where):
            raise ValueError(f"cluster {cluster} has several rows in one stratum")
        blocks.setdefault(where, []).append(members[cluster])
    return tuple(np.array(rows, dtype=np.int64) for rows in blocks.values())


def _partial(tables: Floats, strata: Indices) -> Floats:
    """Partial rank correlations of the first two of the columns of each table given the rest: (R, columns, n) -> (R,)."""
    if tables.shape[2] - len(np.unique(strata)) - (tables.shape[1] - 2) < 2:
        return np.full(len(tables), np.nan)
    ranks = _ranks_within(tables, strata)
    design = ranks[:, 2:].transpose(0, 2, 1)
    a, b = (_residuals(design, ranks[:, i]) for i in (0, 1))
    return _cosines(a, b, ranks[:, 0], ranks[:, 1])


def _ranks_within(tables: Floats, strata: Indices) -> Floats:
    """Ranks within strata, ties sharing their mean, centered, over the stratum's size: shape stays."""
    from scipy.stats import rankdata

    out = np.zeros_like(tables)
    for rows in (np.flatnonzero(strata == s) for s in np.unique(strata)):
        out[:, :, rows] = (rankdata(tables[:, :, rows], axis=2) - (len(rows) + 1) / 2) / len(rows)
    return out


def _projection(given: Floats) -> Floats:
    """(k, n) centered columns -> (n, n): what takes a column to its residual."""
    return np.asarray(np.eye(given.shape[1]) - np.linalg.pinv(given, rcond=1e-10) @ given)


def _residuals(design: Floats, column: Floats) -> Floats:
    """What regressions of (R, n) on the k centered columns of (R, n, k) leave: (R, n)."""
    if not design.shape[2]:
        return column
    turned = design.transpose(0, 2, 1)
    # Columns that depend on each other, which resamples of few rows have, are no reason to fail: hence the pseudoinverse.
    weights = np.linalg.pinv(turned @ design, rcond=1e-10, hermitian=True) @ (turned @ column[:, :, None])
    return np.asarray(column - (design @ weights)[:, :, 0])


def _cosines(a: Floats, b: Floats, before_a: Floats, before_b: Floats) -> Floats:
    """Correlations of centered columns (R, n): (R,); NaN where a regression has left nothing of one."""
    aa, bb, ab = ((u * v).sum(axis=1) for u, v in ((a, a), (b, b), (a, b)))
    left = (aa > 1e-9 * (before_a**2).sum(axis=1)) & (bb > 1e-9 * (before_b**2).sum(axis=1))
    return np.asarray(np.clip(np.divide(ab, np.sqrt(aa * bb), out=np.full(len(aa), np.nan), where=left), -1.0, 1.0))


def _padded(rows: Sequence[Floats]) -> Floats:
    """Rows of one length, NaN where there is no value."""
    out = np.full((len(rows), max((len(r) for r in rows), default=0)), np.nan)
    for row, values in zip(out, rows, strict=True):
        row[: len(values)] = values
    return out
