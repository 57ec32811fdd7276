"""Trainings as files: each with its rows and the study that it is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from ..results.files import read_json, write_json
from ..results.origin import Origin
from ..results.shape import AGAIN
from ..tables.column import Row, Table

HEADER = "study.json"
_OF_HEADER = {"schema", "repeat", "versions", "earlier_versions", "files", "precision"}


def part_file(folder: Path, draw: int) -> Path:
    """What training number `draw` leaves."""
    return folder / "parts" / f"{draw:04d}.json"


def decisive(header: Mapping[str, Any]) -> dict[str, Any]:
    """What of a header a number depends on, but for the precision, in which a study goes on."""
    return {name: value for name, value in header.items() if name not in _OF_HEADER}


def origin_of(header: Mapping[str, Any]) -> Origin:
    """Which study a header is of, by all that a number depends on."""
    return Origin.of(
        decisive(header) | {"precision": header.get("precision")}, [header["versions"], *header.get("earlier_versions", ())]
    )


def header_of(folder: Path) -> dict[str, Any]:
    """What a worker finds of its study. Raises `OutputError` where there is nothing."""
    header: dict[str, Any] | None = read_json(folder / HEADER)
    if header is None:
        raise OutputError(f"{folder} holds no {HEADER}")
    return header


def keep(folder: Path, draw: int, rows: Sequence[Row], origin: Origin) -> None:
    """Write the rows of a training."""
    path = part_file(folder, draw)
    write_json(path, {"rows": list(rows)} | origin.mark(path.parent))


def kept(path: Path, table: Table, origin: Origin) -> list[Row] | None:
    """The rows of a training, or None. Raises `OutputError` where they are damaged, or another's."""
    document = read_json(path)
    if document is None:
        return None
    rows: Any = document.get("rows") if isinstance(document, Mapping) else None
    fault = table.fault(rows) if isinstance(rows, list) and rows else "it has no rows"
    if not fault and any(path != part_file(path.parents[1], row["draw"] or 0) for row in rows):
        fault = "it is of another training"
    if fault:
        raise OutputError(f"{path} is damaged: {fault}; {AGAIN}")
    origin.check(document, path)
    return list(rows)
