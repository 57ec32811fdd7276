"""A study, in miniature: the folder it leaves, an interruption, a representation whose training fails, and its page built
again."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.compare import plan
from kappabar.evaluate.events import Started
from kappabar.evaluate.study.run import TABLES
from kappabar.grammars.errors import KappabarError, OutputError

SPECS = ["prefix | digits:2", "prefix | bins:8,log", "infix | digits:2", "prefix | digits:2 | repeat:3"]
BAD = "infix | digits:2"
ARGUMENTS = {"study": "hypothesis", "representations": SPECS, "data": "sample:4:99", "seeds": 1}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Budgets of seconds: the same code, fewer edits, systems and steps."""
    from kappabar.evaluate.quality.model.model import ModelConfig
    from kappabar.evaluate.quality.model.trained import TrainConfig
    from kappabar.evaluate.quality.task.task import TaskConfig
    from kappabar.evaluate.quality.training import presets
    from kappabar.evaluate.study import predictors

    task = TaskConfig(n_train=120, n_val=10, n_test=8)
    # Long enough for some Q that is not 0: ranks of nothing but ties have no correlation to draw.
    training = TrainConfig(steps=60, batch_size=16, lr=3e-3, checkpoints=1, probe=4)
    monkeypatch.setitem(plan.BUDGETS, "study", plan.Budget("study", 12, "study"))
    monkeypatch.setitem(presets.PRESETS, "study", presets.Preset(task, ModelConfig(d_model=32, layers=1, heads=2), training))
    monkeypatch.setattr(
        "kappabar.evaluate.study.rows.predictor_rows", lambda rows, seed: predictors.predictor_rows(rows, seed, 60)
    )


@pytest.fixture
def failing(monkeypatch):
    """One representation's loss is not finite, with every seed."""
    from kappabar.evaluate.quality.training import train as module

    honest = module.train

    def train(task, representation, *args, **kwargs):
        trained = honest(task, representation, *args, **kwargs)
        bad = representation.spec == BAD
        return dataclasses.replace(trained, status="the loss was nan at step 2 of 60") if bad else trained

    monkeypatch.setattr(module, "train", train)


@pytest.mark.slow
def test_a_study_from_an_interruption_to_the_page(tmp_path, failing):
    class Stop(Exception):
        pass

    def stop(event):
        if isinstance(event, Started) and event.stage == "κ of prefix | bins:8,log, plausible edits":
            raise Stop

    folder = tmp_path / "study"
    with pytest.raises(Stop):
        compare(**ARGUMENTS, out=folder, listen=stop)
    half = report(folder)
    assert {r["domain"] for r in half.rows} == {"function"}
    stages = []
    study = compare(
        **ARGUMENTS, out=folder, resume=True, listen=lambda e: stages.append(e.stage) if isinstance(e, Started) else None
    )
    assert "κ of prefix | bins:8,log, plausible edits" in stages
    assert "κ of prefix | digits:2, plausible edits" in stages  # of the other domain
    assert stages.count("κ of prefix | digits:2") == 1  # of the other domain alone
    assert len(study.rows) == 2 * len(SPECS)
    for name in TABLES:
        assert pl.read_parquet(folder / f"{name}.parquet").height == len(study.tables[name])
    assert {p.stem for p in folder.glob("*.svg")} == {
        "predictors",
        *(f"{kind}-{domain}" for kind in ("kappa-against-quality", "quality") for domain in ("function", "ode")),
    }
    text = (folder / "index.md").read_text(encoding="utf-8")
    _the_failed_one_is_named(study, text)
    _other_edits_have_rows(study)
    _whole_is_as_if_never_interrupted(tmp_path, study)
    _page_alone_is_built_again(tmp_path, folder, text)
    with pytest.raises(OutputError, match="other arguments"):
        compare(**ARGUMENTS | {"seeds": 2}, out=folder, resume=True)
    with pytest.raises(OutputError, match="not empty"):
        compare(**ARGUMENTS, out=folder)


def _the_failed_one_is_named(study, text):
    bad = [r for r in study.rows if r["representation"] == BAD]
    assert {r["status"] for r in bad} == {"the loss was nan at step 2 of 60"}
    assert {(r["quality"], r["bits"], r["plausible_mean"]) for r in bad} == {(None, None, None)}
    assert all(r["kappa_mean"] is not None for r in bad)
    assert all(r["quality"] is not None and r["status"] == "ok" for r in study.rows if r["representation"] != BAD)
    assert "the loss was nan at step 2 of 60" in text
    row = next(r for r in study.tables["predictors"] if r["domain"] == "ode" and r["predictor"] == "tokens" and r["control"])
    assert row["n"] == len(SPECS) - 1


def _other_edits_have_rows(study):
    for row in study.rows:
        if row["representation"] != BAD:
            assert 0 <= row["plausible_mean"] <= 1
        assert row["control"] == ("repeat" in row["representation"])
        assert 1 <= row["n_expressions"] <= 4 and row["n_expressions_bank"] > 10
    assert all(0 < row["kappa_tree"] < 1 for row in study.tables["domains"])


def _whole_is_as_if_never_interrupted(tmp_path: Path, study):
    whole = compare(**ARGUMENTS, out=tmp_path / "whole")
    timed = ("seconds", "seconds_training", "hours")
    for name in TABLES:
        ours, theirs = ([{k: v for k, v in r.items() if k not in timed} for r in s.tables[name]] for s in (study, whole))
        assert ours == theirs


def _page_alone_is_built_again(tmp_path: Path, folder: Path, text: str):
    kept = tmp_path / "kept"
    kept.mkdir()
    for path in [*folder.glob("*.parquet"), folder / "study.json"]:
        shutil.copy(path, kept)
    report(kept)
    assert (kept / "index.md").read_text(encoding="utf-8") == text
    assert json.loads((kept / "verdict.json").read_text()) == json.loads((folder / "verdict.json").read_text())


def test_mistakes_are_found_before_the_folder_is_made(tmp_path):
    for wrong in (
        {"study": "hypotesis"},
        {"budget": "big"},
        {"representations": ["prefixx"]},
        {"domain": "odes"},
        {"data": "none.txt"},
    ):
        with pytest.raises(KappabarError):
            compare(**ARGUMENTS | wrong, out=tmp_path / "study")
        assert not (tmp_path / "study").exists()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "study.json").write_text('{"study": "hypothesis", "arguments": {}}')
    with pytest.raises(OutputError, match="run kappabar compare --study"):
        report(tmp_path / "empty")


def test_one_domain_alone_with_two_seeds(tmp_path):
    study = compare(**ARGUMENTS | {"seeds": 2, "representations": SPECS[:2]}, domain="function", out=tmp_path / "study", jobs=1)
    assert {r["domain"] for r in study.rows} == {"function"}
    assert len(study.rows) == 2 * 2 and len({(r["representation"], r["seed"]) for r in study.rows}) == 4
    assert study.document["verdict"] == "no verdict"
    assert "--domain function" in (tmp_path / "study" / "index.md").read_text(encoding="utf-8")
