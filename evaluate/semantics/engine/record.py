"""What becomes of a simulated point, compiled: stored, or compared with a reference at once and forgotten.

Both loops over time, explicit and implicit, report through here, so a held or clipped value means the same in each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ....tokenizers.machines.jit import bare, hot, inner
from .lanes import W

# Columns of the table of jobs: a job's tape; where its x0, times, box and results are in the flat arrays; how many
# times; its step limit; where the reference's values and units are.
TAPE, X0, TIMES, BOX, RESULT, COUNT, STEPS, REFERENCE, UNITS = range(9)
JOB_COLUMNS = 9

SUMS = 4
"""What `out` holds of a job that is measured: see `add`."""

OK, DIVERGED, UNDEFINED, UNRESOLVED, LEFT_STIFF, LEFT_FAINT, LEFT_WOUND = range(7)
DEGREE = 4


class Batch(NamedTuple):
    """All arrays of a kernel call, see `engine.Batch`. `measured`: whether `out` takes sums or trajectories."""

    code: Any
    registers: Any
    outputs: Any
    tapes: Any
    jobs: Any
    tolerances: Any
    x0: Any
    times: Any
    boxes: Any
    reference: Any
    units: Any
    out: Any
    status: Any
    measured: bool


class JobView(NamedTuple):
    """One job: its output times, box, reference and results, by their places in the flat arrays."""

    dim: int
    points: int
    times: Any
    time: int
    boxes: Any
    box: int
    reference: Any
    at: int
    units: Any
    unit: int
    out: Any
    result: int
    measured: bool


@hot
def task_of(batch: Batch, j: int, dim: int) -> JobView:
    job = batch.jobs[j]
    return JobView(
        dim, job[COUNT], batch.times, job[TIMES], batch.boxes, job[BOX], batch.reference, job[REFERENCE],
        batch.units, job[UNITS], batch.out, job[RESULT], batch.measured,
    )  # fmt: skip


@inner
def aligned(size: int) -> Any:
    """A flat array that begins where a cache line does: a vector across two lines costs twice."""
    memory = np.zeros(size + W)
    skip = (-(memory.ctypes.data // 8)) % W
    return memory[skip : skip + size]


@hot
def clear(task: JobView) -> None:
    """Before the first output: sums begin at nothing."""
    if task.measured:
        for i in range(SUMS):
            task.out[task.result + i] = 0.0


@hot
def add(task: JobView, row: int, i: int, value: float) -> None:
    """Component i at output `row`; NaN where it is undefined.

    Sums run over the outputs at which both this behavior and the reference are defined. They are of squares, in units: of the
    difference from the reference, of the value, and of the reference; then the number of outputs at which the reference alone is.
    """
    if task.measured:
        own = task.reference[task.at + row * task.dim + i]
        if own != own:
            return
        if value == value:
            size = value * task.units[task.unit + i]
            task.out[task.result] += (size - own) * (size - own)
            task.out[task.result + 1] += size * size
            task.out[task.result + 2] += own * own
        elif i == 0:
            task.out[task.result + 3] += 1.0
    else:
        task.out[task.result + row * task.dim + i] = value


@hot
def write(task: JobView, row: int, x: Any) -> None:
    for i in range(task.dim):
        add(task, row, i, x[i])


@hot
def outside(task: JobView, x: Any) -> bool:
    found = False
    for i in range(task.dim):
        found = found or not abs(x[i]) <= task.boxes[task.box + i]
    return found


@bare
def hold(task: JobView, row: int, x: Any) -> None:
    """From `row` on, rest at `x`, clipped to the box. An addition per output time is next to nothing beside a step."""
    for i in range(task.dim):
        box = task.boxes[task.box + i]
        value = min(max(x[i], -box), box)
        for later in range(row, task.points):
            add(task, later, i, value)


@bare
def undefine(task: JobView, row: int) -> None:
    """From `row` on there is no behavior: every component is NaN."""
    for later in range(row, task.points):
        for i in range(task.dim):
            add(task, later, i, np.nan)


@bare
def edge(task: JobView, row: int, x: Any) -> None:
    """From `row` on, rest at the corner of the box that `x` points to: there is no further behavior."""
    for i in range(task.dim):
        box = task.boxes[task.box + i]
        value = -box if x[i] < 0.0 else box
        for later in range(row, task.points):
            add(task, later, i, value)


@hot
def within(curve: Any, dim: int, theta: float, probe: Any) -> None:
    """probe = the solution at a share theta of a step, by the polynomial of each component that the step left in `curve`."""
    for i in range(dim):
        value = curve[i, DEGREE]
        for power in range(DEGREE - 1, -1, -1):
            value = value * theta + curve[i, power]
        probe[i] = value


@bare
def leave(task: JobView, curve: Any, probe: Any, row: int, theta: float) -> None:
    """Find where, up to a share theta of this step, the box was left (so that what is held does not depend on the steps)."""
    low, high = 0.0, theta
    for _ in range(50):
        middle = 0.5 * (low + high)
        within(curve, task.dim, middle, probe)
        if outside(task, probe):
            high = middle
        else:
            low = middle
    within(curve, task.dim, high, probe)
    for i in range(task.dim):
        if probe[i] != probe[i]:  # slopes near the largest number overflow in the polynomial: the first of them says whither
            probe[i] = np.inf if curve[i, 1] > 0.0 else -np.inf
    hold(task, row, probe)


@hot
def due(task: JobView, curve: Any, probe: Any, row: int, t: float, step: float, after: float) -> int:
    """Report the outputs from `row` up to time `after` of a step from t; the next row, or -1 if the box was left."""
    while row < task.points and task.times[task.time + row] <= after:
        theta = (task.times[task.time + row] - t) / step
        within(curve, task.dim, theta, probe)
        if outside(task, probe):
            leave(task, curve, probe, row, theta)
            return -1
        write(task, row, probe)
        row += 1
    return row
