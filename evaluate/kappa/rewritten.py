"""What rewritings make of an expression's tokens: how many change, and how many stay."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..edits.base import Edit

Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Of n rewritings of one expression: their `texts`; how many `tokens` (n,) each takes, -1 where the tokenizer has none for
    some character; by how many substitutions, insertions and deletions of tokens it is `apart` (n,) from the original; how many
    of the original's tokens are `kept` (n,), by the longest common subsequence."""

    texts: tuple[str, ...]
    tokens: Counts
    apart: Counts
    kept: Counts

    @staticmethod
    def of(ids: Sequence[int], edits: Sequence[Edit]) -> Changes | None:
        """None where none of the edits is a rewriting."""
        if all(e.rewriting is None for e in edits):
            return None
        rows = [(e.rewriting.text, e.rewriting.ids) if e.rewriting is not None else ("", None) for e in edits]
        figures = [(-1, -1, -1) if new is None else (len(new), edit_distance(ids, new), common(ids, new)) for _, new in rows]
        tokens, apart, kept = np.array(figures, np.int32).T
        return Changes(tuple(text for text, _ in rows), tokens, apart, kept)


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """The fewest substitutions, insertions and deletions from one to the other, a column of the table at once in the bits of a
    whole number (Myers 1999, "A fast bit-vector algorithm for approximate string matching", as Hyyrö 2003 has it for whole
    sequences)."""
    if not a:
        return len(b)
    places = _places(a)
    every, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    up, down, distance = every, 0, len(a)
    for item in b:
        equal = places.get(item, 0)
        diagonal = (((equal & up) + up) ^ up) | equal | down
        right_up = down | (every & ~(diagonal | up))
        right_down = up & diagonal
        distance += bool(right_up & last) - bool(right_down & last)
        right_up, right_down = (right_up << 1 | 1) & every, (right_down << 1) & every
        up, down = right_down | (every & ~(diagonal | right_up)), right_up & diagonal
    return distance


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence (Hyyrö 2004, "Bit-parallel LCS-length computation revisited")."""
    places, every = _places(a), (1 << len(a)) - 1
    free = every
    for item in b:
        met = free & places.get(item, 0)
        free = ((free + met) | (free - met)) & every
    return len(a) - free.bit_count()


def _places(sequence: Sequence[Hashable]) -> dict[Hashable, int]:
    """Where each item stands, as bits."""
    places: dict[Hashable, int] = {}
    for i, item in enumerate(sequence):
        places[item] = places.get(item, 0) | 1 << i
    return places
