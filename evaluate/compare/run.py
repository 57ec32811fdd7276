"""The main job: several representations on the same expressions: fidelity, κ, next-token loss and semantic quality.

Every finished part is kept in the run's folder at once; the table, the figures and the page are functions of the parts.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError, SpecError
from ...grammars.files.write import prepare, write_text
from ...grammars.tree import System
from ...representations.representation import depends_on_system
from ..domains.domain import domain as find_domain
from ..domains.sources import Loaded, load
from ..events import Listener
from ..kappa.kappa import Kappa, check_policy
from ..kappa.tables import edit_frame, has_kappa, kept_tokens, load_kappa, token_frame
from ..options.work import Work
from ..results.files import SCHEMA, check_links, check_same, read_header, read_json, slug, write_frame, write_json
from ..results.plots import drawn
from ..results.versions import taken_up, versions
from ..statistics.estimate import plain
from ..tables.column import Row
from ..tables.folder import EDITS, HISTORY, MODEL_TOKENS, SAMPLES, TOKENS, TRAININGS
from ..tables.summary import SUMMARY
from ..workers.pool import runner
from ..workers.tasks import Runner, TaskArguments
from .answer import answer, lead
from .plan import BUDGETS, ComparisonPlan, fingerprint
from .summary import correlations, summarize
from .tasks import TASK, check_training, do, draw_task, learn, measure_kappa
from .trainings import Score, TrainingRecord, has_training, load_training, model_token_frame, pooled, training_frame
from .verdict import verdict

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison, finished or not. `rows`: one per representation; `skipped`: what any stage left out, and why. `unfinished`:
    the representations of which κ or a training is still missing. `lead`: who is significantly ahead of whom, in words. `header`:
    run.json; `scores`: what trainings made of each representation, None where there are none."""

    folder: Path
    plan: ComparisonPlan
    rows: tuple[Row, ...]
    correlation: dict[str, Any]
    skipped: tuple[dict[str, str], ...]
    verdict: tuple[str, ...]
    kappas: tuple[Kappa, ...]
    training: pl.DataFrame
    unfinished: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    header: Mapping[str, Any] = field(default_factory=dict)
    scores: tuple[Score | None, ...] = ()

    @property
    def drawable(self) -> list[dict[str, Any]]:
        """The rows with None for what no axis has a place for: NaN and infinite figures."""
        return [{k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()} for row in self.rows]

    def as_dict(self) -> dict[str, Any]:
        rows = [{k: _document(v) for k, v in row.items()} for row in self.rows]
        return {"run": str(self.folder), "rows": rows, "rank_correlation": self.correlation, "skipped": list(self.skipped)}

    def to_frame(self) -> pl.DataFrame:
        """The table, one row per representation."""
        return SUMMARY.frame(self.rows)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """κ mean against Q, with intervals."""
        chart: alt.Chart | alt.LayerChart = drawn("figures", "kappa_against_quality", self.drawable)
        return chart


def new_folder(kind: str, resume: bool) -> Path:
    """A folder under runs/ that bears the time. Raises `OutputError` where a run is to be resumed, which is in no new folder."""
    if resume:
        raise OutputError("--resume needs --out DIR, the folder of the run to go on with")
    return Path("runs") / datetime.datetime.now().strftime(f"{kind}-%Y%m%d-%H%M%S")


def checked(plan: ComparisonPlan) -> Loaded:
    """The systems to be measured. Raises `SpecError` or `SourceError` for whatever in a plan cannot be done."""
    from ..quality.training.presets import preset

    domain = plan.tuned_domain()
    for spec in plan.representations:
        if part := depends_on_system(spec, domain.operators):
            raise SpecError(
                f"{spec!r} cannot be learned here: {part!r} needs to know the system that it writes, and a model has yet to "
                "find it; "
                "measure it with kappabar kappa"
            )
    check_policy(plan.invalid, domain.distance(plan.metric))
    preset(BUDGETS[plan.budget].preset)
    check_training(plan)
    return load(list(plan.data), domain, seed=plan.seed, strict=plan.strict)


