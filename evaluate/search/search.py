"""The search for representations of low κ: Optuna over the space of specs, random search beside it, the front scored held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grammars.errors import OutputError, RunError, SpecError, did_you_mean
from ...grammars.files import prepare, write_text
from ...representations.representation import canonical
from ...representations.space import space
from ..domains import domain as find_domain
from ..events import Finished, Listener, Skipped, Started, silent
from ..kappa import check_policy
from ..line_up import LINE_UP
from ..plan import fingerprint
from ..run_folder import read_json, write_frame, write_json
from ..streams import number
from .bench import Bench, Measurement, build
from .held_out import Entry, dominance
from .limits import Limits, check_limits, limits_of
from .local import improve
from .objectives import objective as find_objective
from .objectives import read_objectives
from .pareto import front, knee
from .plan import SAMPLERS, SearchPlan, library_versions
from .result import SearchResult, TrialRow, Volumes, points, share_of_box
from .workers import Workers, workers

if TYPE_CHECKING:
    from .memory import Memory


def search(
    data: str | Sequence[str],
    *,
    trials: int = 120,
    objective: str | Sequence[str] | None = None,
    sampler: str = "effects",
    storage: str | None = None,
    out: Path | str | None = None,
    resume: bool = False,
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
    beside it. Trials are kept in `storage` (any URL of Optuna's), else in `out`/search.db: with `resume`, a search that was
    killed at any moment goes on, and ends as if it had not been; with more `trials`, a finished one goes on. `jobs` processes share
    the work, with no effect on the numbers; more than one needs a main module that can be imported. `local` searches need `out`.
    `quality`: on how many points of the front, the knee first, a model is trained at the end, some minutes each: their Q.

    Raises `SpecError`, `SourceError` or `OutputError` before any work is done.
    """
    _check(sampler, trials, held_out)
    check_limits(max_fidelity_error, min_valid)
    names = read_objectives(objective)
    place = find_domain(domain)
    if not place.operators.built_in:
        raise SpecError(
            f"a search draws on parts that know the built-in operators, and domain {place.name!r} has its own; use kappabar compare"
        )
    check_policy(invalid, place.distance(metric))
    sources = (data,) if isinstance(data, str) else tuple(data)
    bench = build(sources, domain, metric, invalid, names, edits_per_expression, held_out, seed, strict)
    plan = SearchPlan(
        sources, names, sampler, domain, bench.metric, invalid, edits_per_expression, held_out, seed, redundant, strict,
        fingerprint((*bench.searched, *bench.held)), max_fidelity_error, min_valid,
    )  # fmt: skip
    folder = None if out is None else Path(out)
    if folder is not None:
        prepare(folder, resume)
        _check_resumable(folder, plan)
        write_json(folder / "search.json", {"command": "search", "arguments": plan.as_dict()})
    for what, reason in bench.left_out:
        listen(Skipped("reading", what, reason))
    with workers(bench, jobs, scheduler, listen) as crew:
        result = _run(plan, bench, trials, storage, folder, resume, local, crew, listen)
    if quality:
        from .quality import judge_quality

        with TemporaryDirectory() as spare:
            judged = judge_quality(result, quality, folder or Path(spare), jobs, scheduler, listen)
        result = replace(result, quality=judged)
    if folder is not None:
        _write(result, folder, trials)
    return result


def _check(sampler: str, trials: int, held_out: float) -> None:
    if find_spec("optuna") is None:
        raise RunError('a search needs the extra "search" (Optuna): pip install "kappabar[search]"')
    if sampler not in SAMPLERS:
        raise SpecError(f"unknown sampler {sampler!r}{did_you_mean(sampler, SAMPLERS)}; there are {', '.join(SAMPLERS)}")
    if trials < 1:
        raise SpecError(f"a search needs at least one trial, not {trials}")
    if not 0.0 < held_out < 1.0:
        raise SpecError(f"the share held out lies between 0 and 1, not {held_out:g}")


def _check_resumable(folder: Path, plan: SearchPlan) -> None:
    document = read_json(folder / "search.json")
    if document is not None and document.get("arguments") != plan.as_dict():
        raise OutputError(f"{folder} holds a search with other arguments; repeat those, or choose another --out")


def _run(
    plan: SearchPlan, bench: Bench, trials: int, storage: str | None, folder: Path | None, resume: bool, local: bool,
    crew: Workers, listen: Listener,
) -> SearchResult:  # fmt: skip
    from .memory import Memory, open_study
    from .trajectory import Trajectory, plain

    place = space(plan.domain, plan.redundant)
    known: dict[str, Measurement] = {}
    line_up = tuple(dict.fromkeys(canonical(spec) for spec in LINE_UP))
    start = plain(place, line_up)

    def opened(stage: str, name: str) -> Memory:
        study = open_study(storage, folder, name, plan.as_dict(), len(plan.objectives), resume)
        return Memory(study, place, plan.objectives, known, listen, stage)

    def walk(label: str, sampler: str, memory: Memory, warm: Sequence[str], seed: int) -> list[TrialRow]:
        listen(Started(memory.stage, trials))
        steps = Trajectory(place, plan.objectives, sampler, seed, tuple(warm), limits).walk(trials, memory, crew)
        rows = [TrialRow(label, a.number, a.warm, m) for a, m in steps]
        listen(Finished(memory.stage))
        return rows

    memory = opened(f"search ({plan.sampler})", plan.name)
    memory.fill(line_up, crew)
    limits = limits_of([known[s] for s in line_up if s in start], plan.max_fidelity_error, plan.min_valid)
    found = walk(plan.sampler, plan.sampler, memory, start, number(plan.seed, "search") >> 32)
    # Another seed: random search as the main sampler must differ from its own baseline.
    other = opened("random search, the baseline", f"{plan.name}-baseline")
    baseline = walk("baseline", "random", other, (), number(plan.seed, "baseline") >> 32)
    references = [known[s] for s in line_up]
    return _finish(plan, bench, limits, found, baseline, references, folder if local else None, crew, listen)


