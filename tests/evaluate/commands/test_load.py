"""`kappabar.load`: what is in a folder, in Python again; a wrong one is told in one line."""

from __future__ import annotations

import json
from pathlib import Path

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
        (("search.json",), "a search; its front is pareto.csv"),
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