def measure(plan: ComparisonPlan, folder: Path, work: Work) -> None:
    """Measure and learn what a plan says, into a folder that is prepared for it. Everything that can be the user's mistake is
    found before the folder is touched: raises as `checked` does."""
    loaded = checked(plan)
    with runner(work.jobs, work.scheduler, work.listen) as running:
        prepare(folder, work.resume)
        check_links(folder)
        execute(folder, plan, loaded, running, work)


def execute(folder: Path, plan: ComparisonPlan, loaded: Loaded, running: Runner, work: Work) -> None:
    """Measure and learn what the folder does not hold yet. Raises `OutputError` where it holds a run of which a number could
    differ; `work.accept_version`: versions may."""
    path = folder / "run.json"
    begun = read_header(path, resume=True)
    skipped = [{"what": f"{s.source} {s.where}", "stage": "reading", "reason": s.reason} for s in loaded.skipped]
    header = _header(plan, loaded.systems, skipped, begun)
    if begun is not None:
        _check_resumable(folder, plan, begun, header)
        header |= taken_up(begun, header["versions"], folder, work.accept_version)
    write_json(path, header)
    running.share(folder)
    _run(folder.resolve(), plan, running, work.listen)


def _check_resumable(folder: Path, plan: ComparisonPlan, begun: Mapping[str, Any], header: Mapping[str, Any]) -> None:
    """Versions aside."""
    check_same(
        plan_of(begun, folder / "run.json").decisive(),
        plan.decisive(),
        f"{folder} holds a run with other arguments",
        f"repeat those ({begun.get('repeat')}) or choose another --out",
    )
    if begun.get("systems_sha256") != header["systems_sha256"]:
        raise OutputError(
            f"the expressions of {', '.join(plan.data)} are not those that {folder} was begun with; choose another --out"
        )
    sizes, ours = (
        {name: document.get(name) for name in ("precision", "budget", "quality_metric")} for document in (begun, header)
    )
    check_same(
        sizes,
        ours,
        f"{folder} holds a run of other sizes than this version's",
        "go on with the version that began it, or choose another --out",
    )


def _header(
    plan: ComparisonPlan, systems: Sequence[System], skipped: list[dict[str, str]], begun: Mapping[str, Any] | None
) -> dict[str, Any]:
    """`begun`: what the folder holds of a run that goes on: its trainings go on in the precision that they began in."""
    from ..quality.model.precision import precision
    from ..quality.training.presets import preset

    budget = BUDGETS[plan.budget]
    sizes = asdict(preset(budget.preset))
    known = (begun or {}).get("precision")
    # Resolved once and for all processes of a run: workers of a cluster need not be machines of one kind.
    sizes["train"]["precision"] = known or precision(sizes["train"]["precision"], plan.device)
    return {
        "command": "compare",
        "schema": SCHEMA,
        "repeat": plan.command(),
        "arguments": plan.as_dict(),
        "budget": {
            "name": budget.name,
            "edits_per_expression": budget.edits_per_expression,
            "sizes": sizes,
        },
        "precision": sizes["train"]["precision"],
        "versions": versions((plan.domain, plan.metric, *plan.representations)),
        "data": [{"source": source} for source in plan.data],
        "quality_metric": find_domain(plan.domain).quality.name,
        "n_systems": len(systems),
        "systems_sha256": fingerprint(systems),
        "skipped": skipped,
    }


def _run(folder: Path, plan: ComparisonPlan, running: Runner, listen: Listener) -> None:
    """Make what is missing: the learning task and κ of every representation, then the trainings, those with the longest
    sequences first."""
    parts = folder / "parts"
    untrained = [(spec, i) for i in range(plan.seeds) for spec in plan.representations if not has_training(parts, spec, i)]
    first: list[TaskArguments] = [(draw_task, folder)] if untrained and not (parts / TASK).exists() else []
    first += [(measure_kappa, folder, spec) for spec in plan.representations if not has_kappa(parts, spec)]
    for _ in running.each(do, first, listen):
        pass
    lengths = {spec: kept_tokens(parts, spec) for spec, _ in untrained}
    untrained.sort(key=lambda training: (training[1], -lengths[training[0]]))
    for _ in running.each(learn, [(folder, spec, i) for spec, i in untrained], listen):
        pass


