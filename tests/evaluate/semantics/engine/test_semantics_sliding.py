"""Motion along a jump, against solutions that are known exactly, and against ever steeper tanh."""

from __future__ import annotations

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.semantics.base import Behaviors, Running, Status
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import representation

FRICTION = "x' = v; v' = -x - 0.3*sign(v) @ x=1.4, v=0; T=20"


def simulate(text: str) -> Behaviors:
    system = parse(text)
    return Flow().simulate([system.tree], Flow().setting(system))


def test_dry_friction_sticks_where_the_spring_is_too_weak() -> None:
    """Each half turn takes 2*0.3 of the amplitude: 1.4, -0.8, 0.2, and there it stays."""
    found = simulate(FRICTION)
    assert found.status.tolist() == [[Status.OK]]
    half = found.t < np.pi
    assert found.y[0, 0, half, 0] == pytest.approx(0.3 + 1.1 * np.cos(found.t[half]), abs=1e-5)
    assert found.y[0, 0, -1] == pytest.approx([0.2, 0.0], abs=1e-6)


@pytest.mark.parametrize(("text", "end"), [
    ("x' = -sign(x) @ x=1; T=3", 0.0),
    ("x' = 1 - 2*sign(x - 0.5) - 0.1*x @ x=2; T=10", 0.5),
    ("x' = 0.2*cos(t) - sign(x); t' = 1 @ x=1, t=0; T=20", 0.0),
    ("x' = -abs(x)/x + 3*(abs(x - 1) - abs(x + 1)) @ x=2; T=3", 0.0),
])  # fmt: skip
def test_what_is_caught_stays(text: str, end: float) -> None:
    found = simulate(text)
    if "/x" in text:  # nothing says how it goes on where f has no value
        assert found.status.tolist() == [[Status.UNRESOLVED]]
    else:
        assert found.status.tolist() == [[Status.OK]]
        assert found.y[0, 0, -1, 0] == pytest.approx(end, abs=1e-7)


@pytest.mark.parametrize("start", [0.0, 0.1])
def test_a_driven_block_sticks_and_slips_as_with_ever_steeper_friction(start: float) -> None:
    text = f"x' = v; v' = 1.2*cos(t) - 0.5*SIGN - 4*x; t' = 1 @ x=0.3, v={start}, t=0; T=40"
    found = simulate(text.replace("SIGN", "sign(v)"))
    assert (found.status == Status.OK).all()
    apart = [np.abs(found.y - simulate(text.replace("SIGN", f"tanh({k}*v)")).y).max() for k in (100, 1000)]
    assert apart[1] < 0.2 * apart[0] < 0.02


def test_out_of_the_box_it_is_divergent_and_held_at_the_edge() -> None:
    system = parse("x' = -sign(x); y' = y @ x=1, y=1; T=10")
    found = Flow().simulate([system.tree], Flow().setting(system, box=100.0))
    assert found.status.tolist() == [[Status.DIVERGED]]
    assert found.y[0, 0, -1] == pytest.approx([0.0, 100.0], abs=1e-9)


def test_distances_on_the_fly_are_those_of_what_is_stored() -> None:
    flow, systems = Flow(), [parse(FRICTION), parse(FRICTION.replace("0.3", "0.25")), parse(FRICTION.replace("0.3", "0.5"))]
    setting = flow.setting(systems[0])
    trees = [system.tree for system in systems]
    stored = flow.simulate(trees, setting)
    chosen = metric("bounded-l2")
    assert isinstance(chosen.running, Running)
    found = flow.distances(trees, setting, stored.y[0], chosen.running)
    assert found.distance == pytest.approx(chosen.function(stored.y[0][None], stored.y).mean(axis=-1), abs=1e-9)
    assert (found.status == stored.status).all() and (stored.status == Status.OK).all()


def test_an_edit_slides_where_the_system_itself_has_jumps() -> None:
    flow, smooth, friction = Flow(), parse("x' = -x @ x=1; T=3"), parse("x' = -sign(x) @ x=1; T=3")
    settings = [flow.setting(smooth), flow.setting(friction)]
    both = [flow.simulate([friction.tree], setting).status.tolist() for setting in settings]
    assert both == [[[Status.UNRESOLVED]], [[Status.OK]]]
    assert [b.status.tolist() for b in flow.simulate([friction.tree] * 2, settings)] == both


def test_a_system_with_friction_has_a_kappa() -> None:
    found = measure_all(
        representation("prefix | digits:3"),
        [parse(FRICTION)],
        domain("ode"),
        metric("bounded-l2"),
        TokenEdits(),
        invalid="exclude",
        edits_per_expression=100,
    )
    assert found.mean is not None and 0.0 < found.mean.value < 1.0
