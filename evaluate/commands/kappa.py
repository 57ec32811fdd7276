"""`kappa`: the κ family of one representation or several over sources of expressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from typing import Unpack

from ...grammars.errors import RunError, SpecError
from ...grammars.tree import System
from ...representations.representation import Representation
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.sources import systems_of
from ..edits.base import Choosing
from ..edits.catalog import EDITS, edit_operator
from ..edits.plausible_recipe import Preparing
from ..events import Event, Listener, Skipped
from ..kappa.kappa import NUDGES, Kappa, check_policy, measure_all, unreached
from ..options.spelled import part, spelled_out
from ..options.work import Work, WorkOptions
from ..semantics.base import Compiling, Solver, SolverOptions
from ..workers.pool import runner

WORTH_PROCESSES = 300_000
"""Edits from which on processes of their own gain more than their start takes (some 2 s; a core does about 40,000 edits a
second)."""
MANY_EDITS = 5_000
"""What an expression is taken to have where all are enumerated."""


class KappaOptions(SolverOptions, WorkOptions, total=False):
    """The options of `kappa` that other jobs share."""


@spelled_out(SolverOptions, WorkOptions, defaults=(Solver, Work))
def kappa(
    representations: str | Representation | Sequence[str | Representation],
    data: str | Sequence[str] | Sequence[System] | None = None,
    *,
    edits: str = "token",
    edits_per_expression: int | None = 1000,
    domain: str | Domain = "ode",
    metric: str | None = None,
    invalid: str = "exclude",
    seed: int = 0,
    strict: bool = False,
    keep_edits: bool = True,
    **options: Unpack[KappaOptions],
) -> Kappa | list[Kappa]:
    """The κ family of one representation, or a list for several `representations`: same expressions, same seeds, hence paired.

    Those given as specs are fitted to the `data` alone. Work that is not worth the start of processes is done without. `box` is
    that of the expressions; an edit's is 100 times its original's size. Where numbers lie beside the tokens that are edited, the
    result says so, and `coefficient` is the κ of nudged coefficients. Raises `RunError` where no expression could be measured
    under any of them.

    - `edits`: "token", "transpose", "coefficient", "tree", "natural" (other ways to write the same text: see
      `robustness` of the result), "plausible", "plausible-whole" (which train a model first), or `module:Object`
    - `edits_per_expression`: edits drawn; None enumerates every neighborhood
    - `data`: sources of expressions, or expressions; None for the domain's own: its bank, or 64 that its sampler draws
    - `domain`: "ode", "map", "function", "arithmetic", or `module:Object`
    - `metric`: distance between behaviors, None for the domain's
    - `invalid`: how edits that do not decode count: "exclude", "worst" or "zero"
    - `seed`: of everything random
    - `strict`: stop at the first line of a source that cannot be read
    - `keep_edits`: False keeps of the edits what the statistics need, for corpora too large to keep all
    """
    work, solver = part(Work, options), part(Solver, options)
    tuned = find_domain(domain).tuned(solver)
    distance, operator = tuned.distance(metric), edit_operator(edits)
    check_policy(invalid, distance)
    wanted = [representations] if isinstance(representations, str | Representation) else list(representations)
    for spec in (r for r in wanted if isinstance(r, str)):
        tuned.canonical(spec)  # a misspelt one is refused before any work
    given, texts = _sorted_out(tuned.sources if data is None else data)
    heard = Unread(work.listen)
    systems = [*given, *(systems_of(texts, tuned, seed, strict, heard) if texts else ())]
    trees = [s.tree for s in systems]
    if isinstance(tuned.semantics, Compiling):
        tuned.semantics.compile_beside()
    fitted = [r if isinstance(r, Representation) else tuned.representation(r, trees) for r in wanted]
    for refusal in (operator.refusal(r) for r in fitted if isinstance(operator, Choosing)):
        if refusal:
            raise SpecError(refusal)

    # A model made ready for edits stays where it was trained.
    n = 0 if isinstance(operator, Preparing) else len(systems) * len(fitted) * (edits_per_expression or MANY_EDITS)
    with runner(work.jobs if n > WORTH_PROCESSES else 1, work.scheduler if n else None, work.listen) as running:
        measure = partial(
            measure_all, invalid=invalid, edits_per_expression=edits_per_expression, seed=seed, condense=not keep_edits
        )

        def one(r: Representation) -> Kappa:
            own = operator.prepared(r, tuned, systems, seed, work.listen) if isinstance(operator, Preparing) else operator
            return measure(r, systems, tuned, distance, own, listen=work.listen, runner=running)

        def beside(r: Representation, found: Kappa) -> Kappa:
            """With the κ of its coefficients beside it, where no edit reaches them."""
            if not unreached(r, operator):
                return found
            nudges = measure(r, systems, tuned, distance, EDITS[NUDGES], listen=work.listen, runner=running).mean
            interval = f" ({nudges.low:.2g} to {nudges.high:.2g})" if isfinite(nudges.low) else ""
            told = f"κ of coefficients nudged by 1 %: {nudges.value:.4g}{interval}"
            return replace(found, coefficient=nudges, notes=(*found.notes, told))

        results = [replace(beside(r, one(r)), solver=solver, unread=tuple(heard.unread)) for r in fitted]
    _check_measured(results, len(systems))
    return results[0] if isinstance(representations, str | Representation) else results


@dataclass(slots=True)
class Unread:
    """A listener that passes all on and keeps what was skipped in reading: where, and why."""

    listen: Listener
    unread: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Skipped):
            self.unread.append((event.what, event.reason))
        self.listen(event)


def _sorted_out(data: str | Sequence[str] | Sequence[System]) -> tuple[list[System], list[str]]:
    """Systems, and texts that name sources of them."""
    sources = [data] if isinstance(data, str) else list(data)
    return [s for s in sources if isinstance(s, System)], [s for s in sources if isinstance(s, str)]


def _check_measured(results: Sequence[Kappa], n: int) -> None:
    skipped = [s for k in results for s in k.skipped]
    if skipped and not any(k.measured for k in results):
        raise RunError(
            f"nothing could be measured: all {n} expressions were skipped, the first, {skipped[0].name}: {skipped[0].reason}"
        )
