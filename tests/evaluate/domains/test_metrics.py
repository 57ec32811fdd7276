"""Distances: bounds, known values, invariances; and the ways a user names a metric."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kappabar.evaluate.domains.metrics import METRICS, Metric, attractor, bounded_l2, distances, metric, relative_l2
from kappabar.evaluate.semantics.base import Status
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, System

BOUNDED = [m for m in METRICS.values() if m.d_max == 1.0]
behaviors = arrays(np.float64, (21, 2), elements=st.floats(-1e6, 1e6, allow_subnormal=False))


def signal(*frequencies: float, phase: float = 0.0, points: int = 401, t_end: float = 60.0) -> np.ndarray:
    t = np.linspace(0, t_end, points)
    return np.stack([np.sin(w * t + phase) for w in frequencies] + [np.cos(w * t + phase) for w in frequencies], axis=-1)


@given(behaviors, behaviors)
def test_bounded_metrics_are_within_their_bounds_and_zero_at_home(x: np.ndarray, y: np.ndarray) -> None:
    for m in BOUNDED:
        d = m.function(x, y)
        assert 0.0 <= d <= 1.0
        assert m.function(x, x) == pytest.approx(0.0, abs=1e-7)


@given(behaviors, behaviors)
def test_relative_l2_is_the_papers_formula(x: np.ndarray, y: np.ndarray) -> None:
    if np.linalg.norm(x) > 1e-100:
        assert relative_l2(x, y) == pytest.approx(np.linalg.norm(x - y) / np.linalg.norm(x), rel=1e-9)


@given(behaviors, behaviors, st.floats(1e-3, 1e3))
def test_units_of_a_dimension_do_not_matter_to_bounded_l2(x: np.ndarray, y: np.ndarray, unit: float) -> None:
    size = np.sqrt(np.mean(x**2, axis=0))
    if size.min() > 1e-5 * size.max() > 0:
        units = np.array([1.0, unit])
        assert bounded_l2(x * units, y * units) == pytest.approx(float(bounded_l2(x, y)), abs=1e-9)


@pytest.mark.parametrize("largest", [0.0, -1.0, math.nan])
def test_a_largest_distance_is_positive(largest: float) -> None:
    with pytest.raises(SpecError, match="d_max"):
        Metric("mine", lambda a, b: np.abs(a - b).mean(axis=(-2, -1)), largest)


def test_hand_worked_values() -> None:
    x = np.array([[3.0], [4.0]])
    assert relative_l2(x, 2 * x) == pytest.approx(1.0)
    assert bounded_l2(x, 2 * x) == pytest.approx(1 / 3)
    assert bounded_l2(x, -x) == pytest.approx(1.0)
    assert bounded_l2(x, 0 * x) == pytest.approx(1.0)
    # dimension 1 is 1000 times larger, but counts the same: ‖(0, 1)·√2‖ / (2 + √2·√(1 + 4)), each over two samples
    two = np.array([[1.0, 1000.0], [1.0, 1000.0]])
    other = np.array([[1.0, 2000.0], [1.0, 2000.0]])
    assert bounded_l2(two, other) == pytest.approx(np.sqrt(2) / (2 + np.sqrt(10)))


def test_zero_behaviors() -> None:
    zero, one = np.zeros((5, 2)), np.ones((5, 2))
    assert bounded_l2(zero, zero) == relative_l2(zero, zero) == 0.0
    assert bounded_l2(zero, one) == 1.0
    assert relative_l2(zero, one) == np.inf
    assert attractor(zero, zero) == 0.0
    assert attractor(zero, one) > 0.2


def test_a_dimension_at_zero_takes_the_scale_of_the_largest() -> None:
    x = np.stack([np.full(9, 100.0), np.zeros(9)], axis=-1)
    noise = x + np.array([0.0, 1e-7])
    assert bounded_l2(x, noise) < 1e-8
    assert bounded_l2(x, x + np.array([0.0, 100.0])) == pytest.approx(1 / (1 + np.sqrt(2)))


def test_leading_axes_broadcast_like_a_loop() -> None:
    rng = np.random.default_rng(0)
    reference, others = rng.normal(size=(3, 40, 2)), rng.normal(size=(5, 3, 40, 2))
    for m in METRICS.values():
        looped = [[float(m.function(reference[i], other[i])) for i in range(3)] for other in others]
        assert m.function(reference, others) == pytest.approx(np.array(looped))
        assert distances(m, reference, others) == pytest.approx(np.mean(looped, axis=1))
    assert distances(m, reference, others[:0]).shape == (0,)
    with pytest.raises(ValueError, match="expected"):
        distances(m, reference, others[:, :2])


def test_attractor_is_blind_to_phase_but_not_to_frequency_amplitude_or_rest() -> None:
    x = signal(1.0)
    for phase in (0.7, 1.9, 3.1):
        assert attractor(x, signal(1.0, phase=phase)) < 0.06
        assert bounded_l2(x, signal(1.0, phase=phase)) > 0.3
    assert attractor(x, signal(2.0)) > 0.35
    assert attractor(x, 0.4 * x) > 0.25
    assert attractor(x, 0 * x) > 0.8


def test_attractor_discards_the_transient() -> None:
    x = signal(1.0)
    late = x.copy()
    late[:150] += 50.0
    assert attractor(x, late) == 0.0


def test_attractor_moves_little_when_the_behavior_does() -> None:
    x = signal(1.0)
    assert attractor(x, x * 1.001 + 0.001) < 0.01


def test_attractor_forgives_chaos_its_sensitivity_but_not_a_bifurcation() -> None:
    def lorenz(r: float, *x0: float) -> np.ndarray:
        tree = read_infix(f"10*(x_1 - x_0) | x_0*({r} - x_2) - x_1 | x_0*x_1 - 2.6666666666666665*x_2")
        assert isinstance(tree, Node)
        setting = Flow().setting(System(tree, ("x", "y", "z"), x0=(x0,), t_end=400.0), points=4001)
        found = Flow().simulate([tree], replace(setting, max_steps=200_000))
        assert found.status[0, 0] == Status.OK
        return np.asarray(found.y[0, 0])

    x = lorenz(28, 1.0, 1.0, 1.0)
    for other in (lorenz(28, 2.0, 1.0, 5.0), lorenz(28.28, 1.0, 1.0, 1.0)):
        assert attractor(x, other) < 0.25  # two stretches of one attractor, long enough that chance is small
        assert bounded_l2(x, other) > 0.4
    assert attractor(x, lorenz(20, 1.0, 1.0, 1.0)) > 0.7  # a fixed point
    assert attractor(x, lorenz(160, 1.0, 1.0, 1.0)) > 0.7  # a limit cycle


def test_names_and_misspellings() -> None:
    assert metric("bounded-l2") is METRICS["bounded-l2"]
    with pytest.raises(SpecError, match="did you mean 'bounded-l2'"):
        metric("bounded_l2")


def test_a_users_function_is_a_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_metrics.py").write_text(
        "from kappabar.evaluate.domains.metrics import Metric\n"
        "def worst(x, y):\n    assert x.ndim == 2\n    return abs(x - y).max()\n"
        "named = Metric('mine', lambda x, y: abs(x - y).max((-1, -2)), 5.0)\n"
        "nothing = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "my_metrics", raising=False)
    x, y = np.zeros((2, 4, 3)), np.random.default_rng(1).normal(size=(6, 2, 4, 3))
    plain, own = metric("my_metrics:worst"), metric("my_metrics:named")
    assert plain.d_max == np.inf
    assert own.name == "mine"
    assert distances(plain, x, y) == pytest.approx(distances(own, x, y))
    with pytest.raises(SpecError, match="no metric"):
        metric("my_metrics:nothing")
    with pytest.raises(SpecError, match="no metric"):
        metric("kappabar.evaluate.domains.metrics:Metric")


def _broken(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    raise ZeroDivisionError("division\nby zero")


@pytest.mark.parametrize(
    ("function", "d_max", "said"),
    [
        (_broken, math.inf, "metric 'hamming' raises ZeroDivisionError: division by zero"),
        (lambda x, y: np.abs(x - y).mean(axis=-1), math.inf, r"gives shape \(5, 2, 4\) .* must be \(5, 2\)"),
        (lambda x, y: 0.5, math.inf, r"gives shape \(\) "),
        (lambda x, y: "far", math.inf, "raises ValueError: could not convert"),
        (lambda x, y: np.full((5, 2), np.nan), math.inf, "gives nan"),
        (lambda x, y: np.full((5, 2), -1.0), math.inf, "gives -1"),
        (lambda x, y: np.full((5, 2), 1.001), 1.0, "gives 1.001; .* d_max, 1"),
        (lambda x, y: np.full((5, 2), np.inf), 1.0, "gives inf"),
    ],
)
def test_a_metric_that_is_none_is_told_in_one_line(function: Any, d_max: float, said: str) -> None:
    x, y = np.zeros((2, 4, 3)), np.ones((5, 2, 4, 3))
    with pytest.raises(SpecError, match=said) as caught:
        distances(Metric("hamming", function, d_max), x, y)
    assert "\n" not in str(caught.value) and "hamming" in str(caught.value)
    assert function is not _broken or isinstance(caught.value.__cause__, ZeroDivisionError)


def test_distances_up_to_the_largest_are_taken() -> None:
    x, y = np.zeros((2, 4, 3)), np.ones((5, 2, 4, 3))
    assert distances(Metric("mine", lambda x, y: np.full((5, 2), 1.0 + 1e-12), 1.0), x, y) == pytest.approx(1.0)
    assert np.isinf(distances(Metric("mine", lambda x, y: np.full((5, 2), np.inf), math.inf), x, y)).all()
    assert np.isinf(distances(METRICS["relative-l2"], x, y)).all()
