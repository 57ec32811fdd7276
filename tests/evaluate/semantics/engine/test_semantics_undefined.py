"""What has no value, what overflows, and what has a limit, told apart in tables and orbits: against SymPy and exact
arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.semantics.base import Behaviors, Status
from kappabar.evaluate.semantics.table import spread
from kappabar.grammars.print.printers import to_sympy

FUNCTION, MAP = domain("function"), domain("map")


def tabled(text: str, *points: float) -> tuple[list[float], Status]:
    system = FUNCTION.parse(text)
    setting = FUNCTION.semantics.setting(system, x0=[[p] for p in points])
    found = FUNCTION.semantics.simulate([system.tree], setting)
    return found.y[0, 0, :, 0].tolist(), Status(int(found.status[0, 0]))


def orbit(text: str) -> Behaviors:
    system = MAP.parse(text)
    return MAP.semantics.simulate([system.tree], MAP.semantics.setting(system))


REMOVABLE = [
    "sin(x)/x", "x^2/x", "(1 - cos(x))/x^2", "(x - sin(x))/x^3", "(exp(x) - 1)/x", "tanh(x)/x", "x*cot(x)", "log(1 + x)/x",
    "(sqrt(1 + x) - 1)/x", "sin(40*x)/x", "sin(x)^2/(x*tan(2*x))", "x*x/x", "3 + x*log(x^2)", "(x^2 - 5*x)/(x^2 + x)",
    "1e-30*sin(x)/x",
]  # fmt: skip


@pytest.mark.parametrize("text", REMOVABLE)
def test_a_removable_point_takes_the_limit_that_sympy_finds(text: str) -> None:
    system = FUNCTION.parse(text)
    (expression,) = to_sympy(system.tree)
    variable = next(iter(expression.free_symbols))
    exact = float(sympy.limit(sympy.nsimplify(expression), variable, 0))
    values, status = (
        tabled(text, -3.0, 0.0, 0.5, 3.0) if "sqrt" not in text and "log(1" not in text else tabled(text, 0.0, 0.5, 0.9)
    )
    assert status == Status.OK
    found = values[1] if len(values) == 4 else values[0]
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-30)


@pytest.mark.parametrize(
    "text",
    ["1/x", "abs(x)/x", "1/x^2", "sign(x)/x", "log(x)", "log(abs(x))", "sqrt(x)/x", "x*log(x)", "x^(-1)", "cot(x)", "0^x*0/x"],
)
def test_what_has_no_limit_from_both_sides_is_undefined_at_that_point_alone(text: str) -> None:
    values, status = tabled(text, 0.0, 1.0, 2.0)
    assert math.isnan(values[0])
    assert np.isfinite(values[1:]).all()
    assert status == Status.UNDEFINED


def test_a_limit_in_several_inputs_is_the_same_from_every_direction() -> None:
    def at_origin(text: str) -> float:
        system = FUNCTION.parse(text)
        setting = FUNCTION.semantics.setting(system, x0=[[0.0, 0.0], [1.0, 2.0]])
        return float(FUNCTION.semantics.simulate([system.tree], setting).y[0, 0, 0, 0])

    assert at_origin("sin(x*y)/(x*y)") == pytest.approx(1.0)
    assert at_origin("x^2*y/(x^2 + y^2)") == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(at_origin("x*y/(x^2 + y^2)"))
    assert math.isnan(at_origin("(x^2 - y^2)/(x^2 + y^2)"))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("exp(1000*x)", Status.DIVERGED),  # a value, too large for a number
        ("exp(400*x)^2 - exp(400*x)^3", Status.DIVERGED),  # inf - inf is NaN
        ("1/exp(-1000*x)", Status.DIVERGED),  # 1/0, of a zero that exp never is
        ("log(exp(-1000*x))", Status.DIVERGED),
        ("exp(1000*x) + log(-x)", Status.UNDEFINED),
        ("sqrt(-exp(1000*x))", Status.UNDEFINED),
        ("1/exp(1000*x)", Status.OK),
        ("1/(1/(x - 2))", Status.OK),
        ("1e200*x", Status.DIVERGED),
        ("1e9*x^3", Status.OK),  # no box of a million
        ("6.6e-34*x", Status.OK),
    ],
)
def test_overflow_is_no_undefinedness(text: str, status: Status) -> None:
    values, found = tabled(text, 2.0)
    assert found == status
    assert math.isnan(values[0]) == (status == Status.UNDEFINED)


def test_maps_tell_overflow_from_what_has_no_value() -> None:
    escaping, logarithm, growing = orbit("x[n+1] = 4.2*x*(1 - x) @ x=0.4; T=60"), orbit("x[n+1] = log(x) @ x=3; T=9"), orbit(
        "x[n+1] = 2*x @ x=6e7; T=100"
    )  # fmt: skip
    assert escaping.status == Status.DIVERGED
    assert escaping.y[0, 0, -1, 0] < 0  # it runs down, and is held there
    expected = [3.0, math.log(3), math.log(math.log(3)), math.log(math.log(math.log(3)))]
    assert logarithm.status == Status.UNDEFINED
    assert logarithm.y[0, 0, :4, 0].tolist() == pytest.approx(expected)
    assert np.isnan(logarithm.y[0, 0, 4:]).all()
    assert growing.status == Status.OK
    assert growing.y[0, 0, -1, 0] == 6e7 * 2.0**100
    difference = orbit("x[n+1] = x^2 - x^4 @ x=3; T=30")  # ends as inf - inf
    assert difference.status == Status.DIVERGED
    assert difference.y[0, 0, -1, 0] < 0
    assert orbit("x[n+1] = sin(x)/x @ x=0; T=2").y[0, 0, :, 0].tolist() == pytest.approx([0.0, 1.0, math.sin(1.0)])


@pytest.mark.parametrize(("dim", "most"), [(2, 0.05), (15, 0.15), (30, 0.25)])
def test_columns_of_input_points_are_as_good_as_uncorrelated(dim: int, most: float) -> None:
    """Independent columns of 201 points: 1/sqrt(201) = 0.07 each, and the largest of 435 pairs about 0.25."""
    points = spread(201, dim)
    correlations = np.abs(np.corrcoef(points.T) - np.eye(dim))
    assert correlations.max() < most
    assert points.min() >= 0
    assert points.max() < 1
    assert (spread(200, dim) == points[:200]).all()
    assert np.abs(points.mean(axis=0) - 0.5).max() < 0.02


@pytest.mark.parametrize(("text", "exact"), [("sin(x)/x", 1.0), ("tanh(x)/x", 1.0), ("(exp(x) - 1)/x", 1.0), ("sin(3*x)/x", 3.0)])
def test_a_smooth_limit_is_found_to_the_fourth_order_of_the_offset(text: str, exact: float) -> None:
    """By the means of two pairs of neighbors at once: of one pair alone the error would be of second order, 1e-9 or more here."""
    (found,), status = tabled(f"y = {text}", 0.0)
    assert found == pytest.approx(exact, abs=1e-11) and status == Status.OK
