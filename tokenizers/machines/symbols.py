"""The machine of `infix.Infix`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from .forest import NUMBER_ITEM
from .jit import bare
from .kernels import EMPTY, EXPECTED, Numbers, Out, Tables, Text, edited, number_or_refuse, refuse
from .precedence import AT, LEAF, STATE, STATES, WANT, Yard, begin, finish, take

# Columns of the table of tokens. In the configuration, SYMBOLS follows what `precedence` reads.
SORT, ITEM, VARIABLE = range(3)
SYMBOLS = 3


@bare
def _decode(
    tables: Tables, text: Text, numbers: Numbers, out: Out, e: int, row: int, first: int, new: Any, yard: Yard,
) -> int:  # fmt: skip
    """One edit; the place after its items, or -1 where it is refused."""
    config, table = tables.config, tables.table
    end = edited(text, e, new)
    if end == 0:
        refuse(out, row, EMPTY, 0, 0)
        return -1
    begin(yard, first)
    i = 0
    while i < end:
        token = new[i]
        if token < config[SYMBOLS]:
            if not take(
                yard, out, row, config, table[token, SORT], table[token, ITEM], tables.leaves[token], table[token, VARIABLE]
            ):
                return -1
            i += 1
            continue
        if yard.state[STATE] != WANT:
            refuse(out, row, EXPECTED, yard.state[STATE], 0)
            return -1
        after, value = number_or_refuse(text, numbers, out, new, end, e, row, i)
        if after < 0:
            return -1
        take(yard, out, row, config, LEAF, NUMBER_ITEM, value, -1)
        i = after
    return yard.state[AT] if finish(yard, out, row, config) else -1


def symbols_kernel(stamp: int) -> Any:
    """As `preorder.preorder_kernel`."""

    def run(tables: Tables, text: Text, numbers: Numbers, out: Out, which: Any, width: int) -> int:
        """Decode the edits `which`, none longer than `width`: how many are valid."""
        if stamp < 0:  # never
            return 0
        new = np.empty(width, np.int32)
        yard = Yard(np.zeros(STATES, np.int64), np.empty(width + 1, np.int32), np.empty(width + 1, np.int32))
        n, count = 0, 0
        for row in range(len(which)):
            after = _decode(tables, text, numbers, out, which[row], row, n, new, yard)
            if after >= 0:
                n, count = after, count + 1
                out.starts[count] = n
        return count

    return run
