"""A comparison's table as a person is shown it, on a terminal and in a notebook: the columns that say what came of it, as text.

Pages have the whole table (`report/table.py`), with digits by their intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from ..results.format import cell
from ..tables.column import LIMITS, Column, Row
from ..tables.summary import BITS, SUMMARY
from .summary import is_lossless

COLUMNS = tuple(SUMMARY[name] for name in (
    "vocabulary_size", "tokens", "fidelity_error", "validity", "kappa_mean", "kappa@4", "bits", "quality", "quality_share",
    "quality_constrained", "within_1", "sample_validity", "quality_valid",
))  # fmt: skip
HEADS = tuple(column.short or column.title for column in COLUMNS)
STAR = "* bits of a code that rounds: what it drops need not be predicted; compare among those without a star"
_WITH_INTERVAL = ("kappa_mean", "quality", "quality_constrained", "quality_valid")


def lines(rows: Sequence[Row]) -> list[list[str]]:
    """Of each row the representation, a text for each of `COLUMNS`, and the note."""
    return [[row["representation"], *(figure(row, column) for column in COLUMNS), row["note"]] for row in rows]


def starred(rows: Sequence[Row]) -> bool:
    """Whether any bits have a star, which `STAR` explains."""
    return any(figure(row, BITS).endswith("*") for row in rows)


def figure(row: Row, column: Column) -> str:
    """A column of a row, with its interval where there is room for it; bits of a code that rounds with a star."""
    value = row[column.name]
    low, high = (row[column.name + end] if column.name in _WITH_INTERVAL else None for end in LIMITS)
    star = "*" * (column is BITS and isfinite(value) and not is_lossless(row))
    return cell(value, low, high, column.digits) + star
