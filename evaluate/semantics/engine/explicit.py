"""Flow, compiled: many initial value problems by the explicit method, W at a time.

Lanes are filled from a queue of jobs that share their instructions (edits of a coefficient do, and initial conditions of one
tree). Each has its own time, step size, constants and end; one that ends is replaced by the next in the queue.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ....tokenizers.machines.jit import bare, hot, inner
from .hazards import (
    FAINT,
    SMOOTH,
    Scratch,
    breaks,
    counted,
    crosses_pole,
    ends,
    first_faint,
    first_step,
    moves,
    opens,
    returns,
    smallest_step,
    suspicious_step,
)  # fmt: skip
from .hidden import AT_REST, LONG, LOOKS, hides, plain, winds
from .interpreter import CODE, CODE_END, OUTPUTS, OUTPUTS_END, REGISTERS, REGISTERS_END, VARIABLES, TapeView, load_tape
from .lanes import W
from .record import (
    DIVERGED,
    LEFT_FAINT,
    LEFT_STIFF,
    LEFT_WOUND,
    OK,
    TAPE,
    UNDEFINED,
    X0,
    Batch,
    aligned,
    due,
    leave,
    task_of,
    undefine,
)
from .record import STEPS as STEP_LIMIT
from .stepper import (
    ATOL,
    CONTROLS,
    ERROR,
    FACTOR,
    GROW,
    LOW,
    OUTSIDE,
    RTOL,
    SHRINK,
    SLOTS,
    TURNED,
    H,
    curve_of,
    stiffness,
    try_step,
)  # fmt: skip

# What a lane keeps of its job: whole numbers (the job, the next output, steps tried, whether this is the last step, whether
# steps were refused since the last good one and for want of a finite slope, signs of stiffness and of none, whether a
# variable is faint or not there yet) and times (now, of the next output, and of the last one; the longest step, and the
# stretch beyond which a step is looked into).
JOB, ROW, STEPS, FINAL, REFUSED, AT_BORDER, STIFF, CALM, WATCHED = range(9)
T, DUE, END, LONGEST, LOOK, SPAN = range(6)
WHOLE, CLOCK = 9, 6

STIFFNESS_BOUND = 3.25
"""h times an eigenvalue beyond which stability, and not accuracy, bounds the step (Hairer & Wanner, IV.2)."""
STEPS_BETWEEN, STEPS_LEFT = 100, 2000
"""How often to look for stiffness, and how many steps must be left: it does not matter to what ends soon anyway."""


class Lanes(NamedTuple):
    """W jobs under way: see `stepper` for the layout; `whole` (WHOLE, W) and `clock` (CLOCK, W) are listed above. `sizes`: the
    largest value of each variable so far. `faint`: for how many steps it has been faint, see `hazards.FAINT`.
    """

    r: Any
    state: Any
    k: Any
    box: Any
    sizes: Any
    faint: Any
    controls: Any
    whole: Any
    clock: Any


class Single(NamedTuple):
    """Scratch for what is done to one lane at a time."""

    registers: Any
    scratch: Any
    work: Scratch
    curve: Any


@inner
def lanes_for(registers: int, dim: int) -> Lanes:
    return Lanes(
        aligned(registers * W), aligned(dim * W), aligned(SLOTS * dim * W), aligned(dim * W), aligned(dim * W),
        np.zeros(dim * W, dtype=np.int64), aligned(CONTROLS * W), np.zeros((WHOLE, W), dtype=np.int64), np.zeros((CLOCK, W)),
    )  # fmt: skip


@inner
def single_for(registers: int, dim: int) -> Single:
    work = Scratch(np.zeros(dim), np.zeros(dim), np.zeros(dim), np.zeros((dim, 8)), np.zeros(dim))
    return Single(np.zeros(registers), np.zeros(registers), work, np.zeros((dim, 5)))


@bare
def _tape(batch: Batch, j: int, single: Single) -> TapeView:
    return load_tape(batch.code, batch.registers, batch.outputs, batch.tapes[batch.jobs[j, TAPE]], single.registers)


@hot
def _aim(lanes: Lanes, lane: int, h: float) -> None:
    """The next step: of size h, or the longest one, or as far as the end."""
    left, h = lanes.clock[END, lane] - lanes.clock[T, lane], min(h, lanes.clock[LONGEST, lane])
    final = h >= left
    lanes.whole[FINAL, lane] = final
    lanes.controls[H * W + lane] = left if final else h


@bare
def _begin(batch: Batch, lanes: Lanes, single: Single, lane: int, j: int, tame: bool) -> bool:
    """Put job j into a lane; False if it ended at once. `tame`: its long steps need no second look."""
    tape, work = _tape(batch, j, single), single.work
    row = batch.tapes[batch.jobs[j, TAPE]]
    dim, count = row[OUTPUTS_END] - row[OUTPUTS], row[REGISTERS_END] - row[REGISTERS]
    task = task_of(batch, j, dim)
    for i in range(dim):
        work.state[i] = batch.x0[batch.jobs[j, X0] + i]
    status = opens(tape, task, work)
    if status >= 0:
        batch.status[j] = status
        return False
    rtol, atol = batch.tolerances[j, 0], batch.tolerances[j, 1]
    t, end = task.times[task.time], task.times[task.time + task.points - 1]
    h = first_step(tape, work, dim, end - t, rtol, atol, single.scratch)
    for i in range(count):
        lanes.r[i * W + lane] = batch.registers[row[REGISTERS] + i]
    for i in range(WHOLE):
        lanes.whole[i, lane] = 0
    for i in range(dim):
        lanes.state[i * W + lane], lanes.k[i * SLOTS * W + lane] = work.state[i], work.slopes[i, 0]
        lanes.box[i * W + lane], lanes.sizes[i * W + lane] = task.boxes[task.box + i], work.sizes[i]
        lanes.faint[i * W + lane] = first_faint(work.state[i], batch.tolerances[j, 2])
        lanes.whole[WATCHED, lane] |= lanes.faint[i * W + lane] != 0
    lanes.whole[JOB, lane], lanes.whole[ROW, lane] = j, 1
    lanes.controls[RTOL * W + lane], lanes.controls[ATOL * W + lane] = rtol, atol
    lanes.clock[T, lane], lanes.clock[DUE, lane], lanes.clock[END, lane] = t, task.times[task.time + 1], end
    lanes.clock[LONGEST, lane], lanes.clock[SPAN, lane] = abs(batch.tolerances[j, 2]), end - t
    lanes.clock[LOOK, lane] = np.inf if tame else (end - t) / max(LOOKS, task.points - 1)
    _aim(lanes, lane, h)
    return True


@bare
def _move(lanes: Lanes, source: int, lane: int, registers: int, dim: int) -> None:
    """Put the job of one lane into another."""
    for i in range(registers):
        lanes.r[i * W + lane] = lanes.r[i * W + source]
    for i in range(dim):
        lanes.state[i * W + lane], lanes.box[i * W + lane] = lanes.state[i * W + source], lanes.box[i * W + source]
        lanes.sizes[i * W + lane], lanes.faint[i * W + lane] = lanes.sizes[i * W + source], lanes.faint[i * W + source]
    for i in range(dim):
        lanes.k[i * SLOTS * W + lane] = lanes.k[i * SLOTS * W + source]
    for i in range(CONTROLS):
        lanes.controls[i * W + lane] = lanes.controls[i * W + source]
    for i in range(WHOLE):
        lanes.whole[i, lane] = lanes.whole[i, source]
    for i in range(CLOCK):
        lanes.clock[i, lane] = lanes.clock[i, source]


@bare
def _single_out(lanes: Lanes, single: Single, dim: int, lane: int) -> None:
    """Copy a lane's step to the scratch for one."""
    for i in range(dim):
        single.work.state[i], single.work.trial[i] = lanes.state[i * W + lane], lanes.r[i * W + lane]
        single.work.sizes[i] = lanes.sizes[i * W + lane]
        at = i * SLOTS * W + lane
        single.work.slopes[i, 0], single.work.slopes[i, 6] = lanes.k[at], lanes.k[at + 6 * W]


