"""Operators that need something before they have neighborhoods: a model, for plausible edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.files.bank import bank
from ...grammars.tree import Node
from ...representations.representation import Representation
from ..edits.base import EditOperator
from ..edits.plausible import Plausible
from ..edits.plausible_recipe import PlausibleRecipe, Preparing
from ..events import silent
from .base import Subject

_MOST_VARIABLES = 2


@dataclass(frozen=True, slots=True)
class _StandIn:
    """A model that knows nothing and gives every sequence probabilities of its own: the operator's promises hold for any
    model."""

    size: int

    def left(self, ids: Sequence[int]) -> NDArray[np.float64]:
        drawn = np.random.default_rng([self.size, *ids]).random((len(ids), self.size))
        normal: NDArray[np.float64] = np.log(drawn / drawn.sum(axis=1, keepdims=True))
        return normal

    def whole(self, ids: Sequence[int], substitutions: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
        return np.array([np.random.default_rng([*ids, i, token]).normal() for i, token in substitutions])


def _stand_in(representation: Representation, _: Node) -> _StandIn:
    return _StandIn(len(representation.vocabulary))


_READY: dict[tuple[int, str], EditOperator] = {}


def ready(subject: Subject, representation: Representation) -> EditOperator:
    """The subject's operator for a representation: of `plausible` the law with a stand-in for its model, of a user's `Preparing`
    one what it prepares on the bank's small systems, and any other as it is.
    """
    item: EditOperator = subject.item
    if isinstance(item, PlausibleRecipe):
        return Plausible(_stand_in, item.context, item.k)
    if not isinstance(item, Preparing):
        return item
    key = (id(item), representation.spec)
    if key not in _READY:
        small = [s for s in bank(subject.grammar) if s.dim <= _MOST_VARIABLES]
        _READY[key] = item.prepared(representation, subject.domain, small, 0, silent)
    return _READY[key]
