"""`compare`, the main job: several representations on the same expressions, measured, learned, and shown on a page."""

from __future__ import annotations

from typing import Unpack, overload

from ...grammars.errors import SpecError
from ..compare.comparison import Comparison
from ..compare.plan import CompareOptions, ComparisonOptions, ComparisonPlan, Representations, planned, spec_words
from ..compare.run import measure, new_folder, settled
from ..dials.base import Dial
from ..dials.run import Dialed, run_dial
from ..domains.domain import domain as find_domain
from ..domains.domain import domain_word
from ..domains.line_up import line_up
from ..domains.sources import Data, listed, named
from ..options.spelled import part, spelled_out
from ..options.work import FolderOptions, Work, WorkOptions
from ..semantics.base import Solver, SolverOptions
from ..study.plan import question
from ..study.run import Study, run_study
from ..study.survey import Surveyed, run_survey
from ..study.survey_plan import Survey
from .report import rebuild, rebuild_dial, rebuild_study, rebuild_survey


@overload
def compare(
    representations: Representations | None = None,
    data: Data | None = None,
    *,
    study: None = None,
    **options: Unpack[CompareOptions],
) -> Comparison: ...


@overload
def compare(
    representations: Representations | None = None,
    data: Data | None = None,
    *,
    study: str,
    **options: Unpack[CompareOptions],
) -> Study | Surveyed | Dialed: ...


@spelled_out(ComparisonOptions, SolverOptions, FolderOptions, WorkOptions, defaults=(ComparisonPlan, Solver, Work))
def compare(
    representations: Representations | None = None,
    data: Data | None = None,
    *,
    study: str | None = None,
    **options: Unpack[CompareOptions],
) -> Comparison | Study | Surveyed | Dialed:
    """Compare `representations` (default: `line_up.LINE_UP`) on the expressions of `data` (default: the domain's, the bank), with
    one seed and the budget "quick".

    Leaves a run folder at `out`, by default a new one under `runs/`; it holds the expressions too. With `resume`, parts that the
    folder already holds are not measured again: only where everything that a number depends on is as it was, versions but with
    `accept_version`, which records both. Raises `SpecError`, `SourceError` or `OutputError` before any work is done.

    In rounds (`rounds`, `minutes`, `until`) every round trains what is not decided on a task drawn anew, and tests it on new
    behaviors; then pairs are better, worse, equal within `margin` or open, with an error of 5 % over all pairs and looks
    (`statistics.sequential`), and `.best()` is the recommendation.

    `study` names a question with a protocol: "hypothesis" takes several comparisons, with seeds, budget, domains and data of its
    own where none are given; "tokenizers" measures the tokenizers of language models, and trains nothing; "dial:code" turns κ̄
    alone, by what code words mean, "dial:semantics" by how far systems are followed, and "dial:region" asks it of expressions of
    one domain. All have their own way to simulate: see `study.plan`.
    """
    work, solver = part(Work, options), part(Solver, options)
    name, specs = domain_word(options.get("domain") or "ode"), spec_words(representations)
    if study is not None:
        if any(options.get(name) is not None for name in ("rounds", "minutes", "until")):
            raise SpecError("a study trains as its protocol says: leave --rounds, --minutes and --until out")
        if options.get("learn_from") not in (None, "sampler"):
            raise SpecError("a study learns as its protocol says: leave --learn-from out")
        if solver.given():
            raise SpecError(f"a study simulates as its protocol says: leave {solver.words()[0]} out")
        asked, sources = question(study), None if data is None else named(listed(data))
        options["domain"] = name if options.get("domain") else None
        if isinstance(asked, Dial):
            return rebuild_dial(run_dial(asked, specs, sources, options, work))
        if isinstance(asked, Survey):
            return rebuild_survey(run_survey(asked, specs, sources, options, work))
        return rebuild_study(run_study(asked, specs, sources, options, work))
    domain = find_domain(name)
    given = listed(data, domain.sources)
    plan = planned(options, name, specs or line_up(domain), named(given), seeds=1, budget="quick")
    read = None
    if options.get("learn_from") is None:
        plan, read = settled(plan, given)
    folder = work.folder or new_folder("compare", work.resume)
    measure(plan, folder, work, given, read)
    return rebuild(folder)
