"""The engine against SciPy on edits of pulsed and steep systems: the short form of the benchmark's comparison."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.mark.filterwarnings("ignore")
def test_no_behavior_is_far_from_scipys_and_none_is_called_divergent_that_stays(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "benchmarks" / "against_scipy.py"
    spec = importlib.util.spec_from_file_location("against_scipy", path)
    assert spec is not None and spec.loader is not None
    module = sys.modules["against_scipy"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    part = slice(5, 13)
    rows = module.run(80, part, tmp_path / "rows.jsonl")
    known = [row for row in rows if row["scipy"] == "agrees"]
    assert len(known) >= 0.5 * len(rows) > 0
    assert not [row for row in known if row["engine"] in ("diverged", "undefined")], module.report(rows)
    assert not [row for row in known if row["engine"] == "ok" and row["apart"] > module.AGREES], module.report(rows)
    assert len(module.run(80, part, tmp_path / "rows.jsonl")) == len(rows)  # nothing is done twice
