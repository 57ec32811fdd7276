"""Which draws to keep so that traits of whole systems have the corpus's shares.

A grammar that chooses one by one gets sums right term by term, and yet repeats a term more often than the corpus does. So draws
are weighted by a product of one factor per trait, such that every trait's shares come out as they are in the corpus: iterative
proportional fitting (Deming & Stephan 1940), which of all weightings with these shares is the nearest to none (Csiszár 1975).
The weight, over one that is cut off at, is the probability of keeping a draw. Shares of few systems are drawn towards the
grammar's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...operators import Operators
from ...tree import System
from .traits import Traits, common_operators, shares, size_classes, traits

Floats = NDArray[np.float64]

PRIOR = 10.0
"""Systems that the grammar's own share of a trait weighs as much as."""
_ROUNDS = 30
_FARTHEST = 8.0
KEPT = 0.5
"""Share of the draws that are kept: with the largest weights cut off so far, since what is thrown away takes as long."""


@dataclass(frozen=True, slots=True)
class Rake:
    """`factors`: trait -> what is had of it -> factor of its weight (1 for what is not listed). `large`: the weight from which
    on a draw is always kept."""

    factors: Mapping[str, Mapping[str, float]]
    large: float

    def chance(self, own: Traits) -> float:
        """The probability of keeping a draw that has these traits."""
        weight = 1.0
        for name, value in own.items():
            weight *= self.factors.get(name, {}).get(value, 1.0)
        return min(1.0, weight / self.large)


LEVEL = Rake({}, 1.0)
"""Every draw is kept."""


def rake(given: Sequence[Traits], drawn: Sequence[Traits]) -> Rake:
    """Factors that give what was drawn the traits of what was given."""
    if not given or not drawn:
        return LEVEL
    counts = shares(given)
    wanted = {name: _wanted(counts[name], own, len(given), len(drawn)) for name, own in shares(drawn).items()}
    factors: dict[str, dict[str, float]] = {name: dict.fromkeys(row, 1.0) for name, row in wanted.items()}
    weights = np.ones(len(drawn))
    for _ in range(_ROUNDS):
        for name, row in wanted.items():
            weights = _raked(name, row, factors[name], drawn, weights)
    return Rake(factors, _large(weights))


@dataclass(frozen=True, slots=True)
class Tilt:
    """Factors of the traits of whole systems. `sizes`, `counted`: see `traits`."""

    rake: Rake
    sizes: tuple[int, ...]
    counted: tuple[str, ...]

    def chance(self, system: System, operators: Operators) -> float:
        """The probability of keeping a draw."""
        return self.rake.chance(traits(system, operators, self.sizes, self.counted))


UPRIGHT = Tilt(LEVEL, (), ())
"""Every draw is kept."""


def tilted(corpus: Sequence[System], drawn: Sequence[System], operators: Operators) -> Tilt:
    """The tilt that gives draws like `drawn` the traits of the corpus."""
    sizes, counted = size_classes(corpus), common_operators(corpus, operators)
    ours, theirs = ([traits(s, operators, sizes, counted) for s in side] for side in (corpus, drawn))
    return Tilt(rake(ours, theirs), sizes, counted)


def _large(weights: Floats) -> float:
    """The weight beyond which all are kept, so that KEPT of them are."""
    low, high = float(weights.min()), float(weights.max())
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.minimum(1.0, weights / middle).mean() > KEPT else (low, middle)
    return high


def _wanted(given: Mapping[str, int], own: Mapping[str, int], n: int, drawn: int) -> dict[str, float]:
    """The shares to come to, of all that was drawn; what was never drawn cannot be weighted into being."""
    row = {value: (given.get(value, 0) + PRIOR * count / drawn) / (n + PRIOR) for value, count in own.items()}
    total = sum(row.values())
    return {value: share / total for value, share in row.items()}


def _raked(name: str, wanted: Mapping[str, float], factors: dict[str, float], ours: Sequence[Traits], weights: Floats) -> Floats:
    """Weights under which one trait has the shares wanted; its factors follow."""
    values = [row[name] for row in ours]
    total = dict.fromkeys(wanted, 0.0)
    for value, weight in zip(values, weights.tolist(), strict=True):
        total[value] += weight
    whole = sum(total.values())
    change: dict[str, float] = {}
    for value, share in wanted.items():
        after = min(max(factors[value] * share * whole / total[value], 1 / _FARTHEST), _FARTHEST)
        change[value] = after / factors[value]
        factors[value] = after
    return np.asarray(weights * np.array([change[value] for value in values]))
