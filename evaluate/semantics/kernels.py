"""The compiled part: the tape interpreter, and the three loops (flow, orbit, table) around it.

Everything compiled lives in this one file, its numbering of instructions included: Numba's cache on disk is
refreshed when a function's own file changes, and would not notice a change elsewhere. Each kernel works on jobs
`first` to `last` of a batch, one job being one tree from one initial condition; jobs share nothing but read-only arrays, so
the result does not depend on how they are split among threads. Division by zero and the like give inf or NaN, never an exception.

The integrator is Dormand & Prince's 5(4) pair (J. Comput. Appl. Math. 6, 1980) with Shampine's fourth-order dense output
(Math. Comp. 46, 1986), step control and starting step of Hairer, Nørsett & Wanner (Solving ODEs I, II.4): as SciPy's RK45.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]

ADD, SUB, MUL, DIV, POW = range(5)
FIRST_UNARY = 5
NEG, SIN, COS, TAN, COT, ASIN, ACOS, ATAN, SINH, COSH, TANH, EXP, LOG, SQRT, ABS, SIGN = range(FIRST_UNARY, 21)
OPCODES = {
    "+": ADD, "-": SUB, "*": MUL, "/": DIV, "^": POW, "neg": NEG, "sin": SIN, "cos": COS, "tan": TAN, "cot": COT,
    "asin": ASIN, "acos": ACOS, "atan": ATAN, "sinh": SINH, "cosh": COSH, "tanh": TANH, "exp": EXP, "log": LOG,
    "sqrt": SQRT, "abs": ABS, "sign": SIGN,
}  # fmt: skip

# Columns of the two tables. A tape: where its instructions, registers and outputs are; how many variables it reads.
CODE, CODE_END, REGISTERS, REGISTERS_END, OUTPUTS, OUTPUTS_END, VARIABLES = range(7)
TAPE_COLUMNS = 7
# A job: its tape; where its x0, times, box and results are in the flat arrays; how many times; its step limit.
TAPE, X0, TIMES, BOX, RESULT, COUNT, STEPS = range(7)
JOB_COLUMNS = 7

OK, DIVERGED, UNRESOLVED = 0, 1, 2

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


def _inner(function: F) -> F:
    """Compiled into its callers, when they are; nothing happens before."""
    compiled: Any = numba.njit(error_model="numpy")(function)
    result: F = compiled
    return result


class Tape(NamedTuple):
    """One tape of the batch, and a register file of this thread's own."""

    code: Any
    first: int
    last: int
    outputs: Any
    output: int
    registers: Any


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


class Work(NamedTuple):
    """Scratch of one thread: current state, trial state, a third one, and the seven stages' slopes (variable, stage)."""

    state: Any
    trial: Any
    probe: Any
    slopes: Any


@_inner
def _interpret(code: Any, first: int, last: int, r: Any) -> None:
    for i in range(first, last):
        op = code[i, 0]
        a = r[code[i, 2]]
        b = r[code[i, 3]]
        if op == ADD:
            v = a + b
        elif op == SUB:
            v = a - b
        elif op == MUL:
            v = a * b
        elif op == DIV:
            v = a / b
        elif op == NEG:
            v = -a
        elif op == SIN:
            v = math.sin(a)
        elif op == COS:
            v = math.cos(a)
        elif op == EXP:
            v = math.exp(a)
        elif op == POW:
            v = math.pow(a, b)
        elif op == SQRT:
            v = math.sqrt(a)
        elif op == LOG:
            v = math.log(a)
        elif op == ABS:
            v = abs(a)
        elif op == SIGN:
            v = math.copysign(1.0, a) if a != 0.0 and a == a else a
        elif op == TAN:
            v = math.tan(a)
        elif op == COT:
            v = 1.0 / math.tan(a)
        elif op == TANH:
            v = math.tanh(a)
        elif op == SINH:
            v = math.sinh(a)
        elif op == COSH:
            v = math.cosh(a)
        elif op == ATAN:
            v = math.atan(a)
        elif op == ASIN:
            v = math.asin(a)
        else:
            v = math.acos(a)
        r[code[i, 1]] = v


