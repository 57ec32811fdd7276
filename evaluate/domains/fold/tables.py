"""What every sequence of a length folds to: the ground states of all, and of those that have a single one its walk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .ground import grounds
from .walks import Words, every_walk, pairs, unpacked

_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Conformations:
    """All walks of a length by their contacts: the distinct sets, from the largest down.

    contacts (m,): see `walks`. sizes (m,): contacts in each. walks (m,): how many walks have them. turns (m,): of the walk, where
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


@dataclass(frozen=True, slots=True)
class Folds:
    """The sequences of so many beads that have a native structure: that fold to one walk alone, up to symmetry ("designing").

    sequences (n,), ascending: see `ground`; a sequence and its reverse are two. row (2**beads,): where a sequence stands among
    these, -1 where it does not fold. energy (n,): minus the energy of the native structure, its contacts of two H. turns (n,):
    its walk, see `walks`. behaviors (n, `walks.TURNS` + 1): the same as symbols, and the folding temperature behind them, in
    units of a contact's energy: see `folding_temperatures`.
    """

    beads: int
    sequences: NDArray[np.int64]
    row: NDArray[np.int32]
    energy: NDArray[np.int8]
    turns: NDArray[np.uint32]
    behaviors: NDArray[np.float64]

    @property
    def structures(self) -> NDArray[np.uint32]:
        """The walks that some sequence folds to, each once: (s,). A walk and its reverse are two."""
        return np.unique(self.turns)


def conformations(beads: int) -> Conformations:
    """Of that many beads, from `walks.SHORTEST` to `walks.LONGEST`."""
    contacts, turns = every_walk(beads)
    sets, counts = np.unique(contacts, return_counts=True)
    one = np.empty(len(sets), np.uint32)
    one[np.searchsorted(sets, contacts)] = turns
    sizes, order = _by_size(sets)
    return Conformations(sets[order], sizes, counts[order].astype(np.int32), one[order])


def _by_size(sets: Words) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """The sizes of sets of contacts from the largest down, and the order that has them so."""
    sizes = np.bitwise_count(sets).astype(np.int8)
    order = np.argsort(-sizes, kind="stable")
    return sizes[order], order


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
    none = (np.zeros(size, kind) for kind in (np.int8, np.int32, np.int32))
    found = Grounds(*none, np.zeros((size, int(every.sizes[0]) + 1), np.int32))
    of_bead = [sum(1 << bit for bit, pair in enumerate(pairs(beads)) if bead in pair) for bead in range(beads)]
    waiting = [(0, 0, every.contacts, every.walks, np.arange(len(every.walks), dtype=np.int32))]
    while waiting:
        decided, first, sets, walks, number = waiting.pop()
        if decided == beads // 2:
            sizes, order = _by_size(sets)
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


@cache
def folds(beads: int) -> Folds:
    """The table of that length, from `walks.SHORTEST` to `walks.LONGEST` beads, made on first use."""
    every = conformations(beads)
    found = ground_states(beads, every)
    sequences = np.flatnonzero(found.walks == 1)
    row = np.full(1 << beads, -1, np.int32)
    row[sequences] = np.arange(len(sequences), dtype=np.int32)
    turns = every.turns[found.best[sequences]]
    melting = folding_temperatures(found.levels[sequences])
    behaviors = np.concatenate([unpacked(turns).astype(np.float64), melting[:, None]], axis=1)
    return Folds(beads, sequences, row, found.energy[sequences], turns, behaviors)


def folding_temperatures(levels: NDArray[np.int32]) -> NDArray[np.float64]:
    """(n,) temperatures at which a native structure holds half of the population, all other walks together the other half, in
    units of a contact's energy over Boltzmann's constant. levels (n, e): how many walks have e contacts of two H, one of them the
    most.

    N. D. Socci & J. N. Onuchic, "Kinetic and thermodynamic analysis of proteinlike heteropolymers", J. Chem. Phys. 103, 4732
    (1995), define it so. A walk counts once for all of its images, here as in the count of ground states.
    """
    ground = levels.shape[1] - 1 - np.argmax(levels[:, ::-1] > 0, axis=1)
    low, high = np.zeros(len(levels)), np.ones(len(levels))
    gap = ground[:, None] - np.arange(levels.shape[1])
    others = np.where(gap > 0, levels, 0).astype(np.float64)
    for _ in range(_HALVINGS):
        factor = 0.5 * (low + high)  # exp(-1 / T)
        above = (others * factor[:, None] ** np.maximum(gap, 0)).sum(axis=1) > 1.0
        low, high = np.where(above, low, factor), np.where(above, factor, high)
    return np.asarray(-1.0 / np.log(0.5 * (low + high)))
