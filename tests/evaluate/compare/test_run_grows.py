"""A finished comparison that gets another representation, and another training of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.commands.compare import compare

SAME = ("run.json", "summary.csv", "summary.md", "verdict.json", "report.html")
SPECS = ["prefix | digits:2", "infix | chars"]


@pytest.mark.slow
def test_a_comparison_grows_to_what_it_would_have_been(tiny_run: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"data": str(tiny_run.parent / "one.txt"), "budget": "tiny", "out": tmp_path / "run"}
    compare(SPECS[1:], **options)
    compare(SPECS, **options, resume=True)
    assert [(tmp_path / "run" / n).read_bytes() for n in SAME] == [(tiny_run / n).read_bytes() for n in SAME]
    parts = {p: p.read_bytes() for p in (tmp_path / "run" / "parts").iterdir()}
    grown = compare(SPECS, **options, seeds=2, resume=True)
    assert [row["seeds"] for row in grown.rows] == [2, 2] and not grown.unfinished
    assert {p: p.read_bytes() for p in parts} == parts
