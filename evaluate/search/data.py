"""What every trial of a search shares: the expressions in two halves, what local searches learn from, and how one spec is
measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError, KappabarError, SourceError
from ...grammars.tree import System
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.references import reference
from ..domains.sources import Source, load, sample_systems
from ..edits.token import TokenEdits
from ..kappa.kappa import Kappa, measure_all
from ..streams import generator
from .objectives import ALWAYS, objective
from .plan import SearchPlan

Floats = NDArray[np.float64]

_LACKING = {"invalid": 1.0, "uncounted": 1.0}
"""What an expression that cannot be measured counts as in columns of shares."""
_SAMPLED = 256
"""Expressions drawn for local searches to learn codes from, beside those that are searched on: those hold too few numbers to say
what each center is good for. What is measured is fitted to the searched half alone: no figure depends on anything but data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchData:
    """Everything a process needs to measure a spec. `searched` decides the search, `held_out` only ever scores its result.

    `columns`: names of the objectives measured. Expressions whose own simulation fails are in neither half but in `left_out`.
    """

    domain: str
    metric: str
    invalid: str
    edits_per_expression: int | None
    seed: int
    columns: tuple[str, ...]
    searched: tuple[System, ...]
    held_out: tuple[System, ...]
    corpus: tuple[System, ...]
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Measurement:
    """A spec on one half: per column one number for each of its expressions, `missing` of which could not be measured.

    Bounded columns have a value for every expression: see `objectives.Objective`. What it took: `edits`, and `seconds` of one
    core, which is no part of any result. `reason`: why there are no numbers at all, or ''.
    """

    spec: str
    arrays: dict[str, Floats]
    missing: int = 0
    edits: int = 0
    reason: str = ""
    seconds: float = field(default=0.0, compare=False)

    def own(self, column: str) -> Floats:
        """A column with NaN for expressions that have no κ of their own, and count as the largest distance elsewhere."""
        lacking = self.arrays.get("uncounted")
        return self.arrays[column] if lacking is None else np.where(lacking == 0.0, self.arrays[column], np.nan)

    @property
    def kappa_n(self) -> int:
        """Expressions that have a mean κ of their own; the others count as the metric's largest distance."""
        lacking = self.arrays.get("uncounted")
        return 0 if lacking is None else int((lacking == 0.0).sum())

    def why_not(self, objectives: Sequence[str]) -> str:
        """Why it is nowhere on a front: there are no numbers, or one of the objectives is infinite; '' where neither is so."""
        infinite = [o for o in objectives if np.isinf(self.value(o))]
        return self.reason or (f"infinite: {', '.join(infinite)}" if infinite else "")

    def value(self, column: str) -> float:
        """The mean over expressions; NaN where there is none."""
        values = self.arrays[column]
        known = values[~np.isnan(values)]
        return float(known.mean()) if len(known) else float("nan")


def build(plan: SearchPlan, given: Sequence[Source] = ()) -> SearchData:
    """Load, check and split the expressions of a plan, `given` themselves or by its data. Raises `SourceError` where either half
    would be empty."""
    domain = find_domain(plan.domain)
    systems, left_out = [], []
    loaded = load(given or plan.data, domain, seed=plan.seed, strict=plan.strict)
    left_out += [(f"{s.source} {s.where}", s.reason) for s in loaded.skipped]
    for system in loaded.systems:
        reason = _why_not(system, domain)
        if reason:
            left_out.append((system.name or "unnamed", reason))
        else:
            systems.append(system)
    if len(systems) < 2:
        raise SourceError(f"a search needs at least two expressions that simulate, one to hold out; there are {len(systems)}")
    n_held_out = min(max(round(plan.held_out * len(systems)), 1), len(systems) - 1)
    chosen = set(generator(plan.seed, "held-out").permutation(len(systems))[:n_held_out].tolist())
    searched = tuple(s for i, s in enumerate(systems) if i not in chosen)
    held_out = tuple(s for i, s in enumerate(systems) if i in chosen)
    return SearchData(
        domain=plan.domain,
        metric=plan.metric,
        invalid=plan.invalid,
        edits_per_expression=plan.edits_per_expression,
        seed=plan.seed,
        columns=tuple(dict.fromkeys((*plan.objectives, *ALWAYS))),
        searched=searched,
        held_out=held_out,
        corpus=_corpus(plan.domain, searched, held_out, plan.seed),
        left_out=tuple(left_out),
    )


def _why_not(system: System, domain: Domain) -> str:
    """Why an expression cannot be measured under any representation, or ''."""
    try:
        setting = domain.semantics.setting(system)
        behavior = reference(domain.semantics.simulate([system.tree], setting), setting, domain)
    except ConditionError as error:
        return str(error)
    return behavior if isinstance(behavior, str) else ""


def _corpus(domain: str, searched: Sequence[System], held_out: Sequence[System], seed: int) -> tuple[System, ...]:
    """The searched half and, where the domain has a sampler, drawn expressions; never one that is held out."""
    known = {s.tree for s in (*searched, *held_out)}
    try:
        drawn = sample_systems(domain, _SAMPLED, seed, purpose="codes")
    except SourceError:
        drawn = []
    # Of another stream, and still named by the seed as samples of the searched half may be.
    return (*searched, *(replace(s, name=f"drawn-{i}") for i, s in enumerate(drawn) if s.tree not in known))


def kappa_of(data: SearchData, spec: str, held_out: bool) -> tuple[Kappa, int]:
    """κ of a spec on one half, fitted to the searched one, and its vocabulary's size. Raises `KappabarError`s of the
    representation."""
    domain = find_domain(data.domain)
    representation = domain.representation(spec, data.searched, data.held_out)
    kappa = measure_all(
        representation,
        data.held_out if held_out else data.searched,
        domain,
        domain.distance(data.metric),
        TokenEdits(),
        invalid=data.invalid,
        edits_per_expression=data.edits_per_expression,
        seed=data.seed,
    )
    return kappa, len(representation.vocabulary)


def measure_spec(data: SearchData, spec: str, held_out: bool) -> Measurement:
    """The columns of a spec on one half.

    An expression that the representation cannot write, whose decoded form cannot be simulated, or that has no κ because none of
    its edits decodes, counts as the metric's largest distance in every bounded column, and what cannot be written as without
    valid edits: leaving out what is hard would be an advantage otherwise.
    """
    systems, start = data.held_out if held_out else data.searched, time.process_time()
    try:
        kappa, size = kappa_of(data, spec, held_out)
    except KappabarError as error:
        nothing = {c: np.full(len(systems), np.nan) for c in data.columns}
        return Measurement(spec, nothing, len(systems), 0, str(error), time.process_time() - start)
    row_of = {s.name or "unnamed": i for i, s in enumerate(systems)}
    rows = [row_of[m.name] for m in kappa.measured]
    arrays: dict[str, Floats] = {}
    for column in data.columns:
        measured = objective(column)
        worst = kappa.d_max if measured.bounded else _LACKING.get(column, np.nan)
        arrays[column] = np.full(len(systems), worst)
        values = measured.per_expression(kappa, size)
        arrays[column][rows] = np.where(np.isnan(values), worst, values)
    edits = sum(m.n_edits for m in kappa.measured)
    return Measurement(spec, arrays, len(kappa.skipped), edits, "", time.process_time() - start)
