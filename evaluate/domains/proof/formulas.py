"""Formulas held against each other, compiled: what they have in common, and which are instances of which. Codes: see
`detachment`."""

from __future__ import annotations

import sys

import numpy as np
from numba import boolean, int8, int64, void
from numpy.typing import NDArray

from ....tokenizers.machines.jit import Kernel, inner, kernel
from . import detachment
from .detachment import NOT, SYMBOLS, VARIABLE, Codes, Ints


@inner
def _ends(codes: Codes, end: Ints) -> int:
    """Where each term of a formula ends, and the formula itself. Of what is none, a term that lacks parts ends with it: nothing
    here may leave the arrays, whatever codes it is given."""
    size = len(codes)
    while size and codes[size - 1] == 0:
        size -= 1
    for i in range(size - 1, -1, -1):
        at = i + 1
        for _ in range(0 if codes[i] >= VARIABLE or codes[i] <= 0 else 1 if codes[i] == NOT else 2):
            at = end[at] if at < size else size
        end[i] = at
    return size


@inner
def _told(codes: Codes, size: int) -> int:
    """What a formula says beyond a bare variable: its connectives, and each further use of a variable."""
    seen = np.zeros(SYMBOLS, np.bool_)
    told = 0
    for i in range(size):
        if codes[i] < VARIABLE or seen[codes[i]]:
            told += 1
        else:
            seen[codes[i]] = True
    return told


@inner
def _same(codes: Codes, a: int, b: int, length: int) -> bool:
    k = 0
    while k < length and codes[a + k] == codes[b + k]:
        k += 1
    return k == length


@inner
def _common(a: Codes, b: Codes, end_a: Ints, end_b: Ints, size_a: int, size_b: int) -> int:
    """`_told` of the least general generalization of two formulas (anti-unification, Plotkin 1970): connectives that both have
    at a place, and each further place at which the same two terms differ."""
    told, count = 0, 0
    first, second = np.empty(size_a, np.int32), np.empty(size_a, np.int32)
    i = j = 0
    while i < size_a and j < size_b:
        if a[i] == b[j] and a[i] < VARIABLE:
            told += 1
            i += 1
            j += 1
            continue
        long_a, long_b = end_a[i] - i, end_b[j] - j
        for k in range(count):
            x, y = first[k], second[k]
            if end_a[x] - x == long_a and end_b[y] - y == long_b and _same(a, x, i, long_a) and _same(b, y, j, long_b):
                told += 1
                break
        else:
            first[count], second[count] = i, j
            count += 1
        i, j = end_a[i], end_b[j]
    return told


def compared_kernel(stamp: int) -> Kernel:
    """`compared`, not yet compiled; see `jit.Source`."""

    def compared(reference: Codes, others: Codes, told: Ints) -> None:
        """Formulas (n, L) to formulas (n, L): what each says, what the other says, and what both do, in told (n, 3)."""
        if stamp < 0:  # never
            return
        length = reference.shape[1]
        end_a, end_b = np.empty(length, np.int32), np.empty(length, np.int32)
        for n in range(len(reference)):
            size_a, size_b = _ends(reference[n], end_a), _ends(others[n], end_b)
            told[n, 0], told[n, 1] = _told(reference[n], size_a), _told(others[n], size_b)
            told[n, 2] = _common(reference[n], others[n], end_a, end_b, size_a, size_b)

    return compared


def compared() -> Kernel:
    """Compiled, on first use."""
    return kernel(compared_kernel, void(int8[:, ::1], int8[:, ::1], int64[:, ::1]), (sys.modules[__name__], detachment))


@inner
def _matches(general: Codes, special: Codes, size: int, end: Ints, at: Ints) -> bool:
    """Whether a formula is an instance of a more general one. at: (SYMBOLS,), room for where each variable's term begins."""
    at[:] = -1
    j = 0
    for code in general:
        if code == 0:
            break
        if code < VARIABLE:
            if j >= size or special[j] != code:
                return False
            j += 1
        elif j >= size:
            return False
        elif at[code] < 0:
            at[code] = j
            j = end[j]
        else:
            k, length = at[code], end[j] - j
            if end[k] - k != length or not _same(special, k, j, length):
                return False
            j = end[j]
    return j == size


def most_general_kernel(stamp: int) -> Kernel:
    """`most_general`, not yet compiled; see `jit.Source`."""

    def most_general(known: Codes, formulas: Codes, stays: NDArray[np.bool_]) -> None:
        """Which of n formulas are no instance of a known one, nor of another among them: stays (n,)."""
        if stamp < 0:  # never
            return
        end, at = np.empty(formulas.shape[1], np.int32), np.empty(SYMBOLS, np.int32)
        for i in range(len(formulas)):
            size = _ends(formulas[i], end)
            stays[i] = True
            for k in range(len(known) + len(formulas)):
                if k == len(known) + i:
                    continue
                other = known[k] if k < len(known) else formulas[k - len(known)]
                if _matches(other, formulas[i], size, end, at):
                    stays[i] = False
                    break

    return most_general


def most_general() -> Kernel:
    """Compiled, on first use."""
    return kernel(most_general_kernel, void(int8[:, ::1], int8[:, ::1], boolean[::1]), (sys.modules[__name__], detachment))
