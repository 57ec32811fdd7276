"""Doing independent tasks: here, in processes of their own, or on a Dask cluster. What a task gives never depends on where it
ran.

Processes are started afresh (`spawn`): a fork would copy the locks of compiled libraries' threads in whatever state they are.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.context import SpawnContext
from multiprocessing.managers import SyncManager
from pathlib import Path
from queue import Empty
from typing import Any

from ...grammars.errors import KappabarError, RunError
from ..events import Event, Listener, silent
from .dispatch import AHEAD, Lost, dispatch
from .process import follow
from .tasks import Runner, TaskArguments, TaskFunction

_POLL = 0.1
_DEATHS = 3
"""So many deaths of worker processes in a row, with no task done between, end the whole."""
_SINGLE = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


@contextmanager
def runner(jobs: int = 1, scheduler: str | None = None, listen: Listener = silent) -> Iterator[Runner]:
    """`jobs` processes on this machine (one: this process; 0: all cores), or the workers of a Dask scheduler at an address.

    Raises `SpecError` where no scheduler answers, `RunError` where its workers cannot do the work. An exception within the block,
    Ctrl-C included, stops the processes, and takes back from a cluster what it has not begun.
    """
    if scheduler is not None:
        from .cluster import connected

        with connected(scheduler, listen) as cluster:
            yield cluster
        return
    jobs = jobs or cores()
    if jobs == 1:
        yield Here()
        return
    processes = Processes(jobs)
    try:
        yield processes
    except BaseException:
        processes.terminate()
        raise
    finally:
        processes.close()


class Here:
    """One task after the other, in this process."""

    size = 1

    def share(self, folder: Path) -> None:
        pass

    def each(
        self, work: TaskFunction, tasks: Iterable[TaskArguments], listen: Listener = silent, shared: TaskArguments = ()
    ) -> Iterator[tuple[int, Any]]:
        for number, task in enumerate(tasks):
            yield number, work(*shared, *task, listen)


class Processes:
    """A pool of processes that begin with the first task and live until `close`.

    Where one dies, the pool begins anew with the tasks that were not done.
    """

    def __init__(self, jobs: int) -> None:
        self.size = jobs
        self._context: SpawnContext = multiprocessing.get_context("spawn")
        self._manager: SyncManager | None = None
        self._events: Any = None
        self._executor: ProcessPoolExecutor | None = None

    def share(self, folder: Path) -> None:
        pass

    def each(
        self, work: TaskFunction, tasks: Iterable[TaskArguments], listen: Listener = silent, shared: TaskArguments = ()
    ) -> Iterator[tuple[int, Any]]:
        rest = iter(tasks)
        first = list(islice(rest, 2))
        if len(first) < 2:  # not worth a process
            yield from Here().each(work, first, listen, shared)
            return

        workers = _InProcesses(self, work, shared, listen)
        yield from dispatch(workers, chain(first, rest), AHEAD * self.size, {})

    def executor(self) -> ProcessPoolExecutor:
        """Begun where there is none."""
        if self._executor is None:
            if self._manager is None:
                self._manager = SyncManager(ctx=self._context)
                self._manager.start(follow, (os.getpid(),))
                self._events = self._manager.Queue()
            self._executor = ProcessPoolExecutor(self.size, self._context, _prepare, (self._events, os.getpid()))
        return self._executor

    def abandon(self) -> None:
        """End the processes once what they are at is done; the next task begins others."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def forward(self, listen: Listener) -> None:
        """What processes have told so far."""
        try:
            while self._events is not None:
                listen(self._events.get_nowait())
        except Empty:
            pass
        except (
            EOFError,
            OSError,
        ):  # who carries the events was killed: a run goes on without, and has another with new processes
            self._manager = self._events = None

    def terminate(self) -> None:
        """Stop at once; what is being done is lost."""
        if self._executor is not None:
            for process in list((self._executor._processes or {}).values()):
                process.terminate()

    def close(self) -> None:
        self.abandon()
        if self._manager is not None:
            with suppress(EOFError, OSError):
                self._manager.shutdown()


@dataclass(slots=True)
class _InProcesses:
    """`work` on the tasks of one call, in the pool's processes."""

    pool: Processes
    work: TaskFunction
    shared: TaskArguments
    listen: Listener
    deaths: int = 0

    def submit(self, task: TaskArguments) -> Future[Any]:
        try:
            return self.pool.executor().submit(_do, self.work, (*self.shared, *task))
        except BrokenProcessPool:
            raise Lost from None

    def wait(self, running: Collection[Future[Any]]) -> Collection[Future[Any]]:
        return wait(running, timeout=_POLL, return_when=FIRST_COMPLETED).done

    def attend(self) -> None:
        self.pool.forward(self.listen)

    def value(self, future: Future[Any]) -> Any:
        try:
            value = future.result()
        except BrokenProcessPool:
            raise Lost(future) from None
        except KappabarError:
            raise
        except Exception as error:
            if "pickle" in str(error):  # whatever the kind: it differs with what cannot be sent
                raise RunError(f"a part of the user's own cannot go to another process ({error}); use --jobs 1") from None
            raise
        self.deaths = 0
        return value

    def renew(self, running: Collection[Future[Any]]) -> Iterable[Future[Any]]:
        self.deaths += 1
        if self.deaths >= _DEATHS:
            raise RunError(
                f"worker processes died {self.deaths} times in a row (out of memory, or ended by a part of your own?); what was "
                "done is kept: go on with --resume where there is one, with fewer --jobs"
            ) from None
        self.pool.abandon()
        return [future for future in running if _is_lost(future)]


def _is_lost(future: Future[Any]) -> bool:
    return future.cancelled() or (future.done() and isinstance(future.exception(), BrokenProcessPool))


_sent: Any = None


def _prepare(events: Any, parent: int) -> None:
    """In each new process: one thread each, and Ctrl-C is the parent's to answer."""
    global _sent
    _sent = events
    if (here := os.getcwd()) not in sys.path:  # where `load_object` finds a user's own parts, which come here by their names
        sys.path.append(here)
    follow(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in _SINGLE:
        os.environ[name] = "1"


def _do(work: TaskFunction, items: TaskArguments) -> Any:
    def listen(event: Event) -> None:
        with suppress(EOFError, OSError):  # how far it is, is no part of what it gives
            _sent.put(event)

    return work(*items, listen)
