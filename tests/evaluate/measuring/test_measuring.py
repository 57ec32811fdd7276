"""A run of κ alone: its folder and page, and when it is taken up again."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kappabar.cli import main
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.compare.run_data import EXPRESSIONS
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.catalog import EDITS
from kappabar.evaluate.events import Started
from kappabar.evaluate.kappa.corpus import Recipe
from kappabar.evaluate.kappa.kappa import Kappa
from kappabar.evaluate.kappa.unfinished import Unfinished
from kappabar.evaluate.measuring import run as module
from kappabar.evaluate.measuring.measured import Measured
from kappabar.evaluate.measuring.plan import GROWING, HARMLESS, KappaPlan
from kappabar.evaluate.report import kappa_page
from kappabar.evaluate.results.files import read_json, slug, write_json
from kappabar.evaluate.results.origin import MADE
from kappabar.evaluate.results.trees import read_systems, write_systems
from kappabar.evaluate.results.versions import versions
from kappabar.grammars.errors import OutputError, RunError, SpecError
from kappabar.grammars.operators import BUILT_IN
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import representation

SPECS = ["prefix | digits:2", "infix | chars", "prefix | xval"]
DATA = "x' = -0.5*x @ x=2; T=4\nno system\nx' = y; y' = -9.81*sin(x) @ x=1, y=0; T=5\nx' = 1 - x @ x=0; T=3\n"
FEW: dict[str, Any] = {"edits_per_expression": 40}
OTHER: dict[str, Any] = {
    "domain": "map", "metric": "attractor", "edits": "tree", "edits_per_expression": 41, "invalid": "zero", "seed": 1,
    "rtol": 1e-9, "atol": 1e-9, "box": 1e9, "max_step": 0.5, "max_steps": 1000,
}  # fmt: skip
"""Of each argument that a number depends on another value."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "mine.txt"
    path.write_text(DATA, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(data: Path) -> Path:
    """A finished run, to be read."""
    kappa(SPECS, str(data), out=data.parent / "run", **FEW)
    return data.parent / "run"


@pytest.fixture
def copied(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "copy"))


