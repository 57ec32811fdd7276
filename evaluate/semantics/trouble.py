"""One trajectory at a time, compiled: how to start, and why there may be no way on.

Starting step of Hairer, Nørsett & Wanner (Solving ODEs I, II.4).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ...tokenizers.bulk.jit import bare, hot
from .interpreter import Tape, evaluate
from .record import DIVERGED, OK, UNRESOLVED, Task, clear, edge, hold, outside, write

PROBE = 7  # a column of slopes after those of the start and the end of a step, 0 and 6


class Work(NamedTuple):
    """Scratch of one thread: current state, trial state, a third one, and slopes (variable, stage), one column to spare."""

    state: Any
    trial: Any
    probe: Any
    slopes: Any


@hot
def smallest_step(t: float, end: float) -> float:
    """Below it there is no step from t: a few units in the last place. Near t = 0 much less, for transients as fast as an edit's
    coefficient may make them.
    """
    return max(1e-15 * abs(t), 1e-25 * abs(end))


@bare
def first_step(tape: Tape, work: Work, dim: int, span: float, rtol: float, atol: float) -> float:
    """Hairer, Nørsett & Wanner's starting step: from the size of the state, its slope, and its curvature."""
    d0 = d1 = d2 = 0.0
    for i in range(dim):
        scale = atol + abs(work.state[i]) * rtol
        d0 += (work.state[i] / scale) ** 2
        d1 += (work.slopes[i, 0] / scale) ** 2
    d0, d1 = math.sqrt(d0 / dim), math.sqrt(d1 / dim)
    h0 = 1e-6 if d0 < 1e-5 or not d1 >= 1e-5 else 0.01 * d0 / d1
    h0 = min(h0, span)
    for i in range(dim):
        work.trial[i] = work.state[i] + h0 * work.slopes[i, 0]
    code, first, last, outputs, output, r = tape
    if not evaluate(code, first, last, outputs, output, r, work.trial, dim, work.slopes, 1):
        return 0.2 * h0
    for i in range(dim):
        d2 += ((work.slopes[i, 1] - work.slopes[i, 0]) / (atol + abs(work.state[i]) * rtol)) ** 2
    d2 = math.sqrt(d2 / dim) / h0
    h1 = max(1e-6, h0 * 1e-3) if d1 <= 1e-15 and d2 <= 1e-15 else (0.01 / max(d1, d2)) ** 0.2
    return max(min(100 * h0, h1, span), 1e-12 * span)


@bare
def turns(state: Any, k: Any, dim: int, h: float, rtol: float, atol: float) -> bool:
    """Whether a slope changed its sign in the step just taken, and moves something by a hundredth of the tolerance or more."""
    turned = False
    for i in range(dim):
        if k[i, 0] * k[i, 6] < 0.0:
            turned = turned or h * max(abs(k[i, 0]), abs(k[i, 6])) > 0.01 * (atol + rtol * abs(state[i]))
    return turned


@bare
def crosses_pole(tape: Tape, work: Work, dim: int) -> bool:
    """Whether a slope changes sign between state and trial by way of infinity, as 1/x does, and not of zero.

    Halving the stretch in which the sign changes, |f| grows each time at a pole. At a zero it falls the first time
    already, so an ordinary turning point costs one evaluation. Without this, a solution caught at a pole hops from side
    to side until the step limit.
    """
    code, first, last, outputs, output, r = tape
    state, trial, probe, k = work
    for i in range(dim):
        before, after = k[i, 0], k[i, 6]
        if before * after >= 0.0:
            continue
        least, low, high, grows = min(abs(before), abs(after)), 0.0, 1.0, True
        for _ in range(8):
            middle = 0.5 * (low + high)
            for d in range(dim):
                probe[d] = state[d] + middle * (trial[d] - state[d])
            if not evaluate(code, first, last, outputs, output, r, probe, dim, k, PROBE):
                return True
            value = k[i, PROBE]
            if value * before > 0.0:
                grows, low, before = abs(value) > abs(before), middle, value
            else:
                grows, high, after = abs(value) > abs(after), middle, value
            if not grows:
                break
        if grows and min(abs(before), abs(after)) > 16.0 * least:
            return True
    return False


@bare
def blows_up(tape: Tape, work: Work, dim: int, h: float, rtol: float, atol: float) -> bool:
    """Whether the slope grows along itself, some steps of the smallest size h ahead: blow-up, where stiffness would brake."""
    code, first, last, outputs, output, r = tape
    state, trial, _, k = work
    ahead = 16.0 * h
    for _ in range(100):
        for i in range(dim):
            trial[i] = state[i] + ahead * k[i, 0]
        if evaluate(code, first, last, outputs, output, r, trial, dim, k, 6):
            break
        ahead *= 1e-3
    largest = along = square = 0.0
    for i in range(dim):
        largest = max(largest, abs(k[i, 0]) / (atol + rtol * abs(state[i])))
    for i in range(dim):
        scale = largest * (atol + rtol * abs(state[i]))
        along += (k[i, 0] / scale) * (k[i, 6] / scale)
        square += (k[i, 0] / scale) ** 2
    return along > square or crosses_pole(tape, work, dim)


@bare
def at_rest(work: Work, dim: int, left: float, rtol: float, atol: float) -> bool:
    """Whether the slope would not move the state by more than the tolerance in all the time that is left."""
    resting = True
    for i in range(dim):
        resting = resting and abs(work.slopes[i, 0]) * left <= atol + rtol * abs(work.state[i])
    return resting


@bare
def opens(tape: Tape, task: Task, work: Work) -> int:
    """Report the initial condition and find the slope there: the status if that is all there is, else -1."""
    clear(task)
    if outside(task, work.state):
        hold(task, 0, work.state)
        return DIVERGED
    write(task, 0, work.state)
    if task.points == 1:
        return OK
    code, first, last, outputs, output, r = tape
    if not evaluate(code, first, last, outputs, output, r, work.state, task.dim, work.slopes, 0):
        edge(task, 1, work.state)
        return DIVERGED
    return -1


@bare
def ends(
    tape: Tape, task: Task, work: Work, row: int, h: float, at_border: bool, t: float, end: float, rtol: float, atol: float
) -> int:  # fmt: skip
    """No way on: the step limit, or no step is small enough. What that means, and what the outputs from `row` on are.

    At the border of where f is defined, a solution that comes to rest there (x' = -sqrt(x)) has a behavior: it stays. Any
    other has none.
    """
    smallest = smallest_step(t, end)
    if at_border and at_rest(work, task.dim, end - t, rtol, atol):
        hold(task, row, work.state)
        return OK
    if h < smallest and (at_border or blows_up(tape, work, task.dim, smallest, rtol, atol)):
        edge(task, row, work.state)
        return DIVERGED
    hold(task, row, work.state)
    return UNRESOLVED
