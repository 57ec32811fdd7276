"""Coefficient edits: one number moved by a relative step."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from ...grammars.tree import Node, Path, coefficient_paths, with_value
from ...representations.representation import Representation
from ...tokenizers.base import Invalid
from .base import Edit, Neighborhood, Promises, draw_ranks, first_tokens, position_of

_PROMISES = Promises(exact=True, own=True)


@dataclass(frozen=True, slots=True)
class CoefficientEdits:
    """Each coefficient multiplied by 1 + step and 1 - step (Section 5.1 of the paper); a zero is moved by ± step.

    Works on the expression itself and not on what its tokens decode to, so that no notation and no codec has a part in it. Whole
    exponents are no coefficients (`coefficient_paths`). `position` is the first token that writes the number.
    """

    step: float = 0.01
    name: str = "coefficient"
    promises: Promises = _PROMISES

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        """Raises `EncodeError` where the vocabulary cannot write the tree."""
        reference = representation.unrounded(tree)
        starts = first_tokens(representation, tree)
        paths = coefficient_paths(reference)
        ranks = draw_ranks(2 * len(paths), limit, rng)
        edits = [self._nudge(reference, paths[rank // 2], 1 - 2 * (rank % 2), starts) for rank in ranks.tolist()]
        return Neighborhood(2 * len(paths), tuple(edits))

    def _nudge(self, tree: Node, path: Path, sign: int, starts: dict[Path, int]) -> Edit:
        moved, at = nudged(tree, path, sign * self.step), position_of(path, starts)
        there = isfinite(moved.at(path).value or 0.0)
        return Edit("nudge", at, -1, moved if there else Invalid("the number is larger than any float", at))


def nudged(tree: Node, path: Path, step: float) -> Node:
    """The tree with the coefficient at `path` multiplied by 1 + step; a zero becomes `step` (`nudge_scale`)."""
    return with_value(tree, path, (tree.at(path).value or 0.0) + step * nudge_scale(tree, path))


def nudge_scale(tree: Node, path: Path) -> float:
    """What a relative step of a coefficient is relative to: its value, or 1 for a zero."""
    return tree.at(path).value or 1.0
