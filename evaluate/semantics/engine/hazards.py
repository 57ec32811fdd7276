"""One trajectory at a time, compiled: how to start, what a long step may hide, and why there may be no way on.

Starting step of Hairer, Nørsett & Wanner (Solving ODEs I, II.4). Tolerances are in each variable's own unit: its size, which is
the largest value that it has had so far. So a system may be written in any units, and the solver takes the same steps.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ....tokenizers.machines.jit import bare, hot
from .interpreter import ADD, MUL, NEG, SUB, TapeView, apply, evaluate
from .record import DIVERGED, OK, UNDEFINED, UNRESOLVED, JobView, clear, hold, outside, undefine, write

PROBE = 7  # a column of slopes after those of the start and the end of a step, 0 and 6
TINY = 1e-300
SMOOTH, JUMP, POLE = range(3)
EXPLOSIVE, SPECK = 1e50, 1e-60
FAINT, BACK, FAINT_STEPS, NOT_YET = 1e4, 10.0, 3, -1_000_000_000
NEVER = -4_000_000_000_000_000_000
"""A variable is faint below so many times its absolute tolerance: its relative error is large there. That does not matter, unless
after some steps of it the variable is back at so many times that. One that starts at zero is not there yet. NEVER: let be, where
a jump of f lies at zero, to which only an absolute tolerance leads across."""
RELATIVE = 1e-290
"""The absolute tolerance, in units of a variable's size, with which a trajectory is tried again that came back from being
faint."""


class Scratch(NamedTuple):
    """Scratch of one thread: current state, trial state, a third one, slopes (variable, stage), one column to spare, and
    sizes."""

    state: Any
    trial: Any
    probe: Any
    slopes: Any
    sizes: Any


@hot
def smallest_step(span: float) -> float:
    """A solution that still moves in steps so small moves without bound. Near a blow-up, or on the way to a stiff equilibrium
    that a steep slope leads to, steps may be far below the last place of the time: f does not depend on it.
    """
    return 1e-120 * span


@hot
def unit(rtol: float, atol: float, size: float, value: float) -> float:
    """What an error of a variable is measured in."""
    return rtol * value + atol * max(size, value) + TINY


@hot
def first_faint(value: float, longest: float) -> int:
    """For how many steps a variable has been faint at a start. A job whose longest step is written as negative is never asked."""
    if longest < 0.0:
        return NEVER
    return NOT_YET if value == 0.0 else 0


@hot
def counted(steps: int, value: float, floor: float) -> int:
    """That number after a step to `value`, where `floor` is FAINT times the absolute tolerance."""
    if value < floor:
        return steps + 1
    if steps and value > BACK * floor:
        return NEVER if steps < 2 * NOT_YET else 0
    return steps


@hot
def returns(steps: int, value: float, floor: float) -> bool:
    """Whether a variable is back with this step that had been faint for a while."""
    return bool(steps >= FAINT_STEPS and value > BACK * floor)


@bare
def _terms(tape: TapeView, x: Any, dim: int, sizes: Any, into: Any) -> None:
    """into = the sizes of the terms that f(x) is the sum of: what its rounding errors are proportional to."""
    code, first, last, outputs, output, r = tape
    for i in range(len(r)):
        sizes[i] = abs(r[i])
    for i in range(dim):
        r[i], sizes[i] = x[i], abs(x[i])
    for n in range(first, last):
        op, target, left, right = code[n, 0], code[n, 1], code[n, 2], code[n, 3]
        r[target] = apply(op, r[left], r[right])
        if op in (ADD, SUB):
            sizes[target] = sizes[left] + sizes[right]
        elif op == MUL:
            sizes[target] = sizes[left] * sizes[right]
        elif op == NEG:
            sizes[target] = sizes[left]
        else:
            sizes[target] = abs(r[target])
    for i in range(dim):
        into[i] = sizes[outputs[output + i]]


@bare
def first_step(tape: TapeView, work: Scratch, dim: int, span: float, rtol: float, atol: float, scratch: Any) -> float:
    """Hairer, Nørsett & Wanner's starting step: from the size of the state, its slope, and its curvature. Leaves each variable's
    size in work.sizes: one that starts at zero has that of the terms that move it, over this step.
    """
    d0 = d1 = d2 = 0.0
    zeros = False
    for i in range(dim):
        work.sizes[i] = abs(work.state[i])
        zeros = zeros or work.state[i] == 0.0
        if work.state[i] != 0.0:
            scale = unit(rtol, atol, work.sizes[i], work.sizes[i])
            d0, d1 = max(d0, work.sizes[i] / scale), max(d1, abs(work.slopes[i, 0]) / scale)
    h0 = min(1e-6 * span if d0 < 1e-5 or not d1 * span >= 1e-5 else max(0.01 * d0 / d1, 1e-200 * span), span)
    if zeros:
        _terms(tape, work.state, dim, scratch, work.probe)
        for i in range(dim):
            if work.state[i] == 0.0 and work.probe[i] < 1e300:
                work.sizes[i] = h0 * work.probe[i]
    for i in range(dim):
        work.trial[i] = work.state[i] + h0 * work.slopes[i, 0]
    code, first, last, outputs, output, r = tape
    if not evaluate(code, first, last, outputs, output, r, work.trial, dim, work.slopes, 1):
        return 0.2 * h0
    for i in range(dim):
        if work.state[i] != 0.0:
            d2 = max(d2, abs(work.slopes[i, 1] - work.slopes[i, 0]) / unit(rtol, atol, work.sizes[i], work.sizes[i]) / h0)
    h1 = max(1e-6 * span, h0 * 1e-3) if d1 * span <= 1e-15 and d2 * span <= 1e-15 else (0.01 / max(d1, d2)) ** 0.2
    return max(min(100 * h0, h1, span), 1e-6 * h0)


@bare
def turns(state: Any, k: Any, sizes: Any, dim: int, h: float, rtol: float, atol: float) -> bool:
    """Whether a slope changed its sign in the step just taken, and moves something by a hundredth of the tolerance or more."""
    turned = False
    for i in range(dim):
        if k[i, 0] * k[i, 6] < 0.0:
            turned = turned or h * max(abs(k[i, 0]), abs(k[i, 6])) > 0.01 * unit(rtol, atol, sizes[i], abs(state[i]))
    return turned


@bare
def crosses_pole(tape: TapeView, work: Scratch, dim: int) -> bool:
    """Whether a slope changes sign between state and trial by way of infinity, as 1/x does, and not of zero.

    Halving the stretch in which the sign changes, |f| grows each time at a pole. At a zero it falls the first time
    already, so an ordinary turning point costs one evaluation. Without this, a solution caught at a pole hops from side
    to side until the step limit.
    """
    code, first, last, outputs, output, r = tape
    state, trial, probe, k, _ = work
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
def _steepens(tape: TapeView, work: Scratch, dim: int, h: float, rtol: float, atol: float) -> bool:
    """Whether the slope grows along itself, some steps of size h ahead: a pole of f, where stiffness would brake."""
    code, first, last, outputs, output, r = tape
    state, trial, _, k, sizes = work
    ahead = 16.0 * h
    for _ in range(100):
        for i in range(dim):
            trial[i] = state[i] + ahead * k[i, 0]
        if evaluate(code, first, last, outputs, output, r, trial, dim, k, 6):
            break
        ahead *= 1e-3
    largest = along = square = 0.0
    for i in range(dim):
        largest = max(largest, abs(k[i, 0]) / unit(rtol, atol, sizes[i], abs(state[i])))
    for i in range(dim):
        scale = largest * unit(rtol, atol, sizes[i], abs(state[i]))
        along += (k[i, 0] / scale) * (k[i, 6] / scale)
        square += (k[i, 0] / scale) ** 2
    return along > square or crosses_pole(tape, work, dim)


@bare
def at_rest(work: Scratch, dim: int, left: float, rtol: float, atol: float) -> bool:
    """Whether the slope would not move the state by more than the tolerance in all the time that is left."""
    resting = True
    for i in range(dim):
        resting = resting and abs(work.slopes[i, 0]) * left <= unit(rtol, atol, work.sizes[i], abs(work.state[i]))
    return resting


@hot
def moves(slope: float, h: float, value: float, size: float) -> bool:
    """Whether a step of h still moves a variable, by more than the last places of its value, or at zero by a speck of its
    size."""
    return bool(abs(slope) * h > max(1e-14 * abs(value), SPECK * size))


@hot
def suspicious_step(t: float, span: float) -> float:
    """Below it one asks whether f has a meaning at the state: a few hundred units in the last place of the time."""
    return 1e-13 * max(abs(t), 1e-3 * span)


@bare
def breaks(tape: TapeView, work: Scratch, dim: int, h: float) -> int:
    """Whether f is another in the last places of the state, on the way that it goes: SMOOTH, at a JUMP, or at a POLE."""
    code, first, last, outputs, output, r = tape
    state, k, found = work.state, work.slopes, SMOOTH
    for ulps in (4.0, 64.0, 1024.0):
        for i in range(dim):
            work.trial[i] = k[i, PROBE]
            speck = min(SPECK * work.sizes[i], abs(k[i, 0]) * h)  # what the step did not reach did not refuse it
            work.probe[i] = state[i] + math.copysign(ulps * (2.2e-16 * abs(state[i]) + speck), k[i, 0])
        if not evaluate(code, first, last, outputs, output, r, work.probe, dim, k, PROBE):
            return POLE
        for i in range(dim):
            if ulps < 100.0 and abs(k[i, PROBE] - k[i, 0]) > 0.5 * abs(k[i, 0]) and abs(k[i, 0]) * h > 1e-16 * abs(state[i]):
                found = JUMP
    if found:
        for i in range(dim):  # beyond a jump f is steady again
            if abs(k[i, PROBE] - work.trial[i]) > 0.1 * abs(work.trial[i]):
                found = POLE
    return found


@bare
def _removable(tape: TapeView, work: Scratch, dim: int) -> bool:
    """Whether f has a limit at the state, as sin(x)/x has at 0: values close by, on four sides, and closer, agree. Then the state
    is moved there, by 1e-7 of its size.
    """
    code, first, last, outputs, output, r = tape
    largest = 0.0
    for i in range(dim):
        largest = max(largest, abs(work.state[i]))
    largest = largest if largest > 0.0 else 1.0
    for side in range(8):
        ratio, weight, near = (0.6 if side % 4 < 2 else -0.8), (1.0 if side % 2 else -1.0), (1e-4 if side < 4 else 1e-7)
        for i in range(dim):
            work.probe[i] = work.state[i] + weight * near * (abs(work.state[i]) if work.state[i] != 0.0 else largest)
            weight *= ratio
        if not evaluate(code, first, last, outputs, output, r, work.probe, dim, work.slopes, PROBE):
            return False
        for i in range(dim):
            value = work.slopes[i, PROBE]
            if side and not abs(value - work.slopes[i, 0]) <= 2e-3 * max(abs(value), 0.1 * largest):
                return False
            work.slopes[i, 0] = value
    for i in range(dim):
        work.state[i] = work.probe[i]
    return True


@bare
def opens(tape: TapeView, task: JobView, work: Scratch) -> int:
    """Report the initial condition and find the slope there: the status if that is all there is, else -1."""
    clear(task)
    if outside(task, work.state):
        hold(task, 0, work.state)
        return DIVERGED
    write(task, 0, work.state)
    if task.points == 1:
        return OK
    code, first, last, outputs, output, r = tape
    known = evaluate(code, first, last, outputs, output, r, work.state, task.dim, work.slopes, 0)
    if not known and not _removable(tape, work, task.dim):
        undefine(task, 1)
        return UNDEFINED
    return -1


@hot
def _explodes(work: Scratch, i: int, span: float) -> bool:
    """Whether a variable moves out, and would by far more than its size. What falls to zero steeply is no such thing."""
    slope, value, size = work.slopes[i, 0], work.state[i], work.sizes[i]
    return bool(abs(slope) * span > EXPLOSIVE * (size + TINY) and (slope * value >= 0.0 or abs(value) > 0.5 * size))


@bare
def _bursts(task: JobView, row: int, work: Scratch, span: float) -> None:
    """From `row` on: what moves explosively is at the edge that it runs to, the rest where it was."""
    for i in range(task.dim):
        work.probe[i] = math.copysign(math.inf, work.slopes[i, 0]) if _explodes(work, i, span) else work.state[i]
    hold(task, row, work.probe)


@bare
def _runs_out(tape: TapeView, work: Scratch, dim: int) -> bool:
    """Whether f has no value in the last places ahead of what moves.

    Where a variable leaves its domain at first only slowly (x' = y; y' = asin(x) from x = 1, y = 0), steps that are too short to
    change its last place are taken in any number and lead nowhere.
    """
    code, first, last, outputs, output, r = tape
    for ulps in (4.0, 64.0, 1024.0):
        for i in range(dim):
            slope, value = work.slopes[i, 0], work.state[i]
            ahead = ulps * (2.2e-16 * abs(value) + SPECK * work.sizes[i])
            work.probe[i] = value + math.copysign(ahead, slope) if slope != 0.0 else value
        if evaluate(code, first, last, outputs, output, r, work.probe, dim, work.slopes, PROBE):
            return False
    return True


@bare
def ends(
    tape: TapeView, task: JobView, work: Scratch, row: int, h: float, stopped: bool, at_border: bool, left: float, span: float,
    rtol: float,
    atol: float,
) -> int:  # fmt: skip
    """No way on: the step limit, or (`stopped`) no step is small enough. What that means, and what the outputs from `row` on are.

    At the border of where f is defined, a solution that comes to rest there (x' = -sqrt(x)) has a behavior: it stays. Any
    other has none beyond, and neither has one at a pole of f: undefined; nor has one that creeps along the
    border until the step limit. What moves by more than its size in no time is divergent.
    """
    if at_border and at_rest(work, task.dim, left, rtol, atol):
        hold(task, row, work.state)
        return OK
    if stopped:
        explosive = False
        for i in range(task.dim):
            explosive = explosive or _explodes(work, i, span)
        kind = breaks(tape, work, task.dim, h)
        if explosive and (h < smallest_step(span) or at_border or kind == SMOOTH):
            _bursts(task, row, work, span)
            return DIVERGED
        if at_border or kind == POLE or (kind == SMOOTH and _steepens(tape, work, task.dim, h, rtol, atol)):
            undefine(task, row)
            return UNDEFINED
    elif at_border and _runs_out(tape, work, task.dim):
        undefine(task, row)
        return UNDEFINED
    hold(task, row, work.state)
    return UNRESOLVED
