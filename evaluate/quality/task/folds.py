"""A person's expressions in parts of which one is tested and the others are learned from, with nothing known of the one in them.

Expressions of one form (`forms`) differ by their coefficients alone, and those of one behavior not even by that: tested on what
looks new and is not, whoever memorizes wins. So both kinds stay together, as a family.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import ConditionError, SourceError
from ....grammars.tree import System
from ...domains.domain import Domain
from ...domains.metrics import Metric, distances
from ...semantics.base import Setting
from .forms import form_in, spelled
from .observe import observable
from .split import fraction

Floats = NDArray[np.float64]

FOLDS = 5
_POINTS = 64
_ALIKE = 0.01
"""Bounded-l2 distance below which two behaviors are one, as in `TaskConfig.separation`."""


@dataclass(frozen=True, slots=True)
class Folds:
    """`systems`: those that simulate, each with one initial condition. `family`, `fold`: of each.

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
    singles = [(n, one) for n, system in enumerate(systems) for one in single_starts(system)]
    behaviors = _behaviors(domain, [one for _, one in singles])
    known = [(n, one, y) for (n, one), y in zip(singles, behaviors, strict=True) if y is not None]
    usable = [one for _, one, _ in known]
    forms = [spelled(form_in(domain, s.tree)) for s in usable]
    seen = [] if domain.forward else [y for _, _, y in known]  # what is shown is told apart by itself
    family = _families(seen, forms, domain.quality)
    members: dict[int, list[int]] = {}
    for i, own in enumerate(family):
        members.setdefault(own, []).append(i)
    if len(members) < FOLDS:
        families = f"{len(members)} famil{'y' if len(members) == 1 else 'ies'}"
        raise SourceError(
            f"{len(usable)} expressions that simulate, of {families}, are too few to learn from some and test on others, which "
            f"takes at least {FOLDS} families; add expressions of other forms, or take --learn-from sampler"
        )
    names = {own: min(forms[i] for i in rows) for own, rows in members.items()}
    fold, sizes = [0] * len(usable), [0] * FOLDS
    for own in sorted(members, key=lambda own: (-len(members[own]), fraction(names[own]))):
        least = sizes.index(min(sizes))
        sizes[least] += len(members[own])
        for i in members[own]:
            fold[i] = least
    home: dict[int, int] = {n: own for (n, _, _), own in zip(known, fold, strict=True)}
    return Folds(tuple(usable), tuple(family), tuple(fold), tuple(systems), tuple(map(home.get, range(len(systems)))))


def single_starts(system: System) -> list[System]:
    """A system from each of its initial conditions, equal ones once: each is a behavior of its own."""
    starts = tuple(dict.fromkeys(system.x0 or ()))
    if len(starts) < 2:
        return [replace(system, x0=starts)] if len(system.x0 or ()) > 1 else [system]
    return [replace(system, x0=(start,), name=f"{system.name} from {i + 1}") for i, start in enumerate(starts)]


def _behaviors(domain: Domain, systems: Sequence[System]) -> list[Floats | None]:
    """The behavior (I, T, D) of each, None where it has none that could be learned from."""
    settings: list[Setting | None] = []
    for system in systems:
        try:
            settings.append(domain.semantics.setting(system, points=_POINTS))
        except ConditionError:
            settings.append(None)
    pairs = [(i, setting) for i, setting in enumerate(settings) if setting is not None]
    found: list[Floats | None] = [None] * len(systems)
    if pairs:
        simulated = domain.semantics.simulate([systems[i].tree for i, _ in pairs], [setting for _, setting in pairs])
        for (i, setting), behavior in zip(pairs, simulated, strict=True):
            found[i] = observable(behavior, setting, domain)
    return found


def _families(behaviors: Sequence[Floats], forms: Sequence[str], metric: Metric) -> list[int]:
    """The number of each one's family, counted in the order of the forms' texts: those of one form; and those of two, and of any
    these are linked to, where half of the fewer behave like some of the others. Single ones that do are no reason: of forms with
    many coefficients some always do, and `shadows` keeps those from training."""
    order = {text: n for n, text in enumerate(sorted(set(forms)))}
    members = Counter(forms)
    twins: dict[tuple[str, str], set[int]] = {}
    for i, j in _alike(behaviors, metric):
        if forms[i] != forms[j]:
            twins.setdefault((forms[i], forms[j]), set()).add(i)
            twins.setdefault((forms[j], forms[i]), set()).add(j)
    root = list(range(len(order)))

    def top(n: int) -> int:
        while root[n] != n:
            n = root[n]
        return n

    for (few, other), alike in twins.items():
        if members[few] <= members[other] and 2 * len(alike) >= members[few]:
            a, b = top(order[few]), top(order[other])
            root[max(a, b)] = min(a, b)
    return [top(order[text]) for text in forms]


def _alike(behaviors: Sequence[Floats], metric: Metric) -> list[tuple[int, int]]:
    """Pairs whose behaviors are one under the metric that Q is measured by, from whatever times they are seen at; those that are
    undefined somewhere, at the same points."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, y in enumerate(behaviors):
        groups.setdefault((y.shape, np.isnan(y).tobytes()), []).append(i)
    found = []
    for rows in groups.values():
        rows.sort(key=lambda i: behaviors[i].tobytes())  # a distance is in the first one's measure: whatever their order
        values = np.stack([behaviors[i] for i in rows])
        for k in range(len(rows) - 1):
            near = np.flatnonzero(distances(metric, values[k], values[k + 1 :]) < _ALIKE * metric.d_max)
            found += [(rows[k], rows[k + 1 + int(j)]) for j in near]
    return found
