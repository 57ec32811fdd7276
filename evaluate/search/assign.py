"""Choosing which code stands for which number, so that an edit of one token of a code moves the meaning little.

K centers are written with n digits of a base B, B^n >= K. A substitution within a code leads to the codes that differ in one
digit; which numbers those are is a matter of assignment. The sum over such pairs of the distance that one number moves the
behavior in the other's place is minimized by swapping codes: a quadratic assignment problem, by steepest descent
from the natural, the reflected (Gray) and random assignments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...tokenizers.codecs.centers import Centers
from ..domains.domain import domain as find_domain
from ..streams import generator
from .data import SearchData
from .fitting import take
from .substitutions import substitution_distances

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Code = tuple[int, ...]

_STARTS = 6
"""Random assignments to start from, beside the natural and the reflected one."""
_TARGETS = 16
"""Numbers tried in place of each, beside its neighbors."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """`energies`: mean distance moved by a substitution within a number, as estimated, of the natural assignment, the reflected
    one and the chosen one. Substitutions to codes that stand for nothing count as the policy for invalid edits says; where
    that leaves them out, as the mean of all others, so that such codes neither attract nor repel."""

    codec: Centers
    start: str
    energies: tuple[float, float, float]


def assign(data: SearchData, spec: str, digits: int = 2, limit: int | None = 256) -> Assigned:
    """Codes of `digits` tokens for the centers of a spec with `bins` or `centers`. `limit`: replacements tried per expression.

    Raises `SpecError` where the spec's codec has no centers.
    """
    taken = take(data, spec)
    k = len(taken.centers)
    base = _base(k, digits)
    rng = generator(data.seed, "assign", k, digits)
    picks = [sorted({*_nearby(i, k), *rng.choice(k, size=min(_TARGETS, k), replace=False).tolist()}) for i in range(k)]
    plain = Centers(taken.centers)
    sums, counts = substitution_distances(data, taken.with_codec(plain), taken.centers, lambda i: picks[i], limit)
    weights = np.array(taken.counts(plain), dtype=float)
    cost = pair_costs(sums, counts, weights)
    cells = np.array(list(product(range(base), repeat=digits)))
    near = (cells[:, None, :] != cells[None, :, :]).sum(axis=2) == 1
    share = weights / max(weights.sum(), 1.0)
    padded = np.zeros((len(cells), len(cells)))
    padded[:k, :k] = cost
    padded[:k, k:] = share[:, None] * _of_nothing(data, cost, k)
    padded[k:, :k] = padded[:k, k:].T
    starts = [np.arange(len(cells)), _reflected(base, digits)] + [rng.permutation(len(cells)) for _ in range(_STARTS)]
    optima = [descend(near.astype(float), padded, start) for start in starts]
    best = min(optima, key=lambda state: energy(near, padded, state))
    scale = float(near[0].sum())
    energies = [energy(near, padded, s) / scale for s in (starts[0], starts[1], best)]
    codes: list[Code] = [()] * k
    for cell, center in zip(cells.tolist(), best.tolist(), strict=True):
        if center < k:
            codes[center] = tuple(cell)
    return Assigned(Centers(taken.centers, tuple(codes)), taken.spec, (energies[0], energies[1], energies[2]))


def pair_costs(sums: Floats, counts: Floats, weights: Floats) -> Floats:
    """(K, K), symmetric: distance moved when one of two centers stands for the other, weighted by how often each is used.

    Pairs that were never tried take the mean of those as far apart in rank, or nearly.
    """
    k = len(weights)
    apart = np.abs(np.arange(k)[:, None] - np.arange(k)[None, :])
    bucket = np.floor(2.0 * np.log2(np.maximum(apart, 1))).astype(int)
    moved = np.full((k, k), sums.sum() / max(counts.sum(), 1.0))
    for b in range(int(bucket.max()) + 1):
        here = bucket == b
        if counts[here].sum():
            moved[here] = sums[here].sum() / counts[here].sum()
    known = counts > 0
    moved[known] = sums[known] / counts[known]
    share = weights / max(weights.sum(), 1.0)
    one_way = share[:, None] * moved
    cost = one_way + one_way.T
    np.fill_diagonal(cost, 0.0)
    return np.asarray(cost, dtype=float)


def energy(near: NDArray[np.bool_] | Floats, cost: Floats, state: Integers) -> float:
    """Sum of the costs of neighboring cells. `state[a]`: the center in cell a."""
    return float((near * cost[np.ix_(state, state)]).sum() / 2.0)


def swap_gains(near: Floats, cost: Floats, state: Integers) -> Floats:
    """(M, M): what the energy changes by when the contents of two cells are swapped. Both matrices symmetric, no diagonal."""
    placed = cost[np.ix_(state, state)]
    mixed = near @ placed
    own = np.diag(mixed)
    gains = mixed + mixed.T - own[:, None] - own[None, :] + 2.0 * near * placed
    return np.asarray(gains, dtype=float)


def descend(near: Floats, cost: Floats, start: Integers) -> Integers:
    """Swap the best two cells until no swap helps."""
    state = start.copy()
    floor = -1e-12 * max(energy(near, cost, state), 1e-300)
    while True:
        gains = swap_gains(near, cost, state)
        a, b = np.unravel_index(int(np.argmin(gains)), gains.shape)
        if gains[a, b] >= floor:
            return state
        state[[a, b]] = state[[b, a]]


def _of_nothing(data: SearchData, cost: Floats, k: int) -> float:
    """What a substitution that does not decode counts as."""
    if data.invalid == "exclude":
        # Each pair's cost is weighted by both its shares, which add up to one over all centers.
        return float(cost.sum() / (2.0 * max(k - 1, 1)))
    return float(find_domain(data.domain).distance(data.metric).d_max) if data.invalid == "worst" else 0.0


def _base(k: int, digits: int) -> int:
    base = 2
    while base**digits < k:
        base += 1
    return base


def _nearby(i: int, k: int) -> list[int]:
    return [j for j in (i - 2, i - 1, i + 1, i + 2) if 0 <= j < k]


def _reflected(base: int, digits: int) -> Integers:
    """The state of the reflected code: cells in its order hold centers 0, 1, 2, …, neighbors differing in one digit."""
    codes: list[Sequence[int]] = [()]
    for _ in range(digits):
        codes = [(d, *c) for d in range(base) for c in (codes if d % 2 == 0 else codes[::-1])]
    state = np.zeros(len(codes), dtype=np.int64)
    for rank, code in enumerate(codes):
        cell = 0
        for d in code:
            cell = cell * base + d
        state[cell] = rank
    return state
