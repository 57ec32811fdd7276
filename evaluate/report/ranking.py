"""Who is ahead of whom: a ranking that orders two representations only where their paired difference is significant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ..statistics import LEVEL, _student

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A representation's places in a ranking of `n`: from `first` to `last`, those that the significant differences leave open."""

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
    """Places, best first. `n_pairs` compared, of which `n_apart` differ significantly."""

    places: tuple[Place, ...]
    n_pairs: int
    n_apart: int

    @property
    def leaders(self) -> tuple[Place, ...]:
        """Those that nothing is significantly ahead of."""
        return tuple(p for p in self.places if p.first == 1)


def rank(names: Sequence[str], tables: Sequence[Floats], smaller: bool) -> Ranking:
    """Rank by the means of `tables`, each (seeds, items), aligned in items, NaN where missing; `smaller`: whether less is better.

    Each pair is compared by its paired differences over the items that both have, at the 95 % level for all pairs together
    (Bonferroni), by Student's t; of several seeds on both sides, items and seeds are crossed random effects. An item is a test
    behavior or an expression. A table without values takes no part.
    """
    known = [(name, table) for name, table in zip(names, tables, strict=True) if np.isfinite(table).any()]
    means = [float(np.nanmean(np.nanmean(table[np.isfinite(table).any(axis=1)], axis=1))) for _, table in known]
    n_pairs = len(known) * (len(known) - 1) // 2
    ahead = np.zeros((len(known), len(known)), dtype=bool)
    for i in range(len(known)):
        for j in range(i):
            sign = _sign(known[i][1], known[j][1], n_pairs)
            if sign:
                better, worse = (i, j) if (sign < 0) == smaller else (j, i)
                ahead[better, worse] = True
    places = [
        Place(name, means[i], 1 + int(ahead[:, i].sum()), len(known) - int(ahead[i].sum()), len(known))
        for i, (name, _) in enumerate(known)
    ]
    places.sort(key=lambda p: p.value if smaller else -p.value)
    return Ranking(tuple(places), n_pairs, int(ahead.sum()))


def _sign(a: Floats, b: Floats, pairs: int) -> int:
    """1 where a is significantly larger, -1 where smaller, else 0."""
    if a.shape[0] != b.shape[0]:
        a, b = (_over_seeds(t)[None] for t in (a, b))
    table = a - b
    table = table[:, np.isfinite(table).all(axis=0)]
    m, n = table.shape
    if n < 2:
        return 0
    mean = float(table.mean())
    by_item = float(table.mean(axis=0).var(ddof=1)) / n
    variance, freedom = by_item, n - 1
    if m > 1:
        by_seed = float(table.mean(axis=1).var(ddof=1)) / m
        residual = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + mean
        both = float((residual**2).sum()) / ((n - 1) * (m - 1) * n * m)
        variance = max(by_item, by_seed, by_item + by_seed - both)
        spread = by_item**2 / (n - 1) + by_seed**2 / (m - 1)
        freedom = max(1, int((by_item + by_seed) ** 2 / spread)) if spread > 0 else n - 1
    half = _student(1 - (1 - LEVEL) / 2 / pairs, freedom) * sqrt(variance)
    return int(np.sign(mean)) if abs(mean) > max(half, 1e-12) else 0


def _over_seeds(table: Floats) -> Floats:
    kept = np.isfinite(table)
    counts = kept.sum(axis=0)
    total = np.where(kept, table, 0.0).sum(axis=0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
