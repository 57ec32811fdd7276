"""Tables as they are built, written and read: what is misspelt, missing or of another kind is an error at once."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kappabar.evaluate.statistics.estimate import Estimate
from kappabar.evaluate.tables.column import Column, Table
from kappabar.grammars.errors import OutputError

TABLE = Table(
    "t.parquet",
    "for tests",
    (
        Column("name", "a name", str),
        Column("kappa", "κ", float, interval="expressions"),
        Column("share", "a share", float, interval="expressions"),
        Column("count", "a count", int),
        Column("exact", "yes or no", bool, presence="newer"),
        Column("aside", "now and then", float, presence="sometimes"),
    ),
    apart=("share", "exact"),
)
GOOD: dict[str, Any] = {
    "count": 3, "share": Estimate(0.5, 0.4, 0.6), "exact": True, "kappa": Estimate(0.1, math.nan, math.nan), "name": "a",
}  # fmt: skip
ORDER = ["name", "kappa", "kappa_low", "kappa_high", "share", "count", "share_low", "share_high", "exact"]


def test_a_row_has_the_tables_order_and_an_estimate_its_limits() -> None:
    row = TABLE.row(GOOD)
    assert list(row) == ORDER
    assert (row["share_low"], row["share_high"], row["kappa"]) == (0.4, 0.6, 0.1)
    assert list(TABLE.row(GOOD | {"aside": 1.0})) == [*ORDER, "aside"]
    assert TABLE.row(row) == pytest.approx(row, nan_ok=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kapa": 0.1}, "no column 'kapa'; did you mean 'kappa'"),
        ({"count": Estimate(1.0, 0.0, 2.0)}, "no column 'count_low'"),
        ({"aside_low": 0.1}, "no column 'aside_low'"),
    ],
)
def test_a_column_that_is_not_the_tables_is_an_error(change: dict[str, Any], words: str) -> None:
    with pytest.raises(LookupError, match=words):
        TABLE.row(GOOD | change)


def test_a_column_without_a_value_is_an_error() -> None:
    for name in GOOD:
        with pytest.raises(LookupError, match=f"lacks {name}"):
            TABLE.row({k: v for k, v in GOOD.items() if k != name})
    with pytest.raises(LookupError, match="lacks kappa_low, kappa_high"):
        TABLE.row(GOOD | {"kappa": 0.1})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", 3, "name is '3', and not text"), ("count", 3.0, "count is '3.0', and not a whole number"), ("kappa_low", "x",
                                                                                                             "not a number"),
        ("exact", 1, "not yes or no"), ("count", True, "not a whole number"), ("share_low", True, "not a number"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_an_error(name: str, value: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        TABLE.row(TABLE.row(GOOD) | {name: value})


@pytest.mark.parametrize("name", ORDER)
def test_none_may_stand_anywhere_and_nan_where_numbers_do(name: str) -> None:
    TABLE.row(TABLE.row(GOOD) | {name: None})
    if name != "name":
        TABLE.row(TABLE.row(GOOD) | {name: math.nan})


def test_a_frame_is_typed_even_without_a_value() -> None:
    nothing = TABLE.frame([TABLE.row(dict.fromkeys(ORDER))])
    whole = TABLE.frame([TABLE.row(GOOD)])
    assert nothing.schema == whole.schema == TABLE.frame([]).schema
    assert nothing.columns == ORDER and set(nothing.null_count().row(0)) == {1}
    assert whole["kappa_low"].to_list() == [None] and whole["count"].to_list() == [3]
    assert TABLE.frame([{"aside": 1.0}]).columns == [*ORDER, "aside"]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    TABLE.frame([TABLE.row(GOOD)]).write_parquet(path)
    found = TABLE.read(path, "")
    assert found.drop("aside").equals(TABLE.frame([TABLE.row(GOOD)])) and found["aside"].to_list() == [None]


def test_an_older_table_is_read_with_nothing_in_what_is_newer(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    whole = TABLE.frame([TABLE.row(GOOD)])
    older = whole.drop("exact").with_columns(pl.lit(None).alias("kappa_low"), pl.lit("gone").alias("former"))
    assert older.schema["kappa_low"] == pl.Null
    older.write_parquet(path)
    found = TABLE.read(path, "")
    assert found.columns == [*ORDER, "aside"] and found["exact"].to_list() == [None]
    assert found.schema["exact"] == pl.Boolean and found.schema["kappa_low"] == pl.Float64


def test_a_damaged_table_is_one_line(tmp_path: Path) -> None:
    path, whole = tmp_path / "t.parquet", TABLE.frame([TABLE.row(GOOD)])
    faults = {
        "it has no column 'count'": whole.drop("count"),
        "column 'count' holds String, and not Int64": whole.with_columns(pl.lit("3").alias("count")),
        "column 'exact' holds Float64, and not Boolean": whole.with_columns(pl.lit(1.0).alias("exact")),
    }
    for words, frame in faults.items():
        frame.write_parquet(path)
        with pytest.raises(OutputError, match=words) as error:
            TABLE.read(path, "repeat the run")
        assert str(path) in str(error.value) and str(error.value).endswith("; repeat the run")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(OutputError, match=r"cannot read .*; repeat the run") as error:
        TABLE.read(path, "repeat the run")
    assert "\n" not in str(error.value)
    path.unlink()
    with pytest.raises(OutputError, match="repeat the run"):
        TABLE.read(path, "repeat the run")
