"""The search for representations of low κ: Optuna over the space of specs, random search beside it, the front scored held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grammars.files.write import write_text
from ...representations.space import space
from ..domains.domain import domain as find_domain
from ..domains.line_up import line_up as line_up_of
from ..events import Finished, Started
from ..options.work import Work
from ..results.files import SCHEMA, read_json, write_frame, write_json
from ..results.sealed import checksums
from ..streams import number
from .data import Measurement, SearchData
from .held_out import Entry, dominance
from .limits import Limits, limits_of
from .local import improve
from .objectives import objective as find_objective
from .pareto import front, knee
from .plan import SearchPlan, library_versions
from .result import SearchResult, TrialRow, Volumes, points, share_of_box
from .workers import Workers

if TYPE_CHECKING:
    from .trials import TrialStore


def run(
    plan: SearchPlan,
    data: SearchData,
    workers: Workers,
    work: Work,
    *,
    trials: int,
    storage: str | None = None,
    local: bool = True,
) -> SearchResult:
    """Trials of the sampler and of random search, their front scored held out, and, into the folder, `local` searches from its
    points."""
    from .trajectory import Trajectory, plain
    from .trials import TrialStore, open_study, without_password

    shown = without_password(storage) if storage else f"{work.folder}/search.db"
    domain = find_domain(plan.domain)
    listen, specs = work.listen, space(domain.name, plan.redundant, domain.operators)
    known: dict[str, Measurement] = {}
    line_up = tuple(dict.fromkeys(map(domain.canonical, line_up_of(domain))))
    start = plain(specs, line_up)

    def opened(stage: str, name: str) -> TrialStore:
        study = open_study(
            storage,
            work.folder,
            name,
            plan.decisive(),
            len(plan.objectives),
            resume=work.resume,
            versions=library_versions(plan),
            accept_version=work.accept_version,
        )
        return TrialStore(study, specs, plan.objectives, known, listen, stage, shown=shown)

    def walk(label: str, sampler: str, store: TrialStore, warm: Sequence[str], seed: int) -> list[TrialRow]:
        listen(Started(store.stage, trials))
        steps = Trajectory(specs, plan.objectives, sampler, seed, tuple(warm), limits).walk(trials, store, workers)
        rows = [TrialRow(label, a.number, a.warm, m) for a, m in steps]
        listen(Finished(store.stage))
        return rows

    store = opened(f"search ({plan.sampler})", plan.name)
    store.fill(line_up, workers)
    limits = limits_of([known[s] for s in line_up if s in start], plan.max_fidelity_error, plan.min_valid)
    searched = walk(plan.sampler, plan.sampler, store, start, number(plan.seed, "search") >> 32)
    # Another seed: random search as the main sampler must differ from its own baseline.
    other = opened("random search, the baseline", f"{plan.name}-baseline")
    baseline = walk("baseline", "random", other, (), number(plan.seed, "baseline") >> 32)
    rows = _Rows(searched, baseline, [known[s] for s in line_up])
    return _finish(plan, data, limits, rows, workers, work if local else replace(work, out=None))


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a search measured: the trials of its sampler and of random search, and the line-up."""

    trials: list[TrialRow]
    baseline: list[TrialRow]
    line_up: list[Measurement]


def _finish(plan: SearchPlan, data: SearchData, limits: Limits, rows: _Rows, workers: Workers, work: Work) -> SearchResult:
    """Front, volumes, held-out scores and local searches, these into the work's folder: a function of what the trials
    measured."""
    origins = {t.measured.spec: "start" if t.warm else "search" for t in reversed(rows.trials)}
    distinct = [m for m in {t.measured.spec: t.measured for t in rows.trials}.values() if limits.allows(m)]
    best = [distinct[i] for i in front(points(distinct, plan.objectives))]
    best.sort(key=lambda m: (*(m.value(o) for o in plan.objectives), m.spec))
    improved = improve(data, best, plan.objectives, work.folder, work.listen) if work.folder is not None else {}
    local_specs = list(improved)
    stage = "scoring held out"
    work.listen(Started(stage, 1))
    searched = {m.spec: m for m in workers.measure(local_specs, False)}
    wanted = list(dict.fromkeys([m.spec for m in (*best, *rows.line_up)] + local_specs))
    held_out = {m.spec: m for m in workers.measure(wanted, True)}
    work.listen(Finished(stage))
    d_max = find_domain(plan.domain).distance(plan.metric).d_max
    entries = tuple(Entry(m.spec, origins[m.spec], m, held_out[m.spec], d_max) for m in best)
    references = tuple(Entry(m.spec, "line-up", m, held_out[m.spec], d_max) for m in rows.line_up)
    return SearchResult(
        plan=plan,
        data=data,
        trials=tuple(rows.trials),
        baseline=tuple(rows.baseline),
        front=entries,
        knee=entries[knee(points(best, plan.objectives))] if entries else None,
        line_up=references,
        local=tuple(Entry(s, improved[s][0], searched[s], held_out[s], d_max) for s in local_specs),
        local_starts=tuple(improved[s][1] for s in local_specs),
        dominance=tuple(dominance(entry, entries) for entry in references),
        volumes=_volumes(plan, limits, rows),
        spent=_spent(rows.trials, rows.baseline, rows.line_up),
        limits=limits,
        folder=work.folder,
    )


def _volumes(plan: SearchPlan, limits: Limits, rows: _Rows) -> Volumes:
    """Of what keeps to the limits. The reference point: the metric's largest distance in distances and fidelity; one in shares;
    in counts, and distances without a largest, the worst entry of the line-up. It does not depend on what the search finds."""
    d_max = find_domain(plan.domain).distance(plan.metric).d_max
    reference = tuple(_worst(name, d_max, rows.line_up) for name in plan.objectives)
    start = [t.measured for t in rows.trials if t.warm]
    random = [t.measured for t in rows.baseline]
    groups = ([t.measured for t in rows.trials], random, start, [*start, *random[: len(rows.trials) - len(start)]])
    volumes = [share_of_box([m for m in group if limits.allows(m)], plan.objectives, reference) for group in groups]
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


def write_tables(result: SearchResult, folder: Path, trials: int) -> None:
    """Front, line-up, trials and search.json into the search's folder."""
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
    header: dict[str, Any] = {
        "command": "search",
        "schema": SCHEMA,
        "repeat": result.plan.command(trials),
        "trials": trials,
    }
    begun = read_json(folder / "search.json") or {}  # which has the versions of all who went on with it
    versions = {name: begun[name] for name in ("versions", "earlier_versions") if name in begun}
    files = {"files": checksums([folder / "trials.parquet"])}
    write_json(folder / "search.json", header | versions | result.as_dict() | files)
    # The one file that differs between repetitions.
    write_json(folder / "cost.json", result.spent)
