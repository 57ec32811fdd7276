"""All outputs of short programs, each with a shortest program: by size, from what smaller programs put out.

Of programs whose outputs are the same one is kept, and larger ones are made of those that are kept (observational equivalence;
Udupa et al., "TRANSIT", PLDI 2013; Albarghouthi, Gulwani & Kincaid, CAV 2013). Bodies have variables, and are told apart by what
they put out where these have `_ASSIGNED` values beside each input. That is no proof that they are the same everywhere, so a
program that could be shorter may be among them; what each puts out is its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numba import int16, uint64, void
from numpy.typing import NDArray

from ....tokenizers.machines.jit import Kernel, kernel
from .inputs import ROWS
from .language import CODES, INT, LIST, Form, Scope, forms
from .machine import WIDTH
from .runs import Codes, Ints, run

_ASSIGNED = 32
_AT_ONCE = 1 << 14
VARIABLES = 2
"""In one scope, at most."""
Kept = dict[tuple[int, Scope], list[Codes]]


@lru_cache(maxsize=4)
def shortest(most: int) -> tuple[Codes, ...]:
    """By size, 1, 2, … up to `most`, one program for each table of outputs that no smaller one has, the first in order: (n, size)
    in postfix. What has a value on less than half of the inputs is left out, and so is `let`: in so short a program it says
    little but that something has a value, as `let y = head(xs) in xs` does."""
    limits = _limits(most)
    kept: Kept = {place: [] for place in limits}
    seen = {place: np.zeros(0, np.uint64) for place in limits}
    valued = []
    for size in range(1, most + 1):
        for place, limit in limits.items():
            fresh = [np.zeros((0, size), np.int8)]
            for programs in _candidates(kept, *place, size) if size <= limit else ():
                found, _ = run(programs.reshape(-1), np.arange(len(programs) + 1, dtype=np.int64) * size, _bound(place[1]))
                keys = _keys(found)
                _, first = np.unique(keys, return_index=True)
                first = np.sort(first[~np.isin(keys[first], seen[place])])
                seen[place] = np.concatenate([seen[place], keys[first]])
                fresh.append(programs[first])
                if not place[1]:
                    valued.append((size, programs[first][(found[first, :, 0] <= LIST).mean(axis=1) >= 0.5]))
            kept[place].append(np.concatenate(fresh))
    return tuple(np.concatenate([p for own, p in valued if own == size]) for size in range(1, most + 1))


def _forms(kind: int, scope: Scope) -> list[Form]:
    return [form for form in forms(kind, scope, VARIABLES) if form[0] != "let"]


def _limits(most: int) -> dict[tuple[int, Scope], int]:
    """What is put together of programs of at most `most` symbols, by type and scope, and how many symbols of it there can be."""
    limits: dict[tuple[int, Scope], int] = {(INT, ()): most, (LIST, ()): most}
    for place in (waiting := [*limits]):
        for _, operands in _forms(*place):
            for inner in operands:
                if limits.get(inner, 0) < (own := limits[place] - len(operands)):
                    limits[inner] = own
                    waiting.append(inner)
    return limits


def _candidates(kept: Kept, kind: int, scope: Scope, size: int) -> Iterator[Codes]:
    """Every program of a size that is made of kept ones, some at a time."""
    for symbol, operands in _forms(kind, scope):
        for sizes in _splits(size - 1, len(operands)):
            parts = [kept[place][own - 1] for place, own in zip(operands, sizes, strict=True)]
            counts = [len(part) for part in parts]
            total = int(np.prod(counts, dtype=np.int64))
            for start in range(0, total, _AT_ONCE):
                which = np.unravel_index(np.arange(start, min(start + _AT_ONCE, total)), counts) if counts else []
                last = np.full((len(which[0]) if counts else 1, 1), CODES[symbol], np.int8)
                yield np.concatenate([*(part[index] for part, index in zip(parts, which, strict=True)), last], axis=1)


def _splits(size: int, parts: int) -> Iterator[tuple[int, ...]]:
    """The sizes of so many parts of one or more each."""
    if parts == 0:
        yield from [()] if size == 0 else []
    elif parts == 1:
        yield from [(size,)] if size else []
    else:
        yield from ((first, *rest) for first in range(1, size) for rest in _splits(size - first, parts - 1))


@lru_cache
def _bound(scope: Scope) -> Ints:
    """Values of the variables of a scope, beside the inputs: (R, V, WIDTH). By a rule, and no random numbers, as the
    inputs are made."""
    found = np.zeros((ROWS * (_ASSIGNED if scope else 1), len(scope), WIDTH), np.int64)
    for row, own in enumerate(found):
        for v, kind in enumerate(scope):
            k = row * (2 * v + 5) + row // 5 * (v + 3)
            own[v, 0], own[v, 1] = kind, k % 29 - 12 if kind == INT else k % 6
            if kind == LIST:
                own[v, 2 : 2 + k % 6] = [(7 * k + 5 * i) % 23 - 10 for i in range(k % 6)]
    return found


def keys_kernel(stamp: int) -> Kernel:
    """`keys`, not yet compiled; see `jit.Source`."""

    def keys(outputs: Any, weights: Any, found: Any) -> None:
        """Of outputs (n, R, WIDTH) a number for each n, equal for equal ones; others have equal ones by chance alone."""
        if stamp < 0:  # never
            return
        for i in range(len(outputs)):
            key = np.uint64(0)
            for row in range(outputs.shape[1]):
                for k in range(WIDTH):
                    key += np.uint64(np.int64(outputs[i, row, k])) * weights[row, k]
            found[i] = key

    return keys


def _keys(outputs: NDArray[np.int16]) -> NDArray[np.uint64]:
    found = np.zeros(len(outputs), np.uint64)
    weights = np.random.PCG64(0).random_raw(outputs.shape[1] * WIDTH).reshape(-1, WIDTH)
    signature = void(int16[:, :, ::1], uint64[:, ::1], uint64[::1])
    kernel(keys_kernel, signature, (sys.modules[__name__],))(outputs, weights, found)
    return found
