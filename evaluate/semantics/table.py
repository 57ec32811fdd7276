"""Domain `function`: the behavior of y = f(x_0, …) is the table of its values at fixed input points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
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
    all_fit,
    box_alone,
    check_solver,
)

DEFAULT_RANGE = (-5.0, 5.0)
SEED = 0
"""Of the input points: the same for every function of so many inputs, so that behaviors compare."""


@dataclass(frozen=True, slots=True)
class Table:
    """Values at `points` inputs: evenly spaced for one input, a scrambled Sobol set (the same every time) for several.

    Points are independent. Where the function has no value (0/0, 1/0, the logarithm of a negative number) the table holds NaN and
    its status is UNDEFINED; but a limit, where there is one from both sides, is taken for the value: sin(x)/x is 1 at 0
    (`undefined.limit`). Where the value is too large for a floating-point number, or beyond a box that was asked for, the table
    holds the edge and is DIVERGED. A function has no scale of its own (formulas in SI units go from 1e-34 to 1e30), so there is
    no box unless one is given. `threads`: None for all cores.
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
        """See `Semantics.setting`. `x0`: the input points themselves, instead of `points` in the ranges; `t_end` is not used.
        `box`: None for one that leaves out overflow alone."""
        box = next(b for b in (box, self.box, OVERFLOW_BOX) if b is not None)
        check_solver(points, rtol, atol, box)
        table = _given(system, x0) if x0 is not None else _points(_ranges(system), points)
        return Setting(table, np.arange(float(len(table))), np.array([float(box)]), rtol, atol)

    def tuned(self, solver: Solver) -> Table:
        """The same with a box of one's own. Raises ConditionError for another option: there are no steps here."""
        box = box_alone(solver)
        return self if box is None else replace(self, box=box)

    @overload
    def simulate(self, trees: Sequence[Node], settings: Setting) -> Behaviors: ...
    @overload
    def simulate(self, trees: Sequence[Node], settings: Sequence[Setting]) -> list[Behaviors]: ...
    def simulate(self, trees: Sequence[Node], settings: Setting | Sequence[Setting]) -> Behaviors | list[Behaviors]:
        """See `Semantics.simulate`."""
        from .engine.engine import separate, shared  # Numba: half a second that only simulating should cost
        from .engine.kernels import TABLE

        all_fit(trees, 1)
        if isinstance(settings, Setting):
            return shared(TABLE, trees, settings, (1, settings.x0.shape[1], 1), self.threads)
        return separate(TABLE, trees, settings, [(1, s.x0.shape[1], 1) for s in settings], self.threads)

    def distances(self, trees: Sequence[Node] | Forest, setting: Setting, reference: Floats, running: Running) -> Distances:
        """See `Measuring.distances`."""
        from .engine.engine import measured
        from .engine.kernels import TABLE

        all_fit(trees, 1)
        return measured(
            TABLE, trees, setting, (1, setting.x0.shape[1], 1), reference=reference, running=running, threads=self.threads
        )


def _points(ranges: Sequence[tuple[float, float]], points: int) -> Floats:
    low, high = np.array(ranges, dtype=np.float64).T
    if len(ranges) == 1:
        return np.linspace(low, high, points)
    table: Floats = low + (high - low) * spread(points, len(ranges))
    return table


def spread(points: int, dim: int) -> Floats:
    """The first points of a scrambled Sobol sequence in [0, 1)^dim: (points, dim).

    Scrambled (Owen, 1998; SciPy's), since the columns of a plain low-discrepancy sequence run alike in many dimensions: Halton's
    first 201 points correlate up to 0.94 between two of 30 columns; these 0.22, as independent ones would by chance.
    """
    from scipy.stats import qmc

    whole = 1 << (points - 1).bit_length()  # a power of two, as the sequence is balanced in; its first points are the same
    drawn: Floats = qmc.Sobol(dim, scramble=True, rng=np.random.default_rng(SEED)).random(whole)
    return drawn[:points]


def _ranges(system: System) -> tuple[tuple[float, float], ...]:
    if not system.dim:
        raise ConditionError(f"{system.name or 'the function'} has no input to be tabled over; write at least one variable")
    ranges = system.ranges or (DEFAULT_RANGE,) * system.dim
    if len(ranges) != system.dim:
        raise ConditionError(f"{system.name or 'the function'} has {system.dim} inputs but {len(ranges)} ranges")
    for name, (low, high) in zip(system.names, ranges, strict=True):
        if not (isfinite(low) and isfinite(high) and low < high):
            raise ConditionError(f"the range of {name} must go from a smaller to a larger number, not from {low} to {high}")
    return ranges


def _given(system: System, x0: Sequence[Sequence[float]]) -> Floats:
    table = np.array([tuple(map(float, row)) for row in x0 if len(row) == system.dim], dtype=np.float64)
    if not len(x0) or len(table) != len(x0) or not np.isfinite(table).all():
        raise ConditionError(f"each input point needs {system.dim} finite values ({', '.join(system.names)})")
    return table
