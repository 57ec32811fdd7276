"""Where and for how long systems with time are simulated: what is given, or the system's own."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from ...grammars.errors import ConditionError
from ...grammars.tree import System
from .base import Floats


def initial_conditions(system: System, x0: Sequence[Sequence[float]] | None, box: float | None) -> Floats:
    """The (I, D) initial conditions, given or the system's own. Raises ConditionError: missing, misshapen, out of the box, if
    any."""
    given = tuple(tuple(map(float, row)) for row in (system.x0 if x0 is None else x0))
    names = ", ".join(system.names)
    label = f" of {system.name!r}" if system.name else ""
    if not given:
        raise ConditionError(f"initial conditions{label} are missing: give a value for each of {names}")
    for row in given:
        if len(row) != system.dim:
            raise ConditionError(f"an initial condition{label} needs {system.dim} values ({names}), not {len(row)}")
        if not all(isfinite(v) and (box is None or abs(v) <= box) for v in row):
            within = "" if box is None else f" and within ±{box:g}"
            raise ConditionError(f"initial condition {list(row)}{label} must be finite{within}")
    return np.array(given, dtype=np.float64)


def horizon(system: System, t_end: float | None, unit: str) -> float:
    """The horizon, given or the system's own. Raises ConditionError when missing or not positive."""
    label = f" of {system.name!r}" if system.name else ""
    end = system.t_end if t_end is None else t_end
    if end is None:
        raise ConditionError(f"the horizon{label} is missing: give t_end ({unit}), or write T=… after the initial conditions")
    if not (isfinite(end) and end > 0):
        raise ConditionError(f"the horizon{label} must be a positive number of {unit}, not {end}")
    return float(end)
