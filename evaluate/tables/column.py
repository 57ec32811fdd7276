"""What a column of a table is, and a table as the columns it has: rows are built through it, files written and read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...grammars.errors import OutputError, did_you_mean
from ..statistics.estimate import Estimate

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]
Kind = type[float] | type[int] | type[str] | type[bool]
Presence = Literal["always", "newer", "sometimes"]
"""Whether every row has a column; every row but those of older folders; or only rows of which it can be said."""
_WORDS: dict[Kind, str] = {float: "a number", int: "a whole number", str: "text", bool: "yes or no"}
_STORED: dict[Kind, str] = {float: "Float64", int: "Int64", str: "String", bool: "Boolean"}
"""The types of a file's columns."""
LIMITS = ("_low", "_high")
"""What the names of an interval's limits end in."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `help`: what it means, as a phrase; `kind`: what its values are, apart from None (of floats NaN), which is
    nothing.

    `unit`: of its values, '' of words, names and yes or no. `estimator`: what it is of a sample, such as "mean over expressions",
    '' of what is no estimate. `interval`: over what its 95 % interval is, in columns of the same name with `LIMITS`; '' where it
    has none.

    `title` heads it, `short` where there is little room; `label` names it in a sentence, where that is not the title; `digits`:
    decimals where there is no interval; `better`: "less", "more" or ''. `claimed`: the sign of its rank correlation with Q that
    is claimed for it, and 0 of what no study correlates with Q; `family`: whether it is a member of the κ family.
    """

    name: str
    help: str
    kind: Kind = float
    unit: str = ""
    estimator: str = ""
    interval: str = ""
    _: KW_ONLY
    title: str = ""
    short: str = ""
    label: str = ""
    digits: int = 3
    better: str = ""
    claimed: int = 0
    family: bool = False
    presence: Presence = "always"

    @property
    def names(self) -> tuple[str, ...]:
        """The column and its interval's limits."""
        return (self.name, *(self.name + end for end in LIMITS)) if self.interval else (self.name,)

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return self.label or self.title

    @property
    def is_text(self) -> bool:
        return self.kind is str

    @property
    def style(self) -> str:
        """The format of a value without an interval."""
        return "d" if self.kind is int else f".{self.digits}f"

    def takes(self, value: Any) -> bool:
        """Whether a value may stand in it."""
        if value is None or (self.kind is not str and isinstance(value, float) and math.isnan(value)):
            return True
        return isinstance(value, float) or type(value) is int if self.kind is float else type(value) is self.kind

    def refusal(self, name: str, value: Any) -> str:
        """Why a value may not stand in it, or in a limit of it."""
        return f"{name} is {str(value)[:40]!r}, and not {_WORDS[self.kind]}"


def flat(values: Mapping[str, Any]) -> Row:
    """Each estimate as the three columns of its value and limits; the rest as it is."""
    row: Row = {}
    for name, value in values.items():
        if isinstance(value, Estimate):
            row |= {name: value.value, name + LIMITS[0]: value.low, name + LIMITS[1]: value.high}
        else:
            row[name] = value
    return row


