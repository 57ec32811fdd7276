"""Who is ahead of whom: a ranking that orders two representations only where their paired difference is significant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ..statistics.estimate import LEVEL
from ..statistics.intervals import around, lopsided, student

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RankRange:
    """A representation's places in a ranking of `n`: from `first` to `last`, those that the significant differences leave
    open."""

    representation: str
    value: float
    first: int
    last: int
    n: int

    @property
    def text(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places, best first. `n_pairs` compared, of which `n_apart` differ significantly. `least_seeds`: the fewest trainings of
    one."""

    ranges: tuple[RankRange, ...]
    n_pairs: int
    n_apart: int
    least_seeds: int

    @property
    def leaders(self) -> tuple[RankRange, ...]:
        """Those that nothing is significantly ahead of."""
        return tuple(p for p in self.ranges if p.first == 1)


def rank(names: Sequence[str], tables: Sequence[Floats], smaller: bool) -> Ranking:
    """Rank by the means of `tables`, each (seeds, items), aligned in items, NaN where missing; `smaller`: whether less is better.

    Each pair is compared by its paired differences over the items that both have, at the 95 % level for all pairs together
    (Bonferroni), with limits as wide as `intervals` makes them. How much one training differs from the next is added in
    quadrature, its variance pooled over all representations; with one seed each it is not in it. An item is a test behavior or an
    expression. A table without values takes no part.
    """
    known = [(name, table) for name, table in zip(names, tables, strict=True) if (~np.isnan(table)).any()]
    means = [float(np.nanmean(np.nanmean(table[(~np.isnan(table)).any(axis=1)], axis=1))) for _, table in known]
    n_pairs = len(known) * (len(known) - 1) // 2
    noise = _seed_noise([table for _, table in known])
    ahead = np.zeros((len(known), len(known)), dtype=bool)
    for i in range(len(known)):
        for j in range(i):
            sign = _sign(known[i][1], known[j][1], n_pairs, noise)
            if sign:
                better, worse = (i, j) if (sign < 0) == smaller else (j, i)
                ahead[better, worse] = True
    ranges = [
        RankRange(name, means[i], 1 + int(ahead[:, i].sum()), len(known) - int(ahead[i].sum()), len(known))
        for i, (name, _) in enumerate(known)
    ]
    ranges.sort(key=lambda p: p.value if smaller else -p.value)
    return Ranking(tuple(ranges), n_pairs, int(ahead.sum()), min((_seeds(table) for _, table in known), default=0))


def _seed_noise(tables: Sequence[Floats]) -> tuple[float, int]:
    """Variance of one training's mean about its representation's, pooled over all, and its degrees of freedom. Of the two or
    three seeds of one pair alone it is too rough: now and then it is almost zero by chance, and then everything is
    significant."""
    averages = [np.nanmean(t[(~np.isnan(t)).any(axis=1)], axis=1) for t in tables]
    means = [m for m in averages if np.isfinite(m).all()]  # infinite ones have no variance
    freedom = sum(len(m) - 1 for m in means)
    squares = sum(float(((m - m.mean()) ** 2).sum()) for m in means)
    return (squares / freedom if freedom else 0.0), freedom


def _sign(a: Floats, b: Floats, pairs: int, noise: tuple[float, int]) -> int:
    """1 where a is significantly larger, -1 where smaller, else 0."""
    if np.isinf(a).any() or np.isinf(b).any():
        return 0  # no variance, no test: left open
    table = _over_seeds(a) - _over_seeds(b)
    table = table[~np.isnan(table)]
    n, level = len(table), 1 - (1 - LEVEL) / 2 / pairs
    if n < 2:
        return 0
    mean = float(table.mean())
    low, high = around(mean, sqrt(float(table.var(ddof=1)) / n), n - 1, lopsided(table), 2 * level - 1)
    half = (mean - low if mean > 0 else high - mean) ** 2
    variance, freedom = noise
    if freedom:
        half += student(level, freedom) ** 2 * variance * (1 / _seeds(a) + 1 / _seeds(b))
    return int(np.sign(mean)) if abs(mean) > max(sqrt(half), 1e-12) else 0


def _seeds(table: Floats) -> int:
    return int((~np.isnan(table)).any(axis=1).sum())


def _over_seeds(table: Floats) -> Floats:
    known = ~np.isnan(table)
    counts = known.sum(axis=0)
    total = np.where(known, table, 0.0).sum(axis=0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
