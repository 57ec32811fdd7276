"""The page of a search: a function of its folder alone, `search.json` and `trials.parquet`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt

from ...grammars.files.write import write_text
from ..compare.answer import METRICS, POLICIES
from ..results.format import number
from ..search.searched import Searched, found_in
from ..tables.column import Row
from .page import figure, render
from .panels import small_multiples
from .pareto import pareto, title
from .style import Drawing, heading

_SECTIONS = {"verdict": "Verdict", "front": "The front", "figures": "What the search measured", "beside": "Beside the front",
             "quality": "What models made of it", "skipped": "What was skipped", "method": "How it was measured"}  # fmt: skip


def write_search_page(folder: Path) -> Searched:
    """Build `report.html` and its figures from a finished search. Raises `OutputError` where the folder holds none."""
    found = found_in(folder)
    document, objectives, trials = found.document, found.objectives, found.trials
    metric = document["arguments"]["metric"]
    columns = [{"name": o, "title": title(o, metric)} for o in objectives]
    figures = [figure(folder, name, chart) for name, chart in _charts(document, trials, objectives).items()]
    beside = {"line_up": "The default line-up", "local": "Made by local search from points of the front"}
    others = [(name, _rows(document[key], objectives)) for key, name in beside.items() if document[key]]
    quality = [{"representation": q["representation"], "text": _quality(q)} for q in document["quality"]]
    there = {"beside": bool(others), "quality": bool(quality)}
    values = {
        "run": {**document, "quality": quality},
        "objectives": columns,
        "front": _rows(document["front"], objectives),
        "others": others,
        "figures": figures,
        "metric": METRICS.get(metric, "a metric of the user's own"),
        "policy": POLICIES.get(document["arguments"]["invalid"], ""),
    }
    sections = [(i, t) for i, t in _SECTIONS.items() if there.get(i, True)]
    write_text(found.page, render("search.html.j2", sections, values, charts=True))
    return found


def _quality(row: Mapping[str, Any]) -> str:
    if row.get("quality") is None:
        return str(row.get("reason", "not measured"))
    text, interval = number(row["quality"], row.get("quality_low"), row.get("quality_high"), 3)
    return (
        f"Q {text}"
        + (f" (95 % interval {interval})" if interval else "")
        + ", one training"
        + (f" in {row['precision']}" if row.get("precision") else "")
    )


def _rows(entries: Sequence[Row], objectives: Sequence[str]) -> list[Row]:
    out = []
    for row in entries:
        cells = []
        for o in objectives:
            held_out, searched = row[f"{o}_held_out"], row[o]
            text, interval = ("-", "") if held_out is None else number(held_out, row[f"{o}_low"], row[f"{o}_high"], 3)
            cells.append({"text": text, "interval": interval, "value": "" if held_out is None else repr(held_out)})
            cells.append(
                {
                    "text": "-" if searched is None else f"{searched:.3g}",
                    "interval": "",
                    "value": "" if searched is None else repr(searched),
                }
            )
        notes = ["knee"] * bool(row["knee"]) + [row.get("origin", "")]
        if {"kappa_n", "kappa_n_held_out"} <= row.keys():
            notes += [f"κ of {row['kappa_n_held_out']} expressions held out and {row['kappa_n']} searched"]
        notes += [f"made of {row['made_of']}"] if row.get("made_of") else []
        notes += ["still on the front held out"] if row.get("front_held_out") else []
        out.append({"representation": row["representation"], "cells": cells, "note": ", ".join(n for n in notes if n)})
    return out


def _charts(document: Mapping[str, Any], trials: Sequence[Row], objectives: tuple[str, ...]) -> dict[str, Drawing]:
    """All that was measured over two or three objectives; and the front with its held-out intervals."""
    metric, n = document["arguments"]["metric"], document["n_searched"]
    front, knee = {e["representation"] for e in document["front"]}, document["knee"]
    kinds = [("random search", t) for t in trials if t["search"] == "baseline"]
    kinds += [("trial", t) for t in trials if t["search"] != "baseline" and t["representation"] not in front]
    kinds += [("front", e) for e in document["front"] if e["representation"] != knee]
    kinds += [("line-up", e) for e in document["line_up"]] + [
        ("knee", e) for e in document["front"] if e["representation"] == knee
    ]
    rows: list[Row] = [
        {"representation": r["representation"], "kind": kind, "trial": i, "kappa_n": r.get("kappa_n")}
        | {o: r[o] for o in objectives}
        for i, (kind, r) in enumerate(kinds)
    ]
    sized = f" Size of the mark: {title(objectives[1], metric)}." if len(objectives) > 2 else ""
    valued = sum(all(t[o] is not None and t[o] == t[o] for o in objectives) for t in trials)
    if not valued and not document["line_up"]:
        return {}
    random = sum(t["search"] == "baseline" for t in trials)
    without = f" {len(trials) - valued} have no value and are not drawn." * (valued < len(trials))
    note = f"n = {len(trials)} trials, {random} of them random, on {n} expressions.{without} Lower left is better."
    note += f" Without intervals, and optimistic on the front.{sized}"
    charts: dict[str, Drawing] = {
        "pareto": pareto(rows, objectives, metric, n).properties(title=heading("What the search measured", note))
    }
    if document["front"]:
        charts["front-held-out"] = _held_out(document, objectives, metric)
    return charts


def _held_out(document: Mapping[str, Any], objectives: Sequence[str], metric: str) -> alt.FacetChart:
    specs = [e["representation"] for e in document["front"]]
    values = [
        {"representation": e["representation"], "group": title(o, metric), "note": ""}
        | {"value": e[f"{o}_held_out"], "low": e[f"{o}_low"], "high": e[f"{o}_high"]}
        for e in document["front"]
        for o in objectives
    ]
    note = f"n = {document['n_held_out']} expressions that the search never saw. Rules: 95 % intervals over them. Less is better."
    head = heading("The front on held-out expressions", note)
    return small_multiples(values, specs, [title(o, metric) for o in objectives], None, head, shared=False)
