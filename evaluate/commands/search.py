"""`search`: representations of low κ, as a Pareto front over several objectives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ...grammars.errors import RunError, SpecError, did_you_mean
from ...grammars.files.write import prepare
from ..compare.plan import HARMLESS, fingerprint
from ..domains.domain import domain as find_domain
from ..events import Listener, Skipped, silent
from ..kappa.kappa import check_policy
from ..report.search_page import write_search_page
from ..report.style import write_svg
from ..results.files import SCHEMA, check_links, check_same, read_header, write_json
from ..results.versions import taken_up
from ..search.data import build
from ..search.limits import check_limits
from ..search.objectives import read_objectives
from ..search.plan import SAMPLERS, SearchPlan, library_versions
from ..search.quality import QUALITY, judge_quality
from ..search.result import SearchResult
from ..search.search import run, write_tables
from ..search.workers import workers
from .report import rebuild


def search(
    data: str | Sequence[str],
    *,
    trials: int = 120,
    objective: str | Sequence[str] | None = None,
    sampler: str = "effects",
    storage: str | None = None,
    out: Path | str | None = None,
    resume: bool = False,
    accept_version: bool = False,
    seed: int = 0,
    domain: str = "ode",
    metric: str | None = None,
    invalid: str = "exclude",
    edits_per_expression: int | None = 500,
    held_out: float = 0.5,
    redundant: bool = False,
    max_fidelity_error: float | None = None,
    min_valid: float | None = None,
    local: bool = True,
    quality: int = 0,
    strict: bool = False,
    jobs: int = 1,
    scheduler: str | None = None,
    listen: Listener = silent,
) -> SearchResult:
    """Search the space of `representations.space` for specs that minimize the objectives (default: mean κ, fidelity error, tokens).

    On the front is only what keeps to limits: a fidelity error of at most `max_fidelity_error`, at least the share `min_valid` of its
    edits decodes (None: as the worst entry of the line-up does), and as many expressions have a κ as have one under the line-up.

    The expressions of `data` are split by seed; the share `held_out` only scores the front, the line-up and what the local
    searches make. `sampler` starts from the line-up and the catalog's plain entries; random search with as many trials always runs
    beside it. Trials are kept in `storage` (any URL of Optuna's), else in `out`/search.db: with `resume`, a search that was killed at any
    moment goes on, and ends as if it had not been; with more `trials`, a finished one goes on; only with what a number depends on as it
    was, versions but with `accept_version`, which records both. `jobs` processes share the work, with no effect on the numbers; more than
    one needs a main module that can be imported. `local` searches need `out`. `quality`: on how many points of the front, the knee first, a
    model is trained at the end, some minutes each: their Q. Raises `SpecError`, `SourceError` or `OutputError` before any work is done.
    """
    check_limits(max_fidelity_error, min_valid)
    names = read_objectives(objective)
    _check(sampler, trials, held_out, domain, metric, invalid)
    sources = (data,) if isinstance(data, str) else tuple(data)
    bench = build(sources, domain, metric, invalid, names, edits_per_expression, held_out, seed, strict)
    plan = SearchPlan(
        sources, names, sampler, domain, bench.metric, invalid, edits_per_expression, held_out, seed, redundant, strict,
        fingerprint((*bench.searched, *bench.held)), max_fidelity_error, min_valid,
    )  # fmt: skip
    folder = None if out is None else Path(out)
    if folder is not None:
        _begin(folder, plan, resume, accept_version)
    for what, reason in bench.left_out:
        listen(Skipped("reading", what, reason))
    with workers(bench, jobs, scheduler, listen) as crew:
        result = run(plan, bench, trials, storage, folder, resume, local, crew, listen, accept_version)
    if quality:
        result = _judged(result, quality, folder, jobs, scheduler, listen, accept_version)
    if folder is not None:
        _show(result, folder, trials)
    return result


def _judged(
    result: SearchResult,
    points: int,
    folder: Path | None,
    jobs: int,
    scheduler: str | None,
    listen: Listener,
    accept_version: bool,
) -> SearchResult:
    """With what a model makes of some points of the front."""
    with TemporaryDirectory() as spare:
        return replace(
            result, quality=judge_quality(result, points, folder or Path(spare), jobs, scheduler, listen, accept_version)
        )


def _show(result: SearchResult, folder: Path, trials: int) -> None:
    """Tables, figure and page of a search, and of the comparison that judged its quality."""
    write_tables(result, folder, trials)
    write_svg(result.plot(), folder / "pareto.svg")
    write_search_page(folder)
    if result.quality and (folder / QUALITY / "run.json").is_file():
        rebuild(folder / QUALITY)


def _check(sampler: str, trials: int, held_out: float, domain: str, metric: str | None, invalid: str) -> None:
    if find_spec("optuna") is None:
        raise RunError('a search needs the extra "search" (Optuna): pip install "kappabar[search]"')
    if sampler not in SAMPLERS:
        raise SpecError(f"unknown sampler {sampler!r}{did_you_mean(sampler, SAMPLERS)}; there are {', '.join(SAMPLERS)}")
    if trials < 1:
        raise SpecError(f"a search needs at least one trial, not {trials}")
    if not 0.0 < held_out < 1.0:
        raise SpecError(f"the share held out lies between 0 and 1, not {held_out:g}")
    chosen_domain = find_domain(domain)
    if not chosen_domain.operators.built_in:
        raise SpecError(
            f"a search draws on parts that know the built-in operators, and domain {chosen_domain.name!r} has its own; use kappabar compare"
        )
    check_policy(invalid, chosen_domain.distance(metric))


def _begin(folder: Path, plan: SearchPlan, resume: bool, accept_version: bool) -> None:
    prepare(folder, resume)
    check_links(folder)
    begun = read_header(folder / "search.json", resume=True)
    found: dict[str, Any] = {"versions": library_versions(plan)}
    if begun is not None:
        kept = begun.get("arguments")
        known = {k: v for k, v in kept.items() if k not in HARMLESS} if isinstance(kept, dict) else kept
        check_same(
            known, plan.decisive(), f"{folder} holds a search with other arguments", "repeat those, or choose another --out"
        )
        found = taken_up(begun, library_versions(plan), folder, accept_version)
    write_json(folder / "search.json", {"command": "search", "schema": SCHEMA, "arguments": plan.as_dict(), **found})
