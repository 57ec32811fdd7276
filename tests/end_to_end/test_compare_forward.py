"""`compare` on a forward domain, from start to page: what it says of its direction, and the same bytes when it goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.compare.comparison import Comparison, gathered
from kappabar.evaluate.compare.run_data import forget
from kappabar.grammars.errors import SpecError

SPECS = ["infix | chars", "prefix | bins:64,log"]
SAME = ("summary.csv", "curve.csv", "samples.parquet", "edits.parquet", "verdict.json")


def made(folder: Path, **options: Any) -> Comparison:
    return compare(SPECS, "sample:12", domain="arithmetic", budget="tiny", out=folder, jobs=1, **options)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return made(tmp_path_factory.mktemp("forward") / "run")


def test_everything_says_the_direction(run: Comparison) -> None:
    assert json.loads((run.folder / "run.json").read_text("utf-8"))["direction"] == run.as_dict()["direction"] == "forward"
    page = (run.folder / "report.html").read_text("utf-8")
    assert "(forward: expressions are shown, their values are written)" in page
    assert "observes a few noisy samples" not in page and "is shown an expression in the representation" in page
    figure = (run.folder / "figures" / "standings.svg").read_text("utf-8")
    assert "own mean" not in figure and "median" in figure


def test_rows_are_whole(run: Comparison) -> None:
    assert [row["representation"] for row in run.rows] == SPECS and not run.unfinished
    for row in run.rows:
        assert row["metric"] == "relative-error" and row["n_test"] == 16
        assert (
            0 <= row["quality"] <= 1 and 0 < row["floor_prior"] < 1 and 0 < row["floor_constant"] < 1 and 0 < row["ceiling"] <= 1
        )
        assert row["quality_new_form"] is not None and row["quality_known_form"] is not None
    assert run.rows[0]["ceiling"] == 1.0 and run.rows[1]["ceiling"] < 1.0
    # Bins are fitted to what is learned, values included: those far beyond what is shown are not cut off at its largest number.
    assert run.rows[1]["ceiling"] > 0.8


def test_samples_show_the_expression_and_its_value(run: Comparison) -> None:
    samples = pl.read_parquet(run.folder / "samples.parquet")
    assert samples.height == 32 and samples["target"].str.contains(" → -?[0-9]").all()
    assert set(samples["status"]) <= {"ok", "invalid"} and samples.filter(pl.col("status") == "invalid")["q"].sum() == 0
    assert "12" in (run.folder / "report.html").read_text("utf-8") and "Best, median and worst" in (
        run.folder / "report.html"
    ).read_text("utf-8")


def test_one_that_is_taken_up_again_has_the_same_bytes(run: Comparison, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(run.folder, again)
    for name in SAME:
        (again / name).unlink()
    (done,) = again.glob("parts/prefix*.0.training.json")
    done.unlink()
    forget()
    made(again, resume=True)
    for name in SAME:
        assert (again / name).read_bytes() == (run.folder / name).read_bytes(), name
    assert gathered(again).as_dict()["rows"] == run.as_dict()["rows"]


@pytest.mark.parametrize("spec", ["infix | xval", "infix | fone", "infix | bittoken"])
def test_values_beside_the_tokens_are_refused_in_one_line(spec: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be learned here") as caught:
        compare([spec], "sample:12", domain="arithmetic", budget="tiny", out=tmp_path / "run", jobs=1)
    assert "\n" not in str(caught.value) and not (tmp_path / "run").exists()
