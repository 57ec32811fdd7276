"""Whether a design can find what it looks for: simulated learners of which is known what they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..simulated import Learner, verdicts
from ..verdict import INTEREST
from .design import Planned
from .judging import judged

LEARNERS: tuple[Learner[Planned], ...] = (
    Learner("kappa", "loses by κ̄, at the smallest slope of interest", lambda p: INTEREST * p.kappa, "supported"),
    Learner("nothing", "loses nothing", lambda p: 0.0, "equivalent to nothing"),
    Learner("arbitrary", "loses 0.15 where every word is out of place", lambda p: 0.15 * p.arbitrary, ""),
    Learner("arbitrary-soon", "loses most of it as soon as some are", lambda p: 0.15 * p.arbitrary**0.25, ""),
    Learner("late", "loses 0.15 where nothing is said before the last token", lambda p: 0.15 * (1 - p.early), ""),
    Learner("late-soon", "loses most of it as soon as something is said late", lambda p: 0.15 * (1 - p.early) ** 0.5, ""),
    Learner("late-last", "loses it only where nearly nothing is said early", lambda p: 0.15 * (1 - p.early) ** 2, ""),
    Learner("length", "loses by length, which is the same for all", lambda p: 0.15, ""),
)


def shares(plan: Sequence[Planned], learner: Learner[Planned], spread: float, runs: int = 200, seed: int = 0) -> dict[str, float]:
    """See `simulated.verdicts`."""
    return verdicts(plan, learner, spread, row=_row, judged=judged, runs=runs, seed=seed)


def _row(one: Planned) -> dict[str, Any]:
    return {"role": one.level.role, "kappa": one.kappa, "early": one.early}
