"""The ceiling that a curve of quality over examples runs up to, where its few points bear one.

Four noisy points do not say how a curve goes on: a power law creeps where an exponential has long arrived. So the forms are
averaged and none is chosen: the interval is that of the posterior over three forms, all of their speeds, and noise of unknown
size that a training's points share in part. A posterior that is averaged over forms is as honest about curves that were singled
out, here those that look level, as about all others; the fit that fits best is not. `benchmarks/ceilings.py` measures coverage,
also of forms that are not fitted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .curves import apart
from .estimate import LEVEL, Estimate

Floats = NDArray[np.float64]

WIDEST = 0.15
"""The width of an interval beyond which it says too little."""
LEVEL_GAIN = 0.01
"""What the last doubling of the examples gains where a curve is level."""
RISEN = 0.03
"""What a curve must have gained from its first point to its last. One that is level throughout may not have begun to rise, and
where it then ends nothing here can say: of such, of sigmoids that rise later, intervals hold in 2 of 100 cases."""
FEWEST_POINTS = 3
_APART = 1.2
"""By which factor the examples of points differ at least: what lengths gain that hardly see more, no law in examples says."""
_EXPONENTS = np.geomspace(0.1, 3.0, 16)
"""b of the power law Q∞ − a n^(−b) (Hestness et al. 2017, arXiv:1712.00409)."""
_SPANS = np.geomspace(0.05, 3.0, 16)
"""τ of the exponential Q∞ − a e^(−n/τ), as a share of the most examples."""
_PAIRS = np.array([(slow, fast, share) for slow in (0.25, 0.5) for fast in (1.0, 2.0) for share in (0.25, 0.5, 0.75)])
"""Exponents of two power laws, and the slower one's share of what is left to gain at the first point: a curve that looks level
while the slower one has only begun."""
_SHARED = (0.0, 0.5)
"""How much of its noise a training's points share: they are ends of branches of one trunk."""
_SPREAD, _WORTH = 0.03, 4.0
"""Trainings of one representation differ by 0.01 to 0.045 in Q: taken for what as many degrees of freedom would have shown, so
that one training is not believed to be exact."""
_STEPS, _TAIL = 200, 1e-4


@dataclass(frozen=True, slots=True)
class Ceiling:
    """`estimate`: the ceiling with its 95 % interval, None where the curve bears none. `gain`: of the last doubling, NaN where
    there is no such. `why`: why there is none, as a clause; '' where there is one."""

    estimate: Estimate | None
    gain: float
    why: str = ""


def fitted_ceiling(examples: Floats, quality: Floats) -> Ceiling:
    """The ceiling of a measure in [0, 1]. examples: (points,), rising; quality: (trainings, points), NaN where missing.

    There is one only where the last doubling of the examples gains less than `LEVEL_GAIN` and the whole curve `RISEN`, as
    measured, and the interval is no wider than `WIDEST`. The interval is over trainings: that the test behaviors are a sample is
    not in it.
    """
    whole = quality[np.isfinite(quality).all(axis=1)]
    last = apart(examples, _APART)
    n, table = examples[last], whole[:, last]
    if len(n) < FEWEST_POINTS or not len(table):
        return Ceiling(None, math.nan, f"its points are at fewer than {FEWEST_POINTS} numbers of examples")
    gain = last_gain(n, table.mean(axis=0))
    if math.isnan(gain):
        return Ceiling(None, gain, "its points are less than a doubling of the examples apart")
    if gain >= LEVEL_GAIN:
        return Ceiling(None, gain, f"the last doubling of the examples still gains {gain:.3f}")
    if (rise := float(table.mean(axis=0)[-1] - table.mean(axis=0)[0])) < RISEN:
        return Ceiling(None, gain, f"it has gained {rise:.3f} in all, and may not have begun to rise")
    estimate = posterior(n / n[-1], table)
    if estimate.high - estimate.low > WIDEST:
        return Ceiling(None, gain, f"it may lie anywhere from {estimate.low:.2f} to {estimate.high:.2f}")
    return Ceiling(estimate, gain)


def last_gain(examples: Floats, means: Floats) -> float:
    """What the last doubling gains, between points linear in log n; NaN where the curve does not reach as far back."""
    half = examples[-1] / 2
    if examples[0] > half * (1 + 1e-9):
        return math.nan
    return float(means[-1] - np.interp(math.log(half), np.log(examples), means))


