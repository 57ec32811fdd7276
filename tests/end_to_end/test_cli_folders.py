"""Folders that are damaged, of another kind, or not finished, as a user meets them; in one process, because each takes a
moment."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kappabar.cli import main
from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.commands.report import rebuild

SPECS = ["prefix | digits:2", "infix | chars"]


@pytest.fixture(scope="module")
def run(copied_run: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_run(tmp_path_factory.mktemp("folders"))


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_the_version_needs_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--version")
    assert code == 0 and out.startswith("kappabar 0.")


@pytest.mark.parametrize("text", ["{}", "[]", "[", '{"arguments": {"representations": 3}}', "\x00"])
def test_a_header_that_is_none_is_told_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    code, _, err = said(capsys, "report", tmp_path)
    assert code == 2 and err.count("\n") == 1 and "begin again in a new folder" in err
    assert "delete it" not in err


def test_a_file_and_a_missing_folder_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "f.txt").touch()
    assert "is a file" in said(capsys, "report", tmp_path / "f.txt")[2]
    assert "is not there" in said(capsys, "report", tmp_path / "g")[2]


def test_nothing_is_resumed_in_a_new_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = said(capsys, "compare", "--resume", "--budget", "tiny")
    assert code == 2 and "--out" in err and not list(tmp_path.iterdir())


def test_what_is_not_finished_is_named_and_gone_on_with(capsys: pytest.CaptureFixture[str], run: Path) -> None:
    table = (run / "summary.csv").read_bytes()
    assert "not finished" not in said(capsys, "report", run)[1]
    for part in (run / "parts").glob("infix*training.json"):
        part.unlink()
    code, out, _ = said(capsys, "report", run)
    assert code == 0 and "not finished: infix | chars; go on with: kappabar compare" in out
    assert "the run is not finished: infix | chars" in (run / "report.html").read_text(encoding="utf-8")
    again = json.loads((run / "run.json").read_text(encoding="utf-8"))["arguments"]
    compare(SPECS, again["data"], budget="tiny", out=run, resume=True)
    assert (run / "summary.csv").read_bytes() == table


def test_another_file_under_the_same_name_is_not_resumed(capsys: pytest.CaptureFixture[str], run: Path) -> None:
    data = run.parent / "one.txt"
    before = data.read_text(encoding="utf-8")
    data.write_text("x' = -3*x @ x=2; T=4\n", encoding="utf-8")
    words = [w for spec in SPECS for w in ("-r", spec)]
    code, _, err = said(capsys, "compare", *words, "--data", data, "--budget", "tiny", "--out", run, "--resume")
    data.write_text(before, encoding="utf-8")
    assert code == 2 and "are not those that" in err


def test_a_damaged_part_is_told_in_one_line(capsys: pytest.CaptureFixture[str], run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    (part,) = (copy / "parts").glob("infix*.edits.parquet")
    part.write_bytes(part.read_bytes()[:100])
    code, _, err = said(capsys, "report", copy)
    assert code == 2 and err.count("\n") == 1 and "go on with --resume" in err


def test_one_representation_has_one_color_in_all_figures(run: Path, tmp_path: Path) -> None:
    """Of three representations the first has no training yet: the others keep their colors."""
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    for path in (copy / "parts").glob("prefix*training.json"):
        path.unlink()
    rebuild(copy)
    html = (copy / "report.html").read_text(encoding="utf-8")
    specs = [
        json.loads(found) for found in re.findall(r'<script type="application/json" class="spec">(.*?)</script>', html, re.S)
    ]
    scales = [scale for spec in specs for scale in _scales(spec)]
    ours = [dict(zip(s["domain"], s["range"], strict=False))["infix | chars"] for s in scales if "infix | chars" in s["domain"]]
    assert len(ours) > 5 and len({c for c in ours if c.startswith("#")}) == 1


def _scales(spec: object) -> list[dict[str, list[str]]]:
    if isinstance(spec, list):
        return [s for part in spec for s in _scales(part)]
    if not isinstance(spec, dict):
        return []
    color = spec.get("color")
    own = (
        [color["scale"]]
        if isinstance(color, dict) and isinstance(color.get("scale"), dict) and "domain" in color["scale"]
        else []
    )
    return own + [s for part in spec.values() for s in _scales(part)]
