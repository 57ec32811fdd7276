"""The compiled loops around the tape interpreter: flow, orbit and table.

`run` works on jobs `first` to `last` of a batch, one job being one tree from one initial condition. Jobs share nothing
but read-only arrays, so the result does not depend on how they are split among threads. Python calls `run` alone; all
the rest is compiled into it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .interpreter import (
    OUTPUTS,
    OUTPUTS_END,
    REGISTERS,
    REGISTERS_END,
    VARIABLES,
    Tape,
    evaluate,
    inner,
    interpret,
    load_tape,
)  # fmt: skip
from .stepper import GROW, SAFETY, SHRINK, Work, at_rest, blows_up, crosses_pole, first_step, interpolate, try_step, turns

FLOW, ORBIT, TABLE = range(3)

# Columns of the table of jobs: a job's tape; where its x0, times, box and results are in the flat arrays; how many
# times; its step limit.
TAPE, X0, TIMES, BOX, RESULT, COUNT, STEPS = range(7)
JOB_COLUMNS = 7

OK, DIVERGED, UNRESOLVED = 0, 1, 2


class Task(NamedTuple):
    """One job: its output times, box and results, by their places in the flat arrays."""

    dim: int
    points: int
    times: Any
    time: int
    boxes: Any
    box: int
    y: Any
    result: int


@inner
def _write(y: Any, result: int, dim: int, row: int, x: Any) -> None:
    for i in range(dim):
        y[result + row * dim + i] = x[i]


@inner
def _outside(boxes: Any, box: int, dim: int, x: Any) -> bool:
    outside = False
    for i in range(dim):
        outside = outside or not abs(x[i]) <= boxes[box + i]
    return outside


@inner
def _hold(task: Task, row: int, x: Any) -> None:
    """From `row` on, rest at `x`, clipped to the box."""
    for i in range(task.dim):
        box = task.boxes[task.box + i]
        value = min(max(x[i], -box), box)
        for k in range(row, task.points):
            task.y[task.result + k * task.dim + i] = value


@inner
def _edge(task: Task, row: int, x: Any) -> None:
    """From `row` on, rest at the corner of the box that `x` points to: there is no further behavior."""
    for i in range(task.dim):
        box = task.boxes[task.box + i]
        value = -box if x[i] < 0.0 else box
        for k in range(row, task.points):
            task.y[task.result + k * task.dim + i] = value


@inner
def _leave(task: Task, work: Work, row: int, h: float, theta: float) -> int:
    """Find where, up to a share theta of this step, the box was left (so that what is held does not depend on the steps)."""
    low, high = 0.0, theta
    for _ in range(50):
        middle = 0.5 * (low + high)
        interpolate(work.state, work.slopes, work.probe, task.dim, h, middle)
        if _outside(task.boxes, task.box, task.dim, work.probe):
            high = middle
        else:
            low = middle
    interpolate(work.state, work.slopes, work.probe, task.dim, h, high)
    _hold(task, row, work.probe)
    return DIVERGED


@inner
def _integrate(tape: Tape, task: Task, work: Work, rtol: float, atol: float, max_steps: int) -> int:
    code, first, last, outputs, output, r = tape
    dim, points, times, time, boxes, box, y, result = task
    state, trial, probe, k = work
    t, end = times[time], times[time + points - 1]
    if _outside(boxes, box, dim, state):
        _hold(task, 0, state)
        return DIVERGED
    _write(y, result, dim, 0, state)
    if points == 1:
        return OK
    if not evaluate(code, first, last, outputs, output, r, state, dim, k, 0):
        _edge(task, 1, state)
        return DIVERGED
    span = end - t
    smallest = 1e-13 * max(abs(t), abs(end))
    h = first_step(tape, work, dim, span, rtol, atol)
    row, rejected, at_border = 1, False, False
    for _ in range(max_steps):
        final = h >= end - t
        step = end - t if final else h
        error = try_step(code, first, last, outputs, output, r, state, trial, k, dim, step, rtol, atol)
        if not 0.0 <= error <= 1.0:
            at_border = error < 0.0
            h = step * (SHRINK if at_border else max(SHRINK, SAFETY * error**-0.2))
            rejected = True
            if h < smallest:
                break
            continue
        if turns(state, k, dim, step, rtol, atol) and crosses_pole(tape, work, dim):
            _edge(task, row, state)
            return DIVERGED
        after = end if final else t + step
        while row < points and times[time + row] <= after:
            theta = (times[time + row] - t) / step
            interpolate(state, k, probe, dim, step, theta)
            if _outside(boxes, box, dim, probe):
                return _leave(task, work, row, step, theta)
            _write(y, result, dim, row, probe)
            row += 1
        if row == points:
            return OK
        if _outside(boxes, box, dim, trial):
            return _leave(task, work, row, step, 1.0)
        factor = GROW if error == 0.0 else min(GROW, SAFETY * error**-0.2)
        h = step * (min(1.0, factor) if rejected else factor)
        t, rejected = after, False
        for i in range(dim):
            state[i] = trial[i]
            k[i, 0] = k[i, 6]
    # No way on: the step limit, or no step is small enough. At the border of where f is defined, a solution that comes
    # to rest there (x' = -sqrt(x)) has a behavior: it stays. Any other has none.
    if at_border and at_rest(work, dim, end - t, rtol, atol):
        _hold(task, row, state)
        return OK
    if h < smallest and (at_border or blows_up(tape, work, dim, smallest, rtol, atol)):
        _edge(task, row, state)
        return DIVERGED
    _hold(task, row, state)
    return UNRESOLVED


@inner
def _iterate(tape: Tape, task: Task, work: Work) -> int:
    """Iterate x = f(x); times are iteration numbers."""
    code, first, last, outputs, output, r = tape
    n = int(task.times[task.time])
    for row in range(task.points):
        while n < task.times[task.time + row] and not _outside(task.boxes, task.box, task.dim, work.state):
            if not evaluate(code, first, last, outputs, output, r, work.state, task.dim, work.slopes, 0):
                _edge(task, row, work.state)
                return DIVERGED
            n += 1
            for i in range(task.dim):
                work.state[i] = work.slopes[i, 0]
        if _outside(task.boxes, task.box, task.dim, work.state):
            _hold(task, row, work.state)
            return DIVERGED
        _write(task.y, task.result, task.dim, row, work.state)
    return OK


@inner
def _tabulate(tape: Tape, task: Task, inputs: Any, first: int, variables: int) -> int:
    """y = f(x) at each input point. Points are independent: one without a value in the box is at its edge."""
    status, box = OK, task.boxes[task.box]
    for row in range(task.points):
        for i in range(variables):
            tape.registers[i] = inputs[first + row * variables + i]
        interpret(tape.code, tape.first, tape.last, tape.registers)
        value = tape.registers[tape.outputs[tape.output]]
        if not abs(value) <= box:
            value = -box if value < 0.0 else box
            status = DIVERGED
        task.y[task.result + row] = value
    return status


@inner
def _widest(tapes: Any, jobs: Any, first: int, last: int) -> tuple[int, int]:
    """Most registers and most variables that jobs `first` to `last` need."""
    registers = variables = 1
    for j in range(first, last):
        row = tapes[jobs[j, TAPE]]
        registers = max(registers, row[REGISTERS_END] - row[REGISTERS])
        variables = max(variables, row[VARIABLES], row[OUTPUTS_END] - row[OUTPUTS])
    return registers, variables


def kernel(stamp: int) -> Callable[..., None]:
    """`run`, not yet compiled. `stamp` stands for the sources of all it calls: Numba's cache on disk sees a change in this file
    only, but its key includes the values that a function closes over.
    """

    def run(
        kind: int, code: Any, registers: Any, outputs: Any, tapes: Any, jobs: Any, tolerances: Any,
        x0: Any, times: Any, boxes: Any, y: Any, status: Any, first: int, last: int,
    ) -> None:  # fmt: skip
        """Fill y and status for jobs `first` to `last`: FLOW, ORBIT or TABLE. tolerances: (jobs, 2), rtol and atol."""
        if stamp < 0:  # never
            return
        n_registers, n_variables = _widest(tapes, jobs, first, last)
        scratch = np.empty(n_registers)
        work = Work(np.empty(n_variables), np.empty(n_variables), np.empty(n_variables), np.empty((n_variables, 8)))
        for j in range(first, last):
            row, job = tapes[jobs[j, TAPE]], jobs[j]
            tape = load_tape(code, registers, outputs, row, scratch)
            dim = row[OUTPUTS_END] - row[OUTPUTS]
            task = Task(dim, job[COUNT], times, job[TIMES], boxes, job[BOX], y, job[RESULT])
            if kind == TABLE:
                status[j] = _tabulate(tape, task, x0, job[X0], row[VARIABLES])
                continue
            for i in range(dim):
                work.state[i] = x0[job[X0] + i]
            if kind == FLOW:
                status[j] = _integrate(tape, task, work, tolerances[j, 0], tolerances[j, 1], job[STEPS])
            else:
                status[j] = _iterate(tape, task, work)

    return run
