"""Coefficient nudges, and their limit from forward sensitivities: the first approaches the second as the step shrinks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.expression.sensitivities import nudge, sensitivities
from kappabar.evaluate.semantics.flow import Flow
from kappabar.evaluate.semantics.tangent.differentiable import derivatives
from kappabar.evaluate.semantics.tangent.variations import variations
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import coefficient_paths, coefficients, with_value

DECAY = "x' = -0.5*x @ x=2; T=3"
OSCILLATOR = "x' = v; v' = -{a}*x - {b}*v @ x=1, v=0; T=3"


def test_nudges_of_a_decay_are_the_closed_form():
    """x = 2 exp(-c t): the distance is that of two exponentials."""
    found = nudge(DECAY, step=0.1, rtol=1e-9, atol=1e-11)
    t = np.linspace(0, 3, 201)
    x = np.exp(-0.5 * t)
    expected = [np.linalg.norm(np.exp(-0.5 * (1 + s) * t) - x) / np.linalg.norm(x) for s in (0.1, -0.1)]
    assert found.distance[0] == pytest.approx(expected, rel=1e-5)
    assert found.worst == found.mean == pytest.approx(max(expected), rel=1e-5)
    assert found.to_frame().shape == (1, 4)


def test_a_zero_coefficient_is_moved_by_the_step_itself():
    found = nudge("x' = 0 @ x=1; T=1", step=0.01, rtol=1e-9)
    t = np.linspace(0, 1, 201)
    assert found.distance[0] == pytest.approx([0.01 * np.linalg.norm(t) / math.sqrt(201)] * 2, rel=1e-6)


def test_a_system_without_coefficients_and_one_that_runs_away():
    assert math.isnan(nudge("x' = -x @ x=1; T=1").worst)
    with pytest.raises(ConditionError, match="diverged"):
        nudge("x' = x^2 @ x=1; T=3")


def test_the_limit_of_a_decay_is_the_closed_form():
    found = sensitivities(DECAY)
    t = np.linspace(0, 3, 201)
    x = np.exp(-0.5 * t)
    assert found.limit == pytest.approx([np.linalg.norm(0.5 * t * x) / np.linalg.norm(x)], rel=1e-5)
    assert found.worst == found.mean == found.limit[0]
    assert set(found.as_dict()) == {"metric", "limit", "worst", "mean"}


@settings(max_examples=10, deadline=None)
@given(st.floats(0.5, 6), st.floats(-0.5, 0.5).filter(lambda b: abs(b) > 1e-3), st.sampled_from(["relative-l2", "bounded-l2"]))
def test_nudges_approach_the_limit_as_the_step_shrinks(a, b, metric):
    """The error falls with the step."""
    text = OSCILLATOR.format(a=a, b=f"({b})")
    limit = sensitivities(text, metric=metric)
    assert coefficients(limit.system.tree) == pytest.approx([-a, abs(b)])  # its sign is the sum's
    errors = []
    for step in (1e-1, 1e-3, 1e-4):
        found = nudge(text, step=step, metric=metric, rtol=1e-11, atol=1e-13)
        errors.append(np.abs(found.distance / step - limit.limit[:, None]).max() / max(limit.worst, 1e-6))
    assert errors[2] < 1e-3
    assert errors[1] < 0.1 * errors[0] + 1e-5


def test_functions_have_none():
    with pytest.raises(ConditionError, match="no sensitivities"):
        sensitivities("y = 2*x", domain="function")


def relay(jump="sign(u)"):
    """x' = jump - 0.2 x, where u = 1.5 - 0.5 t switches at t = 3; its slope is the coefficient -0.5."""
    return f"x' = {jump} - 0.2*x; u' = -0.5 @ x=0, u=1.5; T=10"


JUMPS = ["sign(u)", "u/abs(u)", "u/sqrt(u^2)", "abs(u)/u", "sqrt(4*u^2)/(2*u)", "u^3/sqrt(u^6)"]


@pytest.mark.parametrize("jump", JUMPS)
def test_the_time_of_a_switch_counts_as_what_it_moves(jump):
    """With slope -c the switch is at 1.5/c: x(10) moves by 2 exp(-0.2 * 7) for each unit of time that it is later."""
    system = parse(relay(jump))
    setting = Flow().setting(system, points=81, rtol=1e-9, atol=1e-11)
    values = coefficients(system.tree)
    y, moves = variations(system.tree, setting, np.ones(len(values)))
    by_slope = moves[0, -1, 0, values.index(-0.5)]
    assert y[0, -1, 0] == pytest.approx(5 * (1 - math.exp(-0.6)) * math.exp(-1.4) - 5 * (1 - math.exp(-1.4)), abs=1e-7)
    assert by_slope == pytest.approx(2 * math.exp(-1.4) * 1.5 / 0.25, abs=1e-6)


