"""The page of a search: a function of its folder alone, `search.json` and `trials.parquet`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt

from ...grammars.errors import OutputError, SpecError
from ...grammars.files.write import write_text
from ..compare.answer import METRICS, POLICIES
from ..results.files import read_header
from ..results.format import number
from ..results.sealed import check_files
from ..results.shape import check_shape
from ..search.objectives import read_objectives
from ..tables.column import Row
from ..tables.search import trials as trials_of
from .page import figure, render
from .panels import small_multiples
from .pareto import pareto, title
from .style import Drawing, heading

_SECTIONS = {"verdict": "Verdict", "front": "The front", "figures": "What the search measured", "beside": "Beside the front",
             "quality": "What models made of it", "skipped": "What was skipped", "method": "How it was measured"}  # fmt: skip

_NUMBER = (None, float)
_ENTRY = {
    "representation": str, "knee": bool, "origin?": str, "kappa_n?": int, "kappa_n_held_out?": int, "made_of?": str,
    "front_held_out?": bool,
}  # fmt: skip
_JUDGED = {
    "representation": str,
    "quality?": _NUMBER,
    "quality_low?": _NUMBER,
    "quality_high?": _NUMBER,
    "reason?": str,
    "precision?": str,
}
_DOCUMENT = {
    "arguments": {"domain": str, "data": [str], "objectives": [str], "metric": str, "invalid": str, "seed": int},
    "n_searched": int, "n_held_out": int, "trials": int, "repeat": str, "statements": [str],
    "versions": {"kappabar": str, "*": str}, "earlier_versions?": [{"*": str}],
    "hypervolume": {"reference": {"*": float}, "search": float, "random": float, "random_from_start": float, "start": float},
    "front": [_ENTRY], "line_up": [_ENTRY], "local": [_ENTRY], "knee": (None, str), "quality": [_JUDGED],
    "left_out": [{"what": str, "reason": str}], "files?": {"*": str},
}  # fmt: skip
"""What a page needs of search.json, whatever the objectives; `_objectives` looks for their columns."""


@dataclass(frozen=True, slots=True)
class Built:
    """A search's page. `document`: search.json."""

    folder: Path
    page: Path
    document: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"run": str(self.folder), "page": str(self.page), **self.document}


def is_search(folder: Path) -> bool:
    """Whether a folder is a search's."""
    return (folder / "search.json").is_file()


def write_search_page(folder: Path) -> Built:
    """Build `report.html` and its figures from a finished search. Raises `OutputError` where the folder holds none."""
    document = read_header(folder / "search.json")
    if document is None:
        raise OutputError(f"{folder} holds no search.json; give the folder of a search (kappabar search --out DIR makes one)")
    if "front" not in document:
        raise OutputError(f"the search in {folder} is not finished; repeat its command with --resume")
    objectives = _objectives(document, folder / "search.json")
    metric, table = document["arguments"]["metric"], trials_of(objectives)
    check_files(folder, document.get("files", {}), "repeat the search")
    trials = table.read(folder / table.name, "repeat the search").to_dicts()
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
    page = folder / "report.html"
    sections = [(i, t) for i, t in _SECTIONS.items() if there.get(i, True)]
    write_text(page, render("search.html.j2", sections, values, charts=True))
    return Built(folder, page, document)


def _objectives(document: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """The objectives of a search. Raises `OutputError` where its document lacks what a page needs, of these or of anything
    else."""
    check_shape(document, _DOCUMENT, path)
    objectives = tuple(document["arguments"]["objectives"])
    try:
        if not objectives or read_objectives(objectives) != objectives:
            raise SpecError(f"no objectives: {objectives!r}")
    except SpecError as e:
        raise OutputError(f"{path} is damaged: {e}; begin again in a new folder") from None
    values = {f"{o}{half}": (None, float) for o in objectives for half in ("", "_held_out", "_low", "_high")}
    corners = dict.fromkeys(objectives, float)
    rows = {name: [values] for name in ("front", "line_up", "local")}
    check_shape(document, {**rows, "hypervolume": {"reference": corners}}, path)
    for entry in (e for name in ("front", "line_up", "local", "quality") for e in document[name]):
        ends = [(entry.get(f"{o}_low"), entry.get(f"{o}_high")) for o in (*objectives, "quality")]
        if any(low is not None and high is not None and low > high for low, high in ends):
            what = f"an interval of {entry['representation']!r} ends below where it begins"
            raise OutputError(f"{path} is damaged: {what}; begin again in a new folder")
    return objectives


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