@hot
def _refuse(batch: Batch, lanes: Lanes, single: Single, lane: int, dim: int) -> bool:
    """Make the step smaller; False if there is no smaller one, or the refused one moved nothing, or f means nothing here."""
    at_border = not np.isfinite(lanes.controls[ERROR * W + lane])
    step, again = lanes.controls[H * W + lane], lanes.whole[REFUSED, lane] != 0
    h = step * (SHRINK if at_border else max(SHRINK, lanes.controls[FACTOR * W + lane]))
    lanes.whole[REFUSED, lane], lanes.whole[AT_BORDER, lane] = 1, at_border
    moved = not again
    if again:
        for i in range(dim):
            at = i * W + lane
            moved = moved or moves(lanes.k[i * SLOTS * W + lane], step, lanes.state[at], lanes.sizes[at])
    _aim(lanes, lane, h)
    if moved and h < suspicious_step(lanes.clock[T, lane], lanes.clock[SPAN, lane]):
        _single_out(lanes, single, dim, lane)
        moved = breaks(_tape(batch, lanes.whole[JOB, lane], single), single.work, dim, h) == SMOOTH
    return bool(moved and h >= smallest_step(lanes.clock[SPAN, lane]))


@hot
def _reports(batch: Batch, lanes: Lanes, single: Single, dim: int, lane: int, after: float) -> int:
    """What is to be said of the step just taken: outputs that lie in it, the box left, a pole crossed; the status if that was
    the end, else -1.
    """
    j, row, step, t = lanes.whole[JOB, lane], lanes.whole[ROW, lane], lanes.controls[H * W + lane], lanes.clock[T, lane]
    task, left = task_of(batch, j, dim), lanes.controls[OUTSIDE * W + lane] != 0.0
    if lanes.controls[TURNED * W + lane] != 0.0:
        _single_out(lanes, single, dim, lane)
        if crosses_pole(_tape(batch, j, single), single.work, dim):
            undefine(task, row)
            return UNDEFINED
    if left or lanes.clock[DUE, lane] <= after:
        curve_of(lanes.state, lanes.k, dim, lane, step, single.curve)
        row = due(task, single.curve, single.work.probe, row, t, step, after)
        if row < 0:
            return DIVERGED
        if row == task.points:
            _single_out(lanes, single, dim, lane)
            return LEFT_WOUND if winds(_tape(batch, j, single), single.work, dim, single.scratch) else OK
        if left:
            leave(task, single.curve, single.work.probe, row, 1.0)
            return DIVERGED
        lanes.whole[ROW, lane], lanes.clock[DUE, lane] = row, task.times[task.time + row]
    return -1


