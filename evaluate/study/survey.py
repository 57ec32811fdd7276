"""A survey of tokenizers: each representation measured once and kept, and the tables made of it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError, SpecError
from ...grammars.tree import System
from ..compare.plan import CompareOptions, fingerprint
from ..compare.run import new_folder
from ..domains.domain import domain as find_domain
from ..domains.sources import systems_of
from ..edits.natural import NaturalEdits
from ..options.work import Work
from ..results.files import SCHEMA, check_same, claimed, read_header, read_json, slug, write_frame, write_json
from ..results.origin import Origin
from ..results.plots import drawn
from ..results.sealed import check_files, checksums
from ..results.shape import AGAIN, check_shape
from ..results.versions import taken_up, versions
from ..tables.column import Row, Table
from ..tables.survey import BREAKS, CLASSES, EXPRESSIONS, NUMBERS, PAIRS, ROBUST, TOKENIZERS
from .ledger import Tables
from .plan import STUDIES
from .survey_measure import Part, measured
from .survey_plan import Survey, SurveyPlan, surveyed
from .survey_rows import pair_rows, tokenizer_rows

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

HEADER = "study.json"
MEASURED: dict[str, Table] = {
    "expressions": EXPRESSIONS,
    "robustness": ROBUST,
    "numbers": NUMBERS,
    "breaks": BREAKS,
    "classes": CLASSES,
}
TABLES: dict[str, Table] = MEASURED | {"tokenizers": TOKENIZERS, "pairs": PAIRS}


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A survey, finished or not; `document`: what its page says first, and how it is repeated."""

    folder: Path
    tables: Mapping[str, tuple[Row, ...]]
    document: Mapping[str, Any]

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.tables["tokenizers"]

    def as_dict(self) -> dict[str, Any]:
        return {"run": str(self.folder), **{name: [dict(r) for r in self.tables[name]] for name in TABLES}, **self.document}

    def lines(self) -> list[str]:
        """What it found, for a terminal."""
        said = [sentence.replace("*", "") for sentence in self.document["sentences"]]
        return [*said, f"page: {self.folder / 'index.md'}"]

    def to_frame(self) -> pl.DataFrame:
        """tokenizers.parquet."""
        return TOKENIZERS.frame(self.rows)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """κ mean by tokenizer and notation."""
        chart: alt.Chart | alt.LayerChart = drawn("survey_figures", "figures", self.tables)["kappa"][1]
        return chart


def run_survey(
    asked: Survey, representations: Sequence[str] | None, data: str | Sequence[str] | None, options: CompareOptions, work: Work
) -> Path:
    """Measure what the folder `work.out`, which is returned, does not hold yet.

    Raises `SpecError` or `SourceError` before any work is done, `OutputError` where the folder holds another survey.
    """
    plan = surveyed(asked, representations, data, options)
    systems = systems_of(plan.data, find_domain(plan.domain), plan.seed, bool(options.get("strict")), work.listen)
    if representations:
        _check_texts(plan, systems)
    folder = work.folder or new_folder(asked.name, work.resume)
    with claimed(folder, work.resume, HEADER):
        origin = _origin(_write_header(folder, asked.name, plan, systems, representations or (), work.accept_version))
        for spec in [spec for spec in plan.every if _kept(folder, spec, origin) is None]:
            path = _part(folder, spec)
            write_json(path, measured(plan, spec, systems, work.listen) | origin.mark(path.parent))
    return folder


def _check_texts(plan: SurveyPlan, systems: Sequence[System]) -> None:
    """Raises `SpecError` for the first representation that has no natural edits."""
    trees = [s.tree for s in systems]
    for spec in plan.representations:
        if reason := NaturalEdits().refusal(find_domain(plan.domain).representation(spec, trees)):
            raise SpecError(reason)


def _part(folder: Path, spec: str) -> Path:
    return folder / "parts" / f"{slug(spec)}.json"


def _kept(folder: Path, spec: str, origin: Origin) -> Part | None:
    """What is kept of a representation, or None. Raises `OutputError` where it is damaged, or another's."""
    path = _part(folder, spec)
    part: Part | None = read_json(path)
    if part is None:
        return None
    check_shape(part, _PART, path, AGAIN)
    if part["representation"] != spec:
        raise OutputError(f"{path} is of {part['representation']!r}; {AGAIN}")
    origin.check(part, path)
    return part


def _origin(header: Mapping[str, Any]) -> Origin:
    """Which survey a header is of, by all that a number depends on."""
    decisive = {name: header.get(name) for name in _DECISIVE}
    return Origin.of(decisive, [header["versions"], *header.get("earlier_versions", ())])


