"""What is shown of what a model wrote: the best, the median and the worst, as text and as curves of what they behave like."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.quality.measures.written import KINDS, Written, looked_at
from kappabar.evaluate.quality.task.outcomes import Item, score
from kappabar.evaluate.report.panels import written_beside_truth
from kappabar.evaluate.report.style import as_svg
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Invalid

TEXTS = {
    "ode": ["x' = -x @ x=1; T=2", "x' = -2*x @ x=1; T=2", "x' = x*(1 - x) @ x=0.5; T=2"],
    "function": ["x_0^2", "sin(x_0)", "x_0 + 1"],
}


def measured(name: str, written: list[str | Invalid]) -> tuple[list[Item], list[dict[str, Any]], list[Node | Invalid]]:
    chosen = domain(name)
    systems = [chosen.parse(text) for text in TEXTS[name]]
    settings = [chosen.semantics.setting(s, points=101) for s in systems]
    behaviors = chosen.semantics.simulate([s.tree for s in systems], settings)
    items = [Item(s, setting, b.y[0]) for s, setting, b in zip(systems, settings, behaviors, strict=True)]
    trees = [w if isinstance(w, Invalid) else chosen.parse(w).tree for w in written]
    outcomes = score(chosen, items, trees)
    rows = [
        {"q": o.q, "target": t, "text": None if isinstance(w, Invalid) else w, "reason": o.reason, "status": o.status}
        for o, t, w in zip(outcomes, TEXTS[name], written, strict=True)
    ]
    return items, rows, trees


@pytest.mark.parametrize("name", TEXTS)
def test_the_best_the_median_and_the_worst_are_shown_as_they_behave(name: str) -> None:
    texts = TEXTS[name]
    items, rows, trees = measured(name, [texts[0], texts[0], Invalid("no end", 3)])
    best, median, worst = looked_at(domain(name), items, rows, trees)
    assert [one.kind for one in (best, median, worst)] == list(KINDS) and best.q == pytest.approx(1.0, abs=1e-4)
    assert best.q >= median.q >= worst.q == 0.0
    assert best.own[0] == pytest.approx(best.truth[0], rel=1e-3, abs=1e-3) and len(best.x) == len(best.truth[0]) == 80
    x = np.array(median.x, float)
    expected = np.exp(-x) if name == "ode" else x**2
    assert median.own[0] == pytest.approx(expected, rel=2e-3, abs=1e-3)
    assert worst.own == () and worst.text == "" and worst.reason == "no end" and worst.truth
    assert [Written.from_dict(json.loads(json.dumps(one.as_dict()))) for one in (best, median, worst)] == [best, median, worst]
    svg = as_svg(written_beside_truth([("prefix | digits:3", one) for one in (best, median, worst)]))
    assert "prefix | digits:3" in svg and "written" in svg


def test_a_function_of_several_inputs_has_no_curve() -> None:
    chosen = domain("function")
    plane = chosen.parse("x_0 + x_1")
    setting = chosen.semantics.setting(plane, points=11)
    item = Item(plane, setting, chosen.semantics.simulate([plane.tree], [setting])[0].y[0])
    rows = [{"q": 1.0, "target": "x_0 + x_1", "text": "x_0 + x_1", "reason": "", "status": "ok"}]
    assert {one.x for one in looked_at(chosen, [item], rows, [plane.tree])} == {()}
    assert looked_at(chosen, [], [], []) == []


def test_where_the_truth_has_no_value_the_curve_has_a_gap() -> None:
    chosen = domain("function")
    log = chosen.parse("log(x_0)")
    setting = chosen.semantics.setting(log, points=101)
    item = Item(log, setting, chosen.semantics.simulate([log.tree], [setting])[0].y[0])
    row = {"q": 1.0, "target": "log(x_0)", "text": "log(x_0)", "reason": "", "status": "undefined"}
    (one, *_) = looked_at(chosen, [item], [row], [log.tree])
    assert None in one.truth[0] and [v is None for v in one.own[0]] == [x <= 0 for x in one.x if x is not None]
