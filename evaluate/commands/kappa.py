"""`kappa`: the κ family of one representation or several over sources of expressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...grammars.errors import RunError
from ...grammars.tree import System
from ...representations.representation import Representation
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.sources import systems_of
from ..edits.catalog import edit_operator
from ..edits.plausible_recipe import Preparing
from ..events import Listener, silent
from ..kappa.kappa import Kappa, check_policy, measure_all
from ..semantics.base import Solver
from ..workers.pool import runner

WORTH_PROCESSES = 300_000
"""Edits from which on processes of their own gain more than their start takes (some 2 s; a core does about 40,000 edits a second)."""
MANY_EDITS = 5_000
"""What an expression is taken to have where all are enumerated."""


def kappa(
    representations: str | Representation | Sequence[str | Representation],
    data: str | Sequence[str] | Sequence[System] = ("bank",),
    edits: str = "token",
    edits_per_expression: int | None = 1000,
    domain: str | Domain = "ode",
    metric: str | None = None,
    invalid: str = "exclude",
    seed: int = 0,
    strict: bool = False,
    listen: Listener = silent,
    *,
    keep_edits: bool = True,
    jobs: int = 1,
    scheduler: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    box: float | None = None,
    max_step: float | None = None,
    max_steps: int | None = None,
) -> Kappa | list[Kappa]:
    """The κ family of one representation, or a list for several: same expressions, same seeds, hence paired.

    `edits_per_expression=None` enumerates every neighborhood; `keep_edits=False` keeps of the edits what the statistics need, for
    corpora too large to keep all. Representations given as specs are fitted to the data alone. Raises `RunError` where no expression could
    be measured under any of them.

    `jobs` processes (0: all cores) share work that is worth their start, or the workers of the Dask cluster at the address
    `scheduler` all of it, with no effect on the numbers. More than one job needs a main module that can be imported.

    `rtol`, `atol`, `box`, `max_step`, `max_steps`: how expressions and edits are simulated, see `semantics.base.Solver`. The box is that of
    the expressions; an edit's is 100 times its original's size.
    """
    solver = Solver(rtol, atol, box, max_step, max_steps)
    chosen_domain = find_domain(domain).tuned(solver)
    measure, operator = chosen_domain.distance(metric), edit_operator(edits)
    check_policy(invalid, measure)
    wanted = [representations] if isinstance(representations, str | Representation) else list(representations)
    for spec in (r for r in wanted if isinstance(r, str)):
        chosen_domain.canonical(spec)  # a misspelt one is refused before any work
    sources = [data] if isinstance(data, str) else list(data)
    systems = [s for s in sources if isinstance(s, System)]
    if texts := [s for s in sources if isinstance(s, str)]:
        systems += systems_of(texts, chosen_domain, seed, strict, listen)
    trees = [s.tree for s in systems]
    fitted = [r if isinstance(r, Representation) else chosen_domain.representation(r, trees) for r in wanted]

    # A model made ready for edits stays where it was trained.
    work = 0 if isinstance(operator, Preparing) else len(systems) * len(fitted) * (edits_per_expression or MANY_EDITS)
    with runner(jobs if work > WORTH_PROCESSES else 1, scheduler if work else None, listen) as crew:

        def one(r: Representation) -> Kappa:
            own = operator.prepared(r, chosen_domain, systems, seed, listen) if isinstance(operator, Preparing) else operator
            return measure_all(
                r, systems, chosen_domain, measure, own, invalid, edits_per_expression, seed, listen, not keep_edits, crew
            )  # fmt: skip

        results = [replace(one(r), solver=solver) for r in fitted]
    _check_measured(results, len(systems))
    return results[0] if isinstance(representations, str | Representation) else results


def _check_measured(results: Sequence[Kappa], n: int) -> None:
    skipped = [s for k in results for s in k.skipped]
    if skipped and not any(k.measured for k in results):
        raise RunError(
            f"nothing could be measured: all {n} expressions were skipped, the first, {skipped[0].name}: {skipped[0].reason}"
        )
