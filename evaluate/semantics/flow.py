"""Domain `ode`: the behavior of x' = f(x) is its trajectory from each initial condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from ...grammars.tree import Node, System
from ...tokenizers.bulk.forest import Forest
from .base import (
    Behaviors,
    Distances,
    Floats,
    Running,
    Setting,
    all_fit,
    check_solver,
    fits,
    horizon,
    initial_conditions,
    max_steps_for,
)


@dataclass(frozen=True, slots=True)
class Flow:
    """Trajectories by adaptive Dormand–Prince 5(4), `points` output times evenly spaced over [0, t_end].

    What it leaves unresolved, or finds to be stiff, is tried again from the start by RODAS, which is implicit.

    `threads`: None for all cores. Results do not depend on it.
    """

    threads: int | None = None

    def setting(
        self,
        system: System,
        *,
        points: int = 201,
        rtol: float = 1e-6,
        atol: float = 1e-9,
        x0: Sequence[Sequence[float]] | None = None,
        t_end: float | None = None,
        box: float = 1e6,
    ) -> Setting:
        """See `Semantics.setting`. `box` is the half-width in every dimension."""
        check_solver(points, rtol, atol, box)
        start = initial_conditions(system, x0, box)
        times = np.linspace(0.0, horizon(system, t_end, "time units"), points)
        return Setting(start, times, np.full(system.dim, float(box)), rtol, atol, max_steps_for(rtol))

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
    from .engine import separate, shared  # Numba: half a second that only simulating should cost
    from .kernels import FLOW, ORBIT

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
    from .engine import measured
    from .kernels import FLOW, ORBIT

    shape = _shape(setting)
    all_fit(trees, shape[2])
    return measured(ORBIT if orbit else FLOW, trees, setting, shape, reference, running, threads)


def _shape(setting: Setting) -> tuple[int, int, int]:
    count, dim = setting.x0.shape
    if setting.box.shape != (dim,):
        raise ValueError(f"the box has shape {setting.box.shape}, the setting {dim} dimensions")
    return count, dim, dim
