"""The task that gives Q: observed behavior in, expression out. Training and test are split by behavior, not by tree.

Trees that differ leak through behavior: of random functions, 30 % of the tests had a training function within 1 %. So a held-out
expression is left out when its tree occurs in training, when its behavior is within `separation` of any training
behavior under that one's own conditions, or when one of the training expressions that look most like it behaves like it
under its own conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError, RunError
from ...grammars.tree import Node, System
from ..domains import Domain
from ..semantics.base import Setting, Status
from .observe import Curves, Observations, columns_of, curves, empty, join, observe
from .score import Item, Outcome, score

Floats = NDArray[np.float64]

_CHUNK = 2000
_LOOK_ALIKES = 3
_SPARE = 1.5


@dataclass(frozen=True, slots=True)
class TaskConfig:
    """Sizes of the task. `points`: observed samples P. `noise`: see `observe`. `times`: output times of a simulation.

    `separation`: bounded-l2 distance that a held-out behavior keeps from every training behavior. `max_dim`: systems with
    more equations, or functions with more inputs, are left out. `prior_draws`: training expressions tried per test item for the
    prior floor.
    """

    n_train: int = 20_000
    n_val: int = 256
    n_test: int = 200
    points: int = 32
    noise: float = 0.01
    times: int = 125
    separation: float = 0.01
    max_dim: int = 2
    prior_draws: int = 4


@dataclass(frozen=True, slots=True)
class Part:
    """Systems and what can be observed of them, at equal positions."""

    systems: tuple[System, ...]
    curves: Curves

    def __len__(self) -> int:
        return len(self.systems)

    def select(self, rows: NDArray[np.int64]) -> Part:
        """The part's systems at `rows`."""
        return Part(tuple(self.systems[int(i)] for i in rows), self.curves.select(rows))


@dataclass(frozen=True, slots=True)
class Counts:
    """What was left out of a task: systems without conditions or with more dimensions, that did not simulate to the end, of a tree
    seen before, and held-out ones too near a training behavior (`near`: by distance; `look_alike`: by simulating
    what retrieval finds)."""

    given: int
    unusable: int
    not_ok: int
    same_tree: int
    near: int
    look_alike: int


@dataclass(frozen=True, slots=True)
class Task:
    """What every representation is trained and tested on. `items`: the test systems with settings and true behaviors."""

    domain: Domain
    config: TaskConfig
    seed: int
    train: Part
    val: Part
    test: Part
    items: tuple[Item, ...]
    counts: Counts

    @property
    def columns(self) -> int:
        """Columns of an observation, the same for all parts."""
        return int(self.train.curves.values.shape[2])

    def observations(self, part: Part, stream: int) -> Observations:
        """Fixed noisy observations of a held-out part; `stream` names the noise drawn."""
        return observe(part.curves, self.config.noise, np.random.default_rng([self.seed, 7, stream]))


@dataclass(frozen=True, slots=True)
class Floors:
    """Per test item: mean q over random training expressions, and the outcome of the retrieved one."""

    prior: Floats
    nearest: tuple[Outcome, ...]


