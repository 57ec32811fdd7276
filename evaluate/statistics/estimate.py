"""Estimators of one expression's distances, and what an estimate over expressions is; `intervals` makes those."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MOST = sys.float_info.max / 4
RESAMPLES = 2000
LEVEL = 0.95


def plain(value: float) -> float | str | None:
    """A figure as JSON has it: None for none, "inf" and "-inf" for what is not finite."""
    if np.isnan(value):
        return None
    return float(value) if np.isfinite(value) else str(float(value))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % interval; all NaN where there was nothing to average, the limits NaN where no interval would cover."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | str | None]:
        return {k: plain(v) for k, v in (("value", self.value), ("low", self.low), ("high", self.high))}

    @staticmethod
    def from_dict(document: Mapping[str, float | str | None]) -> Estimate:
        """What `as_dict` wrote."""
        return Estimate(*(math.nan if (v := document[k]) is None else float(v) for k in ("value", "low", "high")))


def expected_maximum(distances: Floats, m: int) -> float:
    """`kappa@m`: expected maximum over m of the n given edits, drawn without replacement. NaN where n < m.

    The unbiased order-statistics estimator sum_i d_(i) C(i-1, m-1) / C(n, m), as pass@k is estimated (Chen et al.
    2021, "Evaluating Large Language Models Trained on Code"). The weights follow from w_n = m/n by
    w_{i-1} = w_i (i-m)/(i-1), which never forms a binomial.
    """
    n = len(distances)
    if not 1 <= m <= n:
        return float("nan")
    if np.isinf(distances).any():
        return float("inf")  # the largest has a weight of m/n; a product with a weight of 0 would be NaN
    weights = np.zeros(n)
    w = m / n
    for i in range(n, m - 1, -1):
        weights[i - 1] = w
        if i > 1:
            w *= (i - m) / (i - 1)
    return float(np.sort(distances) @ weights)


def drawn_maximum(values: Floats, weights: Floats, m: int) -> float:
    """Expected maximum over m independent draws from a finite law: sum_i v_(i) (F_i^m - F_(i-1)^m). NaN where all weights are
    0."""
    order = np.argsort(values, kind="stable")
    total = weights.sum()
    if not total > 0:
        return float("nan")
    levels = np.minimum(np.cumsum(weights[order]) / total, 1.0) ** m
    if np.isinf(values[weights > 0]).any():
        return float("inf")
    return float(values[order] @ np.diff(levels, prepend=0.0))


@dataclass(frozen=True, slots=True)
class Constant:
    """`number` edits that all have one distance, beside `among` others of which a sample was drawn uniformly, or all."""

    value: float
    number: int
    among: int

    def mixed(self, figure: float, own: float) -> float:
        """A mean over both, from that of the others and the constant's own."""
        return (self.number * own + self.among * figure) / (self.number + self.among) if self.among else own

    def quantile(self, values: Floats, q: float) -> float:
        """Over both, linear between neighbors; each of the values stands for as many of the others."""
        every = np.append(np.minimum(values, _MOST), self.value)
        counts = np.append(np.full(len(values), self.among / max(len(values), 1)), self.number)
        order = np.argsort(every, kind="stable")
        ends, at = np.cumsum(counts[order]), (self.number + self.among - 1) * q
        low, high = (float(every[order][np.searchsorted(ends, np.floor(at) + up + 1e-9, side="right")]) for up in (0, at % 1 > 0))
        value = low + (high - low) * (at % 1)
        return value if value < 1e-9 * _MOST else math.inf

    def expected_maximum(self, values: Floats, m: int) -> float:
        """`kappa@m` over both: of m draws without replacement so many are of the others as the hypergeometric law says, and their
        expected maximum is estimated without bias for each number. NaN where there are fewer than m values."""
        if len(values) < m:
            return float("nan")
        total, mean, chance = self.number + self.among, 0.0, 1.0
        for i in range(min(m, total)):  # none of the others: all m are of the constant's
            chance *= max(self.number - i, 0) / (total - i)
        mean = chance * self.value
        above = np.maximum(values, self.value)
        for k in range(1, m + 1):
            chance = math.comb(m, k)
            for i in range(m):
                of = self.among - i if i < k else self.number - (i - k)
                chance *= max(of, 0) / (total - i)
            if chance > 0.0:
                mean += chance * expected_maximum(above if k < m else values, k)
        return mean


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Distances of one expression's edits: `values` (n,), drawn uniformly, or all of a law's with its `weights` (n,). `beside`:
    edits that have no value here, being known to have all the same one."""

    values: Floats
    weights: Floats | None = None
    beside: Constant | None = None

    def __len__(self) -> int:
        return len(self.values)

    def mean(self) -> float:
        """The same to the last bit in whatever order the values are: condensed edits have one of their own."""
        if self.beside is not None:
            return self.beside.mixed(Sample(self.values).mean(), self.beside.value)
        if self.weights is None:
            return float(np.sort(self.values).mean())
        total = self.weights.sum()
        return float(self.values @ self.weights / total) if total > 0 else float("nan")

    def sup(self) -> float:
        return float(self.values.max()) if self.beside is None else max(float(self.values.max()), self.beside.value)

    def at(self, m: int) -> float:
        """`kappa@m`; of a law, over m independent draws from it."""
        if self.beside is not None:
            return self.beside.expected_maximum(self.values, m)
        return expected_maximum(self.values, m) if self.weights is None else drawn_maximum(self.values, self.weights, m)

    def quantile(self, q: float) -> float:
        if self.beside is not None:
            return self.beside.quantile(self.values, q)
        if self.weights is None:
            value = float(np.quantile(np.minimum(self.values, _MOST), q))  # between a number and inf NumPy finds NaN
            return value if value < 1e-9 * _MOST else math.inf
        return float(np.quantile(self.values, q, method="inverted_cdf", weights=self.weights))

    def share_above(self, threshold: float) -> float:
        own = self.beside and Constant(float(self.beside.value > threshold), self.beside.number, self.beside.among)
        return Sample((self.values > threshold).astype(float), self.weights, own).mean()
