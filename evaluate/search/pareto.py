"""Fronts, their volume and their knee: small exact functions of points that are to be small in every coordinate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def dominates(a: Sequence[float] | Floats, b: Sequence[float] | Floats) -> bool:
    """Whether a is at most b everywhere, and below it somewhere."""
    x, y = np.asarray(a), np.asarray(b)
    return bool((x <= y).all() and (x < y).any())


def on_front(points: Floats) -> NDArray[np.bool_]:
    """(n,): which of the points (n, d) no other dominates, equal points included. Rows with NaN are not."""
    undominated = [not ((points <= p).all(axis=1) & (points < p).any(axis=1)).any() for p in points]
    return np.array(undominated, dtype=bool) & ~np.isnan(points).any(axis=1)


def front(points: Floats) -> list[int]:
    """Indices of the points (n, d) that no other dominates, in order; of equal points the first. Rows with NaN are left out."""
    first: dict[tuple[float, ...], int] = {}
    for i in np.flatnonzero(on_front(points)).tolist():
        first.setdefault(tuple(points[i].tolist()), i)
    return list(first.values())


def hypervolume(points: Floats, reference: Sequence[float] | Floats) -> float:
    """Volume that the points (n, d) dominate below `reference`, exactly; points not below it in every coordinate count nothing.

    By slices along the last coordinate (While et al. 2006, "A faster algorithm for calculating hypervolume", in its plain
    form): fast enough for the few hundred points and two to four coordinates of a search.
    """
    worst = np.asarray(reference, dtype=float)
    inside = np.asarray(points, dtype=float).reshape(-1, len(worst))
    inside = inside[(inside < worst).all(axis=1)]
    return _volume(inside[front(inside)], worst) if len(inside) else 0.0


def _volume(points: Floats, worst: Floats) -> float:
    if len(worst) == 1:
        return float(worst[0] - points[:, 0].min())
    ordered = points[np.argsort(points[:, -1], kind="stable")]
    heights = np.append(ordered[:, -1], worst[-1])
    total = 0.0
    for i in range(len(ordered)):
        thickness = float(heights[i + 1] - heights[i])
        if thickness > 0:
            below = ordered[: i + 1, :-1]
            total += thickness * _volume(below[front(below)], worst[:-1])
    return total


def knee(points: Floats) -> int:
    """Index of the knee of a front (n, d): the point farthest below the plane through the best point of each coordinate, each
    coordinate scaled to [0, 1] over the front. In two coordinates: the largest distance to the chord between the ends (Das 1999,
    "On characterizing the 'knee' of the Pareto curve"). After that scaling the plane through the ends is where the coordinates
    sum to one, if the best of one is the worst of the others; this takes that plane always, hence the least sum. The first of
    equals."""
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    return int(np.argmin(((points - low) / span).sum(axis=1)))
