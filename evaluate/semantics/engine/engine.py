"""From trees and settings to kernel calls: laying out the batch, threads, and the second try of what is stiff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node
from ....tokenizers.machines.forest import Forest
from ..base import Behaviors, Distances, Floats, Running, Setting, Status, blended, defined
from . import kernels, record
from .batch import Batch
from .compiling import compiled
from .hazards import RELATIVE
from .hidden import SHARPER
from .interpreter import ABS, CODE, CODE_END, GROUP, SIGN, SQRT
from .lanes import W
from .record import JOB_COLUMNS
from .tape import Program, lower, pack, pack_forest

_MIN_PIECE = 4 * W
"""Fewer jobs than this are not worth a thread of their own: they share lanes better than cores."""
_DOUBTFUL = 4
_NOTHING = np.zeros(0)
_TOLERANCES, _STATUS = 5, 12
"""Places among a kernel's arrays."""


def shared(kind: int, trees: Sequence[Node], setting: Setting, shape: tuple[int, int, int], threads: int | None) -> Behaviors:
    """All trees in one setting. `shape`: initial conditions I, variables, outputs D."""
    count, _, dim = shape
    n, points = len(trees), len(setting.t)
    y, status = np.empty((n, count, points, dim)), np.empty((n, count), dtype=np.int8)
    if n:
        jobs = _jobs(n, setting, shape)
        jobs[:, record.RESULT] = np.arange(n * count) * points * dim
        run(kind, _batch(trees, jobs, setting, shape, out=y, status=status), threads)
    return Behaviors(setting.t, y, status)


def measured(
    kind: int,
    trees: Sequence[Node] | Forest,
    setting: Setting,
    shape: tuple[int, int, int],
    *,
    reference: Floats,
    running: Running,
    threads: int | None,
) -> Distances:
    """Distances of all trees to a reference (I, T, D) in one setting, no trajectory being kept. `shape` as in `shared`."""
    count, _, dim = shape
    if reference.shape != (count, len(setting.t), dim):
        raise ValueError(f"reference has shape {reference.shape}, the setting {(count, len(setting.t), dim)}")
    n = len(trees)
    units = np.ascontiguousarray(1.0 / running.units(reference))
    scaled = reference * units
    sums, status = np.zeros((n, count, record.SUMS)), np.empty((n, count), dtype=np.int8)
    if n:
        jobs = _jobs(n, setting, shape)
        jobs[:, record.RESULT] = np.arange(n * count) * record.SUMS
        jobs[:, record.REFERENCE] = np.tile(np.arange(count) * len(setting.t) * dim, n)
        jobs[:, record.UNITS] = np.tile(np.arange(count) * dim, n)
        run(
            kind,
            _batch(trees, jobs, setting, shape, out=sums, status=status, reference=_flat(scaled), units=_flat(units)),
            threads,
        )
    there = defined(reference)
    known = np.where(there[..., None], scaled, 0.0)
    # Without undefined points of its own a behavior is held against all of the reference, summed once and the same for all.
    whole = np.sqrt(np.einsum("itd,itd->i", known, known))
    size = np.where(sums[..., 3] > 0.0, np.sqrt(sums[..., 2]), whole)
    lost = sums[..., 3] / np.maximum(there.sum(axis=-1), 1)
    each = running.combine(size, np.sqrt(sums[..., 1]), np.sqrt(sums[..., 0]))
    status[(status == Status.UNDEFINED) & (lost == 0.0)] = Status.OK
    return Distances(np.asarray(blended(each, lost, running.d_max).mean(axis=-1)), status)


def _jobs(n: int, setting: Setting, shape: tuple[int, int, int]) -> NDArray[np.int64]:
    count, variables, _ = shape
    jobs = np.zeros((n * count, JOB_COLUMNS), dtype=np.int64)
    jobs[:, record.TAPE] = np.repeat(np.arange(n), count)
    jobs[:, record.X0] = np.tile(np.arange(count) * variables, n)
    jobs[:, record.COUNT] = len(setting.t)
    jobs[:, record.STEPS] = setting.max_steps
    return jobs


