"""Equal trees among many, compiled: what decodes to one tree is simulated once."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import bare


@bare
def _hash(items: Any, bits: Any, first: int, last: int) -> int:
    """FNV-1a over items and the bits of their values."""
    code = np.uint64(14695981039346656037)
    for k in range(first, last):
        code = (code ^ np.uint64(items[k])) * np.uint64(1099511628211)
        code = (code ^ bits[k]) * np.uint64(1099511628211)
        code ^= code >> np.uint64(29)
    return int(code & np.uint64(0x7FFFFFFFFFFFFFFF))


@bare
def _equal(items: Any, bits: Any, a: int, b: int, length: int) -> bool:
    for k in range(length):  # noqa: SIM110  (compiled: no generators)
        if items[a + k] != items[b + k] or bits[a + k] != bits[b + k]:
            return False
    return True


def distinct_kernel(stamp: int) -> Any:
    """The compiled source; see `pushdown.pushdown_kernel` for `stamp`."""

    def run(items: Any, values: Any, starts: Any, firsts: Any, inverse: Any) -> int:
        """Number the distinct trees in order of appearance; `firsts` takes one index of each, `inverse` every tree's number."""
        if stamp < 0:  # never
            return 0
        bits = values.view(np.uint64)
        n = len(starts) - 1
        size = 16
        while size < 2 * n:
            size *= 2
        slots = np.full(size, -1, dtype=np.int64)
        count = 0
        for i in range(n):
            first, last = starts[i], starts[i + 1]
            at = _hash(items, bits, first, last) & (size - 1)
            number = -1
            while slots[at] >= 0:
                other = firsts[slots[at]]
                if starts[other + 1] - starts[other] == last - first and _equal(items, bits, first, starts[other], last - first):
                    number = slots[at]
                    break
                at = (at + 1) & (size - 1)
            if number < 0:
                number = slots[at] = count
                firsts[count] = i
                count += 1
            inverse[i] = number
        return count

    return run
