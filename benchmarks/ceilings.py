"""How often a fitted ceiling holds: curves whose ceilings are known, of forms that are fitted and of forms that are not.

    python benchmarks/ceilings.py [CURVES]

Each curve is drawn, with noise: a ceiling of 0.2 to 0.95, a rise to it, points at an eighth, a quarter, half and all of the
examples, 1 to 10 trainings whose Q differs by 0.01 to 0.045, up to 70 % of which a training's points share. Printed of each
form: how often a ceiling is claimed, in how many of these cases the interval has the true one, and on which side it misses; then
the same by the number of trainings. It should hold in 0.90 to 0.98 of the cases where one is claimed.

No form here rises a second time after it was level. Of such a curve no fit to its level part can know.

A minute by default (2,000 curves of each form).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kappabar.evaluate.statistics.ceiling import Ceiling, fitted_ceiling

Floats = NDArray[np.float64]
Rng = np.random.Generator
Form = Callable[[Floats], Floats]

SHARES = np.array([0.125, 0.25, 0.5, 1.0])
MOST = 38_400


def _log_uniform(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def power(rng: Rng) -> Form:
    b = _log_uniform(rng, 0.2, 2.0)
    return lambda x: (x / SHARES[0]) ** -b


def exponential(rng: Rng) -> Form:
    span = _log_uniform(rng, 0.08, 1.0)
    return lambda x: np.exp(-(x - SHARES[0]) / span)


def logistic(rng: Rng) -> Form:
    """In log n, steep or not, its middle before the first point or as late as at half."""
    k, middle = rng.uniform(0.7, 3.0), _log_uniform(rng, 1 / 64, 0.5)
    return lambda x: 1 / (1 + (x / middle) ** k)


def stretched(rng: Rng) -> Form:
    """A stretched exponential."""
    b, span = rng.uniform(0.4, 0.8), _log_uniform(rng, 0.02, 0.7)
    return lambda x: np.exp(-((x / span) ** b))


def two_powers(rng: Rng) -> Form:
    slow, fast, share = rng.uniform(0.3, 0.7), rng.uniform(0.9, 2.0), rng.uniform(0.2, 0.8)
    return lambda x: share * (x / SHARES[0]) ** -slow + (1 - share) * (x / SHARES[0]) ** -fast


def two_exponentials(rng: Rng) -> Form:
    fast, slow, share = _log_uniform(rng, 0.05, 0.2), _log_uniform(rng, 0.3, 1.0), rng.uniform(0.2, 0.8)
    return lambda x: share * np.exp(-(x - SHARES[0]) / fast) + (1 - share) * np.exp(-(x - SHARES[0]) / slow)


def gompertz(rng: Rng) -> Form:
    """In log n: of one middle and steepness, later than the logistic and then slower."""
    k, middle = rng.uniform(0.7, 2.0), _log_uniform(rng, 1 / 64, 0.5)
    return lambda x: 1 - np.exp(-((x / middle) ** -k))


def exponential_and_power(rng: Rng) -> Form:
    """Level soon, and creeping on."""
    span, b, share = _log_uniform(rng, 0.05, 0.3), rng.uniform(0.3, 1.0), rng.uniform(0.2, 0.8)
    return lambda x: share * np.exp(-(x - SHARES[0]) / span) + (1 - share) * (x / SHARES[0]) ** -b


def late_logistic(rng: Rng) -> Form:
    """Its middle at half of the examples or beyond all of them: level at first, because it has not begun."""
    k, middle = rng.uniform(0.7, 3.0), _log_uniform(rng, 0.5, 8.0)
    return lambda x: 1 / (1 + (x / middle) ** k)


def late_gompertz(rng: Rng) -> Form:
    k, middle = rng.uniform(0.7, 2.0), _log_uniform(rng, 0.5, 8.0)
    return lambda x: 1 - np.exp(-((x / middle) ** -k))


FITTED = {"power law": power, "exponential": exponential, "two power laws": two_powers}
OTHERS = {
    "logistic in log n": logistic,
    "stretched exponential": stretched,
    "two exponentials": two_exponentials,
    "exponential and power": exponential_and_power,
    "Gompertz in log n": gompertz,
    "late logistic": late_logistic,
    "late Gompertz": late_gompertz,
}
FORMS = FITTED | OTHERS


@dataclass(frozen=True, slots=True)
class Case:
    """A curve's true ceiling, what was fitted to it, and of how many trainings."""

    top: float
    fitted: Ceiling
    trainings: int

    @property
    def claimed(self) -> bool:
        return self.fitted.estimate is not None

    @property
    def side(self) -> int:
        """0 where the interval has the ceiling, 1 where that is above it, −1 below."""
        e = self.fitted.estimate
        return 0 if e is None else int(self.top > e.high) - int(self.top < e.low)


def case(form: str, rng: Rng) -> Case:
    """A curve of a form, with noise, and its fit. Forms that end at the first point rise from a Q of 0.05 or more there, others
    by 30 to 100 % of their ceiling."""
    top, left = float(rng.uniform(0.2, 0.95)), FORMS[form](rng)
    ends = form.startswith(("power", "two", "exp"))
    rise = top - rng.uniform(0.05, top) if ends else top * rng.uniform(0.3, 1.0)
    trainings = int(rng.integers(1, 11))
    sd, shared = rng.uniform(0.01, 0.045), rng.uniform(0.0, 0.7)
    common, own = rng.standard_normal((trainings, 1)), rng.standard_normal((trainings, len(SHARES)))
    quality = top - rise * left(SHARES) + sd * (np.sqrt(shared) * common + np.sqrt(1 - shared) * own)
    return Case(top, fitted_ceiling(SHARES * MOST, quality), trainings)


def cases(form: str, count: int, seed: int = 0) -> list[Case]:
    rng = np.random.default_rng([seed, list(FORMS).index(form)])
    return [case(form, rng) for _ in range(count)]


def coverage(found: list[Case]) -> float:
    """The share of claimed ceilings that hold."""
    sides = [one.side for one in found if one.claimed]
    return sides.count(0) / len(sides) if sides else float("nan")


def told(name: str, found: list[Case]) -> None:
    sides = [one.side for one in found if one.claimed]
    print(
        f"{name:24s} claimed {len(sides) / len(found):.3f} ({len(sides)}), holds in {coverage(found):.3f}; "
        f"true one above {sides.count(1)}, below {sides.count(-1)}",
        flush=True,
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    every = {form: cases(form, count) for form in FORMS}
    for form, found in every.items():
        told(form, found)
    told("forms that are fitted", [one for form in FITTED for one in every[form]])
    told("forms that are not", [one for form in OTHERS for one in every[form]])
    pooled = [one for found in every.values() for one in found]
    for low, high in ((1, 1), (2, 3), (4, 6), (7, 10)):
        told(f"{low} to {high} trainings", [one for one in pooled if low <= one.trainings <= high])
    told("all", pooled)


if __name__ == "__main__":
    main()
