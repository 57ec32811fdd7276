"""Whether a study of the semantics dial can find what it looks for: simulated learners of which is known what they depend on.

They write expressions of the families themselves, their errors are planted as a model's are, and all is scored by the same q.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...quality.task.task import TaskConfig
from ...streams import generator
from ...tables.column import Row
from ..code.codes import Shape
from ..verdict import INTEREST, OUTCOMES, verdict
from .families import Family
from .judging import judged
from .planting import displaced, donors
from .space import Space, Split, kappa, meaning, seen, space, split, task_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WIDTH = 4.0
"""Standard deviation of a blind error, in ranks."""
_SHARE, _VARIES = 0.4, 0.05
"""The share of tests with such an error, and its standard deviation between trainings."""
_PLANTINGS = 4
_DRAWS = 64
_BLUR = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A family at a level. `truth`: (n,), what is tested. `q`: (n, N), of every expression as the answer to each. `attainable`: Q
    of the posterior's best answers; `posterior`: of draws from it. `draws`: (_DRAWS, n), some of these; `blurred`: from the
    posterior of who takes the noise for `_BLUR` times what it is."""

    whole: Space
    kappa: float
    truth: Ints
    q: NDArray[np.float32]
    attainable: float
    posterior: float
    draws: Ints
    blurred: Ints


def grounds(family: Family, shape: Shape, config: TaskConfig, seed: int = 0) -> list[Ground]:
    """A family at all of its levels."""
    whole = space(family, shape)
    parts = split(len(whole), config, seed)
    return [_ground(whole, level, parts, config, seed) for level in family.levels]


def _ground(whole: Space, level: float, parts: Split, config: TaskConfig, seed: int) -> Ground:
    from .posterior import best_answers, posterior, qualities

    of = meaning(whole, level, config.times)
    every = seen(whole, of, config.points)
    task = task_of(whole, of, every, parts, config, seed)
    observed, rng = task.observed(task.test, "test-noise"), generator(seed, "power")
    likely, blurred = posterior(every, observed, config.noise), posterior(every, observed, _BLUR * config.noise)
    q = qualities(of.y)
    own = q[parts.test]
    return Ground(
        whole=whole,
        kappa=kappa(whole, of),
        truth=parts.test,
        q=own,
        attainable=float(own[np.arange(len(own)), best_answers(likely, q)].mean()),
        posterior=float((likely * own).sum(axis=1).mean()),
        draws=_many(likely, rng),
        blurred=_many(blurred, rng),
    )


def _many(likely: Floats, rng: np.random.Generator) -> Ints:
    """(_DRAWS, n) draws from each of n distributions, (n, N)."""
    summed = np.cumsum(likely, axis=1)
    at = rng.random((len(likely), _DRAWS)) * summed[:, -1:]
    return np.array([np.searchsorted(one, where, side="right") for one, where in zip(summed, at, strict=True)]).T


@dataclass(frozen=True, slots=True)
class Learner:
    """A simulated one. `writes`: the expressions that it writes on a ground; `loses`: what it loses of attainable Q besides, by
    κ̄. `says`: the verdict that it should get, "" for one that should be neither supported nor contradicted, None where that is
    what is asked."""

    name: str
    words: str
    writes: Callable[[Ground, np.random.Generator], Ints]
    loses: Callable[[float], float]
    says: str | None


def _truth(ground: Ground, rng: np.random.Generator) -> Ints:
    return ground.truth


def _blind(ground: Ground, rng: np.random.Generator, share: float = _SHARE) -> Ints:
    """Errors that have nothing to do with what was observed."""
    ranks = ground.whole.ranks[ground.truth]
    errors = np.round(_WIDTH * rng.standard_normal(ranks.shape)).astype(np.int64)
    errors[rng.random(len(ranks)) >= share + _VARIES * rng.standard_normal()] = 0
    return ground.whole.number(displaced(ranks, errors, ground.whole.shape.words))


def _drawn(ground: Ground, rng: np.random.Generator) -> Ints:
    return _picked(ground.draws, rng)


def _blurred(ground: Ground, rng: np.random.Generator) -> Ints:
    return _picked(ground.blurred, rng)


def _picked(draws: Ints, rng: np.random.Generator) -> Ints:
    return np.asarray(draws[rng.integers(len(draws), size=draws.shape[1]), np.arange(draws.shape[1])])


def _nothing(level: float) -> float:
    return 0.0


LEARNERS = (
    Learner("kappa", "errs alike at every level, and loses by κ̄ at the smallest slope of interest", _blind,
            lambda k: INTEREST * k, "supported"),
    Learner("nothing", "errs never", _truth, _nothing, "equivalent to nothing"),
    Learner("mechanics", "errs alike at every level: Q falls as φ reads the same errors", _blind, _nothing, ""),
    Learner("oftener", "errs the more often the rougher φ is, blind to what it observed",
            lambda g, rng: _blind(g, rng, min(_SHARE + g.kappa, 1.0)), _nothing, None),
    Learner("posterior", "draws from the exact posterior, as next-token prediction ends with unlimited data", _drawn, _nothing,
            None),
    Learner("blurred", "draws from the posterior of who takes the noise for ten times what it is: errs by what it observes",
            _blurred, _nothing, None),
)  # fmt: skip


def simulated(
    families: Sequence[Sequence[Ground]], learner: Learner, spread: float, seeds: int, rng: np.random.Generator
) -> list[Row]:
    """Rows of a study as `judging.against_middle` gives them. `spread`: standard deviation of attainable Q by which trainings of
    one level differ besides."""
    rows: list[Row] = []
    for seed in range(seeds):
        for levels in families:
            answers = [learner.writes(ground, rng) for ground in levels]
            middle = answers[len(levels) // 2]
            for at, (ground, written) in enumerate(zip(levels, answers, strict=True)):
                lost = learner.loses(ground.kappa) + spread * float(rng.standard_normal())
                rows.append(
                    {
                        "family": ground.whole.family.name,
                        "seed": seed,
                        "observed": float(at),
                        "scored": float(at),
                        "kappa": ground.kappa,
                        "attainable": ground.attainable,
                        "quality": _mean(ground, written) - lost * ground.attainable,
                        "planted": _planted(ground, middle, rng),
                    }
                )
    return rows


def _mean(ground: Ground, written: Ints) -> float:
    return float(ground.q[np.arange(len(written)), written].mean())


def _planted(ground: Ground, written: Ints, rng: np.random.Generator) -> float:
    """As `planting.planted` plants them, all at once."""
    own = ground.whole.ranks[ground.truth]
    errors = ground.whole.ranks[written] - own
    givers = donors(len(written), _PLANTINGS, rng)
    count = ground.whole.shape.words
    return float(np.mean([_mean(ground, ground.whole.number(displaced(own, errors[giver], count))) for giver in givers]))


def shares(
    families: Sequence[Sequence[Ground]], learner: Learner, spread: float, seeds: int, runs: int = 200, seed: int = 0
) -> dict[str, float]:
    """The share of simulated studies that end with each verdict."""
    rng, found = generator(seed, "power"), Counter[str]()
    for _ in range(runs):
        slope = judged(simulated(families, learner, spread, seeds, rng))
        found["undecided" if slope is None else verdict(slope)] += 1
    return {outcome: found[outcome] / runs for outcome in OUTCOMES}
