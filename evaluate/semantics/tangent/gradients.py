"""Values and derivatives of a tape at once (forward mode), each `sign` and `abs` on a branch that is held.

Along a smooth stretch of a trajectory a `sign` is a constant and an `abs` is ± its operand. Held at that, the right-hand side is
smooth beyond the surface on which the operand is 0, so a step may look across it without harm, and where it was crossed
is found afterwards (`crossings.py`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ....tokenizers.machines.jit import inner
from ..engine.interpreter import FIRST_UNARY, OPCODES

ADD, SUB, MUL, DIV, POW = (OPCODES[symbol] for symbol in "+-*/^")
NEG, SIN, COS, TAN, COT = (OPCODES[name] for name in ("neg", "sin", "cos", "tan", "cot"))
ASIN, ACOS, ATAN, SINH, COSH, TANH = (OPCODES[name] for name in ("asin", "acos", "atan", "sinh", "cosh", "tanh"))
EXP, LOG, SQRT, ABS, SIGN = (OPCODES[name] for name in ("exp", "log", "sqrt", "abs", "sign"))

FREE = -1
"""No surface is slid along."""


class Field(NamedTuple):
    """A right-hand side: instructions, registers `r` and their gradients `dr` (the variables' being unit vectors), the branch of
    each instruction in `modes` (+1 or -1; 0: as the operand's sign is; behind them D numbers that are `implicit`'s), and in
    `surface[0]` the register whose zero the state slides along. `work` (6 + D, D): where f, the surface's normal, f on either
    side, two more vectors, and the Jacobian are left."""

    code: Any
    outputs: Any
    r: Any
    dr: Any
    modes: Any
    surface: Any
    work: Any


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
def linearize(field: Field, x: Any, f: Any, jacobian: Any) -> bool:
    """f(x) and its Jacobian on the branches held; whether both are finite."""
    code, outputs, r, dr, modes, _, _ = field
    dim = len(f)
    for i in range(dim):
        r[i] = x[i]
    for i in range(len(code)):
        op, target, left, right = code[i, 0], code[i, 1], code[i, 2], code[i, 3]
        if modes[i] == 0.0:
            v, p, q = _value(op, r[left], r[right])
        elif op == SIGN:
            v, p, q = modes[i], 0.0, 0.0
        else:
            v, p, q = modes[i] * r[left], modes[i], 0.0
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
def hold(field: Field, register: int, mode: float) -> None:
    """Put every `sign` and `abs` of that register that is on a branch on this one."""
    for i in range(len(field.code)):
        if field.code[i, 2] == register and field.modes[i] != 0.0:
            field.modes[i] = mode


@inner
def dot(a: Any, b: Any, dim: int) -> float:
    total = 0.0
    for i in range(dim):
        total += a[i] * b[i]
    return total


@inner
def sides(field: Field, x: Any, register: int) -> tuple[float, float, bool]:
    """How fast the register grows under f on its negative and on its positive side; f there is left in work[2], work[3], the
    gradient of the register in work[1]. The branches are left as they were; whether all is finite."""
    work, modes = field.work, field.modes
    dim = work.shape[1]
    normal, below, above = work[1], work[2], work[3]
    kept = 0.0
    for i in range(len(field.code)):
        if field.code[i, 2] == register and modes[i] != 0.0:
            kept = modes[i]
    hold(field, register, 1.0)
    fine = linearize(field, x, above, work[6:])
    hold(field, register, -1.0)
    fine = linearize(field, x, below, work[6:]) and fine
    for m in range(dim):
        normal[m] = field.dr[register, m]
    hold(field, register, kept)
    return dot(normal, below, dim), dot(normal, above, dim), fine


@inner
def rhs(field: Field, x: Any, f: Any) -> bool:
    """f(x), also while sliding: Filippov's convex combination of both sides that stays on the surface."""
    if field.surface[0] == FREE:
        return linearize(field, x, f, field.work[6:])
    up, down, fine = sides(field, x, field.surface[0])
    share = up / (up - down) if up != down else 0.5
    for i in range(len(f)):
        f[i] = share * field.work[3, i] + (1.0 - share) * field.work[2, i]
    return fine


@inner
def slopes(field: Field, count: int, z: Any, k: Any) -> bool:
    """k = the slopes of all that is integrated, one after the other: state, `count` tangent vectors, ∫ trace J.

    For a map they are the next values. While sliding, derivatives are central differences: the combination's own would take
    second derivatives of the surface.
    """
    work = field.work
    dim = work.shape[1]
    f, jacobian = work[0], work[6:]
    trace = 0.0
    if field.surface[0] == FREE:
        if not linearize(field, z, f, jacobian):
            return False
        for j in range(count):
            vector = dim + j * dim
            for i in range(dim):
                total = 0.0
                for m in range(dim):
                    total += jacobian[i, m] * z[vector + m]
                k[vector + i] = total
        for i in range(dim):
            trace += jacobian[i, i]
    else:
        if not rhs(field, z, f):
            return False
        for j in range(count):
            if not _along(field, z, dim + j * dim, k):
                return False
    for i in range(dim):
        k[i] = f[i]
    k[dim + count * dim] = trace
    return True


@inner
def _along(field: Field, z: Any, vector: int, k: Any) -> bool:
    """k[vector …] = the derivative of `rhs` along the vector in z."""
    work = field.work
    dim = work.shape[1]
    probe, found = work[4], work[5]
    size = largest = 0.0
    for m in range(dim):
        size, largest = max(size, abs(z[vector + m])), max(largest, abs(z[m]))
    if size == 0.0:
        k[vector : vector + dim] = 0.0
        return True
    epsilon = 1e-6 * (1.0 + largest) / size
    for m in range(dim):
        probe[m] = z[m] + epsilon * z[vector + m]
    fine = rhs(field, probe, found)
    for m in range(dim):
        k[vector + m] = found[m]
        probe[m] = z[m] - epsilon * z[vector + m]
    fine = rhs(field, probe, found) and fine
    for m in range(dim):
        k[vector + m] = (k[vector + m] - found[m]) / (2.0 * epsilon)
    return fine
