"""What a solver may not step over, call divergent, or lose below its tolerance: against closed forms, quadrature and SciPy."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import METRICS
from kappabar.evaluate.kappa.kappa import Kappa
from kappabar.evaluate.kappa.measure import NotMeasured, prepare
from kappabar.evaluate.kappa.tables import write_kappa
from kappabar.evaluate.semantics.base import Behaviors, Solver, Status, default_box, edit_setting, patient
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, System
from kappabar.representations.representation import representation

FLOW = Flow()


def simulate(text: str, **keywords: Any) -> Behaviors:
    system = parse(text)
    return FLOW.simulate([system.tree], FLOW.setting(system, **keywords))


def status(text: str, **keywords: Any) -> Status:
    return Status(int(simulate(text, **keywords).status[0, 0]))


SATURATING = [
    ("x' = exp(0.79*x)*(1 - x/74.3) @ x=7.3; T=10", 74.3),
    ("x' = exp(x)*(1 - x/120) @ x=1; T=10", 120.0),
    ("x' = sinh(0.5*x)*(1 - x/90) @ x=2; T=20", 90.0),
    ("x' = x^9*(1 - x/1000) @ x=1; T=2", 1000.0),
    ("x' = x^3 - x^4/1e7 @ x=1; T=5", 1e7),
]


@pytest.mark.parametrize("rate", [1e9, 1e20, 1e43])
def test_a_component_that_relaxes_in_no_time_is_not_at_an_end(rate: float) -> None:
    """y follows -x/(3 rate) from zero, and x, at 2, hardly moves."""
    found = simulate(f"x' = y; y' = {rate}*(1 - x^2)*y - x @ x=2, y=0; T=20")
    assert found.status[0, 0] == Status.OK
    assert found.y[0, 0, -1] == pytest.approx([2 - 40 / (3 * rate), -2 / (3 * rate)], rel=1e-5)


@pytest.mark.parametrize(("text", "end"), SATURATING)
def test_what_rises_steeply_and_stays_is_not_divergent(text: str, end: float) -> None:
    found = simulate(text)
    assert found.status[0, 0] == Status.OK
    assert found.y[0, 0, -1, 0] == pytest.approx(end, rel=1e-6)


UNDEFINED = [
    # What there is, until when, and the solution before that.
    ("x' = -1/x @ x=1; T=10", 0.5, lambda t: np.sqrt(1 - 2 * t)),
    ("x' = 1/(1 - x) @ x=0; T=10", 0.5, lambda t: 1 - np.sqrt(1 - 2 * t)),
    ("x' = tan(x) @ x=0.1; T=10", -math.log(math.sin(0.1)), lambda t: np.arcsin(np.sin(0.1) * np.exp(t))),
    ("x' = -1/x^2 @ x=1; T=2", 1 / 3, lambda t: np.cbrt(1 - 3 * t)),
    ("x' = -1; y' = log(x) @ x=1, y=0; T=3", 1.0, lambda t: 1 - t),
    ("x' = -1; y' = sqrt(x) @ x=1, y=0; T=3", 1.0, lambda t: 1 - t),
    ("x' = -x; y' = acos(2*x) - 1 @ x=0.4, y=0; T=3", None, lambda t: 0.4 * np.exp(-t)),
    ("x' = x; y' = asin(x) @ x=0.5, y=0; T=3", math.log(2), lambda t: 0.5 * np.exp(t)),
    ("x' = 1; y' = 1/sqrt(2 - x) @ x=0, y=0; T=3", 2.0, lambda t: t),
]


@pytest.mark.parametrize(("text", "until", "solution"), UNDEFINED)
def test_where_the_right_hand_side_ends_the_behavior_is_undefined(text: str, until: float | None, solution: Any) -> None:
    found = simulate(text)
    y = found.y[0, 0]
    if until is None:
        assert found.status[0, 0] == Status.OK
        assert np.isfinite(y).all()
        return
    assert found.status[0, 0] == Status.UNDEFINED
    before = found.t < until - 1e-4
    assert np.isnan(y[found.t > until + 1e-4]).all()
    assert np.isfinite(y[before]).all()
    if solution is not None:
        assert y[before, 0] == pytest.approx(solution(found.t[before]), rel=1e-4)


def test_a_logarithm_that_runs_down_is_not_drawn_up() -> None:
    """x' = log(x) from 1/2 reaches 0 after ∫ dx / -log(x) over (0, 1/2)."""
    found = simulate("x' = log(x) @ x=0.5; T=10")
    until = quad(lambda x: -1 / math.log(x), 0, 0.5)[0]
    assert found.status[0, 0] == Status.UNDEFINED
    assert (np.isnan(found.y[0, 0, :, 0]) == (found.t >= until)).all()
    assert np.nanmax(found.y) == 0.5


