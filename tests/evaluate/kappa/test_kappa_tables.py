"""A κ that a folder keeps: read as it was written, from an older table too, and a damaged one told in one line."""

from __future__ import annotations

from pathlib import Path

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


def test_tables_have_the_registrys_columns() -> None:
    assert edit_frame(KAPPA).columns == list(EDITS.stored)
    assert edit_frame(_kappa()).schema == edit_frame(KAPPA).schema
    assert token_frame(KAPPA).columns == list(TOKENS.stored)


def test_what_is_kept_is_read(path: Path) -> None:
    found = load_kappa(path.parent, "prefix")
    assert found is not None and edit_frame(found).equals(edit_frame(KAPPA))
    assert load_kappa(path.parent, "tree") is None


def test_a_table_without_the_texts_of_tokens_is_read(path: Path) -> None:
    pl.read_parquet(path).drop("token_text", "representation").write_parquet(path)
    found = load_kappa(path.parent, "prefix")
    assert found is not None and found.mean == KAPPA.mean


@pytest.mark.parametrize("name", ["item", "kind", "outcome", "distance", "weight"])
def test_a_table_that_lacks_a_column_is_told(path: Path, name: str) -> None:
    pl.read_parquet(path).drop(name).write_parquet(path)
    with pytest.raises(
        OutputError, match=f"cannot read .*: it has no column '{name}'; delete parts/prefix.* and repeat with --resume"
    ):
        load_kappa(path.parent, "prefix")


def test_a_column_of_another_kind_is_told(path: Path) -> None:
    pl.read_parquet(path).with_columns(pl.col("distance").cast(pl.String)).write_parquet(path)
    with pytest.raises(OutputError, match="column 'distance' holds String, and not Float64; delete parts/prefix"):
        load_kappa(path.parent, "prefix")


def test_a_table_that_is_cut_off_is_told_in_one_line(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(OutputError, match="cannot read") as error:
        load_kappa(path.parent, "prefix")
    assert "\n" not in str(error.value)
