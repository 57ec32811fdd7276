"""No name of anyone's does anything to a terminal."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

import kappabar
from kappabar.cli import main
from kappabar.cli.fitted import Fitted, console
from kappabar.cli.progress import progress
from kappabar.cli.show import note, show
from kappabar.evaluate.events import Skipped, Started
from kappabar.evaluate.explore.bundle import vega_bundle
from kappabar.evaluate.results.shown import escaped, shown, without_controls

HOSTILE = "a\x1b[31m\x1b]0;title\x07\x9b2J\x08\x7f\u202egol\u2066\u200b\ufeff\u2028b"


def _quiet(text: str) -> bool:
    """Whether nothing in it is a control character, or turns, hides or joins what is around."""
    return not {unicodedata.category(c) for c in text if c not in "\n\t\u200c\u200d"} & {"Cc", "Zl", "Zp"} and not set(
        text
    ) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff\xad")


@given(st.text(max_size=40))
def test_what_is_shown_is_quiet_and_as_long(text: str) -> None:
    assert _quiet(shown(text)) and len(shown(text)) == len(text) and shown(shown(text)) == shown(text)


@pytest.mark.parametrize("text", ["κ̄ ≤ 3 · ẋ²\n\tx", "naïve — “q”", "日本語", "می‌خواهم", "x\u00a0y"])
def test_words_stay_words(text: str) -> None:
    assert shown(text) == text


@given(st.text(max_size=40))
def test_json_says_the_same(text: str) -> None:
    document = {"name": text, text: [1]}
    written = escaped(json.dumps(document, ensure_ascii=False))
    assert json.loads(written) == document and _quiet(written)


def test_everything_printed_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    table = Fitted("name", "value")
    table.add_row(HOSTILE, Text(HOSTILE, style="bold"))
    console().print(table)
    console().print(Text(HOSTILE))
    console().print(HOSTILE, markup=False)
    note(HOSTILE)
    show({"name": HOSTILE}, True, lambda: None)
    with progress(False) as listen:
        listen(Started(HOSTILE, 1))
        listen(Skipped(HOSTILE, HOSTILE, HOSTILE))
    with pytest.raises(SystemExit):
        main(["report", HOSTILE])
    out, err = capsys.readouterr()
    assert _quiet(out) and _quiet(err) and out.count("gol") == 5 and err.count("gol") >= 5


def test_a_page_is_quiet_whatever_names_its_data_have(tmp_path: Path) -> None:
    """The page and the figures of a run over expressions of such names, from a file of such a name."""
    data = tmp_path / "\x1b[2Jdata.txt"
    data.write_text("x' = -x @ x=1; T=2\nx' = \x1b[31m y @ x=1; T=2\n", encoding="utf-8")
    hostile = replace(kappabar.parse("x' = y; y' = -x @ x=1, y=0; T=2"), name=HOSTILE, names=(HOSTILE, "y"))
    folder = tmp_path / "run [1]*"  # a path, no pattern of paths
    kappabar.kappa(["prefix"], data=[hostile, data], edits_per_expression=10, out=folder)
    for path in (folder / "report.html", *(folder / "figures").glob("*.svg"), folder / "summary.md", folder / "summary.csv"):
        text = path.read_text(encoding="utf-8")
        assert not [c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\t"], path
    assert "data.txt" in (folder / "report.html").read_text(encoding="utf-8")


def test_the_charting_library_has_nothing_that_a_page_would_lose() -> None:
    assert without_controls(vega_bundle()) == vega_bundle()
