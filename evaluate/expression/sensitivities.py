"""Sensitivities to coefficients: how far a behavior moves when one coefficient is nudged, and the limit of small nudges.

Section 5.1 of the paper: κ of a dynamical system is the worst distance over nudges of one coefficient. As the step shrinks,
distance over step approaches a limit that the forward sensitivities ∂x/∂c give without any nudge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError
from ...grammars.tree import Node, Path, System, coefficient_paths
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.metrics import Metric, distances
from ..domains.sources import Source, one
from ..edits.coefficient import nudge_scale, nudged
from ..results.notebook import displayed
from ..semantics.base import Behaviors, Setting, Status, room_for

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

SIGNS = (1.0, -1.0)
_EPSILON = 1e-6
"""Size of the displacement, relative to the behavior's, at which a metric's own derivative is taken."""


@displayed("system")
@dataclass(frozen=True, slots=True)
class Nudges:
    """Distances under nudges of each of P coefficients by 1 + step and 1 - step: `distance` (P, 2), NaN where there is none:
    where a nudged one is unresolved, or undefined under an unbounded metric."""

    system: System
    metric: str
    step: float
    paths: tuple[Path, ...]
    distance: Floats

    @property
    def worst(self) -> float:
        """The largest distance: κ of Section 5.1. NaN without a coefficient."""
        return float(np.nanmax(self.distance)) if (~np.isnan(self.distance)).any() else float("nan")

    @property
    def mean(self) -> float:
        """The mean over coefficients of the larger of each one's two distances."""
        each = [float(np.nanmax(pair)) for pair in self.distance if (~np.isnan(pair)).any()]
        return float(np.mean(each)) if each else float("nan")

    def to_frame(self) -> pl.DataFrame:
        """One row per coefficient."""
        import polars as pl

        values = [self.system.tree.at(path).value for path in self.paths]
        up, down = self.distance.T.tolist() if len(self.paths) else ([], [])
        return pl.DataFrame({"coefficient": range(len(values)), "value": values, "up": up, "down": down})


@displayed("system")
@dataclass(frozen=True, slots=True)
class Sensitivities:
    """Limits of distance / step for each of P coefficients as the relative step goes to 0: `limit` (P,)."""

    system: System
    metric: str
    paths: tuple[Path, ...]
    limit: Floats

    @property
    def worst(self) -> float:
        return float(self.limit.max()) if len(self.limit) else float("nan")

    @property
    def mean(self) -> float:
        return float(self.limit.mean()) if len(self.limit) else float("nan")

    def as_dict(self) -> dict[str, Any]:
        return {"metric": self.metric, "limit": self.limit.tolist(), "worst": self.worst, "mean": self.mean}

    def to_frame(self) -> pl.DataFrame:
        """One row per coefficient."""
        import polars as pl

        values = [self.system.tree.at(path).value for path in self.paths]
        return pl.DataFrame({"coefficient": range(len(values)), "value": values, "limit": self.limit.tolist()})


def nudge(
    text: Source,
    step: float = 0.01,
    x0: Sequence[Sequence[float]] | None = None,
    t_end: float | None = None,
    metric: str = "relative-l2",
    domain: str | Domain = "ode",
    points: int = 201,
    rtol: float = 1e-6,
    atol: float = 1e-9,
) -> Nudges:
    """Distances under nudges of each coefficient by ± `step`, relative (a zero is moved by `step` itself).

    `rtol` should be far below `step`. Several initial conditions are averaged over. Raises ConditionError where conditions
    are missing, or the system's own behavior is not resolved.
    """
    chosen_domain = find_domain(domain)
    system = one(text, chosen_domain)
    setting = chosen_domain.semantics.setting(system, points=points, rtol=rtol, atol=atol, x0=x0, t_end=t_end)
    return nudge_in(system, setting, step, chosen_domain.distance(metric), chosen_domain)


