"""Jumps of the right-hand side at which a variable passes through zero, against solutions put together from their smooth
pieces."""

from __future__ import annotations

import math

import pytest

from kappabar.evaluate.semantics.base import Status
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.text.parse import parse

FLOW = Flow()
REACH = math.hypot(1.7, 1.0)
BACK = math.pi - math.atan2(1.0, 1.7)
CROSSINGS = {
    "x' = v; v' = -x - 0.3*sign(v) @ x=2, v=0; T=9": 0.3 + 0.5 * math.cos(9.0 - 2.0 * math.pi),
    "x' = v; v' = -x - 0.3*v/abs(v) @ x=2, v=-1; T=4": -0.3 + (0.6 - REACH) * math.cos(4.0 - BACK),
    "x' = v; v' = -x/sqrt(x^2) @ x=1, v=0; T=4": (4.0 - math.sqrt(2.0)) ** 2 / 2.0 - math.sqrt(2.0) * (4.0 - math.sqrt(2.0)),
}


@pytest.mark.parametrize("text", CROSSINGS)
def test_a_variable_passes_through_zero_where_the_slope_jumps(text: str) -> None:
    system = parse(text)
    found = FLOW.simulate([system.tree], FLOW.setting(system))
    assert found.status[0, 0] == Status.OK
    assert found.y[0, 0, -1, 0] == pytest.approx(CROSSINGS[text], rel=1e-3)


def test_more_steps_than_can_be_counted_are_refused_in_words() -> None:
    with pytest.raises(ConditionError, match="max_steps must be at most"):
        FLOW.setting(parse("x' = -x @ x=1; T=1"), max_steps=10**20)
