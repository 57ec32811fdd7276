"""Another expression in place of the whole: how far two independent expressions of a domain lie apart, by κ's own machinery.

It is no edit in the sense of a small step, and no word of `--edits`: what a step moves the meaning is told relative to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...grammars.tree import Node, System, variables
from ...representations.representation import Representation
from ..domains.domain import Domain
from .base import Edit, Neighborhood, Promises

_PROMISES = Promises(own=True)


@dataclass(frozen=True, slots=True)
class Independent:
    """The edits of an expression are `others` that have a distance to it at all, the expression itself left out: all, or `limit`
    distinct ones drawn."""

    domain: Domain
    others: Sequence[Node]
    name: str = "independent"
    promises: Promises = field(default=_PROMISES)

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        names = range(len(tree.children) if self.domain.closed else max(variables(tree), default=-1) + 1)
        original = System(tree, tuple(f"x_{i}" for i in names))
        found: list[Edit] = []
        for i in rng.permutation(len(self.others)).tolist():
            if len(found) == limit:
                break
            if self.others[i] != tree and self.domain.comparable(self.others[i], original):
                found.append(Edit("another", 0, -1, self.others[i]))
        return Neighborhood(len(self.others), tuple(found))
