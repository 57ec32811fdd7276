"""The code dial: tables that say which number a code word means, at stated levels of κ̄, all else equal.

K = B^P values, rising, are written with P tokens of B each, every place with tokens of its own. A table is a bijection between
words and values. Whatever the table, vocabulary, length, validity and the entropy of whole sequences are the same; what it
changes is how far the number moves when one token of a word is replaced by another of its place: the mean over all of these is
the level. With base 4, 4 places and values from 0.2 to 5 evenly in their logarithm, in the distance |v - w| / (v + w): natural
0.193, random 0.445, worst 0.543. (With two places of 16 the worst is 0.47, with 8 of 2 it is 0.66, and numbers twice as long.)

A table: (K,), the rank of the value that each word means; words in the order of their digits, the first place first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from ...streams import generator

Floats = NDArray[np.float64]
Table = NDArray[np.int64]

_FIRST, _LAST, _IDLE = 4, 1024, 8
"""Swaps that are weighed at once: few at first, where every other one helps, then more; and how often none of the most may."""


LONGER = 16
"""Times as long as the others some trainings go on: a power of 2, on the way to which shorter ones end."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`base` tokens in each of so many `places`."""

    base: int = 4
    places: int = 4

    @property
    def words(self) -> int:
        return int(self.base**self.places)

    @property
    def neighbors(self) -> int:
        """Replacements of one token of a word."""
        return self.places * (self.base - 1)

    @property
    def grid(self) -> tuple[int, ...]:
        return (self.base,) * self.places


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of tables. `role`: "main" for those whose slope on κ̄ is tested, "control" for those at the natural table's κ̄ that
    change what else an arbitrary table changes, "contrast" for what is shown beside them, "corrected" for the error-correcting
    control, "longer" for what more training does. `make`: a table from its shape, the distances of values, a target where it has
    one, and a generator. `times`: how often each token is sent; more than once, any one edit is corrected, and κ̄ over token edits
    is 0 whatever the table. `budgets`: how many times the steps of the other trainings."""

    name: str
    role: str
    words: str
    make: Callable[[Shape, Floats, float, np.random.Generator], Table]
    times: int = 1
    budgets: int = 1


def natural(shape: Shape) -> Table:
    """Digits: words in their order mean values in theirs."""
    return np.arange(shape.words)


def reordered(table: Table, shape: Shape, order: Sequence[int]) -> Table:
    """The same words with their places in another order."""
    return np.asarray(table.reshape(shape.grid).transpose(order).reshape(-1))


def low_first(table: Table, shape: Shape) -> Table:
    """The same words, their last place first."""
    return reordered(table, shape, range(shape.places)[::-1])


def reflected(shape: Shape) -> Table:
    """Gray's: every second run of a place runs backwards, so that neighbors in rank differ in one token."""
    words: list[tuple[int, ...]] = [()]
    for _ in range(shape.places):
        words = [(d, *w) for d in range(shape.base) for w in (words if d % 2 == 0 else words[::-1])]
    table = np.empty(shape.words, dtype=np.int64)
    table[np.ravel_multi_index(np.array(words).T, shape.grid)] = np.arange(shape.words)
    return table


def renamed(shape: Shape, rng: np.random.Generator) -> Table:
    """Natural, with the digits of each place permuted, the same for all words: the level is exactly the natural one's."""
    grid = np.arange(shape.words).reshape(shape.grid)
    for place in range(shape.places):
        grid = grid.take(rng.permutation(shape.base), axis=place)
    return grid.reshape(-1)


def redrawn(shape: Shape, rng: np.random.Generator, share: float = 1.0) -> Table:
    """Natural, with the digits of each place permuted differently under whatever stands before them (under a `share` of it): as
    arbitrary as a table can be in which what comes first says most.

    Replacing a digit moves the value by more than all digits after it hold, and over these by as much on average as it did:
    in a distance that is linear in rank the level is exactly the natural one's.
    """
    values = np.arange(shape.words)
    for place in range(shape.places):
        rows = values.reshape(shape.base**place, shape.base, -1)
        for i in rng.permutation(len(rows))[: round(share * len(rows))]:
            rows[i] = rows[i][rng.permutation(shape.base)]
    return values


def scattered(shape: Shape, rng: np.random.Generator, share: float = 1.0) -> Table:
    """Natural, with the values of a share of the words permuted among these."""
    table = natural(shape)
    chosen = rng.choice(len(table), size=round(share * len(table)), replace=False)
    table[chosen] = table[rng.permutation(chosen)]
    return table


def level(table: Table, shape: Shape, distance: Floats) -> float:
    """The mean distance that a number moves when one token of its word is replaced by another of its place, over all words,
    places and replacements. distance: (K, K), between values by rank."""
    moved = distance[np.ix_(table, table)]
    return float((moved * adjacent(shape)).sum() / (shape.neighbors * shape.words))


