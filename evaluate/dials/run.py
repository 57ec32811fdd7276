"""A study that turns κ̄ alone: trained and kept one by one, and what follows from the rows."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError, SpecError
from ..compare.plan import BUDGETS, CompareOptions
from ..compare.run import new_folder
from ..options.work import Work
from ..results.files import SCHEMA, check_same, claimed, read_header, read_json, write_frame, write_json
from ..results.plots import drawn
from ..results.sealed import check_files, checksums
from ..results.shape import check_shape
from ..results.versions import taken_up, versions
from ..tables.column import Row
from ..tables.dials import DIAL
from ..workers.pool import runner
from .design import numbered
from .plan import Dial, DialPlan, dialed
from .tasks import DECISIVE, HEADER, kept, learn, origin_of, part_file, prepared
from .verdict import INTEREST, Slope, judged, verdict

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

OUTCOMES = {"quality_share": "normalized Q", "copy_examples": "doublings of the examples to copy"}
"""What is judged: the first is what the study asks, the other is shown beside it."""


@dataclass(frozen=True, slots=True)
class Dialed:
    """A study, finished or not. `document`: its title, sentences and how it is repeated."""

    folder: Path
    rows: tuple[Row, ...]
    document: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"run": str(self.folder), "rows": [dict(row) for row in self.rows], **self.document}

    def lines(self) -> list[str]:
        """What it found, for a terminal."""
        return [*self.document["sentences"], f"page: {self.folder / 'index.md'}"]

    def to_frame(self) -> pl.DataFrame:
        """dial.parquet."""
        return DIAL.frame(self.rows)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Normalized Q against κ̄ within words."""
        chart: alt.Chart | alt.LayerChart = drawn("dial_figures", "figures", {"trainings": self.rows})["quality"][1]
        return chart


def run_dial(asked: Dial, representations: Sequence[str] | None, data: object, options: CompareOptions, work: Work) -> Path:
    """Train what the folder `work.out`, which is returned, does not hold yet.

    Raises `SpecError` before any work is done, `OutputError` where the folder holds another study.
    """
    if representations or data:
        raise SpecError(f"the study {asked.name!r} has tables and expressions of its own: leave -r and --data out")
    plan = dialed(asked, options)
    folder = (work.folder or new_folder(asked.name.replace(":", "-"), work.resume)).resolve()
    with claimed(folder, work.resume, HEADER), runner(work.jobs, work.scheduler, work.listen) as running:
        origin = origin_of(_write_header(folder, asked.name, plan, work.accept_version))
        due = [(folder, draw) for draw, _ in numbered(plan.design) if kept(part_file(folder, draw), origin) is None]
        running.share(folder)
        for _ in running.each(prepared, [(folder,)], work.listen):
            pass
        for _ in running.each(learn, due, work.listen):
            pass
    return folder


def _write_header(folder: Path, name: str, plan: DialPlan, accept_version: bool) -> dict[str, Any]:
    from ..quality.model.precision import precision
    from ..quality.training.presets import preset

    known = read_header(folder / HEADER, resume=True)
    words = ["kappabar", "compare", "--study", name, "--budget", plan.budget, "--seed", str(plan.seed)]
    header: dict[str, Any] = {
        "study": name,
        "schema": SCHEMA,
        "repeat": shlex.join(words),
        "arguments": plan.as_dict(),
        "sizes": asdict(preset(BUDGETS[plan.budget].preset).for_rounds()),
        "values": [plan.design.low, plan.design.high],
        "levels": [level.name for level in plan.design.levels],
        # Once for all processes: workers of a cluster need not be machines of one kind.
        "precision": (known or {}).get("precision") or precision("auto", "cpu"),
        "versions": versions([plan.domain]),
    }
    if known is not None:
        otherwise = f"repeat those ({known.get('repeat')}) or choose another --out"
        before, here = ({name: document.get(name) for name in DECISIVE} for document in (known, header))
        check_same(before, here, f"{folder} holds another study", otherwise)
        header |= taken_up(known, versions([plan.domain]), folder, accept_version)
        header |= {"files": known["files"]} if "files" in known else {}
    write_json(folder / HEADER, header)
    return header


