"""A study of synonyms, from the command's function to its page: few words, and trainings that learn little."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from kappabar import compare
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.dials.code.codes import Shape
from kappabar.evaluate.dials.redundancy import tasks
from kappabar.evaluate.dials.redundancy.plan import RedundancyDial
from kappabar.evaluate.dials.run import Dialed
from kappabar.evaluate.results.files import read_json, write_json
from kappabar.evaluate.study.plan import STUDIES
from kappabar.evaluate.tables.dials import REDUNDANCY_DIAL
from kappabar.grammars.errors import OutputError, SpecError
from kappabar.grammars.tree import coefficients

NAME = "dial:redundancy"
SMALL = RedundancyDial(name=NAME, title="Small", main=1, beside=1, budget="tiny", shape=Shape(2, 1), added=2)


@pytest.fixture(scope="module")
def small() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, NAME, SMALL)
        yield patch


@pytest.fixture(scope="module")
def done(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Dialed:
    found = compare(study=NAME, out=tmp_path_factory.mktemp("dial") / "run", seed=3)
    assert isinstance(found, Dialed)
    return found


def test_every_training_has_a_row_and_levels_differ_in_what_they_should(done: Dialed) -> None:
    assert [(row["synonyms"], row["written"]) for row in done.rows] == [(0, "yes"), (1, "yes"), (2, "yes"), (1, "no"), (2, "no")]
    for name in ("vocabulary", "validity", "tokens", "floor_prior"):
        assert len({row[name] for row in done.rows}) == 1, f"{name} is the same at every level"
    kappa = [row["kappa"] for row in done.rows]
    assert kappa[0] > kappa[1] > kappa[2] and kappa[4] == kappa[2], "silent synonyms turn κ̄ as far as written ones"
    assert [row["choice"] > 0 for row in done.rows] == [False, True, True, False, False]
    for row in done.rows:
        assert row["status"] == "ok" and row["ceiling"] > 0.99 and 0 < row["kappa_edits"] < 1
        task = tasks.SHARED.of(done.folder).learning.task
        looked_at, tests = ([len(coefficients(t)) for t in part.targets] for part in (task.val, task.test))
        numbers = fmean(looked_at) / fmean(tests)
        assert row["bits_beyond"] == pytest.approx(row["bits"] - row["choice"] * numbers, rel=0.02)


def test_what_is_there_is_not_made_again_and_the_page_is_its_table(done: Dialed, small: Any, tmp_path: Path) -> None:
    folder = done.folder
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    part, shared = folder / "parts" / "0002.json", folder / "parts" / "distance.json"
    kept, moves = part.read_bytes(), shared.read_bytes()
    part.unlink()
    shared.unlink()
    tasks.SHARED.forget()
    cut = report(folder)
    assert isinstance(cut, Dialed) and any(one.startswith("Not finished: 4 of 5") for one in cut.lines())
    again = compare(study=NAME, out=folder, seed=3, resume=True)
    assert part.read_bytes() == kept and shared.read_bytes() == moves
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert again.lines() == done.lines() and "## Levels" in (folder / "index.md").read_text(encoding="utf-8")
    assert json.loads(json.dumps(done.as_dict()))["rows"][0]["synonyms"] == 0
    assert done.to_frame().height == len(done.rows) and done.plot() is not None
    for name in ("study.json", "protocol.toml", REDUNDANCY_DIAL.name):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    report(tmp_path)
    for name in ("index.md", "quality.svg", "bits.svg"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.slow
def test_other_processes_find_the_same_numbers(done: Dialed, small: Any, tmp_path: Path) -> None:
    compare(study=NAME, out=tmp_path / "run", seed=3, jobs=2)
    for name in ("index.md", REDUNDANCY_DIAL.name):
        assert (tmp_path / "run" / name).read_bytes() == (done.folder / name).read_bytes()


def test_what_was_not_made_in_a_study_is_no_part_of_it(done: Dialed, small: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(done.folder, tmp_path / "run"))
    path = folder / "parts" / "0001.json"
    document = read_json(path)
    for wrong, words in (
        ({"rows": [document["rows"][0] | {"kappa": "low"}]}, "0001.json is damaged"),
        (document | {"made": document["made"] | {"run": "0" * 16}}, "0001.json is of another run"),
    ):
        write_json(path, {name: value for name, value in wrong.items() if name != "sha256"})
        for ask in (lambda: compare(study=NAME, out=folder, seed=3, resume=True), lambda: report(folder)):
            with pytest.raises(OutputError, match=words):
                ask()
    with pytest.raises(OutputError, match="holds another study"):
        compare(study=NAME, out=folder, seed=4, resume=True)


def test_what_the_protocol_sets_is_refused() -> None:
    with pytest.raises(SpecError, match="leave --model out"):
        compare(study=NAME, model="3M")
    with pytest.raises(SpecError, match="leave -r and --data out"):
        compare(["prefix"], study=NAME)