def _batch(
    trees: Sequence[Node] | Forest,
    jobs: NDArray[np.int64],
    setting: Setting,
    shape: tuple[int, int, int],
    *,
    out: Floats,
    status: NDArray[np.int8],
    reference: Floats | None = None,
    units: Floats | None = None,
) -> Batch:
    variables = shape[1]
    program = pack_forest(trees, variables) if isinstance(trees, Forest) else pack([lower(tree, variables) for tree in trees])
    return Batch(
        trees=trees,
        program=program,
        jobs=jobs,
        tolerances=np.tile(_tolerances(setting), (len(jobs), 1)),
        x0=_flat(setting.x0),
        times=_flat(setting.t),
        boxes=_flat(setting.box),
        out=out.reshape(-1),
        status=status.reshape(-1),
        stiff_steps=np.full(len(jobs), _stiff_steps(setting)),
        slides=np.full(len(jobs), setting.slides),
        reference=reference,
        units=units,
    )


def separate(
    kind: int, trees: Sequence[Node], settings: Sequence[Setting], shapes: Sequence[tuple[int, int, int]], threads: int | None
) -> list[Behaviors]:
    """Each tree in its own setting; `shapes` as in `shared`, one per tree."""
    if len(trees) != len(settings):
        raise ValueError(f"{len(trees)} trees but {len(settings)} settings")
    if not trees:
        return []
    rows: list[tuple[int, ...]] = []
    tolerances: list[tuple[float, float, float]] = []
    x0_at = time_at = box_at = y_at = 0
    for index, (setting, (count, variables, dim)) in enumerate(zip(settings, shapes, strict=True)):
        points = len(setting.t)
        for i in range(count):
            starts = index, x0_at + i * variables, time_at, box_at, y_at + i * points * dim
            rows.append((*starts, points, setting.max_steps, 0, 0))
            tolerances.append(_tolerances(setting))
        x0_at, time_at, box_at = x0_at + setting.x0.size, time_at + points, box_at + setting.box.size
        y_at += count * points * dim
    counts = [count for count, _, _ in shapes]
    batch = Batch(
        trees=trees,
        program=pack([lower(tree, shape[1]) for tree, shape in zip(trees, shapes, strict=True)]),
        jobs=np.array(rows, dtype=np.int64),
        tolerances=np.array(tolerances),
        x0=np.concatenate([_flat(s.x0) for s in settings]),
        times=np.concatenate([_flat(s.t) for s in settings]),
        boxes=np.concatenate([_flat(s.box) for s in settings]),
        out=np.empty(y_at),
        status=np.empty(len(rows), dtype=np.int8),
        stiff_steps=np.repeat([_stiff_steps(s) for s in settings], counts),
        slides=np.repeat([s.slides for s in settings], counts),
    )
    run(kind, batch, threads)
    return list(_split(batch, settings, shapes))


def _tolerances(setting: Setting) -> tuple[float, float, float]:
    return setting.rtol, setting.atol, setting.max_step


def _stiff_steps(setting: Setting) -> int:
    return setting.max_steps if setting.stiff_steps is None else setting.stiff_steps


def _may_jump(program: Program) -> NDArray[np.bool_]:
    """Of each tape, whether it holds a `sign`, or what one can be written with."""
    jumps = np.concatenate([[0], np.cumsum(np.isin(program.code[:, 0], (SIGN, ABS, SQRT)))])
    return np.asarray(jumps[program.table[:, CODE_END]] > jumps[program.table[:, CODE]])


@dataclass(frozen=True, slots=True)
class _Retries:
    """Tolerances for what is taken again, job by job, and which jobs hold a jump."""

    relative: Floats
    let_be: Floats
    sharp: Floats
    may_jump: NDArray[np.bool_]

    def __call__(self, kernel: Any, arrays: tuple[Any, ...], chosen: NDArray[np.int64]) -> None:
        """Run a kernel on jobs, and again those that it says to have left.

        A trajectory in which a variable grows again that had been lost in the absolute tolerance is taken again with a relative
        one alone: few need that, and it costs the steps of all that decays. Where f jumps at zero no relative tolerance leads
        across: there the first one stands after all. One that ends with the sine of many turns, whose size is no measure of their
        error, is taken again with a sharper one.
        """
        status = arrays[_STATUS]

        def run(tolerances: Floats, jobs: NDArray[np.int64]) -> None:
            if len(jobs):
                kernel(*arrays[:_TOLERANCES], tolerances, *arrays[_TOLERANCES + 1 :], jobs)

        kernel(*arrays, chosen)
        faint = chosen[status[chosen] == record.LEFT_FAINT]
        run(self.relative, faint)
        run(self.let_be, faint[(status[faint] == record.UNRESOLVED) & self.may_jump[faint]])
        wound = chosen[status[chosen] == record.LEFT_WOUND]
        run(self.sharp, wound)
        status[wound[status[wound] == record.LEFT_WOUND]] = record.OK