def _finish(
    plan: SearchPlan, bench: Bench, limits: Limits, trials: list[TrialRow], baseline: list[TrialRow], line_up: list[Measurement],
    folder: Path | None, crew: Workers, listen: Listener,
) -> SearchResult:  # fmt: skip
    """Front, volumes, held-out scores and local searches: a function of what the trials measured."""
    origins = {t.measured.spec: "start" if t.warm else "search" for t in reversed(trials)}
    distinct = [m for m in {t.measured.spec: t.measured for t in trials}.values() if limits.allows(m)]
    best = [distinct[i] for i in front(points(distinct, plan.objectives))]
    best.sort(key=lambda m: (*(m.value(o) for o in plan.objectives), m.spec))
    improved = improve(bench, best, plan.objectives, folder, listen) if folder is not None else {}
    local_specs = list(improved)
    stage = "scoring held out"
    listen(Started(stage, 1))
    searched = {m.spec: m for m in crew.measure(local_specs, False)}
    wanted = list(dict.fromkeys([m.spec for m in (*best, *line_up)] + local_specs))
    held = {m.spec: m for m in crew.measure(wanted, True)}
    listen(Finished(stage))
    most = find_domain(plan.domain).distance(plan.metric).d_max
    entries = tuple(Entry(m.spec, origins[m.spec], m, held[m.spec], most) for m in best)
    references = tuple(Entry(m.spec, "line-up", m, held[m.spec], most) for m in line_up)
    return SearchResult(
        plan, bench, tuple(trials), tuple(baseline), entries,
        entries[knee(points(best, plan.objectives))] if entries else None,
        references,
        tuple(Entry(s, improved[s][0], searched[s], held[s], most) for s in local_specs),
        tuple(improved[s][1] for s in local_specs),
        tuple(dominance(entry, entries) for entry in references),
        _volumes(plan, limits, trials, baseline, line_up),
        _spent(trials, baseline, line_up),
        limits,
        folder,
    )  # fmt: skip


def _volumes(
    plan: SearchPlan, limits: Limits, trials: list[TrialRow], baseline: list[TrialRow], line_up: list[Measurement]
) -> Volumes:
    """Of what keeps to the limits. The reference point: the metric's largest distance in distances and fidelity; one in shares; in
    counts, and distances without a largest, the worst entry of the line-up. It does not depend on what the search finds."""
    d_max = find_domain(plan.domain).distance(plan.metric).d_max
    reference = tuple(_worst(name, d_max, line_up) for name in plan.objectives)
    start = [t.measured for t in trials if t.warm]
    random = [t.measured for t in baseline]
    found = ([t.measured for t in trials], random, start, [*start, *random[: len(trials) - len(start)]])
    volumes = [share_of_box([m for m in rows if limits.allows(m)], plan.objectives, reference) for rows in found]
    return Volumes(reference, *volumes)


def _worst(name: str, d_max: float, line_up: list[Measurement]) -> float:
    if find_objective(name).bounded and np.isfinite(d_max):
        return float(d_max)
    if name == "invalid":
        return 1.0
    return max([m.value(name) for m in line_up if np.isfinite(m.value(name))], default=1.0)


def _spent(*rows: Sequence[TrialRow] | Sequence[Measurement]) -> dict[str, float]:
    measured = {m.spec: m for group in rows for m in (r.measured if isinstance(r, TrialRow) else r for r in group)}
    return {
        "representations": len(measured),
        "edits": sum(m.edits for m in measured.values()),
        "seconds": sum(m.seconds for m in measured.values()),
    }


def _write(result: SearchResult, folder: Path, trials: int) -> None:
    from ..report.figures import write_svg
    from ..report.search_page import write_search_page

    frame, table = result.to_frame(), result.trials_frame()
    write_text(folder / "pareto.csv", frame.write_csv())
    write_text(folder / "pareto.txt", "".join(f"{spec}\n" for spec in result.specs))
    write_text(folder / "line_up.csv", result.line_up_frame().write_csv())
    if result.local:
        write_text(folder / "local.csv", result.local_frame().write_csv())
    if result.quality:
        quality = result.quality_frame()
        write_frame(folder / "quality.parquet", quality)
        write_text(folder / "quality.csv", quality.write_csv())
    write_text(folder / "trials.csv", table.write_csv())
    write_frame(folder / "trials.parquet", table)
    write_svg(result.plot(), folder / "pareto.svg")
    header: dict[str, Any] = {
        "command": "search",
        "repeat": result.plan.command(trials),
        "trials": trials,
        "versions": library_versions(),
    }
    write_json(folder / "search.json", header | result.as_dict())
    # The one file that differs between repetitions.
    write_json(folder / "cost.json", result.spent)
    write_search_page(folder)
