"""A study that turns κ̄ alone, whichever dial it turns: trained and kept one by one, and what follows from the rows."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError, SpecError
from ...grammars.files.write import write_text
from ..compare.plan import CompareOptions
from ..compare.run import new_folder
from ..options.work import Work
from ..results.files import SCHEMA, check_same, claimed, read_header, read_json, write_frame, write_json
from ..results.origin import Origin
from ..results.plots import drawn
from ..results.sealed import check_files, checksums
from ..results.shape import check_shape
from ..results.versions import taken_up, versions
from ..tables.column import Row
from ..workers.pool import runner
from .base import Dial, Kind, Plan, sizes_of
from .catalog import KINDS
from .parts import HEADER, decisive, keep, kept, origin_of, part_file
from .protocol import FILE as PROTOCOL
from .protocol import own_protocol

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


@dataclass(frozen=True, slots=True)
class Dialed:
    """A study, finished or not. `document`: its title, sentences and how it is repeated."""

    study: str
    folder: Path
    rows: tuple[Row, ...]
    document: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"run": str(self.folder), "rows": [dict(row) for row in self.rows], **self.document}

    def lines(self) -> list[str]:
        """What it found, for a terminal."""
        return [*self.document["sentences"], f"page: {self.folder / 'index.md'}"]

    def to_frame(self) -> pl.DataFrame:
        """The table of its rows."""
        return KINDS[self.study].table.frame(self.rows)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Its first figure: what is tested, against κ̄."""
        charts: dict[str, tuple[str, alt.Chart | alt.LayerChart]]
        charts = drawn(KINDS[self.study].figures, "figures", {"trainings": self.rows})
        return next(iter(charts.values()))[1]


def run_dial(asked: Dial, representations: Sequence[str] | None, data: object, options: CompareOptions, work: Work) -> Path:
    """Train what the folder `work.out`, which is returned, does not hold yet.

    Raises `SpecError` before any work is done, `OutputError` where the folder holds another study.
    """
    if representations or data:
        raise SpecError(f"the study {asked.name!r} has encodings and expressions of its own: leave -r and --data out")
    plan, kind = asked.plan(options), KINDS[asked.name]
    folder = (work.folder or new_folder(asked.name.replace(":", "-"), work.resume)).resolve()
    with claimed(folder, work.resume, HEADER), runner(work.jobs, work.scheduler, work.listen) as running:
        header = _write_header(folder, asked.name, plan, work.accept_version)
        origin = origin_of(header)
        _unpack(folder, header, kind, origin)
        if (protocol := own_protocol(kind.package)) is not None:
            write_text(folder / PROTOCOL, protocol)
        missing = [draw for draw in range(kind.trainings(plan)) if kept(part_file(folder, draw), kind.table, origin) is None]
        running.share(folder)
        for _ in running.each(kind.prepare, [(folder, *more) for more in kind.shared(plan)], work.listen):
            pass
        for _ in running.each(kind.learn, [(folder, draw) for draw in missing], work.listen):
            pass
    return folder


def _unpack(folder: Path, header: Mapping[str, Any], kind: Kind, origin: Origin) -> None:
    """Each training that the table has, and the parts do not, as a part: all that is kept of a study may be its table."""
    if kind.table.name not in header.get("files", {}) or not (folder / kind.table.name).is_file():
        return
    check_files(folder, header["files"], _OTHERWISE)
    each: dict[int, list[Row]] = {}
    for row in kind.table.read(folder / kind.table.name, _OTHERWISE).to_dicts():
        each.setdefault(row["draw"], []).append(row)
    for draw, rows in each.items():
        if not part_file(folder, draw).is_file():
            keep(folder, draw, rows, origin)


def _write_header(folder: Path, name: str, plan: Plan, accept_version: bool) -> dict[str, Any]:
    from ..quality.model.precision import precision

    known = read_header(folder / HEADER, resume=True)
    words = ["kappabar", "compare", "--study", name, "--budget", plan.budget, "--seed", str(plan.seed)]
    now = versions(list(plan.domains))
    header: dict[str, Any] = {
        "study": name,
        "schema": SCHEMA,
        "repeat": shlex.join(words),
        "arguments": plan.as_dict(),
        "sizes": asdict(sizes_of(plan)),
        **KINDS[name].stated(plan),
        **_protocol(KINDS[name].package),
        # Once for all processes: workers of a cluster need not be machines of one kind.
        "precision": (known or {}).get("precision") or precision("auto", "cpu"),
        "versions": now,
    }
    if known is not None:
        otherwise = f"repeat those ({known.get('repeat')}) or choose another --out"
        check_same(decisive(known), decisive(header), f"{folder} holds another study", otherwise)
        header |= taken_up(known, now, folder, accept_version)
        header |= {"files": known["files"]} if "files" in known else {}
    write_json(folder / HEADER, header)
    return header


def _protocol(package: str) -> dict[str, str]:
    """Which protocol a run is under: one that was begun under none, or another, is not gone on with."""
    text = own_protocol(package)
    return {} if text is None else {"protocol": hashlib.sha256(text.encode()).hexdigest()[:16]}


_SHAPE = {
    "study": str,
    "repeat": str,
    "arguments": {"*": (str, int, float)},
    "sizes": {"*": {"*": (str, int, float, bool, None)}},
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
    if header.get("study") not in KINDS:
        raise OutputError(f"{folder / HEADER} is of {str(header.get('study'))[:40]!r}; there are {', '.join(KINDS)}")
    check_shape(header, {**_SHAPE, **kind_of(header).shape}, folder / HEADER)
    try:
        kind_of(header).read(header["arguments"])
    except TypeError as e:  # a name that there is not, or one that is missing
        raise OutputError(f"{folder / HEADER} is damaged: {e}; begin again in a new folder") from None
    return header


def kind_of(header: Mapping[str, Any]) -> Kind:
    """The kind of study that a header is of."""
    return KINDS[header["study"]]


def is_dial(folder: Path) -> bool:
    """Whether a folder is a dial's, or what is kept of one."""
    header = read_json(folder / HEADER)
    return isinstance(header, dict) and str(header.get("study")).startswith("dial:")


_OTHERWISE = "without what was trained it cannot be made again: run the study"


def rebuilt_dial(folder: Path) -> tuple[dict[str, Any], tuple[Row, ...]]:
    """Header and rows: gathered from what was trained, or, where that is gone, read."""
    header = dial_header(folder)
    table, origin = kind_of(header).table, origin_of(header)
    parts = sorted((folder / "parts").glob("[0-9]*.json")) if (folder / "parts").is_dir() else []
    rows = [row for path in parts for row in kept(path, table, origin) or ()]
    if rows:
        write_frame(folder / table.name, table.frame(rows))
        header |= {"files": checksums([folder / table.name])}
        write_json(folder / HEADER, header)
    else:
        check_files(folder, header.get("files", {}), _OTHERWISE)
    return header, tuple(table.read(folder / table.name, _OTHERWISE).to_dicts())
