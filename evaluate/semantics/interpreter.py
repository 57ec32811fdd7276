"""The tape interpreter, compiled: instructions, and one evaluation of f.

What a division by zero or the like gives is inf or NaN, never an exception.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

ADD, SUB, MUL, DIV, POW = range(5)
FIRST_UNARY = 5
NEG, SIN, COS, TAN, COT, ASIN, ACOS, ATAN, SINH, COSH, TANH, EXP, LOG, SQRT, ABS, SIGN = range(FIRST_UNARY, 21)
OPCODES = {
    "+": ADD, "-": SUB, "*": MUL, "/": DIV, "^": POW, "neg": NEG, "sin": SIN, "cos": COS, "tan": TAN, "cot": COT,
    "asin": ASIN, "acos": ACOS, "atan": ATAN, "sinh": SINH, "cosh": COSH, "tanh": TANH, "exp": EXP, "log": LOG,
    "sqrt": SQRT, "abs": ABS, "sign": SIGN,
}  # fmt: skip

# Columns of the table of tapes: where a tape's instructions, registers and outputs are; how many variables it reads.
CODE, CODE_END, REGISTERS, REGISTERS_END, OUTPUTS, OUTPUTS_END, VARIABLES = range(7)
TAPE_COLUMNS = 7


def inner(function: F) -> F:
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


@inner
def interpret(code: Any, first: int, last: int, r: Any) -> None:
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


@inner
def load_tape(code: Any, registers: Any, outputs: Any, row: Any, scratch: Any) -> Tape:
    """The tape in a row of the table, with its constants loaded into the scratch registers."""
    for i in range(row[REGISTERS], row[REGISTERS_END]):
        scratch[i - row[REGISTERS]] = registers[i]
    return Tape(code, row[CODE], row[CODE_END], outputs, row[OUTPUTS], scratch)


@inner
def evaluate(
    code: Any, first: int, last: int, outputs: Any, output: int, r: Any, x: Any, dim: int, slopes: Any, row: int
) -> bool:
    """slopes[:, row] = f(x) for a system of `dim` equations in as many variables; whether all of it is finite.

    The hot loops take plain arrays: each look into a named tuple of arrays, and each slice, counts references atomically.
    """
    for i in range(dim):
        r[i] = x[i]
    interpret(code, first, last, r)
    zero = 0.0
    for i in range(dim):
        value = r[outputs[output + i]]
        slopes[i, row] = value
        zero += value * 0.0
    return zero == 0.0
