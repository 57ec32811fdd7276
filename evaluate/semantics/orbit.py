"""Domain `map`: the behavior of x[n+1] = f(x[n]) is its orbit from each initial condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np

from ...grammars.errors import ConditionError
from ...grammars.tree import Node, System
from ...tokenizers.machines.forest import Forest
from .base import (
    ATOL,
    OVERFLOW_BOX,
    RTOL,
    Behaviors,
    Distances,
    Floats,
    Running,
    Setting,
    Solver,
    box_alone,
    check_solver,
)  # fmt: skip
from .conditions import horizon, initial_conditions
from .flow import measure_states, simulate_states

MOST_ITERATES = 10_000_000


@dataclass(frozen=True, slots=True)
class Orbit:
    """Every iterate from 0 (the initial condition) to `t_end`, a whole number; `points` and the tolerances say nothing here.

    An iterate that overflows, or leaves a box that was asked for, is DIVERGED and held at the edge; one without a value (the
    logarithm of a negative number) is UNDEFINED, and so is all that follows; where there is a limit from both sides it is taken
    (`undefined.limit`). A map has no scale of its own (populations count millions), so there is no box unless one is given.

    A setting whose `t` is made sparser keeps only those iterates. `threads`: None for all cores.
    """

    threads: int | None = None
    box: float | None = None

    def setting(
        self,
        system: System,
        *,
        points: int = 201,
        rtol: float = RTOL,
        atol: float = ATOL,
        x0: Sequence[Sequence[float]] | None = None,
        t_end: float | None = None,
        box: float | None = None,
    ) -> Setting:
        """See `Semantics.setting`. `box` is the half-width in every dimension, None for one that leaves out overflow alone."""
        box = next(b for b in (box, self.box, OVERFLOW_BOX) if b is not None)
        check_solver(points, rtol, atol, box)
        start = initial_conditions(system, x0, box)
        end = horizon(system, t_end, "iterations")
        if end != int(end) or end > MOST_ITERATES:
            raise ConditionError(f"the horizon of a map is a whole number of iterations up to {MOST_ITERATES:,}, not {end:g}")
        return Setting(start, np.arange(int(end) + 1.0), np.full(system.dim, float(box)), rtol, atol)

    def tuned(self, solver: Solver) -> Orbit:
        """The same with a box of one's own. Raises ConditionError for another option: there are no steps here."""
        box = box_alone(solver)
        return self if box is None else replace(self, box=box)

    @overload
    def simulate(self, trees: Sequence[Node], settings: Setting) -> Behaviors: ...
    @overload
    def simulate(self, trees: Sequence[Node], settings: Sequence[Setting]) -> list[Behaviors]: ...
    def simulate(self, trees: Sequence[Node], settings: Setting | Sequence[Setting]) -> Behaviors | list[Behaviors]:
        """See `Semantics.simulate`."""
        return simulate_states(True, trees, settings, self.threads)

    def distances(self, trees: Sequence[Node] | Forest, setting: Setting, reference: Floats, running: Running) -> Distances:
        """See `Measuring.distances`."""
        return measure_states(True, trees, setting, reference, running, self.threads)
