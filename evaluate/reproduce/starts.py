"""Where to start from: points on what a system settles to, so that no figure hangs on a transient or on one start.

A system that comes to rest at a point has no such orbit, its transient is its behavior: it starts from its own initial
conditions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import RunError
from ...grammars.tree import System
from ..domains.domain import Domain
from ..expression.lyapunov import spectrum_of

Floats = NDArray[np.float64]

STARTS = 14
SETTLE = 20.0
"""Own periods that are left out before the first start."""
APART = 7.618
"""Own periods between starts along an orbit: some Lyapunov times where it is chaotic, a new phase where it is periodic."""
_SAMPLES = 200
_MAXIMA = 10
_DOUBLINGS = 8


@dataclass(frozen=True, slots=True)
class Nature:
    """A system's own times. `period` in its own time (1 for maps); `exponent`, the largest, with its standard error, per time."""

    period: float
    exponent: float
    exponent_error: float

    @property
    def chaotic(self) -> bool:
        return self.exponent > 3.0 * self.exponent_error

    @property
    def rests(self) -> bool:
        """Whether it comes to rest at a point."""
        return self.exponent < -3.0 * self.exponent_error


def nature_of(system: System, domain: Domain) -> Nature:
    """Measured from the first of the system's initial conditions. Raises RunError where a flow does not oscillate."""
    exponents = spectrum_of(system, domain, None, None, 1e-6, 1e-9)
    return Nature(period(system, domain), float(exponents.spectrum[0]), float(exponents.standard_error[0]))


def period(system: System, domain: Domain) -> float:
    """A flow's own period: the median time between maxima of its first variable, over the bank's horizon, doubled until there
    are ten of them. For a map, one iterate. Raises RunError where it does not oscillate."""
    if system.domain == "map":
        return 1.0
    end = float(system.t_end or 1.0)
    for _ in range(_DOUBLINGS):
        setting = domain.semantics.setting(system, points=8001, t_end=end, x0=system.x0[:1])
        x = domain.semantics.simulate([system.tree], setting).y[0, 0, :, 0]
        peaks = 1 + np.flatnonzero((x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:]))
        if len(peaks) >= _MAXIMA:
            return float(np.median(np.diff(setting.t[peaks])))
        end *= 2.0
    raise RunError(f"{system.name} does not oscillate, so its horizon cannot be counted in periods")


def starts_of(system: System, nature: Nature, domain: Domain) -> Floats:
    """(n, D) starts of a flow: STARTS of them on the orbits that its initial conditions settle to, or those conditions
    themselves."""
    given = np.array(system.x0, dtype=np.float64)
    if nature.rests:
        return given
    each = -(-STARTS // len(given))
    end = nature.period * (SETTLE + APART * (each - 1))
    points = 1 + round(end / nature.period * _SAMPLES)
    setting = domain.semantics.setting(system, points=points, rtol=1e-8, atol=1e-10, t_end=end)
    y = domain.semantics.simulate([system.tree], setting).y[0]
    rows = np.round((SETTLE + APART * np.arange(each)) * _SAMPLES).astype(int)
    return np.asarray(y[:, np.minimum(rows, points - 1)].reshape(-1, y.shape[-1])[:STARTS])
