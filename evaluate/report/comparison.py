"""The page of a comparison: its figures, drawn from the run's tables and parts, and the file that holds them all."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammars.files.write import write_text
from ..compare.answer import answer, lead, placed, rankings, words
from ..compare.comparison import Comparison
from ..compare.kept import written as kept_written
from ..quality.measures.written import Written
from ..results.format import number
from ..tables.summary import MAIN, SHOWN
from . import figures, panels
from .curve import curve_panels, curve_tables
from .kappa_sections import TITLES, Plan, insides, of_kappa, rendered, sections
from .page import Figure, Section, figure
from .standings import standings
from .table import as_latex, as_markdown, cells

_TITLES = TITLES | {
    "kappa-quality": "Roughness against quality",
    "curve": "Quality against examples and cost",
    "training": "Compression and meaning along training",
    "tolerance": "How exactly models find the behavior",
    "written": "What the models wrote",
}


def write_page(result: Comparison) -> None:
    """Draw the figures of a comparison and build `report.html`, `summary.md` and `summary.tex` from them, the tables and the
    parts in its folder. Raises `OutputError`."""
    ranked = answer(result.kappas, result.scores, result.rounds)
    rows = placed(result.rows, ranked)
    drawn = _figures(result, ranked.controls)
    inside = insides(result.folder, result.kappas)
    values = inside | {
        "run": result.header,
        "told": result.told,
        "rows": rows,
        "columns": SHOWN,
        "main": MAIN,
        "cells": [cells(row) for row in rows],
        "lead": result.answer,
        "rests_on": (*result.advice[len(result.answer) :], *lead(ranked)),
        "standings": _standings(result),
        "pairs": _pairs(result),
        "rounds": None if result.rounds is None else len(result.rounds.means),
        "verdict": result.verdict,
        "rankings": rankings(rows, ranked),
        "cautions": [(row["representation"], row["note"]) for row in rows if row["note"]],
        "figure_sections": drawn,
        "written": _written(result),
        "curve": curve_tables(result.curves, _floor(result)),
        "skipped": result.skipped,
        "missing": ", ".join(result.unfinished),
        "words": words(result.header, rows),
    }
    write_text(result.folder / "report.html", rendered("page.html.j2", drawn, values))
    caption = (
        f"{len(rows)} representations, domain {result.plan.domain}, metric {result.plan.metric}, edits that do not decode: "
        f"{result.plan.invalid}. 95 % intervals. Places: what significant paired differences leave open."
    )
    write_text(result.folder / "summary.md", as_markdown(rows, caption))
    write_text(result.folder / "summary.tex", as_latex(rows, caption))


def _standings(result: Comparison) -> Figure | None:
    """The first screen's figure; None before any model is trained."""
    rows = result.drawable
    if not any(row["quality"] is not None for row in rows):
        return None
    decided = None if result.recommendation is None else result.recommendation.decided
    return figure(result.folder, "standings", standings(rows, decided, result.told))


def _pairs(result: Comparison) -> list[dict[str, str]]:
    """Every pair of which something is decided or open, for a table; none without rounds."""
    if result.rounds is None:
        return []
    names, rows = result.rounds.representations, []
    for pair in result.rounds.pairs:
        ours = pair if pair.difference >= 0 else pair.turned()
        figure, interval = number(ours.difference, ours.low, ours.high, 3)
        rows.append({"a": names[ours.a], "b": names[ours.b], "outcome": ours.outcome, "figure": figure, "interval": interval,
                     "rounds": str(ours.rounds)})  # fmt: skip
    return rows


def _figures(result: Comparison, controls: Sequence[str]) -> list[Section]:
    """The sections that this run has something to show in."""
    rows, scores = result.drawable, result.scores
    learned = any(s is not None for s in scores)
    history = result.training.to_dicts() if learned else []
    floor = _floor(result)
    coupled = any(r["coupling"] is not None for r in rows)
    aligned = any(row.get("gradient_alignment") is not None for row in history)
    scored = any(r["quality"] is not None for r in rows)
    names = [r["representation"] for r in rows]
    written = _written(result)
    rough, lossy, *kinds = of_kappa(result.kappas, rows, controls)
    plans: list[Plan] = [
        rough,
        ("kappa-quality", "kappa-against-quality", scored, lambda: figures.kappa_against_quality(rows)),
        lossy,
        ("curve", "quality-against-examples", bool(result.curves), lambda: curve_panels(result.curves, rows, result.told)),
        ("training", "quality-along-training", learned, lambda: figures.quality_along_training(history, floor, names)),
        ("training", "coupling-along-training", coupled, lambda: figures.coupling_along_training(rows, history)),
        ("training", "gradient-alignment", aligned, lambda: figures.alignment_along_training(history, names)),
        *kinds,
        ("tolerance", "tolerance-curves", any(r["within_10"] is not None for r in rows), lambda: panels.tolerance_curves(rows)),
        ("written", "written-beside-truth", any(w.x for _, w in written), lambda: panels.written_beside_truth(written)),
    ]
    # Where a section has no figure, it says why, or has a table.
    bare = [name for name, there in (("curve", learned), ("written", bool(written))) if there]
    return sections(result.folder, plans, _TITLES, bare)


def _floor(result: Comparison) -> float | None:
    """Q of prior sampling."""
    return next((s.floor_prior for s in result.scores if s is not None), None)


def _written(result: Comparison) -> list[tuple[str, Written]]:
    """What the first training of each representation wrote for a few test behaviors; nothing in folders of older versions."""
    parts = result.folder / "parts"
    return [(row["representation"], one) for row in result.rows for one in kept_written(parts, row["representation"])]
