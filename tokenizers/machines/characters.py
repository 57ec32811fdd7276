"""The words of `notations.characters.InfixCharacters`, compiled: what they are is said there.

A token is a character, of which `codes` has the code: its place in `CODED`, or one of those behind. `words` is a tree of the
known words: each node the token of the word that ends there (-1: none does), then for every code where its next node stands, 0
where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import Any, NamedTuple

import numpy as np

from .jit import bare
from .kernels import EXPONENT, LARGE, NAME, NEED, POINT, Numbers, Tables

CODED = "0123456789e_" + ascii_lowercase.replace("e", "") + ".+-"
"""Digits, what else names have, and the rest of what numbers have."""
_E, _POINT, _PLUS, _MINUS = (CODED.index(c) for c in "e.+-")
# Whole numbers up to here, and powers of ten up to 10^22, are exact floats: so is one operation on them.
_MOST = 9_007_199_254_740_991
_LARGEST_POWER = 22


WORDS, NUMBERS, WHOLE = 7, 2, 4
"""The place in the configuration that says what words there are: none (0), or 1, and more where there are numbers, and where
names are read whole."""


class Words(NamedTuple):
    """Of a text under way: where each word begins and ends in it, and the values of numbers."""

    starts: Any
    ends: Any
    values: Any


def spelled(words: Mapping[str, int], characters: Sequence[str]) -> tuple[list[int], list[int]]:
    """`codes` and `words` of tokens that are these characters, for the words with their tokens."""
    if not words:
        return [], []
    code = {c: i for i, c in enumerate(dict.fromkeys((*CODED, *characters)))}
    tree = [-1] + [0] * len(code)
    for word, token in words.items():
        node = 0
        for c in word if code.keys() >= {*word} else "":
            if not tree[node + 1 + code[c]]:
                tree[node + 1 + code[c]] = len(tree)
                tree += [-1] + [0] * len(code)
            node = tree[node + 1 + code[c]]
        if node:
            tree[node] = token
    return [code[c] for c in characters], tree


@bare
def _digits(new: Any, i: int, end: int) -> int:
    while i < end and new[i] < _E:
        i += 1
    return i


@bare
def _number_end(new: Any, i: int, end: int) -> int:
    """Where the number at i ends; i if there is none: `(\\d+(\\.(?!\\.)\\d*)?|\\.\\d+)(e[+-]?\\d+)?`."""
    at = _digits(new, i, end)
    if at > i:
        if at < end and new[at] == _POINT and not (at + 1 < end and new[at + 1] == _POINT):
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
            whole = whole * 10 + new[i]
            scale -= fraction
        i += 1
    if i < end:
        sign, exponent = 1, 0
        i += 1
        if new[i] == _PLUS or new[i] == _MINUS:
            sign = -1 if new[i] == _MINUS else 1
            i += 1
        while i < end:
            exponent = min(exponent * 10 + new[i], 100_000)
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
def _word(words: Any, text: Any, i: int, end: int, whole: bool) -> tuple[int, int]:
    """The token of the longest word at i, and the place after it; `-NAME` where there is none, or a name goes on behind it."""
    node, at, token, after = 0, i, -NAME, i + 1
    while at < end:
        node = words[node + 1 + text[at]]
        if node == 0:
            break
        at += 1
        if words[node] >= 0:
            token, after = words[node], at
    if whole and after < end and _E <= text[i] < _POINT and text[after] < _POINT:
        token = -NAME
    return token, after


@bare
def _read_number(tables: Tables, numbers: Numbers, e: int, text: Any, i: int, after: int, words: Words, n: int) -> int:
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
    return int(tables.config[0])  # FIRST_NUMBER


@bare
def read_words(tables: Tables, numbers: Numbers, e: int, text: Any, end: int, words: Words) -> int:
    """The characters before `end` as tokens, in their place: how many. A verdict's negative stands for what is none, and ends
    them."""
    for k in range(end):
        text[k] = tables.codes[text[k]]
    numeric, whole = (tables.config[WORDS] & NUMBERS) > 0, (tables.config[WORDS] & WHOLE) > 0
    i, n, after_number = 0, 0, False
    while i < end:
        after = _number_end(text, i, end) if numeric else i
        if after > i:
            token, after_number = _read_number(tables, numbers, e, text, i, after, words, n), True
        elif numeric and text[i] == _POINT:
            token = -POINT
        elif after_number and whole and text[i] == _E:
            token = -EXPONENT
        else:
            token, after = _word(tables.words, text, i, end, whole)
            after_number = False
        text[n] = token
        n, i = n + 1, after
        if token < 0:
            return n
    return n
