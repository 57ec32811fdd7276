"""The tape interpreter, compiled: instructions, and one evaluation of f.

What a division by zero or the like gives is inf or NaN, never an exception.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ....tokenizers.machines.jit import bare
from .lanes import W, load, magnitude, negated, peek, root, store

ADD, SUB, MUL, DIV, POW = range(5)
FIRST_UNARY = 5
NEG, SIN, COS, TAN, COT, ASIN, ACOS, ATAN, SINH, COSH, TANH, EXP, LOG, SQRT, ABS, SIGN = range(FIRST_UNARY, 21)
OPCODES = {
    "+": ADD, "-": SUB, "*": MUL, "/": DIV, "^": POW, "neg": NEG, "sin": SIN, "cos": COS, "tan": TAN, "cot": COT,
    "asin": ASIN, "acos": ACOS, "atan": ATAN, "sinh": SINH, "cosh": COSH, "tanh": TANH, "exp": EXP, "log": LOG,
    "sqrt": SQRT, "abs": ABS, "sign": SIGN,
}  # fmt: skip

# Columns of the table of tapes: where a tape's instructions, registers and outputs are; how many variables it reads; the number
# of
# its group, within which tapes differ in their constants alone.
CODE, CODE_END, REGISTERS, REGISTERS_END, OUTPUTS, OUTPUTS_END, VARIABLES, GROUP = range(8)
TAPE_COLUMNS = 8


class TapeView(NamedTuple):
    """One tape of the batch, and a register file of this thread's own."""

    code: Any
    first: int
    last: int
    outputs: Any
    output: int
    registers: Any


@bare
def apply(op: int, a: float, b: float) -> float:
    """One operation. The order of the tests does not matter: they become a jump table."""
    if op == ADD:
        return a + b
    if op == SUB:
        return a - b
    if op == MUL:
        return a * b
    if op == DIV:
        return a / b
    if op == NEG:
        return -a
    if op == SIN:
        return math.sin(a)
    if op == COS:
        return math.cos(a)
    if op == EXP:
        return math.exp(a)
    if op == POW:
        return math.pow(a, b)
    if op == SQRT:
        return math.sqrt(a)
    if op == LOG:
        return math.log(a)
    if op == ABS:
        return abs(a)
    if op == SIGN:
        return math.copysign(1.0, a) if a != 0.0 and a == a else a
    if op == TAN:
        return math.tan(a)
    if op == COT:
        return 1.0 / math.tan(a)
    if op == TANH:
        return math.tanh(a)
    if op == SINH:
        return math.sinh(a)
    if op == COSH:
        return math.cosh(a)
    if op == ATAN:
        return math.atan(a)
    return math.asin(a) if op == ASIN else math.acos(a)


@bare
def interpret(code: Any, first: int, last: int, r: Any) -> None:
    """Run the instructions on one set of registers."""
    for i in range(first, last):
        r[code[i, 1]] = apply(code[i, 0], r[code[i, 2]], r[code[i, 3]])


@bare
def interpret_lanes(code: Any, first: int, last: int, r: Any, lanes: int) -> None:
    """Run them on W sets side by side, register i in r[i * W : i * W + W]. What costs more than finding out what to do is
    done to the first `lanes` alone.
    """
    for i in range(first, last):
        op, target, left, right = (
            peek(code, 4 * i),
            peek(code, 4 * i + 1) * W,
            peek(code, 4 * i + 2) * W,
            peek(code, 4 * i + 3) * W,
        )
        if op == ADD:
            store(r, target, load(r, left) + load(r, right))
        elif op == SUB:
            store(r, target, load(r, left) - load(r, right))
        elif op == MUL:
            store(r, target, load(r, left) * load(r, right))
        elif op == DIV:
            store(r, target, load(r, left) / load(r, right))
        elif op == NEG:
            store(r, target, negated(load(r, left)))
        elif op == SQRT:
            store(r, target, root(load(r, left)))
        elif op == ABS:
            store(r, target, magnitude(load(r, left)))
        else:
            for lane in range(lanes):
                r[target + lane] = apply(op, r[left + lane], r[right + lane])


@bare
def load_tape(code: Any, registers: Any, outputs: Any, row: Any, scratch: Any) -> TapeView:
    """The tape in a row of the table, with its constants loaded into the scratch registers."""
    for i in range(row[REGISTERS], row[REGISTERS_END]):
        scratch[i - row[REGISTERS]] = registers[i]
    return TapeView(code, row[CODE], row[CODE_END], outputs, row[OUTPUTS], scratch)


@bare
def evaluate(
    code: Any, first: int, last: int, outputs: Any, output: int, r: Any, x: Any, dim: int, slopes: Any, row: int
) -> bool:
    """slopes[:, row] = f(x) for a system of `dim` equations in as many variables; whether all of it is finite."""
    for i in range(dim):
        r[i] = x[i]
    interpret(code, first, last, r)
    zero = 0.0
    for i in range(dim):
        value = r[outputs[output + i]]
        slopes[i, row] = value
        zero += value * 0.0
    return zero == 0.0
