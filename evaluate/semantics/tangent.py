"""A trajectory with its tangent vectors, compiled: what a small displacement of the state turns into.

The same instruction tape as the bulk engine's, interpreted on values and their derivatives at once (forward mode), so that
a new expression costs no compilation. A flow's state and tangent vectors are integrated as one system by Dormand & Prince's
5(4) pair with step control on both; after every step, or iterate of a map, the tangent vectors are made orthonormal
again and the logarithms of what they had grown by are added up (Benettin et al., Meccanica 15, 1980).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...tokenizers.bulk import jit
from ...tokenizers.bulk.jit import inner
from . import interpreter
from .interpreter import FIRST_UNARY, OPCODES

ADD, SUB, MUL, DIV, POW = (OPCODES[symbol] for symbol in "+-*/^")
NEG, SIN, COS, TAN, COT = (OPCODES[name] for name in ("neg", "sin", "cos", "tan", "cot"))
ASIN, ACOS, ATAN, SINH, COSH, TANH = (OPCODES[name] for name in ("asin", "acos", "atan", "sinh", "cosh", "tanh"))
EXP, LOG, SQRT, ABS, SIGN = (OPCODES[name] for name in ("exp", "log", "sqrt", "abs", "sign"))

OK, LEFT, STUCK = range(3)
"""How `advance` ended: all the way; the state left the box or stopped being finite; the step limit or the smallest step."""

TINIEST = 1e-300
"""A direction that a map crushes to nothing counts as having shrunk by this factor: its exponent is -∞, which no mean survives."""


@inner
def _value(op: int, a: float, b: float) -> tuple[float, float, float]:
    """The result of one instruction and its derivatives by its operands."""
    if op == ADD:
        return a + b, 1.0, 1.0
    if op == SUB:
        return a - b, 1.0, -1.0
    if op == MUL:
        return a * b, b, a
    if op == DIV:
        v = a / b
        return v, 1.0 / b, -v / b
    if op == POW:
        v = math.pow(a, b)
        return v, b * math.pow(a, b - 1.0), v * math.log(a) if a > 0.0 else 0.0
    return _unary(op, a)


@inner
def _unary(op: int, a: float) -> tuple[float, float, float]:
    if op == NEG:
        return -a, -1.0, 0.0
    if op == SIN:
        return math.sin(a), math.cos(a), 0.0
    if op == COS:
        return math.cos(a), -math.sin(a), 0.0
    if op == EXP:
        v = math.exp(a)
        return v, v, 0.0
    if op == SQRT:
        v = math.sqrt(a)
        return v, 0.5 / v, 0.0
    if op == LOG:
        return math.log(a), 1.0 / a, 0.0
    if op == ABS:
        return abs(a), math.copysign(1.0, a), 0.0
    if op == SIGN:
        return math.copysign(1.0, a) if a != 0.0 else a, 0.0, 0.0
    if op == TAN:
        v = math.tan(a)
        return v, 1.0 + v * v, 0.0
    if op == COT:
        v = 1.0 / math.tan(a)
        return v, -1.0 - v * v, 0.0
    if op == TANH:
        v = math.tanh(a)
        return v, 1.0 - v * v, 0.0
    if op == SINH:
        return math.sinh(a), math.cosh(a), 0.0
    if op == COSH:
        return math.cosh(a), math.sinh(a), 0.0
    if op == ATAN:
        return math.atan(a), 1.0 / (1.0 + a * a), 0.0
    if op == ASIN:
        return math.asin(a), 1.0 / math.sqrt(1.0 - a * a), 0.0
    if op == ACOS:
        return math.acos(a), -1.0 / math.sqrt(1.0 - a * a), 0.0
    return math.nan, math.nan, math.nan


@inner
def _linearize(code: Any, outputs: Any, r: Any, dr: Any, x: Any, f: Any, jacobian: Any) -> bool:
    """f(x) and its Jacobian; whether both are finite. r, dr: registers and their gradients, the variables' being unit vectors."""
    dim = len(f)
    for i in range(dim):
        r[i] = x[i]
    for i in range(len(code)):
        op, target, left, right = code[i, 0], code[i, 1], code[i, 2], code[i, 3]
        v, p, q = _value(op, r[left], r[right])
        r[target] = v
        if op < FIRST_UNARY:
            for k in range(dim):
                dr[target, k] = p * dr[left, k] + q * dr[right, k]
        else:
            for k in range(dim):
                dr[target, k] = p * dr[left, k]
    zero = 0.0
    for i in range(dim):
        f[i] = r[outputs[i]]
        zero += 0.0 * f[i]
        for k in range(dim):
            jacobian[i, k] = dr[outputs[i], k]
            zero += 0.0 * jacobian[i, k]
    return zero == 0.0