def nudge_in(system: System, setting: Setting, step: float, metric: Metric, domain: Domain) -> Nudges:
    """`nudge` in a setting that is already there. The bounding box for the nudged ones is that of all edits."""
    paths = tuple(coefficient_paths(system.tree))
    reference = _resolved(domain.semantics.simulate([system.tree], setting)).y[0]
    trees: list[Node] = [nudged(system.tree, path, sign * step) for path in paths for sign in SIGNS]
    if not trees:
        return Nudges(system, metric.name, step, (), np.empty((0, 2)))
    inside, _ = room_for(system.tree, setting, reference, domain.semantics)
    behaviors = domain.semantics.simulate(trees, inside)
    distance = distances(metric, reference, behaviors.y)
    distance[(behaviors.status == Status.UNRESOLVED).any(axis=1)] = np.nan
    return Nudges(system, metric.name, step, paths, distance.reshape(-1, 2))


def nudge_from_each(system: System, setting: Setting, step: float, metric: Metric, domain: Domain) -> tuple[Floats, Floats]:
    """The worst distance over nudges, and the mean over coefficients of the larger of each one's two, from each of I initial
    conditions: (I,) and (I,). `nudge_in` averages over them before it takes the worst. NaN where all nudges are unresolved."""
    nudges = [nudge_in(system, replace(setting, x0=setting.x0[i : i + 1]), step, metric, domain) for i in range(len(setting.x0))]
    return np.array([f.worst for f in nudges]), np.array([f.mean for f in nudges])


def sensitivities(
    text: Source,
    x0: Sequence[Sequence[float]] | None = None,
    t_end: float | None = None,
    metric: str = "relative-l2",
    domain: str | Domain = "ode",
    points: int = 201,
    rtol: float = 1e-8,
    atol: float = 1e-10,
) -> Sensitivities:
    """The limit of distance / step as the nudge of one coefficient shrinks, from forward sensitivities.

    For relative-l2 it is ‖c ∂x/∂c‖ / ‖x‖. Any metric will do that grows in proportion to small displacements; its own derivative
    along ∂x/∂c is taken numerically. Where the right-hand side jumps, derivatives undergo the jump's saltation matrix, so that
    the time of a switch counts as what it moves. Domain ode or map. Raises ConditionError as `nudge` does, or where a derivative
    is not finite.
    """
    from ..semantics.flow import Flow
    from ..semantics.orbit import Orbit
    from ..semantics.tangent.variations import variations

    chosen_domain = find_domain(domain)
    measure = chosen_domain.distance(metric)
    system = one(text, chosen_domain)
    if not isinstance(chosen_domain.semantics, Flow | Orbit):
        raise ConditionError(f"domain {chosen_domain.name!r} has no sensitivities; ode and map have")
    setting = chosen_domain.semantics.setting(system, points=points, rtol=rtol, atol=atol, x0=x0, t_end=t_end)
    paths = tuple(coefficient_paths(system.tree))
    scales = [nudge_scale(system.tree, path) for path in paths]
    y, slopes = variations(system.tree, setting, scales, orbit=isinstance(chosen_domain.semantics, Orbit))
    moves = [_along(measure, y, slopes[..., i]) for i in range(len(paths))]
    return Sensitivities(system, measure.name, paths, np.array(moves, dtype=np.float64))


def _along(metric: Metric, y: Floats, slope: Floats) -> float:
    """Derivative of the metric at y (I, T, D) along `slope`, averaged over initial conditions."""
    size = float(np.abs(slope).max())
    if size == 0.0:
        return 0.0
    epsilon = _EPSILON * max(float(np.abs(y).max()), 1e-300) / size
    return float(distances(metric, y, (y + epsilon * slope)[None])[0]) / epsilon


def _resolved(behaviors: Behaviors) -> Behaviors:
    if (behaviors.status != Status.OK).any():
        worst = Status(int(behaviors.status.max())).name.lower()
        raise ConditionError(f"the system's own behavior is {worst} up to the horizon; choose an earlier one")
    return behaviors
