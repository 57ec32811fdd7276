"""A person's expressions in parts of which one is tested and the others are learned from, with nothing known of the one in them.

Expressions of one form (`forms`) differ by their coefficients alone, and those of one behavior not even by that: tested on what
looks new and is not, whoever memorizes wins. So both kinds stay together, as a family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....grammars.errors import ConditionError, SourceError
from ....grammars.tree import System
from ...domains.domain import Domain
from ...domains.metrics import METRICS, distances
from ...semantics.base import Behaviors
from .forms import form, spelled
from .split import fraction

FOLDS = 5
_POINTS = 64
_ALIKE = 0.01
"""Bounded-l2 distance below which two behaviors are one, as in `TaskConfig.separation`."""


@dataclass(frozen=True, slots=True)
class Folds:
    """`systems`: those that have what a simulation needs, each with one initial condition. `family`, `fold`: of each.

    `given`: all expressions, as they were given. `home`: the fold of each of these; None of one that nothing simulates."""

    systems: tuple[System, ...]
    family: tuple[int, ...]
    fold: tuple[int, ...]
    given: tuple[System, ...]
    home: tuple[int | None, ...]

    @property
    def n_families(self) -> int:
        return len(set(self.family))

    def within(self, fold: int) -> list[System]:
        """Those that are tested in a fold's turn."""
        return [s for s, own in zip(self.systems, self.fold, strict=True) if own == fold % FOLDS]

    def without(self, fold: int) -> list[System]:
        """Those that may then be learned from."""
        return [s for s, own in zip(self.systems, self.fold, strict=True) if own != fold % FOLDS]

    def measured(self, fold: int) -> list[System]:
        """The given expressions that are measured under what was fitted without a fold: its own, and with the first those of no
        fold, to say why they cannot be."""
        mine = fold % FOLDS
        return [s for s, home in zip(self.given, self.home, strict=True) if (home or 0) == mine]

    def fitted(self, fold: int) -> list[System]:
        """The given expressions that what is fitted without a fold sees."""
        return [s for s, home in zip(self.given, self.home, strict=True) if home not in (None, fold % FOLDS)]


def folds(domain: Domain, systems: Sequence[System]) -> Folds:
    """Families in folds of about equal size, the same for the same expressions in whatever order.

    Raises SourceError for fewer families than folds.
    """
    starts = [[one for one in single_starts(system) if _simulates(domain, one)] for system in systems]
    usable = [one for own in starts for one in own]
    forms = [spelled(form(s.tree, domain.operators)) for s in usable]
    family = _families(domain, usable, forms)
    members: dict[int, list[int]] = {}
    for i, own in enumerate(family):
        members.setdefault(own, []).append(i)
    if len(members) < FOLDS:
        families = f"{len(members)} famil{'y' if len(members) == 1 else 'ies'}"
        raise SourceError(
            f"{len(usable)} expressions of {families} are too few to learn from some and test on others, which takes at least "
            f"{FOLDS} families; add expressions, or take --learn-from sampler"
        )
    names = {own: min(forms[i] for i in rows) for own, rows in members.items()}
    fold, sizes = [0] * len(usable), [0] * FOLDS
    for own in sorted(members, key=lambda own: (-len(members[own]), fraction(names[own]))):
        least = sizes.index(min(sizes))
        sizes[least] += len(members[own])
        for i in members[own]:
            fold[i] = least
    first = np.cumsum([0, *map(len, starts)])
    home = tuple(fold[i] if own else None for i, own in zip(first, starts, strict=False))
    return Folds(tuple(usable), tuple(family), tuple(fold), tuple(systems), home)


def single_starts(system: System) -> list[System]:
    """A system from each of its initial conditions: each is a behavior of its own."""
    if len(system.x0 or ()) < 2:
        return [system]
    return [replace(system, x0=(start,), name=f"{system.name} from {i + 1}") for i, start in enumerate(system.x0)]


def _simulates(domain: Domain, system: System) -> bool:
    try:
        domain.semantics.setting(system, points=_POINTS)
    except ConditionError:
        return False
    return True


def _families(domain: Domain, systems: Sequence[System], forms: Sequence[str]) -> list[int]:
    """The number of each one's family, counted in the order of the forms' texts: those of one form, or that behave alike, and
    those that behave like any of these."""
    order = {text: n for n, text in enumerate(sorted(set(forms)))}
    root = list(range(len(order)))

    def top(n: int) -> int:
        while root[n] != n:
            n = root[n]
        return n

    settings = [domain.semantics.setting(s, points=_POINTS) for s in systems]
    behaviors = domain.semantics.simulate([s.tree for s in systems], settings) if systems else []
    groups: dict[tuple[int, ...], list[int]] = {}
    for i, behavior in enumerate(behaviors):
        groups.setdefault(behavior.y.shape, []).append(i)
    for rows in groups.values():
        for i, j in _alike([behaviors[i] for i in rows]):
            a, b = top(order[forms[rows[i]]]), top(order[forms[rows[j]]])
            root[max(a, b)] = min(a, b)
    return [top(order[text]) for text in forms]


def _alike(behaviors: Sequence[Behaviors]) -> list[tuple[int, int]]:
    """Pairs whose behaviors are one, from whatever times they are seen at."""
    values = np.stack([b.y[0] for b in behaviors])
    metric = METRICS["bounded-l2"]
    found = []
    for i in range(len(values) - 1):
        near = np.flatnonzero(distances(metric, values[i], values[i + 1 :]) < _ALIKE)
        found += [(i, i + 1 + int(j)) for j in near]
    return found
