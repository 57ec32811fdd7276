"""How far two secondary structures are from each other: (…, T, 1) -> (…), by their pairs, or by their mountains."""

from __future__ import annotations

import math
import sys
from functools import cache
from typing import Any

import numpy as np
from numba import float64, int64, types, void
from numpy.typing import NDArray

from ....tokenizers.machines.jit import Kernel, inner, kernel
from ..metrics import Metric
from . import folding
from .folding import CLOSING, LONGEST, OPENING

Floats = NDArray[np.float64]
Ints = NDArray[Any]


@inner
def _paired(structure: Floats, partner: Ints, height: Ints, stack: Ints) -> tuple[int, int, int]:
    """Of a structure: the partner of each base, -1 for none, and how many pairs are open behind it; its length, its pairs and the
    sum of the heights. A bracket without a partner is none."""
    size, depth, count = 0, 0, 0
    for symbol in structure:
        if symbol <= 0:
            break
        partner[size] = -1
        if symbol == OPENING:
            stack[depth] = size
            depth += 1
        elif symbol == CLOSING and depth:
            depth -= 1
            partner[size], partner[stack[depth]] = stack[depth], size
            count += 1
        size += 1
    total, open_now = 0, 0
    for i in range(size):
        if partner[i] > i:
            open_now += 1
        elif partner[i] >= 0:
            open_now -= 1
        height[i] = open_now
        total += open_now
    return size, count, total


def compared_kernel(stamp: int) -> Kernel:
    """`compared`, not yet compiled; see `jit.Source`."""

    def compared(reference: Floats, others: Floats, found: Ints) -> None:
        """Structures (n, T) to structures (n, T): the pairs of one, of the other and of both; the sums of the heights of one and
        of the other, and of their differences; in found (n, 6)."""
        if stamp < 0:  # never
            return
        room = reference.shape[1]
        partner, height = np.empty((2, room), np.int64), np.empty((2, room), np.int64)
        stack = np.empty(room, np.int64)
        for n in range(len(reference)):
            own = _paired(reference[n], partner[0], height[0], stack)
            other = _paired(others[n], partner[1], height[1], stack)
            long, short = (0, 1) if own[0] >= other[0] else (1, 0)
            size, least = max(own[0], other[0]), min(own[0], other[0])
            most, nearest = 0, own[2] + other[2]
            for shift in range(size - least + 1):
                both, apart = 0, 0
                for i in range(size):
                    j = i - shift
                    inside = 0 <= j < least
                    if inside and partner[short, j] > j and partner[long, i] == partner[short, j] + shift:
                        both += 1
                    apart += abs(height[long, i] - (height[short, j] if inside else 0))
                most, nearest = max(most, both), min(nearest, apart)
            found[n, 0], found[n, 1], found[n, 2] = own[1], other[1], most
            found[n, 3], found[n, 4], found[n, 5] = own[2], other[2], nearest

    return compared


@cache
def compared() -> Kernel:
    """Compiled, on first use."""
    rows = types.Array(float64, 2, "A", readonly=True)
    return kernel(compared_kernel, void(rows, rows, int64[:, ::1]), (sys.modules[__name__], folding))


def held_against(reference: Floats, other: Floats) -> NDArray[np.int64]:
    """What `compared` finds: (…, 6). Of two lengths the shorter structure is laid along the longer one, at one of their
    difference + 1 places, none of which leaves a base of it alone: the most common pairs and the least difference of heights
    over these."""
    x, y = (np.asarray(part[..., :LONGEST, 0], np.float64) for part in (reference, other))
    shape = np.broadcast_shapes(x.shape, y.shape)
    found = np.zeros((math.prod(shape[:-1]), 6), np.int64)
    compared()(*(np.broadcast_to(part, shape).reshape(-1, LONGEST) for part in (x, y)), found)
    return found.reshape(*shape[:-1], 6)


def base_pairs(reference: Floats, other: Floats) -> Floats:
    """The base-pair distance, of the pairs that one of two structures has and the other has not, over the pairs of both; 0 where
    neither has any."""
    found = held_against(reference, other)
    total = found[..., 0] + found[..., 1]
    return np.asarray(np.where(total > 0, 1.0 - 2.0 * found[..., 2] / np.maximum(total, 1), 0.0))


def mountain(reference: Floats, other: Floats) -> Floats:
    """The sum over all places of the differences of two structures' mountains over the sum of both; 0 where neither has a pair.
    A mountain is as high as pairs are open (P. Hogeweg & B. Hesper, Nucleic Acids Res. 12, 67 (1984); V. Moulton et al., J.
    Comput. Biol. 7, 277 (2000)): a helix that slips by one place is near, where it has no pair left of its own."""
    found = held_against(reference, other)
    total = found[..., 3] + found[..., 4]
    return np.asarray(np.where(total > 0, found[..., 5] / np.maximum(total, 1), 0.0))


METRICS = (Metric("base-pairs", base_pairs, d_max=1.0), Metric("mountain", mountain, d_max=1.0))