def _retries(batch: Batch) -> _Retries:
    relative, let_be, sharp = (batch.tolerances.copy() for _ in range(3))
    relative[:, 1] = RELATIVE
    sharp *= (SHARPER, SHARPER, 1.0)
    for once in (relative, let_be, sharp):
        once[:, 2] *= -1.0  # not asked again whether a variable was faint: one at 1e-240 is so to any tolerance
    return _Retries(relative, let_be, sharp, _may_jump(batch.program)[batch.jobs[:, record.TAPE]])


def run(kind: int, batch: Batch, threads: int | None) -> None:
    """Fill the batch's `out` and `status`.

    Jobs of one group of tapes lie next to each other, to share lanes. Work is handed out in small pieces, so that one slow
    expression does not idle a core. What the explicit method leaves unresolved is tried again by the implicit one, and what is
    caught at a jump followed along it.
    """
    kernel, program, count = compiled(kind), batch.program, len(batch.jobs)
    order = np.argsort(program.table[batch.jobs[:, record.TAPE], GROUP], kind="stable")
    config: Any = numba.config
    workers = min(threads or config.NUMBA_NUM_THREADS, max(1, count // _MIN_PIECE))
    piece = max(_MIN_PIECE, min(1024, count // (workers * 8)))
    tied = batch.reference is not None
    reference, units = (_NOTHING, _NOTHING) if batch.reference is None or batch.units is None else (batch.reference, batch.units)
    arrays = (
        program.code, program.registers, program.outputs, program.table, batch.jobs, batch.tolerances, batch.x0, batch.times,
        batch.boxes, reference, units, batch.out, batch.status, tied,
    )  # fmt: skip
    tried = _retries(batch)

    def limited(steps: NDArray[np.int64]) -> tuple[Any, ...]:
        jobs = batch.jobs.copy()
        jobs[:, record.STEPS] = steps
        return (*arrays[:4], jobs, *arrays[5:])

    # What ran out of steps without a sign of stiffness is seldom helped by another method: it gets less of it, if that is
    # limited.
    own = batch.stiff_steps == batch.jobs[:, record.STEPS]
    second_tries = (
        (record.LEFT_STIFF, limited(batch.stiff_steps)),
        (record.UNRESOLVED, limited(np.where(own, batch.stiff_steps, np.maximum(1, batch.stiff_steps // _DOUBTFUL)))),
    )

    def work(first: int) -> None:
        part = order[first : first + piece]
        tried(kernel, arrays, part)
        if kind == kernels.FLOW:
            # Chosen before either runs, which changes the status.
            again = [(part[batch.status[part] == status], limits) for status, limits in second_tries]
            for chosen, limits in again:
                if len(chosen):
                    tried(compiled(kernels.STIFF), limits, chosen)

    pieces = range(0, count, piece)
    if workers == 1:
        for first in pieces:
            work(first)
    else:
        with ThreadPoolExecutor(workers, thread_name_prefix="kappabar-engine") as pool:
            for _ in pool.map(work, pieces):
                pass
    caught = np.flatnonzero(batch.slides & tried.may_jump & (batch.status == record.UNRESOLVED))
    if kind == kernels.FLOW and len(caught):
        from .sliding import slide

        slide(batch, caught)


def _split(batch: Batch, settings: Sequence[Setting], shapes: Sequence[tuple[int, int, int]]) -> Iterator[Behaviors]:
    job = result = 0
    for setting, (count, _, dim) in zip(settings, shapes, strict=True):
        size = count * len(setting.t) * dim
        y = batch.out[result : result + size].reshape(1, count, len(setting.t), dim)
        yield Behaviors(setting.t, y, batch.status[job : job + count].reshape(1, count))
        job, result = job + count, result + size


def _flat(values: Floats) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64).reshape(-1)


if tuple(Status) != (record.OK, record.DIVERGED, record.UNDEFINED, record.UNRESOLVED):
    raise ImportError("the kernels and Status number the outcomes differently")
