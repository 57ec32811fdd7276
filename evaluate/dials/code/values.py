"""Systems whose coefficients are drawn uniformly from a list, so that every code for the list has equal shares of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....grammars.draw.sampler import Sampler
from ....grammars.tree import Path, System, coefficient_paths, number, system, with_value
from ...domains.domain import Domain
from ...domains.metrics import distances
from ...semantics.base import Status

Floats = NDArray[np.float64]


def spaced(n: int, low: float, high: float) -> tuple[float, ...]:
    """n values evenly in their logarithm, both ends included."""
    return tuple(float(v) for v in np.geomspace(low, high, n))


def ratios(values: Sequence[float]) -> Floats:
    """(K, K): |v - w| / (v + w), the bounded-l2 distance of two behaviors that the numbers scale."""
    v = np.asarray(values)
    return np.asarray(np.abs(v[:, None] - v[None]) / (v[:, None] + v[None]))


@dataclass(frozen=True, slots=True)
class Moved:
    """`distance`: (K, K), symmetric, mean over `places`; `left_out`: places at which some value has no behavior."""

    distance: Floats
    places: int
    left_out: int


def moved(domain: Domain, systems: Sequence[System], values: Sequence[float]) -> Moved:
    """How far the meaning moves when one value stands where another was: mean over the places of a system's coefficients, then
    over systems, as κ̄ is. Over the pairs that a table makes neighbors its mean (`codes.level`) is κ̄ over substitutions within
    words, of these systems with their coefficients anywhere among the values.

    A place at which any of the values gives no whole behavior is left out and counted. Raises ValueError where none is left.
    """
    means, places, left_out = [], 0, 0
    for one in systems:
        found = [d for path in coefficient_paths(one.tree) if (d := _moved_at(domain, one, path, values)) is not None]
        places += len(found)
        left_out += len(coefficient_paths(one.tree)) - len(found)
        means += [np.mean(found, axis=0)] if found else []
    if not means:
        raise ValueError(f"at none of {left_out} places has every value a behavior")
    mean = np.mean(means, axis=0)
    return Moved((mean + mean.T) / 2, places, left_out)


def _moved_at(domain: Domain, one: System, path: Path, values: Sequence[float]) -> Floats | None:
    trees = [with_value(one.tree, path, v) for v in values]
    behaviors = domain.semantics.simulate(trees, [domain.semantics.setting(one)] * len(trees))
    if any(int(b.status.max()) != Status.OK for b in behaviors):
        return None
    every = np.stack([b.y[0] for b in behaviors])
    return np.stack([distances(domain.distance(), own, every) for own in every])


@dataclass(frozen=True, slots=True)
class OnValues:
    """What `sampler` draws, each coefficient replaced by one of `values`, all equally likely. They are positive: a leading sign
    goes."""

    sampler: Sampler
    values: tuple[float, ...]

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        drawn = self.sampler.draw(rng)
        tree = drawn.tree
        for path in coefficient_paths(tree):
            tree = with_value(tree, path, self.values[int(rng.integers(len(self.values)))])
        return replace(drawn, tree=tree)


def constants(values: Sequence[float], ranges: tuple[tuple[float, float], ...]) -> list[System]:
    """y = v for each value: what copying is learned from."""
    return [System(system(number(v)), ("x_0",), "function", ranges=ranges, name=f"copy-{i}") for i, v in enumerate(values)]