@pytest.mark.parametrize("text", ["(x + 1)/(x + 1)*log(x)", "log(x)", "1/(x + 1)", "sqrt(x)", "asin(x - 2)"])
def test_what_has_no_slope_at_the_start_has_the_start_alone(text: str) -> None:
    found = simulate(f"x' = {text} @ x=-1; T=1")
    assert found.status[0, 0] == Status.UNDEFINED
    assert found.y[0, 0, 0, 0] == -1.0
    assert np.isnan(found.y[0, 0, 1:]).all()


# Each starts at the border of where it is defined, and the first derivative that leads out of it is the second: x = 1 + t^2 pi/4
# …, say.
CREEPING = (
    "asin(x) - 0.2*y @ x=1",
    "1 + sqrt(1 - x) @ x=1",
    "1 + sqrt(2 - x) @ x=2",
    "-x - y^x @ x=1",
    "-1 - acos(-x)^0.5 + 0*sqrt(x - 1) @ x=1",
)


@pytest.mark.parametrize("text", CREEPING)
def test_what_leaves_its_domain_from_rest_is_undefined(text: str) -> None:
    system = parse(f"x' = y; y' = {text}, y=0; T=5")
    found = FLOW.simulate([system.tree], edit_setting(FLOW.setting(system), np.ones((201, 2))))
    assert found.status[0, 0] == Status.UNDEFINED
    assert np.isnan(found.y[0, 0, 1:]).all()


def test_what_runs_along_a_border_is_defined() -> None:
    found = simulate("x' = 0; y' = asin(x) - y @ x=1, y=0; T=5")
    assert found.status[0, 0] == Status.OK
    assert found.y[0, 0, -1, 1] == pytest.approx(math.pi / 2 * (1 - math.exp(-5)), rel=1e-5)


@pytest.mark.parametrize(
    ("text", "slope"),
    [("sin(x)/x", 1.0), ("(1 - cos(x))/x^2", 0.5), ("(exp(x) - 1)/x", 1.0), ("x/tanh(x)", 1.0), ("sin(x)^2/x", 0.0)],
)
def test_a_removable_hole_at_the_start_has_its_limit(text: str, slope: float) -> None:
    found = simulate(f"x' = {text} @ x=0; T=0.02", points=3)
    assert found.status[0, 0] == Status.OK
    assert found.y[0, 0, -1, 0] == pytest.approx(0.02 * slope, rel=2e-2, abs=1e-6)


@pytest.mark.parametrize("text", ["1/x", "x/abs(x)", "abs(x)/x", "x/x^2", "sqrt(-1 - x^2)"])
def test_a_hole_without_a_limit_is_undefined(text: str) -> None:
    assert status(f"x' = {text} @ x=0; T=1") == Status.UNDEFINED
    assert status("x' = x/y; y' = 0 @ x=0, y=0; T=1") == Status.UNDEFINED


def test_only_what_moves_leaves_for_the_edge() -> None:
    found = simulate("x' = -exp(-x); y' = -0.1*y; z' = 0 @ x=0, y=1, z=5; T=10")
    assert found.status[0, 0] == Status.DIVERGED
    x, y, z = found.y[0, 0, -1]
    assert x == -default_box(parse("x' = -exp(-x); y' = -0.1*y; z' = 0 @ x=0, y=1, z=5; T=10"), np.array([[0.0, 1.0, 5.0]]))
    assert y == pytest.approx(math.exp(-0.1), rel=1e-4)
    assert z == 5.0


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("x' = x*(1 - x/1e8) @ x=1; T=50", 1e8 / (1 + (1e8 - 1) * math.exp(-50))),
        ("x' = 0.02*x @ x=6e7; T=100", 6e7 * math.exp(2)),
        ("x' = x*(1 - x/6e23) @ x=1e3; T=80", 6e23 / (1 + (6e20 - 1) * math.exp(-80))),
        ("x' = 3e12 - 0.1*x @ x=0; T=200", 3e13 * (1 - math.exp(-20))),
    ],
)
def test_a_large_population_is_no_divergence(text: str, end: float) -> None:
    found = simulate(text)
    assert found.status[0, 0] == Status.OK
    assert found.y[0, 0, -1, 0] == pytest.approx(end, rel=1e-4)
    assert status(text, box=7e7) == Status.DIVERGED