def plan_of(header: Mapping[str, Any], path: Path) -> ComparisonPlan:
    """The plan in a run's header, which `path` holds. Raises `OutputError` where there is none."""
    try:
        return ComparisonPlan.from_dict(header["arguments"])
    except (KeyError, TypeError, AttributeError, SpecError) as e:
        raise OutputError(f"{path} is none that compare wrote ({type(e).__name__}: {e}); begin again in a new folder") from None


def gathered(folder: Path) -> Comparison:
    """What a run's folder holds, with its tables written again. Raises `OutputError` where it is no run."""
    header = read_header(folder / "run.json")
    if header is None:
        raise OutputError(f"{folder} holds no run.json; give the folder of a run (kappabar compare --out DIR makes one)")
    plan = plan_of(header, folder / "run.json")
    parts = folder / "parts"
    sizes = {spec: len(read_json(parts / f"{slug(spec)}.vocabulary.json") or ()) for spec in plan.representations}
    kappas = [k for spec in plan.representations if (k := load_kappa(parts, spec)) is not None]
    if not kappas:
        raise OutputError(f"{folder} holds no finished part yet; go on with: {header['repeat']} --out {folder} --resume")
    trained = {
        k.representation: [p for i in range(plan.seeds) if (p := load_training(parts, k.representation, i))] for k in kappas
    }
    scores = [pooled(trained[k.representation]) for k in kappas]
    rows = summarize(kappas, [sizes[k.representation] for k in kappas], scores, plan.seed)
    correlation = correlations(kappas, scores, rows, plan.seed)
    skipped = (*header["skipped"], *_kappa_skips(kappas), *_training_skips(trained))
    result = Comparison(
        folder=folder,
        plan=plan,
        rows=tuple(rows),
        correlation=correlation,
        skipped=skipped,
        verdict=tuple(verdict(rows, correlation)),
        kappas=tuple(kappas),
        training=_training_frame(trained),
        unfinished=tuple(spec for spec in plan.representations if len(trained.get(spec, ())) < plan.seeds),
        lead=tuple(lead(answer(kappas, scores))),
        header=header,
        scores=tuple(scores),
    )
    _write_tables(result, trained)
    return result


def _kappa_skips(kappas: Sequence[Kappa]) -> list[dict[str, str]]:
    """One entry per system and reason, naming the representations unless it is all of them."""
    specs_of: dict[tuple[str, str], list[str]] = {}
    for kappa in kappas:
        for s in kappa.skipped:
            specs_of.setdefault((s.name, s.reason), []).append(kappa.representation)
    return [
        {"what": name, "stage": "κ" + ("" if len(specs) == len(kappas) else f" of {', '.join(specs)}"), "reason": reason}
        for (name, reason), specs in specs_of.items()
    ]


def _training_skips(trained: dict[str, list[TrainingRecord]]) -> list[dict[str, str]]:
    return [
        {"what": problem, "stage": f"training of {spec}, seed {part.number}", "reason": "see the note"}
        for spec, records in trained.items()
        for part in records
        for problem in part.problems
    ]


def _training_frame(trained: dict[str, list[TrainingRecord]]) -> pl.DataFrame:
    return HISTORY.frame([row for records in trained.values() for part in records for row in part.history])


def _write_tables(result: Comparison, trained: dict[str, list[TrainingRecord]]) -> None:
    import polars as pl

    frame = result.to_frame()
    write_text(result.folder / SUMMARY.name, frame.write_csv())
    write_frame(result.folder / "summary.parquet", frame)
    write_frame(result.folder / EDITS.name, pl.concat([edit_frame(k) for k in result.kappas]))
    write_frame(result.folder / TOKENS.name, pl.concat([token_frame(k) for k in result.kappas]))
    write_frame(result.folder / HISTORY.name, result.training)
    write_frame(result.folder / TRAININGS.name, training_frame(trained))
    write_frame(result.folder / MODEL_TOKENS.name, model_token_frame(trained))
    samples = [row for records in trained.values() for part in records for row in part.samples]
    write_frame(result.folder / SAMPLES.name, SAMPLES.frame(samples))
    document = {"rank_correlation": result.correlation, "verdict": list(result.verdict), "skipped": list(result.skipped)}
    write_json(result.folder / "verdict.json", document)


def _document(value: Any) -> Any:
    """As JSON has it."""
    return plain(value) if isinstance(value, float) else value
