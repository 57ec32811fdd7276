"""Stiff flow, compiled: one initial value problem at a time, by a linearly implicit method of order four.

RODAS (Hairer & Wanner, Solving ODEs II, IV.10; its coefficients for autonomous systems): L-stable, six stages, an embedded method
of order three for the error, third-order dense output. The steps end where outputs are due: a stiff component can be right at the
end of a step that is too long to say anything about what lies within. Rosenbrock methods need no iteration, so nothing can fail
to converge, but they need the exact Jacobian: it is differentiated forward along the tape, one number per register and variable.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....tokenizers.machines.jit import bare
from .elimination import factorize, solve
from .explicit import Single
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
    turns,
    unit,
)  # fmt: skip
from .hidden import LOOKS, winds
from .interpreter import (
    ABS,
    ACOS,
    ADD,
    ASIN,
    ATAN,
    COS,
    COSH,
    COT,
    DIV,
    EXP,
    LOG,
    MUL,
    NEG,
    OUTPUTS,
    OUTPUTS_END,
    POW,
    SIN,
    SINH,
    SQRT,
    SUB,
    TAN,
    TANH,
    VARIABLES,
    TapeView,
    apply,
    evaluate,
    load_tape,
)
from .record import (
    DIVERGED,
    LEFT_FAINT,
    LEFT_WOUND,
    OK,
    TAPE,
    UNDEFINED,
    X0,
    Batch,
    JobView,
    leave,
    outside,
    task_of,
    undefine,
    write,
)
from .record import STEPS as STEP_LIMIT

GAMMA = 0.25
A = np.array([
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [1.544, 0.0, 0.0, 0.0, 0.0],
    [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
    [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
    [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0],
    [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
])  # fmt: skip
C = np.array([
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [-5.6688, 0.0, 0.0, 0.0, 0.0],
    [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
    [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
    [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
    [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
])  # fmt: skip
DENSE = np.array([
    [10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662],
    [-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872],
])  # fmt: skip
SAFETY, SHRINK, GROW = 0.9, 0.2, 6.0


@bare
def _partials(op: int, a: float, b: float, v: float) -> tuple[float, float]:
    """Derivatives of v = op(a, b) with respect to a and b."""
    if op == ADD:
        return 1.0, 1.0
    if op == SUB:
        return 1.0, -1.0
    if op == MUL:
        return b, a
    if op == DIV:
        return 1.0 / b, -v / b
    if op == POW:
        return b * math.pow(a, b - 1.0), (v * math.log(a) if a > 0.0 else 0.0)
    if op == NEG:
        return -1.0, 0.0
    if op == SIN:
        return math.cos(a), 0.0
    if op == COS:
        return -math.sin(a), 0.0
    if op == EXP:
        return v, 0.0
    if op == SQRT:
        return 0.5 / v, 0.0
    if op == LOG:
        return 1.0 / a, 0.0
    if op == ABS:
        return (1.0 if a > 0.0 else -1.0), 0.0
    if op == TAN:
        return 1.0 + v * v, 0.0
    if op == COT:
        return -1.0 - v * v, 0.0
    if op == TANH:
        return 1.0 - v * v, 0.0
    if op == SINH:
        return math.cosh(a), 0.0
    if op == COSH:
        return math.sinh(a), 0.0
    if op == ATAN:
        return 1.0 / (1.0 + a * a), 0.0
    if op == ASIN:
        return 1.0 / math.sqrt(1.0 - a * a), 0.0
    if op == ACOS:
        return -1.0 / math.sqrt(1.0 - a * a), 0.0
    return 0.0, 0.0  # SIGN


@bare
def _jacobian(tape: TapeView, x: Any, dim: int, grad: Any, jacobian: Any) -> None:
    """jacobian = df/dx at x. `grad` (registers, variables): zero for constants. Where it is not finite it counts as 0."""
    code, first, last, outputs, output, r = tape
    for i in range(dim):
        r[i] = x[i]
        for d in range(dim):
            grad[i, d] = 1.0 if i == d else 0.0
    for n in range(first, last):
        op, target, left, right = code[n, 0], code[n, 1], code[n, 2], code[n, 3]
        a, b = r[left], r[right]
        v = apply(op, a, b)
        by_a, by_b = _partials(op, a, b, v)
        r[target] = v
        for d in range(dim):
            along, across = grad[left, d], grad[right, d]
            grad[target, d] = (by_a * along if along != 0.0 else 0.0) + (by_b * across if across != 0.0 else 0.0)
    for i in range(dim):
        for d in range(dim):
            value = grad[outputs[output + i], d]
            jacobian[i, d] = value if math.isfinite(value) else 0.0


@bare
def _try_step(
    tape: TapeView, work: Scratch, dim: int, h: float, rtol: float, atol: float, jacobian: Any, matrix: Any, pivots: Any, k: Any
) -> float:
    """A step from work.state to work.trial, slopes before and after in columns 0 and 6 of work.slopes; its error as a multiple
    of the tolerance, -1 where something was not finite.
    """
    code, first, last, outputs, output, r = tape
    state, trial, _, slopes, sizes = work
    for i in range(dim):
        for j in range(dim):
            matrix[i, j] = (1.0 / (GAMMA * h) if i == j else 0.0) - jacobian[i, j]
    if not factorize(matrix, pivots, dim):
        return -1.0
    for s in range(6):
        for i in range(dim):
            trial[i] = state[i]
            for j in range(s):
                trial[i] += A[s, j] * k[i, j]
        if s and not evaluate(code, first, last, outputs, output, r, trial, dim, slopes, s):
            return -1.0
        for i in range(dim):
            k[i, s] = slopes[i, s]
            for j in range(s):
                k[i, s] += C[s, j] / h * k[i, j]
        solve(matrix, pivots, dim, k[:, s])
    error = zero = 0.0
    for i in range(dim):
        trial[i] += k[i, 5]
        part = abs(k[i, 5]) / unit(rtol, atol, sizes[i], max(abs(state[i]), abs(trial[i])))
        error, zero = max(error, part), zero + 0.0 * part
    if zero != 0.0 or not evaluate(code, first, last, outputs, output, r, trial, dim, slopes, 6):
        return -1.0
    return error


@bare
def _curve_of(work: Scratch, k: Any, dim: int, curve: Any) -> None:
    """The step's dense output as polynomials: y + θ (Δ + (1 - θ)(a + θ b)), multiplied out."""
    for i in range(dim):
        a = b = 0.0
        for s in range(5):
            a += DENSE[0, s] * k[i, s]
            b += DENSE[1, s] * k[i, s]
        curve[i, 0] = work.state[i]
        curve[i, 1] = work.trial[i] - work.state[i] + a
        curve[i, 2], curve[i, 3], curve[i, 4] = b - a, -b, 0.0


