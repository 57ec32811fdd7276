"""Whether a study of the region dial can find what it looks for: simulated learners of which is known what they depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ...streams import generator
from ..verdict import INTEREST, OUTCOMES
from .judging import CONTROLS, fitted, outcome, over_seeds

Floats = NDArray[np.float64]

_AT, _BETWEEN = 0.7, 0.4
"""q where κ(s) is 0, and what there is between the prior, at the mean κ(s), and the ceiling."""
_MECHANICS = {"planted": -0.5, "retrieval": -0.3, "prior": -0.2}
"""How far q of each control falls with κ(s)."""
_NOISE = 0.2
"""Standard deviation of an expression's q."""


@dataclass(frozen=True, slots=True)
class Region:
    """The test expressions of a training, (n,) each."""

    kappa: Floats
    size: Floats
    tokens: Floats
    near: Floats


@dataclass(frozen=True, slots=True)
class Learner:
    """A simulated one. `loses`: what q it loses on each expression, besides what φ makes of its errors. `says`: the verdict that
    it should get, "" for one that should be neither supported nor contradicted."""

    name: str
    words: str
    loses: Callable[[Region], Floats]
    says: str


LEARNERS = (
    Learner(
        "kappa",
        "loses by κ(s), at the smallest slope of interest beyond the steepest control",
        lambda r: _BETWEEN * INTEREST * r.kappa,
        "supported",
    ),
    Learner("nothing", "errs as planted errors do", lambda r: 0.0 * r.kappa, "equivalent to nothing"),
    Learner("size", "loses by size, which goes with κ(s)", lambda r: 0.15 * r.size, ""),
    Learner("far", "loses by how far the nearest training behavior is", lambda r: 0.1 * r.near, ""),
)


def drawn(tests: int, rng: np.random.Generator) -> Region:
    """Expressions whose size and distance to training go with their κ(s)."""
    z = rng.standard_normal((4, tests))
    size, near = 0.6 * z[0] + 0.8 * z[1], 0.4 * z[0] + 0.92 * z[2]
    return Region(np.clip(0.5 + 0.15 * z[0], 0.0, 1.0), size, size + 0.3 * z[3], near)


def simulated(learner: Learner, spread: float, tests: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Columns of a training, see `judging.fitted`. `spread`: standard deviation of a training's own slope."""
    region = drawn(tests, rng)
    own = _MECHANICS["planted"] + _BETWEEN * spread * float(rng.standard_normal())
    errs = {name: _AT + slope * region.kappa for name, slope in _MECHANICS.items()}
    errs["quality"] = _AT + own * region.kappa - learner.loses(region)
    return {
        "kappa": region.kappa,
        "size": region.size,
        "depth": region.size**2,
        "tokens": region.tokens,
        "nearest": 10.0 ** (region.near - 2),
        "ceiling": np.ones(tests),
        **{name: q + _NOISE * rng.standard_normal(tests) for name, q in errs.items()},
    }


def shares(
    learner: Learner, spread: float, seeds: int, trainings: int, tests: int, runs: int = 200, seed: int = 0
) -> dict[str, float]:
    """The share of simulated studies that end with each verdict, of so many trainings for each seed."""
    rng, found = generator(seed, "power"), Counter[str]()
    for _ in range(runs):
        each = [[fitted(simulated(learner, spread, tests, rng)) for _ in range(trainings)] for _ in range(seeds)]
        beyond = [over_seeds([fmean(one["quality"] - one[c] for one in own) for own in each]) for c in CONTROLS]
        found[outcome([one for one in beyond if one is not None])] += 1
    return {name: found[name] / runs for name in OUTCOMES}
