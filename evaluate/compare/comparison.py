"""What a comparison came to: a run's folder, finished or not, read as one value, and its tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grammars.errors import OutputError, SpecError
from ...grammars.files.write import write_text
from ..kappa.kappa import Kappa
from ..kappa.tables import edit_frame, load_kappa, token_frame
from ..results.files import read_header, write_frame, write_json
from ..results.notebook import displayed, table_html
from ..results.plots import drawn
from ..results.shape import check_shape
from ..statistics.estimate import plain
from ..tables.column import Row
from ..tables.curve import CURVE, EFFICIENCY
from ..tables.folder import EDITS, HISTORY, MODEL_TOKENS, SAMPLES, TOKENS, TRAININGS
from ..tables.summary import SUMMARY
from .answer import answer, lead
from .curve import NOTHING, Curve, curve_frame, curves, efficiency_frame
from .direction import INVERSE, TOLD, Told
from .kept import HEADER, MOST_TRAININGS, vocabulary
from .own_data import learned_from
from .plan import ComparisonPlan, origin_of
from .ranking import Ranking
from .recommend import Recommendation, recommend
from .rounds import Decided, decided
from .shown import HEADS, STAR, lines, starred
from .summary import correlations, drawable, summarize
from .trainings import Score, TrainingRecord, load_training, model_token_frame, pooled, training_frame
from .verdict import verdict

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


@displayed("folder", "unfinished", "answer")
@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison, finished or not. `rows`: one per representation; `skipped`: what any stage left out, and why. `unfinished`:
    the representations of which κ or a training is still missing. `lead`: who is significantly ahead of whom, in words. `header`:
    run.json; `scores`: what trainings made of each representation, None where there are none; `curves`: of those whose trainings
    have ends of several lengths."""

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
    rounds: Decided | None = None
    recommendation: Recommendation | None = None
    curves: tuple[Curve, ...] = ()

    @property
    def minutes_a_round(self) -> float | None:
        """What training every representation once has taken, on one processor; None where none is trained."""
        if not self.training.height:
            return None
        ends: dict[tuple[str, int], float] = {}
        for spec, seed, seconds in self.training.select("representation", "seed", "seconds").iter_rows():
            ends[spec, seed] = max(ends.get((spec, seed), 0.0), seconds or 0.0)
        of = {spec: [s for (name, _), s in ends.items() if name == spec] for spec, _ in ends}
        return sum(fmean(seconds) for seconds in of.values()) / 60

    @property
    def told(self) -> Told:
        """The direction of what is learned, and words for it."""
        return _told(self.header)

    @property
    def drawable(self) -> list[dict[str, Any]]:
        """The rows with None for what no axis has a place for: NaN and infinite figures."""
        return drawable(self.rows)

    @property
    def answer(self) -> tuple[str, ...]:
        """The recommendation in sentences; none before a model is trained."""
        trained = self.recommendation is not None and any(score is not None for score in self.scores)
        return _sentences(self.recommendation.why) if trained and self.recommendation is not None else ()

    @property
    def advice(self) -> tuple[str, ...]:
        """The recommendation, and what it rests on."""
        return (*self.answer, *learned_from(self.folder / "parts", self.plan.learn_from, self.plan.data))

    def best(self) -> str | None:
        """The representation to use, None where nothing is decided; `recommendation.why` says what that rests on, and
        `recommendation.order` whether its order held earlier and holds at equal cost."""
        return None if self.recommendation is None else self.recommendation.representation

    def as_dict(self) -> dict[str, Any]:
        curve = {one.representation: one for one in self.curves}
        rows = [{k: _document(v) for k, v in row.items()} for row in self.rows]
        rows = [row | (curve[spec].as_row() if (spec := row["representation"]) in curve else NOTHING) for row in rows]
        return {
            "run": str(self.folder),
            "learn_from": self.plan.learn_from,
            "direction": self.told.direction,
            "rounds": None if self.rounds is None else len(self.rounds.means),
            "rows": rows,
            "curves": [one.as_dict() for one in self.curves],
            "rank_correlation": self.correlation,
            "verdict": None if self.recommendation is None else self.recommendation.as_dict(self.minutes_a_round),
            "skipped": list(self.skipped),
        }

    def to_frame(self) -> pl.DataFrame:
        """The table, one row per representation."""
        return SUMMARY.frame(self.rows)

    def _repr_html_(self) -> str:
        """Of the table what the terminal shows; all of it is some hundred columns wide."""
        below = (STAR,) if starred(self.rows) else ()
        return table_html(("representation", *HEADS, "note"), lines(self.rows), below)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """κ mean against Q, with intervals."""
        chart: alt.Chart | alt.LayerChart = drawn("figures", "kappa_against_quality", self.drawable)
        return chart


def plan_of(header: Mapping[str, Any], path: Path) -> ComparisonPlan:
    """The plan in a run's header, which `path` holds. Raises `OutputError` where there is none, or the rest is damaged."""
    check_shape(header, HEADER, path)
    try:
        plan = ComparisonPlan.from_dict(header["arguments"])
    except (KeyError, TypeError, AttributeError, SpecError) as e:
        raise OutputError(f"{path} is none that compare wrote ({type(e).__name__}: {e}); begin again in a new folder") from None
    most = max(plan.seeds, header.get("rounds") or 0, len(plan.representations))
    if most > MOST_TRAININGS:
        raise OutputError(f"{path} is damaged: it speaks of {most} trainings; begin again in a new folder")
    return plan