@pytest.mark.parametrize("text", ["x^2", "x^1.1", "exp(x)", "exp(exp(x))", "x*(1 + x^4)", "1 + x^2", "cosh(x)"])
def test_a_blow_up_is_divergence_whatever_the_box(text: str) -> None:
    for box in (None, 1e3, 1e90):
        assert status(f"x' = {text} @ x=1; T=200", box=box) == Status.DIVERGED


def test_an_oscillation_far_below_one_is_as_exact_as_one_of_size_one() -> None:
    for size in (1.0, 1e-9, 1e-40, 1e60):
        found = simulate(f"x' = y; y' = -x @ x={size}, y=0; T=20")
        assert found.status[0, 0] == Status.OK
        assert found.y[0, 0, :, 0] / size == pytest.approx(np.cos(found.t), abs=3e-4)


@pytest.mark.parametrize("start", [20.0, 60.0, 200.0])
def test_a_prey_that_all_but_dies_out_returns_in_time(start: float) -> None:
    """Lotka and Volterra's, in logarithms, where nothing is small: dips down to 1e-80 of the peak."""
    found = simulate(f"x' = x*(1 - y); y' = y*(x - 1) @ x={start}, y=1; T=200", rtol=1e-7)
    exact = solve_ivp(
        lambda _, u: [1 - math.exp(u[1]), math.exp(u[0]) - 1],
        (0, 200),
        [math.log(start), 0.0],
        "DOP853",
        found.t,
        rtol=1e-11,
        atol=1e-11,
    )
    assert found.status[0, 0] == Status.OK
    assert np.log(found.y[0, 0]) == pytest.approx(exact.y.T, rel=2e-2, abs=5e-2)


def test_a_seed_far_below_the_other_grows_to_win() -> None:
    """Two species, the second a hundredth faster, from 1e-15: x2/x1 grows by exp(0.5 t)."""
    found = simulate("x' = x*(1 - x - y); y' = y*(1.5 - x - y) @ x=1, y=1e-15; T=100")
    share = found.y[0, 0, :, 1] / found.y[0, 0, :, 0]
    known = share < 1e30
    assert np.log(share[known]) == pytest.approx(math.log(1e-15) + 0.5 * found.t[known], abs=1e-2)


SPRING = ("x_1 | -x_0 - 0.2*x_1", "x_1 | -1.3*x_0 - 0.2*x_1", "2*x_1 | -x_0 + 0.1*x_1", "x_1 - x_0 | -x_0 - 0.2*x_1")


def tree(text: str) -> Node:
    found = read_infix(text)
    assert isinstance(found, Node)
    return found


@pytest.mark.parametrize("metric", ["bounded-l2", "relative-l2"])
@pytest.mark.parametrize("size", [2.0**-40, 2.0**-12, 2.0**30, 1e-12, 1e7])
def test_distances_of_linear_systems_do_not_depend_on_the_unit(size: float, metric: str) -> None:
    """Exactly for powers of two, whose products round alike; else to what rounding is."""
    running = METRICS[metric].running
    assert running is not None
    found = []
    for unit in (1.0, size):
        system = System(tree(SPRING[0]), ("x", "y"), x0=((unit, 0.5 * unit), (0.0, unit)), t_end=20.0)
        setting = FLOW.setting(system)
        reference = FLOW.simulate([system.tree], setting).y[0]
        found.append(FLOW.distances([tree(t) for t in SPRING], edit_setting(setting, reference), reference, running).distance)
    if math.frexp(size)[0] == 0.5:
        assert (found[0] == found[1]).all()
    assert found[1] == pytest.approx(found[0], rel=1e-6, abs=1e-12)


