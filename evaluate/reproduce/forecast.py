"""How far a simple learner gets: polynomial regression of the next sample on a noisy trajectory, rolled forward.

The protocol that the paper leaves open: variables are centered and scaled by their standard deviations; noise is normal, 1 % of
those; SAMPLES per period over TRAINING periods (one sample per iterate of a map); the increment to the next sample is
regressed on all monomials up to degree 3 with a small ridge; the model is rolled forward from true states near the
trajectory's start; it is valid until its error (RMS over variables) exceeds 0.4, at most CAP periods. The horizon is the
median over starts and noise seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import System
from ..domains import Domain

Floats = NDArray[np.float64]

NOISE, SAMPLES = 0.01, 50
NOISES, SAMPLINGS = (0.001, 0.01, 0.05), (20, 50)
"""Noise levels and samples per period at which the horizon is measured again."""
TRAINING, CAP = 30, 30
MAP_TRAINING = 1500
DEGREE, RIDGE, THRESHOLD = 3, 1e-8, 0.4
SEEDS, STARTS = 5, 4
_BOUND = 50.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A system with what Section 5.1 relates its horizon to. `period` in its own time (1 for maps), `exponent` per time."""

    system: System
    place: Domain
    period: float
    exponent: float
    chaotic: bool
    kappa: float


def horizon(subject: Subject, noise: float = NOISE, samples: int = SAMPLES, seed: int = 0) -> float:
    """The valid prediction horizon in periods (iterates for maps), at most CAP."""
    z, training, per = _trajectory(subject, samples)
    starts = np.arange(STARTS) * 2 * per
    dice = [np.random.default_rng([seed, repeat]) for repeat in range(SEEDS)]
    models = np.stack([_fit(z[:training] + noise * rng.standard_normal(z[:training].shape)) for rng in dice])
    return float(np.median(_valid(z, starts, models, CAP * per))) / per


def _trajectory(subject: Subject, samples: int) -> tuple[Floats, int, int]:
    """The scaled trajectory (T, D), how many samples of it are for training, and how many make a period."""
    system, orbit = subject.system, subject.system.domain == "map"
    per = 1 if orbit else samples
    training = MAP_TRAINING if orbit else TRAINING * per
    count = max(training, (CAP + 2 * STARTS) * per)
    end = float(count) if orbit else count * subject.period / per
    semantics = subject.place.semantics
    setting = semantics.setting(system, points=count + 1, rtol=1e-9, atol=1e-11, t_end=end, x0=system.x0[:1])
    y = semantics.simulate([system.tree], setting).y[0, 0]
    deviation = y[:training].std(axis=0)
    return (y - y[:training].mean(axis=0)) / np.where(deviation > 0.0, deviation, 1.0), training, per


def features(x: Floats) -> Floats:
    """All monomials of (…, D) up to DEGREE: (…, F)."""
    found: dict[tuple[int, ...], Floats] = {(): np.ones(x.shape[:-1])}
    for degree in range(1, DEGREE + 1):
        for c in combinations_with_replacement(range(x.shape[-1]), degree):
            found[c] = found[c[:-1]] * x[..., c[-1]]
    return np.stack(list(found.values()), axis=-1)


def _fit(x: Floats) -> Floats:
    """Ridge regression of the increments of (T, D) on the features: (F, D)."""
    a = features(x[:-1])
    return np.asarray(np.linalg.solve(a.T @ a + RIDGE * len(a) * np.eye(a.shape[1]), a.T @ np.diff(x, axis=0)))


def _valid(z: Floats, starts: NDArray[np.int64], models: Floats, steps: int) -> Floats:
    """Steps until the error exceeds THRESHOLD, at most `steps`: (models, starts), for models (M, F, D)."""
    x = np.repeat(z[starts][None], len(models), axis=0)
    found, valid = np.full(x.shape[:2], float(steps)), np.ones(x.shape[:2], dtype=bool)
    for k in range(1, steps + 1):
        x = np.clip(x + features(x) @ models, -_BOUND, _BOUND)
        error = np.sqrt(np.mean((x - z[starts + k]) ** 2, axis=-1))
        found[valid & (error > THRESHOLD)] = k
        valid &= error <= THRESHOLD
        if not valid.any():
            break
    return found


def forecast_rows(subjects: Sequence[Subject], noise: float, samples: int, seed: int) -> list[dict[str, Any]]:
    """The horizon of each subject in periods; in Lyapunov times where it is chaotic. The exponent is given per period."""
    rows = []
    for subject in subjects:
        turns = horizon(subject, noise, samples, seed)
        each = subject.period * subject.exponent
        row = {"system": subject.system.name, "domain": subject.system.domain, "noise": noise, "samples": samples}
        row |= {"kappa": subject.kappa, "exponent_per_period": each, "chaotic": subject.chaotic, "horizon": turns}
        rows.append(row | {"capped": turns >= CAP, "lyapunov_times": turns * each if subject.chaotic else None})
    return rows
