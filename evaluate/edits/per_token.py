"""Token edits drawn token by token: the same number at each, so that a short look at one expression says something of every
token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import Node
from ...representations.representation import Representation
from .base import Neighborhood, Promises, Steps
from .token import TokenNeighbors, drawn

_PROMISES = Promises(unit=True)


@dataclass(frozen=True, slots=True)
class PerTokenEdits:
    """At each token `each` edits, drawn uniformly without replacement from all that are at it (all, where there are fewer).

    An edit is at the token that it substitutes or deletes, an insertion at the token that it stands before, at the end at the
    last one: as in `profile.Profile`. Of the whole neighborhood this is no uniform sample: tokens count alike, whatever their
    number of edits, so the κ family of an expression is not to be had from it. A `limit` cuts `each` down, so that no more are
    drawn in all.
    """

    each: int
    name: str = "token, equally many at each"
    promises: Promises = _PROMISES

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        return drawn(representation, tree, lambda neighbors: self.ranks(neighbors, limit, rng))

    def token_steps(self, ids: Sequence[int], vocabulary_size: int, limit: int | None, rng: np.random.Generator) -> Steps:
        """See `SequenceOperator`."""
        neighbors = TokenNeighbors(tuple(ids), vocabulary_size)
        return neighbors.many(self.ranks(neighbors, limit, rng))

    def ranks(self, neighbors: TokenNeighbors, limit: int | None, rng: np.random.Generator) -> NDArray[np.int64]:
        """The ranks drawn, ascending."""
        length, others = len(neighbors.ids), neighbors.vocabulary_size - 1
        substitutions, insertions, _ = neighbors.counts
        each = self.each if limit is None else min(self.each, limit // max(length, 1))
        runs = {position: number for number, position in enumerate(neighbors.runs)}
        ranks = []
        for position in range(length):
            last = neighbors.vocabulary_size if position == length - 1 else 0
            size = 2 * others + last + (position in runs)
            chosen = np.arange(size) if size <= each else rng.choice(size, each, replace=False, shuffle=False)
            # In the order of the sizes: substitutions, insertions before the token, insertions at the end, the deletion.
            starts = np.array([0, others, 2 * others, 2 * others + last])
            part = np.searchsorted(starts, chosen, side="right") - 1
            bases = np.array(
                [
                    position * others,
                    substitutions + position * others,
                    substitutions + length * others,
                    substitutions + insertions + runs.get(position, 0),
                ]
            )
            ranks.append(bases[part] + chosen - starts[part])
        return np.sort(np.concatenate(ranks)).astype(np.int64) if ranks else np.zeros(0, np.int64)
