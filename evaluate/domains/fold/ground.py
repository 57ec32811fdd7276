"""Ground states of the HP model, compiled: of every sequence of a length the best sets of contacts.

K. F. Lau & K. A. Dill, "A lattice statistical mechanics model of the conformational and sequence spaces of proteins",
Macromolecules 22, 3986 (1989): a chain of H and P gains one unit of energy for each contact of two H, and nothing for others.
A sequence is a number, bit i for bead i, 1 for H.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import int8, int32, int64, uint64, void
from numpy.typing import NDArray

from ....tokenizers.machines.jit import Kernel, inner, kernel
from . import walks
from .walks import Conformations, Ints, Word, Words, bit_of, by_size, pairs


@inner
def _ones(word: Word) -> int:
    """How many bits are set: one instruction, which the compiler knows by this pattern."""
    word -= (word >> uint64(1)) & uint64(0x5555555555555555)
    word = (word & uint64(0x3333333333333333)) + ((word >> uint64(2)) & uint64(0x3333333333333333))
    word = (word + (word >> uint64(4))) & uint64(0x0F0F0F0F0F0F0F0F)
    ones: int = int64((word * uint64(0x0101010101010101)) >> uint64(56))
    return ones


@inner
def _of_h(sequence: int, beads: int) -> Word:
    """All pairs of two H, as a set of contacts."""
    found = uint64(0)
    for k in range(3, beads):
        if sequence >> k & 1:
            for j in range(1 - k % 2, k - 2, 2):
                if sequence >> j & 1:
                    found |= uint64(1) << uint64(bit_of(j, k))
    return found


def grounds_kernel(stamp: int) -> Kernel:
    """`grounds`, not yet compiled; see `jit.Source`."""

    def grounds(
        beads: int,
        first: int,
        decided: int,
        contacts: Words,
        sizes: Ints,
        walks: Ints,
        number: Ints,
        energy: Ints,
        ground: Ints,
        best: Ints,
        levels: Ints,
    ) -> None:
        """Of each sequence of that many beads whose first ones, `decided` many, are those of `first`: minus the energy of its
        ground state, how many walks have it, and the number of the last set of contacts that has; (2**beads,) each. Where it is
        one walk, how many have each energy: levels (2**beads, e). contacts, sizes, walks, number (m,): the sets that these
        sequences can have, by size from the largest down, of how many walks each is, and what it is called. A set cannot give
        more than its size: those behind the first that is smaller than what was found are not looked at."""
        if stamp < 0:  # never
            return
        for rest in range(1 << (beads - decided)):
            sequence = first | rest << decided
            wanted = _of_h(sequence, beads)
            found, count, which = 0, 0, -1
            for i in range(len(contacts)):
                if sizes[i] < found:
                    break
                gain = _ones(contacts[i] & wanted)
                if gain > found:
                    found, count, which = gain, int64(walks[i]), int64(number[i])
                elif gain == found:
                    count, which = count + walks[i], int64(number[i])
            energy[sequence], ground[sequence], best[sequence] = found, count, which
            if count == 1:
                for i in range(len(contacts)):
                    levels[sequence, _ones(contacts[i] & wanted)] += walks[i]

    return grounds


@cache
def grounds() -> Kernel:
    """Compiled, on first use."""
    sets = uint64[::1], int8[::1], int32[::1], int32[::1]
    signature = void(int64, int64, int64, *sets, int8[::1], int32[::1], int32[::1], int32[:, ::1])
    return kernel(grounds_kernel, signature, (sys.modules[__name__], walks))


@dataclass(frozen=True, slots=True)
class Grounds:
    """Of all sequences of a length, (2**beads,) each: minus the energy of the ground state; how many walks have it; the index of
    a set of contacts that has, the only one where one walk does; and for these how many walks have each energy, levels
    (2**beads, e), e being minus the energy."""

    energy: NDArray[np.int8]
    walks: NDArray[np.int32]
    best: NDArray[np.int32]
    levels: NDArray[np.int32]


def ground_states(beads: int, every: Conformations) -> Grounds:
    """Of that many beads, whose conformations are given.

    The first half of the beads is decided one by one, with those sets of contacts that are left: where a bead is P its contacts
    are gone, and many sets become one. What then remains to be tried for the other half is smaller by a lot.
    """
    size = 1 << beads
    energy, states, best = np.zeros(size, np.int8), np.zeros(size, np.int32), np.zeros(size, np.int32)
    found = Grounds(energy, states, best, np.zeros((size, int(every.sizes[0]) + 1), np.int32))
    of_bead = [sum(1 << bit for bit, pair in enumerate(pairs(beads)) if bead in pair) for bead in range(beads)]
    waiting = [(0, 0, every.contacts, every.walks, np.arange(len(every.walks), dtype=np.int32))]
    while waiting:
        decided, first, sets, walks, number = waiting.pop()
        if decided == beads // 2:
            sizes, order = by_size(sets)
            left = sets[order], sizes, walks[order], number[order]
            grounds()(beads, first, decided, *left, found.energy, found.walks, found.best, found.levels)
            continue
        waiting.append((decided + 1, first | 1 << decided, sets, walks, number))
        waiting.append((decided + 1, first, *_merged(sets & ~np.uint64(of_bead[decided]), walks, number)))
    return found


def _merged(
    sets: Words, walks: NDArray[np.int32], number: NDArray[np.int32]
) -> tuple[Words, NDArray[np.int32], NDArray[np.int32]]:
    """Equal sets as one, with the walks of all and the number of one."""
    order = np.argsort(sets)
    ordered = sets[order]
    start = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return ordered[start], np.add.reduceat(walks[order], start, dtype=np.int32), number[order][start]
