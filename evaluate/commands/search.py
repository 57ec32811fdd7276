"""`search`: representations of low κ, as a Pareto front over several objectives."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Unpack

from ...grammars.errors import RunError, SpecError, did_you_mean
from ..compare.plan import HARMLESS, fingerprint
from ..domains.domain import domain as find_domain
from ..domains.domain import domain_word
from ..domains.sources import Data, Source, listed, named
from ..events import Skipped
from ..kappa.kappa import check_policy
from ..options.spelled import part, spelled_out
from ..options.work import FolderOptions, Work, WorkOptions
from ..report.search_page import write_search_page
from ..report.style import write_svg
from ..results.files import SCHEMA, check_same, claimed, read_header, write_json
from ..results.versions import taken_up
from ..search.data import build
from ..search.limits import check_limits
from ..search.plan import SAMPLERS, PlanOptions, SearchOptions, SearchPlan, library_versions, planned
from ..search.quality import QUALITY, judge_quality
from ..search.result import SearchResult
from ..search.search import run, write_tables
from ..search.workers import workers
from .report import rebuild

HEADER = "search.json"


@spelled_out(PlanOptions, FolderOptions, WorkOptions, defaults=(SearchPlan, Work))
def search(
    data: Data,
    *,
    trials: int = 120,
    storage: str | None = None,
    local: bool = True,
    quality: int = 0,
    **options: Unpack[SearchOptions],
) -> SearchResult:
    """Search the space of `representations.space` for specs that minimize the objectives (default: mean κ, fidelity error,
    tokens).

    On the front is only what keeps to limits: a fidelity error of at most `max_fidelity_error`, at least the share `min_valid` of
    its edits decodes (None: as the worst entry of the line-up does), and as many expressions have a κ as have one under the
    line-up.

    The expressions of `data` are split by seed; the share `held_out` only scores the front, the line-up and what the local
    searches make. `sampler` starts from the line-up and the catalog's plain entries; random search with as many `trials` always
    runs beside it. Trials are kept in `storage` (any URL of Optuna's), else in `out`/search.db: with `resume`, a search that was
    killed at any moment goes on, and ends as if it had not been; with more `trials`, a finished one goes on. `local` searches
    need `out`. `quality`: on how many points of the front, the knee first, a model is trained at the end, some minutes each:
    their Q.

    Raises `SpecError`, `SourceError` or `OutputError` before any work is done.
    """
    work, given = part(Work, options), listed(data)
    options["domain"] = domain_word(options["domain"])
    options["edits_per_expression"] = options["edits_per_expression"] or None  # 0 says all, as on the command line
    plan = planned(named(given), options)
    _check(plan, trials)
    split = build(plan, given)
    plan = replace(plan, systems=fingerprint((*split.searched, *split.held_out)))
    with nullcontext() if work.folder is None else claimed(work.folder, work.resume, HEADER):
        if work.folder is not None:
            _begin(plan, work.folder, work)
        for name, reason in split.left_out:
            work.listen(Skipped("reading", name, reason))
        with workers(split, work) as running:
            result = run(plan, split, running, work, trials=trials, storage=storage, local=local)
    if quality:
        result = _judged(result, quality, work, given)
    if work.folder is not None:
        _show(result, work.folder, trials)
    return result


def _judged(result: SearchResult, points: int, work: Work, given: Sequence[Source]) -> SearchResult:
    """With what a model makes of some points of the front."""
    with TemporaryDirectory() as spare:
        return replace(result, quality=judge_quality(result, points, work.folder or Path(spare), work, given))


def _show(result: SearchResult, folder: Path, trials: int) -> None:
    """Tables, figure and page of a search, and of the comparison that judged its quality."""
    write_tables(result, folder, trials)
    write_svg(result.plot(), folder / "pareto.svg")
    write_search_page(folder)
    if result.quality and (folder / QUALITY / "run.json").is_file():
        rebuild(folder / QUALITY)


def _check(plan: SearchPlan, trials: int) -> None:
    if find_spec("optuna") is None:
        raise RunError('a search needs the extra "search" (Optuna): pip install "kappabar[search]"')
    check_limits(plan.max_fidelity_error, plan.min_valid)
    if plan.sampler not in SAMPLERS:
        hint = did_you_mean(plan.sampler, SAMPLERS)
        raise SpecError(f"unknown sampler {plan.sampler!r}{hint}; there are {', '.join(SAMPLERS)}")
    if trials < 1:
        raise SpecError(f"a search needs at least one trial, not {trials}")
    if not 0.0 < plan.held_out < 1.0:
        raise SpecError(f"the share held out lies between 0 and 1, not {plan.held_out:g}")
    check_policy(plan.invalid, find_domain(plan.domain).distance(plan.metric))


def _begin(plan: SearchPlan, folder: Path, work: Work) -> None:
    begun = read_header(folder / HEADER, resume=True)
    recorded: dict[str, Any] = {"versions": library_versions(plan)}
    if begun is not None:
        known = begun.get("arguments")
        decisive = {k: v for k, v in known.items() if k not in HARMLESS} if isinstance(known, dict) else known
        check_same(
            decisive, plan.decisive(), f"{folder} holds a search with other arguments", "repeat those, or choose another --out"
        )
        recorded = taken_up(begun, library_versions(plan), folder, work.accept_version)
    write_json(folder / HEADER, {"command": "search", "schema": SCHEMA, "arguments": plan.as_dict(), **recorded})
