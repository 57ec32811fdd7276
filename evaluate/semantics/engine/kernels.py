"""What Python calls: kernels that run jobs of a batch, one job being one tree from one initial condition.

Jobs share nothing but read-only arrays, and a job's lane nothing with its neighbors, so results do not depend on how jobs are
ordered or split among threads. All else is compiled into the kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....tokenizers.machines.jit import bare
from .discrete import orbit, table
from .explicit import flow, lanes_for, single_for
from .implicit import rescue
from .interpreter import GROUP, OUTPUTS, OUTPUTS_END, REGISTERS, REGISTERS_END, VARIABLES
from .record import TAPE, Batch

FLOW, ORBIT, TABLE, STIFF = range(4)

Kernel = Callable[..., None]


@bare
def _widest(tapes: Any, jobs: Any, order: Any) -> tuple[int, int]:
    """Most registers and most variables that the jobs need."""
    registers = variables = 1
    for j in order:
        row = tapes[jobs[j, TAPE]]
        registers = max(registers, row[REGISTERS_END] - row[REGISTERS])
        variables = max(variables, row[VARIABLES], row[OUTPUTS_END] - row[OUTPUTS])
    return registers, variables


@bare
def _group(batch: Batch, order: Any, place: int) -> int:
    return int(batch.tapes[batch.jobs[order[place], TAPE], GROUP])


@bare
def _end(batch: Batch, order: Any, first: int) -> int:
    """Where in `order` the jobs end that share their instructions with the first; `first` itself if it is not their first."""
    group, last = _group(batch, order, first), first + 1
    if first > 0 and _group(batch, order, first - 1) == group:
        return first
    while last < len(order) and _group(batch, order, last) == group:
        last += 1
    return last


def flow_kernel(stamp: int) -> Kernel:
    """`run`, not yet compiled. `stamp` stands for the sources of all it calls: Numba's cache on disk sees a change in this file
    only, but its key includes the values that a function closes over.
    """

    def run(
        code: Any, registers: Any, outputs: Any, tapes: Any, jobs: Any, tolerances: Any, x0: Any, times: Any,
        boxes: Any, reference: Any, units: Any, out: Any, status: Any, measured: bool, order: Any,
    ) -> None:  # fmt: skip
        """Fill `out` and `status` for the jobs in `order`. tolerances: (jobs, 3), rtol, atol and the longest step. The rest: see
        `engine.Batch`."""
        if stamp < 0:  # never
            return
        batch = Batch(
            code, registers, outputs, tapes, jobs, tolerances, x0, times, boxes, reference, units, out, status, measured
        )  # fmt: skip
        n_registers, n_variables = _widest(tapes, jobs, order)
        lanes, single = lanes_for(n_registers, n_variables), single_for(n_registers, n_variables)
        for first in range(len(order)):
            last = _end(batch, order, first)
            if last > first:
                flow(batch, order, first, last, lanes, single)

    return run


def orbit_kernel(stamp: int) -> Kernel:
    """As `flow_kernel`, for orbits."""

    def run(
        code: Any, registers: Any, outputs: Any, tapes: Any, jobs: Any, tolerances: Any, x0: Any, times: Any,
        boxes: Any, reference: Any, units: Any, out: Any, status: Any, measured: bool, order: Any,
    ) -> None:  # fmt: skip
        if stamp < 0:  # never
            return
        batch = Batch(
            code, registers, outputs, tapes, jobs, tolerances, x0, times, boxes, reference, units, out, status, measured
        )  # fmt: skip
        n_registers, n_variables = _widest(tapes, jobs, order)
        lanes, single = lanes_for(n_registers, n_variables), single_for(n_registers, n_variables)
        for first in range(len(order)):
            last = _end(batch, order, first)
            if last > first:
                orbit(batch, order, first, last, lanes, single)

    return run


def table_kernel(stamp: int) -> Kernel:
    """As `flow_kernel`, for tables."""

    def run(
        code: Any, registers: Any, outputs: Any, tapes: Any, jobs: Any, tolerances: Any, x0: Any, times: Any,
        boxes: Any, reference: Any, units: Any, out: Any, status: Any, measured: bool, order: Any,
    ) -> None:  # fmt: skip
        if stamp < 0:  # never
            return
        batch = Batch(
            code, registers, outputs, tapes, jobs, tolerances, x0, times, boxes, reference, units, out, status, measured
        )  # fmt: skip
        n_registers, n_variables = _widest(tapes, jobs, order)
        lanes, single = lanes_for(n_registers, n_variables), single_for(n_registers, n_variables)
        for j in order:
            table(batch, j, lanes, single)

    return run


def stiff_kernel(stamp: int) -> Kernel:
    """As `flow_kernel`, for trajectories that it left unresolved."""

    def run(
        code: Any, registers: Any, outputs: Any, tapes: Any, jobs: Any, tolerances: Any, x0: Any, times: Any,
        boxes: Any, reference: Any, units: Any, out: Any, status: Any, measured: bool, order: Any,
    ) -> None:  # fmt: skip
        if stamp < 0:  # never
            return
        batch = Batch(
            code, registers, outputs, tapes, jobs, tolerances, x0, times, boxes, reference, units, out, status, measured
        )  # fmt: skip
        n_registers, n_variables = _widest(tapes, jobs, order)
        single, size = single_for(n_registers, n_variables), max(n_variables, 6)
        grad, square, pivots = (
            np.zeros((n_registers, n_variables)),
            np.zeros((3, size, size)),
            np.zeros((2, size), dtype=np.int64),
        )
        rescue(batch, order, single, grad, square, pivots)

    return run


KERNELS = (flow_kernel, orbit_kernel, table_kernel, stiff_kernel)
