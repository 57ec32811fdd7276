"""κ of five canonical flows under nudges of one coefficient, over horizons chosen by rule.

The protocol that the paper leaves open: equations and both initial conditions of the built-in bank, averaged over; every number in the
equations is a coefficient; a nudge is 1 % up or down; the distance is relative L2 over evenly spaced times, all variables
together; κ is the worst over nudges. The horizon is the larger of TURNS own periods and, where the largest exponent is
positive by three standard errors, LYAPUNOV_TIMES of its inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import RunError
from ...grammars.tree import System
from ..domains import Domain
from ..lyapunov import spectrum_of
from ..metrics import METRICS
from ..sensitivities import nudge_in

Floats = NDArray[np.float64]

STEP = 0.01
TURNS, LYAPUNOV_TIMES = 3.0, 10.0
POINTS_PER_TURN = 40
STEPS = (0.001, 0.01, 0.05)
FACTORS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Steps, and multiples of the rule's horizon, at which κ is measured again."""
RTOL, ATOL = 1e-8, 1e-10
_MAXIMA = 10
_DOUBLINGS = 8


@dataclass(frozen=True, slots=True)
class FlowKappa:
    """A flow's own times and its κ. `exponent_error` in the exponent's unit, 1 / time; `worst` and `mean` are over coefficients."""

    system: System
    period: float
    exponent: float
    exponent_error: float
    horizon: float
    worst: float
    mean: float
    variants: tuple[dict[str, Any], ...]

    @property
    def chaotic(self) -> bool:
        return self.exponent > 3.0 * self.exponent_error

    def as_dict(self) -> dict[str, Any]:
        return {
            "system": self.system.name,
            "period": self.period,
            "exponent": self.exponent,
            "exponent_error": self.exponent_error,
            "chaotic": self.chaotic,
            "horizon": self.horizon,
            "kappa_worst": self.worst,
            "kappa_mean": self.mean,
        }


def measure_flow(system: System, place: Domain) -> FlowKappa:
    """Period, exponent, horizon by the rule, κ there, and κ at other steps and horizons."""
    turn = period(system, place)
    found = spectrum_of(system, place, None, None, 1e-6, 1e-9)
    exponent, error = found.spectrum[0], found.standard_error[0]
    horizon = TURNS * turn
    if exponent > 3.0 * error:
        horizon = max(horizon, LYAPUNOV_TIMES / exponent)
    variants = [_kappa(system, place, turn, step, factor * horizon) | {"factor": factor} for step in STEPS for factor in FACTORS]
    main = next(v for v in variants if v["step"] == STEP and v["factor"] == 1.0)
    return FlowKappa(system, turn, exponent, error, horizon, main["kappa_worst"], main["kappa_mean"], tuple(variants))


def _kappa(system: System, place: Domain, turn: float, step: float, horizon: float) -> dict[str, Any]:
    points = 1 + max(200, round(POINTS_PER_TURN * horizon / turn))
    setting = place.semantics.setting(system, points=points, rtol=RTOL, atol=ATOL, t_end=horizon)
    found = nudge_in(system, setting, step, METRICS["relative-l2"], place)
    names = {"system": system.name, "step": step, "horizon": horizon}
    return names | {"kappa_worst": found.worst, "kappa_mean": found.mean}


def period(system: System, place: Domain) -> float:
    """A flow's own period: the median time between maxima of its first variable, over the bank's horizon, doubled until there
    are ten of them. For a map, one iterate. Raises RunError where it does not oscillate."""
    if system.domain == "map":
        return 1.0
    end = float(system.t_end or 1.0)
    for _ in range(_DOUBLINGS):
        setting = place.semantics.setting(system, points=8001, t_end=end, x0=system.x0[:1])
        x = place.semantics.simulate([system.tree], setting).y[0, 0, :, 0]
        peaks = 1 + np.flatnonzero((x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:]))
        if len(peaks) >= _MAXIMA:
            return float(np.median(np.diff(setting.t[peaks])))
        end *= 2.0
    raise RunError(f"{system.name} does not oscillate, so its horizon cannot be counted in periods")


def variant_rows(flows: Sequence[FlowKappa]) -> list[dict[str, Any]]:
    return [row for flow in flows for row in flow.variants]