def contents(folder: Path) -> dict[str, bytes]:
    """All but figures as PDF: their library writes a figure's parts in any order."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.suffix != ".pdf"}


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(w) for w in words])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_a_folder_holds_what_a_comparisons_holds(run: Path, data: Path) -> None:
    files = set(contents(run))
    assert {"run.json", "summary.csv", "summary.parquet", "summary.md", "summary.tex", "report.html", "kappa.json",
            "edits.parquet", "tokens.parquet", "figures/kappa-distributions.svg"} <= files  # fmt: skip
    header = read_json(run / "run.json")
    assert header["command"] == "kappa" and header["arguments"]["representations"] == SPECS and header["n_systems"] == 3
    assert "no system" not in header["repeat"] and header["skipped"][0]["stage"] == "reading"
    found: Any = report(run)
    assert isinstance(found, Measured) and [r["representation"] for r in found.to_frame().to_dicts()] == SPECS
    assert set(found.as_dict()) == {"run", "rows", "skipped", "unfinished"} and not found.unfinished
    assert not [c for c in found.to_frame().columns if "quality" in c or "sample" in c or c in ("bits", "flops", "seeds")]


def test_the_command_of_a_run_repeats_it(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shlex

    header = read_json(run / "run.json")
    code, out, _ = said(capsys, *shlex.split(header["repeat"])[1:], "--out", tmp_path / "again", "--quiet")
    assert code == 0 and f"report: {tmp_path / 'again' / 'report.html'}" in out
    assert contents(tmp_path / "again") == contents(run)


def test_what_a_folder_gives_is_what_was_measured(run: Path, data: Path) -> None:
    alone = kappa(SPECS, str(data), **FEW)
    assert isinstance(alone, list) and alone[2].coefficient is not None
    assert json.loads((run / "kappa.json").read_text("utf-8")) == json.loads(json.dumps([k.as_dict() for k in alone]))


def test_the_page_speaks_of_no_model(run: Path) -> None:
    page = (run / "report.html").read_text("utf-8")
    text = re.sub(r"<(script|style|svg).*?</\1>", "", page, flags=re.S)
    ids = set(re.findall(r'<section id="([\w-]+)"', text))
    assert {"verdict", "table", "kappa-distributions", "breakdown", "validity", "skipped", "method"} <= ids
    assert not ids & {"kappa-quality", "curve", "training", "tolerance", "written"}
    assert "no model was trained" in text and "Budget" not in text and "<strong>Q.</strong>" not in text
    assert "semantic quality" not in text and "No rank correlation" not in text and "next-token" not in text
    assert sorted(re.findall(r'<li><a href="#([\w-]+)"', text)) == sorted(ids)


def test_a_page_is_built_again_to_the_same_bytes(copied: Path, run: Path) -> None:
    for path in copied.iterdir():
        if path.is_dir() and path.name != "parts":
            shutil.rmtree(path)
        elif path.is_file() and path.name != "run.json":
            path.unlink()
    report(copied)
    assert contents(copied) == contents(run)


class Killed:
    """Ends the run when a stage begins; tells which began."""

    def __init__(self, stage: str = "") -> None:
        self.stage, self.begun = stage, list[str]()

    def __call__(self, event: object) -> None:
        if isinstance(event, Started):
            self.begun.append(event.stage)
            if event.stage == self.stage:
                raise KeyboardInterrupt


def test_a_killed_run_goes_on_to_the_same_bytes(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        kappa(SPECS, str(data), out=folder, listen=Killed(f"κ of {SPECS[1]}"), **FEW)
    code, out, _ = said(capsys, "report", folder)
    assert code == 0 and f"not finished: {', '.join(SPECS[1:])}; go on with: kappabar kappa" in out
    assert "the run is not finished" in (folder / "report.html").read_text("utf-8")
    with pytest.raises(OutputError, match="--resume"):
        kappa(SPECS, str(data), out=folder, **FEW)
    heard = Killed()
    kappa(SPECS, str(data), out=folder, resume=True, listen=heard, **FEW)
    assert f"κ of {SPECS[0]}" not in heard.begun and f"κ of {SPECS[1]}" in heard.begun
    assert contents(folder) == contents(run)


def test_a_run_killed_within_a_representation_goes_on_within_it(
    run: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, seen = tmp_path / "run", list[str]()
    monkeypatch.setattr(module, "Unfinished", partial(Unfinished, size=1))

    def measured(recipe: Recipe, systems: Any, *_: Any) -> Any:
        for item in recipe.measured(systems):
            seen.append(item.name)
            if stop and len(seen) == 2:
                raise KeyboardInterrupt
            yield item

    monkeypatch.setattr("kappabar.evaluate.kappa.unfinished.measure_each", measured)
    stop = True
    with pytest.raises(KeyboardInterrupt):
        kappa(SPECS, str(data), out=folder, **FEW)
    assert [p.name for p in (folder / "unfinished" / slug(SPECS[0])).iterdir()] == ["0"]
    assert not list((folder / "parts").glob("*.json"))
    stop = False
    seen.clear()
    kappa(SPECS, str(data), out=folder, resume=True, **FEW)
    assert len(seen) == 3 * len(SPECS) - 1
    assert contents(folder) == contents(run)


def test_what_a_finished_part_left_unfinished_goes(copied: Path, data: Path) -> None:
    """As where a run is killed between the two."""
    (copied / "unfinished" / slug(SPECS[0]) / "0").mkdir(parents=True)
    kappa(SPECS, str(data), out=copied, resume=True, **FEW)
    assert not (copied / "unfinished").exists()


def test_more_representations_join_a_finished_run(run: Path, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    kappa(SPECS[1:2], str(data), out=folder, **FEW)
    found = kappa(SPECS, str(data), out=folder, resume=True, **FEW)
    assert isinstance(found, list) and [k.representation for k in found] == SPECS
    assert contents(folder) == contents(run)


def test_every_argument_of_a_run_is_one_or_the_other(run: Path) -> None:
    header = read_json(run / "run.json")
    assert {*OTHER, *GROWING, *HARMLESS} == set(header["arguments"])
    assert KappaPlan.from_dict(header["arguments"], "run.json").as_dict() == header["arguments"]


@pytest.mark.parametrize("name", OTHER)
def test_another_value_of_what_changes_a_number_is_refused(name: str, copied: Path, tmp_path: Path, data: Path) -> None:
    before = contents(copied)
    text = "x[n+1] = x/2 @ x=1; T=5\n" if name == "domain" else DATA
    (tmp_path / "mine.txt").write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match=rf"other arguments: {name} is .* there and .* here; repeat those") as caught:
        kappa(SPECS, str(tmp_path / "mine.txt"), out=copied, resume=True, accept_version=True, **FEW | {name: OTHER[name]})
    assert "\n" not in str(caught.value) and contents(copied) == before


def test_fewer_representations_are_refused(copied: Path, data: Path) -> None:
    with pytest.raises(OutputError, match=r"also measures 'infix \| chars', 'prefix \| xval'"):
        kappa(SPECS[:1], str(data), out=copied, resume=True, **FEW)


@pytest.mark.parametrize("text", [DATA.replace("0.5", "0.6"), DATA + "x' = -3*x @ x=1; T=2\n"])
def test_other_expressions_are_refused(text: str, copied: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match=r"are not those that .* was begun with"):
        kappa(SPECS, str(tmp_path / "mine.txt"), out=copied, resume=True, **FEW)


def test_expressions_of_another_run_in_the_folder_are_told(copied: Path, run: Path, data: Path, tmp_path: Path) -> None:
    kept = copied / EXPRESSIONS
    write_systems(kept, [replace(s, t_end=1.0) for s in read_systems(kept, BUILT_IN) or ()])
    with pytest.raises(
        OutputError, match=r"expressions\.safetensors is of another run; delete it, and go on with --resume"
    ) as caught:
        kappa(SPECS, str(data), out=copied, resume=True, **FEW)
    assert "\n" not in str(caught.value)
    kept.unlink()
    kappa(SPECS, str(data), out=copied, resume=True, **FEW)
    assert contents(copied) == contents(run)


@pytest.mark.parametrize(("file", "text"), [("mine.txt", DATA), ("renamed.txt", DATA), ("mine.txt", "# once more\n\n" + DATA)])
def test_what_changes_no_number_is_taken(file: str, text: str, copied: Path, run: Path, tmp_path: Path) -> None:
    """Where the file lies, what it is called, which lines its expressions stand on: they keep the names that they had."""
    (tmp_path / file).write_text(text, encoding="utf-8")
    kappa(SPECS, str(tmp_path / file), out=copied, resume=True, jobs=2, **FEW)
    named = ("run.json", "report.html", "kappa.json")  # which say where the file is
    same = {name: text for name, text in contents(copied).items() if name not in named}
    assert same.items() <= contents(run).items()


def test_other_versions_are_refused_until_they_are_accepted(
    copied: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = versions()
    monkeypatch.setattr(module, "versions", lambda parts=(): now | {"kappabar": "9"})
    words = [w for spec in SPECS for w in ("-r", spec)]
    words += ["--data", str(data), "--edits-per-expression", "40", "--out", str(copied), "--resume", "--quiet"]
    code, _, err = said(capsys, "kappa", *words)
    refusal = err.splitlines()[-1]
    assert code == 2 and "other versions: kappabar" in refusal and "--accept-version" in refusal
    assert said(capsys, "kappa", *words, "--accept-version")[0] == 0
    header = read_json(copied / "run.json")
    assert header["versions"]["kappabar"] == "9" and header["earlier_versions"] == [now]
    assert "Begun or gone on with: kappabar" in (copied / "report.html").read_text("utf-8")


def test_a_new_part_of_ones_own_is_no_other_version(copied: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = versions()

    def with_own(parts: Any = ()) -> dict[str, str]:
        return now | ({"mine": "1"} if "tree | digits:3" in parts else {})

    monkeypatch.setattr(module, "versions", with_own)
    kappa([*SPECS, "tree"], str(data), out=copied, resume=True, **FEW)
    assert read_json(copied / "run.json")["versions"] == now | {"mine": "1"}


def test_a_folder_of_another_command_is_told(copied: Path, data: Path) -> None:
    header = read_json(copied / "run.json")
    write_json(copied / "run.json", header | {"command": "compare"})
    with pytest.raises(OutputError, match="holds a run of kappabar compare"):
        kappa(SPECS, str(data), out=copied, resume=True, **FEW)
    with pytest.raises(OutputError, match="--resume needs --out"):
        kappa(SPECS, str(data), resume=True)


@pytest.mark.parametrize("changed", [{"arguments": []}, {"arguments": {"seed": "x"}}, {"data": [1]}, {"repeat": None}])
def test_a_damaged_header_is_told_in_one_line(changed: dict[str, Any], copied: Path) -> None:
    header = read_json(copied / "run.json")
    write_json(copied / "run.json", header | changed)
    with pytest.raises(OutputError, match="is damaged") as caught:
        report(copied)
    assert "\n" not in str(caught.value)


def test_a_page_imports_nothing_that_the_run_names(copied: Path) -> None:
    header = read_json(copied / "run.json")
    header["arguments"] |= {"edits": "evil_part:Object", "domain": "evil_part:Object", "metric": "evil_part:Object"}
    write_json(copied / "run.json", header)
    for path in (copied / "parts").glob("*.kappa.json"):
        write_json(path, {name: value for name, value in read_json(path).items() if name != MADE})
    report(copied)
    assert "edits of the user&#39;s own" in (copied / "report.html").read_text("utf-8")


def test_where_nothing_can_be_measured_there_is_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("x' = 1/x @ x=0; T=4\n", encoding="utf-8")
    with pytest.raises(RunError, match="nothing could be measured"):
        kappa(SPECS, str(path), out=tmp_path / "run", **FEW)
    assert not (tmp_path / "run").exists()


def test_what_cannot_be_measured_under_one_is_in_the_table(tmp_path: Path) -> None:
    """A representation that writes none of the expressions stands beside one that does."""
    path = tmp_path / "mine.txt"
    path.write_text("x' = sin(x) @ x=1; T=4\n", encoding="utf-8")
    kappa(["terms", "prefix"], str(path), out=tmp_path / "run", **FEW)
    found: Any = report(tmp_path / "run")
    assert found.rows[0]["note"] == "nothing could be measured" and not found.unfinished
    assert [skip["stage"] for skip in found.skipped] == ["κ of terms | digits:3"]


def test_expressions_given_in_python_are_kept_by_what_they_are(tmp_path: Path) -> None:
    systems = [parse("x' = -0.5*x @ x=2; T=4"), parse("x' = 1 - x @ x=0; T=3")]
    first = kappa("prefix", systems, out=tmp_path / "run", **FEW)
    assert isinstance(first, Kappa) and len({m.name for m in first.measured}) == 2
    kappa(["prefix", "tree"], systems, out=tmp_path / "run", resume=True, **FEW)
    header = read_json(tmp_path / "run" / "run.json")
    assert header["data"] == [{"source": "given:2"}]
    assert [s.tree for s in read_systems(tmp_path / "run" / EXPRESSIONS, BUILT_IN) or ()] == [s.tree for s in systems]
    with pytest.raises(OutputError, match="are not those"):
        kappa(["prefix", "tree"], systems[:1], out=tmp_path / "run", resume=True, **FEW)


def test_parts_given_as_objects_stand_for_their_names(data: Path, tmp_path: Path) -> None:
    made = representation(SPECS[0])
    first = kappa(made, data, domain=domain("ode"), out=tmp_path / "run", **FEW)
    second = kappa(SPECS[0], str(data), out=tmp_path / "run", resume=True, **FEW)
    assert isinstance(first, Kappa) and isinstance(second, Kappa) and first.as_dict() == second.as_dict()
    nameless = replace(domain("ode"))
    with pytest.raises(SpecError, match="found again by its name"):
        kappa(SPECS[0], data, domain=nameless, out=tmp_path / "other", **FEW)
    assert not (tmp_path / "other").exists()


def test_natural_edits_have_a_table_of_their_own(data: Path, tmp_path: Path) -> None:
    kappa("infix | chars", str(data), edits="natural", out=tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert '<section id="ways">' in page and page.count("The same text, written in other ways") == 2
    assert '<section id="breakdown">' not in page and '<section id="heat-map">' not in page
    assert {"robustness.csv", "rewritings.parquet"} <= set(contents(tmp_path / "run"))


def test_a_representation_in_a_frame_of_its_own_is_shown_in_it(data: Path, tmp_path: Path) -> None:
    kappa("nondim | prefix", str(data), out=tmp_path / "run", **FEW)
    assert '<section id="heat-map">' in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_every_kind_of_edits_has_words() -> None:
    assert set(kappa_page.EDITS) == set(EDITS)


def test_a_plan_writes_the_options_that_it_was_made_of() -> None:
    from kappabar.evaluate.semantics.base import Solver

    plan = KappaPlan(
        representations=("tree",), data=("bank",), domain="ode", metric="bounded-l2", edits="token", edits_per_expression=None,
        invalid="zero", seed=3, strict=True, solver=Solver(rtol=1e-8),
    )  # fmt: skip
    assert plan.command() == (
        "kappabar kappa -r tree --data bank --edits token --edits-per-expression 0 --domain ode --metric bounded-l2 "
        "--invalid zero --seed 3 --rtol 1e-08 --strict"
    )
