"""Token edits: the exact unit neighborhood of docs/concepts.md.

For a sequence of length L over V tokens with r runs of equal neighbors: L(V-1) substitutions, L(V-1)+V insertions and r
deletions, all distinct. Each has a rank, so that a part of a neighborhood too large to enumerate is drawn uniformly
without replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import Node
from ...representations.representation import Representation
from ...tokenizers.base import Partial
from ..results.categorical import Categorical
from .base import Edit, Neighborhood, Promises, Steps, draw_ranks

KINDS = ("substitution", "insertion", "deletion")


@dataclass(frozen=True, slots=True)
class TokenNeighbors:
    """The unit neighborhood of a token sequence, by rank: substitutions, then insertions, then deletions."""

    ids: tuple[int, ...]
    vocabulary_size: int

    @property
    def runs(self) -> list[int]:
        """Positions at which a run of equal tokens begins."""
        return [i for i, t in enumerate(self.ids) if i == 0 or self.ids[i - 1] != t]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of substitutions, insertions and deletions."""
        return self._counts(self.runs)

    def _counts(self, runs: list[int]) -> tuple[int, int, int]:
        length, v = len(self.ids), self.vocabulary_size
        return length * (v - 1), length * (v - 1) + v, len(runs)

    def __len__(self) -> int:
        return sum(self.counts)

    def at(self, rank: int) -> tuple[str, int, int]:
        """The edit of a rank: kind, position, new token (-1 for a deletion)."""
        substitutions, insertions, deletions = self.counts
        if not 0 <= rank < substitutions + insertions + deletions:
            raise IndexError(rank)
        others = self.vocabulary_size - 1
        if rank < substitutions:
            position, choice = divmod(rank, others)
            return "substitution", position, self._other(position, choice)
        rank -= substitutions
        if rank < insertions:
            if rank >= len(self.ids) * others:
                return "insertion", len(self.ids), rank - len(self.ids) * others
            # Inserting a token before its equal repeats inserting it after: only the latter is counted.
            position, choice = divmod(rank, others)
            return "insertion", position, self._other(position, choice)
        return "deletion", self.runs[rank - insertions], -1

    def _other(self, position: int, choice: int) -> int:
        """The choice-th token that differs from the one at `position`."""
        return choice + (choice >= self.ids[position])

    def many(self, ranks: NDArray[np.int64]) -> Steps:
        """The edits of these ranks, in columns."""
        ids, others = np.array(self.ids, np.int64), max(self.vocabulary_size - 1, 1)
        runs = self.runs
        substitutions, insertions, deletions = self._counts(runs)
        kind = np.searchsorted([substitutions, substitutions + insertions], ranks, side="right")
        within = ranks - np.array([0, substitutions, substitutions + insertions])[kind]
        end = (kind == 1) & (within >= len(ids) * others)
        position = np.where(end, len(ids), within // others)
        choice = np.where(end, within - len(ids) * others, within % others)
        deletion = kind == 2
        position[deletion] = np.array(runs, np.int64)[within[deletion]]
        original = np.append(ids, self.vocabulary_size)[position]
        token = np.where(deletion, -1, choice + (~end & (choice >= original)))
        return Steps(
            substitutions + insertions + deletions,
            Categorical(kind.astype(np.int16), KINDS),
            position.astype(np.int32),
            (position + (kind != 1)).astype(np.int32),
            token.astype(np.int32),
        )

    def apply(self, kind: str, position: int, token: int) -> list[int]:
        ids = list(self.ids)
        if kind == "substitution":
            ids[position] = token
        elif kind == "insertion":
            ids.insert(position, token)
        else:
            del ids[position]
        return ids


def tokens_of(representation: Representation) -> NDArray[np.int64]:
    """The tokens that may stand in a sequence that decodes, rising: all, where the tokenizer does not say."""
    tokenizer = representation.tokenizer
    return tokenizer.possible if isinstance(tokenizer, Partial) else np.arange(len(representation.vocabulary))


def drawn(representation: Representation, tree: Node, ranks: Callable[[TokenNeighbors], NDArray[np.int64]]) -> Neighborhood:
    """The edits of these ranks among those to tokens that can stand in an expression: edits to the others never decode, and are
    counted without being drawn."""
    ids, size = representation.encode(tree), len(representation.vocabulary)
    whole, known = TokenNeighbors(tuple(ids), size), tokens_of(representation)
    places = np.searchsorted(known, ids)
    if not np.isin(ids, known).all():  # it says of a token that it writes that it cannot stand anywhere
        known, places = np.arange(size), np.array(ids, np.int64)
    neighbors = TokenNeighbors(tuple(places.tolist()), len(known))
    edits = []
    for rank in ranks(neighbors).tolist():
        kind, position, place = neighbors.at(rank)
        token = int(known[place]) if place >= 0 else -1
        edits.append(Edit(kind, position, token, representation.decode(whole.apply(kind, position, token))))
    return Neighborhood(len(whole), tuple(edits), size - len(known))


_PROMISES = Promises(exact=True, symmetric=True, inverse="insertion<->deletion", unit=True)


@dataclass(frozen=True, slots=True)
class TokenEdits:
    """Substitution, insertion and deletion of one token."""

    name: str = "token"
    promises: Promises = _PROMISES

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        return drawn(representation, tree, lambda neighbors: draw_ranks(len(neighbors), limit, rng))

    def token_steps(self, ids: Sequence[int], vocabulary_size: int, limit: int | None, rng: np.random.Generator) -> Steps:
        """See `SequenceOperator`."""
        neighbors = TokenNeighbors(tuple(ids), vocabulary_size)
        return neighbors.many(draw_ranks(len(neighbors), limit, rng))
