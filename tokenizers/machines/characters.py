"""The words of `infix.InfixCharacters` and `own_characters.OwnCharacters`, compiled: what they are is said there.

A token is a character, of which `codes` has the code. `words` holds the known ones: their number, then for each its hash, token,
where its characters begin and end, and whether an operand must follow, ENTRY in a row; then the characters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .jit import bare
from .kernels import ABSENT, CUT, EXPONENT, LARGE, NAME, NEED, POINT, UNKNOWN, Numbers, Tables

_POINT, _E, _PLUS, _MINUS, _STAR, _HAT, _UNDERSCORE, _X, _ZERO = 46, 101, 43, 45, 42, 94, 95, 120, 48
HASH_START, HASH_STEP, HASH_MASK = 5381, 33, 0x7FFFFFFF
ENTRY = 5
# Whole numbers up to here, and powers of ten up to 10^22, are exact floats: so is one operation on them.
_MOST = 9_007_199_254_740_991
_LARGEST_POWER = 22


WORDS, ARITHMETIC, OWN, OWN_NUMBERS = 7, 1, 2, 3
"""The place in the configuration that says what words there are, and what it may say: none (0), those of arithmetic, or of an
alphabet of one's own, with numbers or without."""


class Words(NamedTuple):
    """Of a text under way: where each word begins and ends in it, and of numbers the value and whether a power follows."""

    starts: Any
    ends: Any
    values: Any
    raised: Any


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
def _number_end(new: Any, i: int, end: int, own: bool) -> int:
    """Where the number at i ends; i if there is none: `(\\d+(\\.(?!\\.)\\d*)?|\\.\\d+)(e[+-]?\\d+)?`. In an alphabet of one's
    own two points may follow."""
    at = _digits(new, i, end)
    if at > i:
        if at < end and new[at] == _POINT and (own or not (at + 1 < end and new[at + 1] == _POINT)):
            at = _digits(new, at + 1, end)
    elif i < end and new[i] == _POINT:
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
    """The entry of a word; 0: it is none."""
    code = HASH_START
    for k in range(i, end):
        code = (code * HASH_STEP + new[k]) & HASH_MASK
    for w in range(1, 1 + ENTRY * words[0], ENTRY):
        # Other words may have its hash: x_0r had that of x_20.
        if words[w] == code and words[w + 3] - words[w + 2] == end - i:
            same = True
            for k in range(i, end):
                same = same and words[words[w + 2] + k - i] == new[k]
            if same:
                return w
    return 0


@bare
def _read_number(tables: Tables, numbers: Numbers, e: int, text: Any, i: int, end: int, after: int, words: Words, n: int) -> int:
    """The number from i to `after` as the n-th word: its token, or what is wrong with it."""
    value = _value(text, i, after)
    words.starts[n], words.ends[n] = i, after
    if value < 0:
        found = False
        for k in range(numbers.asked.shape[1]):
            if numbers.asked[e, k] == i:
                value, found = numbers.answers[e, k], True
        if not found:
            return -NEED
    if value == np.inf:
        return -LARGE
    words.values[n] = value
    words.raised[n] = after < end and (
        text[after] == _HAT or (text[after] == _STAR and after + 1 < end and text[after + 1] == _STAR)
    )
    return int(tables.config[0])  # FIRST_NUMBER


@bare
def read_words(tables: Tables, numbers: Numbers, e: int, text: Any, end: int, words: Words) -> int:
    """The characters before `end` as tokens, in their place: how many. A verdict's negative stands for what is none, and ends
    them."""
    for k in range(end):
        text[k] = tables.codes[text[k]]
    i, n, after_number = 0, 0, False
    while i < end:
        after = _number_end(text, i, end, False)
        if after > i:
            token, after_number = _read_number(tables, numbers, e, text, i, end, after, words, n), True
        elif text[i] == _POINT:
            token = -POINT
        elif after_number and text[i] == _E:
            token = -EXPONENT
        else:
            after, after_number = i + 1, False
            if _letter(text[i]):
                while after < end and (_letter(text[after]) or _digit(text[after])):
                    after += 1
            elif text[i] == _STAR and after < end and text[after] == _STAR:
                after += 1
            entry = _word(tables.words, text, i, after)
            token = tables.words[entry + 1] if entry else -NAME
        text[n] = token
        n, i = n + 1, after
        if token < 0:
            return n
    return n


@bare
def _variable_end(text: Any, i: int, end: int) -> int:
    """Where the variable at i ends; i if there is none: `x_(0|[1-9]\\d*)`."""
    if i + 2 >= end or text[i] != _X or text[i + 1] != _UNDERSCORE or not _digit(text[i + 2]):
        return i
    return i + 3 if text[i + 2] == _ZERO else _digits(text, i + 3, end)


@bare
def read_own_words(tables: Tables, numbers: Numbers, e: int, text: Any, end: int, words: Words) -> int:
    """As `read_words`, in an alphabet of one's own: symbols, none of which begins another, are told apart from left to right."""
    for k in range(end):
        text[k] = tables.codes[text[k]]
    numeric, longest = tables.config[WORDS] == OWN_NUMBERS, 1
    for w in range(1, 1 + ENTRY * tables.words[0], ENTRY):
        longest = max(longest, tables.words[w + 3] - tables.words[w + 2])
    i, n, operand = 0, 0, True
    while i < end:
        sign = 1 if text[i] == _MINUS and operand else 0
        first = i + sign
        after = _number_end(text, first, end, True) if operand and numeric else first
        entry = 0
        if operand and numeric and (first == end or (first + 1 == end and text[first] == _POINT)):
            token = -CUT
        elif after > first:
            token = _read_number(tables, numbers, e, text, first, end, after, words, n)
            if sign:
                words.values[n] = -words.values[n]
        else:
            after = _variable_end(text, i, end)
            if after > i:
                entry = _word(tables.words, text, i, after)
                token = tables.words[entry + 1] if entry else -ABSENT
            else:
                while not entry and after < min(end, i + longest):
                    after += 1
                    entry = _word(tables.words, text, i, after)
                token = tables.words[entry + 1] if entry else -UNKNOWN
                if not entry and numeric:
                    after = _number_end(text, i, end, True)
                    if after > i:
                        token = _read_number(tables, numbers, e, text, i, end, after, words, n)
        operand = entry > 0 and tables.words[entry + 4] > 0
        text[n] = token
        n, i = n + 1, after
        if token < 0:
            return n
    return n
