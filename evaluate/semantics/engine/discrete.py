"""Orbits and tables, compiled, W at a time."""

from __future__ import annotations

import math
from typing import Any

from ....tokenizers.machines.jit import bare
from .explicit import Lanes, Single
from .interpreter import CODE, CODE_END, OUTPUTS, OUTPUTS_END, REGISTERS, REGISTERS_END, VARIABLES, interpret_lanes, load_tape
from .lanes import W
from .record import DIVERGED, OK, TAPE, UNDEFINED, X0, Batch, add, clear, edge, hold, outside, task_of, undefine, write
from .undefined import NOWHERE, causes, limit

JOB, ROW, ITERATE = range(3)


@bare
def _constants(batch: Batch, j: int, lanes: Lanes, lane: int) -> None:
    row = batch.tapes[batch.jobs[j, TAPE]]
    for i in range(row[REGISTERS_END] - row[REGISTERS]):
        lanes.r[i * W + lane] = batch.registers[row[REGISTERS] + i]


@bare
def _reports(batch: Batch, lanes: Lanes, lane: int, dim: int, x: Any) -> bool:
    """Report x, the state after so many iterations, where it is asked for; False if this job has ended."""
    j, row, n = lanes.whole[JOB, lane], lanes.whole[ROW, lane], lanes.whole[ITERATE, lane]
    task = task_of(batch, j, dim)
    if outside(task, x):
        hold(task, row, x)
        batch.status[j] = DIVERGED
        return False
    while row < task.points and task.times[task.time + row] <= n:
        write(task, row, x)
        row += 1
    lanes.whole[ROW, lane] = row
    if row == task.points:
        batch.status[j] = OK
    return bool(row < task.points)


@bare
def _begin(batch: Batch, lanes: Lanes, lane: int, j: int, dim: int, x: Any) -> bool:
    task = task_of(batch, j, dim)
    clear(task)
    _constants(batch, j, lanes, lane)
    for i in range(dim):
        x[i] = batch.x0[batch.jobs[j, X0] + i]
        lanes.r[i * W + lane] = lanes.state[i * W + lane] = x[i]
    lanes.whole[JOB, lane], lanes.whole[ROW, lane] = j, 0
    lanes.whole[ITERATE, lane] = int(task.times[task.time])
    return _reports(batch, lanes, lane, dim, x)


@bare
def _causes(batch: Batch, row: Any, lanes: Lanes, lane: int, single: Single) -> None:
    """Into the single registers, why each value in a lane is what it is."""
    count = row[REGISTERS_END] - row[REGISTERS]
    causes(batch.code, row[CODE], row[CODE_END], lanes.r, W, lane, count, single.registers)


@bare
def _limits(batch: Batch, j: int, lanes: Lanes, single: Single, lane: int, dim: int, x: Any) -> int:
    """Some of x = f(x) in a lane is not finite: OK where those have limits, which x then holds, else why there is no next
    state."""
    row, work = batch.tapes[batch.jobs[j, TAPE]], single.work
    status, largest = OK, 0.0
    _causes(batch, row, lanes, lane, single)
    for i in range(dim):
        if not math.isfinite(x[i]):
            status = max(status, UNDEFINED if single.registers[batch.outputs[row[OUTPUTS] + i]] == NOWHERE else DIVERGED)
        work.trial[i] = lanes.state[i * W + lane]
        largest = max(largest, abs(work.trial[i]))
    if status != UNDEFINED:
        return status
    for i in range(dim):
        work.probe[i] = largest if largest > 0.0 else 1.0
    tape = load_tape(batch.code, batch.registers, batch.outputs, row, single.registers)
    for i in range(dim):
        if not math.isfinite(x[i]):
            x[i] = limit(tape, i, dim, work.trial, work.probe)
            if not math.isfinite(x[i]):
                return UNDEFINED
    return OK


@bare
def _next(batch: Batch, lanes: Lanes, single: Single, lane: int, output: int, dim: int, x: Any) -> bool:
    """x = f(x) was found: take it over and report it; False if this job has ended."""
    zero = 0.0
    for i in range(dim):
        x[i] = lanes.r[batch.outputs[output + i] * W + lane]
        zero += 0.0 * x[i]
    if zero != 0.0:
        j = lanes.whole[JOB, lane]
        status = _limits(batch, j, lanes, single, lane, dim, x)
        if status != OK:
            task, row = task_of(batch, j, dim), lanes.whole[ROW, lane]
            batch.status[j] = status
            if status == UNDEFINED:
                undefine(task, row)
            else:
                for i in range(dim):
                    x[i] = x[i] if x[i] == x[i] else lanes.state[i * W + lane]
                edge(task, row, x)
            return False
    for i in range(dim):
        lanes.r[i * W + lane] = lanes.state[i * W + lane] = x[i]
    lanes.whole[ITERATE, lane] += 1
    return _reports(batch, lanes, lane, dim, x)