@_inner
def _tape(code: Any, registers: Any, outputs: Any, row: Any, scratch: Any) -> Tape:
    """The tape in a row of the table, with its constants loaded into the scratch registers."""
    for i in range(row[REGISTERS], row[REGISTERS_END]):
        scratch[i - row[REGISTERS]] = registers[i]
    return Tape(code, row[CODE], row[CODE_END], outputs, row[OUTPUTS], scratch)


@_inner
def _evaluate(
    code: Any, first: int, last: int, outputs: Any, output: int, r: Any, x: Any, dim: int, slopes: Any, row: int
) -> bool:
    """slopes[:, row] = f(x) for a system of `dim` equations in as many variables; whether all of it is finite.

    The hot loops take plain arrays: each look into a named tuple of arrays, and each slice, counts references atomically.
    """
    for i in range(dim):
        r[i] = x[i]
    _interpret(code, first, last, r)
    zero = 0.0
    for i in range(dim):
        value = r[outputs[output + i]]
        slopes[i, row] = value
        zero += value * 0.0
    return zero == 0.0


@_inner
def _write(y: Any, result: int, dim: int, row: int, x: Any) -> None:
    for i in range(dim):
        y[result + row * dim + i] = x[i]


@_inner
def _outside(boxes: Any, box: int, dim: int, x: Any) -> bool:
    outside = False
    for i in range(dim):
        outside = outside or not abs(x[i]) <= boxes[box + i]
    return outside


@_inner
def _hold(task: Task, row: int, x: Any) -> None:
    """From `row` on, rest at `x`, clipped to the box."""
    for i in range(task.dim):
        box = task.boxes[task.box + i]
        value = min(max(x[i], -box), box)
        for k in range(row, task.points):
            task.y[task.result + k * task.dim + i] = value


@_inner
def _edge(task: Task, row: int, x: Any) -> None:
    """From `row` on, rest at the corner of the box that `x` points to: there is no further behavior."""
    for i in range(task.dim):
        box = task.boxes[task.box + i]
        value = -box if x[i] < 0.0 else box
        for k in range(row, task.points):
            task.y[task.result + k * task.dim + i] = value


@_inner
def _first_step(tape: Tape, work: Work, dim: int, span: float, rtol: float, atol: float) -> float:
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
    if not _evaluate(code, first, last, outputs, output, r, work.trial, dim, work.slopes, 1):
        return h0 * SHRINK
    for i in range(dim):
        d2 += ((work.slopes[i, 1] - work.slopes[i, 0]) / (atol + abs(work.state[i]) * rtol)) ** 2
    d2 = math.sqrt(d2 / dim) / h0
    h1 = max(1e-6, h0 * 1e-3) if d1 <= 1e-15 and d2 <= 1e-15 else (0.01 / max(d1, d2)) ** 0.2
    return max(min(100 * h0, h1, span), 1e-12 * span)


@_inner
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


@_inner
def _error(k: Any, i: int) -> Any:
    """Fifth-order result minus the embedded fourth-order one, per unit of step."""
    early = -71 / 57600 * k[i, 0] + 71 / 16695 * k[i, 2] - 71 / 1920 * k[i, 3]
    return early + 17253 / 339200 * k[i, 4] - 22 / 525 * k[i, 5] + 1 / 40 * k[i, 6]


