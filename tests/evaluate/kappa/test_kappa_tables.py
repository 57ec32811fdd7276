"""A κ that a folder keeps: read as it was written, from an older table too, and a damaged one told in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from kappabar.evaluate.kappa.kappa import Kappa
from kappabar.evaluate.kappa.measure import OUTCOMES, Measured
from kappabar.evaluate.kappa.tables import edit_frame, load_kappa, save_kappa, token_frame
from kappabar.evaluate.results.categorical import Categorical
from kappabar.evaluate.results.files import slug
from kappabar.evaluate.tables.folder import EDITS, TOKENS
from kappabar.grammars.errors import OutputError


def _kappa(*outcomes: str) -> Kappa:
    n, numbers = len(outcomes), np.arange(len(outcomes), dtype=np.int32)
    distance = np.array([np.nan if o == "invalid" else 0.25 for o in outcomes])
    item = Measured(
        name="item",
        size=n,
        n_tokens=5,
        fidelity_error=0.0,
        kinds=Categorical.of(["substitution"] * n),
        classes=Categorical.of(["number"] * n),
        positions=numbers,
        tokens=numbers - 1,
        outcomes=Categorical.of(outcomes, OUTCOMES),
        reasons=Categorical.of(["no end" if o == "invalid" else "" for o in outcomes]),
        distance=distance,
        trees=numbers,
    )
    return Kappa(
        representation="prefix",
        domain="ode",
        metric="bounded-l2",
        invalid="exclude",
        edits="token",
        measured=(item,),
        skipped=(),
        d_max=1.0,
        seed=0,
    )


KAPPA = _kappa("ok", "invalid", "ok")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_kappa(tmp_path, KAPPA)
    return tmp_path / f"{slug('prefix')}.edits.parquet"


@pytest.fixture
def foreign(path: Path, unsealed: Callable[[Path], None]) -> Path:
    """One without checksums."""
    unsealed(path.parent)
    return path


def test_tables_have_the_registrys_columns() -> None:
    assert edit_frame(KAPPA).columns == list(EDITS.stored)
    assert edit_frame(_kappa()).schema == edit_frame(KAPPA).schema
    assert token_frame(KAPPA).columns == list(TOKENS.stored)


def test_what_is_kept_is_read(path: Path) -> None:
    found = load_kappa(path.parent, "prefix")
    assert found is not None and edit_frame(found).equals(edit_frame(KAPPA))
    assert load_kappa(path.parent, "tree") is None


def test_a_table_without_the_texts_of_tokens_is_read(foreign: Path) -> None:
    pl.read_parquet(foreign).drop("token_text", "representation").write_parquet(foreign)
    found = load_kappa(foreign.parent, "prefix")
    assert found is not None and found.mean == KAPPA.mean


@pytest.mark.parametrize("name", ["item", "kind", "outcome", "distance", "weight"])
def test_a_table_that_lacks_a_column_is_told(foreign: Path, name: str) -> None:
    pl.read_parquet(foreign).drop(name).write_parquet(foreign)
    with pytest.raises(
        OutputError, match=f"cannot read .*: it has no column '{name}'; delete .*kappa.json and go on with --resume"
    ):
        load_kappa(foreign.parent, "prefix")


def test_a_column_of_another_kind_is_told(foreign: Path) -> None:
    pl.read_parquet(foreign).with_columns(pl.col("distance").cast(pl.String)).write_parquet(foreign)
    with pytest.raises(OutputError, match=r"holds String, and not Float64; delete .*/prefix"):
        load_kappa(foreign.parent, "prefix")


def test_a_table_that_is_cut_off_is_told_in_one_line(foreign: Path) -> None:
    foreign.write_bytes(foreign.read_bytes()[:100])
    with pytest.raises(OutputError, match="cannot read") as error:
        load_kappa(foreign.parent, "prefix")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("at", [4, 200, -30])
def test_a_flipped_bit_is_told(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(
        OutputError, match=r"edits\.parquet was altered or damaged .*; delete .*kappa\.json and go on with --resume"
    ):
        load_kappa(path.parent, "prefix")


EDIT: dict[str, Any] = {
    "item": 3,
    "outcome": "fine",
    "position": -2,
    "token": 2**40,
    "distance": 1.5,
    "weight": -1.0,
    "kind": None,
}


@pytest.mark.parametrize("name", EDIT)
def test_a_value_that_no_edit_has_is_told(foreign: Path, name: str) -> None:
    frame = pl.read_parquet(foreign)
    frame.with_columns(pl.lit(EDIT[name], frame.schema[name]).alias(name)).write_parquet(foreign)
    with pytest.raises(OutputError, match=r"kappa\.json does not fit its edits: .*; delete it"):
        load_kappa(foreign.parent, "prefix")


HEADERS: list[tuple[dict[str, Any], str]] = [
    ({"representation": "tree"}, "it is of 'tree'"),
    ({"measured": [["item", 3, 5]]}, "is cut off"),
    ({"measured": [["item", 3, "5", 0.0]]}, "is no whole number"),
    ({"skipped": [["item"]]}, "is cut off"),
    ({"d_max": "far"}, "d_max is not null"),
    ({"intrinsic": {"counts": []}}, "intrinsic"),
]


@pytest.mark.parametrize(("changed", "words"), HEADERS)
def test_a_document_that_is_none_is_told(foreign: Path, changed: dict[str, Any], words: str) -> None:
    path = foreign.with_name(foreign.name.replace(".edits.parquet", ".kappa.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(OutputError, match=words):
        load_kappa(foreign.parent, "prefix")


def test_a_table_at_which_its_reader_gives_up_is_told(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: Any, **__: Any) -> None:
        raise pl.exceptions.PanicException("called unwrap on None")

    monkeypatch.setattr(pl, "read_parquet", give_up)
    with pytest.raises(OutputError, match="called unwrap on None; delete"):
        load_kappa(foreign.parent, "prefix")
