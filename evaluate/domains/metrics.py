"""Distances between two behaviors.

A κ means something only against the metric it was measured with, so a metric has a name, and results carry it. Functions take a
reference (…, T, D) and another (…, T, D), broadcast their leading axes, and give (…). T runs over time, iterations or input
points, D over dimensions. What they are given is finite: where a behavior is undefined, `distances` leaves the point out, and
counts it as `semantics.base.blended` says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import KappabarError, SpecError, did_you_mean
from ...grammars.parts.plugins import load_object, names_object
from ...grammars.parts.registry import Registry
from ...grammars.text.own import told
from ..semantics.base import Running, blended, defined, lost_share

Floats = NDArray[np.float64]

NEGLIGIBLE = 1e-9
"""A dimension smaller than this share of the largest one is solver noise and has no scale of its own."""
TINY = 1e-100
EPSILON = 0.01
"""An edit within this distance of the original is a synonym, unless its metric says another."""
_ABOVE = 1.0 + 1e-9
"""Times d_max: what rounding may make of the largest distance."""

ATTRACTOR_FLOOR = 0.25
"""What two starts of one chaotic system differ by under `attractor`: nothing below it is a difference of systems."""
AT_REST = 1e-3
"""A deviation below this share of the whole behavior's size is rest: solver noise is there, and no attractor."""
HISTOGRAM_CELLS = 8
LEAKAGE = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
NOISE_POWER = 1e-6


@dataclass(frozen=True, slots=True)
class Metric:
    """A distance with its name. `d_max`: its largest value (inf where unbounded), which policy `worst` gives invalid edits.
    Raises SpecError where that is not positive.

    `running`: the same distance from sums over time, where there is such a form: what has it is measured without being stored.
    `series`: whether it means something of behaviors over time alone. `epsilon`: up to which distance two behaviors count as one
    (`redundancy`).
    """

    name: str
    function: Callable[[Floats, Floats], Floats]
    d_max: float
    running: Running | None = None
    series: bool = False
    epsilon: float = EPSILON

    def __post_init__(self) -> None:
        if self.running is not None and self.running.d_max != self.d_max:
            object.__setattr__(self, "running", replace(self.running, d_max=self.d_max))
        if not self.epsilon >= 0.0:
            raise SpecError(f"metric {self.name!r} has epsilon {self.epsilon:g}; it must be 0 or more")
        if not self.d_max > 0.0:
            raise SpecError(
                f"metric {self.name!r} has d_max {self.d_max:g}; it must be positive, or inf where there is no largest value"
            )


def relative_l2(reference: Floats, other: Floats) -> Floats:
    """‖x − x'‖ / ‖x‖ over all times and dimensions, the paper's; in [0, inf).

    Where x is zero throughout: 0 if x' is as well, else inf.
    """
    return _relative(_norm(reference), np.zeros(1), _norm(reference - other))


def _relative(size: Floats, _: Floats, difference: Floats) -> Floats:
    ratio = difference / np.where(size > 0.0, size, 1.0)
    return np.where(size > 0.0, ratio, np.where(difference > 0.0, inf, 0.0))


def _ones(reference: Floats) -> Floats:
    return np.ones((*reference.shape[:-2], 1, reference.shape[-1]))


def bounded_l2(reference: Floats, other: Floats) -> Floats:
    """‖x − x'‖ / (‖x‖ + ‖x'‖) with each dimension divided by the RMS of x in it; in [0, 1], 0 where both are zero.

    A dimension in which x is zero, or below 1e-9 of its largest, is divided by the largest RMS instead: it has no scale of
    its own, and the solver's noise there must not count as a departure.
    """
    scale = _rms(reference)
    x, y = reference / scale, other / scale
    return _bounded(_norm(x), _norm(y), _norm(x - y))


def _bounded(size: Floats, other: Floats, difference: Floats) -> Floats:
    total = size + other
    return np.minimum(difference / np.where(total > 0.0, total, 1.0), 1.0)


def _rms(reference: Floats) -> Floats:
    return _scale(np.sqrt(np.mean(reference**2, axis=-2, keepdims=True)))


