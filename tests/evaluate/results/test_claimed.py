"""A run that ends before anything is measured leaves nothing behind that is in the way of the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kappabar.evaluate.commands import reproduce as reproducing
from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.commands.reproduce import reproduce
from kappabar.evaluate.commands.search import search
from kappabar.evaluate.compare import run as comparing
from kappabar.evaluate.measuring.job import Job
from kappabar.evaluate.results.files import claimed
from kappabar.evaluate.study import survey
from kappabar.grammars.errors import KappabarError, OutputError, RunError

DATA = "x' = -0.5*x @ x=2; T=4\n"


def failing(folder: Path, *names: str, resume: bool = False) -> None:
    """A run that leaves these files and then ends."""

    def run() -> None:
        with claimed(folder, resume, "run.json"):
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text("{}")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()


def test_a_folder_that_was_made_goes_with_its_header(tmp_path: Path) -> None:
    failing(tmp_path / "a" / "run", "run.json", "inner/run.json")
    assert not (tmp_path / "a" / "run").exists()


def test_an_empty_folder_stays_and_is_empty_again(tmp_path: Path) -> None:
    failing(tmp_path, "run.json")
    assert list(tmp_path.iterdir()) == []


def test_what_was_measured_stays_with_its_header(tmp_path: Path) -> None:
    failing(tmp_path / "run", "run.json", "parts/a.json")
    assert {p.name for p in (tmp_path / "run").rglob("*.json")} == {"run.json", "a.json"}


def test_what_was_there_before_stays(tmp_path: Path) -> None:
    """A header may be that of a run that goes on elsewhere at this moment."""
    (tmp_path / "run.json").write_text("[]")
    failing(tmp_path, resume=True)
    assert (tmp_path / "run.json").read_text() == "[]"
    with pytest.raises(OutputError, match="is not empty"), claimed(tmp_path, False, "run.json"):
        pass
    assert (tmp_path / "run.json").exists()


def test_a_run_that_ends_well_keeps_its_header(tmp_path: Path) -> None:
    with claimed(tmp_path / "run", False, "run.json"):
        (tmp_path / "run" / "run.json").touch()
    assert (tmp_path / "run" / "run.json").exists()


def _fails(*_: object, **__: object) -> None:
    raise RunError("no")


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "data.txt"
    path.write_text(DATA * 2 + "x' = 1 - x @ x=0; T=3\n", encoding="utf-8")
    return str(path)


EARLY: dict[str, Callable[[str, Path, pytest.MonkeyPatch], object]] = {
    "kappa": lambda data, out, patch: (patch.setattr(Job, "kappa", _fails), kappa("prefix", data, out=out)),
    "compare": lambda data, out, patch: (
        patch.setattr(comparing, "_run", _fails),
        compare(["prefix"], data, budget="tiny", learn_from="sampler", out=out),
    ),
    "search": lambda data, out, _: search(data, out=out, trials=1, storage="no://such"),
    "reproduce": lambda data, out, patch: (patch.setattr(reproducing, "measure", _fails), reproduce(out)),
    "survey": lambda data, out, patch: (
        patch.setattr(survey, "measured", _fails),
        patch.setattr("kappabar.evaluate.study.survey_plan.not_installed", lambda names: []),
        compare(["infix | chars"], data, study="tokenizers", out=out),
    ),
}
"""What gets as far as its folder, and no further."""


@pytest.mark.parametrize("name", EARLY)
def test_a_command_that_fails_before_it_measures_leaves_no_folder(
    name: str, data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "search":
        pytest.importorskip("optuna")
    with pytest.raises(KappabarError):
        EARLY[name](data, tmp_path / "run", monkeypatch)
    assert not (tmp_path / "run").exists()


MISTAKES: dict[str, Callable[[str, Path], object]] = {
    "a spec": lambda data, out: kappa("prefixx", data, out=out),
    "a file": lambda data, out: kappa("prefix", "none.txt", out=out),
    "edits": lambda data, out: kappa("prefix", data, edits="tokens", out=out),
    "what has no such edits": lambda data, out: kappa("prefix", data, edits="natural", out=out),
    "a comparison's spec": lambda data, out: compare(["prefixx"], data, budget="tiny", out=out),
    "a comparison's file": lambda data, out: compare(["prefix"], "none.txt", budget="tiny", out=out),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_before_there_is_a_folder(name: str, data: str, tmp_path: Path) -> None:
    with pytest.raises(KappabarError) as caught:
        MISTAKES[name](data, tmp_path / "run")
    assert caught.value.exit_code == 2 and not (tmp_path / "run").exists()


@pytest.mark.parametrize("run", [kappa, compare])
def test_a_file_in_the_place_of_a_folder_is_told_and_stays(run: Callable[..., object], data: str, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(OutputError, match="choose another --out"):
        run(["prefix"], data, out=tmp_path / "run")
    assert (tmp_path / "run").read_text() == "mine"
