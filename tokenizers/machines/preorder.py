"""The machine of `derivation.Derivation`, compiled: prefix, tree-structured and grammar-rule notation."""

from __future__ import annotations

from typing import Any

import numpy as np

from .forest import NUMBER_ITEM
from .jit import bare
from .kernels import (
    DEEP,
    EMPTY,
    ENDS,
    EXPECTED,
    MANY,
    MISFIT,
    Numbers,
    Out,
    Tables,
    Text,
    accept,
    edited,
    number_or_refuse,
    put,
    refuse,
)

# Columns of the table of tokens.
SLOT, LEAF, VARIABLE, BUILDS, EQUATIONS, OPENS, OPENS_END = range(7)
# Places in the configuration; the slots open at the start follow.
FIRST_NUMBER, OPTIONAL, COUNTED, CLOSED, MAX_EQUATIONS, MAX_DEPTH, START = range(7)
EMIT = 16
"""An entry of the stack from here on is no slot: it writes the item EMIT above it, once its operands are written."""


@bare
def _built(out: Out, slots: Any, depth: int, n: int) -> tuple[int, int]:
    """Write what has all its operands: depth of the stack and number of items after it."""
    while depth and slots[depth - 1] >= EMIT:
        depth -= 1
        n = put(out, n, slots[depth] - EMIT, 0.0)
    return depth, n


@bare
def _decode(
    tables: Tables, text: Text, numbers: Numbers, out: Out, e: int, row: int, first: int, new: Any, slots: Any, levels: Any,
) -> int:  # fmt: skip
    """One edit; the place after its items, or -1 where it is refused."""
    config, table = tables.config, tables.table
    end = edited(text, e, new)
    if end == 0:
        refuse(out, row, EMPTY, 0, 0)
        return -1
    depth = 0
    for k in range(START, len(config)):
        slots[depth], levels[depth] = config[k], 2
        depth += 1
    n, i, equations, top = first, 0, 1, -1
    while i < end:
        depth, n = _built(out, slots, depth, n)
        token = new[i]
        slot, level = 0, 0
        if depth:
            depth -= 1
            slot, level = slots[depth], levels[depth]
        if slot != table[token, SLOT]:
            refuse(out, row, EXPECTED, slot, token)
            return -1
        if token >= config[FIRST_NUMBER]:
            after, value = number_or_refuse(text, numbers, out, new, end, e, row, i)
            if after < 0:
                return -1
            n, i = put(out, n, NUMBER_ITEM, value), after
            continue
        if table[token, LEAF] >= 0:
            n = put(out, n, table[token, LEAF], tables.leaves[token])
            if table[token, VARIABLE] > top:
                top = table[token, VARIABLE]
                if config[COUNTED] and config[CLOSED] and top >= equations:
                    refuse(out, row, MISFIT, equations, top)
                    return -1
        else:
            for k in range(table[token, OPENS], table[token, OPENS_END]):
                slots[depth], levels[depth] = tables.opens[k], level + table[token, BUILDS]
                depth += 1
            if table[token, BUILDS]:
                if level + 1 > config[MAX_DEPTH]:
                    refuse(out, row, DEEP, 0, 0)
                    return -1
            elif table[token, EQUATIONS]:
                equations += table[token, EQUATIONS]
                if equations > config[MAX_EQUATIONS]:
                    refuse(out, row, MANY, 0, 0)
                    return -1
        i += 1
    depth, n = _built(out, slots, depth, n)
    if depth and slots[depth - 1] != config[OPTIONAL]:
        refuse(out, row, ENDS, slots[depth - 1], 0)
        return -1
    if config[CLOSED] and top >= equations:
        refuse(out, row, MISFIT, equations, top)
        return -1
    accept(out, row, equations, top)
    return n


def preorder_kernel(stamp: int) -> Any:
    """The compiled source. `stamp` stands for the sources of all it calls, which the cache on disk does not look at."""

    def run(tables: Tables, text: Text, numbers: Numbers, out: Out, which: Any, width: int) -> int:
        """Decode the edits `which`, none longer than `width`: how many are valid."""
        if stamp < 0:  # never
            return 0
        # A token opens at most as many slots as equations, or three; and one more for what it writes.
        reach = width * (3 + tables.config[MAX_EQUATIONS]) + 8
        new, slots, levels = np.empty(width, np.int32), np.empty(reach, np.int32), np.empty(reach, np.int32)
        n, count = 0, 0
        for row in range(len(which)):
            after = _decode(tables, text, numbers, out, which[row], row, n, new, slots, levels)
            if after >= 0:
                n, count = after, count + 1
                out.starts[count] = n
        return count

    return run
