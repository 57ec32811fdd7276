"""The logistic map over the range of Figure 6: κ and exponent for each r, their correlation, and where κ spikes.

The protocol that the paper leaves open: the edit moves r by one step of the sweep (either way, the worst counts; 4 is not
exceeded, where orbits run away); the orbit's length and start are those of the bank's logistic map; the distance is relative L2
over the whole orbit, transient included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.bank import bank_system
from ...grammars.tree import System, coefficient_paths, with_value
from ..domains import Domain
from ..lyapunov import spectrum_of
from ..metrics import relative_l2
from .printed import SWEEP_RANGE

Floats = NDArray[np.float64]

POINTS = 1201
LENGTHS = (50, 100, 200, 500, 1000)
STEPS = (1e-4, 1e-3, 1e-2)
"""Orbit lengths and edits of r at which the correlation is measured again."""
LONG = 1000
"""Length of the orbits in which edges are looked for: near one an orbit settles slowly."""
EXPONENT_ITERATES = 3200.0

NEIGHBORS, AROUND, EXCESS = 4, 10, 1.5
"""A spike: the largest κ among 4 neighbors on either side that are not chaotic, and 1.5 times the median
of those within 10, about the width of the wider windows."""
NEAR = 0.003
"""A spike this close to a known edge, and to no other one more so, is at it."""
KNOWN_EDGES = {
    "period 2 begins": 3.0,
    "period 4 begins": 3.449490,  # 1 + sqrt(6)
    "period 8 begins": 3.544090,
    "period 16 begins": 3.564407,
    "chaos begins": 3.569946,
    "period 6 window begins": 3.626553,
    "period 5 window begins": 3.738173,
    "period 3 window begins": 3.828427,  # 1 + sqrt(8)
    "period 3 window doubles": 3.841499,
    "second period 5 window begins": 3.905572,
    "period 4 window begins": 3.960102,
}
"""Known values, to compare with: nothing is searched for near them. May 1976; Strogatz 1994, Nonlinear Dynamics and Chaos."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Over r (n,): the exponent, κ at the protocol's orbit length, and κ of long orbits. `variants`: the correlation elsewhere."""

    r: Floats
    exponent: Floats
    kappa: Floats
    kappa_long: Floats
    length: int
    step: float
    variants: tuple[dict[str, Any], ...]

    @property
    def correlation(self) -> float:
        """Pearson's correlation of κ with the positive part of the exponent."""
        return _correlation(self.kappa, self.exponent)

    @property
    def spikes(self) -> list[dict[str, Any]]:
        """Where κ spikes though the exponent is not positive, with the nearest known edge."""
        found = []
        for name, kappa in (("protocol", self.kappa), ("long orbits", self.kappa_long)):
            for i in spikes(kappa, self.exponent):
                edge = min(KNOWN_EDGES, key=lambda e: abs(KNOWN_EDGES[e] - self.r[i]))
                near = abs(KNOWN_EDGES[edge] - self.r[i]) <= NEAR
                row = {"orbits": name, "r": float(self.r[i]), "kappa": float(kappa[i]), "exponent": float(self.exponent[i])}
                found.append(row | {"edge": edge if near else "", "known": KNOWN_EDGES[edge] if near else None})
        return found

    @property
    def edges(self) -> list[dict[str, Any]]:
        """Each known edge, and a spike of either kind where there is one."""
        found = {s["edge"]: s["r"] for s in self.spikes if s["edge"]}
        return [{"edge": name, "r": r, "found": found.get(name)} for name, r in KNOWN_EDGES.items()]


def sweep(place: Domain) -> Sweep:
    """All of it. Some ten thousand orbits."""
    system = bank_system("logistic-map")
    r = np.linspace(*SWEEP_RANGE, POINTS)
    step = float(r[1] - r[0])
    length = int(system.t_end or LENGTHS[0])
    exponent = np.array([_exponent(at(system, value), place) for value in r])
    table = {(n, s): kappa_of(system, r, n, s, place) for n in LENGTHS for s in STEPS}
    rows = [{"length": n, "step": s, "correlation": _correlation(k, exponent)} for (n, s), k in table.items()]
    kappa, long = (kappa_of(system, r, n, step, place) for n in (length, LONG))
    return Sweep(r, exponent, kappa, long, length, step, tuple(rows))


def at(system: System, r: float) -> System:
    """The bank's logistic map with another r, which is its first coefficient."""
    return replace(system, tree=with_value(system.tree, coefficient_paths(system.tree)[0], r), name=f"logistic r={r:.4g}")


def kappa_of(system: System, r: Floats, length: int, step: float, place: Domain) -> Floats:
    """κ for each r under edits by ± step: (n,)."""
    setting = place.semantics.setting(system, t_end=length, x0=system.x0[:1])

    def orbits(values: Floats) -> Floats:
        return place.semantics.simulate([at(system, float(v)).tree for v in values], setting).y[:, 0]

    original = orbits(r)
    moved = [orbits(np.minimum(r + sign * step, SWEEP_RANGE[1])) for sign in (1.0, -1.0)]
    return np.maximum(*(relative_l2(original, other) for other in moved))


def _exponent(system: System, place: Domain) -> float:
    return spectrum_of(system, place, None, EXPONENT_ITERATES, 1e-6, 1e-9).spectrum[0]


def _correlation(kappa: Floats, exponent: Floats) -> float:
    return float(np.corrcoef(kappa, np.maximum(exponent, 0.0))[0, 1])


def spikes(kappa: Floats, exponent: Floats) -> list[int]:
    """Places of the spikes of κ among values with no positive exponent. Chaotic neighbors do not count: there κ is always large."""
    calm = np.where(exponent <= 0.0, kappa, np.nan)
    found = []
    for i in np.flatnonzero(np.isfinite(calm)):
        near = calm[max(0, i - NEIGHBORS) : i + NEIGHBORS + 1]
        around = calm[max(0, i - AROUND) : i + AROUND + 1]
        if calm[i] == np.nanmax(near) and calm[i] >= EXCESS * np.nanmedian(around):
            found.append(int(i))
    return found


def hardest_calm(found: Sweep) -> float:
    """The r of the largest κ without a positive exponent: an edge of a periodic window."""
    calm: Sequence[float] = np.where(found.exponent <= 0.0, found.kappa, -1.0).tolist()
    return float(found.r[int(np.argmax(calm))])
