"""The page of a comparison: its figures, drawn from the run's tables and parts, and the file that holds them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ...grammars.files.write import write_text
from ..compare.answer import answer, lead, placed, rankings, words
from ..compare.comparison import Comparison
from ..compare.kept import writings, written
from ..explore.assets import asset, explorer_script
from ..explore.documents import for_run
from ..kappa.kappa import Kappa
from ..kappa.writing import Writing
from ..quality.measures.written import Written
from ..results.format import number
from ..tables.column import Row
from ..tables.summary import MAIN, SHOWN
from . import figures, panels
from .curve import curve_panels, curve_tables
from .heat_map import heat_map
from .page import Figure, Section, figure, render, script_json
from .standings import standings
from .style import Drawing
from .table import as_latex, as_markdown, cells

_TITLES = {
    "kappa-distributions": "Roughness, expression by expression",
    "kappa-quality": "Roughness against quality",
    "fidelity": "Smoothness against fidelity",
    "curve": "Quality against examples and cost",
    "training": "Compression and meaning along training",
    "breakdown": "κ by kind of edit and by what the edited token stands for",
    "validity": "Validity and redundancy",
    "tolerance": "How exactly models find the behavior",
    "written": "What the models wrote",
}
_LOST, _SHOWN_LOST = 0.01, 3
"""The fidelity error from which an expression is named, and how many of each representation are."""
_ENDING = {
    "explore": "Explorer",
    "heat-map": "Where meaning sits",
    "skipped": "What was skipped",
    "method": "How it was measured",
}


def write_page(result: Comparison) -> None:
    """Draw the figures of a comparison and build `report.html`, `summary.md` and `summary.tex` from them, the tables and the
    parts in its folder. Raises `OutputError`."""
    ranked = answer(result.kappas, result.scores, result.rounds)
    rows = placed(result.rows, ranked)
    sections = _figures(result, ranked.controls)
    heat = heat_map(result.kappas, _writings(result))
    explorer = _explorer(result.folder, [k.representation for k in result.kappas])
    ids = [("verdict", "Verdict"), ("table", "The table"), *((s.id, s.title) for s in sections)]
    ids += [(i, t) for i, t in _ENDING.items() if (i != "heat-map" or heat) and (i != "explore" or explorer)]
    groups, parts = breakdown(result.kappas)
    values = {
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
        "figure_sections": sections,
        "groups": groups,
        "breakdown": parts,
        "explorer": explorer,
        "written": _written(result),
        "lost": lost(result.kappas),
        "curve": curve_tables(result.curves, _floor(result)),
        "heat": heat,
        "skipped": result.skipped,
        "missing": ", ".join(result.unfinished),
        "words": words(result.header, rows),
    }
    css = asset("explorer.css") if explorer else ""
    write_text(result.folder / "report.html", render("page.html.j2", ids, values, charts=True, css=css))
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
    rows, kappas, scores = result.drawable, result.kappas, result.scores
    learned = any(s is not None for s in scores)
    history = result.training.to_dicts() if learned else []
    floor = _floor(result)
    kinds, classes = [k.by("kinds") for k in kappas], [k.by("classes") for k in kappas]
    has_fidelity = any(r["fidelity_error"] is not None and r["kappa_mean"] is not None for r in rows)
    coupled = any(r["coupling"] is not None for r in rows)
    aligned = any(row.get("gradient_alignment") is not None for row in history)
    scored = any(r["quality"] is not None for r in rows)
    names = [r["representation"] for r in rows]
    plans: list[tuple[str, str, bool, Callable[[], Drawing]]] = [
        ("kappa-distributions", "kappa-distributions", True, lambda: figures.kappa_distributions(kappas)),
        ("kappa-quality", "kappa-against-quality", scored, lambda: figures.kappa_against_quality(rows)),
        ("fidelity", "fidelity-against-kappa", has_fidelity, lambda: panels.fidelity_against_kappa(rows, controls)),
        ("curve", "quality-against-examples", bool(result.curves), lambda: curve_panels(result.curves, rows, result.told)),
        ("training", "quality-along-training", learned, lambda: figures.quality_along_training(history, floor, names)),
        ("training", "coupling-along-training", coupled, lambda: figures.coupling_along_training(rows, history)),
        ("training", "gradient-alignment", aligned, lambda: figures.alignment_along_training(history, names)),
        ("breakdown", "kappa-by-kind", any(kinds), lambda: panels.breakdown_panels(kappas, kinds, "kind of edit")),
        ("breakdown", "kappa-by-class", any(classes), lambda: panels.breakdown_panels(kappas, classes, "what the edited token "
            "stands for")),
        ("validity", "validity-and-redundancy", True, lambda: panels.validity_panels(rows)),
        ("tolerance", "tolerance-curves", any(r["within_10"] is not None for r in rows), lambda: panels.tolerance_curves(rows)),
    ]  # fmt: skip
    shown = _written(result)
    plans.append(("written", "written-beside-truth", any(w.x for _, w in shown), lambda: panels.written_beside_truth(shown)))
    drawn: dict[str, list[Figure]] = {}
    for section, name, there, draw in plans:
        if there:
            drawn.setdefault(section, []).append(figure(result.folder, name, draw()))
        elif (section == "curve" and learned) or (section == "written" and shown):
            drawn[section] = []  # it says why there is none, or has a table
    return [Section(name, _TITLES[name], tuple(panel)) for name, panel in drawn.items()]


def _floor(result: Comparison) -> float | None:
    """Q of prior sampling."""
    return next((s.floor_prior for s in result.scores if s is not None), None)


def _written(result: Comparison) -> list[tuple[str, Written]]:
    """What the first training of each representation wrote for a few test behaviors; nothing in folders of older versions."""
    parts = result.folder / "parts"
    return [(row["representation"], one) for row in result.rows for one in written(parts, row["representation"])]


def lost(kappas: Sequence[Kappa]) -> list[tuple[str, str, str]]:
    """Representation, expression and fidelity error of the expressions whose meaning encoding alone moves furthest."""
    worst = []
    for kappa in kappas:
        known = sorted((m for m in kappa.measured if m.fidelity_error >= _LOST), key=lambda m: (-m.fidelity_error, m.name))
        worst += [(kappa.representation, m.name, number(m.fidelity_error, None, None, 3)[0]) for m in known[:_SHOWN_LOST]]
    return worst


def _writings(result: Comparison) -> list[list[Writing]]:
    return [writings(result.folder / "parts", k.representation) for k in result.kappas]


def _explorer(folder: Path, specs: Sequence[str]) -> dict[str, Any] | None:
    """What the explorer needs, or None where the run kept nothing for it."""
    documents, note = for_run(folder / "parts", specs)
    return {"note": script_json(note), "data": script_json(documents), "js": Markup(explorer_script())} if documents else None


def breakdown(kappas: Sequence[Kappa]) -> tuple[list[str], list[dict[str, Any]]]:
    """Column names and rows of the table by edit kind, then by token class; a cell is mean, interval and share that decodes."""
    kinds = [k.by("kinds") for k in kappas]
    classes = [k.by("classes") for k in kappas]
    names = sorted({g for k in kinds for g in k}), sorted({g for c in classes for g in c})
    rows = [
        {
            "representation": kappa.representation,
            "cells": [_group(by_kind.get(g)) for g in names[0]] + [_group(by_class.get(g)) for g in names[1]],
        }
        for kappa, by_kind, by_class in zip(kappas, kinds, classes, strict=True)
    ]
    return [*names[0], *names[1]], rows


def _group(group: Row | None) -> tuple[str, str, str]:
    if group is None:
        return "-", "", ""
    valid = "" if group["validity"] is None else f"{group['validity']:.0%} decode"
    mean = group["mean"]
    if mean["value"] is None:
        return "-", "", valid
    return (*number(mean["value"], mean["low"], mean["high"], 3), valid)
