"""The machine of `infix.Infix`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from .forest import NUMBER_ITEM
from .kernels import EMPTY, EXPECTED, NEED, READ, Numbers, Out, Text, edited, inner, number_at, refuse
from .precedence import AT, LEAF, STATE, STATES, WANT, Yard, begin, finish, take

# Columns of the table of tokens. In the configuration, SYMBOLS follows what `precedence` reads.
SORT, ITEM, VARIABLE = range(3)
SYMBOLS = 3


@inner
def _decode(
    config: Any,
    table: Any,
    leaves: Any,
    text: Text,
    numbers: Numbers,
    out: Out,
    e: int,
    row: int,
    first: int,
    new: Any,
    yard: Yard,
) -> int:
    """One edit; the place after its items, or -1 where it is refused."""
    end = edited(text, e, new)
    if end == 0:
        refuse(out, row, EMPTY, 0, 0)
        return -1
    begin(yard, first)
    i = 0
    while i < end:
        token = new[i]
        if token < config[SYMBOLS]:
            if not take(yard, out, row, config, table[token, SORT], table[token, ITEM], leaves[token], table[token, VARIABLE]):
                return -1
            i += 1
            continue
        if yard.state[STATE] != WANT:
            refuse(out, row, EXPECTED, yard.state[STATE], 0)
            return -1
        after, value = number_at(text, numbers, new, end, e, i)
        if after < 0:
            refuse(out, row, NEED if after == -1 else READ, i if after == -1 else -2 - after, 0)
            return -1
        take(yard, out, row, config, LEAF, NUMBER_ITEM, value, -1)
        i = after
    return yard.state[AT] if finish(yard, out, row, config) else -1


def symbols_kernel(stamp: int) -> Any:
    """As `preorder.preorder_kernel`."""

    def run(
        config: Any, table: Any, opens: Any, leaves: Any, seq: Any, edits: Any, offsets: Any, parts: Any, which: Any,
        read_end: Any, read_value: Any, asked: Any, ends: Any, answers: Any, keys: Any,
        nexts: Any, value: Any, reason: Any, radix: int, items: Any, values: Any, starts: Any, shapes: Any,
        verdicts: Any, width: int,
    ) -> int:  # fmt: skip
        if stamp < 0:  # never
            return 0
        text = Text(seq, edits, offsets, parts)
        numbers = Numbers(read_end, read_value, asked, ends, answers, keys, nexts, value, reason, radix)
        out = Out(items, values, starts, shapes, verdicts)
        new = np.empty(width, np.int32)
        yard = Yard(np.zeros(STATES, np.int64), np.empty(width + 1, np.int32), np.empty(width + 1, np.int32))
        n, count = 0, 0
        for row in range(len(which)):
            after = _decode(config, table, leaves, text, numbers, out, which[row], row, n, new, yard)
            if after >= 0:
                n, count = after, count + 1
                starts[count] = n
        return count

    return run
