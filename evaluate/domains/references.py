"""What other behaviors are held against: an expression's own, the points at which it has no value left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..semantics.base import Behaviors, Setting, Status, defined
from .domain import Domain

Floats = NDArray[np.float64]

LEAST_OF_SERIES, LEAST_OF_TABLE = 0.5, 0.1
"""At what share of its points a behavior must have a value, or nothing is measured against it. Roots and logarithms of a few
inputs are defined at a half, a quarter, an eighth of the inputs on either side of zero, and are functions still; of a system that
ends before half of its horizon little is left.
"""


def reference(behaviors: Behaviors, setting: Setting, domain: Domain) -> Floats | str:
    """The behavior (I, T, D) of the one expression in `behaviors`, NaN at points to be left out; or why there is none.

    A series must reach its horizon, or be defined up to half of it at least. Of a function the points are left out at which it is
    undefined, or its value overflows; a tenth must be left.
    """
    y: Floats = behaviors.y[0]
    status = behaviors.status[0]
    if (status == Status.OK).all():
        return y
    for outcome in (Status.UNRESOLVED, Status.DIVERGED):
        if (status == outcome).any() and (domain.series or outcome == Status.UNRESOLVED):
            return f"its own behavior is {outcome.name.lower()} {'up to the horizon' if domain.series else 'somewhere'}"
    if not domain.series:
        y = np.where(np.abs(y) >= setting.box, np.nan, y)
    lack = lacking(y, domain)
    return lack if lack else y


def lacking(y: Floats, domain: Domain) -> str:
    """Why a behavior (I, T, D) has too few points to be held against, or ''."""
    there = defined(y)
    if there.mean(axis=-1).min() >= (LEAST_OF_SERIES if domain.series else LEAST_OF_TABLE):
        return ""
    least, points = int(there.sum(axis=-1).min()), there.shape[-1]
    if domain.series:
        return f"its own behavior is undefined after {least} of {points} outputs; half are needed"
    return f"it has no value at {points - least} of {points} points; a tenth must have one"


def left_out(y: Floats) -> int:
    """How many points (times) of a reference (I, T, D) have no value."""
    return int((~defined(y)).sum())


def known(t: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The times (T',) and behavior (I, T', D) at which all starts are defined."""
    there = defined(y).all(axis=0)
    return (t, y) if there.all() else (t[there], y[:, there])
