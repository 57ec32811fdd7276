"""From trees and settings to kernel calls: lowering, laying out the batch, threads, and the compilation cache."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numba
import numpy as np
from numba import float64, int8, int64, uint32, void
from numpy.typing import NDArray

from ...grammars.tree import Node
from . import interpreter, kernels, stepper
from .base import Behaviors, Floats, Setting, Status
from .kernels import JOB_COLUMNS
from .tape import Program, lower, pack

Kernel = Callable[..., None]

_SIGNATURE = void(
    int64, uint32[:, ::1], float64[::1], int64[::1], int64[:, ::1], int64[:, ::1], float64[:, ::1],
    float64[::1], float64[::1], float64[::1], float64[::1], int8[::1], int64, int64,
)  # fmt: skip
_COMPILING = Lock()
_MIN_PER_THREAD = 8
"""Fewer jobs than this per thread are not worth starting threads for."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs ready to run: one per pair of tape and initial condition. `y` and `status` are flat and still empty."""

    program: Program
    jobs: NDArray[np.int64]
    tolerances: Floats
    x0: Floats
    times: Floats
    boxes: Floats
    y: Floats
    status: NDArray[np.int8]


def shared(kind: int, trees: Sequence[Node], setting: Setting, shape: tuple[int, int, int], threads: int | None) -> Behaviors:
    """All trees in one setting. `shape`: initial conditions I, variables, outputs D."""
    count, variables, dim = shape
    n, points = len(trees), len(setting.t)
    jobs = np.zeros((n * count, JOB_COLUMNS), dtype=np.int64)
    jobs[:, kernels.TAPE] = np.repeat(np.arange(n), count)
    jobs[:, kernels.X0] = np.tile(np.arange(count) * variables, n)
    jobs[:, kernels.RESULT] = np.arange(n * count) * points * dim
    jobs[:, kernels.COUNT] = points
    jobs[:, kernels.STEPS] = setting.max_steps
    y, status = np.empty((n, count, points, dim)), np.empty((n, count), dtype=np.int8)
    if n:
        batch = Batch(
            pack([lower(tree, variables) for tree in trees]), jobs, np.tile([setting.rtol, setting.atol], (n * count, 1)),
            _flat(setting.x0), _flat(setting.t), _flat(setting.box), y.reshape(-1), status.reshape(-1),
        )  # fmt: skip
        run(kind, batch, threads)
    return Behaviors(setting.t, y, status)


def separate(
    kind: int, trees: Sequence[Node], settings: Sequence[Setting], shapes: Sequence[tuple[int, int, int]], threads: int | None
) -> list[Behaviors]:
    """Each tree in its own setting; `shapes` as in `shared`, one per tree."""
    if len(trees) != len(settings):
        raise ValueError(f"{len(trees)} trees but {len(settings)} settings")
    if not trees:
        return []
    rows: list[tuple[int, ...]] = []
    tolerances: list[tuple[float, float]] = []
    x0_at = time_at = box_at = y_at = 0
    for index, (setting, (count, variables, dim)) in enumerate(zip(settings, shapes, strict=True)):
        points = len(setting.t)
        for i in range(count):
            rows.append((index, x0_at + i * variables, time_at, box_at, y_at + i * points * dim, points, setting.max_steps))
            tolerances.append((setting.rtol, setting.atol))
        x0_at, time_at, box_at = x0_at + setting.x0.size, time_at + points, box_at + setting.box.size
        y_at += count * points * dim
    batch = Batch(
        pack([lower(tree, shape[1]) for tree, shape in zip(trees, shapes, strict=True)]),
        np.array(rows, dtype=np.int64), np.array(tolerances),
        np.concatenate([_flat(s.x0) for s in settings]), np.concatenate([_flat(s.t) for s in settings]),
        np.concatenate([_flat(s.box) for s in settings]), np.empty(y_at), np.empty(len(rows), dtype=np.int8),
    )  # fmt: skip
    run(kind, batch, threads)
    return list(_split(batch, settings, shapes))


def run(kind: int, batch: Batch, threads: int | None) -> None:
    """Fill the batch's `y` and `status`. Work is handed out in small pieces, so that one slow expression does not idle a core."""
    kernel, program = compiled(), batch.program
    count = len(batch.jobs)
    config: Any = numba.config
    workers = min(threads or config.NUMBA_NUM_THREADS, max(1, count // _MIN_PER_THREAD))
    piece = max(1, min(1024, count // (workers * 8)))

    def work(first: int) -> None:
        kernel(
            kind, program.code, program.registers, program.outputs, program.table, batch.jobs, batch.tolerances,
            batch.x0, batch.times, batch.boxes, batch.y, batch.status, first, min(first + piece, count),
        )  # fmt: skip

    pieces = range(0, count, piece)
    if workers == 1:
        for first in pieces:
            work(first)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="kappabar-engine") as pool:
        for _ in pool.map(work, pieces):
            pass


def compiled() -> Kernel:
    """`kernels.run`, compiled, or read from the cache on disk, on first use. Some seconds the very first time."""
    with _COMPILING:
        return _compiled()


@cache
def _compiled() -> Kernel:
    with suppress(RuntimeError, OSError):  # no folder to cache in (RuntimeError), or it filled up or vanished (OSError)
        return _compile(cached=True)
    return _compile(cached=False)


def _compile(cached: bool) -> Kernel:
    """Releases the GIL (threads are ours). No fastmath: results must not depend on how the compiler groups sums."""
    kernel: Any = numba.njit(_SIGNATURE, nogil=True, error_model="numpy", cache=cached)(kernels.kernel(_stamp()))
    result: Kernel = kernel
    return result


def _stamp() -> int:
    """Changes when a source that is compiled into the kernel does."""
    sources = (Path(str(module.__file__)).read_bytes() for module in (interpreter, stepper, kernels))
    return zlib.crc32(b"".join(sources))


def _split(batch: Batch, settings: Sequence[Setting], shapes: Sequence[tuple[int, int, int]]) -> Iterator[Behaviors]:
    job = result = 0
    for setting, (count, _, dim) in zip(settings, shapes, strict=True):
        size = count * len(setting.t) * dim
        y = batch.y[result : result + size].reshape(1, count, len(setting.t), dim)
        yield Behaviors(setting.t, y, batch.status[job : job + count].reshape(1, count))
        job, result = job + count, result + size


def _flat(values: Floats) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64).reshape(-1)


if (kernels.OK, kernels.DIVERGED, kernels.UNRESOLVED) != (Status.OK, Status.DIVERGED, Status.UNRESOLVED):
    raise ImportError("the kernels and Status number the outcomes differently")
