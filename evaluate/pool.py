"""Doing independent tasks, here or in processes of their own. What a task gives never depends on where it ran.

Processes are started afresh (`spawn`): a fork would copy the locks of compiled libraries' threads in whatever state they are.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from queue import Empty
from typing import Any

from ..grammars.errors import RunError
from .events import Event, Listener

Task = tuple[Any, ...]
Work = Callable[..., None]
"""Called with a task's items and a listener. A function at the top of a module, so that another process can import it."""

_POLL = 0.1
_SINGLE = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_events: Any = None


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def perform(work: Work, tasks: Sequence[Task], jobs: int, listen: Listener) -> None:
    """Do every task, `jobs` at a time; with one job in this process. Events of all tasks reach `listen`.

    An exception of a task ends the whole, as does Ctrl-C; what other tasks have finished by then is theirs to keep.
    """
    if jobs <= 1 or len(tasks) <= 1:
        for task in tasks:
            work(*task, listen)
        return
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        events = manager.Queue()
        executor = ProcessPoolExecutor(min(jobs, len(tasks)), context, _prepare, (events,))
        try:
            pending = {executor.submit(_do, work, task) for task in tasks}
            while pending:
                done, pending = wait(pending, timeout=_POLL, return_when=FIRST_COMPLETED)
                _forward(events, listen)
                for future in done:
                    future.result()
            _forward(events, listen)
        except BrokenProcessPool:
            raise RunError(
                "a worker process died (out of memory?); what was done is kept: go on with --resume, with fewer --jobs"
            ) from None
        except BaseException:
            for process in list((executor._processes or {}).values()):
                process.terminate()
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _forward(events: Any, listen: Listener) -> None:
    try:
        while True:
            listen(events.get_nowait())
    except Empty:
        pass


def _prepare(events: Any) -> None:
    """In each new process: one thread each, and Ctrl-C is the parent's to answer."""
    global _events
    _events = events
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in _SINGLE:
        os.environ[name] = "1"


def _do(work: Work, task: Task) -> None:
    def listen(event: Event) -> None:
        _events.put(event)

    work(*task, listen)
