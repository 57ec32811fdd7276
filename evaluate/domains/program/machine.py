"""The machine that runs programs, compiled: all programs on all inputs in one call.

Integers lie within ±`LARGEST`, lists have at most `LONGEST` elements, and a run takes at most `STEPS` steps: what is beyond is a
fault, as is a value of the wrong type. `/` and `%` are those of Python, rounding down and with the sign of the divisor. A symbol
takes one step when it is carried out, after its operands: `if` when it has its condition, `let` when it has its value, loops when
they have what they go through; and one more for each round. What is not reached takes none, and is at no fault.
"""

from __future__ import annotations

import sys

import numpy as np
from numba import int8, int16, int64, void

from ....tokenizers.machines.jit import Kernel, inner, kernel
from . import compiling, language
from .compiling import (
    AT,
    CONS,
    EQUAL,
    FILTER,
    IF,
    JOIN,
    JUMP,
    LEN,
    LESS,
    LET,
    LOAD,
    LOOP,
    MAP,
    MINUS,
    MOD,
    MOVE,
    NEXT,
    NIL,
    OVER,
    PER_ITEM,
    PLUS,
    PUT,
    RANGE,
    REPEAT,
    ROUND,
    SLOTS,
    STORE,
    TAIL,
    TIMES,
    TOO_LARGE,
    UNBOUND,
    XS,
    ZERO,
    Ints,
    N,
    begins,
    instructions,
)

LARGEST = 9999
LONGEST = 12
STEPS = 1000
WIDTH = 2 + LONGEST
"""Of an output: its kind; the integer, or how long the list is; the list's elements. 0 where there is nothing to say."""

INT, LIST = language.INT, language.LIST
TYPE, NAME, DIVISION, INDEX, OVERFLOW, LENGTH, TIMEOUT = range(2, 9)
FAULTS = {
    TYPE: "type",
    NAME: "name",
    DIVISION: "division",
    INDEX: "index",
    OVERFLOW: "overflow",
    LENGTH: "length",
    TIMEOUT: "timeout",
}
"""Kinds of outputs that are no values, and what they are called: an operand of the wrong type, or none of that name; a division
by 0; an element that there is not; an integer beyond ±`LARGEST`, a list beyond `LONGEST`, and more than `STEPS` steps."""
KINDS = 2 + len(FAULTS)
_DEPTH, _BOUND = 512, 1024


@inner
def _copied(values: Ints, to: int, of: int) -> None:
    values[to, 0], values[to, 1] = values[of, 0], values[of, 1]
    if values[of, 0] == LIST:
        for k in range(2, 2 + values[of, 1]):
            values[to, k] = values[of, k]


@inner
def _number(values: Ints, slot: int, value: int) -> int:
    if value > LARGEST or value < -LARGEST:
        return OVERFLOW
    values[slot, 0], values[slot, 1] = INT, value
    return 0


@inner
def _added(values: Ints, slot: int, value: int) -> int:
    """An element more at the end of a list."""
    size = values[slot, 1]
    if size >= LONGEST:
        return LENGTH
    values[slot, 2 + size], values[slot, 1] = value, size + 1
    return 0


@inner
def _same(values: Ints, slot: int) -> int:
    if values[slot, 1] != values[slot + 1, 1]:
        return 0
    if values[slot, 0] == LIST:
        for k in range(2, 2 + values[slot, 1]):
            if values[slot, k] != values[slot + 1, k]:
                return 0
    return 1