def posterior(shares: Floats, quality: Floats) -> Estimate:
    """Median and 95 % interval of Q∞. shares: (points,) of the most examples; quality: (trainings, points), all there.

    Every form is Q∞ − (Q∞ − Q₁) w, with Q₁ at the first point and w a function of the examples alone, so that given form, speed
    and correlation the posterior of (Q∞, Q₁) is Student's in two variables; it is summed over these with the weight of each.
    Before the data Q∞ is uniform in [0, 1], Q₁ in [0, Q∞], and speeds in their logarithm, within the ranges above.
    """
    parts = [_given(shares, quality, shared) for shared in _SHARED]
    top, low, high = max(float(one.logs.max()) for one in parts), 0.0, 1.0
    for tail in (_TAIL, (1 - LEVEL) / 2):  # once to see where it lies, and once to see it there
        grid = np.linspace(low, high, _STEPS + 1)[1:]
        masses = sum(np.exp(one.logs - top) @ one.density(grid) for one in parts)
        cumulated = np.cumsum(masses) - masses / 2
        low, middle, high = np.interp(np.array([tail, 0.5, 1 - tail]) * np.sum(masses), cumulated, grid)
        low, high = (low, high) if tail > _TAIL else (max(low - (high - low) / _STEPS, 0.0), high)
    return Estimate(float(middle), float(low), float(high))


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """For noise of which points share so much. `logs`: (K,), the weight of each form and speed; `center` (K, 2), `scale`
    (K, 2, 2), `freedom`: of Student's law of (Q∞, Q₁) under each."""

    logs: Floats
    center: Floats
    scale: Floats
    freedom: float

    def density(self, grid: Floats) -> Floats:
        """(K, grid): of Q∞ where Q₁ is between 0 and Q∞; up to a factor, the same for all."""
        from scipy.special import stdtr

        (center, first), freedom = self.center.T[:, :, None], self.freedom
        variance, both = self.scale[:, 0, 0, None], self.scale[:, 0, 1, None]
        z = (grid - center) / np.sqrt(variance)
        density = (1 + z**2 / freedom) ** (-(freedom + 1) / 2) / np.sqrt(variance) / grid
        start = first + both / variance * (grid - center)
        rest = np.maximum(self.scale[:, 1, 1, None] - both**2 / variance, 1e-18)
        spread = np.sqrt(rest * (freedom + z**2) / (freedom + 1))
        return np.asarray(density * (stdtr(freedom + 1, (grid - start) / spread) - stdtr(freedom + 1, -start / spread)))


def _given(shares: Floats, quality: Floats, shared: float) -> _Posterior:
    """Bayesian regression on each form and speed, with Student's law where the noise's size is averaged over as well."""
    weights = _weights(tuple(shares.tolist()))
    seeds, points = quality.shape
    covariance = (1 - shared) * np.eye(points) + shared
    inverse = np.linalg.inv(covariance)
    means = quality.mean(axis=0)
    design = np.stack([1 - weights, weights], axis=2)  # (K, points, 2): what Q∞ and Q₁ count at each point
    precision = seeds * np.einsum("kpi,pq,kqj->kij", design, inverse, design)
    scale = np.linalg.inv(precision + 1e-9 * np.eye(2))
    center = np.einsum("kij,kpj,pq,q->ki", scale, design, seeds * inverse, means)
    left = means - np.einsum("kpi,ki->kp", design, center)
    apart = quality - means
    squares = seeds * np.einsum("kp,pq,kq->k", left, inverse, left) + np.einsum("sp,pq,sq->", apart, inverse, apart)
    squares += _WORTH * _SPREAD**2
    freedom = _WORTH + seeds * points - 2
    logs = np.linalg.slogdet(scale)[1] / 2 - freedom / 2 * np.log(squares) - seeds / 2 * np.linalg.slogdet(covariance)[1]
    return _Posterior(logs, center, scale * (squares / freedom)[:, None, None], freedom)


@lru_cache(maxsize=64)
def _weights(shares: tuple[float, ...]) -> Floats:
    """(K, points): what is left to gain at each point, of that at the first, for every form and speed."""
    x = np.array(shares)
    powers = (x / x[0]) ** -_EXPONENTS[:, None]
    exponentials = np.exp(-(x - x[0]) / _SPANS[:, None])
    slow, fast, share = _PAIRS.T[:, :, None]
    return np.concatenate([powers, exponentials, share * (x / x[0]) ** -slow + (1 - share) * (x / x[0]) ** -fast])
