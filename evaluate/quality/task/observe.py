"""The fixed observer: what a model sees of a behavior, the same numbers whatever the representation.

A `Curve` is the noise-free part of a behavior that can be observed: a few points of its first initial condition, in columns.
Columns are the state variables; for functions, the value and then the inputs. `observe` adds noise to what was measured
(not to the inputs) and turns curves into the features of a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import System
from ...domains.domain import Domain
from ...domains.references import reference
from ...semantics.base import Behaviors, Setting

Floats32 = NDArray[np.float32]

TINY = 1e-6
LARGEST = 1e30
"""What single precision bears, summed."""
PHASELESS = 1e-3
"""Values much smaller than this have no phase to speak of: noise would turn it around."""
CLIP = 8.0
"""Scaled values are cut here: a single spike must not drown the rest of an embedding."""


@dataclass(frozen=True, slots=True)
class Curves:
    """n behaviors at P points in C columns, noise-free.

    values: (n, P, C), 0 where a system has no such column. present: (n, C), 1 where it has. measured: (n, C), 1 where the column
    is noisy when observed. time: (n, P) in [0, 1]. horizon: (n,), in time units or iterations; 1 for functions.
    """

    values: Floats32
    present: Floats32
    measured: Floats32
    time: Floats32
    horizon: Floats32

    def __len__(self) -> int:
        return len(self.values)

    def select(self, rows: Sequence[int] | NDArray[np.int64]) -> Curves:
        """The curves of some rows."""
        return Curves(self.values[rows], self.present[rows], self.measured[rows], self.time[rows], self.horizon[rows])


def empty(points: int, columns: int) -> Curves:
    """No curves at all, of that many points and columns."""
    shapes = ((0, points, columns), (0, columns), (0, columns), (0, points), (0,))
    return Curves(*(np.zeros(shape, np.float32) for shape in shapes))


def join(parts: Sequence[Curves]) -> Curves:
    """The curves of all parts, in order."""
    arrays = zip(*((c.values, c.present, c.measured, c.time, c.horizon) for c in parts), strict=True)
    return Curves(*map(np.concatenate, arrays))


@dataclass(frozen=True, slots=True)
class Observations:
    """samples: (n, P, F), features of each observed point in time order. scales: (n, S), sizes taken out of the samples. Of shown
    expressions (`sight.Shown`): content ids, (n, P, 1), and no scales."""

    samples: Floats32 | NDArray[np.int64]
    scales: Floats32


def together(parts: Sequence[Observations]) -> Observations:
    """All observations, in order; at least one part."""
    return Observations(np.concatenate([p.samples for p in parts]), np.concatenate([p.scales for p in parts]))


def columns_of(system: System, closed: bool = True) -> int:
    """How many columns a behavior of this system has when observed: its equations and, where its domain is not closed, its
    inputs."""
    return len(system.equations) + (0 if closed and system.domain != "function" else system.dim)


def observed_points(system: System, times: int, points: int) -> NDArray[np.int64]:
    """Which of `times` output times are observed, (points,).

    Maps: the first ones, since a skipped iterate says nothing of the map; else evenly spread, both ends included. With fewer
    times than points the last is repeated.
    """
    if system.domain == "map":
        return np.minimum(np.arange(points), times - 1)
    return np.round(np.linspace(0, times - 1, points)).astype(np.int64)


def observable(behaviors: Behaviors, setting: Setting, domain: Domain) -> NDArray[np.float64] | None:
    """The behavior (I, T, D) of the one expression in `behaviors`, as others are held against it, where an observer can bear it;
    else None."""
    y = reference(behaviors, setting, domain)
    return None if isinstance(y, str) or not np.nanmax(np.abs(y)) < LARGEST else y


def observed_rows(system: System, y: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    """`observed_points` of a behavior (T, D): where it is undefined there is nothing to observe, and the nearest point that has a
    value is observed instead."""
    rows = observed_points(system, len(y), points)
    there = np.flatnonzero(~np.isnan(y).any(axis=1))
    if len(there) == len(y) or not len(there):
        return rows
    return np.asarray(there[np.abs(there[None] - rows[:, None]).argmin(axis=1)])


def curves(
    systems: Sequence[System],
    settings: Sequence[Setting],
    behaviors: Sequence[NDArray[np.float64]],
    points: int,
    columns: int,
    closed: bool = True,
) -> Curves:
    """Curves of the first initial condition of each behavior (I, T, D). Where the domain is not `closed`, `Setting.x0` holds the
    inputs, (T, n)."""
    n = len(systems)
    values, time = np.zeros((n, points, columns), np.float32), np.zeros((n, points), np.float32)
    present, measured, horizon = np.zeros((n, columns), np.float32), np.zeros((n, columns), np.float32), np.ones(n, np.float32)
    for i, (system, setting, y) in enumerate(zip(systems, settings, behaviors, strict=True)):
        dim, rows = y.shape[2], observed_rows(system, y[0], points)
        values[i, :, :dim] = y[0, rows]
        measured[i, :dim] = 1
        if not closed or system.domain == "function":
            values[i, :, dim : dim + system.dim] = setting.x0[rows]
        else:
            horizon[i] = setting.t[rows[-1]] - setting.t[0]
        present[i, : columns_of(system, closed)] = 1
        time[i] = (setting.t[rows] - setting.t[0]) / max(float(setting.t[rows[-1]] - setting.t[0]), TINY)
    return Curves(values, present, measured, time, horizon)


def noisy(curves: Curves, noise: float, rng: np.random.Generator) -> Curves:
    """The curves with noise on what was measured, of standard deviation `noise` times the column's mean absolute value."""
    size = noise * np.abs(curves.values).mean(axis=1, keepdims=True) * curves.measured[:, None]
    return replace(curves, values=curves.values + size * rng.standard_normal(curves.values.shape, dtype=np.float32))


