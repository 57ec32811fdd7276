"""Results at a prompt: one short line, and a table in a notebook."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path

import pytest

import kappabar
from kappabar.cli import terminal
from kappabar.evaluate.results.notebook import table_html
from kappabar.grammars.errors import SpecError

DECAY = "x' = -2*x @ x=1; T=3"


@cache
def results() -> list[object]:
    kappa = kappabar.kappa("prefix", [DECAY, "x' = x - x^3 @ x=0.1; T=9"], edits_per_expression=30)
    assert isinstance(kappa, kappabar.Kappa)
    return [
        kappa,
        kappabar.simulate(DECAY),
        kappabar.tokenize(DECAY, "prefix"),
        kappabar.lyapunov(DECAY),
        kappabar.sensitivities(DECAY),
        kappabar.nudge(DECAY),
        kappabar.profile(kappa, 0),
    ]


@pytest.mark.parametrize("which", range(7))
def test_a_result_is_one_short_line_and_a_table(which: int) -> None:
    result = results()[which]
    line = repr(result)
    assert line.startswith(f"{type(result).__name__}(") and "\n" not in line and len(line) < 300
    html = result._repr_html_()  # type: ignore[attr-defined]
    assert "<table" in html


def test_a_comparison_shows_what_the_terminal_does(tiny_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = kappabar.load(tiny_run)
    assert isinstance(result, kappabar.Comparison)
    html = result._repr_html_()
    terminal.show_comparison(result)
    out = capsys.readouterr().out
    heads, texts = (re.findall(f"<{cell}>(.*?)</{cell}>", html) for cell in ("th", "td"))
    assert heads[0] == "representation" and heads[-1] == "note" and len(texts) == len(heads) * len(result.rows)
    assert len(heads) < 20 < len(result.to_frame().columns)
    for text in [*heads, *(text for i, text in enumerate(texts, 1) if i % len(heads))]:  # notes are broken into lines
        assert unescape(text) in out


def test_what_a_table_holds_is_text() -> None:
    html = table_html(["a<b"], [["<script>\x1b"]], ["x & y"])
    assert "<th>a&lt;b</th>" in html and "<td>&lt;script&gt;\ufffd</td>" in html and html.endswith("<p>x &amp; y</p>")


def test_numbers_have_four_digits_and_their_interval() -> None:
    assert "mean=0." in repr(results()[0]) and " to " in repr(results()[0])


def test_edits_are_grouped_by_known_words_alone() -> None:
    kappa = results()[0]
    assert isinstance(kappa, kappabar.Kappa)
    assert set(kappa.by("kinds")) <= {"substitution", "insertion", "deletion"}
    for word in ("kind", "class", "", "tokens"):
        with pytest.raises(SpecError, match="kinds or by classes"):
            kappa.by(word)


def test_every_edit_is_a_row() -> None:
    kappa = results()[0]
    assert isinstance(kappa, kappabar.Kappa)
    frame = kappabar.edit_frame(kappa)
    assert frame.height == sum(len(m.kinds) for m in kappa.measured)
    assert {"representation", "expression", "kind", "position", "outcome", "distance"} <= set(frame.columns)
