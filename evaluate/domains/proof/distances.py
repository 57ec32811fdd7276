"""How far two theorems are from each other: (…, T, 1) codes -> (…), by what they have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..metrics import Metric
from .formulas import compared

Floats = NDArray[np.float64]


def told(reference: Floats, other: Floats) -> NDArray[np.int64]:
    """What each of two theorems says, and what both do: (…, 3). A formula says its connectives, and of each variable that it is
    the same at every further place. A generalization that is no renaming says less, so two formulas say as much as what they have
    in common (their least general generalization) if and only if they are the same up to names."""
    x, y = np.broadcast_arrays(reference, other)
    shape, length = x.shape[:-2], x.shape[-2]
    found = np.zeros((int(np.prod(shape, dtype=int)), 3), np.int64)
    first, second = (np.ascontiguousarray(part[..., 0]).reshape(-1, length).astype(np.int8) for part in (x, y))
    compared()(first, second, found)
    return found.reshape(*shape, 3)


def generalization(reference: Floats, other: Floats) -> Floats:
    """1 - what both say over what the one that says more does: 0 for the same theorem, 1 for two that have nothing in common."""
    found = told(reference, other)
    most = found[..., :2].max(axis=-1)
    return np.asarray(np.where(most > 0, 1.0 - found[..., 2] / np.maximum(most, 1), 0.0))


def subsumption(reference: Floats, other: Floats) -> Floats:
    """0 for the same theorem, 1/2 where one is an instance of the other, 1 for any other."""
    found = told(reference, other)
    return np.asarray(1.0 - 0.5 * (found[..., :1] == found[..., 2:])[..., 0] - 0.5 * (found[..., 1] == found[..., 2]))


METRICS = (Metric("generalization", generalization, d_max=1.0), Metric("subsumption", subsumption, d_max=1.0))