@bare
def _is_stiff(lanes: Lanes, dim: int, lane: int) -> bool:
    """Whether stability has bounded 15 steps with less than six others in between, and a long way is left. Looked at
    now and then, and then at each step until it is clear.
    """
    whole, h = lanes.whole, lanes.controls[H * W + lane]
    if lanes.clock[END, lane] - lanes.clock[T, lane] < STEPS_LEFT * h:
        return False
    rtol, atol = lanes.controls[RTOL * W + lane], lanes.controls[ATOL * W + lane]
    if stiffness(lanes.state, lanes.k, lanes.sizes, dim, lane, rtol, atol) > STIFFNESS_BOUND:
        whole[CALM, lane] = 0
        whole[STIFF, lane] += 1
    elif whole[STIFF, lane]:
        whole[CALM, lane] += 1
        if whole[CALM, lane] == 6:
            whole[STIFF, lane] = 0
    return bool(whole[STIFF, lane] >= 15)


@bare
def _shortened(batch: Batch, lanes: Lanes, single: Single, dim: int, lane: int) -> bool:
    """Look into a long step; where something happens in it that it has not seen, aim at just before that."""
    step, j = lanes.controls[H * W + lane], lanes.whole[JOB, lane]
    looks, travels = int(np.ceil(step / lanes.clock[LOOK, lane])), False
    for i in range(dim):
        before, start = lanes.state[i * W + lane], batch.x0[batch.jobs[j, X0] + i]
        travels = travels or abs(lanes.r[i * W + lane] - before) > AT_REST * abs(before - start)
    if not travels:
        return False
    _single_out(lanes, single, dim, lane)
    curve_of(lanes.state, lanes.k, dim, lane, step, single.curve)
    rtol, atol = lanes.controls[RTOL * W + lane], lanes.controls[ATOL * W + lane]
    found = hides(_tape(batch, j, single), single.work, single.curve, dim, step, looks, rtol, atol)
    if found:
        lanes.whole[REFUSED, lane] = 1
        _aim(lanes, lane, step * max(1, found - 1) / looks)
    return found > 0


@bare
def _returns(lanes: Lanes, dim: int, lane: int) -> bool:
    """Count the steps for which each variable has been faint; whether one is back that had been faint for a while."""
    floor, back, watched = FAINT * lanes.controls[ATOL * W + lane], False, 0
    for at in range(lane, dim * W, W):
        value = abs(lanes.r[at])
        least = floor * max(value, lanes.sizes[at])
        back = back or returns(lanes.faint[at], value, least)
        lanes.faint[at] = counted(lanes.faint[at], value, least)
        watched |= lanes.faint[at] != 0
    lanes.whole[WATCHED, lane] = watched
    return back


