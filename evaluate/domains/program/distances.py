"""How far two programs are from each other, by their outputs: (…, T, WIDTH) -> (…)."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import float64, int16, void
from numpy.typing import NDArray

from ....tokenizers.machines.jit import Kernel, inner, kernel
from ..metrics import Metric
from .machine import INT, LIST, LONGEST, WIDTH

Floats = NDArray[np.float64]
Ints = NDArray[Any]


def outputs(reference: Floats, other: Floats) -> Floats:
    """The share of inputs with another output; a fault is the same as that fault alone."""
    return np.asarray((reference != other).any(axis=-1).mean(axis=-1))


def graded(reference: Floats, other: Floats) -> Floats:
    """The mean over inputs of how far two outputs are apart: |a - b| / (|a| + |b|) of integers, the share of a list that
    has to be inserted, deleted or substituted (Levenshtein's distance over the greater length), 1 for two kinds of output."""
    x, y = np.broadcast_arrays(reference, other)
    found = np.zeros(x.shape[:-1])
    first, second = (np.ascontiguousarray(part, dtype=np.int16).reshape(-1, WIDTH) for part in (x, y))
    compared()(first, second, found.reshape(-1))
    return np.asarray(found.mean(axis=-1))


@inner
def _steps(x: Ints, y: Ints, row: Ints) -> int:
    """Levenshtein's distance of two lists, each with its length before its elements."""
    n, m = max(min(x[0], LONGEST), 0), max(min(y[0], LONGEST), 0)
    for j in range(m + 1):
        row[j] = j
    for i in range(1, n + 1):
        before, row[0] = row[0], i
        for j in range(1, m + 1):
            here = min(row[j] + 1, row[j - 1] + 1, before + (x[i] != y[j]))
            before, row[j] = row[j], here
    return int(row[m])


def compared_kernel(stamp: int) -> Kernel:
    """`compared`, not yet compiled; see `jit.Source`."""

    def compared(first: Ints, second: Ints, distance: Floats) -> None:
        """Of n pairs of outputs (n, WIDTH) how far each is apart, in distance (n,)."""
        if stamp < 0:  # never
            return
        row = np.empty(LONGEST + 1, np.int64)
        for i in range(len(first)):
            x, y = first[i], second[i]
            if x[0] != y[0]:
                distance[i] = 1.0
            elif x[0] == INT:
                most = abs(int(x[1])) + abs(int(y[1]))
                distance[i] = abs(int(x[1]) - int(y[1])) / most if most else 0.0
            elif x[0] == LIST:
                most = max(x[1], y[1])
                distance[i] = _steps(x[1:], y[1:], row) / most if most > 0 else 0.0
            else:
                distance[i] = 0.0

    return compared


def compared() -> Kernel:
    """Compiled, on first use."""
    return kernel(compared_kernel, void(int16[:, ::1], int16[:, ::1], float64[::1]), (sys.modules[__name__],))


METRICS = (Metric("outputs", outputs, d_max=1.0), Metric("graded", graded, d_max=1.0))
