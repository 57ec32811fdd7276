"""The registry for people: as rows of `kappabar list columns`, and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from .catalog import TABLES
from .column import LIMITS, Column, Table
from .measures import CONSTRAINED, SPLITS, suffix

_TYPES = {float: "number", int: "whole number", str: "text", bool: "yes or no"}
_ENDS = tuple(suffix(split) for split in SPLITS)


def listing() -> list[dict[str, str]]:
    """A row per column and table; limits of intervals go with their columns."""
    return [{"table": table.name, "name": column.name} | _said(column) for table in TABLES for column in table]


def _said(column: Column) -> dict[str, str]:
    interval = f"over {column.interval}" if column.interval else ""
    return {
        "type": _TYPES[column.kind],
        "unit": column.unit,
        "estimator": column.estimator,
        "interval": interval,
        "what": column.help,
    }


def markdown() -> str:
    """All tables, columns that differ by split or decoding alone in one line."""
    return "\n\n".join(_section(table) for table in TABLES)


def _section(table: Table) -> str:
    head = "| column | type | unit | what it is of a sample | 95 % interval | meaning |\n|---|---|---|---|---|---|"
    return f"## {table.name}\n\n{table.help[0].upper()}{table.help[1:]}.\n\n{head}\n" + "\n".join(_lines(table))


def _lines(table: Table) -> Iterator[str]:
    groups: dict[str, list[Column]] = {}
    for column in table:
        groups.setdefault(_plain(column.name), []).append(column)
    for columns in groups.values():
        first = columns[0]
        said = _said(first)
        cells = (_names(columns), said["type"], said["unit"], said["estimator"], said["interval"], said["what"])
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _plain(name: str) -> str:
    """Without split and decoding."""
    end = next((end for end in _ENDS if name.endswith(end)), "")
    return name.removesuffix(end).removesuffix(CONSTRAINED) if name != end else name


def _names(columns: list[Column]) -> str:
    """The first of a group, and which others there are of the same measure."""
    constrained = any(CONSTRAINED in c.name and CONSTRAINED not in columns[0].name for c in columns)
    split = any(c.name.endswith(_ENDS) for c in columns[1:])
    also = " and ".join(["constrained"] * constrained + ["by split"] * split)
    return f"`{columns[0].name}`" + (f" (also {also})" if also else "")


def endings() -> str:
    """What names end in, in words."""
    by_split = ", ".join(f"`{suffix(split)}` ({text})" for split, (_, text) in SPLITS.items())
    low, high = LIMITS
    return (
        f"`{low}` and `{high}`: limits of the 95 % interval of the column before them, of those that have one. `{CONSTRAINED}`: "
        "where the model "
        f"may only write what the representation's grammar allows. By split: {by_split}. A name may have a decoding, a split "
        "and a limit, in this "
        "order: `quality_constrained_new_form_low`."
    )