def attractor(reference: Floats, other: Floats) -> Floats:
    """Half the histogram distance plus half the spectral distance of the second halves; in [0, 1], blind to phase.

    The first half of each behavior is discarded as transient. Each dimension is centered by the reference's mean there and scaled
    by its standard deviation; or, where that is below 1e-3 of the whole reference's RMS (a behavior that came to rest), by that
    RMS: relative to its own size what is left is the solver's noise.

    Histogram: ½ Σ |p − p'| (total variation) over 8 × 8 cells from −3 to 3 in each pair of dimensions, averaged over pairs (one
    dimension: 8 cells); what lies outside counts in the cell at the edge. A sample shares its weight linearly between the
    nearest cells, so that a small shift makes a small difference.
    Spectrum: √(½ Σ (√q − √q')²) (Hellinger) between power spectra of sum 1, averaged over dimensions; Hann window,
    smoothed over five frequencies. A dimension at rest has its power at frequency 0.

    After the two measures of Koppe et al. (PLoS Comput. Biol. 15, 2019) and Mikhaeil et al. (NeurIPS 2022); total variation
    instead of a Kullback–Leibler divergence, which has no bound, and pairs of dimensions, since few samples cannot fill a grid of
    cells in many. For behaviors over time alone. Needs some periods in the second half to mean much: two starts on one chaotic
    attractor are 0.1 to 0.4 apart over a few dozen turns (0.2 in the middle, over the bank's), since so few turns do not fill it.
    A smaller distance tells no difference of systems (`ATTRACTOR_FLOOR`).
    """
    half = reference.shape[-2] // 2
    x, y = reference[..., half:, :], other[..., half:, :]
    center = x.mean(axis=-2, keepdims=True)
    deviation = x.std(axis=-2, keepdims=True)
    size = _rms(reference)
    scale = np.where(deviation > AT_REST * size, deviation, size)  # at rest: the size of the whole behavior is the scale
    x, y = (x - center) / scale, (y - center) / scale
    histogram = 0.5 * np.abs(_occupation(x) - _occupation(y)).sum(axis=-1).mean(axis=-1)
    spectral = np.sqrt(0.5 * ((np.sqrt(_spectrum(x)) - np.sqrt(_spectrum(y))) ** 2).sum(axis=-2)).mean(axis=-1)
    return np.asarray(np.clip(0.5 * (histogram + spectral), 0.0, 1.0))


@runtime_checkable
class Bounded(Protocol):
    """A distance of two (T, D) arrays that says how large it can get."""

    @property
    def d_max(self) -> float: ...

    def __call__(self, reference: Floats, other: Floats, /) -> float: ...


def as_metric(name: str, item: object) -> Metric:
    """A `Metric`, or a callable of two (T, D) arrays that gives a number, called pair by pair: bounded where it has `d_max`.

    Raises SpecError for anything else."""
    if isinstance(item, Metric):
        return item
    if isinstance(item, type) or not callable(item):
        raise SpecError(f"{name!r} is no metric: it must be a kappabar Metric, or a function of two (T, D) arrays")
    return Metric(name, _pairwise(item), float(item.d_max) if isinstance(item, Bounded) else inf)


_METRICS = {
    "relative-l2": Metric("relative-l2", relative_l2, inf, Running(_ones, _relative)),
    "bounded-l2": Metric("bounded-l2", bounded_l2, 1.0, Running(_rms, _bounded)),
    "attractor": Metric("attractor", attractor, 1.0, series=True, epsilon=ATTRACTOR_FLOOR),
}
_TRUSTED = tuple(m.function for m in _METRICS.values())  # functions stay themselves on the way to another process
METRICS: Registry[Metric] = Registry("kappabar.metrics", _METRICS, as_metric)


def metric(spec: str) -> Metric:
    """A metric by name, built in or installed, or the user's own as `module:Object`: see `as_metric`. A domain has its own beside
    them (`Domain.distance`). Raises SpecError when there is no such metric.
    """
    text = spec.strip()
    if text in METRICS:
        return METRICS[text]
    if not names_object(text):
        raise SpecError(f"unknown metric {text!r}{did_you_mean(text, METRICS)} (known: {', '.join(METRICS)}, or module:Object)")
    return as_metric(text, load_object(text))


def distances(metric: Metric, reference: Floats, others: Floats) -> Floats:
    """Distances of N behaviors (N, I, T, D) to a reference (I, T, D), averaged over the I initial conditions: (N,).

    Points (times) at which the reference is undefined (NaN) are left out. With s the share of the others at which another is
    undefined, its distance is (1 - s) d + s d_max, d being that over the points which both have; under a metric without a largest
    distance it has none: NaN.

    Raises SpecError where a metric that is not built in raises, or gives another shape than (N, I), NaN, or what is not in [0,
    d_max].
    """
    if others.shape[1:] != reference.shape:
        raise ValueError(f"reference has shape {reference.shape}, others {others.shape}: expected (N, {reference.shape})")
    if not len(others):
        return np.empty(0)
    common = defined(reference) & defined(others)
    if common.all():
        return np.asarray(_each(metric, reference, others).mean(axis=-1))
    running = metric.running
    each = _from_sums(running, reference, others, common) if running else _pair_by_pair(metric, reference, others, common)
    return np.asarray(blended(each, lost_share(reference, others), metric.d_max).mean(axis=-1))


