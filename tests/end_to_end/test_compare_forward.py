"""`compare` on a forward domain, from start to page: what it says of its direction, and the same bytes when it goes on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.compare.comparison import Comparison, gathered
from kappabar.evaluate.compare.run_data import forget
from kappabar.evaluate.compare.summary import summarize
from kappabar.evaluate.compare.trainings import TrainingRecord, pooled
from kappabar.evaluate.domains.arithmetic import ARITHMETIC
from kappabar.evaluate.quality.task.outcomes import Item, score
from kappabar.evaluate.semantics.base import Setting
from kappabar.grammars.errors import SpecError
from kappabar.grammars.tree import System

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


def test_a_row_says_how_many_of_its_samples_are_no_values(run: Comparison) -> None:
    found = score(ARITHMETIC, [Item(*_one("7 + 5"))], [ARITHMETIC.parse("10 + 2").tree])
    rows = [{"item": 0, "sample": 0, "q": 0.0, "reason": found[0].reason}, {"item": 1, "sample": 0, "q": 1.0, "reason": ""}]
    summary = {"floor_prior": 0.1, "floor_nearest": 0.2, "ceiling": 1.0}
    pool = pooled([TrainingRecord(0, [], [*rows, rows[0] | {"item": 2}], summary, 1, [])])
    assert pool is not None and pool.no_values == 2
    counted = [None if s is None else replace(s, no_values=2) for s in run.scores]
    note = "2 of the model's samples decode and are no values"
    assert all(note in row["note"] for row in summarize(run.kappas, [1, 1], counted, 0))
    none = [None if s is None else replace(s, no_values=0) for s in run.scores]
    assert not any("are no values" in row["note"] for row in summarize(run.kappas, [1, 1], none, 0))


def _one(text: str) -> tuple[System, Setting, NDArray[np.float64]]:
    shown = ARITHMETIC.parse(text)
    setting = ARITHMETIC.semantics.setting(shown)
    return shown, setting, ARITHMETIC.semantics.simulate([shown.tree], setting).y[0]
