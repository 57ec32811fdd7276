"""Systems of linear equations, compiled: what the steps of implicit methods solve."""

from __future__ import annotations

import math
from typing import Any

from ....tokenizers.machines.jit import bare


@bare
def factorize(m: Any, pivots: Any, dim: int) -> bool:
    """LU decomposition in place, of the first `dim` rows and columns, with row exchanges; False where the matrix is singular or
    not finite."""
    for i in range(dim):
        best = i
        for row in range(i + 1, dim):
            if abs(m[row, i]) > abs(m[best, i]):
                best = row
        pivots[i] = best
        if not 0.0 < abs(m[best, i]) < math.inf:
            return False
        if best != i:
            for column in range(dim):
                m[i, column], m[best, column] = m[best, column], m[i, column]
        for row in range(i + 1, dim):
            m[row, i] /= m[i, i]
            for column in range(i + 1, dim):
                m[row, column] -= m[row, i] * m[i, column]
    return True


@bare
def solve(m: Any, pivots: Any, dim: int, b: Any) -> None:
    """b = the solution for b, by what `factorize` left."""
    for i in range(dim):
        b[i], b[pivots[i]] = b[pivots[i]], b[i]
        for j in range(i):
            b[i] -= m[i, j] * b[j]
    for i in range(dim - 1, -1, -1):
        for j in range(i + 1, dim):
            b[i] -= m[i, j] * b[j]
        b[i] /= m[i, i]
