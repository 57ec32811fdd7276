"""The machine of `derivation.Derivation`, compiled: every notation that is one, of any alphabet."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..alphabet import LEVEL
from .characters import WORDS, Words, read_words
from .forest import NUMBER_ITEM
from .jit import bare, hot
from .kernels import (
    DEEP,
    EMPTY,
    ENDS,
    EXPECTED,
    MANY,
    MISFIT,
    NAME,
    NEED,
    NODES,
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
VARIABLE, DEEPER, NEGATES, OPENS, OPENS_END, LEAF, COUNTS, EQUATIONS, REFERS, KEEPS, MORE_NODES, TAKES = range(12)
OPTIONAL, MESSAGE, OPERAND = range(3)
ITEM, ARITY = range(2)
# Places in the configuration (WORDS among them); the slots open at the start follow.
FIRST_NUMBER, COUNTED, CLOSED, MAX_EQUATIONS, MAX_DEPTH, LEVELED, WIDEST, _, RAISING, END_NUMBER, KEPT, MOST_NODES = range(12)
START = 12
_SLOT = LEVEL - 1


class Counted(NamedTuple):
    """Of a sequence under way what only some rules change: `numbers` are how many equations and definitions there are, the nodes,
    and the greatest depth since the last definition. Definitions are in a row in items and values; `ends` is one longer than
    `depths`."""

    numbers: Any
    items: Any
    values: Any
    ends: Any
    depths: Any


_EQUATIONS, _DEFINITIONS, _NODES, _DEEPEST = range(4)


@bare
def _count(tables: Tables, out: Out, counted: Counted, rule: int, level: int, row: int, first_item: int, n: int) -> int:
    """As `derivation.Derivation._count`: the place after the items, or -1 where the edit is refused."""
    numbers, ends = counted.numbers, counted.ends
    if tables.rules[rule, KEEPS]:
        kept = numbers[_DEFINITIONS]
        for k in range(n - first_item):
            counted.items[ends[kept] + k], counted.values[ends[kept] + k] = out.items[first_item + k], out.values[first_item + k]
        ends[kept + 1], counted.depths[kept] = ends[kept] + n - first_item, numbers[_DEEPEST] - 2 * LEVEL
        numbers[_DEFINITIONS], numbers[_NODES], numbers[_DEEPEST] = kept + 1, 1, 2 * LEVEL
        n = first_item
    level, nodes, refers = level + tables.rules[rule, DEEPER], tables.rules[rule, MORE_NODES], tables.rules[rule, REFERS]
    if refers >= 0:
        level, nodes = level + counted.depths[refers], ends[refers + 1] - ends[refers] - 1
    if level >= (tables.config[MAX_DEPTH] + 1) * LEVEL:
        refuse(out, row, DEEP, 0, 0)
        return -1
    numbers[_EQUATIONS] += tables.rules[rule, EQUATIONS]
    if numbers[_EQUATIONS] > tables.config[MAX_EQUATIONS]:
        refuse(out, row, MANY, 0, 0)
        return -1
    numbers[_NODES] += nodes
    if 0 < tables.config[MOST_NODES] <= numbers[_NODES]:
        refuse(out, row, NODES, 0, 0)
        return -1
    numbers[_DEEPEST] = max(numbers[_DEEPEST], level)
    if refers >= 0:
        for k in range(ends[refers], ends[refers + 1]):
            out.items[n], out.values[n] = counted.items[k], counted.values[k]
            n += 1
    return n


@hot
def _build(
    tables: Tables, out: Out, row: int, slots: Any, depths: Any, height: int, n: int, waiting: int
) -> tuple[int, int, int]:
    """Write what has all its operands: height of the stack, number of items, and of operands that wait (-1: refused)."""
    leveled = tables.config[LEVELED]
    while height and slots[height - 1] < 0:
        height -= 1
        head = -1 - slots[height]
        n = put(out, n, tables.heads[head, ITEM], tables.values[head])
        if not leveled:
            below = 1
            for _ in range(tables.heads[head, ARITY]):
                waiting -= 1
                below = max(below, depths[waiting])
            if below >= tables.config[MAX_DEPTH]:
                refuse(out, row, DEEP, 0, 0)
                return height, n, -1
            depths[waiting] = below + 1
            waiting += 1
    return height, n, waiting


@hot
def _push(tables: Tables, rule: int, slots: Any, height: int, level: int) -> int:
    """Open what a rule does, below a slot's level; the height of the stack."""
    for k in range(tables.rules[rule, OPENS], tables.rules[rule, OPENS_END]):
        part = tables.opens[k]
        slots[height] = part + level if part >= 0 else part
        height += 1
    return height