_DECISIVE = ("study", "arguments", "systems")
_KEPT = ("tokenizers", "skipped", "files")
"""What a header has of the tables beside it, which stay until they are written again."""
_TOKENIZER = {"vocabulary_size": int, "possible": int, "blank": int, "*": str}
_PART = {"representation": str, "tokenizer": _TOKENIZER, "skipped": [[str]]}


def _write_header(
    folder: Path, name: str, plan: SurveyPlan, systems: Sequence[System], given: Sequence[str], accept_version: bool
) -> dict[str, Any]:
    now = versions([plan.domain, plan.metric, *plan.every])
    header: dict[str, Any] = {
        "study": name,
        "schema": SCHEMA,
        "repeat": plan.command(name, given),
        "arguments": plan.as_dict(),
        "systems": fingerprint(systems),
        "n_systems": len(systems),
        "versions": now,
    }
    known = read_header(folder / HEADER, resume=True)
    if known is not None:
        otherwise = f"repeat those ({known.get('repeat')}) or choose another --out"
        before, here = ({name: document.get(name) for name in _DECISIVE} for document in (known, header))
        check_same(before, here, f"{folder} holds another study", otherwise)
        header |= taken_up(known, now, folder, accept_version) | {n: known[n] for n in _KEPT if n in known}
    write_json(folder / HEADER, header)
    return header


_SHAPE = {
    "study": str,
    "repeat": str,
    "arguments": {"representations": [str], "references": [str], "*": (str, int, [str])},
    "n_systems": int,
    "versions": {"*": str},
    "tokenizers?": {"*": _TOKENIZER},
    "files?": {"*": str},
    "skipped?": {"*": [[str]]},
    "*": (str, int, None, {"*": str}, [{"*": str}]),
}


def survey_header(folder: Path) -> dict[str, Any]:
    """study.json. Raises `OutputError` where it is none of a survey's."""
    header = read_header(folder / HEADER)
    if header is None:
        raise OutputError(f"{folder} holds no {HEADER}; give the folder of a study")
    check_shape(header, _SHAPE, folder / HEADER)
    return header


def is_survey(folder: Path) -> bool:
    """Whether a folder is a survey's, or what is kept of one."""
    header = read_json(folder / HEADER)
    return isinstance(header, dict) and isinstance(STUDIES.get(str(header.get("study"))), Survey)


def rebuilt_survey(folder: Path) -> tuple[dict[str, Any], Tables]:
    """Header and tables: gathered from what was measured, or, where that is gone, read; means and pairs are computed again."""
    header = survey_header(folder)
    specs = [*header["arguments"]["representations"], *header["arguments"]["references"]]
    origin = _origin(header)
    parts = {spec: part for spec in dict.fromkeys(specs) if (part := _kept(folder, spec, origin)) is not None}
    if parts:
        header |= {"tokenizers": {spec: part["tokenizer"] for spec, part in parts.items()}}
        header |= {"skipped": {spec: part["skipped"] for spec, part in parts.items() if part["skipped"]}}
        for name, table in MEASURED.items():
            write_frame(folder / table.name, table.frame(_rows(folder, parts, name, table)))
    else:
        measured_ones = [table.name for table in MEASURED.values()]
        known = {name: digest for name, digest in header.get("files", {}).items() if name in measured_ones}
        check_files(folder, known, _OTHERWISE)
    tables: dict[str, Sequence[Row]] = {name: _read(folder, table) for name, table in MEASURED.items()}
    compared = header["arguments"]["representations"]
    tables["tokenizers"] = tokenizer_rows(tables["expressions"], header.get("tokenizers", {}), compared)
    there = {row["representation"] for row in tables["expressions"]}
    tables["pairs"] = pair_rows(tables["expressions"], [spec for spec in compared if spec in there])
    for name in ("tokenizers", "pairs"):
        write_frame(folder / TABLES[name].name, TABLES[name].frame(tables[name]))
    header |= {"files": checksums(folder / table.name for table in TABLES.values())}
    write_json(folder / HEADER, header)
    return header, {name: tuple(_read(folder, table)) for name, table in TABLES.items()}


def _rows(folder: Path, parts: Mapping[str, Part], name: str, table: Table) -> list[Row]:
    rows = []
    for spec, part in parts.items():
        own = part.get(name)
        if not isinstance(own, list) or (fault := table.fault(own)):
            why = fault if isinstance(own, list) else f"it has no {name}"
            raise OutputError(f"{_part(folder, spec)} is damaged: {why}; delete it and go on with --resume")
        rows += own
    return rows


_OTHERWISE = "without what was measured it cannot be made again: run the study"


def _read(folder: Path, table: Table) -> list[Row]:
    return table.read(folder / table.name, _OTHERWISE).to_dicts()
