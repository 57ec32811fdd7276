"""`merge`: several runs made one, to the bytes of one run of all; what is no part of one run is told in one line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kappabar.cli import main
from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.commands.merge import merge
from kappabar.evaluate.measuring import run as measuring
from kappabar.evaluate.results.files import read_json, slug, write_json
from kappabar.evaluate.results.versions import joint, versions
from kappabar.grammars.errors import OutputError

SPECS = ["prefix | digits:2", "infix | chars", "prefix | xval"]
DATA = "x' = -0.5*x @ x=2; T=4\nno system\nx' = y; y' = -9.81*sin(x) @ x=1, y=0; T=5\n"
FEW: dict[str, Any] = {"edits_per_expression": 40}


def contents(folder: Path) -> dict[str, bytes]:
    """All but figures as PDF: their library writes a figure's parts in any order."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.suffix != ".pdf"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of all representations and two of some; to be read."""
    root = tmp_path_factory.mktemp("merge")
    (root / "mine.txt").write_text(DATA, encoding="utf-8")
    for name, specs in {"all": SPECS, "one": SPECS[:1], "two": SPECS[1:], "over": SPECS[:2]}.items():
        kappa(specs, str(root / "mine.txt"), out=root / name, **FEW)
    return root


@pytest.fixture
def unpaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages take nearly all the time: there are none, where it is of something else."""
    monkeypatch.setattr("kappabar.evaluate.commands.report.write_kappa_page", lambda result: None)


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    for name in ("one", "two"):
        shutil.copytree(made / name, tmp_path / name)
    shutil.copyfile(made / "mine.txt", tmp_path / "mine.txt")
    return tmp_path


def refused(one: Path, two: Path, out: Path) -> str:
    before = contents(one), contents(two)
    with pytest.raises(OutputError) as caught:
        merge([one, two], out)
    assert not out.exists() and (contents(one), contents(two)) == before and "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("names", [("one", "two"), ("over", "two"), ("one", "over", "two")])
def test_runs_of_kappa_become_what_one_run_leaves(names: tuple[str, ...], made: Path, tmp_path: Path) -> None:
    before = {name: contents(made / name) for name in names}
    found = merge([made / name for name in names], tmp_path / "new")
    assert [row["representation"] for row in found.rows] == SPECS and not found.unfinished
    assert contents(tmp_path / "new") == contents(made / "all")
    assert {name: contents(made / name) for name in names} == before


def test_the_command_merges_and_shows_it(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["merge", str(made / "one"), str(made / "two"), "--out", str(tmp_path / "new")])
    out = capsys.readouterr().out
    assert not ended.value.code and SPECS[2] in out and f"report: {tmp_path / 'new' / 'report.html'}" in out


def test_an_unfinished_run_is_merged_and_goes_on(made: Path, copied: Path) -> None:
    for path in (copied / "two" / "parts").glob(f"{slug(SPECS[2])}.kappa.json"):
        path.unlink()  # as where it is killed before its last file
    found = merge([copied / "one", copied / "two"], copied / "new")
    assert list(found.unfinished) == SPECS[2:] and not list((copied / "new" / "parts").glob(f"{slug(SPECS[2])}.*"))
    kappa(SPECS, str(made / "mine.txt"), out=copied / "new", resume=True, **FEW)
    assert contents(copied / "new") == contents(made / "all")


@pytest.mark.usefixtures("unpaged")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"edits_per_expression": 41}, "edits_per_expression is 41 there and 40 here"),
        ({"seed": 1}, "seed is 1 there and 0 here"),
        ({"rtol": 1e-9}, "rtol is 1e-09 there"),
        ({"metric": "attractor"}, 'metric is "attractor" there'),
    ],
)
def test_another_option_is_named(changed: dict[str, Any], words: str, copied: Path) -> None:
    kappa(SPECS[1], str(copied / "mine.txt"), out=copied / "other", **FEW | changed)
    told = refused(copied / "one", copied / "other", copied / "new")
    assert words in told and f"{copied / 'other'} was measured by other options than {copied / 'one'}" in told


@pytest.mark.usefixtures("unpaged")
def test_other_expressions_and_other_names_of_them_are_told(copied: Path) -> None:
    for name, text in {"more.txt": DATA + "x' = -3*x @ x=1; T=2\n", "renamed.txt": DATA}.items():
        (copied / name).write_text(text, encoding="utf-8")
        kappa(SPECS[1], str(copied / name), out=copied / name.partition(".")[0], **FEW)
    told = refused(copied / "one", copied / "more", copied / "new")
    assert f"the expressions of {copied / 'more.txt'} in {copied / 'more'} are not those of" in told
    assert "calls the expressions of" in refused(copied / "one", copied / "renamed", copied / "new")


@pytest.mark.usefixtures("unpaged")
def test_other_versions_are_told(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = versions()
    monkeypatch.setattr(measuring, "versions", lambda parts=(): now | {"numpy": "9", "polars": "9"})
    kappa(SPECS[1], str(copied / "mine.txt"), out=copied / "other", **FEW)
    told = refused(copied / "one", copied / "other", copied / "new")
    assert "are of different versions: numpy 9 there" in told and "polars" not in told


@pytest.mark.usefixtures("unpaged")
def test_what_no_number_depends_on_may_differ_and_is_recorded(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = versions()
    monkeypatch.setattr(measuring, "versions", lambda parts=(): now | {"polars": "9"})
    kappa(SPECS[1:], str(copied / "mine.txt"), out=copied / "other", strict=False, **FEW)
    merge([copied / "one", copied / "other"], copied / "new")
    header = read_json(copied / "new" / "run.json")
    assert header["versions"] == now and header["earlier_versions"] == [now | {"polars": "9"}]


def test_a_part_of_ones_own_in_one_of_them_is_no_other_version() -> None:
    runs = [("a", {"versions": {"kappabar": "1", "zebra": "2"}}), ("b", {"versions": {"kappabar": "1", "mine": "3"}})]
    found = joint(runs)
    assert found == {"versions": {"kappabar": "1", "mine": "3", "zebra": "2"}}
    assert list(found["versions"]) == ["kappabar", "mine", "zebra"]


@pytest.mark.usefixtures("unpaged")
def test_parts_measured_with_a_module_less_are_said_to_be_of_all(
    made: Path, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = versions()
    monkeypatch.setattr(measuring, "versions", lambda parts=(): now | ({"mine": "1"} if SPECS[1] in parts else {}))
    kappa(SPECS, str(copied / "mine.txt"), out=copied / "whole", **FEW)
    kappa(SPECS[1:], str(copied / "mine.txt"), out=copied / "other", **FEW)
    kappa(SPECS[:1], str(copied / "mine.txt"), out=copied / "plain", **FEW)
    merge([copied / "plain", copied / "other"], copied / "new")
    assert contents(copied / "new") == contents(copied / "whole")


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


ENDS = ("edits.parquet", "kappa.json", "writing.json", "explorer.json", "vocabulary.json")


@pytest.mark.parametrize("end", ENDS)
def test_a_damaged_part_is_copied_nowhere(end: str, copied: Path) -> None:
    path = copied / "two" / "parts" / f"{slug(SPECS[1])}.{end}"
    _flipped(path)
    assert str(path) in refused(copied / "one", copied / "two", copied / "new")
    path.unlink()
    if end != "kappa.json":  # without it the part is not finished
        assert f"{path} is missing" in refused(copied / "one", copied / "two", copied / "new")


def test_the_expressions_and_another_runs_part_are_checked(copied: Path) -> None:
    path = copied / "two" / "parts" / f"{slug(SPECS[1])}.kappa.json"
    document = read_json(path)
    write_json(path, document | {"made": document["made"] | {"run": "0" * 16}})
    assert "is of another run" in refused(copied / "one", copied / "two", copied / "new")
    write_json(path, document)
    for name in ("one", "two"):
        _flipped(copied / name / "parts" / "expressions.safetensors")
    assert "cannot read" in refused(copied / "one", copied / "two", copied / "new")


@pytest.mark.usefixtures("unpaged")
def test_two_measurements_of_one_part_that_differ_are_told(made: Path, copied: Path) -> None:
    path = copied / "one" / "parts" / f"{slug(SPECS[0])}.kappa.json"
    write_json(path, read_json(path) | {"notes": ["otherwise"]})
    told = refused(made / "over", copied / "one", copied / "new")
    assert f"{path} and {made / 'over' / 'parts' / path.name} are of one measurement and differ" in told


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        (["one"], "two run folders or more"),
        (["one", "one"], "two run folders or more"),
        (["one", "nowhere"], "is not there"),
        (["one", "mine.txt"], "is a file"),
        (["one", "empty"], "holds no run.json"),
    ],
)
def test_what_is_no_pair_of_runs_is_told(folders: list[str], words: str, copied: Path) -> None:
    (copied / "empty").mkdir()
    with pytest.raises(OutputError, match=words):
        merge([copied / name for name in folders], copied / "new")
    assert not (copied / "new").exists()


def test_where_it_goes_is_new_and_apart(copied: Path) -> None:
    for out in (copied / "two", copied / "one" / "new"):
        before = contents(copied)
        with pytest.raises(OutputError, match=r"not empty|is to stay as it is"):
            merge([copied / "one", copied / "two"], out)
        assert contents(copied) == before
    (copied / "away").mkdir()
    (copied / "one" / "learned").symlink_to(copied / "away", target_is_directory=True)
    with pytest.raises(OutputError, match="leads out"):
        merge([copied / "one", copied / "two"], copied / "new")


def test_runs_of_other_commands_are_told(copied: Path, tiny_run: Path) -> None:
    assert "holds a run of kappabar compare and" in refused(copied / "one", tiny_run, copied / "new")
    for name in ("one", "two"):
        header = read_json(copied / name / "run.json")
        write_json(copied / name / "run.json", header | {"command": "other"})
    assert "can be merged" in refused(copied / "one", copied / "two", copied / "new")


SAME = ("run.json", "summary.csv", "summary.md", "verdict.json", "report.html", "edits.parquet", "samples.parquet")


@pytest.mark.slow
def test_comparisons_become_what_one_run_leaves(tiny_run: Path, copied_run: Callable[[Path], Path], tmp_path: Path) -> None:
    """The tiny run, taken apart: what one run of each would have left, but for the time that trainings took."""
    specs = read_json(tiny_run / "run.json")["arguments"]["representations"]
    apart = []
    for i, spec in enumerate(specs):
        folder = copied_run(tmp_path / str(i))
        for path in folder.rglob(f"{slug(specs[1 - i])}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        header = read_json(folder / "run.json")
        one = str(tiny_run.parent / "one.txt")
        header["arguments"] |= {"representations": [spec], "data": [one]}
        write_json(folder / "run.json", header | {"data": [{"source": one}]})
        apart.append(folder)
    found = merge(apart, tmp_path / "new")
    assert not found.unfinished
    assert [(tmp_path / "new" / n).read_bytes() for n in SAME] == [(tiny_run / n).read_bytes() for n in SAME]
    there = {name: text for name, text in contents(tiny_run).items() if name.split("/")[0] in ("parts", "learned", "tokenizer")}
    assert there.items() <= contents(tmp_path / "new").items()
    assert {p.name for p in (tmp_path / "new" / "checkpoints").iterdir()} == {f"{slug(spec)}.0" for spec in specs}
    weights = next((apart[1] / "checkpoints").rglob("model.safetensors"))
    whole = weights.read_bytes()
    _flipped(weights)
    assert str(weights) in refused(apart[0], apart[1], tmp_path / "other")
    weights.write_bytes(whole)
    _flipped(next((apart[1] / "parts").glob("*.training.json")))
    said = refused(apart[0], apart[1], tmp_path / "other")
    assert "checksum" in said or "cannot read" in said  # as the byte in the middle is part of a word, or a quotation mark


@pytest.mark.slow
def test_a_comparison_with_more_seeds_joins_one_of_another_representation(tiny_run: Path, tmp_path: Path) -> None:
    specs = read_json(tiny_run / "run.json")["arguments"]["representations"]
    compare(specs[:1], str(tiny_run.parent / "one.txt"), budget="tiny", seeds=2, out=tmp_path / "two")
    found: Any = merge([tiny_run, tmp_path / "two"], tmp_path / "new")
    assert found.plan.seeds == 2 and list(found.unfinished) == specs[1:]
    assert [row["seeds"] for row in found.rows] == [2, 1]


def test_runs_in_rounds_are_told(copied_run: Callable[[Path], Path], tmp_path: Path) -> None:
    one, two = copied_run(tmp_path / "a"), copied_run(tmp_path / "b")
    header = read_json(two / "run.json")
    header["arguments"] |= {"rounds": 2}
    write_json(two / "run.json", header | {"rounds": 2})
    assert "goes in rounds" in refused(one, two, tmp_path / "new")
