"""`simulate`: the behavior of one system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ...grammars.errors import ConditionError
from ...grammars.tree import System
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.sources import Source, one
from ..options.spelled import part, spelled_out
from ..results.behavior_text import without_nan
from ..results.notebook import displayed
from ..results.plots import drawn
from ..semantics.base import Behaviors, Solver, SolverOptions, Status

if TYPE_CHECKING:
    import altair as alt
    import polars as pl


@displayed("labels", "status")
@dataclass(frozen=True, slots=True)
class Simulation:
    """The behavior of one system: t (T,), y (I, T, D) for I initial conditions, NaN where it is undefined; `status` the worst
    over them. `closed`: see `Domain`.

    `inputs` (T, n): of a domain that is not closed and no series, the points at which it is evaluated; t then only numbers them.
    `said`: the behavior in the domain's own words, for each initial condition, where it has some.
    """

    system: System
    behaviors: Behaviors
    closed: bool = True
    inputs: np.ndarray[Any, np.dtype[np.float64]] | None = None
    said: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """What each of the D dimensions is: a variable; of a domain that is not closed the value, or values."""
        width = int(self.y.shape[2])
        if self.closed and width == self.system.dim:
            return self.system.names
        return ("value",) if width == 1 else tuple(f"value_{i}" for i in range(width))

    @property
    def t(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return self.behaviors.t

    @property
    def y(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        values: np.ndarray[Any, np.dtype[np.float64]] = self.behaviors.y[0]
        return values

    @property
    def status(self) -> str:
        return Status(int(self.behaviors.status.max())).name.lower()

    def as_dict(self) -> dict[str, Any]:
        document = {"t": self.t.tolist(), "y": without_nan(self.y), "status": self.status}
        if self.said:
            document |= {"said": list(self.said)}
        return document if self.inputs is None else document | {"inputs": self.inputs.tolist()}

    def to_frame(self) -> pl.DataFrame:
        """One row per initial condition and time; one column per variable, or `value` where the variables are inputs."""
        import polars as pl

        rows = [(i, t, *row) for i, y in enumerate(self.y) for t, row in zip(self.t.tolist(), y.tolist(), strict=True)]
        columns = (f"{n}_value" if n in ("start", "t") else n for n in self.labels)
        return pl.DataFrame(rows, schema=["start", "t", *columns], orient="row")

    def plot(self) -> alt.Chart:
        """Time series, one panel per initial condition."""
        chart: alt.Chart = drawn("figures", "time_series", self)
        return chart


@spelled_out(SolverOptions, defaults=(Solver,))
def simulate(
    text: Source,
    x0: Sequence[Sequence[float]] | None = None,
    t_end: float | None = None,
    points: int = 201,
    *,
    domain: str | Domain = "ode",
    **options: Unpack[SolverOptions],
) -> Simulation:
    """The behavior of a system (`text`) of a `domain`, at `points` times. `x0` (several allowed) and `t_end` win over those in
    the text.

    Raises `ParseError`, or `ConditionError` where initial conditions or a horizon are missing or do not fit, or a horizon is
    given for what has inputs and no time.
    """
    chosen_domain = find_domain(domain).tuned(part(Solver, options))
    if t_end is not None and not chosen_domain.closed:
        raise ConditionError(f"domain {chosen_domain.name!r} has inputs and no time: leave the horizon (--t-end) out")
    system = one(text, chosen_domain)
    setting = chosen_domain.semantics.setting(system, points=points, x0=x0, t_end=t_end)
    inputs = None if chosen_domain.closed or chosen_domain.series else setting.x0
    behaviors = chosen_domain.semantics.simulate([system.tree], setting)
    said: tuple[str, ...] = ()
    if chosen_domain.say is not None:
        ends = [Status(int(status)) for status in behaviors.status[0]]
        said = tuple(
            "unresolved" if end == Status.UNRESOLVED else chosen_domain.said(y)
            for end, y in zip(ends, behaviors.y[0], strict=True)
        )
    return Simulation(system, behaviors, chosen_domain.closed, inputs, said)