def test_the_examples_limit_is_that_of_its_nudges():
    text = "x' = sign(3 - t) - 0.2*x; t' = 1 @ x=0, t=0; T=10"
    system = parse(text)
    t = np.linspace(0, 10, 201)
    late = np.where(t >= 3, np.exp(-0.2 * (t - 3)), 0.0)
    x = np.where(t <= 3, 5 * (1 - np.exp(-0.2 * t)), 5 * (1 - np.exp(-0.6)) * late - 5 * (1 - late))
    first = sensitivities(text).limit[0]  # 3 ∂x/∂3, where ∂x/∂3 = 2 exp(-0.2 (t - 3)) after the switch
    expected = np.linalg.norm(6 * late[t > 3]) / math.hypot(np.linalg.norm(x), np.linalg.norm(t))
    assert coefficients(system.tree)[0] == 3.0 and first == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("jump", ["2/pi*atan(1/u)", "tanh(1/u)", "tan(atan(1/u)/2)"])
def test_jumps_that_only_their_value_tells(jump):
    """Against differences of the behavior itself, whose tangent vectors play no part in it."""
    system = parse(relay(jump))
    setting = Flow().setting(system, points=8, rtol=1e-9, atol=1e-11)
    values, e = coefficients(system.tree), 1e-4
    place = values.index(-0.5)
    moves = variations(system.tree, setting, np.ones(len(values)))[1]
    path = coefficient_paths(system.tree)[place]
    up, down = (variations(with_value(system.tree, path, -0.5 + s), setting, np.ones(len(values)))[0] for s in (e, -e))
    assert moves[0, -1, 0, place] == pytest.approx((up - down)[0, -1, 0] / (2 * e), rel=1e-3)


FRICTION = [
    "x' = v; v' = -x - 0.4*sign(v) + 0.5*cos(t); t' = 1 @ x=1, v=1, t=0; T=20",
    "x' = v; v' = -x - 0.4*sign(v - 0.3) @ x=1, v=1; T=19",
    "x' = v; v' = 0.5 - sign(v) @ x=1, v=1; T=9.3",
]


@pytest.mark.parametrize("text", FRICTION)
def test_dry_friction_slides_and_its_derivatives_are_those_of_differences(text):
    system = parse(text)
    setting = Flow().setting(system, points=8, rtol=1e-10, atol=1e-12)
    values, e = coefficients(system.tree), 1e-5
    moves = variations(system.tree, setting, np.ones(len(values)))[1]
    for i, path in enumerate(coefficient_paths(system.tree)):
        up, down = (variations(with_value(system.tree, path, values[i] + s), setting, np.ones(len(values)))[0] for s in (e, -e))
        assert moves[0, -1, :, i] == pytest.approx((up - down)[0, -1] / (2 * e), abs=1e-4)


def test_stiff_systems_have_sensitivities():
    text = "x' = v; v' = 300*(1 - x^2)*v - x @ x=2, v=0; T=100"
    found = nudge(text, 1e-4, rtol=1e-10, atol=1e-12)
    assert sensitivities(text).limit[0] == pytest.approx(found.distance[0].mean() / 1e-4, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("x' = (3 - t)/abs(3 - t) - 0.2*x; t' = 1 @ x=0, t=0; T=10", "'/'"),  # 3 and 3 apart: a pole between them
        ("x' = u/sqrt(u^2 + 2*u*w + w^2); u' = -0.5; w' = 0 @ x=0, u=1.5, w=0; T=10", "'sqrt'"),
        ("x' = v; v' = -atan(1/v) + 0.3*sin(t); t' = 1 @ x=1, v=0.5, t=0; T=20", "'/'"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_the_name_of_its_function(text, function):
    with pytest.raises(ConditionError, match=function) as caught:
        sensitivities(text)
    assert "\n" not in str(caught.value)


def test_derivatives_in_jax_refuse_a_jump_and_not_a_corner():
    pytest.importorskip("diffrax")
    corner = parse("x' = v; v' = -x - 0.1*v*abs(v) @ x=1, v=0; T=5")
    setting = Flow().setting(corner, points=11, rtol=1e-9, atol=1e-11)
    scales = np.ones(len(coefficients(corner.tree)))
    assert derivatives(corner.tree, setting).by_coefficient[0] == pytest.approx(
        variations(corner.tree, setting, scales)[1][0], abs=1e-5
    )
    system = parse(relay())
    with pytest.raises(ConditionError, match="'sign'"):
        derivatives(system.tree, Flow().setting(system, points=11))


def test_the_limit_does_not_depend_on_the_units_of_a_system():
    limits = [sensitivities(f"x' = y; y' = -4*x - 0.3*y @ x={size}, y=0; T=5").limit for size in (1.0, 1e-9, 1e6)]
    assert limits[1] == pytest.approx(limits[0], rel=1e-5) and limits[2] == pytest.approx(limits[0], rel=1e-5)


def test_who_is_refused_is_named_by_its_start_and_not_by_its_coefficients():
    with pytest.raises(ConditionError, match=r"the trajectory from \[1.0\] is caught"):
        sensitivities("x' = 1 - 3*exp(log(x^2)/2)/x @ x=1; T=5")
