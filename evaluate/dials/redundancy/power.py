"""Whether a design can find what it looks for: simulated learners of which is known what they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..code.codes import Floats
from ..simulated import Learner, verdicts
from ..verdict import INTEREST
from .design import Design, Level, Turned, granted, turned
from .judging import judged


@dataclass(frozen=True, slots=True)
class Planned:
    """One training of a design, and what its level comes to."""

    level: Level
    turned: Turned


def planned(design: Design, distance: Floats, seed: int = 0) -> list[Planned]:
    """All trainings of a design; the same seed gives the same ones."""
    return [Planned(level, turned(design, granted(design, level, seed, draw), distance)) for draw, level in design.numbered]


def _written(one: Planned) -> bool:
    return one.level.written


LEARNERS: tuple[Learner[Planned], ...] = (
    Learner(
        "kappa",
        "loses by κ̄, at the smallest slope of interest, where synonyms are written",
        lambda p: INTEREST * p.turned.kappa * _written(p),
        "supported",
    ),
    Learner("nothing", "loses nothing", lambda p: 0.0, "equivalent to nothing"),
    Learner(
        "unseen",
        "loses by κ̄ where synonyms are only read",
        lambda p: 0.0 if _written(p) else p.turned.kappa,
        "equivalent to nothing",
    ),
    Learner("choice", "loses 0.03 for each bit of free choice", lambda p: 0.03 * p.turned.choice * _written(p), "contradicted"),
    Learner("length", "loses by length, which is the same for all", lambda p: 0.15, "equivalent to nothing"),
)


def shares(plan: Sequence[Planned], learner: Learner[Planned], spread: float, runs: int = 200, seed: int = 0) -> dict[str, float]:
    """See `simulated.verdicts`."""
    return verdicts(plan, learner, spread, row=_row, judged=judged, runs=runs, seed=seed)


def _row(one: Planned) -> dict[str, Any]:
    return {"kappa": one.turned.kappa, "written": "yes" if one.level.written else "no", "synonyms": one.level.synonyms}