def rescaled(node: Node, power: float) -> Node:
    """f(x) as s f(x / s)."""
    from kappabar.grammars.tree import number, system

    def inside(n: Node) -> Node:
        if n.is_variable:
            return Node("*", (number(1 / power), n))
        return replace(n, children=tuple(inside(c) for c in n.children))

    return system(*(Node("*", (number(power), inside(equation))) for equation in node.children))


@settings(max_examples=25)
@given(reference=trees(dim=2, max_leaves=6), other=trees(dim=2, max_leaves=6), exponent=st.sampled_from([-30, -7, 5, 24]))
def test_the_distance_of_a_pair_does_not_depend_on_the_unit(reference: Node, other: Node, exponent: int) -> None:
    """Both systems in units of a power of two: same steps, same outcome, same distance."""
    found = []
    for power in (1.0, 2.0**exponent):
        x0 = ((power, -0.5 * power), (0.25 * power, 2 * power))
        pair = [rescaled(t, power) for t in (reference, other)]
        setting = FLOW.setting(System(pair[0], ("x", "y"), x0=x0, t_end=3.0), points=31, box=1e3 * power)
        original = FLOW.simulate(pair[:1], setting)
        if (original.status != Status.OK).any():
            found.append(original.status.tolist())
            continue
        inside, running = edit_setting(setting, original.y[0]), METRICS["bounded-l2"].running
        assert running is not None
        moved = FLOW.distances(pair[1:], inside, original.y[0], running)
        found.append([moved.status.tolist(), moved.distance.tolist()])
    assert found[0] == found[1]


def test_a_variable_in_a_unit_of_its_own_is_solved_as_well() -> None:
    """One of two in units of 1e9: not only both at once."""
    plain = simulate("x' = y; y' = -x - 0.1*y @ x=1, y=0; T=30")
    mixed = simulate("x' = 1e9*y; y' = -1e-9*x - 0.1*y @ x=1, y=0; T=30")
    assert mixed.y[0, 0] * [1, 1e9] == pytest.approx(plain.y[0, 0], abs=2e-5)


def test_a_long_horizon_is_reached_and_a_limit_is_kept() -> None:
    text = "x' = y; y' = -x @ x=1, y=0; T=3000"
    found = simulate(text)
    assert found.status[0, 0] == Status.OK
    assert found.y[0, 0, :, 0] == pytest.approx(np.cos(found.t), abs=0.05)
    assert status(text, max_steps=1000) == Status.UNRESOLVED


def test_an_original_that_needs_many_steps_gets_them_and_its_edits_too() -> None:
    system = parse("x' = y; y' = -x @ x=1, y=0; T=10000")
    setting = FLOW.setting(system)
    inside = edit_setting(setting, np.ones((1, 201, 2)))
    assert inside.max_steps == 20_000
    tried = list(patient(setting, inside))
    assert [s.max_steps for s in tried] == [20_000, 20_000, 80_000, 320_000, 500_000]
    statuses = [int(FLOW.simulate([system.tree], s).status[0, 0]) for s in tried[:3]]
    assert statuses == [Status.UNRESOLVED, Status.UNRESOLVED, Status.OK]


@pytest.mark.parametrize(
    ("options", "said"), [({"max_step": 0.0}, "max_step"), ({"max_steps": -1}, "max_steps"), ({"box": math.inf}, "box")]
)
def test_options_that_no_solver_can_use_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConditionError, match=said):
        simulate("x' = -x @ x=1; T=1", **options)


def test_options_become_words_and_come_back() -> None:
    solver = Solver(atol=1e-9, max_steps=2_000_000)
    assert solver.words() == ["--atol", "1e-09", "--max-steps", "2000000"]
    assert Solver(box=5.0).over(solver) == Solver(atol=1e-9, box=5.0, max_steps=2_000_000)
    assert FLOW.tuned(solver).setting(parse("x' = -x @ x=1; T=1")).atol == 1e-9
    assert FLOW.tuned(solver).setting(parse("x' = -x @ x=1; T=1"), atol=1e-3).atol == 1e-3


RELAXING = [
    "x' = y; y' = 1000*(1 - x^2)*y - x @ x=2, y=0; T=3000",
    "x' = -1e7*(x - cos(t)) ; t' = 1 @ x=1, t=0; T=2000",
    "x' = 10000*(y - (x^3/3 - x)); y' = -x/10 @ x=1, y=0.2; T=400",
]


