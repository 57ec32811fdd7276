"""Whether averages along a trajectory have settled: their errors, whether halves agree, whether the state has come round.

All of it in the trajectory's own time: a run that saw a hundredth of a turn has small scatter and knows nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_BLOCKS, FEWEST_BLOCKS = 128, 32
"""Into how many blocks the run is cut for the standard error: long ones are independent where short ones are not."""
GROWS, FURTHER = 1.25, 2.0
"""From 128 to 32 blocks the error of independent ones grows by more than 1.25 once in a hundred times. From 32 blocks to 2 are
twice as many doublings as from 128 to 32."""
ROUNDS = 8
"""How often a variable must pass its own trend before it counts as having come round."""
REST, STRAIGHT = 1e-9, 1e-9
"""Of its size: a variable that moves less is at rest. Of its way: one that leaves the straight line by less goes on for ever."""
DIFFERENT = 3.0
"""Halves of a run that differ by more standard errors do not agree."""


def standard_error(means: Floats) -> Floats:
    """Standard error of the mean over successive blocks (blocks, k): (k,), the largest found with 32, 64 and 128 blocks, or
    larger; 0 for what is infinite.

    Neighboring short blocks are correlated, either way: slow mixing makes them promise too much, a periodic motion cut anywhere
    too little (Flyvbjerg and Petersen, J. Chem. Phys. 91, 1989). Where even the longest are correlated, the error grows with
    their length still, and is taken to go on as it did, as a power: the motion of a Hamiltonian that sticks to islands has no
    longest time.
    """
    means = np.where(np.isfinite(means).all(axis=0), means, 0.0)
    errors = []
    while len(means) >= FEWEST_BLOCKS:
        if len(means) <= MOST_BLOCKS:
            errors.append(means.std(axis=0, ddof=1) / np.sqrt(len(means)))
        half = len(means) // 2
        means = 0.5 * (means[: 2 * half : 2] + means[1 : 2 * half : 2])
    if not errors:
        return np.zeros(means.shape[1])
    growth = errors[-1] / np.where(errors[0] > 0.0, errors[0], 1.0)
    worst: Floats = np.max(errors, axis=0) * np.where((growth > GROWS) & (len(errors) > 2), growth**FURTHER, 1.0)
    return worst


def halves_agree(means: Floats, floor: Floats) -> bool:
    """Whether the first and the second half have the same mean, as far as their errors and `floor` (k,) can tell."""
    half = len(means) // 2
    first, second = means[:half], means[half:]
    finite = np.isfinite(means).all(axis=0)
    if (np.isneginf(first).any(axis=0) != np.isneginf(second).any(axis=0)).any():
        return False
    error = np.hypot(standard_error(first), standard_error(second)) + floor
    gap = np.abs(first[:, finite].mean(axis=0) - second[:, finite].mean(axis=0))
    return bool((gap <= DIFFERENT * error[finite]).all())


def not_come_round(states: Floats, size: Floats) -> list[int]:
    """The variables of the states (n, D) that neither rest, nor go on in a straight line, nor have passed their own trend
    `ROUNDS` times.

    `size` (D,): how large each is, at its largest.
    """
    n = len(states)
    line = np.column_stack([np.ones(n), np.linspace(-1.0, 1.0, n)])
    rest = states - line @ np.linalg.lstsq(line, states, rcond=None)[0]
    reach, way = np.ptp(rest, axis=0), np.ptp(states, axis=0)
    passed = (np.signbit(rest[1:]) != np.signbit(rest[:-1])).sum(axis=0)
    settled = (way <= REST * size) | (reach <= STRAIGHT * way) | (passed >= ROUNDS)
    return [int(d) for d in np.flatnonzero(~settled)]
