"""The engine against SciPy on edits of pulsed and steep systems: the short form of the benchmark's comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar.grammars.text.parse import parse


@pytest.mark.filterwarnings("ignore")
def test_no_behavior_is_far_from_scipys_and_none_is_called_divergent_that_stays(
    tmp_path: Path, benchmark_named: Callable[[str], Any]
) -> None:
    module = benchmark_named("against_scipy")
    part = slice(5, 13)
    rows = module.run(80, part, tmp_path / "rows.jsonl")
    known = [row for row in rows if row["scipy"] == "agrees"]
    assert len(known) >= 0.5 * len(rows) > 0
    assert not [row for row in known if row["engine"] in ("diverged", "undefined")], module.report(rows)
    assert not [row for row in known if row["engine"] == "ok" and row["apart"] > module.AGREES], module.report(rows)
    assert len(module.run(80, part, tmp_path / "rows.jsonl")) == len(rows)  # nothing is done twice


def test_what_scipy_sees_has_no_value_where_the_tree_has_none(benchmark_named: Callable[[str], Any]) -> None:
    """Nothing is simplified, a sum with a part that has no value has none, and calls are counted."""
    module = benchmark_named("against_scipy")
    f = module.right_hand_side(parse("x' = sin(asin(x)) + y; y' = x^0.5/y").tree, most_calls=5)
    assert f(0.0, np.array([0.25, 2.0])).tolist() == [pytest.approx(2.25), 0.25]
    for state in ([2.0, 1.0], [0.25, 0.0], [-0.25, 1.0], [1e308, 1e-308]):
        assert np.isnan(f(0.0, np.array(state))).all(), state
    with pytest.raises(module.TooLong):
        f(0.0, np.zeros(2))
