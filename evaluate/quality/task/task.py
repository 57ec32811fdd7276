"""The task that gives Q: observed behavior in, expression out, or in a forward domain expression in, value out (`forward`).
Training and test are split by behavior, not by tree (`split`), forward by trees in a normal form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import ConditionError, RunError
from ....grammars.tree import Node, System
from ...domains.domain import Domain
from ...domains.observers.base import Curves, Observations, empty, join
from ...semantics.base import Setting
from ...streams import generator
from .forms import form_in, spelled
from .forward import answer, middle, nearest_shown
from .observe import columns_of, curves, observable
from .outcomes import Item, SampleOutcome, constant, score
from .split import fraction, held_out, nearest_rows, separated, shadows, skeleton

Floats = NDArray[np.float64]

PARTS = ("train", "val", "test")
_CHUNK = 2000
_SPARE = 1.5


@dataclass(frozen=True, slots=True)
class TaskConfig:
    """Sizes of the task. `points`: observed samples P. `noise`: see `observe`. `times`: output times of a simulation.

    `separation`: bounded-l2 distance that a held-out behavior keeps from every training behavior. `new_forms`: share of the forms
    (see `forms`) that training never shows; half of the held-out items have one of them, where there are enough. `max_dim`:
    systems with more equations, or functions with more inputs, are left out, but for a domain with a sampler of its own.
    `prior_draws`: training expressions tried per test item for the prior floor.
    """

    n_train: int = 20_000
    n_val: int = 256
    n_test: int = 200
    points: int = 32
    noise: float = 0.01
    times: int = 125
    separation: float = 0.01
    new_forms: float = 0.1
    max_dim: int = 2
    prior_draws: int = 4


@dataclass(frozen=True, slots=True)
class Examples:
    """Systems and what can be observed of them, at equal positions; `answers`: what is to be written, where that is not the
    systems' own expressions."""

    systems: tuple[System, ...]
    curves: Curves
    answers: tuple[Node, ...] = ()

    @property
    def targets(self) -> tuple[Node, ...]:
        """The expressions that are right."""
        return self.answers or tuple(s.tree for s in self.systems)

    @property
    def expressions(self) -> tuple[Node | System, ...]:
        """All that occurs: the systems, and the answers."""
        return (*self.systems, *self.answers)

    def __len__(self) -> int:
        return len(self.systems)

    def select(self, rows: NDArray[np.int64]) -> Examples:
        """The part's systems at `rows`."""
        answers = tuple(self.answers[int(i)] for i in rows) if self.answers else ()
        return Examples(tuple(self.systems[int(i)] for i in rows), self.curves.select(rows), answers)


