"""The registry: each column is said once and in full, and the columns that follow by rule are all there."""

from __future__ import annotations

from itertools import product

import pytest

from kappabar.evaluate.tables.catalog import TABLES
from kappabar.evaluate.tables.column import Column, Table
from kappabar.evaluate.tables.measures import CONSTRAINED, MEASURES, SPLITS, suffix
from kappabar.evaluate.tables.summary import KEPT, MAIN, PLACES, READ, SHOWN, SUMMARY

EACH = [pytest.param(t, id=t.name) for t in (*TABLES, PLACES)]


@pytest.mark.parametrize("table", EACH)
def test_a_table_names_each_column_once(table: Table) -> None:
    names = [name for column in table for name in column.names]
    assert len(names) == len(set(names)) and sorted(names) == sorted(table.stored)


@pytest.mark.parametrize("table", EACH)
def test_each_column_says_what_it_is(table: Table) -> None:
    for column in table:
        assert len(column.help) > 2 and not column.help.endswith("."), column.name
        assert column.better in ("", "less", "more") and column.claimed in (-1, 0, 1)
        if column.interval:
            assert column.kind is float and column.estimator, column.name
        if column.kind in (str, bool):
            assert not column.unit and not column.interval, column.name
        if column.claimed:
            assert column.better in ("", "less" if column.claimed < 0 else "more"), column.name


def test_measures_come_by_split_and_decoding() -> None:
    for measure, split, decoding in product(MEASURES, ("", *SPLITS), ("", CONSTRAINED)):
        name = f"{measure.column}{decoding}{suffix(split)}"
        if measure.once and decoding:
            assert name not in SUMMARY.stored
        else:
            assert SUMMARY[name].names == (name, f"{name}_low", f"{name}_high")
            assert not split or SPLITS[split][1] in SUMMARY[name].help
    assert set(KEPT) < set(SUMMARY.stored)


def test_who_reads_by_order_finds_the_first_columns_where_they_were() -> None:
    begins = [
        "representation",
        "domain",
        "metric",
        "invalid",
        "vocabulary_size",
        "tokens",
        "tokens_low",
        "tokens_high",
        "fidelity_error",
    ]
    names = list(SUMMARY.stored)
    assert names[:9] == begins and names[-4:] == ["vocabulary_learned", "n_trained_on", "precision", "note"]
    assert names[names.index("quality_share") + 1] == "parameters"
    assert names[names.index("coefficient_error") - 2 :][:2] == ["quality_share_low", "quality_share_high"]


def test_a_page_shows_columns_of_the_table_in_its_own_order() -> None:
    assert [c.name for c in SHOWN] == list(READ) and len(set(READ)) == len(READ) and set(MAIN) < set(READ)
    assert all(isinstance(c, Column) and c.title for c in SHOWN)
    assert READ[0] == "representation" and READ[-1] == "note"