def gathered(folder: Path) -> Comparison:
    """What a run's folder holds, with its tables written again. Raises `OutputError` where it is no run."""
    result, trained = _read(folder)
    _write_tables(result, trained)
    return result


def loaded(folder: Path) -> Comparison:
    """What a run's folder holds; nothing is written. Raises `OutputError` where it is no run."""
    return _read(folder)[0]


def _read(folder: Path) -> tuple[Comparison, dict[str, list[TrainingRecord]]]:
    """The run, and the trainings of each representation."""
    header = read_header(folder / "run.json")
    if header is None:
        raise OutputError(f"{folder} holds no run.json; give the folder of a run (kappabar compare --out DIR makes one)")
    plan = plan_of(header, folder / "run.json")
    parts, origin = folder / "parts", origin_of(header)
    sizes = {spec: len(vocabulary(parts, spec)) for spec in plan.representations}
    kappas = [k for spec in plan.representations if (k := load_kappa(parts, spec, origin)) is not None]
    if not kappas:
        raise OutputError(f"{folder} holds no finished part yet; go on with: {header['repeat']} --out {folder} --resume")
    trained = {
        k.representation: [p for i in range(_trainings(plan, header)) if (p := load_training(parts, k.representation, i, origin))]
        for k in kappas
    }
    scores = [pooled(trained[k.representation]) for k in kappas]
    rounds = decided(trained, plan.margin, header["rounds"], plan.folds) if header.get("rounds") else None
    rows = summarize(kappas, [sizes[k.representation] for k in kappas], scores, plan.seed, own=plan.own)
    correlation = correlations(kappas, scores, rows, plan.seed)
    ranked, drawn = answer(kappas, scores, rounds), curves(trained)
    skipped = (*header["skipped"], *kappa_skips(kappas), *_training_skips(trained))
    result = Comparison(
        folder=folder,
        plan=plan,
        rows=tuple(rows),
        correlation=correlation,
        skipped=skipped,
        verdict=tuple(verdict(rows, correlation, plan.in_rounds)),
        kappas=tuple(kappas),
        training=_training_frame(trained),
        unfinished=_unfinished(plan, trained, rounds),
        lead=tuple(lead(ranked)),
        header=header,
        scores=tuple(scores),
        rounds=rounds,
        recommendation=recommend(
            rows, rounds or _of_seeds(ranked.by_quality, plan), plan.max_fidelity_error, drawn, _told(header), ranked.by_kappa
        ),
        curves=drawn,
    )
    return result, trained


def _told(header: Mapping[str, Any]) -> Told:
    """By a run's header; folders of older versions have the direction that there was."""
    return TOLD.get(header.get("direction", ""), INVERSE)


def _trainings(plan: ComparisonPlan, header: Mapping[str, Any]) -> int:
    """How many trainings a representation has at most."""
    return (header.get("rounds") or 1) if plan.in_rounds else plan.seeds


def _unfinished(plan: ComparisonPlan, trained: Mapping[str, Sequence[TrainingRecord]], rounds: Decided | None) -> tuple[str, ...]:
    """The representations of which κ, or a training that is still due, is missing."""
    if not plan.in_rounds:
        return tuple(spec for spec in plan.representations if len(trained.get(spec, ())) < plan.seeds)
    if rounds is None or not len(rounds.means):
        return plan.representations
    # Those of the last round that was begun, and, where that is done and it is not the last, those whom the next one trains.
    last = len(rounds.means) - 1
    before = {spec: [p for p in parts if p.number < last] for spec, parts in trained.items()}
    alone = list(trained) if len(plan.representations) == 1 else []
    due = decided(before, plan.margin, rounds.most, plan.folds).going or alone if last else list(trained)
    late = [spec for spec in due if not any(p.number == last for p in trained[spec])]
    late = late or ((rounds.going or alone) if last + 1 < rounds.most else [])
    return tuple(spec for spec in plan.representations if spec not in trained or spec in late)


def _of_seeds(ranking: Ranking, plan: ComparisonPlan) -> Decided:
    """What trainings on one task say of each pair: nothing, of one training each."""
    pairs = ranking.pairs
    if ranking.least_seeds < 2:
        pairs = tuple(replace(pair, low=-math.inf, high=math.inf) for pair in pairs)
    return Decided(ranking.names, pairs, np.zeros((ranking.least_seeds, len(ranking.names))), plan.seeds, in_rounds=False)


def kappa_skips(kappas: Sequence[Kappa]) -> list[dict[str, str]]:
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
    if result.curves:
        write_text(result.folder / CURVE.name, curve_frame(result.curves).write_csv())
        write_text(result.folder / EFFICIENCY.name, efficiency_frame(result.curves).write_csv())
    samples = [row for records in trained.values() for part in records for row in part.samples]
    write_frame(result.folder / SAMPLES.name, SAMPLES.frame(samples))
    document = {
        "rank_correlation": result.correlation,
        "verdict": list(result.verdict),
        "recommendation": None if result.recommendation is None else result.recommendation.kept(),
        "skipped": list(result.skipped),
    }
    write_json(result.folder / "verdict.json", document)


def _sentences(why: Sequence[str]) -> tuple[str, ...]:
    """With a capital, as sentences begin."""
    return tuple(text[:1].upper() + text[1:] for text in why)


def _document(value: Any) -> Any:
    """As JSON has it."""
    return plain(value) if isinstance(value, float) else value