@inner
def _slopes(code: Any, outputs: Any, r: Any, dr: Any, z: Any, work: Any, k: Any) -> bool:
    """k = the slopes of all that is integrated, one after the other: state, tangent vectors (rows of a matrix), ∫ trace J.

    For a map they are the next values. work (1 + D, D): f and J are left there.
    """
    dim = work.shape[1]
    f, jacobian = work[0], work[1:]
    if not _linearize(code, outputs, r, dr, z, f, jacobian):
        return False
    trace = 0.0
    for i in range(dim):
        k[i] = f[i]
        trace += jacobian[i, i]
    for j in range(dim):
        vector = dim + j * dim
        for i in range(dim):
            total = 0.0
            for m in range(dim):
                total += jacobian[i, m] * z[vector + m]
            k[vector + i] = total
    k[dim + dim * dim] = trace
    return True


@inner
def _orthonormalize(z: Any, k: Any, logs: Any, dim: int) -> None:
    """Gram–Schmidt on the tangent vectors in z, twice for accuracy; logs += how much each grew. Those in k undergo the same
    operations, which keeps them the slopes of those in z where they were that."""
    for j in range(dim):
        at = dim + j * dim
        for _ in range(2):
            for i in range(j):
                other, along = dim + i * dim, 0.0
                for m in range(dim):
                    along += z[other + m] * z[at + m]
                for m in range(dim):
                    z[at + m] -= along * z[other + m]
                    k[at + m] -= along * k[other + m]
        size = 0.0
        for m in range(dim):
            size += z[at + m] * z[at + m]
        size = math.sqrt(size)
        if size > TINIEST:
            logs[j] += math.log(size)
            for m in range(dim):
                z[at + m] /= size
                k[at + m] /= size
        else:
            logs[j] += math.log(TINIEST)
            _replace(z, dim, j)


@inner
def _replace(z: Any, dim: int, j: int) -> None:
    """Tangent vector j = a unit vector orthogonal to those before it: of one of the axes enough is left when projected."""
    at = dim + j * dim
    for axis in range(dim):
        for m in range(dim):
            z[at + m] = 1.0 if m == axis else 0.0
        for i in range(j):
            along = z[dim + i * dim + axis]
            for m in range(dim):
                z[at + m] -= along * z[dim + i * dim + m]
        size = 0.0
        for m in range(dim):
            size += z[at + m] * z[at + m]
        if size * dim >= 0.5:
            for m in range(dim):
                z[at + m] /= math.sqrt(size)
            return


@inner
def _inside(x: Any, dim: int, box: float) -> bool:
    inside = True
    for i in range(dim):
        inside = inside and abs(x[i]) <= box
    return inside


@inner
def _log_determinant(matrix: Any) -> float:
    """log |det|, by elimination with pivots; `matrix` is used up."""
    dim, total = len(matrix), 0.0
    for c in range(dim):
        pivot = c
        for i in range(c + 1, dim):
            if abs(matrix[i, c]) > abs(matrix[pivot, c]):
                pivot = i
        size = abs(matrix[pivot, c])
        if size <= TINIEST:
            return total + (dim - c) * math.log(TINIEST)
        total += math.log(size)
        for k in range(dim):
            matrix[c, k], matrix[pivot, k] = matrix[pivot, k], matrix[c, k]
        for i in range(c + 1, dim):
            share = matrix[i, c] / matrix[c, c]
            for k in range(c, dim):
                matrix[i, k] -= share * matrix[c, k]
    return total


@inner
def _stage(z: Any, k: Any, s: int, h: float, w: Any) -> None:
    """w = where stage s starts from. Written out over flat arrays, which the compiler vectorizes."""
    if s == 1:
        for i in range(len(z)):
            w[i] = z[i] + h * (1 / 5 * k[0, i])
    elif s == 2:
        for i in range(len(z)):
            w[i] = z[i] + h * (3 / 40 * k[0, i] + 9 / 40 * k[1, i])
    elif s == 3:
        for i in range(len(z)):
            w[i] = z[i] + h * (44 / 45 * k[0, i] - 56 / 15 * k[1, i] + 32 / 9 * k[2, i])
    elif s == 4:
        for i in range(len(z)):
            early = 19372 / 6561 * k[0, i] - 25360 / 2187 * k[1, i]
            w[i] = z[i] + h * (early + 64448 / 6561 * k[2, i] - 212 / 729 * k[3, i])
    elif s == 5:
        for i in range(len(z)):
            early = 9017 / 3168 * k[0, i] - 355 / 33 * k[1, i] + 46732 / 5247 * k[2, i]
            w[i] = z[i] + h * (early + 49 / 176 * k[3, i] - 5103 / 18656 * k[4, i])
    else:
        for i in range(len(z)):
            early = 35 / 384 * k[0, i] + 500 / 1113 * k[2, i] + 125 / 192 * k[3, i]
            w[i] = z[i] + h * (early - 2187 / 6784 * k[4, i] + 11 / 84 * k[5, i])