@dataclass(frozen=True, slots=True)
class Counts:
    """What was left out of a task: systems without conditions or with more dimensions, that did not simulate to the end, of a
    tree seen before, and held-out ones too near a training behavior (`near`: by distance; `look_alike`: by simulating what
    retrieval finds); where tests are given, which all stay, those to train on that are too near one of them."""

    given: int
    unusable: int
    not_ok: int
    same_tree: int
    near: int
    look_alike: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What every representation is trained and tested on.

    `items`: the test systems with settings and true behaviors. `new_skeleton`: (n_test,), true where the test system's skeleton
    occurs in no training system, false where only its coefficients are new. `new_form`: (n_test,), true where its form does not
    either: a new skeleton may be a known form in another order, with other signs or another constant factor.
    """

    domain: Domain
    config: TaskConfig
    seed: int
    train: Examples
    val: Examples
    test: Examples
    items: tuple[Item, ...]
    new_skeleton: NDArray[np.bool_]
    new_form: NDArray[np.bool_]
    counts: Counts

    def part(self, name: str) -> Examples:
        """One of `PARTS`."""
        found: Examples = getattr(self, name)
        return found

    @property
    def columns(self) -> int:
        """Columns of an observation, the same for all parts."""
        return int(self.train.curves.values.shape[2])

    def observed(self, part: Examples, noise: str, look: int = 0) -> Curves:
        """The noisy curves of a part; `noise`: the purpose that the noise is drawn for (`streams.PURPOSES`). `look`: which of
        several observations of the same ones."""
        return self.domain.observer.noisy(part.curves, self.config.noise, generator(self.seed, noise, *([look] if look else [])))

    def observations(self, part: Examples, noise: str, look: int = 0) -> Observations:
        """What a model sees of them."""
        return self.domain.observer.embed(self.observed(part, noise, look))

    def curve(self, system: System) -> Curves | None:
        """What can be observed of any system's behavior, with the task's columns; None where there is nothing."""
        if columns_of(system, self.domain) > self.columns:
            return None
        try:
            setting = self.domain.semantics.setting(system, points=self.config.times)
        except ConditionError:
            return None
        y = observable(self.domain.semantics.simulate([system.tree], setting), setting, self.domain)
        return None if y is None else curves(self.domain, [system], [setting], [y], self.config.points, self.columns)


@dataclass(frozen=True, slots=True)
class Floors:
    """Per test item: mean q over random training expressions, and the outcome of the retrieved one."""

    prior: Floats
    nearest: tuple[SampleOutcome, ...]


def build_task(
    domain: Domain,
    config: TaskConfig,
    seed: int,
    systems: Sequence[System] | None = None,
    tests: Sequence[System] | None = None,
) -> Task:
    """A task from sampled systems, or from those given. `tests`: what is tested, and then `systems` only train: half of the
    tests' forms are kept out of training, so that both what is new and what is known but for its coefficients is tested.

    Parts are smaller than asked for where the sampler has fewer systems, fewer are usable, or held-out ones too near training;
    empty ones are a `RunError`.
    """
    n_spare = int(_SPARE * (config.n_val + config.n_test)) + 20
    if systems is None:
        from ...domains.sources import at_most, sample_systems

        wanted = int((config.n_train + n_spare) / (1 - config.new_forms)) + 20
        systems = sample_systems(domain, at_most(domain, wanted), seed, purpose="learn")
    usable, unusable = _usable(domain, config, systems)
    unique = list({domain.normal(pair[0].tree): pair for pair in usable}.values())
    own, refused = _usable(domain, config, tests or ())
    columns = max((columns_of(s, domain) for s, _ in (*unique, *own)), default=0)
    for_val: list[tuple[System, Setting]] = []
    if tests is None:
        given, for_training = _divide(unique, min(n_spare, len(unique) // 2), config, domain)
    else:
        given, (for_val, for_training) = own, _beside(unique, own, config, domain)
    spare, items = _simulate(domain, config, given, columns, keep=True)
    train, _ = _simulate(domain, config, for_training, columns)
    if not len(spare) or not len(train):
        raise RunError(
            f"{len(spare) + len(train)} usable systems of {len(systems) + len(tests or ())} are too few to train on some and "
            "hold some out"
        )
    not_ok = len(given) + len(for_training) - len(spare) - len(train)
    train, apart, near, look_alike = _apart(domain, config.separation, train, spare, items, all_stay=tests is not None)
    trees = [s.tree for s in train.systems]
    known = {skeleton(tree) for tree in trees}
    new = np.array([skeleton(s.tree) not in known for s in spare.systems])
    shown = {form_in(domain, tree) for tree in trees}
    unlike = np.array([form_in(domain, s.tree) not in shown for s in spare.systems])
    chosen = _alternating(apart, unlike)
    n_test = min(config.n_test, len(chosen) // 2 if tests is None else len(chosen))
    if not n_test or not len(train):
        raise RunError(
            f"no held-out system is further than {config.separation:g} from every training behavior; sample more of them"
        )
    test, val = chosen[:n_test], chosen[n_test : n_test + config.n_val]
    val_part = spare.select(val) if tests is None else _simulate(domain, config, for_val, columns)[0]
    given_in_all, repeated = len(systems) + len(tests or ()), len(usable) - len(unique)
    counts = Counts(given_in_all, unusable + refused, not_ok, repeated, near, look_alike)
    held_out_items = tuple(items[int(i)] for i in test)
    return Task(
        domain=domain,
        config=config,
        seed=seed,
        train=train,
        val=val_part,
        test=spare.select(test),
        items=held_out_items,
        new_skeleton=new[test],
        new_form=unlike[test],
        counts=counts,
    )


def _apart(
    domain: Domain, separation: float, train: Examples, held: Examples, items: Sequence[Item], *, all_stay: bool
) -> tuple[Examples, NDArray[np.bool_], int, int]:
    """What trains, which of the held-out ones are left to test, and how many were too near, by distance and by simulating what
    retrieval finds: of these ones, or, where all of them stay, of those to train on."""
    if domain.forward:  # what tells it by its value alone has learned the task; trees in a normal form are apart already
        return train, np.ones(len(held), dtype=bool), 0, 0
    measured = domain, separation, [s.tree for s in train.systems], train.curves, held.curves, items
    if all_stay:
        near, alike = shadows(*measured)
        rest = train.select(np.flatnonzero(~near & ~alike))
        return rest, np.ones(len(held), dtype=bool), int(near.sum()), int(alike.sum())
    far, different = separated(*measured)
    return train, far & different, int((~far).sum()), int((far & ~different).sum())


def shown_as_tested(domain: Domain, config: TaskConfig, seed: int, systems: Sequence[System]) -> Task:
    """A task in which what is tested is what is learned, as where copying is to be learned: nothing is split, and Q says nothing
    of what is new. Raises `RunError` where a system has no behavior."""
    usable, unusable = _usable(domain, config, systems)
    columns = max((columns_of(s, domain) for s, _ in usable), default=0)
    part, items = _simulate(domain, config, usable, columns, keep=True)
    if len(part) < len(systems):
        raise RunError(f"{len(systems) - len(part)} of {len(systems)} systems that are all to be learned have no behavior")
    known = np.zeros(len(part), dtype=bool)
    counts = Counts(len(systems), unusable, 0, 0, 0, 0)
    return Task(
        domain=domain,
        config=config,
        seed=seed,
        train=part,
        val=part,
        test=part,
        items=tuple(items),
        new_skeleton=known,
        new_form=known,
        counts=counts,
    )


def floors(task: Task) -> Floors:
    """What needs no model: answers drawn from training, and that of the training expression whose observation is nearest; where
    expressions are shown, whose text is."""
    rng, targets = generator(task.seed, "prior"), task.train.targets
    prior = np.zeros(len(task.items))
    for _ in range(task.config.prior_draws):
        trees = [targets[_any_row(task.train, item.system, rng)] for item in task.items]
        prior += [o.q for o in score(task.domain, task.items, trees)]
    nearest = score(task.domain, task.items, [targets[int(row)] for row in nearest_training(task)])
    return Floors(prior / task.config.prior_draws, tuple(nearest))


def nearest_training(task: Task) -> NDArray[np.int64]:
    """(n_test,) rows of training."""
    if task.domain.forward:
        train, test = ([s.tree for s in part.systems] for part in (task.train, task.test))
        return nearest_shown(train, test, task.domain.operators)
    return nearest_rows(
        task.observations(task.train, "retrieval-noise"),
        task.observations(task.test, "test-noise"),
        task.train.curves,
        task.test.curves,
        1,
    )[:, 0]


def constants(task: Task, n: int) -> list[float]:
    """q of what answers always alike, for the first n items: each behavior's own mean, standing still; of values, which have no
    mean of their own, the median of those in training."""
    items = task.items[:n]
    if task.domain.forward:
        return [o.q for o in score(task.domain, items, [middle(task.train.targets)] * n)]
    return constant(task.domain, items)


def takes(domain: Domain, config: TaskConfig, system: System) -> bool:
    """Whether a system is small enough to learn from. A domain with a sampler of its own says by that what there is to learn."""
    return domain.sampler is not None or system.dim <= config.max_dim


def _usable(domain: Domain, config: TaskConfig, systems: Sequence[System]) -> tuple[list[tuple[System, Setting]], int]:
    usable, refused = [], 0
    for system in systems:
        if not takes(domain, config, system):
            refused += 1
            continue
        try:
            usable.append((system, domain.semantics.setting(system, points=config.times)))
        except ConditionError:
            refused += 1
    return usable, refused


def _divide(
    pairs: Sequence[tuple[System, Setting]], n_spare: int, config: TaskConfig, domain: Domain
) -> tuple[list[tuple[System, Setting]], list[tuple[System, Setting]]]:
    """`n_spare` to hold out and those to train on. Of the first, half have forms that are kept from training, and half have
    skeletons that training shows with other coefficients, as far as there are so many."""
    skeletons = [skeleton(system.tree) for system, _ in pairs]
    is_held_out = held_out([spelled(form_in(domain, system.tree)) for system, _ in pairs], config.new_forms)
    fresh = [i for i, h in enumerate(is_held_out) if h][: n_spare // 2]
    common = [i for i, h in enumerate(is_held_out) if not h]
    left = Counter(skeletons[i] for i in common)
    twins: list[int] = []
    single: list[int] = []
    for i in common:
        shown = left[skeletons[i]] > 1
        left[skeletons[i]] -= shown
        (twins if shown else single).append(i)
    n_common = min(n_spare - len(fresh), len(common) // 2)
    known = (twins + single)[:n_common]
    rest = sorted(set(common).difference(known))
    return [pairs[i] for i in known + fresh], [pairs[i] for i in rest[: config.n_train]]


def _beside(
    pairs: Sequence[tuple[System, Setting]], tests: Sequence[tuple[System, Setting]], config: TaskConfig, domain: Domain
) -> tuple[list[tuple[System, Setting]], list[tuple[System, Setting]]]:
    """Those to see along training how far it is, and those to train on, beside given tests: without the tests' trees, and without
    half of their forms, chosen by the forms' texts."""
    trees = {domain.normal(system.tree) for system, _ in tests}
    texts = {spelled(form_in(domain, system.tree)) for system, _ in tests}
    hidden = set(sorted(texts, key=fraction)[: (len(texts) + 1) // 2])
    left = [
        (system, setting)
        for system, setting in pairs
        if domain.normal(system.tree) not in trees and spelled(form_in(domain, system.tree)) not in hidden
    ]
    n_val = min(config.n_val, len(left) // 5)
    return left[:n_val], left[n_val : n_val + config.n_train]


def _alternating(usable: NDArray[np.bool_], new: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The usable rows, one of each kind in turn while there are both: any first part of them is balanced."""
    order = np.where(new, np.cumsum(usable & new), np.cumsum(usable & ~new))
    rows = usable.nonzero()[0]
    return rows[np.argsort(order[rows], kind="stable")]


def _simulate(
    domain: Domain, config: TaskConfig, pairs: Sequence[tuple[System, Setting]], columns: int, keep: bool = False
) -> tuple[Examples, list[Item]]:
    """The part of those that reach their horizons and, with `keep`, their whole behaviors; in chunks, since those are large."""
    systems: list[System] = []
    observations = [empty(config.points, columns)]
    items: list[Item] = []
    answers: list[Node | None] = []
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        behaviors = domain.semantics.simulate([s.tree for s, _ in chunk], [setting for _, setting in chunk])
        good = [
            (s, setting, y)
            for (s, setting), b in zip(chunk, behaviors, strict=True)
            if (y := observable(b, setting, domain)) is not None
        ]
        if not good:
            continue
        ours, settings, ys = zip(*good, strict=True)
        systems.extend(ours)
        observations.append(curves(domain, ours, settings, ys, config.points, columns))
        written = [answer(domain, y) if domain.forward else None for y in ys]
        answers.extend(written)
        if keep:
            # A view would keep the whole chunk alive.
            items.extend(Item(s, setting, y.copy(), own) for (s, setting, y), own in zip(good, written, strict=True))
    return Examples(tuple(systems), join(observations), tuple(a for a in answers if a is not None)), items


def _any_row(train: Examples, system: System, rng: np.random.Generator) -> int:
    """A random training row of the system's dimension (any, where there is none)."""
    for i in rng.integers(0, len(train), size=64):
        candidate = train.systems[int(i)]
        if candidate.dim == system.dim and len(candidate.equations) == len(system.equations):
            return int(i)
    return int(rng.integers(len(train)))