@bare
def _move(lanes: Lanes, source: int, lane: int, registers: int, dim: int) -> None:
    """Put the job of one lane into another."""
    for i in range(registers):
        lanes.r[i * W + lane] = lanes.r[i * W + source]
    for i in range(dim):
        lanes.state[i * W + lane] = lanes.state[i * W + source]
    for i in range(3):
        lanes.whole[i, lane] = lanes.whole[i, source]


@bare
def orbit(batch: Batch, order: Any, first: int, last: int, lanes: Lanes, single: Single) -> None:
    """Iterate x = f(x) for the jobs order[first:last], all of one code; times are iteration numbers."""
    row, x = batch.tapes[batch.jobs[order[first], TAPE]], single.work.state
    output, dim, registers = row[OUTPUTS], row[OUTPUTS_END] - row[OUTPUTS], row[REGISTERS_END] - row[REGISTERS]
    waiting, active, stepped = first, min(W, last - first), False
    while active:
        if stepped:
            interpret_lanes(batch.code, row[CODE], row[CODE_END], lanes.r, active)
        for lane in range(active - 1, -1, -1):
            busy = stepped and _next(batch, lanes, single, lane, output, dim, x)
            while not busy and waiting < last:
                busy = _begin(batch, lanes, lane, order[waiting], dim, x)
                waiting += 1
            if not busy:
                active -= 1
                if lane < active:
                    _move(lanes, active, lane, registers, dim)
        stepped = True


@bare
def _scales(batch: Batch, inputs: int, points: int, variables: int, scales: Any) -> None:
    """The size of each input over all points, in which the nearness of a limit is measured."""
    for i in range(variables):
        scales[i] = 0.0
        for point in range(points):
            scales[i] = max(scales[i], abs(batch.x0[inputs + point * variables + i]))
        scales[i] = scales[i] if scales[i] > 0.0 else 1.0


@bare
def _no_value(batch: Batch, j: int, point: int, lanes: Lanes, single: Single, lane: int) -> float:
    """What a table holds where the value is not finite: its limit, NaN where it is undefined, and inf or -inf where it
    overflows."""
    row, work, inputs = batch.tapes[batch.jobs[j, TAPE]], single.work, batch.jobs[j, X0]
    output, variables = batch.outputs[row[OUTPUTS]], row[VARIABLES]
    _causes(batch, row, lanes, lane, single)
    if single.registers[output] != NOWHERE:
        return -math.inf if lanes.r[output * W + lane] < 0.0 else math.inf
    for i in range(variables):
        work.trial[i] = batch.x0[inputs + point * variables + i]
    tape = load_tape(batch.code, batch.registers, batch.outputs, row, single.registers)
    return limit(tape, 0, variables, work.trial, work.probe)


@bare
def table(batch: Batch, j: int, lanes: Lanes, single: Single) -> None:
    """y = f(x) at each input point. Points are independent: one without a value is NaN, one beyond the box at its edge."""
    row, inputs, status, scaled = batch.tapes[batch.jobs[j, TAPE]], batch.jobs[j, X0], OK, False
    task, variables = task_of(batch, j, 1), row[VARIABLES]
    clear(task)
    box = task.boxes[task.box]
    for lane in range(W):
        _constants(batch, j, lanes, lane)
    for point in range(0, task.points, W):
        count = min(W, task.points - point)
        for lane in range(count):
            for i in range(variables):
                lanes.r[i * W + lane] = batch.x0[inputs + (point + lane) * variables + i]
        interpret_lanes(batch.code, row[CODE], row[CODE_END], lanes.r, count)
        for lane in range(count):
            value = lanes.r[batch.outputs[row[OUTPUTS]] * W + lane]
            if not abs(value) <= box:
                if task.measured and not math.isfinite(task.reference[task.at + point + lane]):
                    continue  # nothing to compare with
                if not math.isfinite(value):
                    if not scaled:
                        _scales(batch, inputs, task.points, variables, single.work.probe)
                        scaled = True
                    value = _no_value(batch, j, point + lane, lanes, single, lane)
                if value != value:
                    status = UNDEFINED
                elif not abs(value) <= box:
                    value = -box if value < 0.0 else box
                    status = max(status, DIVERGED)
            add(task, point + lane, 0, value)
    batch.status[j] = status