@_inner
def _try_step(
    code: Any, first: int, last: int, outputs: Any, output: int, r: Any,
    state: Any, trial: Any, k: Any, dim: int, h: float, rtol: float, atol: float,
) -> float:  # fmt: skip
    """A step of size h from state to trial; its error as a multiple of the tolerance, -1 where a slope was not finite."""
    for s in range(1, 7):
        for i in range(dim):
            trial[i] = state[i] + h * _stage(k, i, s)
        if not _evaluate(code, first, last, outputs, output, r, trial, dim, k, s):
            return -1.0
    norm = 0.0
    for i in range(dim):
        norm += (h * _error(k, i) / (atol + rtol * max(abs(state[i]), abs(trial[i])))) ** 2
    norm = math.sqrt(norm / dim)
    return norm if math.isfinite(norm) else -1.0


@_inner
def _interpolate(state: Any, k: Any, probe: Any, dim: int, h: float, theta: float) -> None:
    """probe = the solution at a share theta of the step just taken."""
    for i in range(dim):
        probe[i] = state[i]
    for s in range(7):
        weight = h * theta * (DENSE[s, 0] + theta * (DENSE[s, 1] + theta * (DENSE[s, 2] + theta * DENSE[s, 3])))
        for i in range(dim):
            probe[i] += weight * k[i, s]


@_inner
def _leave(task: Task, work: Work, row: int, h: float, theta: float) -> int:
    """Find where, up to a share theta of this step, the box was left (so that what is held does not depend on the steps)."""
    low, high = 0.0, theta
    for _ in range(50):
        middle = 0.5 * (low + high)
        _interpolate(work.state, work.slopes, work.probe, task.dim, h, middle)
        if _outside(task.boxes, task.box, task.dim, work.probe):
            high = middle
        else:
            low = middle
    _interpolate(work.state, work.slopes, work.probe, task.dim, h, high)
    _hold(task, row, work.probe)
    return DIVERGED


@_inner
def _underflow(task: Task, work: Work, row: int, left: float, span: float, rtol: float, atol: float, finite: bool) -> int:
    """What it means that no step, however small, goes on from here."""
    resting = fast = False
    if finite:  # a slope that would cross the box within the horizon, and still grows: a pole. Else: extreme stiffness
        for i in range(task.dim):
            fast = fast or abs(work.slopes[i, 0]) * span > task.boxes[task.box + i]
    else:  # at the border of where f is defined; one that comes to rest there (x' = -sqrt(x)) has a behavior: it stays
        resting = True
        for i in range(task.dim):
            resting = resting and abs(work.slopes[i, 0]) * left <= atol + rtol * abs(work.state[i])
    if resting or (finite and not fast):
        _hold(task, row, work.state)
        return OK if resting else UNRESOLVED
    _edge(task, row, work.state)
    return DIVERGED


@_inner
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
    if not _evaluate(code, first, last, outputs, output, r, state, dim, k, 0):
        _edge(task, 1, state)
        return DIVERGED
    span = end - t
    smallest = 1e-15 * max(abs(t), abs(end))
    h = _first_step(tape, work, dim, span, rtol, atol)
    row, rejected = 1, False
    for _ in range(max_steps):
        final = h >= end - t
        step = end - t if final else h
        error = _try_step(code, first, last, outputs, output, r, state, trial, k, dim, step, rtol, atol)
        if not 0.0 <= error <= 1.0:
            h = step * (SHRINK if error < 0.0 else max(SHRINK, SAFETY * error**-0.2))
            rejected = True
            if h < smallest:
                return _underflow(task, work, row, end - t, span, rtol, atol, error >= 0.0)
            continue
        after = end if final else t + step
        while row < points and times[time + row] <= after:
            theta = (times[time + row] - t) / step
            _interpolate(state, k, probe, dim, step, theta)
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
    _hold(task, row, state)
    return UNRESOLVED


@_inner
def _widest(tapes: Any, jobs: Any, first: int, last: int) -> tuple[int, int]:
    """Most registers and most variables that jobs `first` to `last` need."""
    registers = variables = 1
    for j in range(first, last):
        row = tapes[jobs[j, TAPE]]
        registers = max(registers, row[REGISTERS_END] - row[REGISTERS])
        variables = max(variables, row[VARIABLES], row[OUTPUTS_END] - row[OUTPUTS])
    return registers, variables


