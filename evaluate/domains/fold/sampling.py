"""Where sequences come from: those that fold, and any."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node, System, system
from .folding import text_of
from .tables import folds
from .walks import LONGEST

NAME = "fold"
LEAST = 13
"""Beads of the shortest chain that is drawn: of shorter ones few fold."""


def system_of(text: str) -> System:
    """The system of a sequence's text, such as HPPH."""
    return System(system(*map(Node, text)), (), NAME)


@dataclass(frozen=True, slots=True)
class Designing:
    """Sequences that fold, as collections of proteins have them: of all structures of `least` to `most` beads that some sequence
    folds to, one, all alike, and of the sequences that fold to it one, all alike. The natural distribution: what folds to nothing
    is no protein, and a collection has each fold once."""

    least: int = LEAST
    most: int = LONGEST

    @property
    def different(self) -> int:
        """How many there are."""
        return sum(len(folds(beads).sequences) for beads in range(self.least, self.most + 1))

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        beads, sequences, starts = _by_structure(self.least, self.most)
        structure = int(rng.integers(len(starts) - 1))
        at = int(rng.integers(starts[structure], starts[structure + 1]))
        return system_of(text_of(int(sequences[at]), int(beads[at])))


@dataclass(frozen=True, slots=True)
class Random:
    """Any sequences of `least` to `most` beads: all lengths alike, each bead H or P, both alike. One in forty folds, and those
    that do not have no behavior to be measured."""

    least: int = LEAST
    most: int = LONGEST

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        beads = self.least + int(rng.integers(self.most - self.least + 1))
        return system_of(text_of(int(rng.integers(1 << beads)), beads))


@lru_cache
def _by_structure(least: int, most: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Beads and number of all sequences that fold, those of one structure together, and where each structure's begin."""
    beads, sequences, sizes = [], [], []
    for n in range(least, most + 1):
        table = folds(n)
        beads.append(np.full(len(table.sequences), n, np.int64))
        sequences.append(table.sequences[np.argsort(table.turns, kind="stable")])
        sizes.append(np.unique(table.turns, return_counts=True)[1])
    return np.concatenate(beads), np.concatenate(sequences), np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
