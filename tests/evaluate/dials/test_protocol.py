"""A protocol: what a file has to say, and what a page makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kappabar import compare
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.dials import run as module
from kappabar.evaluate.dials.catalog import KINDS
from kappabar.evaluate.dials.protocol import FILE, SHAPE, lines, own_protocol, protocol_of, read_protocol, told
from kappabar.evaluate.dials.region.plan import RegionDial
from kappabar.evaluate.dials.run import Dialed
from kappabar.evaluate.study.plan import STUDIES
from kappabar.evaluate.tables.catalog import TABLES
from kappabar.grammars.errors import OutputError

TEXT = """
study = "dial:region"
claim = "sample efficiency"
hypothesis = "slope < 0"
predictor = "κ(s) of prefix | digits:3"
target = "normalized q"
interest = 0.02
trainings = 2
budget = "tiny"
seed = 3
stopping = "when all trainings are there"
against = "an interval above 0"
corrections = "none"

[pilots]
seeds = "1000 to 1002"
spread = 0.05
command = "kappabar compare --seed 1000"

[power]
supported = 0.9
nothing = 0.85
command = "python benchmarks/dial_region_power.py"
"""
HEADER = {"study": "dial:region", "arguments": {"budget": "tiny", "seed": 3}}
ROWS = [{"draw": draw, "status": "ok"} for draw in (0, 0, 1)]


@pytest.mark.parametrize("name", KINDS)
def test_a_protocol_that_is_there_is_one_of_its_study(name: str) -> None:
    """It says all that one says, is of this study, and its number of trainings is the one that the command has."""
    text, plan = own_protocol(KINDS[name].package), STUDIES[name].plan({})
    if text is not None:
        planned = KINDS[name].trainings(plan)
        rows = [{"draw": draw, "status": "ok"} for draw in range(planned)]
        assert told(lines(read_protocol(text, name), {"study": name, "arguments": plan.as_dict()}, planned, rows)) == []
    assert KINDS[name].package.endswith(name.partition(":")[2])


@pytest.mark.parametrize("name", KINDS)
def test_the_protocol_that_is_read_is_the_one_that_runs(name: str) -> None:
    """In the documentation, where there is one: before there are tables beside it."""
    read = Path(__file__).parents[3] / "docs" / "studies" / name.replace(":", "-") / FILE
    assert (read.read_text(encoding="utf-8") if read.is_file() else None) == own_protocol(KINDS[name].package)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (TEXT.replace("trainings = 2", "trainings = 'many'"), "trainings is no whole number"),
        (TEXT.replace('against = "an interval above 0"', ""), "against"),
        (TEXT.replace("nothing = 0.85", "nothing = 0.79"), "power is under 0.8"),
        (TEXT.replace("seed = 3", "seed = 3\nlooks = 2"), "'looks' is nothing that one says"),
        ("study = ", "is no protocol"),
        ("\0", "is no protocol"),
    ],
)
def test_what_is_no_protocol_is_told_in_a_line(wrong: str, words: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(wrong, encoding="utf-8")
    with pytest.raises(OutputError, match=words) as caught:
        protocol_of(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_run_that_keeps_to_it_has_nothing_told() -> None:
    found = lines(read_protocol(TEXT, "it"), HEADER, 2, ROWS)
    assert told(found) == [] and len(found) == len(SHAPE)
    assert [(one.said, one.done) for one in found if one.name in ("trainings", "budget")] == [("2", "2"), ("tiny", "tiny")]


@pytest.mark.parametrize(
    ("header", "planned", "rows", "words"),
    [
        (HEADER | {"arguments": {"budget": "quick", "seed": 3}}, 2, ROWS, "budget: tiny, here quick"),
        (HEADER | {"arguments": {"budget": "tiny", "seed": 4}}, 2, ROWS, "seed: 3, here 4"),
        (HEADER, 3, ROWS, "trainings: 2, here 3, of which 2 have a quality"),
        (HEADER, 2, [*ROWS[:2], {"draw": 1, "status": "stopped"}], "trainings: 2, here 2, of which 1 have a quality"),
        (HEADER | {"study": "dial:code"}, 2, ROWS, "study: dial:region, here dial:code"),
    ],
)
def test_a_run_that_does_not_is_told(header: dict[str, Any], planned: int, rows: list[dict[str, Any]], words: str) -> None:
    assert words in told(lines(read_protocol(TEXT, "it"), header, planned, rows))[0]


def test_a_run_keeps_its_protocol_and_goes_on_under_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = RegionDial(
        name="dial:region", title="Small", domains=("function",), representations=("prefix",), seeds=2, budget="tiny"
    )
    monkeypatch.setitem(STUDIES, small.name, small)
    folder = tmp_path / "run"
    monkeypatch.setattr(module, "own_protocol", lambda package: TEXT)
    done = compare(study=small.name, out=folder, seed=3)
    page = (folder / "index.md").read_text(encoding="utf-8")
    assert isinstance(done, Dialed) and (folder / FILE).read_text(encoding="utf-8") == TEXT
    assert "## Protocol" in page and "| predictor | κ(s) of prefix \\| digits:3 |  |" in page
    assert not any("protocol" in one for one in done.document["sentences"])
    monkeypatch.setattr(module, "own_protocol", lambda package: TEXT.replace("0.05", "0.06"))
    with pytest.raises(OutputError, match="holds another study"):
        compare(study=small.name, out=folder, seed=3, resume=True)
    (folder / FILE).unlink()
    again = report(folder)
    assert isinstance(again, Dialed) and again.lines()[0].startswith("No protocol is committed for this study")


def test_every_study_has_its_table_among_all_tables() -> None:
    """What is in no list is in no documentation, and its columns are checked by nothing."""
    assert {kind.table.name for kind in KINDS.values()} <= {table.name for table in TABLES}
