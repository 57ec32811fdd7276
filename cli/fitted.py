"""A table that fits the terminal: columns that do not fit go on below, with the first column repeated. Nothing is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from ..evaluate.results.shown import shown

PIPED = 100_000
"""Columns of a console that writes to a pipe: sentences stay whole there, as other programs want them."""
_PROSE = 24
"""A column of words may be folded to this many cells; one of numbers never is."""
_GAP = 2
_PIPED_TABLE = 120
"""Tables are as wide as this at most where nobody says how wide the page is; `--json` and `summary.csv` have whole rows."""


def console() -> Console:
    """The terminal, or a pipe. Rich decides on colors (NO_COLOR, TERM) and asks the terminal for its width."""
    terminal = _Safe(highlight=False)
    return terminal if terminal.is_terminal else _Safe(highlight=False, width=PIPED)


class _Safe(Console):
    """Text of others is shown, never obeyed."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*map(_safe, objects), **options)

    def on_broken_pipe(self) -> None:
        """Rich would exit with 1; who leaves a pipe early does nothing wrong."""
        raise BrokenPipeError


def _safe(thing: Any) -> Any:
    if isinstance(thing, str):
        return shown(thing)
    if isinstance(thing, Text) and (plain := shown(thing.plain)) != thing.plain:
        thing = thing.copy()
        thing.plain = plain
    return thing


class Fitted:
    """A table to be printed by Rich. Columns in `right` hold numbers, the others words; the first names the row."""

    def __init__(self, *columns: str, right: Sequence[str] = ()) -> None:
        self._columns, self._right = columns, frozenset(right)
        self._rows: list[list[Text]] = []

    def add_row(self, *cells: str | Text) -> None:
        self._rows.append([_safe(cell if isinstance(cell, Text) else Text(cell)) for cell in cells])

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        width = _PIPED_TABLE if options.max_width == PIPED else options.max_width
        for columns in self.blocks(width):
            yield Text()
            yield Constrain(self._table(columns, width), width)
        yield Text()

    def blocks(self, width: int) -> list[list[int]]:
        """The columns of each table, by index, so that each is at most `width` cells wide wherever that can be."""
        first = min(self._natural(0), max(12, width // 3))
        if self._natural(0) + sum(_GAP + self._least(i) for i in range(1, len(self._columns))) <= width:
            return [list(range(len(self._columns)))]
        columns: list[list[int]] = [[0]]
        used = first
        for i in range(1, len(self._columns)):
            least = _GAP + self._least(i)
            if used + least > width and len(columns[-1]) > 1:
                columns.append([0])
                used = first
            columns[-1].append(i)
            used += least
        return columns

    def _natural(self, column: int) -> int:
        texts = (line for row in self._rows for line in row[column].plain.split("\n"))
        return max([cell_len(self._columns[column]), *map(cell_len, texts)])

    def _least(self, column: int) -> int:
        natural = self._natural(column)
        return natural if self._columns[column] in self._right else min(natural, _PROSE)

    def _table(self, columns: Sequence[int], width: int) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
        rest = sum(_GAP + self._least(i) for i in columns[1:])
        for i in columns:
            right = self._columns[i] in self._right
            most = max(12, width - rest) if i == 0 else None
            table.add_column(
                self._columns[i],
                justify="right" if right else "left",
                no_wrap=right,
                overflow="fold",
                max_width=most,
                min_width=self._least(i) if right else None,
            )
        for row in self._rows:
            table.add_row(*(row[i] for i in columns))
        return table
