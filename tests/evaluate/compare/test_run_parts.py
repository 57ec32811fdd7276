"""What a run's folder holds is told without reading it, and what its trainings share is made once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kappabar.evaluate.compare import comparison as module
from kappabar.evaluate.compare import run as running
from kappabar.evaluate.compare import run_data, tasks
from kappabar.evaluate.compare.trainings import has_training
from kappabar.evaluate.events import silent
from kappabar.evaluate.kappa import tables
from kappabar.evaluate.kappa.tables import has_kappa, kept_tokens, load_kappa
from kappabar.evaluate.options.work import Work
from kappabar.evaluate.quality.task import task as learning
from kappabar.evaluate.results.files import is_kept, read_json, slug, write_json
from kappabar.evaluate.results.trees import read_systems, write_systems
from kappabar.evaluate.study.tasks import missing
from kappabar.grammars.errors import OutputError
from kappabar.grammars.operators import BUILT_IN

SPEC = "prefix | digits:2"


@pytest.fixture
def copy(copied_run: Callable[[Path], Path], tmp_path: Path) -> Path:
    return copied_run(tmp_path)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in another process."""
    monkeypatch.setattr(run_data, "_benches", {})


@pytest.mark.usefixtures("forgetful")
def test_another_process_reads_the_task(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("drawn again")

    (copy / "parts" / f"{slug(SPEC)}.0.training.json").unlink()
    whole = (copy / "summary.csv").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(learning, "build_task", never)
        patch.setattr(learning, "floors", never)
        plan = module.plan_of(json.loads((copy / "run.json").read_text()), copy)
        running._run(copy, plan, running.runner(1).__enter__(), silent)
    module.gathered(copy)
    assert (copy / "summary.csv").read_bytes() == whole


@pytest.mark.usefixtures("forgetful")
def test_a_damaged_task_is_one_line_and_is_made_again(copy: Path) -> None:
    path = copy / "parts" / run_data.task_file(0)
    before = path.read_bytes()
    path.write_bytes(before[:-100])
    with pytest.raises(OutputError, match=r"not this run's learning task .*; delete it and go on with --resume"):
        run_data.run_data(copy).learning()
    path.unlink()
    tasks.draw_task(copy, 0, silent)
    assert path.read_bytes() == before


def test_what_is_there_is_told_without_reading_it(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = copy / "parts"
    kept = load_kappa(parts, SPEC)
    assert kept is not None

    honest = pl.read_parquet

    def foot(path: Path, n_rows: int | None = None, **options: Any) -> pl.DataFrame:
        assert n_rows == 0, "edits are read"
        return honest(path, n_rows=n_rows, **options)

    def never(*_: Any) -> None:
        raise AssertionError("a document is read")

    monkeypatch.setattr(pl, "read_parquet", foot)
    assert kept_tokens(parts, SPEC) == kept.tokens.value and kept_tokens(parts, "tree") == 0
    monkeypatch.setattr(tables, "read_json", never)
    assert has_kappa(parts, SPEC) and not has_kappa(parts, "tree")
    assert has_training(parts, SPEC, 0) and not has_training(parts, SPEC, 1)
    plan = module.plan_of(json.loads((copy / "run.json").read_text()), copy)
    assert len(missing(copy, plan)) == 5


@pytest.mark.parametrize("how", ["cut", "garbage", "gone", "column"])
def test_edits_that_cannot_be_read_are_refused_in_one_line(copy: Path, how: str) -> None:
    path = copy / "parts" / f"{slug(SPEC)}.edits.parquet"
    data = path.read_bytes()
    if how == "column":
        pl.read_parquet(path).drop("tree").write_parquet(path)
    elif how == "gone":
        path.unlink()
    else:
        path.write_bytes(data[: len(data) // 2] if how == "cut" else b"PAR1" + b"\0" * 50)
    for ask in (has_kappa, load_kappa):
        with pytest.raises(OutputError, match=r"edits\.parquet.*; delete .*\.kappa\.json and go on with --resume") as caught:
            ask(copy / "parts", SPEC)
        assert "\n" not in str(caught.value)


def test_a_document_that_is_cut_off_is_refused_in_one_line(copy: Path) -> None:
    path = copy / "parts" / f"{slug(SPEC)}.0.training.json"
    for length in (0, 1, 700, path.stat().st_size - 2):
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(OutputError, match="delete it and go on with --resume, to make that part again"):
            has_training(copy / "parts", SPEC, 0)
    path.write_text("{}", encoding="utf-8")
    assert is_kept(path), "a document that a person wrote is one too"


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _of_another(path: Path, **made: str) -> None:
    document = read_json(path)
    write_json(path, document | {"made": document["made"] | made})


WRONG: dict[str, Callable[[Path], None]] = {
    "flipped edits": lambda parts: _flipped(parts / f"{slug(SPEC)}.edits.parquet"),
    "flipped document": lambda parts: _flipped(parts / f"{slug(SPEC)}.kappa.json"),
    "flipped training": lambda parts: _flipped(parts / f"{slug(SPEC)}.0.training.json"),
    "flipped texts": lambda parts: _flipped(parts / f"{slug(SPEC)}.writing.json"),
    "no vocabulary": lambda parts: (parts / f"{slug(SPEC)}.vocabulary.json").unlink(),
    "another spec's κ": lambda parts: _put(parts / f"{slug(OTHER)}.kappa.json", parts / f"{slug(SPEC)}.kappa.json"),
    "another spec's training": lambda parts: _put(
        parts / f"{slug(OTHER)}.0.training.json", parts / f"{slug(SPEC)}.0.training.json"
    ),
    "κ as learned": lambda parts: _put(parts.parent / "learned" / f"{slug(SPEC)}.kappa.json", parts / f"{slug(SPEC)}.kappa.json"),
    "another run's κ": lambda parts: _of_another(parts / f"{slug(SPEC)}.kappa.json", run="0"),
    "another version's κ": lambda parts: _of_another(parts / f"{slug(SPEC)}.kappa.json", versions="0"),
    "another version's training": lambda parts: _of_another(parts / f"{slug(SPEC)}.0.training.json", versions="0"),
}  # fmt: skip
OTHER = "infix | chars"


def _put(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


@pytest.mark.parametrize("what", WRONG)
def test_a_part_that_is_not_what_was_measured_is_refused_in_one_line(copy: Path, what: str) -> None:
    plan = module.plan_of(read_json(copy / "run.json"), copy)
    WRONG[what](copy / "parts")
    go_on = partial(running.measure, plan, copy, Work(jobs=1, out=copy, resume=True))
    late = "training" in what and "flipped" not in what  # a resume reads no training before the end
    for ask in ((partial(module.gathered, copy)), *(() if late else (go_on,))):
        with pytest.raises(OutputError, match="go on with --resume") as caught:
            ask()
        assert "\n" not in str(caught.value) and str(copy / "parts") in str(caught.value)


def test_expressions_of_another_run_are_told_though_all_is_measured(copy: Path) -> None:
    kept = copy / run_data.EXPRESSIONS
    write_systems(kept, [replace(s, t_end=1.0) for s in read_systems(kept, BUILT_IN) or ()])
    plan = module.plan_of(read_json(copy / "run.json"), copy)
    with pytest.raises(OutputError, match=r"expressions\.safetensors is of another run; delete it"):
        running.measure(plan, copy, Work(jobs=1, out=copy, resume=True))


def test_a_fit_of_another_run_is_refused(copy: Path) -> None:
    _of_another(copy / "tokenizer" / f"{slug(SPEC)}.json", run="0")
    with pytest.raises(OutputError, match="is of another run; delete it"):
        run_data.run_data(copy).fit(SPEC)
