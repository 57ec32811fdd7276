"""A step of an explicit method, compiled, for W trajectories side by side, each with a step size of its own.

Dormand & Prince's 5(4) pair (J. Comput. Appl. Math. 6, 1980) with Shampine's fourth-order dense output (Math. Comp. 46, 1986),
step control of Hairer, Nørsett & Wanner (Solving ODEs I, II.4) and their test for stiffness (II, IV.2): the choices of SciPy's
RK45, but that the error is its largest component's and not their root mean square, behind which one bad component in many
could hide.

Layout: component i of state, box and registers is at i * W, its slope in stage s at (SLOTS * i + s) * W, lanes next to each
other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....tokenizers.machines.jit import bare, hot
from .hazards import FAINT, TINY, unit
from .interpreter import interpret_lanes
from .lanes import W, guess, load, magnitude, peek, store, unless_above

DENSE = np.array([
    [1, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432],
    [0, 0, 0, 0],
    [0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799],
    [0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
    [0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632],
    [0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
    [0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423],
])  # fmt: skip
SLOTS = 8
SAFETY, SHRINK, GROW = 0.9, 0.2, 10.0

# Rows of a step's controls: what it is given, and what it finds out.
H, RTOL, ATOL, ERROR, FACTOR, TURNED, OUTSIDE, LOW = range(8)
CONTROLS = 8


@hot
def _of(k: Any, i: int, s: int) -> Any:
    return load(k, (SLOTS * i + s) * W)


@hot
def _go(r: Any, state: Any, k: Any, h: Any, s: int, dim: int) -> None:
    """Variables' registers = what stage s starts from. Written out, which is several times faster than a loop over a table."""
    if s == 1:
        for i in range(dim):
            store(r, i * W, load(state, i * W) + h * (1 / 5 * _of(k, i, 0)))
    elif s == 2:
        for i in range(dim):
            store(r, i * W, load(state, i * W) + h * (3 / 40 * _of(k, i, 0) + 9 / 40 * _of(k, i, 1)))
    elif s == 3:
        for i in range(dim):
            total = 44 / 45 * _of(k, i, 0) - 56 / 15 * _of(k, i, 1) + 32 / 9 * _of(k, i, 2)
            store(r, i * W, load(state, i * W) + h * total)
    elif s == 4:
        for i in range(dim):
            total = 19372 / 6561 * _of(k, i, 0) - 25360 / 2187 * _of(k, i, 1) + 64448 / 6561 * _of(k, i, 2)
            store(r, i * W, load(state, i * W) + h * (total - 212 / 729 * _of(k, i, 3)))
    elif s == 5:
        for i in range(dim):
            total = 9017 / 3168 * _of(k, i, 0) - 355 / 33 * _of(k, i, 1) + 46732 / 5247 * _of(k, i, 2) + 49 / 176 * _of(k, i, 3)
            store(r, i * W, load(state, i * W) + h * (total - 5103 / 18656 * _of(k, i, 4)))
    else:
        for i in range(dim):
            total = 35 / 384 * _of(k, i, 0) + 500 / 1113 * _of(k, i, 2) + 125 / 192 * _of(k, i, 3) - 2187 / 6784 * _of(k, i, 4)
            store(r, i * W, load(state, i * W) + h * (total + 11 / 84 * _of(k, i, 5)))


@hot
def _error(k: Any, i: int) -> Any:
    """Fifth-order result minus the embedded fourth-order one, per unit of step."""
    early = -71 / 57600 * _of(k, i, 0) + 71 / 16695 * _of(k, i, 2) - 71 / 1920 * _of(k, i, 3)
    return early + 17253 / 339200 * _of(k, i, 4) - 22 / 525 * _of(k, i, 5) + 1 / 40 * _of(k, i, 6)


@hot
def _larger(a: Any, b: Any) -> Any:
    return unless_above(a, b, b, a)


@hot
def _factor(error: Any) -> Any:
    """What to multiply the step by next: SAFETY error^(-1/5). Newton's method, to some digits: far cheaper for W lanes than
    `pow` for one.
    """
    y = guess(error)
    for _ in range(2):
        square = y * y
        y = y * (1.2 - 0.2 * error * square * square * y)
    return SAFETY * y


@hot
def _nearer(slope: Any, start: Any, end: Any) -> Any:
    """1 where a slope within the step is no smaller than that at the end of the step which shares its sign, else 0. At a zero
    between them it is smaller, at a pole larger.
    """
    size = magnitude(slope)
    return unless_above(
        0.0, slope * start, unless_above(magnitude(start), size, 1.0, 0.0), unless_above(magnitude(end), size, 1.0, 0.0)
    )