@hot
def _decode(
    tables: Tables, text: Text, numbers: Numbers, out: Out, e: int, row: int, first_item: int, new: Any, words: Words, slots: Any,
    depths: Any, counted: Counted,
) -> int:  # fmt: skip
    """One edit; the place after its items, or -1 where it is refused."""
    config, leveled, too_deep = tables.config, tables.config[LEVELED], (tables.config[MAX_DEPTH] + 1) * LEVEL
    first_number, end_number = config[FIRST_NUMBER], config[END_NUMBER]
    end = edited(text, e, new)
    if end == 0:
        refuse(out, row, EMPTY, 0, 0)
        return -1
    if config[WORDS]:
        end = read_words(tables, numbers, e, new, end, words)
    height = 0
    for k in range(START, len(config)):
        slots[height] = config[k] + 2 * LEVEL
        height += 1
    counted.numbers[_EQUATIONS], counted.numbers[_DEFINITIONS] = 1, 0
    counted.numbers[_NODES], counted.numbers[_DEEPEST] = 1, 2 * LEVEL
    n, i, top, waiting, negated = first_item, 0, -1, 0, 0
    while i < end:
        entry = slots[height - 1] if height else 0
        slot, token = entry & _SLOT, new[i]
        first = slot
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
            if height and slots[height - 1] < 0:
                height, n, waiting = _build(tables, out, row, slots, depths, height, n, waiting)
                if waiting < 0:
                    return -1
            entry = slots[height - 1] if height else 0
            slot = entry & _SLOT
            rule = tables.table[slot, token]
        height -= 1
        level = entry - slot
        if tables.rules[rule, COUNTS]:
            n = _count(tables, out, counted, rule, level, row, first_item, n)
            if n < 0:
                return -1
            for _ in range(tables.rules[rule, TAKES]):
                if not height or slots[height - 1] & _SLOT != slot:
                    refuse(out, row, OPERANDS, 0, 0)
                    return -1
                height -= 1
        before, after, leaf, signed = n, i + 1, tables.rules[rule, LEAF], False
        if first_number <= token < end_number:
            if config[WORDS]:
                value, signed = words.values[i], negated != 0 and not (after < end and new[after] == config[RAISING])
                value = -value if signed else value
            else:
                after, value = number_or_refuse(text, numbers, out, new, end, e, row, i)
                if after < 0:
                    return -1
            n = put(out, n, NUMBER_ITEM, value)
        elif leaf >= 0:
            n = put(out, n, tables.heads[leaf, ITEM], tables.values[leaf])
        if not leveled and n > before:
            depths[waiting] = 2
            waiting += 1
        if signed:
            height -= slots[height - 1] < 0  # the minus before it is its sign
        else:
            height = _push(tables, rule, slots, height, level)
        if level + tables.rules[rule, DEEPER] >= too_deep:
            refuse(out, row, DEEP, 0, 0)
            return -1
        if tables.rules[rule, VARIABLE] > top:
            top = tables.rules[rule, VARIABLE]
            if config[COUNTED] and config[CLOSED] and top >= counted.numbers[_EQUATIONS]:
                refuse(out, row, MISFIT, counted.numbers[_EQUATIONS], top)
                return -1
        if height and slots[height - 1] < 0:
            height, n, waiting = _build(tables, out, row, slots, depths, height, n, waiting)
            if waiting < 0:
                return -1
        i, negated = after, tables.rules[rule, NEGATES]
    while height:
        slot = slots[height - 1] & _SLOT
        if not tables.slots[slot, OPTIONAL]:
            refuse(out, row, ENDS, tables.slots[slot, MESSAGE], 0)
            return -1
        height, n, waiting = _build(tables, out, row, slots, depths, height - 1, n, waiting)
        if waiting < 0:
            return -1
    equations = counted.numbers[_EQUATIONS]
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
        new, slots, depths = np.empty(width, np.int32), np.empty(reach, np.int32), np.empty(reach, np.int32)
        room = width if tables.config[WORDS] else 0
        words = Words(np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room))
        most = tables.config[KEPT] * tables.config[MOST_NODES]
        counted = Counted(
            np.empty(4, np.int32), np.empty(most, np.int32), np.empty(most),
            np.zeros(tables.config[KEPT] + 1, np.int32), np.empty(tables.config[KEPT], np.int32),
        )  # fmt: skip
        n, count = 0, 0
        for row in range(len(which)):
            after = _decode(tables, text, numbers, out, which[row], row, n, new, words, slots, depths, counted)
            if after >= 0:
                n, count = after, count + 1
                out.starts[count] = n
        return count

    return run
