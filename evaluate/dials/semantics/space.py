"""All expressions of a family, and what they mean at a level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import RunError
from ....grammars.tree import Node, System, coefficient_paths, with_value
from ...domains.domain import Domain
from ...domains.domain import domain as find_domain
from ...domains.metrics import distances
from ...domains.observers.base import Curves
from ...quality.task.observe import curves
from ...quality.task.outcomes import Item
from ...quality.task.task import Counts, Examples, Task, TaskConfig
from ...semantics.base import Setting, Status
from ...streams import generator
from ..code.codes import Shape, adjacent
from .families import Family

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 10_000
"""Expressions that are enumerated at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """`trees`: (N,), one for every choice of values for the C coefficients, the last one changing fastest. `ranks`: (N, C), of
    these values. `numbers`: at which position a tree is."""

    family: Family
    shape: Shape
    domain: Domain
    trees: tuple[Node, ...]
    ranks: Ints
    numbers: Mapping[Node, int]

    def __len__(self) -> int:
        return len(self.trees)

    @property
    def grid(self) -> tuple[int, ...]:
        """How many values each coefficient has."""
        return (self.shape.words,) * int(self.ranks.shape[1])

    def number(self, ranks: Ints) -> Ints:
        """Positions of the expressions with these ranks, (…, C)."""
        return np.asarray(np.ravel_multi_index(tuple(np.moveaxis(ranks, -1, 0)), self.grid))

    def systems(self, level: float) -> list[System]:
        """All of them, followed up to a level."""
        one = replace(self.domain.parse(self.family.text), t_end=level)
        return [replace(one, tree=tree, name=f"{self.family.name}-{i}") for i, tree in enumerate(self.trees)]

    def beside(self, number: int) -> Ints:
        """Expressions that differ from one in a single token of a coefficient."""
        own = self.ranks[number]
        near = adjacent(self.shape)
        found = [np.where(np.arange(len(own)) == c, rank, own) for c in range(len(own)) for rank in np.flatnonzero(near[own[c]])]
        return self.number(np.array(found))


def space(family: Family, shape: Shape) -> Space:
    """Raises ValueError where there are too many to enumerate."""
    domain = find_domain(family.domain)
    tree, values = domain.parse(family.text).tree, family.values(shape.words)
    paths = coefficient_paths(tree)
    if shape.words ** len(paths) > MOST:
        raise ValueError(f"{shape.words} values for {len(paths)} coefficients are more than {MOST:,} expressions")
    ranks = np.array(list(product(range(shape.words), repeat=len(paths))))
    trees = []
    for row in ranks.tolist():
        one = tree
        for path, rank in zip(paths, row, strict=True):
            one = with_value(one, path, values[rank])
        trees.append(one)
    numbers = {one: i for i, one in enumerate(trees)}
    return Space(family=family, shape=shape, domain=domain, trees=tuple(trees), ranks=ranks, numbers=numbers)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What all expressions of a space mean at a level: `y`, (N, T, D), of `systems` in `settings`."""

    level: float
    systems: list[System]
    settings: list[Setting]
    y: Floats


def meaning(whole: Space, level: float, times: int) -> Meaning:
    """Raises `RunError` where one has no behavior up to there: the same expressions are learned from at every level."""
    systems = whole.systems(level)
    settings = [whole.domain.semantics.setting(one, points=times) for one in systems]
    behaviors = whole.domain.semantics.simulate(whole.trees, settings)
    lost = sum(int(b.status.max()) != Status.OK for b in behaviors)
    if lost:
        raise RunError(f"{lost} of {len(whole)} expressions of {whole.family.name} have no behavior up to {level:g}")
    return Meaning(level, systems, settings, np.stack([b.y[0, 0] for b in behaviors]))


def kappa(whole: Space, of: Meaning, rows: Ints | None = None) -> float:
    """κ̄ over substitutions of one token of a coefficient by another of its place, of all expressions, or those in `rows`: the
    mean over an expression's, then over expressions."""
    metric = whole.domain.quality
    chosen = np.arange(len(whole)) if rows is None else rows
    return float(np.mean([distances(metric, of.y[i][None], of.y[whole.beside(int(i))][:, None]).mean() for i in chosen]))


@dataclass(frozen=True, slots=True)
class Split:
    """Positions in a space of what is learned from, looked at along training, and tested."""

    train: Ints
    val: Ints
    test: Ints


def split(count: int, config: TaskConfig, seed: int) -> Split:
    """By chance, and not by behavior: what is near what depends on the level, and the same are to be tested at all. A fourth is
    tested and an eighth looked at, at most."""
    order = generator(seed, "learn").permutation(count)
    n_test, n_val = min(config.n_test, count // 4), min(config.n_val, count // 8)
    return Split(order[n_test + n_val :], order[n_test : n_test + n_val], order[:n_test])


def seen(whole: Space, of: Meaning, points: int) -> Curves:
    """The noise-free curves of all, as all tasks' are observed."""
    return curves(whole.domain, of.systems, of.settings, [y[None] for y in of.y], points, of.y.shape[2])


def task_of(whole: Space, of: Meaning, every: Curves, parts: Split, config: TaskConfig, seed: int) -> Task:
    """The learning task at a level. every: `seen`."""
    everything = Examples(tuple(of.systems), every)
    known = np.zeros(len(parts.test), dtype=bool)
    return Task(
        domain=whole.domain,
        config=config,
        seed=seed,
        train=everything.select(parts.train),
        val=everything.select(parts.val),
        test=everything.select(parts.test),
        items=tuple(Item(of.systems[i], of.settings[i], of.y[i][None].copy()) for i in parts.test.tolist()),
        new_skeleton=known,
        new_form=known,
        counts=Counts(len(whole), 0, 0, 0, 0, 0),
    )
