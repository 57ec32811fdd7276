"""What of an expression's behavior a model may see: the same points whatever the representation.

A `Curve` is the noise-free part of a behavior that can be observed: a few points of its first initial condition, in columns.
Columns are the state variables; for functions, the value and then the inputs; where the domain has `columns`, so many. The
domain's observer (`domains.observers`) says which points, adds noise to what was measured (not to the inputs), and turns curves
into the features of a model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import System
from ...domains.domain import Domain
from ...domains.observers.base import Curves
from ...domains.references import reference
from ...semantics.base import Behaviors, Setting

TINY = 1e-6
LARGEST = 1e30
"""What single precision bears, summed."""


def columns_of(system: System, domain: Domain) -> int:
    """How many columns a behavior of this system has when observed: its values at each point and, where its domain is not closed,
    its inputs."""
    values = domain.columns or len(system.equations)
    return values + (0 if domain.closed and system.domain != "function" else system.dim)


def observable(behaviors: Behaviors, setting: Setting, domain: Domain) -> NDArray[np.float64] | None:
    """The behavior (I, T, D) of the one expression in `behaviors`, as others are held against it, where an observer can bear it;
    else None."""
    y = reference(behaviors, setting, domain)
    return None if isinstance(y, str) or not np.nanmax(np.abs(y)) < LARGEST else y


def observed_rows(domain: Domain, system: System, y: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    """Which points of a behavior (T, D) are observed: where it is undefined there is nothing to observe, and the nearest point
    that has a value is observed instead."""
    rows = domain.observer.rows(system, len(y), points)
    there = np.flatnonzero(~np.isnan(y).any(axis=1))
    if len(there) == len(y) or not len(there):
        return rows
    return np.asarray(there[np.abs(there[None] - rows[:, None]).argmin(axis=1)])


def curves(
    domain: Domain,
    systems: Sequence[System],
    settings: Sequence[Setting],
    behaviors: Sequence[NDArray[np.float64]],
    points: int,
    columns: int,
) -> Curves:
    """Curves of the first initial condition of each behavior (I, T, D). Where the domain is not closed, `Setting.x0` holds the
    inputs, (T, n)."""
    n = len(systems)
    values, time = np.zeros((n, points, columns), np.float32), np.zeros((n, points), np.float32)
    present, measured, horizon = np.zeros((n, columns), np.float32), np.zeros((n, columns), np.float32), np.ones(n, np.float32)
    for i, (system, setting, y) in enumerate(zip(systems, settings, behaviors, strict=True)):
        dim, rows = y.shape[2], observed_rows(domain, system, y[0], points)
        values[i, :, :dim] = y[0, rows]
        measured[i, :dim] = 1
        with_inputs = not domain.closed or system.domain == "function"
        if with_inputs and system.dim:
            values[i, :, dim : dim + system.dim] = setting.x0[rows]
        elif not with_inputs:
            horizon[i] = setting.t[rows[-1]] - setting.t[0]
        present[i, : columns_of(system, domain)] = 1
        time[i] = (setting.t[rows] - setting.t[0]) / max(float(setting.t[rows[-1]] - setting.t[0]), TINY)
    return Curves(values, present, measured, time, horizon)
