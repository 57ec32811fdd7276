"""κ of five canonical flows under nudges of one coefficient, over horizons chosen by rule.

The protocol that the paper leaves open: equations of the built-in bank; STARTS starts on what its initial conditions settle to,
after SETTLE own periods (a flow that comes to rest starts from the initial conditions); every number in the equations is a
coefficient; a nudge is 1 % up or down; the distance is relative L2 over evenly spaced times, all variables together; κ is the
worst over nudges, averaged over starts. The horizon is the larger of TURNS own periods and, where the largest exponent is
positive by three standard errors, LYAPUNOV_TIMES of its inverse. Beside it: one horizon for all, T = COMMON; other steps and
horizons; the bank's own starts, transient included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import System
from ..domains.domain import Domain
from ..domains.metrics import METRICS
from ..expression.sensitivities import nudge_from_each
from .starts import Nature, nature_of, starts_of

Floats = NDArray[np.float64]

AXES = ("step", "horizon", "start")
"""What the paper leaves open, and is varied."""
STEP = 0.01
TURNS, LYAPUNOV_TIMES = 3.0, 10.0
COMMON = 60.0
POINTS_PER_TURN = 40
STEPS = (0.001, 0.01, 0.05)
FACTORS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Steps, and multiples of the rule's horizon, at which κ is measured again."""
ATTRACTOR, BANK = "on the attractor", "the bank's"
RTOL, ATOL = 1e-8, 1e-10


@dataclass(frozen=True, slots=True)
class Moved:
    """κ from each start: `worst` (n,) and `mean` (n,) over coefficients, at one step and horizon."""

    step: float
    horizon: float
    starts: str
    worst: Floats
    mean: Floats

    @property
    def error(self) -> float:
        """Standard error of the mean over starts."""
        n = len(self.worst)
        return float(self.worst.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")

    def as_dict(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "horizon": self.horizon,
            "starts": self.starts,
            "n_starts": len(self.worst),
            "kappa_worst": float(self.worst.mean()),
            "standard_error": self.error,
            "least_start": float(self.worst.min()),
            "greatest_start": float(self.worst.max()),
            "kappa_mean": float(self.mean.mean()),
        }


@dataclass(frozen=True, slots=True)
class FlowKappa:
    """A flow's own times and its κ: by the protocol (`main`), over the horizon that all share (`common`), and elsewhere."""

    system: System
    nature: Nature
    main: Moved
    common: Moved
    variants: tuple[Moved, ...]

    @property
    def worst(self) -> float:
        return float(self.main.worst.mean())

    def along(self, axis: str) -> list[float]:
        """κ with one thing changed, all else by the protocol: the "step", the "horizon" or the "start"."""
        if axis == "start":
            return [
                *self.main.worst.tolist(),
                *(float(m.worst.mean()) for m in self._like(starts=BANK, horizon=self.main.horizon)),
            ]
        if axis == "step":
            return [float(m.worst.mean()) for m in self._like(starts=ATTRACTOR, horizon=self.main.horizon)]
        return [float(m.worst.mean()) for m in (self.common, *self._like(starts=ATTRACTOR, step=STEP))]

    def _like(self, **wanted: Any) -> list[Moved]:
        return [m for m in self.variants if all(getattr(m, name) == value for name, value in wanted.items())]

    def as_dict(self) -> dict[str, Any]:
        return {
            "system": self.system.name,
            "period": self.nature.period,
            "exponent": self.nature.exponent,
            "exponent_error": self.nature.exponent_error,
            "chaotic": self.nature.chaotic,
        } | self.main.as_dict()


def measure_flow(system: System, domain: Domain) -> FlowKappa:
    """Period, exponent, starts, horizon by the rule; κ there, over the common horizon, and at other steps, horizons and
    starts."""
    nature = nature_of(system, domain)
    horizon = TURNS * nature.period
    if nature.chaotic:
        horizon = max(horizon, LYAPUNOV_TIMES / nature.exponent)
    settled, given = starts_of(system, nature, domain), np.array(system.x0, dtype=np.float64)

    def kappa(step: float, end: float, starts: str = ATTRACTOR) -> Moved:
        rows = settled if starts == ATTRACTOR else given
        points = 1 + max(200, round(POINTS_PER_TURN * end / nature.period))
        setting = domain.semantics.setting(system, points=points, rtol=RTOL, atol=ATOL, t_end=end, x0=rows.tolist())
        worst, mean = nudge_from_each(system, setting, step, METRICS["relative-l2"], domain)
        return Moved(step, end, starts, worst, mean)

    variants = [kappa(step, factor * horizon) for step in STEPS for factor in FACTORS]
    variants += [kappa(STEP, end, BANK) for end in (horizon, COMMON)]
    return FlowKappa(system, nature, kappa(STEP, horizon), kappa(STEP, COMMON), tuple(variants))


def variant_rows(flows: Sequence[FlowKappa]) -> list[dict[str, Any]]:
    """One row per flow, step, horizon and kind of start. `factor`: the horizon as a multiple of the rule's."""
    return [
        {"system": flow.system.name, "factor": moved.horizon / flow.main.horizon} | moved.as_dict()
        for flow in flows
        for moved in (flow.common, *flow.variants)
    ]


def separation(flows: Sequence[FlowKappa], moved: Sequence[Moved]) -> float:
    """The least κ of a chaotic flow over the greatest of the others, `moved` being the κ of each flow. NaN without both kinds."""
    each = [(flow.nature.chaotic, float(m.worst.mean())) for flow, m in zip(flows, moved, strict=True)]
    rough, smooth = [k for chaotic, k in each if chaotic], [k for chaotic, k in each if not chaotic]
    return min(rough) / max(smooth) if rough and smooth else float("nan")
