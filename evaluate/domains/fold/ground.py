"""Ground states of the HP model, compiled: of every sequence of a length the best sets of contacts.

K. F. Lau & K. A. Dill, "A lattice statistical mechanics model of the conformational and sequence spaces of proteins",
Macromolecules 22, 3986 (1989): a chain of H and P gains one unit of energy for each contact of two H, and nothing for others.
A sequence is a number, bit i for bead i, 1 for H.
"""

from __future__ import annotations

import sys
from functools import cache

from numba import int8, int32, int64, uint64, void

from ....tokenizers.machines.jit import Kernel, inner, kernel
from . import walks
from .walks import Ints, Words, bit_of


@inner
def _ones(word: int) -> int:
    """How many bits are set: one instruction, which the compiler knows by this pattern."""
    word -= (word >> uint64(1)) & uint64(0x5555555555555555)
    word = (word & uint64(0x3333333333333333)) + ((word >> uint64(2)) & uint64(0x3333333333333333))
    word = (word + (word >> uint64(4))) & uint64(0x0F0F0F0F0F0F0F0F)
    return (word * uint64(0x0101010101010101)) >> uint64(56)


@inner
def _of_h(sequence: int, beads: int) -> int:
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
            pairs = _of_h(sequence, beads)
            found, count, which = 0, 0, -1
            for i in range(len(contacts)):
                if sizes[i] < found:
                    break
                gain = int64(_ones(contacts[i] & pairs))
                if gain > found:
                    found, count, which = gain, int64(walks[i]), int64(number[i])
                elif gain == found:
                    count, which = count + walks[i], int64(number[i])
            energy[sequence], ground[sequence], best[sequence] = found, count, which
            if count == 1:
                for i in range(len(contacts)):
                    levels[sequence, int64(_ones(contacts[i] & pairs))] += walks[i]

    return grounds


@cache
def grounds() -> Kernel:
    """Compiled, on first use."""
    sets = uint64[::1], int8[::1], int32[::1], int32[::1]
    signature = void(int64, int64, int64, *sets, int8[::1], int32[::1], int32[::1], int32[:, ::1])
    return kernel(grounds_kernel, signature, (sys.modules[__name__], walks))
