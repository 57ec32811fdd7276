"""Decoding of edited sequences, compiled: what the machines share.

A machine reads the sequence `seq[:a] + expansion[token] + seq[b:]` of each edit (a, b, token) and writes the tree's items in
post-order, or a verdict: a code and two numbers that say what stands in the way. Numbers are read by their codec, in Python: what
the original sequence says at each place is known beforehand (`read_end`, `read_value`); what an edit makes of a number is asked
for (verdict NEED, with the position) and answered in another round (`asked`, `ends`, `answers`, one column per round).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .forest import NUMBER_ITEM, POWER, WHOLE_POWER
from .jit import bare

(
    VALID,
    EXPECTED,
    ENDS,
    DEEP,
    MANY,
    MISFIT,
    READ,
    NEED,
    EMPTY,
    OPERANDS,
    NAME,
    EXPONENT,
    POINT,
    LARGE,
    NODES,
) = range(15)
"""Verdicts. After each, two numbers on which the message depends, and nothing else does."""


class Tables(NamedTuple):
    """A machine's own: see `machine.Machine`."""

    config: Any
    table: Any
    rules: Any
    slots: Any
    opens: Any
    heads: Any
    values: Any
    codes: Any
    words: Any


class Text(NamedTuple):
    """The original sequence and its edits: see above. edits (n, 3); expansion: (V + 1,) offsets into `parts`."""

    seq: Any
    edits: Any
    offsets: Any
    parts: Any


class Numbers(NamedTuple):
    """What is known of numbers: `read_end` (L,) is the position after one that starts there, or -2 - reason. The rest: see above,
    and `numbers.Readings`."""

    read_end: Any
    read_value: Any
    asked: Any
    ends: Any
    answers: Any
    keys: Any
    nexts: Any
    value: Any
    reason: Any
    radix: int


class Out(NamedTuple):
    """items, values: of all valid trees in a row; starts (n + 1,); shapes (n, 2): equations and highest variable; verdicts (m,
    3)."""

    items: Any
    values: Any
    starts: Any
    shapes: Any
    verdicts: Any


@bare
def edited(text: Text, e: int, new: Any) -> int:
    """Write the edited sequence to `new`; its length."""
    a, b, token = text.edits[e, 0], text.edits[e, 1], text.edits[e, 2]
    for i in range(a):
        new[i] = text.seq[i]
    n: int = a
    if token >= 0:
        for k in range(text.offsets[token], text.offsets[token + 1]):
            new[n] = text.parts[k]
            n += 1
    for i in range(b, len(text.seq)):
        new[n] = text.seq[i]
        n += 1
    return n


HASH_FACTOR = 40503
"""Keys are below 2^47, so that the product stays a whole number of 64 bits."""


@bare
def _remembered(numbers: Numbers, new: Any, end: int, i: int) -> tuple[int, float]:
    """As `number_at`, from earlier readings."""
    mask, node, at = len(numbers.keys) - 1, 0, i
    while True:
        key = node * numbers.radix + (new[at] if at < end else numbers.radix - 1)
        slot = ((key * HASH_FACTOR) >> 15) & mask
        while numbers.keys[slot] != key:
            if numbers.keys[slot] < 0:
                return -1, 0.0
            slot = (slot + 1) & mask
        node = numbers.nexts[slot]
        if node < 0:
            reason = numbers.reason[-1 - node]
            return (at + 1 if reason < 0 else -2 - reason), numbers.value[-1 - node]
        if at >= end:
            return -1, 0.0
        at += 1


@bare
def number_at(text: Text, numbers: Numbers, new: Any, length: int, e: int, i: int) -> tuple[int, float]:
    """The end and value of the number at position i of an edited sequence; the end is -2 - reason where it is none, -1: not
    known."""
    a, b, token = text.edits[e, 0], text.edits[e, 1], text.edits[e, 2]
    size = text.offsets[token + 1] - text.offsets[token] if token >= 0 else 0
    shift = size - (b - a)
    if i >= a + size:
        end = numbers.read_end[i - shift]
        return (end + shift if end >= 0 else end), numbers.read_value[i - shift]
    if i < a and 0 <= numbers.read_end[i] <= a:
        return numbers.read_end[i], numbers.read_value[i]
    for k in range(numbers.asked.shape[1]):
        if numbers.asked[e, k] == i:
            return numbers.ends[e, k], numbers.answers[e, k]
    return _remembered(numbers, new, length, i)


@bare
def put(out: Out, n: int, item: int, value: float) -> int:
    """Write one item (or the two of a whole power); the next free place."""
    if item >= WHOLE_POWER and item < NUMBER_ITEM:
        out.items[n], out.values[n] = NUMBER_ITEM, item - WHOLE_POWER
        out.items[n + 1], out.values[n + 1] = POWER, 0.0
        return n + 2
    out.items[n], out.values[n] = item, value + 0.0  # zero has no sign
    return n + 1


@bare
def refuse(out: Out, row: int, code: int, x: int, y: int) -> bool:
    out.verdicts[row, 0], out.verdicts[row, 1], out.verdicts[row, 2] = code, x, y
    return False


@bare
def accept(out: Out, row: int, equations: int, top: int) -> bool:
    out.verdicts[row, 0], out.shapes[row, 0], out.shapes[row, 1] = VALID, equations, top
    return True


@bare
def number_or_refuse(
    text: Text, numbers: Numbers, out: Out, new: Any, length: int, e: int, row: int, i: int
) -> tuple[int, float]:
    """As `number_at`; where there is no number, or it has to be asked for, the verdict is written and the end is negative."""
    after, value = number_at(text, numbers, new, length, e, i)
    if after == -1:
        refuse(out, row, NEED, i, 0)
    elif after < 0:
        refuse(out, row, READ, -2 - after, 0)
    return after, value