@hot
def _accept(batch: Batch, lanes: Lanes, single: Single, dim: int, lane: int) -> int:
    """Report on the step just taken, and go on from its end; the status if this was the last one, else -1."""
    whole, clock, controls, state, k = lanes.whole, lanes.clock, lanes.controls, lanes.state, lanes.k
    step = controls[H * W + lane]
    if step > LONG * clock[LOOK, lane] and _shortened(batch, lanes, single, dim, lane):
        return -1
    after = clock[END, lane] if whole[FINAL, lane] else clock[T, lane] + step
    if clock[DUE, lane] <= after or controls[TURNED * W + lane] + controls[OUTSIDE * W + lane] != 0.0:
        status = _reports(batch, lanes, single, dim, lane, after)
        if status >= 0:
            return status
    if (whole[STIFF, lane] or whole[STEPS, lane] % STEPS_BETWEEN == STEPS_BETWEEN - 1) and _is_stiff(lanes, dim, lane):
        return LEFT_STIFF
    if (whole[WATCHED, lane] or controls[LOW * W + lane] != 0.0) and _returns(lanes, dim, lane):
        return LEFT_FAINT
    factor = min(GROW, controls[FACTOR * W + lane])
    clock[T, lane] = after
    _aim(lanes, lane, step * (min(1.0, factor) if whole[REFUSED, lane] else factor))
    whole[REFUSED, lane] = 0
    for i in range(dim):
        at = i * SLOTS * W + lane
        state[i * W + lane], k[at] = lanes.r[i * W + lane], k[at + 6 * W]
    return -1


@hot
def _next(batch: Batch, lanes: Lanes, single: Single, dim: int, lane: int) -> bool:
    """Act on the step just tried; False if the lane's job has ended."""
    whole, j = lanes.whole, lanes.whole[JOB, lane]
    h, goes_on = lanes.controls[H * W + lane], True
    if lanes.controls[ERROR * W + lane] <= 1.0:
        status = _accept(batch, lanes, single, dim, lane)
        if status >= 0:
            batch.status[j] = status
            return False
    else:
        goes_on = _refuse(batch, lanes, single, lane, dim)
    whole[STEPS, lane] += 1
    if goes_on and whole[STEPS, lane] < batch.jobs[j, STEP_LIMIT]:
        return True
    _single_out(lanes, single, dim, lane)
    rtol, atol, at_border = lanes.controls[RTOL * W + lane], lanes.controls[ATOL * W + lane], whole[AT_BORDER, lane] != 0
    left, span = lanes.clock[END, lane] - lanes.clock[T, lane], lanes.clock[SPAN, lane]
    batch.status[j] = ends(
        _tape(batch, j, single), task_of(batch, j, dim), single.work, whole[ROW, lane], h, not goes_on, at_border, left, span,
        rtol,
        atol,
    )  # fmt: skip
    return False


@bare
def flow(batch: Batch, order: Any, first: int, last: int, lanes: Lanes, single: Single) -> None:
    """The jobs order[first:last], all of one code."""
    row = batch.tapes[batch.jobs[order[first], TAPE]]
    code, begin, end, outputs, output = batch.code, row[CODE], row[CODE_END], batch.outputs, row[OUTPUTS]
    dim, registers = row[OUTPUTS_END] - output, row[REGISTERS_END] - row[REGISTERS]
    waiting, active, stepped = first, min(W, last - first), False
    tame = plain(code, begin, end, row[VARIABLES], outputs, output, dim, single.scratch)
    r, state, k, box, sizes, controls = lanes.r, lanes.state, lanes.k, lanes.box, lanes.sizes, lanes.controls
    while active:
        if stepped:
            try_step(code, begin, end, outputs, output, active, r, state, k, box, sizes, controls, dim)
        for lane in range(active - 1, -1, -1):
            busy = stepped and _next(batch, lanes, single, dim, lane)
            while not busy and waiting < last:
                busy = _begin(batch, lanes, single, lane, order[waiting], tame)
                waiting += 1
            if not busy:
                active -= 1
                if lane < active:
                    _move(lanes, active, lane, registers, dim)
        stepped = True
