"""A table of domains: each domain measured once under each distribution and kept, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError
from ..compare.run import new_folder
from ..options.work import Work
from ..results.files import SCHEMA, check_same, claimed, read_header, read_json, slug, write_frame, write_json
from ..results.notebook import displayed
from ..results.origin import Origin
from ..results.plots import drawn
from ..results.sealed import check_files, checksums
from ..results.shape import AGAIN, check_shape
from ..results.versions import taken_up, versions
from ..statistics.estimate import plain
from ..tables.across import BY_DOMAIN, BY_EXPRESSION
from ..tables.column import Row
from ..workers.pool import runner
from .measure import Part, measured
from .order import PAPER, orders
from .plan import AcrossPlan
from .rows import domain_rows, standings

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

COMMAND, HEADER = "domains", "run.json"


@displayed("folder", "sentences")
@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """A table of domains, finished or not. `rows`: one per domain, distribution and representation; `each`: one per expression of
    these; `sentences`: what it says of the paper's order."""

    folder: Path
    rows: tuple[Row, ...]
    each: tuple[Row, ...]
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """What `kappabar domains --json` prints."""
        rows = [{k: plain(v) if isinstance(v, float) else v for k, v in row.items()} for row in self.rows]
        for row in rows:
            row["mean"] = {"value": row["kappa_mean"], "low": row["kappa_mean_low"], "high": row["kappa_mean_high"]}
        paper = {"rows": [{"name": name, "place": rank, "domains": list(of)} for name, rank, of in PAPER]}
        tests = {"tests": [test.as_dict() for test in orders(self.rows)]}
        return {"run": str(self.folder), "rows": rows, "paper_order": paper | tests, "sentences": list(self.sentences)}

    def lines(self) -> list[str]:
        """What it found, for a terminal."""
        return [*standings(self.rows), *self.sentences, f"page: {self.folder / 'index.md'}"]

    def to_frame(self) -> pl.DataFrame:
        """kappa-by-domain.parquet."""
        return BY_DOMAIN.frame(self.rows)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """κ̄ over the distance of two independent expressions, by domain."""
        chart: alt.Chart | alt.LayerChart = drawn("across_figures", "figures", self.rows, self.each)["relative"][1]
        return chart


def run_across(plan: AcrossPlan, work: Work) -> Path:
    """Measure what the folder `work.out`, which is returned, does not hold yet. Raises `OutputError` where it holds another."""
    folder = work.folder or new_folder(COMMAND, work.resume)
    with claimed(folder, work.resume, HEADER), runner(work.jobs, work.scheduler, work.listen) as running:
        origin = _origin(_write_header(folder, plan, work.accept_version))
        for word, distribution in plan.groups():
            path = _part(folder, word, distribution.name)
            known = _kept(path, origin)
            if known is None or known["status"] != "ok":  # what was not installed may be by now
                write_json(path, measured(plan, word, distribution, running, work.listen) | origin.mark(path.parent))
    return folder


def _part(folder: Path, word: str, distribution: str) -> Path:
    return folder / "parts" / f"{slug(f'{word} {distribution}')}.json"


_MEASURED = {
    "representation": str, "metric": str, "exact": bool, "n_given": int, "vocabulary": int, "d_max": (float, int, str),
    "among_themselves": bool,
}  # fmt: skip
_PART = {"status": str, "why": str, "measured": [_MEASURED], "expressions": [{"*": (str, float, int, None)}]}


def _kept(path: Path, origin: Origin) -> Part | None:
    """What is kept of a domain under a distribution, or None. Raises `OutputError` where it is damaged, or another's."""
    part: Part | None = read_json(path)
    if part is None:
        return None
    check_shape(part, _PART, path, AGAIN)
    fault = BY_EXPRESSION.fault(part["expressions"]) if part["expressions"] else ""
    if fault or (part["status"] == "ok") != bool(part["measured"]):
        raise OutputError(f"{path} is damaged: {fault or 'its status is not that of what it holds'}; {AGAIN}")
    origin.check(part, path)
    return part


_DECISIVE = ("command", "arguments", "groups")


def _origin(header: Mapping[str, Any]) -> Origin:
    """Which run a header is of, by all that a number depends on."""
    return Origin.of({n: header.get(n) for n in _DECISIVE}, [header["versions"], *header.get("earlier_versions", ())])


def _write_header(folder: Path, plan: AcrossPlan, accept_version: bool) -> dict[str, Any]:
    now = versions(plan.domains)
    header: dict[str, Any] = {"command": COMMAND, "schema": SCHEMA, "repeat": plan.command(), "arguments": plan.as_dict()}
    # So that its page is built without a part of one's own that it names.
    header |= {"groups": [[word, distribution.name] for word, distribution in plan.groups()], "versions": now}
    known = read_header(folder / HEADER, resume=True)
    if known is not None:
        otherwise = f"repeat those ({known.get('repeat')}) or choose another --out"
        before, here = ({name: document.get(name) for name in _DECISIVE} for document in (known, header))
        check_same(before, here, f"{folder} holds another run", otherwise)
        header |= taken_up(known, now, folder, accept_version) | ({"files": known["files"]} if "files" in known else {})
    write_json(folder / HEADER, header)
    return header


_SHAPE = {
    "command": str,
    "repeat": str,
    "arguments": {"*": (int, None, [str])},
    "groups": [[str]],
    "versions": {"*": str},
    "files?": {"*": str},
    "*": (str, int, None, [{"*": str}]),
}


def is_across(folder: Path) -> bool:
    """Whether a folder is that of a table of domains, or what is kept of one."""
    header = read_json(folder / HEADER)
    return isinstance(header, dict) and header.get("command") == COMMAND


def rebuilt_across(folder: Path) -> tuple[dict[str, Any], tuple[Row, ...], tuple[Row, ...]]:
    """Header, rows of domains and rows of expressions: gathered from what was measured, or, where that is gone, read."""
    header = read_header(folder / HEADER)
    if header is None:
        raise OutputError(f"{folder} holds no {HEADER}; give the folder of a run")
    check_shape(header, _SHAPE, folder / HEADER)
    if any(len(group) != 2 for group in header["groups"]):
        raise OutputError(f"{folder / HEADER} is damaged: a group is a domain and a distribution; begin again in a new folder")
    origin = _origin(header)
    parts = [(w, d, part) for w, d in header["groups"] if (part := _kept(_part(folder, w, d), origin)) is not None]
    if parts:
        each: Sequence[Row] = [row for _, _, part in parts for row in part["expressions"]]
        write_frame(folder / BY_EXPRESSION.name, BY_EXPRESSION.frame(each))
        write_frame(folder / BY_DOMAIN.name, BY_DOMAIN.frame(domain_rows(parts)))
        header |= {"files": checksums(folder / table.name for table in (BY_DOMAIN, BY_EXPRESSION))}
        write_json(folder / HEADER, header)
    else:
        check_files(folder, header.get("files", {}), _OTHERWISE)
    rows, each = (table.read(folder / table.name, _OTHERWISE).to_dicts() for table in (BY_DOMAIN, BY_EXPRESSION))
    return header, tuple(rows), tuple(each)


_OTHERWISE = "without what was measured it cannot be made again: run it"
