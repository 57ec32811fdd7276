"""What other behaviors are held against: an expression's own, the points at which it has no value left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .domains import Domain
from .semantics.base import Behaviors, Setting, Status, defined

Floats = NDArray[np.float64]

LEAST_DEFINED = 0.5
"""Of its points a behavior must have a value at so many, or nothing is measured against it."""


def reference(found: Behaviors, setting: Setting, domain: Domain) -> Floats | str:
    """The behavior (I, T, D) of the one expression in `found`, NaN at points to be left out; or why there is none.

    A series must reach its horizon, or be defined up to half of it at least. Of a function the points are left out at which it is
    undefined, or its value overflows; half must be left.
    """
    y, status = found.y[0], found.status[0]
    if (status == Status.OK).all():
        return y
    for outcome in (Status.UNRESOLVED, Status.DIVERGED):
        if (status == outcome).any() and (domain.series or outcome == Status.UNRESOLVED):
            return f"its own behavior is {outcome.name.lower()} {'up to the horizon' if domain.series else 'somewhere'}"
    if not domain.series:
        y = np.where(np.abs(y) >= setting.box, np.nan, y)
    there = defined(y)
    if there.mean(axis=-1).min() >= LEAST_DEFINED:
        return y
    least, points = int(there.sum(axis=-1).min()), there.shape[-1]
    if domain.series:
        return f"its own behavior is undefined after {least} of {points} outputs; half are needed"
    return f"it has no value at {points - least} of {points} points; half are needed"


def left_out(y: Floats) -> int:
    """How many points (times) of a reference (I, T, D) have no value."""
    return int((~defined(y)).sum())


def known(t: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The times (T',) and behavior (I, T', D) at which all starts are defined."""
    there = defined(y).all(axis=0)
    return (t, y) if there.all() else (t[there], y[:, there])