@bare
def _returns(work: Scratch, dim: int, atol: float, faint: Any) -> bool:
    """As `explicit._returns`."""
    back = False
    for i in range(dim):
        value = abs(work.trial[i])
        work.sizes[i] = max(work.sizes[i], value)
        floor = FAINT * atol * work.sizes[i]
        back = back or returns(faint[i], value, floor)
        faint[i] = counted(faint[i], value, floor)
    return back


@bare
def _stopped(tape: TapeView, work: Scratch, dim: int, t: float, step: float, h: float, span: float, again: bool) -> bool:
    """Whether a step that was refused (`again`) moved nothing, there is no smaller one, or f means nothing here."""
    moved = not again
    for i in range(dim):
        moved = moved or moves(work.slopes[i, 0], step, work.state[i], work.sizes[i])
    if moved and h < suspicious_step(t, span):
        moved = breaks(tape, work, dim, h) == SMOOTH
    return not moved or h < smallest_step(span)


@bare
def _integrate(
    tape: TapeView, task: JobView, single: Single, rtol: float, atol: float, longest: float, max_steps: int, grad: Any,
    square: Any,
    pivots: Any,
) -> int:  # fmt: skip
    dim, work, faint = task.dim, single.work, pivots[1]
    jacobian, matrix, k = square[0], square[1], square[2]
    status = opens(tape, task, work)
    if status >= 0:
        return status
    t, end = task.times[task.time], task.times[task.time + task.points - 1]
    span = end - t
    h = first_step(tape, work, dim, span, rtol, atol, single.scratch)
    row, refused, at_border, stopped = 1, False, False, False
    for i in range(dim):
        faint[i] = first_faint(work.state[i], longest)
    longest = min(abs(longest), span / LOOKS)
    for _ in range(max_steps + max(LOOKS, task.points)):
        aim, h = task.times[task.time + row], min(h, longest)
        clipped = h >= aim - t
        step = aim - t if clipped else h
        if not refused:
            _jacobian(tape, work.state, dim, grad, jacobian)
        error = _try_step(tape, work, dim, step, rtol, atol, jacobian, matrix, pivots[0], k)
        if not 0.0 <= error <= 1.0:
            at_border = error < 0.0
            h = step * (SHRINK if at_border else max(SHRINK, SAFETY * error**-0.25))
            if _stopped(tape, work, dim, t, step, h, span, refused):
                stopped = True
                break
            refused = True
            continue
        if turns(work.state, work.slopes, work.sizes, dim, step, rtol, atol) and crosses_pole(tape, work, dim):
            undefine(task, row)
            return UNDEFINED
        if outside(task, work.trial):
            _curve_of(work, k, dim, single.curve)
            leave(task, single.curve, work.probe, row, 1.0)
            return DIVERGED
        if _returns(work, dim, atol, faint):
            return LEFT_FAINT
        t = aim if clipped else t + step
        for i in range(dim):
            work.state[i] = work.trial[i]
            work.slopes[i, 0] = work.slopes[i, 6]
        while row < task.points and task.times[task.time + row] <= t:
            write(task, row, work.state)
            row += 1
        if row == task.points:
            return LEFT_WOUND if winds(tape, work, dim, single.scratch) else OK
        factor = GROW if error == 0.0 else min(GROW, SAFETY * error**-0.25)
        following = step * (min(1.0, factor) if refused else factor)
        h, refused = max(h, following) if clipped else following, False
    return ends(tape, task, work, row, h, stopped, at_border, end - t, span, rtol, atol)


@bare
def rescue(batch: Batch, order: Any, single: Single, grad: Any, square: Any, pivots: Any) -> None:
    """The jobs in `order`, from their beginning. Scratch: grad (registers, variables), square (3, n, n) for n at least the number
    of variables and of stages, pivots (2, variables).
    """
    for j in order:
        row = batch.tapes[batch.jobs[j, TAPE]]
        tape = load_tape(batch.code, batch.registers, batch.outputs, row, single.registers)
        dim = row[OUTPUTS_END] - row[OUTPUTS]
        grad[:] = 0.0
        for i in range(row[VARIABLES]):
            single.work.state[i] = batch.x0[batch.jobs[j, X0] + i]
        batch.status[j] = _integrate(
            tape, task_of(batch, j, dim), single, batch.tolerances[j, 0], batch.tolerances[j, 1], batch.tolerances[j, 2],
            batch.jobs[j, STEP_LIMIT], grad, square, pivots,
        )  # fmt: skip
