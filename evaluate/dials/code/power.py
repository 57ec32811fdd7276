"""Whether a design can find what it looks for: simulated learners of which is known what they depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...streams import generator
from ..verdict import INTEREST, OUTCOMES, verdict
from .design import Planned
from .judging import judged

_AT = 0.7
"""Normalized Q where nothing is lost."""


@dataclass(frozen=True, slots=True)
class Learner:
    """A simulated one: `loses` is how much of normalized Q it loses on a table. `says`: the verdict that it should get."""

    name: str
    words: str
    loses: Callable[[Planned], float]
    says: str


LEARNERS = (
    Learner("kappa", "loses by κ̄, at the smallest slope of interest", lambda p: INTEREST * p.kappa, "supported"),
    Learner("nothing", "loses nothing", lambda p: 0.0, "equivalent to nothing"),
    Learner("arbitrary", "loses 0.15 where every word is out of place", lambda p: 0.15 * p.arbitrary, ""),
    Learner("arbitrary-soon", "loses most of it as soon as some are", lambda p: 0.15 * p.arbitrary**0.25, ""),
    Learner("late", "loses 0.15 where nothing is said before the last token", lambda p: 0.15 * (1 - p.early), ""),
    Learner("late-soon", "loses most of it as soon as something is said late", lambda p: 0.15 * (1 - p.early) ** 0.5, ""),
    Learner("late-last", "loses it only where nearly nothing is said early", lambda p: 0.15 * (1 - p.early) ** 2, ""),
    Learner("length", "loses by length, which is the same for all", lambda p: 0.15, ""),
)
"""Those that should be neither supported nor contradicted have no verdict to get."""


def shares(plan: Sequence[Planned], learner: Learner, spread: float, runs: int = 200, seed: int = 0) -> dict[str, float]:
    """The share of simulated studies that end with each verdict, where trainings of one level differ by `spread` (standard
    deviation of normalized Q)."""
    rng, found = generator(seed, "power"), Counter[str]()
    loses = [learner.loses(p) for p in plan]
    for _ in range(runs):
        noise = spread * rng.standard_normal(len(plan))
        rows = [
            {"role": p.level.role, "kappa": p.kappa, "early": p.early, "quality_share": _AT - lost + e}
            for p, lost, e in zip(plan, loses, noise, strict=True)
        ]
        found[verdict(judged(rows))] += 1
    return {outcome: found[outcome] / runs for outcome in OUTCOMES}
