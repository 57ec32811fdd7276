"""What every program is run on: 32 pairs of a number and a list."""

from __future__ import annotations

ROWS = 32
_LENGTHS = (3, 0, 5, 1, 4, 2, 6, 3)
_MOST, _LEAST = 9, -9


def inputs() -> tuple[tuple[int, list[int]], ...]:
    """(n, xs) of each row. By a rule, and no random numbers: n goes through -2 … 9, lengths through 0 … 6, and elements are the
    squares of 1, 2, 3, … modulo 19, less 9, with every third halved, so that some repeat and some are small."""
    found, k = [], 0
    for row in range(ROWS):
        xs = []
        for _ in range(_LENGTHS[(row + row // 8) % 8]):
            k += 1
            value = k * k % (_MOST - _LEAST + 1) + _LEAST
            xs.append(int(value / 2) if k % 3 == 0 else value)
        found.append(((row * 5 + 3) % 12 - 2, xs))
    return tuple(found)
