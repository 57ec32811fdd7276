"""Tables at the widths of real terminals: nothing is cut off, nothing left out; and progress that knows the best so far."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from kappabar.cli import progress
from kappabar.cli.fitted import PIPED, Fitted
from kappabar.cli.progress import _Best
from kappabar.evaluate.events import Advanced, Finished, Started

NUMBERS = ("tokens", "fidelity", "validity", "κ mean", "κ@4", "bits", "Q")


def _printed(table: Fitted, width: int, color: bool = False) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=color, no_color=not color, highlight=False).print(table)
    return out.getvalue().split("\n")


def _table(specs: list[str], note: str) -> Fitted:
    table = Fitted("representation", *NUMBERS, "note", right=NUMBERS)
    for i, spec in enumerate(specs):
        table.add_row(Text(spec), *(f"{i}.{j:03d} ±0.0{j}" for j in range(len(NUMBERS))), Text(note))
    return table


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@given(
    specs=st.lists(st.sampled_from(["tree", "prefix | digits:3 | repeat:3", "infix | chars | bpe:512"]), min_size=1, max_size=4)
)
def test_no_line_is_wider_than_the_terminal_and_no_number_is_missing(width: int, specs: list[str]) -> None:
    lines = _printed(_table(specs, "too few expressions"), width)
    assert max(map(cell_len, lines)) <= width
    text = "\n".join(lines)
    assert all(f"{i}.{j:03d} ±0.0{j}" in text for i in range(len(specs)) for j in range(len(NUMBERS)))
    assert all(name in text for name in NUMBERS)


def test_a_table_in_a_pipe_is_as_wide_as_a_page_and_nothing_is_missing() -> None:
    note = "a long note " * 30
    lines = _printed(_table(["tree", "infix | chars | bpe:512"], note.strip()), PIPED)
    assert 80 < max(map(cell_len, lines)) <= 120
    assert " ".join("\n".join(lines).split()).count("long") == 60
    assert all(f"{i}.{j:03d} ±0.0{j}" in "\n".join(lines) for i in range(2) for j in range(len(NUMBERS)))


def test_sentences_in_a_pipe_stay_whole() -> None:
    out = io.StringIO()
    Console(file=out, width=PIPED, highlight=False).print(Text("word " * 100))
    assert len(out.getvalue().strip().split("\n")) == 1


def test_each_part_of_a_table_names_its_rows() -> None:
    lines = _printed(_table(["tree"], ""), 40)
    heads = [line for line in lines if line.startswith("representation")]
    assert len(heads) > 2
    assert sum(line.startswith("tree") for line in lines) == len(heads)


def test_without_colors_there_are_none() -> None:
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", "\n".join(_printed(_table(["tree"], ""), 80)))


def test_progress_keeps_the_best_where_figures_compare() -> None:
    best = _Best()
    said = [best.of(Advanced("search", 1, f"mean {v}: {s}")) for v, s in ((0.5, "tree"), (0.4, "prefix"), (0.7, "rules"))]
    assert said == ["best mean 0.5: tree", "best mean 0.4: prefix", "best mean 0.4: prefix"]
    assert best.of(Advanced("training", 10, "12.3 bits")) == "12.3 bits"
    assert best.of(Advanced("search", 1, "tree: cannot be measured")) == "tree: cannot be measured"


def test_where_there_are_no_bars_lines_say_how_far_a_long_stage_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    with progress.progress(quiet=False) as listen:
        listen(Started("training", 100))
        for _ in range(10):
            now[0] += 3.0
            listen(Advanced("training", 7))
        listen(Finished("training"))
    assert capsys.readouterr().err.splitlines() == ["training (100)", "training: 28 of 100", "training: 56 of 100"]
