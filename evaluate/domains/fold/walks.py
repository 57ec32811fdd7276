"""Self-avoiding walks on the square lattice, compiled: every one of n beads, up to the symmetry of the square.

The first step goes east and the first turn to the left, so that each walk stands for its eight images (four of the straight one).
A walk is written as its turns, one of `FORWARD`, `LEFT`, `RIGHT` for each bead from the third on, two bits each in a word, the
first turn lowest; 0 behind its end.

Two beads are in contact where they lie side by side and do not follow each other: j and k with k - j odd, at least 3. A walk's
contacts are a set of such pairs, one bit each of a word; the pair has the same bit in chains of any length. Up to 18 beads there
are at most 64 pairs.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numba import int64, uint32, uint64
from numpy.typing import NDArray

from ....tokenizers.machines.jit import Kernel, inner, kernel

Ints = NDArray[Any]
"""Of any width."""
Word = Any
"""64 bits, without a sign: a set of contacts."""
Words = NDArray[np.uint64]
"""Several of these."""

FORWARD, LEFT, RIGHT = 1, 2, 3
SHORTEST = 4
"""Beads of the shortest chain that can have a contact."""
LONGEST = 18
"""Beads of the longest chain whose contacts are bits of a word."""
TURNS = LONGEST - 2


@inner
def bit_of(j: int, k: int) -> int:
    """The bit of beads j < k, k - j odd and at least 3: by the later bead, then by the earlier one."""
    return (k - 2) * (k - 2) // 4 + (j >> 1)


@inner
def _touched(cell: int, k: int, width: int, grid: Ints) -> Word:
    """The contacts that bead k has at a cell, with those before it."""
    found = uint64(0)
    for side in (cell + 1, cell - 1, cell + width, cell - width):
        j = grid[side]
        if 0 <= j < k - 1:
            found |= uint64(1) << uint64(bit_of(j, k))
    return found


def walks_kernel(stamp: int) -> Kernel:
    """`walks`, not yet compiled; see `jit.Source`."""

    def walks(beads: int, contacts: Words, turns: NDArray[np.uint32]) -> int:
        """How many walks there are of that many beads, 3 or more; contacts, turns (n,): of each, as far as there is room, in the
        order of their turns."""
        if stamp < 0:  # never
            return 0
        width = 2 * beads + 1
        grid = np.full(width * width, -1, np.int8)
        step = np.array([1, width, -1, -width])
        at, heading, tried = np.zeros(beads, np.int64), np.zeros(beads, np.int64), np.zeros(beads, np.int64)
        bent = np.zeros(beads, np.bool_)
        touched, written = np.zeros(beads, np.uint64), np.zeros(beads, np.uint32)
        at[0] = beads * width + beads
        at[1] = at[0] + 1
        grid[at[0]], grid[at[1]] = 0, 1
        found, k = 0, 1
        while k:
            if k == beads - 1:
                if found < len(contacts):
                    contacts[found], turns[found] = touched[k], written[k]
                found += 1
            elif tried[k] < (RIGHT if bent[k] else LEFT):
                tried[k] += 1
                turn = tried[k]
                ahead = (heading[k] + (0 if turn == FORWARD else 1 if turn == LEFT else 3)) & 3
                cell = at[k] + step[ahead]
                if grid[cell] >= 0:
                    continue
                written[k + 1] = written[k] | uint32(turn << (2 * (k - 1)))
                bent[k + 1] = bent[k] or turn != FORWARD
                k += 1
                touched[k] = touched[k - 1] | _touched(cell, k, width, grid)
                at[k], heading[k], tried[k], grid[cell] = cell, ahead, 0, k
                continue
            grid[at[k]] = -1
            k -= 1
        return found

    return walks


def walks() -> Kernel:
    """Compiled, on first use."""
    return kernel(walks_kernel, int64(int64, uint64[::1], uint32[::1]), (sys.modules[__name__],))


def every_walk(beads: int) -> tuple[Words, NDArray[np.uint32]]:
    """Contacts and turns (n,) of all walks of that many beads, from 3 to `LONGEST`."""
    run = walks()
    count = run(beads, np.empty(0, np.uint64), np.empty(0, np.uint32))
    contacts, turns = np.empty(count, np.uint64), np.empty(count, np.uint32)
    run(beads, contacts, turns)
    return contacts, turns


@lru_cache
def pairs(beads: int) -> tuple[tuple[int, int], ...]:
    """The beads of each bit, in order: those that can be in contact in a chain of that length."""
    return tuple((j, k) for k in range(3, beads) for j in range(1 - k % 2, k - 2, 2))


def unpacked(turns: NDArray[np.uint32]) -> NDArray[np.int8]:
    """Turns as words (n,) to one symbol each, (n, `TURNS`)."""
    found: NDArray[np.int8] = ((turns[:, None] >> np.arange(0, 2 * TURNS, 2, dtype=np.uint32)) & np.uint32(3)).astype(np.int8)
    return found


@dataclass(frozen=True, slots=True)
class Conformations:
    """All walks of a length by their contacts: the distinct sets, from the largest down.

    contacts (m,): see above. sizes (m,): contacts in each. walks (m,): how many walks have them. turns (m,): of the walk, where
    one alone has them; else of one of them.
    """

    contacts: Words
    sizes: NDArray[np.int8]
    walks: NDArray[np.int32]
    turns: NDArray[np.uint32]

    @property
    def total(self) -> int:
        """How many walks there are, up to symmetry."""
        return int(self.walks.sum())


def conformations(beads: int) -> Conformations:
    """Of that many beads, from `walks.SHORTEST` to `walks.LONGEST`."""
    contacts, turns = every_walk(beads)
    sets, counts = np.unique(contacts, return_counts=True)
    one = np.empty(len(sets), np.uint32)
    one[np.searchsorted(sets, contacts)] = turns
    sizes, order = by_size(sets)
    return Conformations(sets[order], sizes, counts[order].astype(np.int32), one[order])


def by_size(sets: Words) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """The sizes of sets of contacts from the largest down, and the order that has them so."""
    sizes = np.bitwise_count(sets).astype(np.int8)
    order = np.argsort(-sizes, kind="stable")
    return sizes[order], order
