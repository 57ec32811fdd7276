"""The main job: several representations on the same expressions: fidelity, κ, next-token loss and semantic quality.

Every finished part is kept in the run's folder at once; the table, the figures and the page are functions of the parts.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..grammars.errors import OutputError, SpecError
from ..grammars.tree import System
from ..representations.representation import canonical, depends_on_system
from .domains import domain as find_domain
from .events import Listener, silent
from .kappa import Kappa, check_policy
from .metrics import metric as find_metric
from .plan import BUDGETS, LINE_UP, Plan, fingerprint, versions
from .pool import Runner, runner
from .report.verdict import verdict
from .run_folder import edit_frame, load_kappa, prepare, read_json, slug, token_frame, write_frame, write_json, write_text
from .sources import load
from .summary import Row, Score, correlations, summarize
from .trainings import Part, load_part, pooled
from .work import learn, measure_kappa

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison, finished or not. `rows`: one per representation; `skipped`: what any stage left out, and why."""

    folder: Path
    plan: Plan
    rows: tuple[Row, ...]
    correlation: dict[str, Any]
    skipped: tuple[dict[str, str], ...]
    verdict: tuple[str, ...]
    kappas: tuple[Kappa, ...]
    training: pl.DataFrame

    def as_dict(self) -> dict[str, Any]:
        rows = [{k: _finite(v) for k, v in row.items()} for row in self.rows]
        return {"run": str(self.folder), "rows": rows, "rank_correlation": self.correlation, "skipped": list(self.skipped)}

    def to_frame(self) -> pl.DataFrame:
        """The table, one row per representation."""
        import polars as pl

        frame = pl.DataFrame([{k: _finite(v) for k, v in row.items()} for row in self.rows], infer_schema_length=None)
        # A measure that no representation has is still a number's column.
        return frame.with_columns(pl.col(pl.Null).cast(pl.Float64))

    def plot(self) -> alt.Chart | alt.LayerChart:
        """κ mean against Q, with intervals."""
        from .report.figures import kappa_against_quality

        return kappa_against_quality(self.as_dict()["rows"])


def compare(
    representations: Sequence[str] | None = None,
    data: str | Sequence[str] = ("bank",),
    *,
    seeds: int = 1,
    budget: str = "quick",
    domain: str = "ode",
    metric: str | None = None,
    invalid: str = "exclude",
    seed: int = 0,
    out: Path | str | None = None,
    resume: bool = False,
    strict: bool = False,
    jobs: int = 1,
    scheduler: str | None = None,
    listen: Listener = silent,
) -> Comparison:
    """Compare representations (default: the line-up of `plan.LINE_UP`) on the expressions of `data`.

    Leaves a run folder (see interface.md) at `out`, by default a new one under `runs/`. With `resume`, parts that the
    folder already holds are not measured again. `jobs` processes share the work, with no effect on the numbers; more than one
    needs a main module that can be imported (`if __name__ == "__main__":`). `scheduler`, the address of a running Dask cluster,
    gives it to that instead; its workers must see the folder. Raises `SpecError`, `SourceError` or
    `OutputError` before any work is done.
    """
    place = find_domain(domain)
    specs = tuple(dict.fromkeys(canonical(r) for r in representations or LINE_UP))
    for spec in specs:
        if part := depends_on_system(spec):
            raise SpecError(
                f"{spec!r} cannot be learned here: {part!r} needs to know the system that it writes, and a model has yet to find it; "
                "measure it with kappabar kappa"
            )
    sources = (data,) if isinstance(data, str) else tuple(data)
    plan = Plan(specs, sources, domain, metric or place.metric, invalid, seeds, budget, seed, strict)
    check_policy(invalid, find_metric(plan.metric))
    folder = Path(out) if out is not None else Path("runs") / datetime.datetime.now().strftime("compare-%Y%m%d-%H%M%S")
    # Everything that can be the user's mistake is found before the folder is touched.
    loaded = load(list(sources), place, seed=seed, strict=strict)
    with runner(jobs, scheduler, listen) as crew:
        prepare(folder, resume)
        _check_resumable(folder, plan)
        skipped = [{"what": f"{s.source} {s.where}", "stage": "reading", "reason": s.reason} for s in loaded.skipped]
        _write_header(folder, plan, loaded.systems, skipped)
        crew.share(folder)
        _run(folder.resolve(), plan, crew, listen)
    return rebuild(folder)


def _check_resumable(folder: Path, plan: Plan) -> None:
    document = read_json(folder / "run.json")
    if document is not None and Plan.from_dict(document["arguments"]) != plan:
        raise OutputError(
            f"{folder} holds a run with other arguments; repeat those ({document['repeat']}) or choose another --out"
        )


def _write_header(folder: Path, plan: Plan, systems: Sequence[System], skipped: list[dict[str, str]]) -> None:
    from .ntp.presets import preset

    budget = BUDGETS[plan.budget]
    header = {
        "command": "compare",
        "repeat": plan.command(),
        "arguments": plan.as_dict(),
        "budget": {
            "name": budget.name,
            "edits_per_expression": budget.edits_per_expression,
            "sizes": asdict(preset(budget.preset)),
        },
        "versions": versions(),
        "data": [{"source": source} for source in plan.data],
        "n_systems": len(systems),
        "systems_sha256": fingerprint(systems),
        "skipped": skipped,
    }
    write_json(folder / "run.json", header)