@inner
def _calculated(op: int, values: Ints, slot: int) -> int:
    """An operation of two integers, or `=`, which also takes two lists: 0, or the fault."""
    if values[slot, 0] != values[slot + 1, 0]:
        return TYPE
    if op == EQUAL:
        return _number(values, slot, _same(values, slot))
    if values[slot, 0] != INT:
        return TYPE
    x, y = values[slot, 1], values[slot + 1, 1]
    if op == PLUS:
        return _number(values, slot, x + y)
    if op == MINUS:
        return _number(values, slot, x - y)
    if op == TIMES:
        return _number(values, slot, x * y)
    if op == LESS:
        return _number(values, slot, 1 if x < y else 0)
    if y == 0:
        return DIVISION
    return _number(values, slot, x // y if op == OVER else x % y)


@inner
def _joined(values: Ints, slot: int) -> int:
    if values[slot, 0] != LIST or values[slot + 1, 0] != LIST:
        return TYPE
    for k in range(values[slot + 1, 1]):
        if _added(values, slot, values[slot + 1, 2 + k]):
            return LENGTH
    return 0


@inner
def _listed(op: int, values: Ints, slot: int) -> int:
    """An operation on a list, or that makes one."""
    if op == RANGE:
        if values[slot, 0] != INT:
            return TYPE
        end = values[slot, 1]
        values[slot, 0], values[slot, 1] = LIST, 0
        for value in range(end):
            if _added(values, slot, value):
                return LENGTH
        return 0
    if op == CONS:
        if values[slot, 0] != INT or values[slot + 1, 0] != LIST:
            return TYPE
        first, size = values[slot, 1], values[slot + 1, 1]
        if size >= LONGEST:
            return LENGTH
        values[slot, 0], values[slot, 1], values[slot, 2] = LIST, size + 1, first
        for k in range(size):
            values[slot, 3 + k] = values[slot + 1, 2 + k]
        return 0
    if values[slot, 0] != LIST or (op == AT and values[slot + 1, 0] != INT):
        return TYPE
    size = values[slot, 1]
    if op == LEN:
        return _number(values, slot, size)
    which = values[slot + 1, 1] if op == AT else 0
    if not 0 <= which < size:
        return INDEX
    if op != TAIL:
        return _number(values, slot, values[slot, 2 + which])
    values[slot, 1] = size - 1
    for k in range(2, 1 + size):
        values[slot, k] = values[slot, k + 1]
    return 0


@inner
def _begun(op: int, values: Ints, slot: int) -> int:
    """A loop begins: no element, or number, of what it goes through has been."""
    if op == LET:
        return 0
    if values[slot, 0] != (INT if op == REPEAT else LIST):
        return TYPE
    values[slot + 3, 1] = 0
    if op in (MAP, FILTER):
        values[slot + 1, 0], values[slot + 1, 1] = LIST, 0
    return 0


@inner
def _gathered(op: int, values: Ints, slot: int) -> int:
    """A round ends: its body's value is kept."""
    body = slot + LOOP
    if op == STORE:
        _copied(values, slot + 1, body)
        return 0
    if values[body, 0] != INT:
        return TYPE
    if op == PUT:
        return _added(values, slot + 1, values[body, 1])
    return _added(values, slot + 1, values[slot + 2, 1]) if values[body, 1] else 0


@inner
def _rounds(op: int, values: Ints, slot: int) -> bool:
    """Whether there is another round; what it is of lies in its slot then."""
    done = values[slot + 3, 1]
    if done >= values[slot, 1]:
        return False
    values[slot + 2, 0], values[slot + 2, 1] = INT, done if op == ROUND else values[slot, 2 + done]
    values[slot + 3, 1] = done + 1
    return True


@inner
def _leaf(op: int, argument: int, values: Ints, slot: int, given: Ints) -> int:
    if op == LOAD:
        _copied(values, slot, argument)
    elif op == N:
        values[slot, 0], values[slot, 1] = INT, given[0]
    elif op == XS:
        values[slot, 0], values[slot, 1] = LIST, given[1]
        for k in range(2, 2 + given[1]):
            values[slot, k] = given[k]
    elif op == NIL:
        values[slot, 0], values[slot, 1] = LIST, 0
    elif op == UNBOUND:
        return NAME
    else:
        values[slot, 0], values[slot, 1] = INT, op - ZERO
    return 0


@inner
def _run(code: Ints, size: int, values: Ints, given: Ints) -> int:
    """0 where the program ends with its value in its slot, else its fault."""
    place, steps = 0, 0
    while place < size:
        op, slot, argument = code[place, 0], code[place, 1], code[place, 2]
        place += 1
        if op == MOVE:
            _copied(values, slot, slot + 1)
            continue
        if op == JUMP:
            place = argument
            continue
        if op in (NEXT, ROUND) and not _rounds(op, values, slot):
            place = argument
            continue
        if op >= PUT:
            fault = _gathered(op, values, slot)
            if fault:
                return fault
            continue
        steps += 1
        if steps > STEPS:
            return TIMEOUT
        fault = 0
        if op < EQUAL or op in (LOAD, UNBOUND):
            fault = _leaf(op, argument, values, slot, given)
        elif op == IF:
            if values[slot, 0] != INT:
                return TYPE
            if values[slot, 1] == 0:
                place = argument
        elif op == JOIN:
            fault = _joined(values, slot)
        elif op <= MOD:
            fault = _calculated(op, values, slot)
        elif op <= AT:
            fault = _listed(op, values, slot)
        elif op <= REPEAT:
            fault = _begun(op, values, slot)
        if fault:
            return fault
    return 0


def outputs_kernel(stamp: int) -> Kernel:
    """`outputs`, not yet compiled; see `jit.Source`."""

    def outputs(programs: Ints, starts: Ints, given: Ints, bound: Ints, out: Ints, large: Ints) -> None:
        """Of P programs in postfix, the items from starts[i] to starts[i + 1], on R inputs the outputs: out (P, R, WIDTH). given
        (R, WIDTH): of an input its integer, the length of its list, and the list. bound (R, V, WIDTH): values of variables that
        are bound before. large (P,): 1 where a program is beyond the machine's bounds, and its outputs mean nothing."""
        if stamp < 0:  # never
            return
        longest = 1
        for i in range(len(starts) - 1):
            longest = max(longest, starts[i + 1] - starts[i])
        begin, code = np.empty(longest, np.int64), np.empty((PER_ITEM * longest + PER_ITEM, 3), np.int64)
        scope, todo = np.empty(_BOUND, np.int64), np.empty((_DEPTH, 6), np.int64)
        values = np.zeros((SLOTS, WIDTH), np.int64)
        free = bound.shape[1]
        for i in range(len(starts) - 1):
            begins(programs, starts[i], starts[i + 1], begin)
            size = instructions(programs, starts[i], starts[i + 1], begin, free, scope, todo, code)
            large[i] = size == TOO_LARGE
            out[i] = 0
            for row in range(0 if size == TOO_LARGE else len(given)):
                for level in range(free):
                    for k in range(WIDTH):
                        values[level, k] = bound[row, level, k]
                fault = _run(code, size, values, given[row])
                if fault:
                    out[i, row, 0] = fault
                    continue
                out[i, row, 0], out[i, row, 1] = values[free, 0], values[free, 1]
                if values[free, 0] == LIST:
                    for k in range(2, 2 + values[free, 1]):
                        out[i, row, k] = values[free, k]

    return outputs


def outputs() -> Kernel:
    """Compiled, on first use."""
    signature = void(int8[::1], int64[::1], int64[:, ::1], int64[:, :, ::1], int16[:, :, ::1], int8[::1])
    return kernel(outputs_kernel, signature, (sys.modules[__name__], compiling, language))
