"""The registry for people: nothing is left out of the list, and the page of the documentation says every measure once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kappabar.cli.listing import listing
from kappabar.evaluate.tables.catalog import TABLES
from kappabar.evaluate.tables.reference import endings, markdown
from kappabar.evaluate.tables.summary import SUMMARY


def test_the_list_has_every_column_and_what_it_is() -> None:
    rows = listing("columns")
    assert [(r["table"], r["name"]) for r in rows] == [(t.name, c.name) for t in TABLES for c in t]
    assert all(r["what"] and r["type"] for r in rows) and len({tuple(r) for r in rows}) == 1
    kappa = next(r for r in rows if r["name"] == "kappa_mean")
    assert (kappa["type"], kappa["unit"], kappa["interval"]) == ("number", "distance", "over expressions")
    json.dumps(rows)


def test_the_page_says_every_measure_once() -> None:
    text = markdown()
    sections = dict(zip(re.findall(r"(?m)^## (.+)$", text), re.split(r"(?m)^## .+$", text)[1:], strict=True))
    assert list(sections) == [t.name for t in TABLES]
    first = sections[SUMMARY.name]
    for name in ("kappa@16", "quality", "removed_constrained", "n_items_new_skeleton", "nearest_within_0.1", "note"):
        assert first.count(f"| `{name}`") == 1
    assert "| `quality` (also constrained and by split) |" in first and "`quality_new_form`" not in first
    assert "| `distinct` (also by split) |" in first and "| `coupling` |" in first
    assert "`quality_constrained_new_form_low`" in endings() and "quality_constrained_new_form_low" in SUMMARY.stored
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 7 for line in text.splitlines() if line.startswith("|"))


@pytest.mark.parametrize("mark", ["<!-- endings -->", "<!-- tables -->"])
def test_the_documentation_has_a_place_for_it(mark: str) -> None:
    page = Path(__file__).parents[3] / "docs" / "columns.md"
    if not page.is_file():
        pytest.skip("runs outside the checkout")
    assert page.read_text("utf-8").count(mark) == 1
