"""The differentiable engine: it agrees with the bulk engine and with differences, and compiles once per skeleton."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
from hypothesis import given, settings

from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.semantics.base import Status
from kappabar.evaluate.semantics.flow import Flow
from kappabar.evaluate.semantics.orbit import Orbit
from kappabar.evaluate.semantics.tangent import differentiable
from kappabar.evaluate.semantics.tangent.differentiable import behavior, derivatives, skeleton, traces
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import coefficient_paths, coefficients, with_value

pytest.importorskip("diffrax", reason='the extra "differentiable" is not installed')


@pytest.mark.parametrize(("domain", "count", "seed"), [("ode", 4, 3), ("map", 8, 3)])
def test_the_engines_agree_on_random_systems(domain, count, seed):
    engine = Flow() if domain == "ode" else Orbit()
    for system in sample_systems(domain, count, seed):
        setting = engine.setting(system, points=31, rtol=1e-9, atol=1e-11, t_end=5)
        bulk = engine.simulate([system.tree], setting)
        other = behavior(system.tree, setting, orbit=domain == "map")
        assert (other.status == bulk.status).all()
        assert other.y == pytest.approx(bulk.y, rel=1e-5, abs=1e-5 * np.abs(bulk.y).max()), system.tree


def test_derivatives_against_differences_and_no_second_compilation():
    system = parse("x' = v; v' = 1.5*(1 - x^2)*v - x @ x=2, v=0; T=4")
    flow, tree = Flow(), system.tree
    setting = flow.setting(system, points=21, rtol=1e-10, atol=1e-12, x0=[(2.0, 0.0), (0.5, -0.3)])
    found = derivatives(tree, setting)
    before = traces(tree)
    for i, path in enumerate(coefficient_paths(tree)):
        value = coefficients(tree)[i]
        up, down = (flow.simulate([with_value(tree, path, value + e)], setting).y[0] for e in (1e-5, -1e-5))
        assert found.by_coefficient[..., i] == pytest.approx((up - down) / 2e-5, abs=1e-5)
    for i in range(2):
        shift = 1e-5 * np.eye(2)[i]
        up, down = (flow.simulate([tree], _moved(setting, s)).y[0] for s in (shift, -shift))
        assert found.by_start[..., i] == pytest.approx((up - down) / 2e-5, abs=1e-5)
    for value in (0.3, 1.0, 7.0):
        other = with_value(tree, coefficient_paths(tree)[0], value)
        assert skeleton(other) == skeleton(tree)
        derivatives(other, setting)
    assert traces(tree) == before == 1


def _moved(setting, shift):
    from dataclasses import replace

    return replace(setting, x0=setting.x0 + shift)


def test_derivatives_of_a_map():
    system = parse("x[n+1] = r*x*(1 - x) with r=3.5 @ x=0.3; T=3", "map")
    found = derivatives(system.tree, Orbit().setting(system), orbit=True)
    x, r = 0.3, 3.5
    slope = start = 0.0
    start = 1.0
    for n in range(4):
        assert found.y[0, n, 0] == pytest.approx(x)
        assert found.by_start[0, n, 0, 0] == pytest.approx(start)
        assert found.by_coefficient[0, n, 0, 0] == pytest.approx(slope)
        slope, start = x * (1 - x) + r * (1 - 2 * x) * slope, r * (1 - 2 * x) * start
        x = r * x * (1 - x)


@settings(max_examples=50, deadline=None)
@given(trees(max_dim=2))
def test_a_skeleton_knows_everything_but_the_coefficients(tree):
    moved = tree
    for path in coefficient_paths(tree):
        moved = with_value(moved, path, 0.5)
    assert skeleton(moved) == skeleton(tree)
    assert [n.value for _, n in skeleton(tree).walk() if n.symbol == differentiable.SLOT] == list(
        range(len(coefficient_paths(tree)))
    )


def test_what_does_not_reach_the_horizon_is_held_and_unresolved():
    system = parse("x' = x^2 @ x=1; T=2")
    found = behavior(system.tree, Flow().setting(system, points=11, rtol=1e-9, atol=1e-11, t_end=5))
    assert Status(found.status[0, 0]) == Status.UNRESOLVED
    assert np.isfinite(found.y).all()


def test_double_precision_stays_inside():
    import jax.numpy as jnp

    assert jnp.ones(1).dtype == np.float32


def test_without_the_extra_one_line_names_it(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **named):
        if name.split(".")[0] == "diffrax":
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SpecError, match=r"kappabar\[differentiable\]"):
        differentiable.require_jax()
