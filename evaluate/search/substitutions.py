"""How far the meaning moves when a number is written as another: what both local searches know of κ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import Node, number_paths, with_value
from ...representations.representation import Representation
from ...tokenizers.base import Invalid
from ..domains.domain import domain as find_domain
from ..edits.base import Edit, Neighborhood, Promises, draw_ranks
from ..kappa.kappa import measure_all
from .data import SearchData

Floats = NDArray[np.float64]
Targets = Callable[[int], Sequence[int]]
_PROMISES = Promises()


@dataclass(frozen=True, slots=True)
class NumberEdits:
    """An edit operator: each number of the decoded tree, which is one of `centers`, becomes each of `targets(its index)`.

    Made for local searches: an edit's `position` is the index of the center that was there, its `token` of the one put there.
    """

    centers: tuple[float, ...]
    targets: Targets
    name: str = "number"
    promises: Promises = _PROMISES

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        decoded = representation.round_trip(tree)
        if isinstance(decoded, Invalid):
            return Neighborhood(0, ())
        index = {c: i for i, c in enumerate(self.centers)}
        numbers = [(path, index[v]) for path in number_paths(decoded) if (v := decoded.at(path).value) in index]
        every = [(path, here, there) for path, here in numbers for there in self.targets(here) if there != here]
        drawn = [every[rank] for rank in draw_ranks(len(every), limit, rng)]
        edits = [Edit("number", here, there, with_value(decoded, p, self.centers[there])) for p, here, there in drawn]
        return Neighborhood(len(every), tuple(edits))


def substitution_distances(
    data: SearchData, chosen: Representation, centers: Sequence[float], targets: Targets, limit: int | None
) -> tuple[Floats, Floats]:
    """Sums and counts (K, K) of the distances that the meaning moves, over the corpus, when center i is replaced by j.

    Over the corpus rather than the searched half alone: that holds too few numbers to say what each center is good for. At most
    `limit` replacements per expression. Unresolved ones have no distance and count nowhere.
    """
    chosen_domain = find_domain(data.domain)
    operator = NumberEdits(tuple(centers), targets)
    kappa = measure_all(
        chosen,
        data.corpus,
        chosen_domain,
        find_domain(data.domain).distance(data.metric),
        operator,
        invalid=data.invalid,
        edits_per_expression=limit,
        seed=data.seed,
    )
    sums, counts = np.zeros((len(centers), len(centers))), np.zeros((len(centers), len(centers)))
    for m in kappa.measured:
        known = ~np.isnan(m.distance)
        where = (m.positions[known], m.tokens[known])
        np.add.at(sums, where, m.distance[known])
        np.add.at(counts, where, 1.0)
    return sums, counts