def _each(metric: Metric, reference: Floats, others: Floats) -> Floats:
    if any(metric.function is trusted for trusted in _TRUSTED):
        return np.asarray(metric.function(reference, others), dtype=np.float64)
    return _checked(metric, reference, others)


def _from_sums(running: Running, reference: Floats, others: Floats, common: NDArray[np.bool_]) -> Floats:
    """Distances (N, I) over the common points (N, I, T)."""
    scale = running.units(reference)
    x, y = (np.where(common[..., None], values / scale, 0.0) for values in (reference, others))
    return np.asarray(running.combine(_norm(x), _norm(y), _norm(x - y)))


def _pair_by_pair(metric: Metric, reference: Floats, others: Floats, common: NDArray[np.bool_]) -> Floats:
    """Distances (N, I) of arrays that hold the common points alone; 0 where there are none."""
    whole = common.all(axis=(1, 2))
    each = np.zeros(common.shape[:2])
    if whole.any():
        each[whole] = _each(metric, reference, others[whole])
    some = np.asarray(common.any(axis=2))
    for n, i in np.argwhere(some & ~np.asarray(whole)[:, None]):
        there = common[n, i]
        each[n, i] = _each(metric, reference[i][there], others[n, i][there])
    return each


def _checked(metric: Metric, reference: Floats, others: Floats) -> Floats:
    """What a metric of the user's own gives, (N, I), or why it is no distance."""
    try:
        each: Floats = np.asarray(metric.function(reference, others), dtype=np.float64)
    except KappabarError:
        raise
    except Exception as error:  # it may fail in any way; told in one line
        raise SpecError(f"metric {metric.name!r} raises {told(error)}") from error
    if each.shape != others.shape[:-2]:
        raise SpecError(
            f"metric {metric.name!r} gives shape {each.shape} for {reference.shape} and {others.shape}; it must be "
            f"{others.shape[:-2]}"
        )
    wrong = each[~((each >= 0.0) & (each <= metric.d_max * _ABOVE))]
    if wrong.size:
        raise SpecError(f"metric {metric.name!r} gives {wrong[0]:g}; a distance is a number from 0 to d_max, {metric.d_max:g}")
    return each


def _pairwise(function: Callable[[Floats, Floats], float]) -> Callable[[Floats, Floats], Floats]:
    def each_pair(reference: Floats, other: Floats) -> Floats:
        x, y = np.broadcast_arrays(reference, other)
        result = np.empty(x.shape[:-2])
        for index in np.ndindex(result.shape):
            result[index] = float(function(x[index], y[index]))
        return result

    return each_pair


def _norm(values: Floats) -> Floats:
    """(…, T, D) -> (…): the Euclidean norm."""
    return np.asarray(np.sqrt(np.einsum("...td,...td->...", values, values)))


def _scale(sizes: Floats) -> Floats:
    """(…, 1, D) sizes, with those that are noise replaced by the largest."""
    largest = np.maximum(sizes.max(axis=-1, keepdims=True), TINY)
    return np.where(sizes > NEGLIGIBLE * largest, sizes, largest)


def _occupation(x: Floats) -> Floats:
    """(…, T, D) in units of the reference's deviation -> (…, pairs, cells), each summing to 1."""
    cells = HISTOGRAM_CELLS
    position = np.clip((x + 3.0) * (cells / 6.0) - 0.5, 0.0, cells - 1.0)
    share = np.maximum(0.0, 1.0 - np.abs(position[..., None] - np.arange(cells)))  # (…, T, D, cells)
    if x.shape[-1] == 1:
        return np.asarray(share.mean(axis=-3))
    pairs = [np.einsum("...ta,...tb->...ab", share[..., i, :], share[..., j, :]) for i, j in combinations(range(x.shape[-1]), 2)]
    return np.asarray(np.stack([p.reshape(*p.shape[:-2], cells * cells) for p in pairs], axis=-2) / x.shape[-2])


def _spectrum(x: Floats) -> Floats:
    """(…, T, D) -> (…, frequencies, D): smoothed power, each summing to 1."""
    x = x - x.mean(axis=-2, keepdims=True)
    window = np.hanning(x.shape[-2] + 2)[1:-1, None]
    power = np.abs(np.fft.rfft(x * window, axis=-2)) ** 2
    count, reach = power.shape[-2], len(LEAKAGE) // 2
    mirrored = np.abs(np.arange(-reach, count + reach))
    mirrored = np.minimum(mirrored, np.maximum(0, 2 * (count - 1) - mirrored))  # frequencies beyond the last fold back
    padded = power[..., mirrored, :]
    power = sum((weight * padded[..., i : i + count, :] for i, weight in enumerate(LEAKAGE)), np.zeros(1))
    power[..., 0, :] += NOISE_POWER * x.shape[-2] ** 2
    return np.asarray(power / power.sum(axis=-2, keepdims=True))
