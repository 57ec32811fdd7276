"""Flows that slide: where both sides of a jump push back, as dry friction does, steps across it become too small, and the
behavior is Filippov's, along the surface of the jump (Differential Equations with Discontinuous Righthand Sides, 1988; see
`crossings`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import ConditionError
from ....grammars.tree import Node
from ..tangent.explicit import OK
from . import record
from .batch import Batch
from .interpreter import OUTPUTS, OUTPUTS_END

Floats = NDArray[np.float64]
SHARE = 10
"""Steps that slide are few, and each costs as much as several of the other methods': they get so much less of them."""


def slide(batch: Batch, jobs: NDArray[np.int64]) -> None:
    """Follow again what is unresolved and holds a `sign` or `abs`, and put what is found in its place."""
    for j in jobs:
        job = batch.jobs[j]
        tree, points, dim = batch.tree(int(job[record.TAPE])), int(job[record.COUNT]), _dim(batch, int(job[record.TAPE]))
        x0, box = _part(batch.x0, job[record.X0], dim), _part(batch.boxes, job[record.BOX], dim)
        t = _part(batch.times, job[record.TIMES], points)
        path = follow(tree, x0, t, box, batch.tolerances[j], max(1, int(job[record.STEPS]) // SHARE))
        if path is None:
            continue
        y, batch.status[j] = path
        if batch.reference is None or batch.units is None:
            batch.out[job[record.RESULT] : job[record.RESULT] + y.size] = y.ravel()
        else:
            own = _part(batch.reference, job[record.REFERENCE], points * dim).reshape(points, dim)
            units = _part(batch.units, job[record.UNITS], dim)
            batch.out[job[record.RESULT] : job[record.RESULT] + record.SUMS] = sums(y * units, own)


def follow(tree: Node, x0: Floats, t: Floats, box: Floats, tolerances: Floats, steps: int) -> tuple[Floats, int] | None:
    """The behavior (T, D) and its status; None where it cannot be followed either. Outside of the box it is held at its edge."""
    from ..tangent.walker import walker

    y = np.empty((len(t), len(x0)))
    size = float(np.abs(x0).max()) or 1.0  # at rest there is none
    who = walker(tree, x0, False, float(tolerances[0]), float(tolerances[1]) * size, np.zeros((0, len(x0))))
    who.box = np.inf
    if not len(who.program[3]):
        return None
    y[0] = x0
    try:
        for i, status in enumerate(who.along(t, steps), start=1):
            if status != OK:
                return None
            y[i] = who.x
            if (np.abs(y[i]) > box).any():
                y[i:] = np.clip(y[i], -box, box)
                return y, record.DIVERGED
    except ConditionError:  # caught at a jump that is neither: nothing says how it goes on
        return None
    return y, record.OK


def sums(scaled: Floats, own: Floats) -> Floats:
    """`record.SUMS` of a behavior without undefined points, in units, and its reference (T, D)."""
    there = ~np.isnan(own)
    value, reference = scaled[there], own[there]
    return np.array([((value - reference) ** 2).sum(), (value**2).sum(), (reference**2).sum(), 0.0])


def _dim(batch: Batch, tape: int) -> int:
    row = batch.program.table[tape]
    return int(row[OUTPUTS_END] - row[OUTPUTS])


def _part(flat: Any, first: int, count: int) -> Floats:
    part: Floats = flat[first : first + count]
    return part
