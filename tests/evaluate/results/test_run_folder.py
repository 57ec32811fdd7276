"""A run's folder may come from anyone: what it names is not imported, and nothing is written outside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kappabar.cli import main
from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.compare.plan import ComparisonPlan
from kappabar.evaluate.quality.training import checkpoint
from kappabar.evaluate.results.files import check_links, plain_name, read_json, write_json
from kappabar.evaluate.study import predictors
from kappabar.evaluate.study.run import HEADER
from kappabar.grammars.errors import OutputError

EVIL = "evil_part_of_a_run"
AWAY = ["../victim", "/tmp/victim", "..", ".", "", "a/b", "a\\b", "c:x", "a\nb", "a\0", 3, None]


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current folder with a module that leaves a mark where it is imported."""
    mark = tmp_path / "imported"
    (tmp_path / f"{EVIL}.py").write_text(f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nObject = None\n")
    monkeypatch.chdir(tmp_path)
    quick = partial(predictors.predictor_rows, resamples=60)
    monkeypatch.setattr("kappabar.evaluate.study.rows.predictor_rows", quick)
    yield tmp_path
    assert not mark.exists() and EVIL not in sys.modules


@pytest.fixture(scope="module")
def run(tiny_run: Path) -> Path:
    return tiny_run


def _copy(run: Path, folder: Path, **changed: Any) -> dict[str, Any]:
    """The run in another folder, with other arguments; its new header."""
    folder.mkdir(parents=True)
    for path in [p for p in run.rglob("*") if p.is_file()]:
        target = folder / path.relative_to(run)
        target.parent.mkdir(exist_ok=True, parents=True)
        target.write_bytes(path.read_bytes())
    header: dict[str, Any] = read_json(run / "run.json")
    header["arguments"] |= changed
    write_json(folder / "run.json", header)
    for part in (folder / "parts").glob("*.json"):  # which say that they are of the run as it was
        if isinstance(document := read_json(part), dict):
            write_json(part, {name: value for name, value in document.items() if name != "made"})
    return header


def _study(folder: Path, **arguments: Any) -> None:
    write_json(folder / HEADER, {"study": "hypothesis", "repeat": "kappabar", "arguments": arguments, "versions": {}})


OWN = {"domain": f"{EVIL}:Object", "metric": f"{EVIL}:Object"}


def test_a_page_of_a_comparison_imports_nothing_that_the_run_names(run: Path, evil: Path) -> None:
    _copy(run, evil / "got", **OWN)
    assert report(evil / "got").rows
    assert f"{EVIL}:Object" in (evil / "got" / "report.html").read_text(encoding="utf-8")


def test_a_page_of_a_study_imports_nothing_that_the_run_names(run: Path, evil: Path) -> None:
    name = f"{EVIL}-Object"
    header = _copy(run, evil / "got" / name, **OWN)
    _study(evil / "got", **{f"{EVIL}:Object": header["arguments"]})
    found = report(evil / "got")
    assert [r["domain"] for r in found.rows] == [f"{EVIL}:Object"] * 2
    assert found.rows[0]["kappa_worst"] is not None  # κ's own largest distance is in the folder
    assert (evil / "got" / f"quality-{name}.svg").is_file()


@pytest.mark.parametrize("key", ["../victim", "a/../../victim", ".."])
def test_a_page_of_a_study_writes_nowhere_outside_its_folder(run: Path, evil: Path, key: str) -> None:
    header = _copy(run, evil / "victim")
    _study(evil / "got", **{key: header["arguments"]})
    before = {p: p.read_bytes() for p in (evil / "victim").rglob("*") if p.is_file()}
    with pytest.raises(OutputError, match="no name of a file or folder beside it"):
        report(evil / "got")
    assert {p: p.read_bytes() for p in (evil / "victim").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    "text", ["[1]", '{"study": "none", "arguments": {}}', '{"study": "hypothesis", "arguments": [1]}', "[" * 5000]
)
def test_a_header_of_a_study_that_is_none_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    (tmp_path / HEADER).write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["report", str(tmp_path)])
    err = capsys.readouterr().err
    assert ended.value.code == 2 and err.count("\n") == 1 and "begin again in a new folder" in err


@pytest.mark.parametrize("name", AWAY)
def test_what_may_lead_elsewhere_is_no_plain_name(name: object) -> None:
    with pytest.raises(OutputError, match="no name of a file or folder beside it"):
        plain_name(name, Path("run.json"))


@pytest.mark.parametrize("name", ["ode", "my.lab-Domain", "κ", "a b", "..a"])
def test_a_plain_name_is_itself(name: str) -> None:
    assert plain_name(name, Path("run.json")) == name


def test_a_link_that_leads_out_is_told_before_anything_is_written(run: Path, tmp_path: Path) -> None:
    _copy(run, tmp_path / "got")
    (tmp_path / "victim").mkdir()
    check_links(tmp_path / "got")
    (tmp_path / "got" / "again.json").symlink_to(tmp_path / "got" / "run.json")
    check_links(tmp_path / "got")  # inside
    for path in (tmp_path / "got" / "figures").iterdir():
        path.unlink()
    (tmp_path / "got" / "figures").rmdir()
    (tmp_path / "got" / "figures").symlink_to(tmp_path / "victim", target_is_directory=True)
    arguments = json.loads((run / "run.json").read_text())["arguments"]
    for again in (
        lambda: report(tmp_path / "got"),
        lambda: compare(arguments["representations"], arguments["data"], budget="tiny", out=tmp_path / "got", resume=True),
    ):
        with pytest.raises(OutputError, match="a link that leads out"):
            again()
    assert not list((tmp_path / "victim").iterdir())


def test_a_checkpoint_names_a_file_beside_it(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "got", {}, checkpoint.Checkpoint(1, {}, {}))
    path = tmp_path / "got" / "training.json"
    header = json.loads(path.read_text())
    (tmp_path / "elsewhere").write_bytes((tmp_path / "got" / header["tensors"]).read_bytes())
    path.write_text(json.dumps(header | {"step": 2}))
    with pytest.raises(OutputError, match="was altered or damaged since it was written; delete"):
        checkpoint.read(tmp_path / "got", {})
    header.pop("own")
    path.write_text(json.dumps(header | {"tensors": "../elsewhere"}))
    with pytest.raises(OutputError, match="no name of a file or folder beside it"):
        checkpoint.read(tmp_path / "got", {})


def test_a_plan_that_a_folder_holds_imports_nothing(evil: Path) -> None:
    plan = ComparisonPlan(
        learn_from="sampler",
        representations=(f"{EVIL}:Object",),
        data=("bank",),
        domain=f"{EVIL}:Object",
        metric=f"{EVIL}:Object",
        invalid="exclude",
        seeds=1,
        budget="tiny",
        seed=0,
        strict=False,
    )
    assert ComparisonPlan.from_dict(plan.as_dict()) == plan
