"""What trainings at several levels of κ̄ say: supported, contradicted, equivalent to nothing, or undecided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from ..statistics.estimate import LEVEL
from ..statistics.intervals import student

Floats = NDArray[np.float64]

OUTCOMES = ("supported", "contradicted", "equivalent to nothing", "undecided")
INTEREST = 0.2
"""The smallest slope of interest: 0.02 of normalized Q for 0.1 of κ̄."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Of one predictor with others held: `error` is its standard error, of `freedom` degrees of freedom."""

    value: float
    error: float
    freedom: int

    def limits(self, level: float = LEVEL) -> tuple[float, float]:
        """The interval of that level: Student's."""
        half = student((1 + level) / 2, self.freedom) * self.error
        return self.value - half, self.value + half


def not_learned(above: Sequence[float], kappas: Sequence[float]) -> list[str]:
    """What is said in place of a verdict, by how far each training's normalized Q is above the prior's: nothing where their mean
    is, at 95 %, by more than the smallest effect would take from it over the levels' κ̄. Models that write nothing right do so at
    every level, which would be taken for a κ̄ that makes no difference."""
    if len(above) < 2:
        return []
    least = INTEREST * (max(kappas) - min(kappas))
    if mean_over_seeds(above).limits()[0] > least:
        return []
    return [
        f"No verdict: what has not learned says nothing of κ̄, and the trainings' mean Q is not above the prior's by {least:.2f} "
        "of what there is, which the smallest effect would take from it."
    ]


def mean_over_seeds(values: Sequence[float]) -> Slope:
    """The mean of a slope that each seed has, by how much seeds differ. Raises ValueError for fewer than two."""
    if len(values) < 2:
        raise ValueError(f"{len(values)} seeds do not tell how much seeds differ")
    return Slope(fmean(values), stdev(values) / math.sqrt(len(values)), len(values) - 1)


def slope(
    outcome: Sequence[float] | Floats, predictor: Sequence[float] | Floats, held: Sequence[Sequence[float] | Floats]
) -> Slope:
    """The slope of `outcome` on `predictor` beside an intercept and what is `held`, by least squares.

    Its error allows for trainings of different levels that differ by different amounts: HC3 (MacKinnon & White 1985, eq. 12; Long
    & Ervin 2000 find it right from about 25 observations on). Raises ValueError where nothing is left to estimate it from, or
    where the predictor follows from what is held.
    """
    y = np.asarray(outcome, dtype=float)
    x = np.column_stack([np.asarray(predictor, dtype=float), np.ones(len(y)), *(np.asarray(h, dtype=float) for h in held)])
    freedom = len(y) - x.shape[1]
    if freedom < 1 or np.linalg.matrix_rank(x) < x.shape[1]:
        raise ValueError(f"{len(y)} trainings do not determine a slope beside {len(held)} others")
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    residual = (y - x @ beta) / (1 - leverage)
    covariance = inverse @ (x.T * residual**2) @ x @ inverse
    return Slope(float(beta[0]), math.sqrt(float(covariance[0, 0])), freedom)


def verdict(found: Slope, interest: float = INTEREST) -> str:
    """One of `OUTCOMES`, on the hypothesis that Q falls as κ̄ rises.

    Equivalent to nothing: the 90 % interval lies within ±`interest` (two one-sided tests at 5 %, Schuirmann 1987), whether it has
    0 in it or not: what is there is too small to matter. Else supported or contradicted where the 95 % interval leaves out 0.
    """
    low, high = found.limits(1 - 2 * (1 - LEVEL))
    if -interest < low and high < interest:
        return "equivalent to nothing"
    low, high = found.limits()
    return "supported" if high < 0 else "contradicted" if low > 0 else "undecided"
