"""What a step may not hide: pulses, against quadrature, and angles of many turns, against SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from math import cos, sin
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from kappabar.evaluate.semantics.base import Behaviors, Status
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.text.parse import parse


def simulate(text: str, **keywords: Any) -> Behaviors:
    system = parse(text)
    return Flow().simulate([system.tree], Flow().setting(system, **keywords))


PULSES = {
    "exp(-((t-50)/0.5)^2)": lambda t: math.exp(-(((t - 50) / 0.5) ** 2)),
    "exp(-((t-71.3)/0.4)^2)": lambda t: math.exp(-(((t - 71.3) / 0.4) ** 2)),
    "1/(1 + ((t-33)/0.3)^8)": lambda t: 1 / (1 + ((t - 33) / 0.3) ** 8),
    "tanh(40*(t-60)) - tanh(40*(t-61))": lambda t: math.tanh(40 * (t - 60)) - math.tanh(40 * (t - 61)),
    "1/cosh(6*(t-20))^2": lambda t: 1 / math.cosh(min(6 * abs(t - 20), 300.0)) ** 2,
    "abs(sin(t/30))^400": lambda t: abs(math.sin(t / 30)) ** 400,
}


@pytest.mark.parametrize("pulse", PULSES)
def test_a_pulse_at_rest_is_not_stepped_over(pulse: str) -> None:
    """x' = g(t) - x/10 from 0 is ∫ g(s) exp((s - t)/10) ds."""
    found = simulate(f"x' = {pulse} - 0.1*x; t' = 1 @ x=0, t=0; T=100")
    assert found.status[0, 0] == Status.OK
    g, t = PULSES[pulse], found.t
    pieces = [quad(lambda s, end=end: g(s) * math.exp((s - end) / 10), start, end, epsabs=1e-13)[0] for start, end in pairwise(t)]
    exact, decay = [0.0], math.exp(-(t[1] - t[0]) / 10)
    for piece in pieces:
        exact.append(exact[-1] * decay + piece)
    assert max(exact) > 0.3
    assert found.y[0, 0, :, 0] == pytest.approx(exact, abs=2e-5 * max(exact))


def test_the_peak_of_the_published_example() -> None:
    assert simulate("x' = exp(-((t-50)/0.5)^2) - 0.1*x; t' = 1 @ x=0, t=0; T=100").y[0, 0, :, 0].max() == pytest.approx(
        0.800, abs=1e-3
    )


def test_few_outputs_hide_no_pulse_and_a_longest_step_finds_a_narrower_one() -> None:
    wide, narrow = (f"x' = exp(-((t-50)/{w})^2); t' = 1 @ x=0, t=0; T=100" for w in (0.5, 0.01))
    assert simulate(wide, points=3).y[0, 0, -1, 0] == pytest.approx(0.5 * math.sqrt(math.pi), rel=1e-5)
    assert simulate(narrow, points=3, max_step=0.01).y[0, 0, -1, 0] == pytest.approx(0.01 * math.sqrt(math.pi), rel=1e-5)


@pytest.mark.parametrize("power", [1, 2, 4])
def test_a_peak_of_fractions_shows_by_its_tails(power: int) -> None:
    """f is affine over affine, which is not looked into: w/(w + (t - 50)^2) and its powers, by way of a variable (t - 50)^2."""
    w = 0.3 * power
    peak = "*".join([f"({w}/({w} + v))"] * power)
    found = simulate(f"x' = {peak} - 0.1*x; v' = 2*(t - 50); t' = 1 @ x=0, v=2500, t=0; T=100")
    exact = solve_ivp(
        lambda t, x: [(w / (w + (t - 50) ** 2)) ** power - 0.1 * x[0]],
        (0, 100),
        [0],
        "DOP853",
        found.t,
        rtol=1e-10,
        atol=1e-12,
        max_step=0.1,
    ).y[0]
    assert max(exact) > 0.9
    assert found.y[0, 0, :, 0] == pytest.approx(exact, abs=2e-5)


ANGLES: dict[str, tuple[Callable[[float, Any], Any], tuple[float, float], float]] = {
    "x' = -0.08*x^2 - sin(y); y' = x^5 - cos(y)/x": (  # a glider that loops
        lambda _, x: [-0.08 * x[0] ** 2 - sin(x[1]), x[0] ** 5 - cos(x[1]) / x[0]], (5.0, 0.7), 40.0
    ),
    "x' = sin(y)*x; y' = 30 + x^2": (lambda _, x: [sin(x[1]) * x[0], 30 + x[0] ** 2], (1.0, 0.0), 50.0),
    "x' = y - 0.01*x; y' = 0.02*cos(x)": (lambda _, x: [x[1] - 0.01 * x[0], 0.02 * cos(x[0])], (0.0, 3.0), 100.0),
}  # fmt: skip


@pytest.mark.parametrize("text", ANGLES)
def test_an_angle_of_many_turns_is_as_exact_as_one_of_few(text: str) -> None:
    """A tolerance relative to the angle lets its sine go: errors were 0.6, 2e-3 and 1e-3."""
    f, start, t_end = ANGLES[text]
    found = simulate(f"{text} @ x={start[0]}, y={start[1]}; T={t_end}")
    assert (found.status == Status.OK).all()
    exact = solve_ivp(f, (0.0, t_end), start, "DOP853", found.t, rtol=1e-12, atol=1e-12).y.T
    assert np.abs(found.y[0, 0] - exact).max() < 1e-4
