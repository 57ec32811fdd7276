"""The machine of `infix.InfixCharacters`, compiled: words are found as there, then go to the same precedence reader.

A token is a character; `table` maps tokens to character codes. `opens` holds the known words: their number, then for each its
hash, sort, item, variable, and where its characters begin and end, ENTRY in a row; then the characters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .forest import NUMBER_ITEM
from .jit import bare
from .kernels import EMPTY, EXPECTED, EXPONENT, LARGE, NAME, NEED, POINT, Numbers, Out, Tables, Text, edited, refuse
from .precedence import AT, LEAF, NEGATED, OPERATORS, STATE, STATES, WANT, Yard, begin, finish, take

_POINT, _E, _PLUS, _MINUS, _STAR, _HAT, _UNDERSCORE = 46, 101, 43, 45, 42, 94, 95
HASH_START, HASH_STEP, HASH_MASK = 5381, 33, 0x7FFFFFFF
ENTRY = 6
# Whole numbers up to here, and powers of ten up to 10^22, are exact floats: so is one operation on them.
_MOST = 9_007_199_254_740_991
_LARGEST_POWER = 22


@bare
def _digit(c: int) -> bool:
    return 48 <= c <= 57


@bare
def _letter(c: int) -> bool:
    return 97 <= c <= 122 or c == _UNDERSCORE


@bare
def _digits(new: Any, i: int, end: int) -> int:
    while i < end and _digit(new[i]):
        i += 1
    return i


@bare
def _number_end(new: Any, i: int, end: int) -> int:
    """Where the number at i ends; i if there is none: `(\\d+(\\.(?!\\.)\\d*)?|\\.\\d+)(e[+-]?\\d+)?`."""
    at = _digits(new, i, end)
    if at > i:
        if at < end and new[at] == _POINT and not (at + 1 < end and new[at + 1] == _POINT):
            at = _digits(new, at + 1, end)
    elif new[i] == _POINT:
        at = _digits(new, i + 1, end)
        if at == i + 1:
            return i
    else:
        return i
    if at < end and new[at] == _E:
        sign = at + 1 < end and (new[at + 1] == _PLUS or new[at + 1] == _MINUS)
        first = at + 2 if sign else at + 1
        last = _digits(new, first, end)
        if last > first:
            return last
    return at


@bare
def _value(new: Any, i: int, end: int) -> float:
    """The literal's value, rounded right (Clinger 1990, the fast case), or -1 where that takes more than one operation."""
    whole, scale, fraction = 0, 0, False
    while i < end and new[i] != _E:
        if new[i] == _POINT:
            fraction = True
        else:
            if whole > _MOST // 10 - 1:
                return -1.0
            whole = whole * 10 + (new[i] - 48)
            scale -= fraction
        i += 1
    if i < end:
        sign, exponent = 1, 0
        i += 1
        if new[i] == _PLUS or new[i] == _MINUS:
            sign = -1 if new[i] == _MINUS else 1
            i += 1
        while i < end:
            exponent = min(exponent * 10 + (new[i] - 48), 100_000)
            i += 1
        scale += sign * exponent
    if whole == 0:
        return 0.0
    if scale < -_LARGEST_POWER or scale > _LARGEST_POWER:
        return -1.0
    power = 1.0
    for _ in range(abs(scale)):
        power *= 10.0
    return whole * power if scale >= 0 else whole / power


@bare
def _word(words: Any, new: Any, i: int, end: int) -> int:
    """Where a word stands among the known ones, or -1."""
    code = HASH_START
    for k in range(i, end):
        code = (code * HASH_STEP + new[k]) & HASH_MASK
    for w in range(1, 1 + ENTRY * words[0], ENTRY):
        # Other words may have its hash: x_0r had that of x_20.
        if words[w] == code and words[w + 5] - words[w + 4] == end - i:
            same = True
            for k in range(i, end):
                same = same and words[words[w + 4] + k - i] == new[k]
            if same:
                return w
    return -1


@bare
def _take_number(
    yard: Yard, out: Out, row: int, config: Any, numbers: Numbers, e: int, new: Any, i: int, after: int, end: int
) -> bool:
    value = _value(new, i, after)
    if value < 0:
        found = False
        for k in range(numbers.asked.shape[1]):
            if numbers.asked[e, k] == i:
                value, found = numbers.answers[e, k], True
        if not found:
            return refuse(out, row, NEED, i, after)
    if value == np.inf:
        return refuse(out, row, LARGE, 0, 0)
    state = yard.state
    power = after < end and (new[after] == _HAT or (new[after] == _STAR and after + 1 < end and new[after + 1] == _STAR))
    # A minus directly before a literal is its sign, but `^` binds tighter.
    if state[NEGATED] and not power:
        state[OPERATORS] -= 1
        value = -value
    return take(yard, out, row, config, LEAF, NUMBER_ITEM, value, -1)


@bare
def _decode(
    tables: Tables, text: Text, numbers: Numbers, out: Out, e: int, row: int, first: int, new: Any, yard: Yard,
) -> int:  # fmt: skip
    """One edit; the place after its items, or -1 where it is refused."""
    config, words = tables.config, tables.opens
    end = edited(text, e, new)
    if end == 0:
        refuse(out, row, EMPTY, 0, 0)
        return -1
    for k in range(end):
        new[k] = tables.table[new[k], 0]
    begin(yard, first)
    i, after_number = 0, False
    while i < end:
        after = _number_end(new, i, end)
        if after > i:
            if not _take_number(yard, out, row, config, numbers, e, new, i, after, end):
                return -1
            i, after_number = after, True
            continue
        if new[i] == _POINT:
            refuse(out, row, POINT, 0, 0)
            return -1
        if after_number and new[i] == _E:
            refuse(out, row, EXPONENT, 0, 0)
            return -1
        after = i + 1
        if _letter(new[i]):
            while after < end and (_letter(new[after]) or _digit(new[after])):
                after += 1
        elif new[i] == _STAR and after < end and new[after] == _STAR:
            after += 1
        w = _word(words, new, i, after)
        if w < 0:
            if yard.state[STATE] != WANT:
                refuse(out, row, EXPECTED, yard.state[STATE], 0)
            else:
                refuse(out, row, NAME, 0, 0)
            return -1
        if not take(yard, out, row, config, words[w + 1], words[w + 2], tables.leaves[w // ENTRY], words[w + 3]):
            return -1
        i, after_number = after, False
    return yard.state[AT] if finish(yard, out, row, config) else -1


def characters_kernel(stamp: int) -> Any:
    """As `preorder.preorder_kernel`. `leaves`: values of the words that are constants."""

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
