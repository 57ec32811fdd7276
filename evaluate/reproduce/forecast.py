"""How far a simple learner gets: polynomial regression of the next sample on a noisy trajectory, rolled forward out of sample.

The protocol that the paper leaves open: transients are dropped as for κ; variables are centered and scaled by their standard
deviations; noise is normal, 1 % of those; SAMPLES per period over TRAINING periods (MAP_TRAINING iterates of a map); the
increment to the next sample is regressed on all monomials up to degree 3 with a small ridge; the model is rolled forward from
FORECASTS true states later on the same orbit, behind the training (of a flow that comes to rest: on the orbit from its other
initial condition); it is valid until its error (RMS over variables) exceeds 0.4, at most CAP periods. The horizon is the median
over starts and SEEDS seeds of the noise. Whether the flows that are not chaotic can be forecast indefinitely is asked of the same
models over LONG_CAP periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import System
from ..domains.domain import Domain
from .starts import SETTLE, Nature

Floats = NDArray[np.float64]

NOISE, SAMPLES = 0.01, 50
NOISES, SAMPLINGS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05), (20, 50)
"""Noise levels and samples per period at which the horizon is measured again."""
TRAINING, CAP, LONG_CAP = 30, 30, 100
MAP_TRAINING, MAP_SETTLE = 1500, 1000
DEGREE, RIDGE, THRESHOLD = 3, 1e-8, 0.4
SEEDS, FORECASTS = 5, 14
APART, APART_AT_REST = 2.618, 0.1
"""Periods between the starts of forecasts; much less where all that there is to forecast is over soon."""
_BOUND = 50.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A system with what Section 5.1 relates its horizon to."""

    system: System
    domain: Domain
    nature: Nature
    kappa: float


@dataclass(frozen=True, slots=True)
class Course:
    """Scaled trajectories: (T, D) to train on, (T', D) to forecast, from `starts` of it; `per` samples make a period."""

    training: Floats
    truth: Floats
    starts: NDArray[np.int64]
    per: int


def horizons(subject: Subject, noise: float = NOISE, samples: int = SAMPLES, seed: int = 0, cap: int = CAP) -> Floats:
    """Valid prediction horizons in periods (iterates for maps), at most `cap`: (SEEDS, FORECASTS)."""
    course = _course(subject, samples, cap)
    dice = [np.random.default_rng([seed, repeat]) for repeat in range(SEEDS)]
    models = np.stack([_fit(course.training + noise * rng.standard_normal(course.training.shape)) for rng in dice])
    return _valid(course.truth, course.starts, models, cap * course.per) / course.per


def _course(subject: Subject, samples: int, cap: int) -> Course:
    system, nature = subject.system, subject.nature
    orbit = system.domain == "map"
    per = 1 if orbit else samples
    training = MAP_TRAINING if orbit else TRAINING * per
    settle = 0 if nature.rests else MAP_SETTLE if orbit else round(SETTLE * per)
    starts = np.round((APART_AT_REST if nature.rests else APART) * per * np.arange(FORECASTS)).astype(np.int64)
    ahead = int(starts[-1]) + cap * per + 1
    count = settle + training + ahead
    end = float(count) if orbit else count * nature.period / per
    x0 = system.x0 if nature.rests else system.x0[:1]
    semantics = subject.domain.semantics
    setting = semantics.setting(system, points=count + 1, rtol=1e-9, atol=1e-11, t_end=end, x0=x0)
    y = semantics.simulate([system.tree], setting).y[0]
    known = y[0, settle : settle + training]
    truth = y[-1, :ahead] if nature.rests else y[0, settle + training : settle + training + ahead]
    deviation = known.std(axis=0)
    center, scale = known.mean(axis=0), np.where(deviation > 0.0, deviation, 1.0)
    return Course((known - center) / scale, (truth - center) / scale, starts, per)


def features(x: Floats) -> Floats:
    """All monomials of (…, D) up to DEGREE: (…, F)."""
    monomials: dict[tuple[int, ...], Floats] = {(): np.ones(x.shape[:-1])}
    for degree in range(1, DEGREE + 1):
        for c in combinations_with_replacement(range(x.shape[-1]), degree):
            monomials[c] = monomials[c[:-1]] * x[..., c[-1]]
    return np.stack(list(monomials.values()), axis=-1)


def _fit(x: Floats) -> Floats:
    """Ridge regression of the increments of (T, D) on the features: (F, D)."""
    a = features(x[:-1])
    return np.asarray(np.linalg.solve(a.T @ a + RIDGE * len(a) * np.eye(a.shape[1]), a.T @ np.diff(x, axis=0)))


def _valid(z: Floats, starts: NDArray[np.int64], models: Floats, steps: int) -> Floats:
    """Steps until the error exceeds THRESHOLD, at most `steps`: (models, starts), for models (M, F, D)."""
    x = np.repeat(z[starts][None], len(models), axis=0)
    times, valid = np.full(x.shape[:2], float(steps)), np.ones(x.shape[:2], dtype=bool)
    for k in range(1, steps + 1):
        x = np.clip(x + features(x) @ models, -_BOUND, _BOUND)
        error = np.sqrt(np.mean((x - z[starts + k]) ** 2, axis=-1))
        times[valid & (error > THRESHOLD)] = k
        valid &= error <= THRESHOLD
        if not valid.any():
            break
    return times


def forecast_rows(subjects: Sequence[Subject], noise: float, samples: int, seed: int) -> list[dict[str, Any]]:
    """The horizon of each subject in periods, with its quartiles over starts and seeds; in Lyapunov times where it is chaotic.
    The exponent is given per period."""
    rows = []
    for subject in subjects:
        nature = subject.nature
        lower, turns, upper = np.quantile(horizons(subject, noise, samples, seed), (0.25, 0.5, 0.75)).tolist()
        each = nature.period * nature.exponent
        row = {"system": subject.system.name, "domain": subject.system.domain, "noise": noise, "samples": samples}
        row |= {"kappa": subject.kappa, "exponent_per_period": each, "chaotic": nature.chaotic, "horizon": turns}
        row |= {"lower_quartile": lower, "upper_quartile": upper, "capped": turns >= CAP}
        rows.append(row | {"lyapunov_times": turns * each if nature.chaotic else None})
    return rows


def least_periodic(subjects: Sequence[Subject], noise: float, samples: int, seed: int) -> float:
    """The least median horizon, at most LONG_CAP periods, of the flows that are not chaotic. NaN without any."""
    calm = [s for s in subjects if s.system.domain != "map" and not s.nature.chaotic]
    return min((float(np.median(horizons(s, noise, samples, seed, LONG_CAP))) for s in calm), default=float("nan"))