def embed(curves: Curves) -> Observations:
    """Features of curves as they were observed.

    F = 1 + 7 C: time from -1 to 1; per column the value over the column's scale, its asinh, its sign, and its phases
    (`_phases`, 2 octaves).
    S = 1 + 10 C: log10 of the horizon; per column whether it is present, log10 of its scale, its mean over its scale, the asinh
    of its first value, and the phases of its scale (3 octaves).
    """
    values, present = curves.values, curves.present
    scale = np.maximum(np.abs(values).mean(axis=1, keepdims=True), TINY)
    scaled = np.clip(values / scale, -CLIP, CLIP)
    samples = [2 * curves.time[..., None] - 1, scaled, np.arcsinh(values), np.sign(values), *_phases(values, 2)]
    scales = [np.log10(curves.horizon)[:, None], present, present * np.log10(scale[:, 0]) / 2]
    scales += [scaled.mean(axis=1), np.arcsinh(values[:, 0]), *_phases(scale[:, 0], 3)]
    return Observations(np.concatenate(samples, axis=2).astype(np.float32), np.concatenate(scales, axis=1).astype(np.float32))


def _phases(values: Floats32, octaves: int) -> list[Floats32]:
    """Where values lie within their decade, as sine and cosine of 2 pi 2^k log10 |value|, k < octaves.

    Coefficients are written in digits, and a value's leading digits are this, whatever its size. From size and scaled value alone
    a model learns to copy coefficients four times as slowly (docs/quality.md).
    """
    phase = 2 * np.pi * np.log10(np.abs(values) + PHASELESS)
    return [f(2**k * phase) for k in range(octaves) for f in (np.sin, np.cos)]


def observe(curves: Curves, noise: float, rng: np.random.Generator) -> Observations:
    """Features of curves observed with noise."""
    return embed(noisy(curves, noise, rng))


def features(columns: int) -> tuple[int, int]:
    """(F, S) for a number of columns."""
    return 1 + 7 * columns, 1 + 10 * columns