def _run(folder: Path, plan: Plan, crew: Runner, listen: Listener) -> None:
    """Measure what is missing: κ of every representation, then the trainings, those with the longest sequences first."""
    parts = folder / "parts"
    wanted = [(folder, spec) for spec in plan.representations if load_kappa(parts, spec) is None]
    for _ in crew.each(measure_kappa, wanted, listen):
        pass
    lengths = {spec: k.tokens.value for spec in plan.representations if (k := load_kappa(parts, spec)) is not None}
    longest = sorted(plan.representations, key=lambda spec: -lengths.get(spec, 0.0))
    missing = [(folder, spec, i) for i in range(plan.seeds) for spec in longest if load_part(parts, spec, i) is None]
    for _ in crew.each(learn, missing, listen):
        pass


def rebuild(folder: Path) -> Comparison:
    """Tables, figures and page from what a run's folder holds. Raises `OutputError` where it is no run."""
    header = read_json(folder / "run.json")
    if header is None:
        raise OutputError(f"{folder} holds no run.json; give the folder of a run (kappabar compare --out DIR makes one)")
    plan = Plan.from_dict(header["arguments"])
    parts = folder / "parts"
    sizes = {spec: len(read_json(parts / f"{slug(spec)}.vocabulary.json") or ()) for spec in plan.representations}
    kappas = [k for spec in plan.representations if (k := load_kappa(parts, spec)) is not None]
    if not kappas:
        raise OutputError(f"{folder} holds no finished part yet; go on with: {header['repeat']} --out {folder} --resume")
    trained = {k.representation: [p for i in range(plan.seeds) if (p := load_part(parts, k.representation, i))] for k in kappas}
    scores = [pooled(trained[k.representation]) for k in kappas]
    rows = summarize(kappas, [sizes[k.representation] for k in kappas], scores, plan.seed)
    correlation = correlations(kappas, scores, rows, plan.seed)
    skipped = (*header["skipped"], *_kappa_skips(kappas), *_training_skips(trained))
    result = Comparison(
        folder,
        plan,
        tuple(rows),
        correlation,
        skipped,
        tuple(verdict(rows, correlation)),
        tuple(kappas),
        _training_frame(trained),
    )
    _write_tables(result, trained)
    _write_page(result, header, scores)
    return result


def _kappa_skips(kappas: Sequence[Kappa]) -> list[dict[str, str]]:
    """One entry per system and reason, naming the representations unless it is all of them."""
    found: dict[tuple[str, str], list[str]] = {}
    for kappa in kappas:
        for s in kappa.skipped:
            found.setdefault((s.name, s.reason), []).append(kappa.representation)
    return [
        {"what": name, "stage": "κ" + ("" if len(specs) == len(kappas) else f" of {', '.join(specs)}"), "reason": reason}
        for (name, reason), specs in found.items()
    ]


def _training_skips(trained: dict[str, list[Part]]) -> list[dict[str, str]]:
    return [
        {"what": problem, "stage": f"training of {spec}, seed {part.number}", "reason": "see the note"}
        for spec, found in trained.items()
        for part in found
        for problem in part.problems
    ]


def _training_frame(trained: dict[str, list[Part]]) -> pl.DataFrame:
    import polars as pl

    rows = [row for found in trained.values() for part in found for row in part.history]
    return pl.DataFrame(rows, infer_schema_length=None)


def _write_tables(result: Comparison, trained: dict[str, list[Part]]) -> None:
    import polars as pl

    frame = result.to_frame()
    write_text(result.folder / "summary.csv", frame.write_csv())
    write_frame(result.folder / "summary.parquet", frame)
    write_frame(result.folder / "edits.parquet", pl.concat([edit_frame(k) for k in result.kappas]))
    write_frame(result.folder / "tokens.parquet", pl.concat([token_frame(k) for k in result.kappas]))
    write_frame(result.folder / "training.parquet", result.training)
    samples = [row for found in trained.values() for part in found for row in part.samples]
    write_frame(result.folder / "samples.parquet", pl.DataFrame(samples, infer_schema_length=None))
    document = {"rank_correlation": result.correlation, "verdict": list(result.verdict), "skipped": list(result.skipped)}
    write_json(result.folder / "verdict.json", document)


def _write_page(result: Comparison, header: dict[str, Any], scores: Sequence[Score | None]) -> None:
    from .report.figures import kappa_against_quality, kappa_distributions, quality_along_training, write_svg
    from .report.heat_map import heat_map
    from .report.page import render
    from .writing import Writing

    rows = result.as_dict()["rows"]
    floor = next((s.floor_prior for s in scores if s is not None), None)
    figures = [
        (
            "kappa-distributions",
            "Roughness",
            "Each tick is one expression; box: quartiles; bar: median.",
            kappa_distributions(result.kappas),
        ),
    ]
    if any(s is not None for s in scores):
        along = quality_along_training(result.training.to_dicts(), floor)
        figures += [
            ("kappa-against-quality", "Roughness against quality", "Rules are 95 % intervals.", kappa_against_quality(rows)),
            ("quality-along-training", "Compression and meaning", "One line per training; points are checkpoints.", along),
        ]
    drawn = [
        {"id": name, "title": title, "caption": caption, "svg": write_svg(chart, result.folder / "figures" / f"{name}.svg")}
        for name, title, caption, chart in figures
    ]
    missing = [k.representation for k, s in zip(result.kappas, scores, strict=True) if s is None]
    missing += [spec for spec in result.plan.representations if spec not in {k.representation for k in result.kappas}]
    parts = result.folder / "parts"
    documents = [read_json(parts / f"{slug(k.representation)}.writing.json") or () for k in result.kappas]
    heat = heat_map(result.kappas, [[Writing.from_dict(d) for d in document] for document in documents])
    page = render(header, result.rows, result.kappas, drawn, result.verdict, result.skipped, ", ".join(missing), heat)
    write_text(result.folder / "report.html", page)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value
