"""What is large between outputs leaves no box: wherever behaviors are compared with one, the box is that of κ."""

from __future__ import annotations

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.expression.sensitivities import nudge_in
from kappabar.evaluate.quality.measures.choose import observed_errors
from kappabar.evaluate.quality.task.observe import curves
from kappabar.evaluate.quality.task.outcomes import Item, score
from kappabar.evaluate.semantics.base import Status, edit_setting
from kappabar.grammars.text.parse import parse

ODE = domain("ode")
CALM = "x' = y; y' = -x @ x=1, y=0; T=6"
JUMPING = "x' = y; y' = 100*(1 - x^2)*y - x @ x=2, y=0; T=200"  # y is 133 within a jump, 0.02 at the outputs


def item(text: str) -> Item:
    system = parse(text)
    setting = ODE.semantics.setting(system)
    return Item(system, setting, ODE.semantics.simulate([system.tree], setting).y[0])


@pytest.fixture(scope="module")
def items() -> list[Item]:
    found = [item(CALM), item(JUMPING)]
    small = [ODE.semantics.simulate([i.system.tree], edit_setting(i.setting, i.truth)).status[0, 0] for i in found]
    assert small == [Status.OK, Status.DIVERGED]  # what the box of the outputs alone makes of them
    return found


def test_an_expression_is_no_divergence_from_itself(items: list[Item]) -> None:
    found = score(ODE, items, [i.system.tree for i in items])
    assert [o.status for o in found] == ["ok", "ok"]
    assert [o.q for o in found] == pytest.approx([1.0, 1.0], abs=1e-3)


def test_nor_where_it_is_chosen_by_its_observation(items: list[Item]) -> None:
    seen = curves(ODE, [i.system for i in items], [i.setting for i in items], [i.truth for i in items], 21, 2)
    errors = observed_errors(ODE, items, [i.system.tree for i in items], seen)
    assert errors == pytest.approx([0.0, 0.0], abs=1e-3)


def test_nor_under_a_nudge(items: list[Item]) -> None:
    found = nudge_in(items[1].system, items[1].setting, 1e-9, ODE.distance("bounded-l2"), ODE)
    assert found.distance == pytest.approx(np.zeros_like(found.distance), abs=1e-3)
