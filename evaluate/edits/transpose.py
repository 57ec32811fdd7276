"""Transpositions: two neighboring tokens change places, the slip that substitutions count twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...grammars.tree import Node
from ...representations.representation import Representation
from .base import Edit, Neighborhood, Promises, draw_ranks

_PROMISES = Promises(exact=True, symmetric=True, inverse="transposition<->transposition")


def transpositions(ids: Sequence[int]) -> list[int]:
    """Positions i whose token differs from the next: exchanging the two gives a new sequence.

    That sequence differs from the original at i and i+1 and nowhere else, so no two positions give the same one, and a
    sequence with r runs of equal neighbors has r-1 transpositions (none where it is empty).
    """
    return [i for i in range(len(ids) - 1) if ids[i] != ids[i + 1]]


def transposed(ids: Sequence[int], position: int) -> list[int]:
    """The sequence with the tokens at `position` and after it exchanged."""
    swapped = list(ids)
    swapped[position], swapped[position + 1] = swapped[position + 1], swapped[position]
    return swapped


@dataclass(frozen=True, slots=True)
class TransposeEdits:
    """Two neighboring, unequal tokens exchanged (the transposition of Damerau 1964). `position` is the first of them.

    The same exchange undoes it, so the neighborhood is symmetric. Its Levenshtein distance is 2, not 1.
    """

    name: str = "transpose"
    promises: Promises = _PROMISES

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        """Raises `EncodeError` where the vocabulary cannot write the tree."""
        ids = representation.encode(tree)
        positions = transpositions(ids)
        drawn = [positions[rank] for rank in draw_ranks(len(positions), limit, rng)]
        edits = [Edit("transposition", i, -1, representation.decode(transposed(ids, i))) for i in drawn]
        return Neighborhood(len(positions), tuple(edits))