@inner
def _error(z: Any, w: Any, k: Any, dim: int, h: float, rtol: float, atol: float) -> float:
    """The largest error of the step in units of the tolerance; for tangent vectors, of length 1, it is rtol."""
    worst = 0.0
    for i in range(dim + dim * dim):
        early = -71 / 57600 * k[0, i] + 71 / 16695 * k[2, i] - 71 / 1920 * k[3, i]
        total = early + 17253 / 339200 * k[4, i] - 22 / 525 * k[5, i] + 1 / 40 * k[6, i]
        size = max(abs(z[i]), abs(w[i]))
        scale = atol + rtol * size if i < dim else rtol * max(1.0, size)
        part = abs(h * total) / scale
        worst = worst if part <= worst else part
    return worst


@inner
def _flow(
    code: Any, outputs: Any, r: Any, dr: Any, z: Any, dim: int, sums: Any, span: float, h: float, rtol: float, atol: float,
    box: float, limit: int,
) -> tuple[int, int, float]:  # fmt: skip
    """Advance z (state, tangent vectors, divergence) by `span`. Gives status, steps, and the step to go on with."""
    n = len(z)
    k, w, work = np.zeros((7, n)), np.zeros(n), np.zeros((1 + dim, dim))
    done, steps, fresh = 0.0, 0, True
    z[n - 1] = 0.0
    if not _slopes(code, outputs, r, dr, z, work, k[0]):
        return LEFT, 0, h
    while done < span:
        if steps >= limit or h < 1e-14 * span:
            return STUCK, steps, h
        steps += 1
        last = done + h >= span
        now = span - done if last else h
        finite = True
        for s in range(1, 7):
            if finite:
                _stage(z, k, s, now, w)
                finite = _slopes(code, outputs, r, dr, w, work, k[s])
        error = _error(z, w, k, dim, now, rtol, atol) if finite else math.inf
        if not error <= 1.0:
            h = now * (max(0.2, 0.9 * error**-0.2) if error < math.inf else 0.2)
            fresh = False
            continue
        done = span if last else done + now
        z[:] = w
        k[0] = k[6]
        _orthonormalize(z, k[0], sums, dim)
        growth = min(10.0 if fresh else 1.0, 0.9 * max(error, 1e-9) ** -0.2)
        if not last or growth < 1.0:
            h = now * growth  # a last step is cut short and says little about the next one
        fresh = True
        if not _inside(z, dim, box):
            return LEFT, steps, h
    sums[dim] += z[n - 1]
    return OK, steps, h


@inner
def _iterate(
    code: Any, outputs: Any, r: Any, dr: Any, z: Any, dim: int, sums: Any, count: int, box: float
) -> tuple[int, int, float]:  # fmt: skip
    """Advance z (state, tangent vectors) by `count` iterates."""
    k, work = np.zeros(len(z)), np.zeros((1 + dim, dim))
    for n in range(count):
        if not _slopes(code, outputs, r, dr, z, work, k):
            return LEFT, n, 1.0
        z[:] = k
        _orthonormalize(z, k, sums, dim)
        sums[dim] += _log_determinant(work[1:])
        if not _inside(z, dim, box):
            return LEFT, n, 1.0
    return OK, count, 1.0


def kernel(stamp: int) -> Callable[..., tuple[int, int, float]]:
    """`advance`, not yet compiled; see `jit.Source`."""

    def advance(
        orbit: bool, code: Any, registers: Any, outputs: Any, z: Any, sums: Any,
        span: float, h: float, rtol: float, atol: float, box: float, limit: int,
    ) -> tuple[int, int, float]:  # fmt: skip
        """Advance z (D state, D × D tangent vectors, 1 to spare) by `span` (time, or iterates); add each vector's growth and
        the divergence to sums (D + 1)."""
        dim = len(sums) - 1
        r, dr = registers.copy(), np.zeros((len(registers), dim))
        for i in range(dim):
            dr[i, i] = 1.0
        if orbit or stamp < 0:  # the stamp never is
            return _iterate(code, outputs, r, dr, z, dim, sums, int(span), box)
        return _flow(code, outputs, r, dr, z, dim, sums, span, h, rtol, atol, box, limit)

    return advance


def compiled() -> Callable[..., tuple[int, int, float]]:
    """`advance`, compiled, or read from the cache on disk, on first use. Some seconds the very first time."""
    from numba import boolean, float64, int64, uint32

    signature = (
        boolean, uint32[:, ::1], float64[::1], int64[::1], float64[::1], float64[::1],
        float64, float64, float64, float64, float64, int64,
    )  # fmt: skip
    return jit.kernel(kernel, signature, (interpreter,))