def toward(
    target: float, shape: Shape, distance: Floats, start: Table, rng: np.random.Generator, tolerance: float = 1e-3
) -> Table:
    """From `start`, swaps of two words' values that bring the level nearer to `target`, until it is within `tolerance`; the
    nearest found, where none of many swaps tried brings it nearer.

    Swaps are drawn at random, not the best taken: a table is then a common one of its level, not the end of a steepest way.
    """
    table, near = start.copy(), adjacent(shape).astype(float)
    now, idle, batch = level(table, shape, distance), 0, _FIRST
    while abs(now - target) > tolerance and idle < _IDLE:
        a, b = rng.integers(0, shape.words, (2, batch))
        gains = 2 * _gains(table, distance, near, a, b) / (shape.neighbors * shape.words)
        nearer = np.flatnonzero((a != b) & (np.abs(now + gains - target) < abs(now - target)))
        idle = 0 if len(nearer) else idle + (batch == _LAST)
        batch = max(batch // 2, _FIRST) if len(nearer) > 1 else min(2 * batch, _LAST) if not len(nearer) else batch
        if len(nearer):
            k = nearer[0]
            table[[a[k], b[k]]] = table[[b[k], a[k]]]
            now += float(gains[k])
    return table


def _gains(table: Table, distance: Floats, near: Floats, a: Table, b: Table) -> Floats:
    """What the summed distance between adjacent words, each pair once, changes by when words a[i] and b[i] exchange values."""
    at_a, at_b = distance[table[a]][:, table], distance[table[b]][:, table]
    change = ((near[a] - near[b]) * (at_b - at_a)).sum(axis=1)
    return np.asarray(change + 2 * near[a, b] * distance[table[a], table[b]])


@lru_cache(maxsize=8)
def adjacent(shape: Shape) -> NDArray[np.bool_]:
    """(K, K): which words differ in one place."""
    digits = np.array(np.unravel_index(np.arange(shape.words), shape.grid))
    found: NDArray[np.bool_] = (digits[:, :, None] != digits[:, None]).sum(axis=0) == 1
    return found


def early(table: Table, shape: Shape) -> float:
    """How early a word says what its number is: the share of the variance of its rank that its first token, first two, … tell,
    mean over all but the whole. 1: the first token says nearly all; 0: no token says anything before the last."""
    told = [table.reshape(shape.base**place, -1).mean(axis=1).var() / table.var() for place in range(1, shape.places)]
    return float(np.mean(told))


def out_of_place(table: Table) -> float:
    """The share of words whose value is not the natural one's."""
    return float((table != np.arange(len(table))).mean())


def place_entropies(table: Table, shape: Shape, shares: Floats) -> tuple[float, ...]:
    """Bits of each token given those before it in its word, where value i is written with probability shares[i]. Their sum is the
    same for every table."""
    p = shares[table]
    joint = [_bits(p.reshape(shape.base**place, -1).sum(axis=1)) for place in range(shape.places + 1)]
    return tuple(float(b) for b in np.diff(joint))


def _bits(p: Floats) -> float:
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def table_of(name: str, shape: Shape, distance: Floats, target: float, seed: int, draw: int) -> Table:
    """Table number `draw` of a kind; the same seed gives the same table. Raises KeyError for a kind that there is not."""
    return KINDS[name].make(shape, distance, target, generator(seed, "tables", draw))


def _annealed(shape: Shape, distance: Floats, target: float, rng: np.random.Generator) -> Table:
    """From a random table; its places in the order in which words speak earliest, or latest, by a coin: else a low level would go
    with words that speak early."""
    table = toward(target, shape, distance, scattered(shape, rng), rng)
    orders = [reordered(table, shape, order) for order in permutations(range(shape.places))]
    orders.sort(key=lambda one: early(one, shape))
    return orders[-1 if rng.random() < 0.5 else 0]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("annealed", "main", "random, then swapped until the level is the target", _annealed),
        Kind(
            "redrawn", "main", "digits permuted differently under whatever stands before them", lambda s, d, t, r: redrawn(s, r)
        ),
        Kind("redrawn-low-first", "main", "the same, last place first", lambda s, d, t, r: low_first(redrawn(s, r), s)),
        Kind("natural", "contrast", "digits", lambda s, d, t, r: natural(s)),
        Kind("low-first", "control", "digits, last place first", lambda s, d, t, r: low_first(natural(s), s)),
        Kind("renamed", "control", "digits permuted within each place, alike for all", lambda s, d, t, r: renamed(s, r)),
        Kind("half-redrawn", "control", "permuted under half of what stands before", lambda s, d, t, r: redrawn(s, r, 0.5)),
        Kind("reflected", "contrast", "Gray's: neighbors in rank differ in one token", lambda s, d, t, r: reflected(s)),
        Kind("longer", "longer", f"as annealed, trained {LONGER} times as long", _annealed, budgets=LONGER),
        Kind("corrected", "corrected", "as annealed, each token sent three times and read by majority", _annealed, times=3),
        Kind("quarter-scattered", "contrast", "a quarter of the words permuted", lambda s, d, t, r: scattered(s, r, 0.25)),
    )
}