@pytest.mark.parametrize("text", RELAXING)
def test_a_stiff_system_that_simulates_is_measured(text: str) -> None:
    """The reference has the steps and the box of the system itself, whatever an edit's are. Van der Pol's oscillator is at 0.006
    at most where outputs are due, and at 1300 in its jumps between them.
    """
    system = parse(text)
    measured = prepare(representation("prefix"), system, domain("ode"), METRICS["bounded-l2"])
    assert not isinstance(measured, NotMeasured), measured
    assert measured.fidelity_error == 0.0
    own = FLOW.simulate([system.tree], FLOW.setting(system)).y[0]
    assert measured.behavior == pytest.approx(own, abs=1e-12)


def test_what_diverges_is_held_at_a_number_however_steep_it_is():
    """x' = 1.8e308 overflows in the very step: it is still a behavior, at the edge on the side to which it went."""
    for sign in ("", "-"):
        system = parse(f"x' = x; y' = {sign}1.7976931348623157e308 @ x=1, y=0.5; T=5")
        setting = FLOW.setting(system, points=5)
        found = FLOW.simulate([system.tree], setting)
        assert (found.status == Status.DIVERGED).all() and np.isfinite(found.y).all()
        assert found.y[0, 0, 0].tolist() == [1.0, 0.5] and (found.y[0, 0, 1:, 1] == float(f"{sign}1") * setting.box[1]).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [({"rtol": -1.0}, "rtol"), ({"box": -3.0}, "box"), ({"rtol": 1e-18}, "rtol"), ({"max_step": math.inf}, "max_step")],
)
@pytest.mark.parametrize("name", ["ode", "map", "function"])
def test_an_option_that_means_nothing_is_refused_before_anything_runs(name: str, options: dict[str, float], said: str) -> None:
    """Once, and not once for each of the bank's expressions."""
    heard: list[object] = []
    with pytest.raises(ConditionError, match=said):
        kappa("prefix", domain=name, listen=heard.append, **options)  # type: ignore[arg-type]
    assert heard == []


def test_a_kappa_says_how_it_was_simulated(tmp_path: Path) -> None:
    """Under the names that run.json has."""
    found = kappa("prefix", "sample:1", edits_per_expression=3, rtol=1e-5, max_steps=9000)
    assert isinstance(found, Kappa)
    write_kappa(tmp_path, [found])
    (document,) = json.loads((tmp_path / "kappa.json").read_text(encoding="utf-8"))
    assert document.items() >= {"rtol": 1e-5, "atol": None, "box": None, "max_step": None, "max_steps": 9000}.items()


@pytest.mark.parametrize("text", [
    "x' = 1.1*x - 44*x*y; y' = 0.1*x*y - 0.4*y @ x=10, y=5; T=40",  # prey down to 1e-239
    "x' = x*(7 - x/3) - x*y/(0.5 + x); y' = 0.8*x*y/(0.5 + x) - 0.4*y @ x=1, y=0.5; T=60",
    "x' = 10*(x*(1 - x) - y*x/(x + 0.01)); y' = x - y @ x=0.7, y=0.05; T=25",
])  # fmt: skip
def test_what_is_faint_to_any_tolerance_has_an_outcome(text: str) -> None:
    """The kernels' word for "take it again" left them as if it were a status."""
    assert status(text) == Status.OK


def test_a_variable_comes_back_from_as_far_as_numbers_go() -> None:
    """z falls to 1.6e-192; with an absolute tolerance of 1e-100 it came back from noise, and diverged."""
    found = simulate("x' = -y - z; y' = x + 0.2*y; z' = z*(x - 5.7) @ x=1, y=1, z=1; T=50")
    exact = solve_ivp(
        lambda _, x: [-x[1] - x[2], x[0] + 0.2 * x[1], x[2] * (x[0] - 5.7)],
        (0, 50),
        [1, 1, 1],
        "DOP853",
        found.t,
        rtol=1e-10,
        atol=1e-300,
    ).y.T
    assert found.status.tolist() == [[Status.OK]]
    assert found.y[0, 0, -1] == pytest.approx(exact[-1], rel=1e-3)
