"""The machine of `derivation.Derivation`, compiled: every notation that is one, of any alphabet."""

from __future__ import annotations

from typing import Any

import numpy as np

from .characters import WORDS, Words, read_words
from .forest import NUMBER_ITEM
from .jit import hot
from .kernels import (
    DEEP,
    EMPTY,
    ENDS,
    EXPECTED,
    MANY,
    MISFIT,
    NAME,
    NEED,
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

# Columns of rules, of slots, and of what is built.
VARIABLE, DEEPER, EQUATIONS, NEGATES, OPENS, OPENS_END, LEAF, TAKES = range(8)
OPTIONAL, MESSAGE, OPERAND = range(3)
ITEM, ARITY = range(2)
# Places in the configuration; the slots open at the start follow.
FIRST_NUMBER, COUNTED, CLOSED, MAX_EQUATIONS, MAX_DEPTH, LEVELED, WIDEST, _, RAISING, START = range(10)  # WORDS before RAISING
BUILD = 1 << 10
"""An entry of the stack from here on is no slot: it builds head BUILD + number, once its operands are built."""


@hot
def _build(tables: Tables, out: Out, slots: Any, depths: Any, height: int, n: int, waiting: int) -> tuple[int, int, int]:
    """Write what has all its operands: height of the stack, number of items, and of operands that wait (-1: too deep)."""
    leveled = tables.config[LEVELED]
    while height and slots[height - 1] >= BUILD:
        height -= 1
        head = slots[height] - BUILD
        n = put(out, n, tables.heads[head, ITEM], tables.values[head])
        if not leveled:
            below = 1
            for _ in range(tables.heads[head, ARITY]):
                waiting -= 1
                below = max(below, depths[waiting])
            if below >= tables.config[MAX_DEPTH]:
                return height, n, -1
            depths[waiting] = below + 1
            waiting += 1
    return height, n, waiting


@hot
def _decode(
    tables: Tables, text: Text, numbers: Numbers, out: Out, e: int, row: int, first_item: int, new: Any, words: Words, slots: Any,
    levels: Any, depths: Any,
) -> int:  # fmt: skip
    """One edit; the place after its items, or -1 where it is refused."""
    config, leveled = tables.config, tables.config[LEVELED]
    end = edited(text, e, new)
    if end == 0:
        refuse(out, row, EMPTY, 0, 0)
        return -1
    if config[WORDS]:
        end = read_words(tables, numbers, e, new, end, words)
    height = 0
    for k in range(START, len(config)):
        slots[height], levels[height] = config[k], 2
        height += 1
    n, i, equations, top, waiting, negated = first_item, 0, 1, -1, 0, 0
    while i < end:
        slot, level = 0, 0
        if height:
            slot, level = slots[height - 1], levels[height - 1]
        first, token = slot, new[i]
        if token < 0:  # of words, what is none
            if token == -NEED:
                refuse(out, row, NEED, words.starts[i], words.ends[i])
            elif token == -NAME and not tables.slots[slot, OPERAND]:
                refuse(out, row, EXPECTED, tables.slots[slot, MESSAGE], 0)
            else:
                refuse(out, row, -token, 0, 0)
            return -1
        rule = tables.table[slot, token]
        while rule < 0:
            if rule < -1 or not tables.slots[slot, OPTIONAL]:
                refuse(out, row, EXPECTED, tables.slots[first, MESSAGE], -1 - rule)
                return -1
            height -= 1
            if height and slots[height - 1] >= BUILD:
                height, n, waiting = _build(tables, out, slots, depths, height, n, waiting)
                if waiting < 0:
                    refuse(out, row, DEEP, 0, 0)
                    return -1
            slot, level = 0, 0
            if height:
                slot, level = slots[height - 1], levels[height - 1]
            rule = tables.table[slot, token]
        height -= 1
        if token >= config[FIRST_NUMBER]:
            if config[WORDS]:
                after, value = i + 1, words.values[i]
            else:
                after, value = number_or_refuse(text, numbers, out, new, end, e, row, i)
                if after < 0:
                    return -1
            if negated and config[WORDS] and not (after < end and new[after] == config[RAISING]):
                value = -value  # the minus before it is its sign
                if slots[height - 1] >= BUILD:
                    height -= 1
            else:
                for k in range(tables.rules[rule, OPENS], tables.rules[rule, OPENS_END]):
                    slots[height], levels[height] = tables.opens[k], level
                    height += 1
            n = put(out, n, NUMBER_ITEM, value)
            if not leveled:
                depths[waiting] = 2
                waiting += 1
            if height and slots[height - 1] >= BUILD:
                height, n, waiting = _build(tables, out, slots, depths, height, n, waiting)
                if waiting < 0:
                    refuse(out, row, DEEP, 0, 0)
                    return -1
            i, negated = after, 0
            continue
        negated, leaf = tables.rules[rule, NEGATES], tables.rules[rule, LEAF]
        if leaf >= 0:
            n = put(out, n, tables.heads[leaf, ITEM], tables.values[leaf])
            if not leveled:
                depths[waiting] = 2
                waiting += 1
        level += tables.rules[rule, DEEPER]
        for k in range(tables.rules[rule, OPENS], tables.rules[rule, OPENS_END]):
            slots[height], levels[height] = tables.opens[k], level
            height += 1
        if tables.rules[rule, DEEPER] and level > config[MAX_DEPTH]:
            refuse(out, row, DEEP, 0, 0)
            return -1
        if tables.rules[rule, VARIABLE] > top:
            top = tables.rules[rule, VARIABLE]
            if config[COUNTED] and config[CLOSED] and top >= equations:
                refuse(out, row, MISFIT, equations, top)
                return -1
        if tables.rules[rule, EQUATIONS]:
            equations += tables.rules[rule, EQUATIONS]
            if equations > config[MAX_EQUATIONS]:
                refuse(out, row, MANY, 0, 0)
                return -1
        if height and slots[height - 1] >= BUILD:
            takes = tables.rules[rule, TAKES]
            if takes:
                for k in range(height - 1 - takes, height - 1):
                    if k < 0 or slots[k] != slot:
                        refuse(out, row, OPERANDS, token, 0)
                        return -1
                height -= takes
                slots[height - 1] = slots[height + takes - 1]
            height, n, waiting = _build(tables, out, slots, depths, height, n, waiting)
            if waiting < 0:
                refuse(out, row, DEEP, 0, 0)
                return -1
        i += 1
    while height:
        if not tables.slots[slots[height - 1], OPTIONAL]:
            refuse(out, row, ENDS, tables.slots[slots[height - 1], MESSAGE], 0)
            return -1
        height, n, waiting = _build(tables, out, slots, depths, height - 1, n, waiting)
        if waiting < 0:
            refuse(out, row, DEEP, 0, 0)
            return -1
    if config[CLOSED] and top >= equations:
        refuse(out, row, MISFIT, equations, top)
        return -1
    accept(out, row, equations, top)
    return n


def pushdown_kernel(stamp: int) -> Any:
    """The compiled source. `stamp` stands for the sources of all it calls, which the cache on disk does not look at."""

    def run(tables: Tables, text: Text, numbers: Numbers, out: Out, which: Any, width: int) -> int:
        """Decode the edits `which`, none longer than `width`: how many are valid."""
        if stamp < 0:  # never
            return 0
        reach = width * tables.config[WIDEST] + len(tables.config)
        new, slots, levels = np.empty(width, np.int32), np.empty(reach, np.int32), np.empty(reach, np.int32)
        depths = np.empty(reach, np.int32)
        room = width if tables.config[WORDS] else 0
        words = Words(np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room))
        n, count = 0, 0
        for row in range(len(which)):
            after = _decode(tables, text, numbers, out, which[row], row, n, new, words, slots, levels, depths)
            if after >= 0:
                n, count = after, count + 1
                out.starts[count] = n
        return count

    return run
