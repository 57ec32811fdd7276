"""κ of one domain under one distribution, in every representation of its line-up, beside how far two of its expressions lie
apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import NotInstalledError, SourceError
from ...grammars.tree import System
from ...representations.representation import Representation
from ..domains.distributions import Distribution
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.line_up import line_up
from ..domains.sources import at_most, load, sample_systems
from ..edits.base import EditOperator
from ..edits.catalog import EDITS
from ..edits.independent import Independent
from ..events import Listener
from ..kappa.kappa import Kappa, measure_all
from ..kappa.silence import silence
from ..kappa.weighing import share
from ..statistics.estimate import plain
from ..tables.across import BY_EXPRESSION
from ..tables.column import Row
from ..workers.tasks import Runner
from .plan import NEAR, PAIRS, POOL, AcrossPlan

Floats = NDArray[np.float64]
Part = dict[str, Any]
"""What is kept of a domain under a distribution: `status`, `measured` (of each representation what its expressions do not say)
and `expressions`, rows of kappa-by-expression.parquet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """A domain's expressions under one distribution, from `source`, and who measures."""

    plan: AcrossPlan
    domain: Domain
    source: str
    systems: Sequence[System]
    running: Runner
    listen: Listener

    def kappa(self, chosen: Representation, operator: EditOperator, limit: int | None) -> Kappa:
        return measure_all(
            chosen,
            self.systems,
            self.domain,
            self.domain.distance(),
            operator,
            edits_per_expression=limit,
            seed=self.plan.seed,
            listen=self.listen,
            condense=True,
            runner=self.running,
        )

    def apart(self, chosen: Representation) -> dict[str, float]:
        """Of each expression, by its name, the mean distance to others of the same distribution: of a bank its own, else such as
        were drawn anew. One that has no distance to it counts for nothing. `chosen` has no part in it."""
        others = self.systems
        if self.source == "sample":
            n = at_most(self.domain, POOL * len(others))
            others = sample_systems(self.domain, n, self.plan.seed, purpose="independent", fewer=True, listen=self.listen)
        found = self.kappa(chosen, Independent(self.domain, tuple(s.tree for s in others)), PAIRS)
        return {m.name: float(d) for m, d in zip(found.measured, found.means, strict=True)}


def measured(plan: AcrossPlan, word: str, distribution: Distribution, running: Runner, listen: Listener) -> Part:
    """A domain whose packages are not installed, or whose sampler or bank gives nothing, has no rows, and says so."""
    domain, source = find_domain(distribution.domain or word), distribution.source
    try:
        given = f"sample:{at_most(domain, plan.expressions)}" if source == "sample" else source
        systems = load([given], domain, plan.seed, listen=listen).systems
        group = _Group(plan=plan, domain=domain, source=source, systems=systems, running=running, listen=listen)
        return _measured(group, {"domain": word, "distribution": distribution.name})
    except NotInstalledError as e:
        return _nothing("not installed", e)
    except SourceError as e:
        return _nothing("no expressions", e)


def _nothing(status: str, why: Exception) -> Part:
    return {"status": status, "why": str(why), "measured": [], "expressions": []}


def _measured(group: _Group, place: Row) -> Part:
    domain, trees = group.domain, [s.tree for s in group.systems]
    chosen = [domain.representation(domain.canonical(spec), trees) for spec in line_up(domain)]
    apart = group.apart(chosen[0])
    found: list[Row] = []
    rows: list[Row] = []
    for representation in chosen:
        kappa = group.kappa(representation, EDITS["token"], group.plan.edits_per_expression)
        known = {"metric": kappa.metric, "exact": kappa.exact, "n_given": kappa.n_given, "d_max": plain(kappa.d_max)}
        known |= {"among_themselves": group.source == "bank"}
        found.append({"representation": representation.spec, "vocabulary": len(representation.vocabulary)} | known)
        rows += [BY_EXPRESSION.row(place | row) for row in _rows(kappa, apart)]
    return {"status": "ok", "why": "", "measured": found, "expressions": rows}


def _rows(kappa: Kappa, apart: dict[str, float]) -> Iterator[Row]:
    """One per expression that was measured."""
    silent, moving = silence(kappa)
    near = NEAR * fmean(apart.values()) if apart else np.nan
    columns: dict[str, Floats] = {
        "kappa_mean": kappa.means,
        "kappa@16": kappa.each_at(16),
        "sup": kappa.per_expression(lambda d: d.sup()),
        "silent": silent,
        "kappa_moving": moving,
        "validity": np.array([share(m, ~m.outcomes.mask("invalid")) for m in kappa.measured]),
        "redundancy": np.array([share(m, m.distance <= kappa.epsilon) for m in kappa.measured]),
        "near": np.array([share(m, m.distance <= near) for m in kappa.measured]),
        "undefined": np.array([m.count("undefined") / m.n_valid if m.n_valid else np.nan for m in kappa.measured]),
        "tokens": np.array([float(m.n_tokens) for m in kappa.measured]),
        "apart": np.array([apart.get(m.name, np.nan) for m in kappa.measured]),
    }
    for i, m in enumerate(kappa.measured):
        place = {"representation": kappa.representation, "expression": m.name}
        yield place | {name: None if np.isnan(values[i]) else float(values[i]) for name, values in columns.items()}
