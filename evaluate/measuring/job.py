"""κ of any representation on some expressions: what is measured by, and who does it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from math import isfinite

from ...grammars.errors import RunError, SpecError
from ...grammars.tree import System
from ...representations.representation import Representation
from ..domains.domain import Domain
from ..domains.metrics import Metric
from ..edits.base import Choosing, EditOperator
from ..edits.catalog import EDITS
from ..edits.plausible_recipe import Preparing
from ..events import Listener
from ..kappa.corpus import Each, measure_each
from ..kappa.kappa import NUDGES, Kappa, measure_all, unreached
from ..options.work import Work
from ..semantics.base import Solver
from ..workers.pool import runner
from ..workers.tasks import Runner

WORTH_PROCESSES = 300_000
"""Edits from which on processes of their own gain more than their start takes (some 2 s; a core does about 40,000 edits a
second)."""
MANY_EDITS = 5_000
"""What an expression is taken to have where all are enumerated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The expressions, and how κ is measured on them. `domain` is tuned by `solver`; `edits_per_expression`: None for all;
    `condense`: keep of the edits what statistics need; `unread`: what was skipped in reading, and why."""

    systems: Sequence[System]
    domain: Domain
    metric: Metric
    operator: EditOperator
    invalid: str
    edits_per_expression: int | None
    seed: int
    solver: Solver
    condense: bool
    unread: tuple[tuple[str, str], ...] = ()

    def fitted(self, wanted: str | Representation) -> Representation:
        """A representation as it is measured: one given as a spec is fitted to the expressions alone. Raises `SpecError` where it
        has no such edits."""
        chosen = wanted
        if isinstance(chosen, str):
            chosen = self.domain.representation(chosen, [s.tree for s in self.systems])
        if isinstance(self.operator, Choosing) and (refusal := self.operator.refusal(chosen)):
            raise SpecError(refusal)
        return chosen

    def runner(self, representations: int, work: Work) -> AbstractContextManager[Runner]:
        """Who measures so many representations. Work that is not worth the start of processes is done without, and a model made
        ready for edits stays where it was trained."""
        each = len(self.systems) * (self.edits_per_expression or MANY_EDITS)
        n = 0 if isinstance(self.operator, Preparing) else representations * each
        return runner(work.jobs if n > WORTH_PROCESSES else 1, work.scheduler if n else None, work.listen)

    def kappa(self, chosen: Representation, running: Runner, listen: Listener, each: Each = measure_each) -> Kappa:
        """κ of one representation, with that of its coefficients beside it where no edit reaches them. `each`: see
        `measure_all`."""
        own = self.operator
        if isinstance(own, Preparing):
            own = own.prepared(chosen, self.domain, self.systems, self.seed, listen)
        found = replace(self._measured(chosen, own, running, listen, each), solver=self.solver, unread=self.unread)
        if not unreached(chosen, self.operator):
            return found
        nudges = self._measured(chosen, EDITS[NUDGES], running, listen).mean
        interval = f" ({nudges.low:.2g} to {nudges.high:.2g})" if isfinite(nudges.low) else ""
        told = f"κ of coefficients nudged by 1 %: {nudges.value:.4g}{interval}"
        return replace(found, coefficient=nudges, notes=(*found.notes, told))

    def _measured(
        self, chosen: Representation, operator: EditOperator, running: Runner, listen: Listener, each: Each = measure_each
    ) -> Kappa:
        return measure_all(
            chosen,
            self.systems,
            self.domain,
            self.metric,
            operator,
            invalid=self.invalid,
            edits_per_expression=self.edits_per_expression,
            seed=self.seed,
            condense=self.condense,
            listen=listen,
            runner=running,
            each=each,
        )


def check_measured(results: Sequence[Kappa]) -> None:
    """Raises `RunError` where no expression could be measured under any representation."""
    skipped = [s for k in results for s in k.skipped]
    if skipped and not any(k.measured for k in results):
        raise RunError(
            f"nothing could be measured: all {results[0].n_given} expressions were skipped, the first, {skipped[0].name}: "
            f"{skipped[0].reason}"
        )
