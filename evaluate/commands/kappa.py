"""`kappa`: the κ family of one representation or several over sources of expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ...grammars.errors import OutputError, SpecError
from ...representations.representation import Representation
from ..compare.plan import Representations, several, spec_words
from ..domains.domain import Domain, domain_word
from ..domains.domain import domain as find_domain
from ..domains.sources import Data, listed, named, told_of
from ..edits.catalog import edit_operator
from ..kappa.kappa import Kappa, check_policy
from ..measuring.job import Job, check_measured
from ..measuring.plan import KappaPlan
from ..measuring.run import measure
from ..options.spelled import part, spelled_out
from ..options.work import FolderOptions, Work, WorkOptions
from ..results.files import check_place
from ..semantics.base import Compiling, Solver, SolverOptions
from .report import rebuild_measured


class KappaOptions(SolverOptions, WorkOptions, FolderOptions, total=False):
    """The options of `kappa` that other jobs share."""


@spelled_out(SolverOptions, WorkOptions, FolderOptions, defaults=(Solver, Work))
def kappa(
    representations: Representations,
    data: Data | None = None,
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

    With `out` a run folder is left as `compare` leaves one, with every edit and a page. With `resume`, representations that it
    holds are not measured again, and there may be more of them than it was begun with; everything else that a number depends on
    must be as it was, versions but with `accept_version`, which records both. There representations stand for their specs.
    Raises `SpecError`, `SourceError` or `OutputError` before the folder is touched.

    - `edits`: "token", "transpose", "coefficient", "tree", "natural" (other ways to write the same text: see
      `robustness` of the result), "plausible", "plausible-whole" (which train a model first), or `module:Object`
    - `edits_per_expression`: edits drawn; None, or 0, enumerates every neighborhood
    - `data`: sources of expressions, or expressions; None for the domain's own: its bank, or 64 that its sampler draws
    - `domain`: "ode", "map", "function", "arithmetic", "proof", "program", "fold", "rna", "audio", "language", or `module:Object`
    - `metric`: distance between behaviors, None for the domain's
    - `invalid`: how edits that do not decode count: "exclude", "worst" or "zero"
    - `seed`: of everything random
    - `strict`: stop at the first line of a source that cannot be read
    - `keep_edits`: False keeps of the edits what the statistics need, for corpora too large to keep all; a folder keeps all
    """
    work, solver = part(Work, options), part(Solver, options)
    if work.resume and work.folder is None:
        raise OutputError("--resume needs --out DIR, the folder of the run to go on with")
    drawn = _number_of_edits(edits_per_expression)
    tuned = find_domain(domain).tuned(solver)
    distance, operator = tuned.distance(metric), edit_operator(edits)
    check_policy(invalid, distance)
    one = isinstance(representations, str | Representation)
    # A misspelt one is refused before any work.
    wanted = [tuned.canonical(r) if isinstance(r, str) else r for r in several(representations)]
    given = listed(data, tuned.sources)
    if work.folder is not None:
        check_place(work.folder, work.resume)
    loaded = told_of(given, tuned, seed, strict, work.listen)
    if isinstance(tuned.semantics, Compiling):
        tuned.semantics.compile_beside()
    job = Job(
        systems=loaded.systems,
        domain=tuned,
        metric=distance,
        operator=operator,
        invalid=invalid,
        edits_per_expression=drawn,
        seed=seed,
        solver=solver,
        condense=not keep_edits and work.folder is None,
        unread=tuple((f"{skip.source} {skip.where}", skip.reason) for skip in loaded.skipped),
    )
    if work.folder is None:
        results = _found(job, wanted, work)
    else:
        plan = KappaPlan(
            representations=tuple(dict.fromkeys(spec_words(wanted) or ())),
            data=named(given),
            domain=domain_word(domain),
            metric=metric or tuned.metric,
            edits=edits,
            edits_per_expression=drawn,
            invalid=invalid,
            seed=seed,
            strict=strict,
            solver=solver,
        )
        measure(plan, job, loaded, work.folder, work)
        results = list(rebuild_measured(work.folder).kappas)
    return results[0] if one else results


def _number_of_edits(given: int | None) -> int | None:
    """How many are drawn, None for all: as on the command line, 0 says so too."""
    if given is not None and given < 0:
        raise SpecError(f"edits_per_expression is a number of edits, or 0 or None for all, not {given}")
    return given or None


def _found(job: Job, wanted: Sequence[str | Representation], work: Work) -> list[Kappa]:
    """κ of each, kept nowhere."""
    fitted = [job.fitted(r) for r in wanted]
    with job.runner(len(fitted), work) as running:
        results = [job.kappa(r, running, work.listen) for r in fitted]
    check_measured(results)
    return results