_SHAPE = {
    "study": str,
    "repeat": str,
    "arguments": {"*": (str, int, float)},
    "sizes": {"*": {"*": (str, int, float, bool, None)}},
    "values": [float],
    "levels": [str],
    "precision": str,
    "versions": {"*": str},
    "earlier_versions?": [{"*": str}],
    "files?": {"*": str},
    "*": (str, int, None),
}


def dial_header(folder: Path) -> dict[str, Any]:
    """study.json. Raises `OutputError` where it is none of a dial's."""
    header = read_header(folder / HEADER)
    if header is None:
        raise OutputError(f"{folder} holds no {HEADER}; give the folder of a study")
    check_shape(header, _SHAPE, folder / HEADER)
    return header


def is_dial(folder: Path) -> bool:
    """Whether a folder is a dial's, or what is kept of one."""
    header = read_json(folder / HEADER)
    return isinstance(header, dict) and str(header.get("study")).startswith("dial:")


def rebuilt_dial(folder: Path) -> tuple[dict[str, Any], tuple[Row, ...]]:
    """Header and rows: gathered from what was trained, or, where that is gone, read."""
    header = dial_header(folder)
    parts, origin = sorted((folder / "parts").glob("[0-9]*.json")) if (folder / "parts").is_dir() else [], origin_of(header)
    rows = [row for path in parts if (row := kept(path, origin)) is not None]
    otherwise = "without what was trained it cannot be made again: run the study"
    if rows:
        write_frame(folder / DIAL.name, DIAL.frame(rows))
        header |= {"files": checksums([folder / DIAL.name])}
        write_json(folder / HEADER, header)
    else:
        check_files(folder, header.get("files", {}), otherwise)
    return header, tuple(DIAL.read(folder / DIAL.name, otherwise).to_dicts())


def outcome_values(rows: Sequence[Row], outcome: str) -> list[Row]:
    """Rows that have an outcome, with it as it is judged: examples in doublings."""
    known = [row for row in rows if row[outcome] is not None and (outcome != "copy_examples" or row["copied"] is not None)]
    return [row | {outcome: math.log2(row[outcome])} for row in known] if outcome == "copy_examples" else known


def slopes(rows: Sequence[Row]) -> dict[str, Slope | None]:
    """The slope on κ̄ of each of `OUTCOMES`; None where there are too few trainings."""
    found: dict[str, Slope | None] = {}
    for outcome in OUTCOMES:
        try:
            found[outcome] = judged(outcome_values(rows, outcome), outcome)
        except ValueError:
            found[outcome] = None
    return found


def said(rows: Sequence[Row], planned: int) -> list[str]:
    """What the rows say, in sentences."""
    found, main = slopes(rows), sum(row["role"] == "main" for row in rows)
    first = found["quality_share"]
    if len(rows) < planned:
        return [f"Not finished: {len(rows)} of {planned} trainings are there, and no verdict is given before all are."]
    if first is None:
        return ["Undecided: too few trainings of arbitrary tables have a quality to estimate a slope from."]
    low, high = first.limits()
    words = f"{first.value / 10:+.3f} ({low / 10:+.3f} to {high / 10:+.3f}) of normalized Q for 0.1 of κ̄ within words"
    sentences = [
        f"That Q falls where κ̄ alone is turned up, at this budget: {verdict(first)}. {words}, over {main} trainings, each on an "
        f"arbitrary table of its own; a slope within ±{INTEREST / 10:g} is taken for nothing.",
        "A recoding leaves the best predictor as it is: this says something of sample efficiency and capacity, nothing of a "
        "ceiling that more data would not lift.",
    ]
    if (second := found["copy_examples"]) is not None:
        low, high = second.limits()
        sentences.append(
            f"Beside it, tested by nothing: {second.value / 10:+.2f} ({low / 10:+.2f} to {high / 10:+.2f}) doublings of the "
            "examples that copying a table takes for 0.1 of κ̄."
        )
    failed = [row for row in rows if row["status"] != "ok"]
    if failed:
        sentences.append(f"{len(failed)} of {len(rows)} trainings gave no quality and are left out of it: see their status.")
    return sentences
