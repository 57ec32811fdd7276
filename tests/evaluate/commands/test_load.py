"""`kappabar.load`: what is in a folder, in Python again; a wrong one is told in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kappabar


def test_an_export_is_its_representation(tmp_path: Path) -> None:
    made = kappabar.representation("infix | chars | bpe:96")
    kappabar.export(made, tmp_path / "tok")
    assert kappabar.load(tmp_path / "tok") == made == kappabar.load(str(tmp_path / "tok"))


def test_a_run_of_kappa_is_its_results(tmp_path: Path) -> None:
    data = ["x' = -x @ x=1; T=4", "x' = x - x^3 @ x=0.1; T=9"]
    made = kappabar.kappa(["prefix", "tree"], data, edits_per_expression=20, out=tmp_path / "run")
    assert isinstance(made, list)
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    found = kappabar.load(tmp_path / "run")
    assert [k.as_dict()["mean"] for k in found.kappas] == [k.as_dict()["mean"] for k in made]  # type: ignore[union-attr]
    assert found.to_frame().height == 2 and repr(found).startswith("Measured(")  # type: ignore[union-attr]
    assert {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "neither kappabar.json nor run.json"),
        (("notes.txt",), "neither"),
        (("search.json",), "the search in .* is not finished"),
        (("study.json",), "a study"),
        (("kappa.json", "edits.parquet"), "its document is kappa.json"),
        (("reproduce.json",), "paper's section"),
        (("run.json",), r"run\.json"),
        (("kappabar.json",), "holds no representation.json"),
    ],
)
def test_a_folder_of_something_else_is_told_in_one_line(names: tuple[str, ...], words: str, tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).write_text("{}", "utf-8")
    with pytest.raises(kappabar.OutputError, match=words) as caught:
        kappabar.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_what_is_no_folder_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name, words in (("file", "is a file"), ("nowhere", "is not there")):
        with pytest.raises(kappabar.OutputError, match=words):
            kappabar.load(tmp_path / name)


def test_a_header_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    for document in ([], {"schema": 99}, {"arguments": 3}):
        (tmp_path / "run.json").write_text(json.dumps(document), "utf-8")
        with pytest.raises(kappabar.OutputError) as caught:
            kappabar.load(tmp_path)
        assert "\n" not in str(caught.value)


def test_a_search_is_its_front_its_trials_and_how_it_went(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    made = kappabar.search("sample:6", trials=4, edits_per_expression=8, out=tmp_path / "run", sampler="random", local=False)
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    found: Any = kappabar.load(tmp_path / "run")
    assert repr(found).startswith("Searched(") and found.specs == made.specs
    assert found.best() == (made.knee.spec if made.knee else None) and found.statements == made.statements
    assert found.to_frame().equals(made.to_frame()) and found.line_up_frame().equals(made.line_up_frame())
    assert found.trials_frame().equals(made.trials_frame())
    assert found.local_frame().height == found.quality_frame().height == 0
    assert found.plot().to_dict() == made.plot().to_dict()
    progress = found.progress()
    assert progress["trial"].to_list() == [t.number for t in (*made.trials, *made.baseline)]
    for search, volume in (("random", made.volumes.search), ("baseline", made.volumes.random)):
        course = progress.filter(progress["search"] == search)["hypervolume"].to_list()
        assert course == sorted(course) and course[-1] == pytest.approx(volume, rel=1e-12)
    assert {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()} == before
    again: Any = kappabar.report(tmp_path / "run")
    assert again == found and again.as_dict()["page"] == str(tmp_path / "run" / "report.html")


def test_an_unfinished_search_is_told_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("optuna")

    def stop(event: object) -> None:
        if isinstance(event, kappabar.Advanced):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kappabar.search("sample:6", trials=4, edits_per_expression=8, out=tmp_path / "run", sampler="random", listen=stop)
    with pytest.raises(kappabar.OutputError, match=r"the search in .* is not finished; repeat its command with --resume"):
        kappabar.load(tmp_path / "run")
