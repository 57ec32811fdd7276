"""One step of an integrator, compiled: its size, its error, what lies within it, and why there may be none.

Dormand & Prince's 5(4) pair (J. Comput. Appl. Math. 6, 1980) with Shampine's fourth-order dense output (Math. Comp. 46, 1986),
step control and starting step of Hairer, Nørsett & Wanner (Solving ODEs I, II.4): the choices of SciPy's RK45, but that the
error is its largest component's and not their root mean square, behind which one bad component in many could hide.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .interpreter import Tape, evaluate, inner

DENSE = np.array([
    [1, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432],
    [0, 0, 0, 0],
    [0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799],
    [0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
    [0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632],
    [0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
    [0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423],
])  # fmt: skip
SAFETY, SHRINK, GROW = 0.9, 0.2, 10.0
PROBE = 7  # the column of slopes after those of the seven stages


class Work(NamedTuple):
    """Scratch of one thread: current state, trial state, a third one, and slopes (variable, stage), one column to spare."""

    state: Any
    trial: Any
    probe: Any
    slopes: Any


@inner
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
        return h0 * SHRINK
    for i in range(dim):
        d2 += ((work.slopes[i, 1] - work.slopes[i, 0]) / (atol + abs(work.state[i]) * rtol)) ** 2
    d2 = math.sqrt(d2 / dim) / h0
    h1 = max(1e-6, h0 * 1e-3) if d1 <= 1e-15 and d2 <= 1e-15 else (0.01 / max(d1, d2)) ** 0.2
    return max(min(100 * h0, h1, span), 1e-12 * span)


@inner
def _stage(k: Any, i: int, s: int) -> Any:
    """The weighted sum of slopes that stage s starts from; written out, which is several times faster than a loop."""
    if s == 1:
        return 1 / 5 * k[i, 0]
    if s == 2:
        return 3 / 40 * k[i, 0] + 9 / 40 * k[i, 1]
    if s == 3:
        return 44 / 45 * k[i, 0] - 56 / 15 * k[i, 1] + 32 / 9 * k[i, 2]
    if s == 4:
        return 19372 / 6561 * k[i, 0] - 25360 / 2187 * k[i, 1] + 64448 / 6561 * k[i, 2] - 212 / 729 * k[i, 3]
    if s == 5:
        early = 9017 / 3168 * k[i, 0] - 355 / 33 * k[i, 1] + 46732 / 5247 * k[i, 2]
        return early + 49 / 176 * k[i, 3] - 5103 / 18656 * k[i, 4]
    return 35 / 384 * k[i, 0] + 500 / 1113 * k[i, 2] + 125 / 192 * k[i, 3] - 2187 / 6784 * k[i, 4] + 11 / 84 * k[i, 5]


@inner
def _error(k: Any, i: int) -> Any:
    """Fifth-order result minus the embedded fourth-order one, per unit of step."""
    early = -71 / 57600 * k[i, 0] + 71 / 16695 * k[i, 2] - 71 / 1920 * k[i, 3]
    return early + 17253 / 339200 * k[i, 4] - 22 / 525 * k[i, 5] + 1 / 40 * k[i, 6]


@inner
def try_step(
    code: Any, first: int, last: int, outputs: Any, output: int, r: Any,
    state: Any, trial: Any, k: Any, dim: int, h: float, rtol: float, atol: float,
) -> float:  # fmt: skip
    """A step of size h from state to trial; its error as a multiple of the tolerance, -1 where a slope was not finite."""
    for s in range(1, 7):
        for i in range(dim):
            trial[i] = state[i] + h * _stage(k, i, s)
        if not evaluate(code, first, last, outputs, output, r, trial, dim, k, s):
            return -1.0
    norm = 0.0
    for i in range(dim):
        part = abs(h * _error(k, i)) / (atol + rtol * max(abs(state[i]), abs(trial[i])))
        norm = norm if part <= norm else part  # NaN wins
    return norm if math.isfinite(norm) else -1.0


@inner
def interpolate(state: Any, k: Any, probe: Any, dim: int, h: float, theta: float) -> None:
    """probe = the solution at a share theta of the step just taken."""
    for i in range(dim):
        probe[i] = state[i]
    for s in range(7):
        weight = h * theta * (DENSE[s, 0] + theta * (DENSE[s, 1] + theta * (DENSE[s, 2] + theta * DENSE[s, 3])))
        for i in range(dim):
            probe[i] += weight * k[i, s]


@inner
def turns(state: Any, k: Any, dim: int, h: float, rtol: float, atol: float) -> bool:
    """Whether a slope changed its sign in the step just taken, and moves something by a hundredth of the tolerance or more."""
    turned = False
    for i in range(dim):
        if k[i, 0] * k[i, 6] < 0.0:
            turned = turned or h * max(abs(k[i, 0]), abs(k[i, 6])) > 0.01 * (atol + rtol * abs(state[i]))
    return turned


@inner
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


@inner
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


@inner
def at_rest(work: Work, dim: int, left: float, rtol: float, atol: float) -> bool:
    """Whether the slope would not move the state by more than the tolerance in all the time that is left."""
    resting = True
    for i in range(dim):
        resting = resting and abs(work.slopes[i, 0]) * left <= atol + rtol * abs(work.state[i])
    return resting
