"""The first screen's figure: best first, lines for what needs no model, and what each pair is, from the row's side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.compare.rounds import Decided
from kappabar.evaluate.report.standings import standings
from kappabar.evaluate.statistics.sequential import decide

TRUTH = {"a": 0.3, "b": 0.7, "c": 0.5}


def row(name: str, quality: float | None) -> dict[str, Any]:
    ends = {f"quality{end}": None if quality is None else quality + by for end, by in (("", 0.0), ("_low", -0.1), ("_high", 0.1))}
    floors = {"floor_nearest": 0.8, "floor_constant": None, "floor_prior": 0.1}
    return {"representation": name, **ends, **floors, "tokens": 20.0, "flops": 3e12, "n_test": 50, "seeds": 4}


def found(rounds: int) -> Decided:
    rng = np.random.default_rng(0)
    means = np.array(list(TRUTH.values())) + 0.003 * rng.standard_normal((rounds, 3))
    return Decided(tuple(TRUTH), decide(means, 0.02, 6), means, 6)


def values(part: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The data of all marks in a part that have a field."""
    units = [part, *part.get("layer", ())]
    return [v for unit in units for v in unit.get("data", {}).get("values", ()) if name in v]


def test_a_cell_says_what_the_row_is_to_the_column() -> None:
    chart = standings([row(name, q) for name, q in TRUTH.items()], found(6)).to_dict(format="vega")
    assert "hconcat" not in chart  # compiled: nothing in it is amiss
    parts = standings([row(name, q) for name, q in TRUTH.items()], found(6)).to_dict()["hconcat"]
    quality, price, pairs = parts
    assert quality["layer"][0]["encoding"]["y"]["sort"] == ["b", "c", "a"]
    cells = {(c["representation"], c["other"]): c["sign"] for c in values(pairs, "sign")}
    assert cells == {("b", "c"): "+", ("b", "a"): "+", ("c", "b"): "−", ("c", "a"): "+", ("a", "b"): "−", ("a", "c"): "−"}
    assert {(c["other"], c["against"]) for c in values(pairs, "sign")} == {("b", "1"), ("c", "2"), ("a", "3")}
    assert {v["line"]: v["at"] for v in values(quality, "line")} == pytest.approx({"retrieval": 0.8, "prior": 0.1})
    assert {v["text"] for v in values(price, "text")} == {"20.0", "3"}


@pytest.mark.parametrize("decided", [None, found(1)])
def test_where_nothing_can_be_decided_there_are_no_pairs(decided: Decided | None) -> None:
    rows = [row("a", 0.3), row("b", None), row("c", 0.5)]
    chart = standings(rows, decided).to_dict()
    assert len(chart["hconcat"]) == 2 and "Right:" not in " ".join(chart["title"]["subtitle"])
    assert chart["hconcat"][0]["layer"][0]["encoding"]["y"]["sort"] == ["c", "a"]
