"""Measuring several specs at once: here, or in processes that live as long as the search. Numbers never depend on which."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ...grammars.errors import RunError
from .bench import Bench, Measurement, measure_spec


class Workers(Protocol):
    """Measures each spec on one half of the expressions, and gives the results as they come, in any order."""

    def measure(self, specs: Sequence[str], held: bool) -> Iterator[Measurement]: ...


@dataclass(frozen=True, slots=True)
class Here:
    """One after the other, in this process."""

    bench: Bench

    def measure(self, specs: Sequence[str], held: bool) -> Iterator[Measurement]:
        for spec in specs:
            yield measure_spec(self.bench, spec, held)


@dataclass(frozen=True, slots=True)
class Processes:
    """In a pool of processes, each of which knows the bench."""

    executor: ProcessPoolExecutor

    def measure(self, specs: Sequence[str], held: bool) -> Iterator[Measurement]:
        try:
            futures = [self.executor.submit(_measure, spec, held) for spec in specs]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise RunError(
                "a worker process died (out of memory?); what was done is kept: go on with --resume, with fewer --jobs"
            ) from None


@contextmanager
def workers(bench: Bench, jobs: int) -> Iterator[Workers]:
    """`jobs` processes, or none but this one for a single job."""
    if jobs <= 1:
        yield Here(bench)
        return
    executor = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _prepare, (bench, os.getpid()))
    try:
        yield Processes(executor)
    except BaseException:
        for process in list((executor._processes or {}).values()):
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


_bench: Bench | None = None


def _prepare(bench: Bench, parent: int) -> None:
    """In each new process: one thread, Ctrl-C is the parent's to answer, and the bench."""
    global _bench
    _bench = bench
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


def _leave_with(parent: int) -> None:
    """End with the parent, also where it was killed: a pool's worker would wait for work forever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _measure(spec: str, held: bool) -> Measurement:
    if _bench is None:
        raise RuntimeError("a worker was given work before its bench")
    return measure_spec(_bench, spec, held)
