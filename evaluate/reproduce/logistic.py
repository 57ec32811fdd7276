"""The logistic map over the range of Figure 6: κ and exponent for each r, their correlation, and where κ spikes.

The protocol that the paper leaves open: the edit moves r by one step of the sweep (either way, the worst counts; 4 is not
exceeded, where orbits run away); the orbit's length is that of the bank's logistic map; it starts from STARTS points of the orbit
that the original settles to, after SETTLE iterates, and κ is averaged over them; the distance is relative L2. Beside it: other
lengths and edits, and the bank's own start, transient included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.files.bank import bank_system
from ...grammars.tree import System, coefficient_paths, with_value
from ..domains.domain import Domain
from ..domains.metrics import relative_l2
from ..expression.lyapunov import spectrum_of
from .flows import ATTRACTOR, BANK
from .printed import SWEEP_RANGE
from .starts import STARTS

Floats = NDArray[np.float64]

POINTS = 1201
LENGTHS = (50, 100, 200, 500, 1000)
STEPS = (1e-4, 1e-3, 1e-2)
"""Orbit lengths and edits of r at which the correlation is measured again."""
SETTLE, APART = 1000, 37
"""Iterates before the first start, and between starts."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Over r (n,): the exponent, κ at the protocol's orbit length, and κ of long orbits. `variants`: the correlation
    elsewhere."""

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
        rows = []
        for name, kappa in (("protocol", self.kappa), ("long orbits", self.kappa_long)):
            for i in spikes(kappa, self.exponent):
                edge = min(KNOWN_EDGES, key=lambda e: abs(KNOWN_EDGES[e] - self.r[i]))
                near = abs(KNOWN_EDGES[edge] - self.r[i]) <= NEAR
                row = {"orbits": name, "r": float(self.r[i]), "kappa": float(kappa[i]), "exponent": float(self.exponent[i])}
                rows.append(row | {"edge": edge if near else "", "known": KNOWN_EDGES[edge] if near else None})
        return rows

    @property
    def edges(self) -> list[dict[str, Any]]:
        """Each known edge, and a spike of either kind where there is one."""
        spike_at = {s["edge"]: s["r"] for s in self.spikes if s["edge"]}
        return [{"edge": name, "r": r, "found": spike_at.get(name)} for name, r in KNOWN_EDGES.items()]


def sweep(domain: Domain) -> Sweep:
    """All of it. Some ten thousand orbits."""
    system = bank_system("logistic-map")
    r = np.linspace(*SWEEP_RANGE, POINTS)
    step = float(r[1] - r[0])
    length = int(system.t_end or LENGTHS[0])
    exponent = np.array([_exponent(at(system, value), domain) for value in r])
    settled, given = starts_of(system, r, domain), np.broadcast_to(np.array(system.x0[:1]), (len(r), 1, 1))
    rows = []
    for name, starts in ((ATTRACTOR, settled), (BANK, given)):
        for n, s in ((n, s) for n in LENGTHS for s in STEPS):
            values = kappa_of(system, r, starts, n, s, domain)
            rows.append({"starts": name, "length": n, "step": s, "correlation": _correlation(values, exponent)})
    kappa = kappa_of(system, r, settled, length, step, domain)
    long = kappa_of(system, r, given, LONG, step, domain)
    return Sweep(r=r, exponent=exponent, kappa=kappa, kappa_long=long, length=length, step=step, variants=tuple(rows))


def at(system: System, r: float) -> System:
    """The bank's logistic map with another r, which is its first coefficient."""
    return replace(system, tree=with_value(system.tree, coefficient_paths(system.tree)[0], r), name=f"logistic r={r:.4g}")


def starts_of(system: System, r: Floats, domain: Domain) -> Floats:
    """STARTS points of the orbit that each r settles to: (n, STARTS, 1)."""
    setting = domain.semantics.setting(system, t_end=SETTLE + APART * (STARTS - 1), x0=system.x0[:1])
    y = domain.semantics.simulate([at(system, float(v)).tree for v in r], setting).y[:, 0]
    return np.asarray(y[:, SETTLE::APART][:, :STARTS])


def kappa_of(system: System, r: Floats, starts: Floats, length: int, step: float, domain: Domain) -> Floats:
    """κ for each r under edits by ± step, averaged over its starts (n, I, 1): (n,)."""
    base = domain.semantics.setting(system, t_end=length, x0=system.x0[:1])
    settings = [replace(base, x0=np.ascontiguousarray(rows)) for rows in starts]

    def orbits(values: Floats) -> Floats:
        behaviors = domain.semantics.simulate([at(system, float(v)).tree for v in values], settings)
        return np.stack([b.y[0] for b in behaviors])

    original = orbits(r)
    moved = [orbits(np.minimum(r + sign * step, SWEEP_RANGE[1])) for sign in (1.0, -1.0)]
    each = np.maximum(*(relative_l2(original, other) for other in moved))
    return np.asarray(each.mean(axis=1))


def _exponent(system: System, domain: Domain) -> float:
    return spectrum_of(system, domain, None, EXPONENT_ITERATES, 1e-6, 1e-9).spectrum[0]


def _correlation(kappa: Floats, exponent: Floats) -> float:
    return float(np.corrcoef(kappa, np.maximum(exponent, 0.0))[0, 1])


def spikes(kappa: Floats, exponent: Floats) -> list[int]:
    """Places of the spikes of κ among values with no positive exponent. Chaotic neighbors do not count: there κ is always
    large."""
    calm = np.where(exponent <= 0.0, kappa, np.nan)
    peaks = []
    for i in np.flatnonzero(np.isfinite(calm)):
        near = calm[max(0, i - NEIGHBORS) : i + NEIGHBORS + 1]
        around = calm[max(0, i - AROUND) : i + AROUND + 1]
        if calm[i] == np.nanmax(near) and calm[i] >= EXCESS * np.nanmedian(around):
            peaks.append(int(i))
    return peaks


def hardest_calm(swept: Sweep) -> float:
    """The r of the largest κ without a positive exponent: an edge of a periodic window."""
    calm: Sequence[float] = np.where(swept.exponent <= 0.0, swept.kappa, -1.0).tolist()
    return float(swept.r[int(np.argmax(calm))])