def flow(
    code: Any, registers: Any, outputs: Any, tapes: Any, jobs: Any, tolerances: Any,
    x0: Any, times: Any, boxes: Any, y: Any, status: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Solve x' = f(x) for jobs `first` to `last`. tolerances: (J, 2), rtol and atol. Fills y and status."""
    n_registers, n_variables = _widest(tapes, jobs, first, last)
    scratch = np.empty(n_registers)
    work = Work(np.empty(n_variables), np.empty(n_variables), np.empty(n_variables), np.empty((n_variables, 7)))
    for j in range(first, last):
        row = tapes[jobs[j, TAPE]]
        tape = _tape(code, registers, outputs, row, scratch)
        task = Task(row[VARIABLES], jobs[j, COUNT], times, jobs[j, TIMES], boxes, jobs[j, BOX], y, jobs[j, RESULT])
        for i in range(task.dim):
            work.state[i] = x0[jobs[j, X0] + i]
        status[j] = _integrate(tape, task, work, tolerances[j, 0], tolerances[j, 1], jobs[j, STEPS])


def orbit(
    code: Any, registers: Any, outputs: Any, tapes: Any, jobs: Any, tolerances: Any,
    x0: Any, times: Any, boxes: Any, y: Any, status: Any, first: int, last: int,
) -> None:  # fmt: skip
    """Iterate x = f(x) for jobs `first` to `last`; times are iteration numbers. Fills y and status."""
    n_registers, n_variables = _widest(tapes, jobs, first, last)
    scratch, state, new = np.empty(n_registers), np.empty(n_variables), np.empty((n_variables, 1))
    for j in range(first, last):
        row = tapes[jobs[j, TAPE]]
        tape = _tape(code, registers, outputs, row, scratch)
        task = Task(row[VARIABLES], jobs[j, COUNT], times, jobs[j, TIMES], boxes, jobs[j, BOX], y, jobs[j, RESULT])
        for i in range(task.dim):
            state[i] = x0[jobs[j, X0] + i]
        status[j] = OK
        n = int(times[task.time])
        for k in range(task.points):
            finite = True
            while n < times[task.time + k] and not _outside(boxes, task.box, task.dim, state):
                finite = _evaluate(code, tape.first, tape.last, outputs, tape.output, scratch, state, task.dim, new, 0)
                if not finite:
                    break
                n += 1
                for i in range(task.dim):
                    state[i] = new[i, 0]
            if not finite:
                _edge(task, k, state)
            elif _outside(boxes, task.box, task.dim, state):
                _hold(task, k, state)
            else:
                _write(y, task.result, task.dim, k, state)
                continue
            status[j] = DIVERGED
            break


def table(
    code: Any, registers: Any, outputs: Any, tapes: Any, jobs: Any, tolerances: Any,
    x0: Any, times: Any, boxes: Any, y: Any, status: Any, first: int, last: int,
) -> None:  # fmt: skip
    """y = f(x) at each input point for jobs `first` to `last`. Points are independent: one without a value is at the edge."""
    scratch = np.empty(_widest(tapes, jobs, first, last)[0])
    for j in range(first, last):
        row = tapes[jobs[j, TAPE]]
        tape = _tape(code, registers, outputs, row, scratch)
        box = boxes[jobs[j, BOX]]
        status[j] = OK
        for k in range(jobs[j, COUNT]):
            for i in range(row[VARIABLES]):
                scratch[i] = x0[jobs[j, X0] + k * row[VARIABLES] + i]
            _interpret(tape.code, tape.first, tape.last, scratch)
            value = scratch[outputs[tape.output]]
            if not abs(value) <= box:
                value = -box if value < 0.0 else box
                status[j] = DIVERGED
            y[jobs[j, RESULT] + k] = value
