"""What a curve of a measure over examples says in one number: the area under it, and how many examples it takes to a given
value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .estimate import LEVEL, Estimate
from .intervals import mean_estimate, student

Floats = NDArray[np.float64]

FEWEST_TRAININGS = 3
"""Trainings from which on points have intervals. Those of two are right (Student's, one degree of freedom), and as wide as the
axis."""
_APART = 1.02
_STEPS = 256
"""Places between two points where the limits of their means are looked at."""
_NONE = math.nan


@dataclass(frozen=True, slots=True)
class Reached:
    """From how many examples on a curve is at a level. `value`: the least number, NaN where it is not reached with `most`, and
    the least that was tried where it is reached there. `low`, `high`: 95 % limits, NaN where there are none; 0: perhaps below all
    that was tried, infinite: perhaps above `most`."""

    value: float
    low: float
    high: float
    most: float

    @property
    def estimate(self) -> Estimate:
        return Estimate(self.value, self.low, self.high)


def point_estimates(values: Floats, within: tuple[float, float]) -> list[Estimate]:
    """Means over trainings, (trainings, points), NaN where missing, with intervals where trainings bear them."""
    return [_over_trainings(column, within) for column in values.T]


def apart(examples: Floats, factor: float = _APART) -> NDArray[np.bool_]:
    """(points,): of those that saw nearly as many examples as the next, fewer by less than a factor, the last one alone: what is
    between them was gained by steps, and the longest is what so many examples give."""
    return np.append(examples[1:] >= factor * examples[:-1], True) if len(examples) else np.zeros(0, np.bool_)


def area(examples: Floats, quality: Floats) -> Estimate:
    """The area under the curve over log n, as a share of its width: the mean of Q over the logarithm of the examples, between
    points linear in it. examples: (points,), rising; quality: (trainings, points) in [0, 1], NaN where missing: of trainings
    that have all points. NaN of fewer than two points."""
    whole = _whole(quality)
    if len(examples) < 2 or not len(whole):
        return Estimate(_NONE, _NONE, _NONE)
    x = np.log(examples)
    areas = ((whole[:, 1:] + whole[:, :-1]) / 2 * np.diff(x)).sum(axis=1) / (x[-1] - x[0])
    return _over_trainings(areas, (0.0, 1.0))


def examples_to(level: float, examples: Floats, quality: Floats) -> Reached:
    """The least number of examples with which the mean curve is at a level, between points linear in log n. Shapes as in `area`.

    The limits are those numbers at which a test would not tell the mean from the level, Student's at each number (Fieller's way):
    from the first at which the upper limit of the mean is at the level to the last at which the lower limit is not above it.
    """
    whole = _whole(quality)
    if not len(examples) or not len(whole):
        return Reached(_NONE, _NONE, _NONE, _NONE)
    most, mean = float(examples[-1]), whole.mean(axis=0)
    at = np.log(examples)
    reached = np.flatnonzero(mean >= level)
    value = _NONE if not len(reached) else _crossing(examples, mean, int(reached[0]), level)
    if len(whole) < FEWEST_TRAININGS or not (np.ptp(whole, axis=0) > 0).all():
        return Reached(value, _NONE, _NONE, most)
    places = np.unique(np.concatenate([at, *(np.linspace(a, b, _STEPS) for a, b in pairwise(at))]))
    lines = np.stack([np.interp(places, at, one) for one in whole])
    reach = student((1 + LEVEL) / 2, len(whole) - 1) * lines.std(axis=0, ddof=1) / math.sqrt(len(whole))
    middle = lines.mean(axis=0)
    above, below = np.flatnonzero(middle + reach >= level), np.flatnonzero(middle - reach <= level)
    low = most if not len(above) else float(np.exp(places[above[0]])) if above[0] else 0.0
    high = 0.0 if not len(below) else float(np.exp(places[below[-1]])) if below[-1] < len(places) - 1 else math.inf
    return Reached(value, min(low, value) if value == value else low, max(high, value) if value == value else math.inf, most)


def interpolated(cost: Floats, values: Floats, at: float) -> float:
    """A training's value at some cost, between its points linear in the logarithm of cost; NaN outside of them. cost: (points,),
    rising."""
    if not len(cost) or not cost[0] <= at * (1 + 1e-9) or not at <= cost[-1] * (1 + 1e-9):
        return _NONE
    return float(np.interp(math.log(at), np.log(cost), values))


def _crossing(examples: Floats, mean: Floats, first: int, level: float) -> float:
    """Where the mean curve first is at a level; `first`: the first point that is."""
    if not first or mean[first] == level:
        return float(examples[first])
    share = (level - mean[first - 1]) / (mean[first] - mean[first - 1])
    return float(examples[first - 1] * (examples[first] / examples[first - 1]) ** share)


def _whole(values: Floats) -> Floats:
    return np.asarray(values[np.isfinite(values).all(axis=1)])


def _over_trainings(values: Floats, within: tuple[float, float]) -> Estimate:
    estimate = mean_estimate(values, within)
    if int(np.isfinite(values).sum()) < FEWEST_TRAININGS:
        return Estimate(estimate.value, _NONE, _NONE)
    return estimate
