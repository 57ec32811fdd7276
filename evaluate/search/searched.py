"""A search read again from its folder: what was found, every trial, and how far each brought it. Nothing that it names is
imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grammars.errors import OutputError, SpecError
from ..results.files import read_header
from ..results.notebook import displayed
from ..results.plots import drawn
from ..results.sealed import check_files
from ..results.shape import check_shape
from ..tables.column import Row, Table
from ..tables.search import PROGRESS, QUALITY, fronts
from ..tables.search import trials as trials_of
from .objectives import ALWAYS, read_objectives
from .pareto import hypervolume

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

HEADER = "search.json"
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
"""What is needed of search.json, whatever the objectives; `_objectives` looks for their columns."""


@displayed("folder", "specs")
@dataclass(frozen=True, slots=True)
class Searched:
    """A finished search. `document`: search.json; `trials`: one row each, those of the random search beside it last."""

    folder: Path
    document: Mapping[str, Any]
    objectives: tuple[str, ...]
    trials: tuple[Row, ...]

    @property
    def page(self) -> Path:
        return self.folder / "report.html"

    @property
    def rows(self) -> tuple[Row, ...]:
        """The Pareto front, one row per representation: each objective on the expressions that were searched on, and held out
        with its 95 % interval."""
        return tuple(self.document["front"])

    @property
    def specs(self) -> list[str]:
        """The front's specs, for `-r`."""
        return [row["representation"] for row in self.rows]

    @property
    def statements(self) -> list[str]:
        """What was found, in sentences."""
        return list(self.document["statements"])

    def best(self) -> str | None:
        """The knee of the front: where less of one objective begins to cost much of another. None where nothing is on the
        front."""
        knee: str | None = self.document["knee"]
        return knee

    def as_dict(self) -> dict[str, Any]:
        return {"run": str(self.folder), "page": str(self.page), **self.document}

    def to_frame(self) -> pl.DataFrame:
        """The front, as in pareto.csv."""
        return self._frame("front", fronts(self._columns))

    def line_up_frame(self) -> pl.DataFrame:
        """The line-up's entries, with the front's columns."""
        return self._frame("line_up", fronts(self._columns, "line_up.csv"))

    def local_frame(self) -> pl.DataFrame:
        """What local searches made of points of the front, with its columns."""
        return self._frame("local", fronts(self._columns, "local.csv"))

    def quality_frame(self) -> pl.DataFrame:
        """What models made of some of the front; no rows where none was trained."""
        return self._frame("quality", QUALITY)

    def trials_frame(self) -> pl.DataFrame:
        """Every trial, as in trials.parquet."""
        return trials_of(self._columns).frame(self.trials)

    def progress(self) -> pl.DataFrame:
        """What the search, and random search beside it, had come to after each trial: the share of the box from zero to the
        reference point that is dominated."""
        return PROGRESS.frame(list(self._progress()))

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Trials, front, knee and line-up over the objectives."""
        front, knee = set(self.specs), self.best()
        kinds = [("random search", t) for t in self.trials if t["search"] == "baseline"]
        kinds += [("trial", t) for t in self.trials if t["search"] != "baseline" and t["representation"] not in front]
        kinds += [("front", e) for e in self.rows if e["representation"] != knee]
        kinds += [("line-up", e) for e in self.document["line_up"]]
        kinds += [("knee", e) for e in self.rows if e["representation"] == knee]
        rows: list[Row] = [
            {"representation": row["representation"], "kind": kind, "trial": i, "kappa_n": row.get("kappa_n")}
            | {o: row[o] for o in self.objectives}
            for i, (kind, row) in enumerate(kinds)
        ]
        metric, searched = self.document["arguments"]["metric"], self.document["n_searched"]
        chart: alt.Chart | alt.LayerChart = drawn("pareto", "pareto", rows, self.objectives, metric, searched)
        return chart

    @property
    def _columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.objectives, *ALWAYS)))

    def _frame(self, name: str, table: Table) -> pl.DataFrame:
        """Rows of the document as a table; nulls where an older version did not have a column."""
        rows = [{column: row.get(column) for column in table.stored} for row in self.document[name]]
        if fault := table.fault(rows):
            raise OutputError(f"{self.folder / HEADER} is damaged: {fault}; begin again in a new folder")
        return table.frame(rows)

    def _progress(self) -> Iterator[Row]:
        reference = [self.document["hypervolume"]["reference"][o] for o in self.objectives]
        box = float(np.prod(reference))
        points: dict[str, list[list[float]]] = {}
        share: dict[str, float] = {}
        for trial in self.trials:
            search, values = trial["search"], [trial[o] for o in self.objectives]
            if all(v is not None and isfinite(v) for v in values) and trial["within_limits"] is not False:
                points.setdefault(search, []).append(values)
                share[search] = hypervolume(np.array(points[search]), reference) / box if box else 0.0
            yield PROGRESS.row(
                {
                    "search": search,
                    "trial": trial["trial"],
                    "representation": trial["representation"],
                    "hypervolume": share.get(search, 0.0),
                }
            )


def is_search(folder: Path) -> bool:
    """Whether a folder is a search's."""
    return (folder / HEADER).is_file()


def found_in(folder: Path) -> Searched:
    """What a search's folder holds; nothing is written. Raises `OutputError` where it holds no finished search, or is damaged."""
    document = read_header(folder / HEADER)
    if document is None:
        raise OutputError(f"{folder} holds no search.json; give the folder of a search (kappabar search --out DIR makes one)")
    if "front" not in document:
        raise OutputError(f"the search in {folder} is not finished; repeat its command with --resume")
    objectives = _objectives(document, folder / HEADER)
    check_files(folder, document.get("files", {}), "repeat the search")
    table = trials_of(objectives, [name for name in ALWAYS if name not in objectives])
    return Searched(folder, document, objectives, tuple(table.read(folder / table.name, "repeat the search").to_dicts()))


def _objectives(document: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """The objectives of a search. Raises `OutputError` where its document lacks what is needed, of these or of anything else."""
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
