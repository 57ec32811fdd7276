"""Lyapunov spectra: published values, exact ones, the sum rule, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kappabar.evaluate.expression.lyapunov import lyapunov
from kappabar.evaluate.semantics.engine.interpreter import OPCODES
from kappabar.evaluate.semantics.tangent.walker import walker
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node

LORENZ = "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z @ x=1, y=1, z=1"
ROSSLER = "x' = -y - z; y' = x + 0.2*y; z' = 0.2 + z*(x - 5.7) @ x=1, y=1, z=1"
HENON = "x[n+1] = 1 - 1.4*x^2 + y; y[n+1] = 0.3*x @ x=0.1, y=0.1"

# Sprott 2003, Chaos and Time-Series Analysis; ln 2 for the fully chaotic logistic map. Rössler's, which takes the longest, is
# among
# the end-to-end tests.
PUBLISHED = [
    (LORENZ, "ode", None, (0.9056, 0.0, -14.572)),
    (HENON, "map", None, (0.4192, -1.6232)),
    ("x[n+1] = 4*x*(1 - x) @ x=0.4", "map", None, (math.log(2),)),
]


@pytest.mark.parametrize(("text", "domain", "t_end", "expected"), PUBLISHED)
def test_published_values_and_the_sum_rule(text, domain, t_end, expected):
    found = lyapunov(text, t_end=t_end, domain=domain)
    for value, error, known in zip(found.spectrum, found.standard_error, expected, strict=True):
        assert value == pytest.approx(known, rel=0.01, abs=0 if known else 0.005)
        assert abs(value - known) < 5 * error + 1e-4  # the errors are honest
    assert sum(found.spectrum) == pytest.approx(found.divergence, abs=1e-3)
    document = found.as_dict()
    assert document["spectrum"] == list(found.spectrum) and document["settled"] is True and document["notes"] == []
    assert document["divergence"] == found.divergence and document["transient"] == found.transient


def test_rossler_in_a_short_run_is_within_its_error():
    found = lyapunov(ROSSLER, t_end=10_000)
    assert abs(found.spectrum[0] - 0.0714) < 4 * found.standard_error[0]
    assert found.t == pytest.approx(10_000) and found.transient == pytest.approx(1_000)
    assert sum(found.spectrum) == pytest.approx(found.divergence, abs=1e-3)
    assert found.to_frame().shape == (3, 3)


EXACT = [
    ("x' = v; v' = -4.5*x - 0.43*v @ x=1, v=0", "ode", (-0.215, -0.215)),  # a spiral: the real part, twice
    ("x' = x - x^3 @ x=0.1", "ode", (-2.0,)),
    ("x' = 0 @ x=1", "ode", (0.0,)),
    ("x[n+1] = 3.2*x*(1 - x) @ x=0.4", "map", (0.5 * math.log(0.16),)),  # 2-cycle: multiplier 4 + 2r - r^2
    ("x[n+1] = 0.5*y; y[n+1] = x @ x=1, y=2", "map", (0.5 * math.log(0.5),) * 2),
    ("x[n+1] = x + 0.3; y[n+1] = 0.5 @ x=0, y=0", "map", (0.0, -math.inf)),  # crushed at once
]


@pytest.mark.parametrize(("text", "domain", "expected"), EXACT)
def test_exact_values(text, domain, expected):
    found = lyapunov(text, domain=domain)
    assert found.spectrum == pytest.approx(expected, abs=1e-3)
    assert found.settled


def test_the_same_text_gives_the_same_digits():
    assert lyapunov(HENON, domain="map") == lyapunov(HENON, domain="map")
    assert lyapunov(LORENZ, t_end=200) == lyapunov(LORENZ, t_end=200)


def test_jacobian_of_every_operation_against_differences():
    """One step of a map multiplies the tangent vectors by the Jacobian: its determinant is in the divergence."""
    texts = {name: f"{name}(x_0)" for name in OPCODES if name not in "+-*/^" and name != "neg"}
    texts |= {name: f"x_0 {name} 0.7*x_0^2" for name in "+-*/"} | {"^": "x_0^(x_0 + 0.3)", "whole": "x_0^3", "neg": "-x_0"}
    x, e = 0.4, 1e-6
    for name, text in texts.items():
        tree = read_infix(text)
        assert isinstance(tree, Node)
        slope = (_next(tree, x + e)[0] - _next(tree, x - e)[0]) / (2 * e)
        if slope:
            assert _next(tree, x)[1] == pytest.approx(math.log(abs(slope)), abs=1e-7), name
    assert len(texts) == len(OPCODES) + 1


def _next(tree, x):
    """f(x) and log |f'(x)|."""
    sums, who = np.zeros(2), walker(tree, np.array([x]), True, 1e-6, 1e-9)
    who.go(1.0, sums)
    assert sums[0] == pytest.approx(sums[1])
    return who.x[0], sums[1]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("x' = -x", {}, "initial conditions are missing"),
        ("x' = x^2 @ x=1", {}, "runs away"),
        ("x' = -x", {"x0": [1.0, 2.0]}, "needs 1 values"),
        ("x' = -x @ x=1", {"t_end": -1.0}, "positive"),
        ("x[n+1] = 0.5*x @ x=1", {"domain": "map", "t_end": 10}, "at least"),
        ("y = x^2", {"domain": "function"}, "no Lyapunov exponents"),
    ],
)
def test_refused_in_one_line(text, options, message):
    with pytest.raises(ConditionError, match=message) as caught:
        lyapunov(text, **options)
    assert "\n" not in str(caught.value)
