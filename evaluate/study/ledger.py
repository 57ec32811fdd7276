"""Numbers on a page that know where they come from: a table's name, the row, the column, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
_MARK = re.compile(r"⟦(\d+)⟧")
MISSING = "–"


@dataclass(frozen=True, slots=True)
class Quote:
    """One number as written. `where` picks exactly one row of the table; `style` is a format specification."""

    table: str
    where: tuple[tuple[str, Any], ...]
    column: str
    style: str
    text: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"where": dict(self.where)}


def written(value: Any, style: str) -> str:
    """A value under a format specification; a dash for what was not measured."""
    missing = value is None or (isinstance(value, float) and value != value)
    return MISSING if missing else format(value, style).replace("%", " %")


class Ledger:
    """Gives marks for numbers while a text is written; `settle` puts the numbers in their places."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.quotes: list[Quote] = []

    def row(self, table: str, **where: Any) -> Row:
        """The one row with these values. Raises LookupError where there is none, or several."""
        rows = [row for row in self.tables[table] if all(row[k] == v for k, v in where.items())]
        if len(rows) != 1:
            raise LookupError(f"{len(rows)} rows of {table} with {where}")
        return rows[0]

    def __call__(self, style: str, table: str, column: str, **where: Any) -> str:
        """A mark for the number in a column of that row."""
        text = written(self.row(table, **where)[column], style)
        self.quotes.append(Quote(table, tuple(where.items()), column, style, text))
        return f"⟦{len(self.quotes) - 1}⟧"

    def interval(self, style: str, table: str, column: str, **where: Any) -> str:
        """Value and interval: `0.31 (0.25 to 0.37)`."""
        value = self(style, table, column, **where)
        names = f"{column}_low", f"{column}_high"
        low, high = (self(style, table, name, **where) for name in names)
        return value if self.row(table, **where)[names[0]] is None else f"{value} ({low} to {high})"

    def correlation(self, table: str, **where: Any) -> str:
        """A rank correlation: `0.31 (0.05 to 0.57; p = 0.02)`, without what there is none of."""
        value, row = self("+.2f", table, "rho", **where), self.row(table, **where)
        interval = [] if row["low"] is None else [" to ".join(self("+.2f", table, side, **where) for side in ("low", "high"))]
        chance = [] if row["p"] is None or row["whole"] else [f"p = {self('.2g', table, 'p', **where)}"]
        return f"{value} ({'; '.join([*interval, *chance])})" if interval or chance else value

    def settle(self, text: str) -> str:
        """The text with its numbers."""
        return _MARK.sub(lambda match: self.quotes[int(match[1])].text, text)