@bare
def try_step(
    code: Any, first: int, last: int, outputs: Any, output: int, lanes: int,
    r: Any, state: Any, k: Any, box: Any, sizes: Any, controls: Any, dim: int,
) -> None:  # fmt: skip
    """A step of each lane from `state`, where its slope is known, to the variables' registers, where it is found.

    In the controls: the error as a multiple of the tolerance, NaN where a slope was not finite; what that makes of the step size;
    whether a slope changed its sign, not obviously at a zero, and moves something by a hundredth of the tolerance or more;
    whether the step ends outside of the box; whether it ends where a variable is faint. `sizes` take note of `state`.
    """
    h = load(controls, H * W)
    for s in range(1, 7):
        _go(r, state, k, h, s, dim)
        interpret_lanes(code, first, last, r, lanes)
        for i in range(dim):
            store(k, (SLOTS * i + s) * W, load(r, peek(outputs, output + i) * W))
    rtol, atol = load(controls, RTOL * W), load(controls, ATOL * W)
    error = zero = turned = outside = low = 0.0 * h
    for i in range(dim):
        before, after = magnitude(load(state, i * W)), magnitude(load(r, i * W))
        k0, k6 = _of(k, i, 0), _of(k, i, 6)
        size = _larger(load(sizes, i * W), before)
        store(sizes, i * W, size)
        largest = atol * _larger(size, after)
        part = magnitude(h * _error(k, i)) / (largest + rtol * _larger(before, after) + TINY)
        # Of all slopes, the result and its error contain the second alone only by way of later ones.
        error, zero = _larger(error, part), zero + 0.0 * (part + _of(k, i, 1))
        moved = h * _larger(magnitude(k0), magnitude(k6))
        turn = unless_above(moved, 0.01 * (atol * size + rtol * before), 0.0, 1.0)
        turn = turn * _larger(_nearer(_of(k, i, 1), k0, k6), _nearer(_of(k, i, 4), k0, k6))
        turned = _larger(turned, unless_above(0.0, k0 * k6, 0.0, turn))
        outside = _larger(outside, unless_above(after, load(box, i * W), 0.0, 1.0))
        low = _larger(low, unless_above(FAINT * largest, after, 0.0, 1.0))
    store(controls, ERROR * W, error + zero)
    store(controls, FACTOR * W, _factor(error))
    store(controls, TURNED * W, turned)
    store(controls, OUTSIDE * W, outside)
    store(controls, LOW * W, low)


@bare
def stiffness(state: Any, k: Any, sizes: Any, dim: int, lane: int, rtol: float, atol: float) -> float:
    """h times the size of f's dominant eigenvalue, from the two slopes that were taken at the end of the step."""
    slopes = states = 0.0
    for i in range(dim):
        at = i * SLOTS * W + lane
        k0, k1, k2, k3, k4, k5, k6 = k[at], k[at + W], k[at + 2 * W], k[at + 3 * W], k[at + 4 * W], k[at + 5 * W], k[at + 6 * W]
        apart = (
            (35 / 384 - 9017 / 3168) * k0 + 355 / 33 * k1 + (500 / 1113 - 46732 / 5247) * k2 + (125 / 192 - 49 / 176) * k3
            + (5103 / 18656 - 2187 / 6784) * k4 + 11 / 84 * k5
        )  # fmt: skip
        scale = unit(rtol, atol, sizes[i * W + lane], abs(state[i * W + lane]))
        slopes += ((k6 - k5) / scale) ** 2
        states += (apart / scale) ** 2
    return np.sqrt(slopes / states) if states > 0.0 else 0.0


@hot
def curve_of(state: Any, k: Any, dim: int, lane: int, h: float, curve: Any) -> None:
    """The polynomials of a lane's step, as `record.within` reads them."""
    for i in range(dim):
        at = i * SLOTS * W + lane
        k0, k2, k3, k4, k5, k6 = k[at], k[at + 2 * W], k[at + 3 * W], k[at + 4 * W], k[at + 5 * W], k[at + 6 * W]
        curve[i, 0] = state[i * W + lane]
        curve[i, 1] = h * k0
        for p in range(1, 4):
            early = DENSE[0][p] * k0 + DENSE[2][p] * k2 + DENSE[3][p] * k3
            curve[i, p + 1] = h * (early + DENSE[4][p] * k4 + DENSE[5][p] * k5 + DENSE[6][p] * k6)
