"""How far two folds are from each other: (…, T, 1) -> (…), by the contacts that both have, or by how stable they are."""

from __future__ import annotations

import math
import sys
from functools import cache

import numpy as np
from numba import float64, int64, types, void
from numpy.typing import NDArray

from ....tokenizers.machines.jit import Kernel, inner, kernel
from ..metrics import Metric
from . import walks
from .walks import FORWARD, LEFT, TURNS, Ints

Floats = NDArray[np.float64]


@inner
def _laid(turns: Ints, x: Ints, y: Ints) -> int:
    """Where each bead of a walk lies, and how many there are: none where there is no turn."""
    beads, dx, dy = 0, 1, 0
    for turn in turns:
        if turn <= 0:
            break
        if not beads:
            x[0], y[0], x[1], y[1], beads = 0, 0, 1, 0, 2
        if turn != FORWARD:
            dx, dy = (-dy, dx) if turn == LEFT else (dy, -dx)
        x[beads], y[beads] = x[beads - 1] + dx, y[beads - 1] + dy
        beads += 1
    return beads


@inner
def _touching(beads: int, x: Ints, y: Ints, first: Ints, second: Ints) -> int:
    """The contacts of a chain, as pairs of beads, and how many there are."""
    found = 0
    for k in range(3, beads):
        for j in range(1 - k % 2, k - 2, 2):
            if abs(x[k] - x[j]) + abs(y[k] - y[j]) == 1:
                first[found], second[found] = j, k
                found += 1
    return found


def compared_kernel(stamp: int) -> Kernel:
    """`compared`, not yet compiled; see `jit.Source`."""

    def compared(reference: Floats, others: Floats, found: Ints) -> None:
        """Walks (n, T), or one (1, T), to walks (n, T), as turns: the contacts of one, of the other, and of both, in found
        (n, 3)."""
        if stamp < 0:  # never
            return
        room = reference.shape[1] + 2
        place, pair = np.empty((4, room), np.int64), np.empty((4, room * room), np.int64)
        beads = own = 0
        for n in range(len(others)):
            long, short = 0, 1
            if n < len(reference):
                beads = _laid(reference[n], place[0], place[1])
                own = _touching(beads, place[0], place[1], pair[0], pair[1])
            size = beads, _laid(others[n], place[2], place[3])
            other = _touching(size[1], place[2], place[3], pair[2], pair[3])
            if size[0] < size[1]:
                long, short = 1, 0
            most = 0
            for shift in range(size[long] - size[short] + 1):
                both = 0
                for i in range(own if short == 0 else other):
                    j, k = pair[2 * short, i] + shift, pair[2 * short + 1, i] + shift
                    apart = abs(place[2 * long, k] - place[2 * long, j]) + abs(place[2 * long + 1, k] - place[2 * long + 1, j])
                    both += apart == 1
                most = max(most, both)
            found[n, 0], found[n, 1], found[n, 2] = own, other, most

    return compared


@cache
def compared() -> Kernel:
    """Compiled, on first use."""
    rows = types.Array(float64, 2, "A", readonly=True)
    return kernel(compared_kernel, void(rows, rows, int64[:, ::1]), (sys.modules[__name__], walks))


def shared(reference: Floats, other: Floats) -> NDArray[np.int64]:
    """The contacts of two folds, and how many both have: (…, 3). Of two lengths the shorter chain is laid along the longer one
    where that gives most: at one of their difference + 1 places, none of which leaves a bead of it alone."""
    x, y = (np.asarray(part[..., :TURNS, 0], np.float64) for part in (reference, other))
    shape = np.broadcast_shapes(x.shape, y.shape)
    found = np.zeros((math.prod(shape[:-1]), 3), np.int64)
    one = x if x.size == TURNS else np.broadcast_to(x, shape)
    others = y if y.shape == shape else np.broadcast_to(y, shape)
    compared()(one.reshape(-1, TURNS), others.reshape(-1, TURNS), found)
    return found.reshape(*shape[:-1], 3)


def contacts(reference: Floats, other: Floats) -> Floats:
    """1 - the contacts that both have over those of the fold that has more; 0 where neither has any."""
    found = shared(reference, other)
    most = found[..., :2].max(axis=-1)
    return np.asarray(np.where(most > 0, 1.0 - found[..., 2] / np.maximum(most, 1), 0.0))


def stability(reference: Floats, other: Floats) -> Floats:
    """By what share of the higher one two folding temperatures differ, whatever the folds: see `tables.folding_temperatures`."""
    x, y = np.broadcast_arrays(reference[..., TURNS, 0], other[..., TURNS, 0])
    most = np.maximum(x, y)
    return np.asarray(np.where(most > 0, np.abs(x - y) / np.where(most > 0, most, 1.0), 0.0))


METRICS = (Metric("contacts", contacts, d_max=1.0), Metric("stability", stability, d_max=1.0))
