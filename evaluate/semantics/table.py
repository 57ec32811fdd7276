"""Domain `function`: the behavior of y = f(x_0, …) is the table of its values at fixed input points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import overload

import numpy as np

from ...grammars.errors import ConditionError
from ...grammars.tree import Node, System
from ...tokenizers.bulk.forest import Forest
from .base import Behaviors, Distances, Floats, Running, Setting, all_fit, check_solver

DEFAULT_RANGE = (-5.0, 5.0)


@dataclass(frozen=True, slots=True)
class Table:
    """Values at `points` inputs: evenly spaced for one input, a Halton set (the same every time) for several.

    Where the function has no finite value within the box, the table holds the box's edge and the status is
    DIVERGED; points are independent, so the others keep their values. `threads`: None for all cores.
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
        """See `Semantics.setting`. `x0`: the input points themselves, instead of `points` in the ranges; `t_end` is not used."""
        check_solver(points, rtol, atol, box)
        table = _given(system, x0) if x0 is not None else _points(_ranges(system), points)
        return Setting(table, np.arange(float(len(table))), np.array([float(box)]), rtol, atol)

    @overload
    def simulate(self, trees: Sequence[Node], settings: Setting) -> Behaviors: ...
    @overload
    def simulate(self, trees: Sequence[Node], settings: Sequence[Setting]) -> list[Behaviors]: ...
    def simulate(self, trees: Sequence[Node], settings: Setting | Sequence[Setting]) -> Behaviors | list[Behaviors]:
        """See `Semantics.simulate`."""
        from .engine import separate, shared  # Numba: half a second that only simulating should cost
        from .kernels import TABLE

        all_fit(trees, 1)
        if isinstance(settings, Setting):
            return shared(TABLE, trees, settings, (1, settings.x0.shape[1], 1), self.threads)
        return separate(TABLE, trees, settings, [(1, s.x0.shape[1], 1) for s in settings], self.threads)

    def distances(self, trees: Sequence[Node] | Forest, setting: Setting, reference: Floats, running: Running) -> Distances:
        """See `Measuring.distances`."""
        from .engine import measured
        from .kernels import TABLE

        all_fit(trees, 1)
        return measured(TABLE, trees, setting, (1, setting.x0.shape[1], 1), reference, running, self.threads)


def _points(ranges: Sequence[tuple[float, float]], points: int) -> Floats:
    low, high = np.array(ranges, dtype=np.float64).T
    if len(ranges) == 1:
        return np.linspace(low, high, points)
    table: Floats = low + (high - low) * halton(points, len(ranges))
    return table


def halton(points: int, dim: int) -> Floats:
    """The first points of Halton's sequence in [0, 1)^dim, origin left out (Numer. Math. 2, 1960): (points, dim)."""
    primes: list[int] = []
    candidate = 2
    while len(primes) < dim:
        if all(candidate % p for p in primes):
            primes.append(candidate)
        candidate += 1
    return np.stack([_radical_inverse(np.arange(1, points + 1), p) for p in primes], axis=1)


def _radical_inverse(n: np.ndarray[tuple[int, ...], np.dtype[np.int64]], base: int) -> Floats:
    """Digits of n in `base`, mirrored at the point."""
    result, weight = np.zeros(n.shape), 1.0
    while n.any():
        weight /= base
        result += weight * (n % base)
        n = n // base
    return result


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
