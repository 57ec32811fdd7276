"""Orbits and tables against plain Python; and settings: what is missing is said, what does not fit is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.semantics.base import Semantics, Setting, Solver, Status, max_steps_for
from kappabar.evaluate.semantics.flow import Flow
from kappabar.evaluate.semantics.orbit import Orbit
from kappabar.evaluate.semantics.table import Table
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, System

BUILT_IN: list[Semantics] = [Flow(), Orbit(), Table()]


def tree(text: str) -> Node:
    node = read_infix(text)
    assert isinstance(node, Node)
    return node


def made(text: str, **keywords: Any) -> System:
    node = tree(text)
    keywords.setdefault("names", tuple("xyzuvw"[: max(1, len(node.children))]))
    return System(node, **keywords)


HENON = made("1 - 1.4*x_0^2 + x_1 | 0.3*x_0", x0=((0.1, 0.2), (0.0, 0.0)), t_end=60.0, domain="map")


def test_an_orbit_is_the_iteration() -> None:
    result = Orbit().simulate([HENON.tree], Orbit().setting(HENON))
    assert result.y.shape == (1, 2, 61, 2)
    assert (result.t == np.arange(61)).all()
    for i, (x, y) in enumerate(HENON.x0):
        for n in range(61):
            assert result.y[0, i, n] == pytest.approx([x, y], abs=1e-6), n
            x, y = (1 - 1.4 * (x * x)) + y, 0.3 * x


def test_an_orbit_at_fewer_times_is_the_same_orbit() -> None:
    setting = Orbit().setting(HENON)
    sparse = Setting(setting.x0, setting.t[::7], setting.box)
    full, some = Orbit().simulate([HENON.tree], setting), Orbit().simulate([HENON.tree], sparse)
    assert (some.y == full.y[:, :, ::7]).all()


def test_orbits_that_end() -> None:
    setting = Orbit().setting(made("x_0", x0=((2.0,),), t_end=9.0), box=1e6)
    found = Orbit().simulate([tree("x_0^2"), tree("1/(x_0 - 2)"), tree("sqrt(1 - x_0)")], setting)
    square, pole, root = found.y[:, 0, :, 0]
    assert square.tolist() == [2, 4, 16, 256, 65536, 1e6, 1e6, 1e6, 1e6, 1e6]
    assert pole[0] == root[0] == 2
    assert np.isnan(pole[1:]).all()
    assert np.isnan(root[1:]).all()
    assert found.status[:, 0].tolist() == [Status.DIVERGED, Status.UNDEFINED, Status.UNDEFINED]


def test_a_table_is_the_values() -> None:
    system = made("sin(x_0)^2 - x_0/3", domain="function", ranges=((-2.0, 7.0),))
    setting = Table().setting(system, points=31)
    x = np.linspace(-2, 7, 31)
    assert (setting.x0[:, 0] == x).all()
    result = Table().simulate([system.tree], setting)
    assert result.y.shape == (1, 1, 31, 1)
    assert result.y[0, 0, :, 0] == pytest.approx(np.sin(x) ** 2 - x / 3, rel=1e-12)
    assert result.status == Status.OK


def test_points_of_a_table_are_independent() -> None:
    system = made("sqrt(x_0)", domain="function")
    setting = Table().setting(system, points=11)
    result = Table().simulate([system.tree, tree("-1/x_0^2")], setting)
    assert (result.status == Status.UNDEFINED).all()
    assert np.isnan(result.y[0, 0, :5, 0]).all()
    assert result.y[0, 0, 5:, 0] == pytest.approx(np.sqrt(np.arange(6.0)))
    assert np.flatnonzero(np.isnan(result.y[1, 0, :, 0])).tolist() == [5]


def test_inputs_of_several_variables_fill_their_ranges_evenly_and_always_alike() -> None:
    system = made("x_0*x_1", domain="function", names=("x", "y"), ranges=((0.0, 1.0), (-3.0, 5.0)))
    one, two = Table().setting(system, points=64).x0, Table().setting(system, points=64).x0
    assert (one == two).all()
    share = (one - [0, -3]) / [1, 8]
    counts = np.histogram2d(*share.T, bins=4, range=[[0, 1], [0, 1]])[0]
    assert counts.min() >= 2
    assert counts.max() <= 6
    assert Table().simulate([system.tree], Setting(one, np.arange(64.0), np.array([1e6]))).y[0, 0, :, 0] == pytest.approx(
        one[:, 0] * one[:, 1]
    )


ODE = made("x_1 | -x_0", x0=((1.0, 0.0),), t_end=3.0)


@pytest.mark.parametrize(
    ("system", "keywords", "said"),
    [
        (
            made("x_1 | -x_0", t_end=1.0, name="spring"),
            {},
            "initial conditions of 'spring' are missing: give a value for each of x, y",
        ),
        (made("x_1 | -x_0", x0=((1.0, 0.0),)), {}, "horizon is missing"),
        (ODE, {"x0": [(1.0,)]}, "needs 2 values"),
        (ODE, {"x0": []}, "missing"),
        (ODE, {"x0": [(math.nan, 0.0)]}, "finite"),
        (ODE, {"x0": [(1e7, 0.0)], "box": 1e6}, "within ±1e"),
        (ODE, {"t_end": 0.0}, "positive"),
        (ODE, {"t_end": math.inf}, "positive"),
        (ODE, {"points": 1}, "points"),
        (ODE, {"rtol": 0.0}, "rtol"),
        (ODE, {"rtol": 0.5}, "between"),
        (ODE, {"rtol": 1e-20}, "between"),
        (ODE, {"atol": math.nan}, "atol"),
    ],
)
def test_what_a_trajectory_lacks_is_said(system: System, keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(ConditionError, match=said):
        Flow().setting(system, **keywords)


def test_what_an_orbit_or_a_table_lacks_is_said() -> None:
    with pytest.raises(ConditionError, match="whole number"):
        Orbit().setting(HENON, t_end=2.5)
    with pytest.raises(ConditionError, match="range of x"):
        Table().setting(made("x_0", ranges=((2.0, 2.0),)))
    with pytest.raises(ConditionError, match="2 inputs but 1 range"):
        Table().setting(made("x_0", names=("x", "y"), ranges=((0.0, 1.0),)))
    with pytest.raises(ConditionError, match="2 finite values"):
        Table().setting(made("x_0", names=("x", "y")), x0=[(1.0,)])


@pytest.mark.parametrize("semantics", [Orbit(), Table()])
def test_a_box_of_nothing_is_refused_and_not_taken_for_none(semantics: Orbit | Table) -> None:
    system = made("x_0", x0=((0.0,),), t_end=3.0)
    for given in (lambda: semantics.setting(system, box=0.0), lambda: semantics.tuned(Solver(box=0.0)).setting(system)):
        with pytest.raises(ConditionError, match="box must be a positive number, not 0"):
            given()
    assert semantics.tuned(Solver(box=7.0)).tuned(Solver()).setting(system).box.tolist() == [7.0]


def test_the_default_box_knows_coefficients_and_no_exponents() -> None:
    """1e15 times the ratio of the largest coefficient, or 1, to the smallest: a power has neither."""
    for text, ratio in (("-x_0", 1), ("-x_0^9", 1), ("x_0 - x_0^3", 1), ("-7*x_0^9", 7), ("-0.5*x_0", 2), ("-x_0^2.5", 2.5)):
        assert Flow().setting(made(text, x0=((0.1,),), t_end=1.0)).box.tolist() == [pytest.approx(1e15 * ratio)], text
    assert Flow().setting(made("-7*x_0", x0=((20.0,),), t_end=1.0)).box.tolist() == [2e16]


def test_given_conditions_win() -> None:
    setting = Flow().setting(ODE, x0=[(2.0, 3.0), (4.0, 5.0)], t_end=7.0, points=3, box=50.0)
    assert setting.x0.tolist() == [[2, 3], [4, 5]]
    assert setting.t.tolist() == [0, 3.5, 7]
    assert setting.box.tolist() == [50, 50]


def test_tighter_tolerances_may_take_more_steps() -> None:
    assert max_steps_for(1e-3) == max_steps_for(1e-6) == 20_000
    assert 120_000 < max_steps_for(1e-10) < 130_000
    assert max_steps_for(1e-300) <= 50_000_000
    assert max_steps_for(1e-6, 500_000) == 500_000


@pytest.mark.parametrize("semantics", BUILT_IN)
def test_trees_that_do_not_fit_are_refused(semantics: Semantics) -> None:
    system = made("x_0", x0=((1.0,),), t_end=3.0)
    setting = semantics.setting(system)
    for text in ("x_1", "x_0 | x_0"):
        with pytest.raises(ValueError, match=r"x_1|equations"):
            semantics.simulate([tree(text)], setting)
    with pytest.raises(ValueError, match="a 'x_0'"):
        semantics.simulate([Node("x_0")], setting)
    with pytest.raises(ValueError, match="1 trees but 2 settings"):
        semantics.simulate([system.tree], [setting, setting])


@pytest.mark.parametrize("semantics", BUILT_IN)
def test_nothing_gives_nothing(semantics: Semantics) -> None:
    setting = semantics.setting(made("x_0", x0=((1.0,),), t_end=3.0))
    assert semantics.simulate([], setting).y.shape[0] == 0
    assert semantics.simulate([], []) == []
