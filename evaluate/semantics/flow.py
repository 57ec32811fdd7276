"""Domain `ode`: the behavior of x' = f(x) is its trajectory from each initial condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import overload

import numpy as np

from ...grammars.tree import Node, System
from ...tokenizers.machines.forest import Forest
from .base import (
    ATOL,
    DEFAULTS,
    MAX_STEPS,
    RTOL,
    Behaviors,
    Distances,
    Floats,
    Running,
    Setting,
    Solver,
    all_fit,
    check_solver,
    default_box,
    fits,
    max_steps_for,
)
from .conditions import horizon, initial_conditions


@dataclass(frozen=True, slots=True)
class Flow:
    """Trajectories by adaptive Dormand–Prince 5(4), `points` output times evenly spaced over [0, t_end].

    What it leaves unresolved, or finds to be stiff, is tried again from the start by RODAS, which is implicit. In the setting of
    a system that jumps, what is caught at a jump of a `sign` or `abs` is followed along it.

    A step is at most `max_step` long. One that is longer than the time between outputs, or than a 200th of the horizon, is looked
    into: where f is not the slope that the step has there, it is taken again, to just before. So what happens at rest is not
    stepped over, unless it is narrower than that.

    `threads`: None for all cores. Results do not depend on it. `solver`: what `setting` takes where it is given nothing else.
    """

    threads: int | None = None
    solver: Solver = DEFAULTS

    def setting(
        self,
        system: System,
        *,
        points: int = 201,
        rtol: float | None = None,
        atol: float | None = None,
        x0: Sequence[Sequence[float]] | None = None,
        t_end: float | None = None,
        box: float | None = None,
        max_step: float | None = None,
        max_steps: int | None = None,
    ) -> Setting:
        """See `Semantics.setting`. `box` is the half-width in every dimension (None: see `base.default_box`); `max_step` and
        `max_steps` bound the length and the number of steps (None: not the length, and 500,000 steps, 20,000 of an edit).
        """
        chosen = Solver(rtol, atol, box, max_step, max_steps).over(self.solver)
        check_solver(points, chosen.rtol, chosen.atol, chosen.box, max_step=chosen.max_step, max_steps=chosen.max_steps)
        start = initial_conditions(system, x0, chosen.box)
        times = np.linspace(0.0, horizon(system, t_end, "time units"), points)
        width = default_box(system, start) if chosen.box is None else chosen.box
        relative, steps = chosen.rtol or RTOL, chosen.max_steps
        jumps = any(node.symbol in ("sign", "abs") for _, node in system.tree.walk())
        return Setting(
            start,
            times,
            np.full(system.dim, float(width)),
            relative,
            chosen.atol or ATOL,
            steps or max_steps_for(relative, MAX_STEPS),
            max_step=chosen.max_step or inf,
            edit_steps=steps or max_steps_for(relative),
            slides=jumps,
        )

    def tuned(self, solver: Solver) -> Flow:
        """The same with options of one's own."""
        return replace(self, solver=solver.over(self.solver))

    def compile_beside(self) -> None:
        """See `Compiling.compile_beside`."""
        from .engine.compiling import compile_flows_beside

        compile_flows_beside()

    @overload
    def simulate(self, trees: Sequence[Node], settings: Setting) -> Behaviors: ...
    @overload
    def simulate(self, trees: Sequence[Node], settings: Sequence[Setting]) -> list[Behaviors]: ...
    def simulate(self, trees: Sequence[Node], settings: Setting | Sequence[Setting]) -> Behaviors | list[Behaviors]:
        """See `Semantics.simulate`."""
        return simulate_states(False, trees, settings, self.threads)

    def distances(self, trees: Sequence[Node] | Forest, setting: Setting, reference: Floats, running: Running) -> Distances:
        """See `Measuring.distances`."""
        return measure_states(False, trees, setting, reference, running, self.threads)


def simulate_states(
    orbit: bool, trees: Sequence[Node], settings: Setting | Sequence[Setting], threads: int | None
) -> Behaviors | list[Behaviors]:
    """What flows and orbits share: as many equations as variables, one job per initial condition."""
    from .engine.engine import separate, shared  # Numba: half a second that only simulating should cost
    from .engine.kernels import FLOW, ORBIT

    kind = ORBIT if orbit else FLOW
    if isinstance(settings, Setting):
        shape = _shape(settings)
        all_fit(trees, shape[2])
        return shared(kind, trees, settings, shape, threads)
    shapes = [_shape(setting) for setting in settings]
    for tree, shape in zip(trees, shapes, strict=False):
        fits(tree, shape[2])
    return separate(kind, trees, settings, shapes, threads)


def measure_states(
    orbit: bool, trees: Sequence[Node] | Forest, setting: Setting, reference: Floats, running: Running, threads: int | None
) -> Distances:
    """`distances` of flows and orbits."""
    from .engine.engine import measured
    from .engine.kernels import FLOW, ORBIT

    shape = _shape(setting)
    all_fit(trees, shape[2])
    return measured(ORBIT if orbit else FLOW, trees, setting, shape, reference=reference, running=running, threads=threads)


def _shape(setting: Setting) -> tuple[int, int, int]:
    count, dim = setting.x0.shape
    if setting.box.shape != (dim,):
        raise ValueError(f"the box has shape {setting.box.shape}, the setting {dim} dimensions")
    return count, dim, dim
