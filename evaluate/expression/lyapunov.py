"""`lyapunov`: the spectrum of Lyapunov exponents by Benettin's method, for flows and maps, with standard errors.

One trajectory, followed once: averages over stretches that overlap would promise more than they know. How long it goes on is
decided by a rule and not by a clock, so the same text gives the same digits everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite, log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError
from ...grammars.tree import System, variables
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.sources import Source, one
from ..options.spelled import typed
from ..results.notebook import displayed
from ..results.plots import drawn
from .settling import halves_agree, not_come_round, standard_error

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from ..semantics.tangent.walker import Walker

Floats = NDArray[np.float64]

BLOCKS = 128
"""Blocks in the first round; each further round doubles the run."""
BLOCK_STEPS, TRANSIENT_STEPS, MOST_STEPS = 1_000, 20_000, 10_000_000
TYPICAL_STEPS = 4_000
IMPLICIT_SHARE = 0.1
"""An implicit step costs about ten explicit ones, and a turn takes about a tenth as many."""
RELATIVE_TARGET, ZERO_TARGET = 0.0025, 1e-3
FURTHER_ON = (0.382, 0.618)
"""Where a flow is asked again whether it is stiff if two states do not agree, in units of the time so far; the majority
counts."""
STEPS_PER_TURN = 20
"""Steps that a flow's own time unit takes, roughly; ZERO_TARGET is per such unit, or per iterate."""
LONGEST = 1e8


