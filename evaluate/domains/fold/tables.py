"""What every sequence of a length folds to: the ground states of all, and of those that have a single one its walk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .ground import ground_states
from .walks import conformations, unpacked

_HALVINGS = 60


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
