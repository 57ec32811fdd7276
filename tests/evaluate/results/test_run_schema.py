"""Headers bear the number of their form: older ones are read and not gone on with, newer ones are neither."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kappabar.cli import main
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.results.files import SCHEMA, read_header, read_json, write_json
from kappabar.grammars.errors import OutputError

HEADERS = ("run.json", "search.json", "study.json", "reproduce.json")


def _said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.fixture(scope="module")
def run(copied_run: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_run(tmp_path_factory.mktemp("schema"))


def _with(run: Path, schema: int | None) -> None:
    header = read_json(run / "run.json")
    header.pop("schema", None)
    write_json(run / "run.json", header if schema is None else header | {"schema": schema})


def _resumed(run: Path) -> list[str]:
    return [
        "compare",
        "-r",
        "prefix | digits:2",
        "-r",
        "infix | chars",
        "--data",
        str(run.parent / "one.txt"),
        "--budget",
        "tiny",
        "--out",
        str(run),
        "--resume",
    ]


def test_a_run_bears_the_number(run: Path) -> None:
    assert json.loads((run / "run.json").read_text())["schema"] == SCHEMA == 2


def test_an_older_run_has_a_page_and_is_not_gone_on_with(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = (run / "summary.csv").read_bytes()
    _with(run, None)
    (run / "report.html").unlink()
    report(run)
    assert (run / "report.html").is_file() and (run / "summary.csv").read_bytes() == table
    code, err = _said(capsys, *_resumed(run))
    _with(run, SCHEMA)
    assert code == 2 and err.count("\n") == 1 and f"{run / 'run.json'} has schema 1" in err
    assert "begin again in a new --out" in err and "kappabar report" in err


def test_a_newer_run_has_neither(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _with(run, SCHEMA + 1)
    said = [_said(capsys, "report", run), _said(capsys, *_resumed(run))]
    _with(run, SCHEMA)
    for code, err in said:
        assert code == 2 and err.count("\n") == 1 and f"has schema {SCHEMA + 1}, of a newer kappabar" in err


@pytest.mark.parametrize("name", HEADERS)
def test_a_newer_folder_of_any_kind_has_no_page(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text(json.dumps({"schema": SCHEMA + 1}))
    code, err = _said(capsys, "report", tmp_path)
    assert code == 2 and err.count("\n") == 1 and "of a newer kappabar" in err


@pytest.mark.parametrize("schema", ["", '"schema": 1,', '"schema": "2",', '"schema": 3,'])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("search.json", ["search", "--data", "sample:4", "--trials", "1"]),
        ("study.json", ["compare", "--study", "hypothesis", "--data", "sample:4", "--domain", "function"]),
    ],
)
def test_a_search_and_a_study_of_another_form_are_not_gone_on_with(
    name: str, words: list[str], schema: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(f'{{{schema} "arguments": {{}}}}')
    code, err = _said(capsys, *words, "--out", tmp_path, "--resume", "--jobs", "1", "--quiet")
    assert code == 2 and err.count("\n") == 1 and f"{tmp_path / name} has schema" in err
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_header_of_no_number_is_of_the_first_form(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    assert read_header(path) is None
    path.write_text("{}")
    assert read_header(path) == {}
    with pytest.raises(OutputError, match="has schema 1, of an older kappabar"):
        read_header(path, resume=True)
    path.write_text(f'{{"schema": {SCHEMA}}}')
    assert read_header(path, resume=True) == {"schema": SCHEMA}
