"""Tangent vectors made orthonormal again, compiled, and the determinant of what they were multiplied by.

Numbers that a map crushes to nothing have the logarithm -∞, and what is left of a number after the rest of it canceled is
nothing.
"""

from __future__ import annotations

import math
from typing import Any

from ....tokenizers.machines.jit import inner

ROUNDING = 1e-15
"""A difference below this share of what was subtracted is rounding."""


@inner
def length(z: Any, at: int, dim: int) -> float:
    """The Euclidean length of the vector at `at`, however small."""
    largest = 0.0
    for m in range(dim):
        largest = max(largest, abs(z[at + m]))
    if largest == 0.0 or not largest < math.inf:
        return largest
    total = 0.0
    for m in range(dim):
        total += (z[at + m] / largest) ** 2
    return largest * math.sqrt(total)


@inner
def orthonormalize(z: Any, k: Any, logs: Any, dim: int, count: int, rank: int) -> None:
    """Gram–Schmidt on the tangent vectors in z, twice for accuracy; logs += how much each grew. Those in k undergo the same
    operations, which keeps them the slopes of those in z where they were that. Vectors from `rank` on are known to have been
    crushed: what is left of them is rounding."""
    for j in range(count):
        at = dim + j * dim
        for _ in range(2):
            for i in range(j):
                other, along = dim + i * dim, 0.0
                for m in range(dim):
                    along += z[other + m] * z[at + m]
                for m in range(dim):
                    z[at + m] -= along * z[other + m]
                    k[at + m] -= along * k[other + m]
        size = length(z, at, dim) if j < rank else 0.0
        if size > 0.0:
            logs[j] += math.log(size)
            for m in range(dim):
                z[at + m] /= size
                k[at + m] /= size
        else:
            logs[j] = -math.inf
            _replace(z, dim, j)


@inner
def _replace(z: Any, dim: int, j: int) -> None:
    """Tangent vector j = a unit vector orthogonal to those before it: of one of the axes enough is left when projected."""
    at = dim + j * dim
    for axis in range(dim):
        for m in range(dim):
            z[at + m] = 1.0 if m == axis else 0.0
        for _ in range(2):
            for i in range(j):
                other, along = dim + i * dim, 0.0
                for m in range(dim):
                    along += z[other + m] * z[at + m]
                for m in range(dim):
                    z[at + m] -= along * z[other + m]
        size = length(z, at, dim)
        if size * size * dim >= 0.5:
            for m in range(dim):
                z[at + m] /= size
            return


@inner
def determinant(matrix: Any) -> tuple[float, int]:
    """log |det| and the rank, by elimination with complete pivoting; `matrix` is used up. What cancels but for rounding is 0."""
    dim, total = len(matrix), 0.0
    for c in range(dim):
        row, column = c, c
        for i in range(c, dim):
            for m in range(c, dim):
                if abs(matrix[i, m]) > abs(matrix[row, column]):
                    row, column = i, m
        size = abs(matrix[row, column])
        if size == 0.0:
            return -math.inf, c
        total += math.log(size)
        for m in range(dim):
            matrix[c, m], matrix[row, m] = matrix[row, m], matrix[c, m]
        for i in range(dim):
            matrix[i, c], matrix[i, column] = matrix[i, column], matrix[i, c]
        for i in range(c + 1, dim):
            share = matrix[i, c] / matrix[c, c]
            for m in range(c + 1, dim):
                part = share * matrix[c, m]
                rest = matrix[i, m] - part
                matrix[i, m] = rest if abs(rest) > ROUNDING * abs(part) else 0.0
    return total, dim
