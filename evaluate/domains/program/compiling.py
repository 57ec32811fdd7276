"""From a program in postfix to instructions for the machine that runs it, compiled.

Where a value lies is known before anything runs: an operand of what lies in slot d lies in d, d + 1, …. So an instruction is an
operation, the slot of its result, and an argument; what decides where to go on has a place to go as its argument.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....tokenizers.machines.jit import inner
from .language import ARITIES, CODES, INDICES, NAMES

Ints = NDArray[Any]

SLOTS = 1024
"""Values that wait at one time, at most; a loop needs `LOOP` of them beside what its body does."""
LOOP = 4
PER_ITEM = 4
"""Instructions that a symbol becomes, at most."""

ARITY = np.array(ARITIES, np.int64)
N, XS, NIL, ZERO = (CODES[symbol] for symbol in ("n", "xs", "nil", "0"))
NAME, INDEX, VARIABLES = CODES[NAMES[0]], CODES[INDICES[0]], len(NAMES)
EQUAL, LESS, JOIN, PLUS, MINUS, TIMES, OVER, MOD = (CODES[symbol] for symbol in ("=", "<", "++", "+", "-", "*", "/", "%"))
HEAD, TAIL, LEN, RANGE, CONS, AT = (CODES[symbol] for symbol in ("head", "tail", "len", "range", "cons", "at"))
IF, LET, MAP, FILTER, FOLD, REPEAT = (CODES[symbol] for symbol in ("if", "let", "map", "filter", "fold", "repeat"))

# What a symbol of its own becomes is the symbol; beside these there are:
LOAD, UNBOUND, JUMP, MOVE, NEXT, ROUND, PUT, KEEP, STORE = range(len(ARITIES), len(ARITIES) + 9)
"""Copy a slot; fail, for a variable that there is not; go on elsewhere; copy the slot behind; the next element, or number, or go
on elsewhere; put what the body of `map` gave to the list, or the element, of `filter`; a fold's body has been reached."""

TOO_LARGE = -1


@inner
def begins(items: Ints, start: int, end: int, begin: Ints) -> None:
    """Where the part that ends at each place begins, of a program in postfix."""
    for k in range(start, end):
        first = k
        for _ in range(ARITY[items[k]]):
            first = begin[first - 1 - start] if first > start else start
        begin[k - start] = first


@inner
def _leaf(item: int, depth: int, scope: Ints, bound: int) -> tuple[int, int, int]:
    """The instruction of a leaf."""
    level = -1
    if NAME <= item < NAME + VARIABLES:
        level = item - NAME
    elif INDEX <= item < INDEX + VARIABLES:
        level = bound - 1 - (item - INDEX)
    else:
        return item, depth, 0
    return (LOAD, depth, scope[level]) if 0 <= level < bound else (UNBOUND, depth, 0)


@inner
def _loop(item: int, slot: int, bound: int, scope: Ints, frame: Ints, code: Ints, size: int) -> int:
    """What stands before the body of what binds variables; how many instructions there are then."""
    code[size, 0], code[size, 1] = item, slot
    if item == LET:
        scope[bound] = slot
        return size + 1
    frame[4] = size + 1
    code[size + 1, 0], code[size + 1, 1] = ROUND if item == REPEAT else NEXT, slot
    if item >= FOLD:
        scope[bound], scope[bound + 1] = slot + 1, slot + 2
    else:
        scope[bound] = slot + 2
    return size + 2


@inner
def _again(item: int, slot: int, frame: Ints, code: Ints, size: int) -> int:
    """What stands behind such a body."""
    if item != LET:
        code[size, 0], code[size, 1] = STORE if item >= FOLD else (PUT if item == MAP else KEEP), slot
        code[size + 1, 0], code[size + 1, 1], code[size + 1, 2] = JUMP, slot, frame[4]
        code[frame[4], 2] = size + 2
        size += 2
    code[size, 0], code[size, 1] = MOVE, slot
    return size + 1


@inner
def _between(item: int, slot: int, stage: int, bound: int, scope: Ints, frame: Ints, code: Ints, size: int) -> int:
    """What stands behind the operands of a symbol of which there are `stage` so far."""
    arity = ARITY[item]
    if item == IF:
        if stage == 3:
            code[frame[5], 2] = size
        elif stage:
            code[size, 0], code[size, 1] = IF if stage == 1 else JUMP, slot
            frame[3 + stage] = size
            size += 1
            if stage == 2:
                code[frame[4], 2] = size
    elif item >= LET:
        if stage == arity - 1:
            size = _loop(item, slot, bound, scope, frame, code, size)
        elif stage == arity:
            size = _again(item, slot, frame, code, size)
    elif stage == arity:
        code[size, 0], code[size, 1] = item, slot
        size += 1
    return size


@inner
def instructions(items: Ints, start: int, end: int, begin: Ints, free: int, scope: Ints, todo: Ints, code: Ints) -> int:
    """Write the instructions of a program, items[start:end], with `free` variables bound before it, in the first slots; how many,
    or TOO_LARGE. begin: see `begins`. scope (levels,): where each variable lies; todo (depth, 6): parts under way, each its root,
    slot, how many operands it has so far, the variables bound there, and two places whose arguments are still open."""
    for level in range(free):
        scope[level] = level
    todo[0, 0], todo[0, 1], todo[0, 2], todo[0, 3] = end - 1, free, 0, free
    depth, size = 1, 0
    while depth:
        frame = todo[depth - 1]
        at, slot, stage, bound = frame[0], frame[1], frame[2], frame[3]
        item = items[at]
        arity = ARITY[item]
        if slot + LOOP + 1 >= SLOTS or depth >= len(todo) or bound + 2 > len(scope) or size + PER_ITEM > len(code):
            return TOO_LARGE
        if arity == 0:
            code[size, 0], code[size, 1], code[size, 2] = _leaf(item, slot, scope, bound)
            size += 1
        else:
            size = _between(item, slot, stage, bound, scope, frame, code, size)
        if stage == arity:
            depth -= 1
            continue
        below = at - 1
        for _ in range(arity - 1 - stage):
            below = begin[below - start] - 1
        body = item >= LET and stage == arity - 1
        frame[2] = stage + 1
        todo[depth, 0], todo[depth, 2] = below, 0
        todo[depth, 1] = slot if item == IF else (slot + LOOP if body and item != LET else slot + stage)
        todo[depth, 3] = bound + (0 if not body else (2 if item >= FOLD else 1))
        depth += 1
    return size