def build_task(domain: Domain, config: TaskConfig, seed: int, systems: Sequence[System] | None = None) -> Task:
    """A task from sampled systems, or from those given.

    Parts are smaller than asked for where fewer systems are usable, or held-out ones too near training; empty ones
    are a `RunError`.
    """
    if systems is None:
        from ..sources import sample_systems

        count = config.n_train + int(_SPARE * (config.n_val + config.n_test)) + 20
        systems = sample_systems(domain, count, seed)
    usable, unusable = _usable(domain, config, systems)
    unique = list({pair[0].tree: pair for pair in usable}.values())
    columns = max((columns_of(s) for s, _ in unique), default=0)
    n_spare = min(int(_SPARE * (config.n_val + config.n_test)) + 20, len(unique) // 2)
    spare, items = _simulate(domain, config, unique[:n_spare], columns, keep=True)
    train, _ = _simulate(domain, config, unique[n_spare : n_spare + config.n_train], columns)
    if not len(spare) or not len(train):
        raise RunError(
            f"{len(spare) + len(train)} usable systems of {len(systems)} are too few to train on some and hold some out"
        )
    kept, near, look_alike = _separate(domain, config, train, spare, items)
    n_test = min(config.n_test, len(kept) // 2)
    if not n_test:
        raise RunError(
            f"no held-out system is further than {config.separation:g} from every training behavior; sample more of them"
        )
    test, val = kept[:n_test], kept[n_test : n_test + config.n_val]
    not_ok = min(len(unique), n_spare + config.n_train) - len(spare) - len(train)
    counts = Counts(len(systems), unusable, not_ok, len(usable) - len(unique), near, look_alike)
    held = tuple(items[int(i)] for i in test)
    return Task(domain, config, seed, train, spare.select(val), spare.select(test), held, counts)


def floors(task: Task) -> Floors:
    """What needs no model: expressions drawn from training, and nearest-neighbor retrieval among the observations."""
    rng = np.random.default_rng([task.seed, 11])
    prior = np.zeros(len(task.items))
    for _ in range(task.config.prior_draws):
        trees = [_any_tree(task.train, item.system, rng) for item in task.items]
        prior += [o.q for o in score(task.domain, task.items, trees)]
    found = _nearest(task.observations(task.train, 2), task.observations(task.test, 1), task.train.curves, task.test.curves, 1)
    nearest = score(task.domain, task.items, [task.train.systems[int(row[0])].tree for row in found])
    return Floors(prior / task.config.prior_draws, tuple(nearest))


def _usable(domain: Domain, config: TaskConfig, systems: Sequence[System]) -> tuple[list[tuple[System, Setting]], int]:
    usable, refused = [], 0
    for system in systems:
        if system.dim > config.max_dim:
            refused += 1
            continue
        try:
            usable.append((system, domain.semantics.setting(system, points=config.times)))
        except ConditionError:
            refused += 1
    return usable, refused


def _simulate(
    domain: Domain, config: TaskConfig, pairs: Sequence[tuple[System, Setting]], columns: int, keep: bool = False
) -> tuple[Part, list[Item]]:
    """The part of those that reach their horizons and, with `keep`, their whole behaviors; in chunks, since those are large."""
    systems: list[System] = []
    found = [empty(config.points, columns)]
    items: list[Item] = []
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        behaviors = domain.semantics.simulate([s.tree for s, _ in chunk], [setting for _, setting in chunk])
        good = [(s, setting, b.y[0]) for (s, setting), b in zip(chunk, behaviors, strict=True) if (b.status == Status.OK).all()]
        if not good:
            continue
        ours, settings, ys = zip(*good, strict=True)
        systems.extend(ours)
        found.append(curves(ours, settings, ys, config.points, columns))
        if keep:
            items.extend(Item(s, setting, y.copy()) for s, setting, y in good)  # a view would keep the whole chunk alive
    return Part(tuple(systems), join(found)), items


def _separate(
    domain: Domain, config: TaskConfig, train: Part, spare: Part, items: Sequence[Item]
) -> tuple[NDArray[np.int64], int, int]:
    """Rows of the spare ones that are far from training, and how many were not, by each of the two tests."""
    far = nearest_distance(train.curves, spare.curves) > config.separation
    rng = np.random.default_rng(0)
    alike = _nearest(observe(train.curves, 0.0, rng), observe(spare.curves, 0.0, rng), train.curves, spare.curves, _LOOK_ALIKES)
    different = np.ones(len(spare), dtype=bool)
    for k in range(alike.shape[1]):
        outcomes = score(domain, items, [train.systems[int(row[k])].tree for row in alike])
        different &= np.array([1.0 - o.q > config.separation for o in outcomes])
    return (far & different).nonzero()[0], int((~far).sum()), int((far & ~different).sum())


def nearest_distance(train: Curves, held: Curves) -> Floats:
    """(n,) bounded-l2 distance of each held-out curve to the nearest training curve with the same columns; inf without any.

    The metric of `metrics.bounded_l2` on the observed points, as one matrix product, since it runs over all pairs. Curves from other
    starting points or horizons are compared as they are: what looks the same is treated as the same.
    """
    result = np.full(len(held), np.inf)
    x_all, y_all = train.values.astype(np.float64), held.values.astype(np.float64)
    for pattern in np.unique(held.present, axis=0):
        ours = (held.present == pattern).all(axis=1).nonzero()[0]
        theirs = (train.present == pattern).all(axis=1).nonzero()[0]
        if not len(theirs):
            continue
        columns = pattern.nonzero()[0]
        result[ours] = _least(x_all[theirs][:, :, columns], y_all[ours][:, :, columns])
    return result


def _least(train: Floats, held: Floats) -> Floats:
    """‖y - x‖² = ‖y‖² + ‖x‖² - 2 y·x, each column over the RMS of y in it."""
    rms = np.sqrt((held**2).mean(axis=1))
    largest = np.maximum(rms.max(axis=1, keepdims=True), 1e-100)
    weight = np.where(rms > 1e-9 * largest, rms, largest) ** -2.0  # (n, C)
    y2 = ((held**2).sum(axis=1) * weight).sum(axis=1)[:, None]
    x2 = weight @ (train**2).sum(axis=1).T
    dot = (held * weight[:, None]).reshape(len(held), -1) @ train.reshape(len(train), -1).T
    distance = np.sqrt(np.maximum(y2 + x2 - 2 * dot, 0.0)) / np.maximum(np.sqrt(y2) + np.sqrt(x2), 1e-100)
    return np.asarray(distance.min(axis=1))


def _nearest(train: Observations, held: Observations, train_curves: Curves, held_curves: Curves, k: int) -> NDArray[np.int64]:
    """(n, k) rows of the training observations nearest to each held-out one in Euclidean distance, same columns first."""

    def flat(o: Observations) -> Floats:
        return np.concatenate([o.samples.reshape(len(o.samples), -1), o.scales], axis=1).astype(np.float64)

    x, y = flat(train), flat(held)
    distance = (y**2).sum(axis=1)[:, None] + (x**2).sum(axis=1) - 2 * y @ x.T
    other = (held_curves.present @ train_curves.present.T) < np.maximum(
        held_curves.present.sum(axis=1)[:, None], train_curves.present.sum(axis=1)
    )
    distance[other] += 1e12
    found = []
    for _ in range(min(k, len(x))):  # a few passes cost less than sorting all
        found.append(distance.argmin(axis=1))
        distance[np.arange(len(y)), found[-1]] = np.inf
    return np.stack(found, axis=1)


def _any_tree(train: Part, system: System, rng: np.random.Generator) -> Node:
    """A random training expression with the system's dimension (any, where there is none)."""
    for i in rng.integers(0, len(train), size=64):
        candidate = train.systems[int(i)]
        if candidate.dim == system.dim and len(candidate.equations) == len(system.equations):
            return candidate.tree
    return train.systems[int(rng.integers(len(train)))].tree
