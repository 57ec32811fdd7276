"""What the edits of an expression weigh: drawn ones, weighted ones, and those that are invalid for certain and have no row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..statistics.estimate import Constant
from .measure import Measured

Floats = NDArray[np.float64]


def is_whole(item: Measured) -> bool:
    """Whether all of an expression's neighborhood that decodes has a distance: the largest of a part may not be the largest."""
    return item.exact and not (np.isnan(item.distance) & ~item.outcomes.mask("invalid")).any()


def weight(item: Measured, mask: NDArray[np.bool_]) -> float:
    """What the masked edits weigh together: their number, where the law is uniform. Those that were drawn from among the edits
    that may decode stand for all of these."""
    weights = item.weights if item.counts is None else item.counts
    return (float(mask.sum()) if weights is None else float(weights[mask].sum())) * _scale(item)


def _scale(item: Measured) -> float:
    """How many edits that may decode there are for each that was drawn; 1 where nothing is known to be invalid undrawn."""
    if item.undrawn is None or not item.n_edits:
        return 1.0
    return (item.size - item.undrawn.total) / item.n_edits


def share(item: Measured, mask: NDArray[np.bool_]) -> float:
    """The share of an expression's edits, by weight, that the mask says."""
    undrawn = 0 if item.undrawn is None else item.undrawn.total
    return weighed_share(item, np.ones(len(mask), dtype=bool), mask, undrawn)


def weighed_share(item: Measured, group: NDArray[np.bool_], mask: NDArray[np.bool_], undrawn: int = 0) -> float:
    """The share of a group of edits, by weight, that the mask says; NaN of a group without weight. `undrawn`: how many edits of
    the group have no row; the mask says none of them."""
    total = weight(item, group) + undrawn
    return weight(item, group & mask) / total if total else float("nan")


def invalid_share(item: Measured, group: NDArray[np.bool_], undrawn: int = 0) -> float:
    """The share of a group of edits, by weight, that do not decode; `undrawn` as above."""
    total = weight(item, group) + undrawn
    return (weight(item, group & item.outcomes.mask("invalid")) + undrawn) / total if total else float("nan")


def beside(item: Measured, value: float, mask: NDArray[np.bool_], undrawn: int) -> Constant | None:
    """The edits of a group that have no row, all of one distance; None where there are none."""
    return Constant(value, undrawn, round(weight(item, mask))) if undrawn else None
