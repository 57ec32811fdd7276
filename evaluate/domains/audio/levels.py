"""The levels of μ-law telephony: the 255 numbers of 16 bits that eight bits of a sample may mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node, system

Floats = NDArray[np.float64]

RATE = 8000
"""Samples per second."""
LONGEST = 96
"""Samples of a sound, at most: 12 ms. A model sees 32 points of a behavior, so one in three; and learns codes of this length in
minutes."""
FULL = 1 << 15
"""What is 1 in a waveform."""
_BIAS = 0x84


def _levels() -> tuple[int, ...]:
    """ITU-T Recommendation G.711 (11/1988), table 2: in each of eight segments sixteen values, twice as far apart as in the one
    before. Both of its zeros are one number."""
    positive = [(((step << 3) + _BIAS) << segment) - _BIAS for segment in range(8) for step in range(16)]
    return (*(-level for level in positive[:0:-1]), *positive)


LEVELS = _levels()
_NUMBERS = np.array(LEVELS, np.float64)
_BETWEEN = (_NUMBERS[1:] + _NUMBERS[:-1]) / 2
_LEAVES = tuple(Node(str(level)) for level in LEVELS)


def nearest(waveform: Floats) -> NDArray[np.int64]:
    """(n,) samples, 1 being full scale -> the indices of the nearest levels, the lower of two."""
    return np.searchsorted(_BETWEEN, np.asarray(waveform) * FULL)


def tree_of(levels: Sequence[int]) -> Node:
    """The sequence of levels with these indices."""
    return system(*(_LEAVES[i] for i in levels))