@dataclass(frozen=True)
class Table:
    """The columns of a file, in its order. `apart`: a column whose limits stand before the column named beside it, and not at its
    side."""

    name: str
    help: str
    columns: tuple[Column, ...]
    apart: tuple[str, str] = ("", "")

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        """The column of that name. Raises `LookupError`."""
        if name not in self._by_name:
            raise LookupError(f"{self.name} has no column {name!r}{did_you_mean(name, self._by_name)}")
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {c.name: c for c in self.columns}

    @cached_property
    def stored(self) -> dict[str, Column]:
        """Every name that the file has, limits included, in its order, with the column that it belongs to."""
        columns: dict[str, Column] = {}
        for column in self.columns:
            if column.name == self.apart[1]:
                columns |= dict.fromkeys(self[self.apart[0]].names, self[self.apart[0]])
            columns |= dict.fromkeys(column.names[:1] if column.name == self.apart[0] else column.names, column)
        return columns

    def row(self, values: Mapping[str, Any]) -> Row:
        """The values as a row in the table's order; an `Estimate` is a value with its limits.

        Raises `LookupError` for a name that is none of the table's and for a column without a value, `TypeError` for a value of
        another kind.
        """
        given = self.part(values)
        if missing := [name for name, c in self.stored.items() if c.presence != "sometimes" and name not in given]:
            raise LookupError(f"a row of {self.name} lacks {', '.join(missing[:4])}")
        return {name: given[name] for name in self.stored if name in given}

    def part(self, values: Mapping[str, Any]) -> Row:
        """The values as a part of a row, limits apart. Raises as `row` does, but for columns without a value."""
        given = flat(values)
        if unknown := next((name for name in given if name not in self.stored), ""):
            raise LookupError(f"{self.name} has no column {unknown!r}{did_you_mean(unknown, self.stored)}")
        for name, value in given.items():
            if not self.stored[name].takes(value):
                raise TypeError(f"a row of {self.name}: {self.stored[name].refusal(name, value)}")
        return given

    def fault(self, rows: Sequence[Any]) -> str:
        """The first value of another kind than its column's, or column that a row lacks; '' where there is none. Names of other
        columns pass: an older version may have had them."""
        for row in rows:
            if not isinstance(row, Mapping):
                return f"a row is {str(row)[:40]!r}"
            for name, column in self.stored.items():
                if column.presence == "always" and name not in row:
                    return f"{name} is missing"
                if not column.takes(row.get(name)):
                    return column.refusal(name, row[name])
        return ""

    def frame(self, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
        """Rows as a typed table; NaN is null. A column that not every row has is there if any row has it."""
        import polars as pl

        there = {name for row in rows for name in row}
        chosen = {name: c for name, c in self.stored.items() if c.presence != "sometimes" or name in there}
        cells = [[None if (v := row.get(name)) != v else v for name in chosen] for row in rows]
        return pl.DataFrame(cells, schema={name: c.kind for name, c in chosen.items()}, orient="row")

    def typed(self, columns: Mapping[str, pl.Series]) -> pl.DataFrame:
        """Whole columns as a table. Raises `TypeError` where they are not the table's, in its order, with its types."""
        import polars as pl

        frame = pl.DataFrame(columns)
        there, wanted = ([(n, str(t)) for n, t in frame.schema.items()], [(n, _STORED[c.kind]) for n, c in self.stored.items()])
        if there != wanted:
            raise TypeError(f"{self.name} has {wanted}, and not {there}")
        return frame

    def read(self, path: Path, otherwise: str, rows: int | None = None) -> pl.DataFrame:
        """The table of a Parquet file, every column there: nulls where an older version did not have one. What it had besides is
        left out. `rows`: its first ones alone; of 0, only the foot of the file is read, which is there where all of it is.

        Raises `OutputError` where the file is missing, damaged, or no such table; `otherwise`: what to do then.
        """
        import polars as pl

        try:
            frame = pl.read_parquet(path, n_rows=rows, glob=False)
            if lacking := next((n for n, c in self.stored.items() if c.presence == "always" and n not in frame), ""):
                raise ValueError(f"it has no column {lacking!r}")
            return frame.with_columns(_typed(name, c, frame) for name, c in self.stored.items()).select(list(self.stored))
        except (OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as e:  # the last is no Exception
            raise OutputError(f"cannot read {path}: {' '.join(str(e).split())[:200]}; {otherwise}") from None


def _typed(name: str, column: Column, frame: pl.DataFrame) -> pl.Expr:
    """A column of a file as the table has it. Older versions left one without any value untyped."""
    import polars as pl

    stored = str(frame.schema.get(name, "Null"))
    if stored == "Null":
        return pl.lit(None, dtype=getattr(pl, _STORED[column.kind])).alias(name)
    if stored != _STORED[column.kind]:
        raise ValueError(f"column {name!r} holds {stored}, and not {_STORED[column.kind]}")
    return pl.col(name)
