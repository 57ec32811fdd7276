"""`lyapunov`: the spectrum of Lyapunov exponents by Benettin's method, for flows and maps, with standard errors.

Four walkers follow one trajectory from four places on it, each with its own tangent vectors, on as many cores as there are.
How long they go on is decided by a rule and not by a clock, so the same text gives the same digits everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import repeat
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..grammars.errors import ConditionError, RunError
from ..grammars.tree import System
from .domains import Domain
from .domains import domain as find_domain

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Floats = NDArray[np.float64]

WALKERS = 4
BLOCKS = 32
"""Blocks per walker in the first round; each further round doubles the run."""
MOST_BLOCKS, FEWEST_BLOCKS = 128, 32
"""Into how many blocks the run is cut for the standard error: long ones are independent where short ones are not."""
BLOCK_STEPS, TRANSIENT_STEPS = 1_000, 20_000
MOST_STEPS = 10_000_000
RELATIVE_TARGET, ZERO_TARGET = 0.0025, 1e-3
STEPS_PER_TURN = 20
"""Steps that a flow's own time unit takes, roughly; ZERO_TARGET is per such unit, or per iterate."""
THREADED_TURNS = 10_000
"""A first round shorter than this per walker is not worth starting threads for."""
BOX = 1e9


@dataclass(frozen=True, slots=True)
class Lyapunov:
    """The exponents of a trajectory, largest first, per time unit (flows) or iterate (maps), natural logarithm.

    `standard_error`: from the spread of block means. `t`: the time averaged over, all
    walkers together; `transient`: what was discarded before. `divergence`: the mean of trace J (of log |det J| for maps),
    integrated apart, which the sum of the spectrum must equal. `settled`: whether every error reached its target (`lyapunov`).
    """

    system: System
    spectrum: tuple[float, ...]
    standard_error: tuple[float, ...]
    divergence: float
    t: float
    transient: float
    settled: bool
    blocks: Floats = field(repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The `lyapunov` document of the interface."""
        return {"spectrum": list(self.spectrum), "standard_error": list(self.standard_error), "t": self.t}

    def to_frame(self) -> pl.DataFrame:
        """One row per exponent."""
        import polars as pl

        columns = {"exponent": range(1, len(self.spectrum) + 1), "value": self.spectrum, "standard_error": self.standard_error}
        return pl.DataFrame({name: list(values) for name, values in columns.items()})

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Running means of the exponents over the blocks: whether they have settled."""
        from .report.reproduction import running_exponents

        return running_exponents(self)


def lyapunov(
    text: str | System,
    x0: Sequence[float] | None = None,
    t_end: float | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    domain: str | Domain = "ode",
) -> Lyapunov:
    """Lyapunov exponents of the trajectory from `x0`, or from the first initial condition in the text.

    `t_end`: the time (or number of iterates) to average over, after a transient of a tenth of it. Without it (a horizon in the
    text says how long to simulate, and is too short here) the run is doubled until the standard error of each exponent is
    below 0.25 % of it or, where it does not differ from zero by three errors, below 0.001 per turn (20 integrator steps, or
    one iterate), or until ten million steps are used up.

    Raises ConditionError where the initial condition is missing or its trajectory is unbounded, RunError where the solver gives up.
    """
    place = find_domain(domain)
    system = place.parse(text) if isinstance(text, str) else text
    return spectrum_of(system, place, x0, t_end, rtol, atol)


def spectrum_of(
    system: System, place: Domain, x0: Sequence[float] | None, t_end: float | None, rtol: float, atol: float
) -> Lyapunov:
    """`lyapunov` of a parsed system."""
    walker, orbit = _start(system, place, x0, rtol, atol)
    if t_end is not None and not (isfinite(t_end) and t_end > 0):
        raise ConditionError(f"the time to average over must be positive, not {t_end}")
    block, transient, turn = _lengths(walker, orbit, t_end)
    walkers = []
    for _ in range(WALKERS):
        transient += walker.advance(transient / WALKERS)
        walkers.append(walker.copy())
    sums = np.empty((WALKERS, 0, system.dim + 1))
    workers = min(WALKERS, _threads()) if block * BLOCKS > THREADED_TURNS * turn else 1
    with ThreadPoolExecutor(workers, thread_name_prefix="kappabar-lyapunov") as pool:
        while True:
            count = max(BLOCKS, sums.shape[1])
            work = pool.map if workers > 1 else map
            found = list(work(_Walker.blocks, walkers, repeat(block), repeat(count)))
            sums = np.concatenate([sums, np.stack(found)], axis=1)
            means = sums / block
            value, error = means.mean(axis=(0, 1)), standard_error(means)
            settled = _settled(value[:-1], error[:-1], turn)
            if settled or t_end is not None or 2 * sum(w.steps for w in walkers) > MOST_STEPS:
                break
    order = np.argsort(-value[:-1], kind="stable")
    numbers = [tuple(float(v) for v in x[:-1][order]) for x in (value, error)]
    total = float(sums.shape[0] * sums.shape[1] * block)
    return Lyapunov(system, numbers[0], numbers[1], float(value[-1]), total, transient, settled, means[..., order])


def standard_error(means: Floats) -> Floats:
    """Standard error of the mean over blocks (walkers, blocks, k): (k,), the largest found with 32, 64 and 128 blocks.

    Neighboring short blocks are correlated, either way: slow mixing makes them promise too much, a periodic motion cut anywhere
    too little (Flyvbjerg and Petersen, J. Chem. Phys. 91, 1989).
    """
    worst = np.zeros(means.shape[2])
    while means.shape[1] and means.shape[0] * means.shape[1] >= FEWEST_BLOCKS:
        flat = means.reshape(-1, means.shape[2])
        if len(flat) <= MOST_BLOCKS:
            worst = np.maximum(worst, flat.std(axis=0, ddof=1) / np.sqrt(len(flat)))
        half = means.shape[1] // 2
        means = 0.5 * (means[:, : 2 * half : 2] + means[:, 1 : 2 * half : 2])
    return worst


def _settled(value: Floats, error: Floats, turn: float) -> bool:
    differs = np.abs(value) > 3.0 * error
    target = np.where(differs, RELATIVE_TARGET * np.abs(value), ZERO_TARGET / turn)
    return bool((error <= target).all())


def _lengths(walker: _Walker, orbit: bool, t_end: float | None) -> tuple[float, float, float]:
    """Length of a block, of the transient, and of a turn. A flow's step size is found by following it for some thousand steps."""
    if t_end is not None and orbit and t_end < WALKERS * BLOCKS:
        raise ConditionError(f"give at least {WALKERS * BLOCKS} iterates to average over, not {t_end:g}")
    step = 1.0 if orbit else walker.typical_step()
    block = BLOCK_STEPS * step if t_end is None else t_end / (WALKERS * BLOCKS)
    transient = TRANSIENT_STEPS * step if t_end is None else 0.1 * t_end
    if orbit:
        block, transient = float(int(block)), float(WALKERS * (1 + int(transient / WALKERS)))
    return block, transient, 1.0 if orbit else STEPS_PER_TURN * step


def _start(system: System, place: Domain, x0: Sequence[float] | None, rtol: float, atol: float) -> tuple[_Walker, bool]:
    from .semantics.base import check_solver, initial_conditions
    from .semantics.flow import Flow
    from .semantics.orbit import Orbit
    from .semantics.tape import lower

    if not isinstance(place.semantics, Flow | Orbit):
        raise ConditionError(f"domain {place.name!r} has no Lyapunov exponents; ode and map have")
    check_solver(2, rtol, atol, BOX)
    start = initial_conditions(system, None if x0 is None else [x0], BOX)[0]
    tape = lower(system.tree, system.dim)
    code = np.array(tape.code, dtype=np.uint32).reshape(-1, 4)
    orbit = isinstance(place.semantics, Orbit)
    state = np.concatenate([start, np.eye(system.dim).ravel(), [0.0]])
    program = (orbit, code, np.array(tape.registers, dtype=np.float64), np.array(tape.outputs, dtype=np.int64))
    return _Walker(program, state, 1e-3, rtol, atol, [round(float(v), 6) for v in start]), orbit


@dataclass(slots=True)
class _Walker:
    """A place on the trajectory with its tangent vectors, and the steps it has taken since it was put there."""

    program: tuple[bool, NDArray[np.uint32], Floats, NDArray[np.int64]]
    z: Floats
    h: float
    rtol: float
    atol: float
    start: list[float]
    steps: int = 0

    def copy(self) -> _Walker:
        return replace(self, z=self.z.copy(), steps=0)

    def advance(self, span: float, sums: Floats | None = None) -> float:
        """Follow the trajectory for `span`, adding growth and divergence to `sums`. Gives 0, for summing nothing."""
        from .semantics import tangent

        dim = round((len(self.z) - 1.0) ** 0.5 - 0.5)
        into = np.zeros(dim + 1) if sums is None else sums
        status, steps, self.h = tangent.compiled()(
            *self.program, self.z, into, span, self.h, self.rtol, self.atol, BOX, MOST_STEPS
        )  # fmt: skip
        self.steps += steps
        if status == tangent.LEFT:
            raise ConditionError(
                f"the trajectory from {self.start} runs away, so it has no exponents; choose other initial conditions"
            )
        if status == tangent.STUCK:
            raise RunError(f"the trajectory from {self.start} is too stiff for the explicit solver: its steps became too small")
        return 0.0

    def blocks(self, length: float, count: int) -> Floats:
        """The sums of `count` blocks, one after the other: (count, D + 1)."""
        dim = round((len(self.z) - 1.0) ** 0.5 - 0.5)
        found = np.zeros((count, dim + 1))
        for row in found:
            self.advance(length, row)
        return found

    def typical_step(self) -> float:
        """Mean step size, from a run doubled until it took 4,000 steps, or the time is 10⁹ (a system at rest takes none)."""
        elapsed, span, last = 0.0, 1e-3, 0
        while self.steps < 4_000 and elapsed < BOX:
            last = self.steps
            self.advance(span)
            elapsed += span
            span *= 2.0
        return 0.5 * span / max(1, self.steps - last)


def _threads() -> int:
    import numba

    config: Any = numba.config
    return int(config.NUMBA_NUM_THREADS)
