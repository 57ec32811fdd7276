"""Whether a study of the region dial can find what it looks for: simulated learners of which is known what they depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ...streams import generator
from ..verdict import INTEREST, OUTCOMES, Slope, mean_over_seeds
from .judging import CONTROLS, fitted, outcome

Floats = NDArray[np.float64]
Columns = dict[str, Floats]

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


def simulated(learner: Learner, spread: float, tests: int, rng: np.random.Generator, representations: int = 1) -> list[Columns]:
    """Columns (see `judging.fitted`) of the trainings of one task, which have tests, retrieval and prior in common. `spread`:
    standard deviation of a training's own slope."""
    region = drawn(tests, rng)

    def erring(slope: float) -> Floats:
        return np.asarray(_AT + slope * region.kappa + _NOISE * rng.standard_normal(tests))

    common: Columns = {
        "kappa": region.kappa,
        "size": region.size,
        "depth": region.size**2,
        "tokens": region.tokens,
        "nearest": 10.0 ** (region.near - 2),
        "ceiling": np.ones(tests),
        "retrieval": erring(_MECHANICS["retrieval"]),
        "prior": erring(_MECHANICS["prior"]),
    }
    found = []
    for _ in range(representations):
        own = _MECHANICS["planted"] + _BETWEEN * spread * float(rng.standard_normal())
        found.append(common | {"planted": erring(_MECHANICS["planted"]), "quality": erring(own) - learner.loses(region)})
    return found


@dataclass(frozen=True, slots=True)
class Size:
    """Of a study. `tests`: of each task that have a κ(s)."""

    seeds: int
    domains: int = 2
    representations: int = 3
    tests: int = 750


def studied(learner: Learner, spread: float, size: Size, rng: np.random.Generator) -> list[Slope]:
    """What one simulated study finds, beyond each control."""
    each = [
        [fitted(one) for _ in range(size.domains) for one in simulated(learner, spread, size.tests, rng, size.representations)]
        for _ in range(size.seeds)
    ]
    return [mean_over_seeds([fmean(one["quality"] - one[control] for one in own) for own in each]) for control in CONTROLS]


def shares(learner: Learner, spread: float, size: Size, runs: int = 200, seed: int = 0) -> dict[str, float]:
    """The share of simulated studies that end with each verdict; `error`: the mean standard error of what is beyond a control."""
    rng, found, errors = generator(seed, "power"), Counter[str](), []
    for _ in range(runs):
        slopes = studied(learner, spread, size, rng)
        found[outcome(slopes)] += 1
        errors.append(fmean(one.error for one in slopes))
    return {name: found[name] / runs for name in OUTCOMES} | {"error": fmean(errors)}
