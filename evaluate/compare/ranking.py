"""Who is ahead of whom: a ranking that orders two representations only where their paired difference is significant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..statistics.estimate import LEVEL
from ..statistics.intervals import around, lopsided, student
from ..statistics.sequential import Pair, unknown

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
    one. `pairs` number the `names`."""

    ranges: tuple[RankRange, ...]
    n_pairs: int
    n_apart: int
    least_seeds: int
    names: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()

    @property
    def leaders(self) -> tuple[RankRange, ...]:
        """Those that nothing is significantly ahead of."""
        return tuple(p for p in self.ranges if p.first == 1)


def rank(names: Sequence[str], tables: Sequence[Floats], smaller: bool, margin: float = 0.0) -> Ranking:
    """Rank by the means of `tables`, each (seeds, items), aligned in items, NaN where missing; `smaller`: whether less is better.

    Each pair is compared by its paired differences over the items that both have, at the 95 % level for all pairs together
    (Bonferroni), with limits as wide as `intervals` makes them. How much one training differs from the next is added in
    quadrature, its variance pooled over all representations; with one seed each it is not in it. An item is a test behavior or an
    expression. A table without values takes no part.
    """
    known = [(name, table) for name, table in zip(names, tables, strict=True) if (~np.isnan(table)).any()]
    means = [float(np.nanmean(np.nanmean(table[(~np.isnan(table)).any(axis=1)], axis=1))) for _, table in known]
    noise = _seed_noise([table for _, table in known])
    couples = list(combinations(range(len(known)), 2))
    level = 1 - (1 - LEVEL) / 2 / max(len(couples), 1)
    pairs = [_measured(unknown(a, b, margin), known[a][1], known[b][1], level, noise) for a, b in couples]
    least = min((_seeds(table) for _, table in known), default=0)
    return ranked([name for name, _ in known], means, pairs, smaller, least)


def ranked(names: Sequence[str], means: Sequence[float], pairs: Sequence[Pair], smaller: bool, least_seeds: int) -> Ranking:
    """A ranking by means, ordered as `pairs` say: of two, one is ahead where 0 lies outside of their limits."""
    ahead = np.zeros((len(names), len(names)), dtype=bool)
    for pair in pairs:
        if pair.low > 0 or pair.high < 0:
            better, worse = (pair.a, pair.b) if (pair.high < 0) == smaller else (pair.b, pair.a)
            ahead[better, worse] = True
    ranges = [
        RankRange(name, means[i], 1 + int(ahead[:, i].sum()), len(names) - int(ahead[i].sum()), len(names))
        for i, name in enumerate(names)
        if not np.isnan(means[i])
    ]
    ranges.sort(key=lambda p: p.value if smaller else -p.value)
    return Ranking(tuple(ranges), len(pairs), int(ahead.sum()), least_seeds, tuple(names), tuple(pairs))


def _seed_noise(tables: Sequence[Floats]) -> tuple[float, int]:
    """Variance of one training's mean about its representation's, pooled over all, and its degrees of freedom. Of the two or
    three seeds of one pair alone it is too rough: now and then it is almost zero by chance, and then everything is
    significant."""
    averages = [np.nanmean(t[(~np.isnan(t)).any(axis=1)], axis=1) for t in tables]
    means = [m for m in averages if np.isfinite(m).all()]  # infinite ones have no variance
    freedom = sum(len(m) - 1 for m in means)
    squares = sum(float(((m - m.mean()) ** 2).sum()) for m in means)
    return (squares / freedom if freedom else 0.0), freedom


def _measured(pair: Pair, ours: Floats, theirs: Floats, level: float, noise: tuple[float, int]) -> Pair:
    """The pair with the mean difference of two tables, with one-sided limits of that level; none of what has no variance or is
    infinite."""
    pair = replace(pair, rounds=min(_seeds(ours), _seeds(theirs)))
    if np.isinf(ours).any() or np.isinf(theirs).any():
        return pair  # no variance, no test: left open
    table = _over_seeds(ours) - _over_seeds(theirs)
    table = table[~np.isnan(table)]
    n = len(table)
    if n < 2:
        return pair
    mean = float(table.mean())
    low, high = around(mean, math.sqrt(float(table.var(ddof=1)) / n), n - 1, lopsided(table), 2 * level - 1)
    variance, freedom = noise
    seeds = student(level, freedom) ** 2 * variance * (1 / _seeds(ours) + 1 / _seeds(theirs)) if freedom else 0.0
    below, above = (max(math.sqrt(reach**2 + seeds), 1e-12) for reach in (mean - low, high - mean))
    return replace(pair, difference=mean, low=mean - below, high=mean + above)


def _seeds(table: Floats) -> int:
    return int((~np.isnan(table)).any(axis=1).sum())


def _over_seeds(table: Floats) -> Floats:
    known = ~np.isnan(table)
    counts = known.sum(axis=0)
    total = np.where(known, table, 0.0).sum(axis=0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
