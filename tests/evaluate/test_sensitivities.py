"""Coefficient nudges, and their limit from forward sensitivities: the first approaches the second as the step shrinks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.sensitivities import nudge, sensitivities
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.tree import coefficients

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
    pytest.importorskip("diffrax")
    found = sensitivities(DECAY)
    t = np.linspace(0, 3, 201)
    x = np.exp(-0.5 * t)
    assert found.limit == pytest.approx([np.linalg.norm(0.5 * t * x) / np.linalg.norm(x)], rel=1e-5)
    assert found.worst == found.mean == found.limit[0]
    assert set(found.as_dict()) == {"metric", "limit", "worst", "mean"}


@settings(max_examples=10, deadline=None)
@given(st.floats(0.5, 6), st.floats(-0.5, 0.5).filter(lambda b: abs(b) > 1e-3), st.sampled_from(["relative-l2", "bounded-l2"]))
def test_nudges_approach_the_limit_as_the_step_shrinks(a, b, metric):
    """One skeleton for all examples, so one compilation; the error falls with the step."""
    pytest.importorskip("diffrax")
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
    pytest.importorskip("diffrax")
    with pytest.raises(ConditionError, match="no sensitivities"):
        sensitivities("y = 2*x", domain="function")
