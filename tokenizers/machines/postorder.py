"""The machine of `postfix.Postfix`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from .forest import NUMBER_ITEM
from .jit import hot
from .kernels import (
    BAR_AFTER,
    DEEP,
    EMPTY,
    LEFT_OVER,
    MANY,
    MISFIT,
    OPERANDS,
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

# Columns of heads; places in the configuration.
ITEM, ARITY = range(2)
SYMBOLS, SEPARATOR, CLOSED, MAX_EQUATIONS, MAX_DEPTH = range(5)


@hot
def _decode(
    tables: Tables, text: Text, numbers: Numbers, out: Out, e: int, row: int, first: int, new: Any, depths: Any,
) -> int:  # fmt: skip
    """One edit; the place after its items, or -1 where it is refused."""
    config, heads = tables.config, tables.heads
    end = edited(text, e, new)
    if end == 0:
        refuse(out, row, EMPTY, 0, 0)
        return -1
    n, i, equations, top, waiting = first, 0, 1, -1, 0
    while i < end:
        token = new[i]
        if token < config[SYMBOLS]:
            arity = heads[token, ARITY]
            if arity == 0:
                depths[waiting] = 2
                waiting += 1
                top = max(top, tables.table[token, 0])
            elif waiting < arity:
                refuse(out, row, OPERANDS, token, waiting)
                return -1
            else:
                below = depths[waiting - 1]
                for _ in range(arity - 1):
                    waiting -= 1
                    below = max(below, depths[waiting - 1])
                if below + 1 > config[MAX_DEPTH]:
                    refuse(out, row, DEEP, 0, 0)
                    return -1
                depths[waiting - 1] = below + 1
            n = put(out, n, heads[token, ITEM], tables.values[token])
            i += 1
        elif token == config[SEPARATOR]:
            if waiting != 1:
                refuse(out, row, BAR_AFTER, waiting, 0)
                return -1
            equations += 1
            if equations > config[MAX_EQUATIONS]:
                refuse(out, row, MANY, 0, 0)
                return -1
            waiting = 0
            i += 1
        else:
            after, value = number_or_refuse(text, numbers, out, new, end, e, row, i)
            if after < 0:
                return -1
            depths[waiting] = 2
            waiting += 1
            n, i = put(out, n, NUMBER_ITEM, value), after
    if waiting != 1:
        refuse(out, row, LEFT_OVER, waiting, 0)
        return -1
    if config[CLOSED] and top >= equations:
        refuse(out, row, MISFIT, equations, top)
        return -1
    accept(out, row, equations, top)
    return n


def postorder_kernel(stamp: int) -> Any:
    """As `pushdown.pushdown_kernel`."""

    def run(tables: Tables, text: Text, numbers: Numbers, out: Out, which: Any, width: int) -> int:
        """Decode the edits `which`, none longer than `width`: how many are valid."""
        if stamp < 0:  # never
            return 0
        new, depths = np.empty(width, np.int32), np.empty(width + 1, np.int32)
        n, count = 0, 0
        for row in range(len(which)):
            after = _decode(tables, text, numbers, out, which[row], row, n, new, depths)
            if after >= 0:
                n, count = after, count + 1
                out.starts[count] = n
        return count

    return run