@displayed("spectrum", "standard_error", "settled")
@dataclass(frozen=True, slots=True, kw_only=True)
class Lyapunov:
    """The exponents of a trajectory, largest first, per time unit (flows) or iterate (maps), natural logarithm.

    -inf where a direction is crushed to nothing: at a point where a map's derivative vanishes, or where a flow begins to slide
    along the surface of a jump. `standard_error`: from the spread of block means, what the solver's tolerance may add, and what a
    tangent vector needs to turn; 0 beside -inf. `t`: the time averaged over; `transient`: what was discarded before.
    `divergence`: the mean of trace J (of log |det J| for maps, and of log |det S| at jumps), integrated apart, which the sum of
    the spectrum must equal. `settled`: whether every error reached its target, both halves agree and every variable came round
    (`lyapunov`); `notes` say what did not, and what there was of jumps.
    """

    system: System
    spectrum: tuple[float, ...]
    standard_error: tuple[float, ...]
    divergence: float
    t: float
    transient: float
    settled: bool
    notes: tuple[str, ...]
    blocks: Floats = field(repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The `lyapunov` document of the interface."""
        return {
            "spectrum": [_number(v) for v in self.spectrum],
            "standard_error": list(self.standard_error),
            "t": self.t,
            "settled": self.settled,
            "divergence": _number(self.divergence),
            "transient": self.transient,
            "notes": list(self.notes),
        }

    def to_frame(self) -> pl.DataFrame:
        """One row per exponent."""
        import polars as pl

        columns = {"exponent": range(1, len(self.spectrum) + 1), "value": self.spectrum, "standard_error": self.standard_error}
        return pl.DataFrame({name: list(values) for name, values in columns.items()})

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Running means of the exponents over the blocks: whether they have settled."""
        chart: alt.Chart | alt.LayerChart = drawn("figures", "running_exponents", self)
        return chart


def _number(value: float) -> float | str:
    """JSON has no infinity."""
    return value if isfinite(value) else str(value)


@typed
def lyapunov(
    text: Source,
    x0: Sequence[float] | None = None,
    t_end: float | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    domain: str | Domain = "ode",
) -> Lyapunov:
    """Lyapunov exponents of the trajectory from `x0`, or from the first initial condition in the text.

    `t_end`: the time (or number of iterates) to average over, after a transient of a tenth of it. Without it (a horizon in the
    text says how long to simulate, and is too short here) the run is doubled until the standard error of each exponent is below
    0.25 % of it or, where it does not differ from zero by three errors, below 0.001 per turn (20 integrator steps, or one
    iterate), both halves of the run agree, and every variable has come round or to rest, or until ten million steps are used up
    (a million implicit ones, which stiff flows take). A first half that does not agree with the second is discarded as transient.

    Where a flow's right-hand side jumps, tangent vectors undergo the jump's saltation matrix, and dry friction slides as Filippov
    says.

    Raises ConditionError where the initial condition is missing, its trajectory is unbounded, or is caught where a function jumps
    that no `sign` or `abs` writes; RunError where the solver gives up.
    """
    chosen_domain = find_domain(domain)
    system = one(text, chosen_domain)
    return spectrum_of(system, chosen_domain, x0, t_end, rtol, atol)


def spectrum_of(
    system: System, domain: Domain, x0: Sequence[float] | None, t_end: float | None, rtol: float, atol: float
) -> Lyapunov:
    """`lyapunov` of a parsed system."""
    walker, orbit = _start(system, domain, x0, rtol, atol)
    if t_end is not None and not (isfinite(t_end) and t_end > 0):
        raise ConditionError(f"the time to average over must be positive, not {t_end}")
    run = _Run(system, orbit, *_lengths(walker, orbit, t_end), size=np.abs(walker.x))
    walker.go(run.transient)
    walker.steps = 0
    while True:
        run.follow(walker, max(BLOCKS, len(run.sums)))
        if t_end is None:
            run.discard()
        reasons = run.reasons()
        most = MOST_STEPS * (IMPLICIT_SHARE if walker.method == 1 else 1.0)
        if not reasons or t_end is not None or 2 * walker.steps > most or walker.time > LONGEST:
            break
    return run.result(reasons, walker)


@dataclass(slots=True)
class _Run:
    """What has been averaged so far: the sums of each block, the states at their ends, and the steps they took."""

    system: System
    orbit: bool
    block: float
    transient: float
    turn: float
    size: Floats
    sums: Floats = field(default_factory=lambda: np.empty((0, 0)))
    states: Floats = field(default_factory=lambda: np.empty((0, 0)))
    roughness: float = 0.0

    def follow(self, walker: Walker, count: int) -> None:
        """`count` blocks more."""
        dim = walker.dim
        sums, states, steps = np.zeros((count, dim + 1)), np.zeros((count, dim)), walker.steps
        known = walker.doubts.copy()
        for row, state in zip(sums, states, strict=True):
            before, slid = walker.residues.copy(), walker.sliding
            walker.go(self.block, row)
            state[:] = walker.x
            crushed = walker.residues > before
            crushed[-1] |= slid or walker.sliding
            row[:dim][crushed] = -np.inf
            row[dim] = -np.inf if crushed.any() else row[dim]
        self.sums = np.concatenate([self.sums.reshape(-1, dim + 1), sums])
        self.states = np.concatenate([self.states.reshape(-1, dim), states])
        self.size = np.maximum(self.size, np.abs(self.states).max(axis=0))
        doubt = max(walker.rtol * (walker.steps - steps), float((walker.doubts - known).max()))
        self.roughness = 0.0 if self.orbit else doubt / (count * self.block)

    @property
    def means(self) -> Floats:
        return self.sums / self.block

    @property
    def floor(self) -> Floats:
        """The error that no spread shows, (D + 1,): of the solver, a tolerance in each step or what implicit steps doubt if that
        is more, and of the vectors' directions, which turn by a factor that is 1 for most motions and grows as the time for a
        shear."""
        time = len(self.sums) * self.block
        turned = max(1.0, log(1.0 + time / self.transient)) / time
        return np.full(self.sums.shape[1], np.hypot(self.roughness, turned))

    def error(self) -> Floats:
        return np.where(np.isfinite(self.means).all(axis=0), np.hypot(standard_error(self.means), self.floor), 0.0)

    def discard(self) -> None:
        """Take a first half that the second does not agree with for transient, as long as enough is left."""
        while len(self.sums) >= 2 * BLOCKS and not halves_agree(self.means, self.floor):
            half = len(self.sums) // 2
            self.transient += half * self.block
            self.sums, self.states = self.sums[half:], self.states[half:]

    def reasons(self) -> list[str]:
        """Why the averages have not settled; none if they have."""
        value, error = self.means.mean(axis=0)[:-1], self.error()[:-1]
        differs = np.abs(value) > 3.0 * error
        target = np.where(differs, RELATIVE_TARGET * np.abs(value), ZERO_TARGET / self.turn)
        wide = np.isfinite(value) & (error > target)
        why = ["not every error has reached its target"] if wide.any() else []
        if not halves_agree(self.means, self.floor):
            why.append("the first and the second half of the run differ")
        moving = [d for d in not_come_round(self.states, self.size) if variables(self.system.equations[d])]
        if moving:
            why.append(f"{', '.join(self.system.names[d] for d in moving)} has not come round in the time averaged over")
        return why

    def result(self, reasons: list[str], walker: Walker) -> Lyapunov:
        value, error = self.means.mean(axis=0), self.error()
        order = np.argsort(-value[:-1], kind="stable")
        numbers = [tuple(float(v) for v in x[:-1][order]) for x in (value, error)]
        notes = [f"not settled: {reason}" for reason in reasons]
        if walker.jumps:
            notes.append(f"the right-hand side jumped {walker.jumps} times; tangent vectors underwent the saltation matrix")
        if walker.slidings:
            notes.append(f"the trajectory slid along a jump {walker.slidings} times, which crushes one direction to nothing")
        if walker.method == 1:
            notes.append("stiff: followed by implicit steps")
        time = float(len(self.sums) * self.block)
        return Lyapunov(
            system=self.system,
            spectrum=numbers[0],
            standard_error=numbers[1],
            divergence=float(value[-1]),
            t=time,
            transient=self.transient,
            settled=not reasons,
            notes=tuple(notes),
            blocks=self.means[:, order],
        )


def _lengths(walker: Walker, orbit: bool, t_end: float | None) -> tuple[float, float, float]:
    """Length of a block, of the transient, and of a turn. A flow's step size is found by following it for some thousand steps."""
    if t_end is not None and orbit and t_end < BLOCKS:
        raise ConditionError(f"give at least {BLOCKS} iterates to average over, not {t_end:g}")
    step = 1.0 if orbit else min(_typical_step(walker), LONGEST / (8 * BLOCKS * BLOCK_STEPS))  # three rounds of it at least
    block = BLOCK_STEPS * step if t_end is None else t_end / BLOCKS
    transient = TRANSIENT_STEPS * step if t_end is None else 0.1 * t_end
    if orbit:
        block, transient = float(int(block)), float(1 + int(transient))
    return block, transient, 1.0 if orbit else STEPS_PER_TURN * step


def _typical_step(walker: Walker) -> float:
    """Mean step size, from a run doubled until it took 4,000 steps, or the time is 10⁷ (a system at rest takes none)."""
    from ..semantics.tangent.walker import choose_method, follow_by

    choose_method(walker)
    step, method = _mean_step(walker), walker.method
    judged = [_method_here(walker)]  # it may be elsewhere now: at rest, for one
    if judged == [method]:
        return step
    for share in FURTHER_ON:  # or on its way through a jump, which is one place of many
        walker.go(share * walker.time)
        judged.append(_method_here(walker))
    if judged.count(method) > 1:
        return step
    follow_by(walker, judged[0])
    walker.h, walker.steps = 1e-3, 0
    return _mean_step(walker)


def _method_here(walker: Walker) -> int:
    from ..semantics.tangent.walker import choose_method

    there = walker.copy()
    choose_method(there)
    return there.method


def _mean_step(walker: Walker) -> float:
    elapsed, span, last = 0.0, 1e-3, 0
    while walker.steps < TYPICAL_STEPS and elapsed < 0.1 * LONGEST:
        last = walker.steps
        walker.go(span)
        elapsed += span
        span *= 2.0
    return 0.5 * span / max(1, walker.steps - last)


def _start(system: System, domain: Domain, x0: Sequence[float] | None, rtol: float, atol: float) -> tuple[Walker, bool]:
    from ..semantics.base import check_solver
    from ..semantics.conditions import initial_conditions
    from ..semantics.flow import Flow
    from ..semantics.orbit import Orbit
    from ..semantics.tangent.walker import BOX, walker

    if not isinstance(domain.semantics, Flow | Orbit):
        raise ConditionError(f"domain {domain.name!r} has no Lyapunov exponents; ode and map have")
    check_solver(2, rtol, atol, BOX)
    start = initial_conditions(system, None if x0 is None else [x0], BOX)[0]
    orbit = isinstance(domain.semantics, Orbit)
    return walker(system.tree, start, orbit, rtol, atol), orbit
