"""Simulated learners of which is known what they depend on: whether a design finds what it looks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..streams import generator
from .verdict import OUTCOMES, Slope, verdict

P = TypeVar("P")
_AT = 0.7
"""Normalized Q where nothing is lost."""


@dataclass(frozen=True, slots=True)
class Learner(Generic[P]):
    """`loses`: how much of normalized Q it loses in a training that is planned so. `says`: the verdict that it should get, "" for
    any but supported."""

    name: str
    words: str
    loses: Callable[[P], float]
    says: str


def verdicts(
    plan: Sequence[P],
    learner: Learner[P],
    spread: float,
    *,
    row: Callable[[P], Mapping[str, Any]],
    judged: Callable[[Sequence[Mapping[str, Any]]], Slope],
    runs: int,
    seed: int,
) -> dict[str, float]:
    """The share of simulated studies that end with each verdict, where trainings of one level differ by `spread` (standard
    deviation of normalized Q). `row`: what the table has of a training but its quality; `judged`: the tested slope."""
    rng, found = generator(seed, "power"), Counter[str]()
    rows, loses = [row(one) for one in plan], [learner.loses(one) for one in plan]
    for _ in range(runs):
        noise = spread * rng.standard_normal(len(plan))
        quality = [{**own, "quality_share": _AT - lost + e} for own, lost, e in zip(rows, loses, noise, strict=True)]
        found[verdict(judged(quality))] += 1
    return {outcome: found[outcome] / runs for outcome in OUTCOMES}
