"""Tasks on a running Dask cluster: Dask schedules, moves tasks and results, and does again what a dead worker had.

Dask's protocol unpickles what it receives, on every side: a cluster belongs on a network that is trusted. Nothing here writes
such a file.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import threading
import time
import uuid
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError, RunError, SpecError
from ..events import Advanced, Event, Finished, Listener, Skipped, Started, silent
from ..results.versions import versions
from .dispatch import AHEAD, Given, Lost, dispatch
from .tasks import TaskArguments, TaskFunction

if TYPE_CHECKING:
    from distributed import Client, Future

_TIMEOUT = 6.0
"""Seconds within which a scheduler has to answer."""
_LEAST = 32
"""Tasks given out at once at least: workers may join later."""
_POLL = 0.05
_LOSSES = 100
"""Results lost with workers after they were done, at most."""
_OFTEN = 0.2
"""Seconds between two reports of one task's progress."""
_EVENTS = {kind.__name__: kind for kind in (Started, Advanced, Finished, Skipped)}


@dataclass(frozen=True, slots=True)
class Badge:
    """What a worker must have in common with the client: versions, and a file that proves that it sees the folder worked in."""

    versions: tuple[tuple[str, str], ...]
    beacon: str = ""

    @staticmethod
    def own() -> Badge:
        """Patch releases of Python and builds of one version (`+cpu`) do not matter."""
        versions_here = versions() | {"python": ".".join(platform.python_version_tuple()[:2])}
        return Badge(tuple((name, version.partition("+")[0]) for name, version in sorted(versions_here.items())))

    def check(self, who: str) -> None:
        """Raises `RunError` or `OutputError` where `who`, which runs this, has something else."""
        here = dict(Badge.own().versions)
        for name, version in self.versions:
            if here.get(name) != version:
                raise RunError(
                    f"{who} has {name} {here.get(name)}, the client {version}; install the same versions on both, "
                    "else the numbers depend on where they come from"
                )
        if self.beacon and not Path(self.beacon).is_file():
            raise OutputError(
                f"{who} cannot see {Path(self.beacon).parent}; choose an --out on a file system that all workers share"
            )


@dataclass(frozen=True, slots=True)
class Order:
    """One task as it travels. A class of our own, so that Dask does not look for its futures within."""

    work: TaskFunction
    task: TaskArguments
    badge: Badge
    topic: str


class Cluster:
    """The workers of a Dask scheduler, those that join later included."""

    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address
        self._running: dict[Future[Any], Given] = {}
        self._badge = Badge.own()
        self._topic = f"kappabar-{uuid.uuid4().hex}"
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._held: tuple[TaskArguments, Any] | None = None
        client.subscribe_topic(self._topic, self._hear)

    @property
    def size(self) -> int:
        """Workers at this moment; at least one, where they are still to come."""
        return max(len(self.client.nthreads()), 1)

    def share(self, folder: Path) -> None:
        beacon = folder.resolve() / f".seen-{uuid.uuid4().hex}"
        try:
            beacon.touch()
        except OSError as error:
            raise OutputError(f"cannot write to {folder}: {error.strerror or error}") from None
        self.leave()
        self._badge = replace(self._badge, beacon=str(beacon))
        self.inspect()

    def leave(self) -> None:
        """Take away the file that `share` made."""
        if self._badge.beacon:
            Path(self._badge.beacon).unlink(missing_ok=True)

    def inspect(self) -> None:
        """Check the scheduler and the workers there are. Those to come are checked by their first task."""
        try:
            self.client.run_on_scheduler(_inspect_scheduler, replace(self._badge, beacon=""), self.address)
            # A worker that dies meanwhile is none of our concern: others do its tasks.
            for outcome in self.client.run(_inspect_worker, self._badge, on_error="return").values():
                if isinstance(outcome, Exception) and not isinstance(outcome, OSError):
                    raise outcome
        except (ImportError, AttributeError) as error:
            raise RunError(
                f"the scheduler at {self.address} or one of its workers lacks this kappabar ({error}); install the same version "
                "there"
            ) from None

    def each(
        self, work: TaskFunction, tasks: Iterable[TaskArguments], listen: Listener = silent, shared: TaskArguments = ()
    ) -> Iterator[tuple[int, Any]]:
        from distributed import KilledWorker

        workers = _OnCluster(self, Order(work, (), self._badge, self._topic), self._hold(shared), listen)
        self._running.clear()
        try:
            yield from dispatch(workers, tasks, max(_LEAST, AHEAD * self.size), self._running)
        except KilledWorker as error:
            raise RunError(
                f"{error.allowed_failures + 1} workers died over one task (out of memory, or ended by a part of your own?), "
                f"the last at {error.last_worker.address}; what was done is kept: go on with --resume where there is one"
            ) from None
        finally:
            if self._badge.beacon:  # opening a folder makes a network file system look what others have put into it
                for _ in Path(self._badge.beacon).parent.glob("*/*"):
                    pass

    def _hold(self, shared: TaskArguments) -> Any:
        """What all tasks share is a task itself: it goes to a worker once, and can be made again where a worker died with it."""
        if self._held is None or self._held[0] is not shared:
            self._held = (shared, self.client.submit(_unpacked, Order(_nothing, shared, self._badge, ""), pure=False))
        return self._held[1]

    def cancel(self) -> None:
        """Take back what no worker has begun."""
        self.client.cancel(list(self._running))

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        fields = dict(event[1])
        fields.pop("worker", None)
        self._events.put(_EVENTS[fields.pop("event")](**fields))

    def forward(self, listen: Listener) -> None:
        """What workers have told so far."""
        try:
            while True:
                listen(self._events.get_nowait())
        except Empty:
            pass


@dataclass(slots=True)
class _OnCluster:
    """An order on the tasks of one call, by a cluster's workers. `held`: what all tasks share, see `Cluster._hold`."""

    cluster: Cluster
    order: Order
    held: Any
    listen: Listener
    losses: int = 0

    def submit(self, task: TaskArguments) -> Future[Any]:
        # Not pure: equal tasks are different tasks.
        return self.cluster.client.submit(_do, replace(self.order, task=task), self.held, pure=False)

    def wait(self, running: Collection[Future[Any]]) -> Collection[Future[Any]]:
        done = [future for future in running if future.done()]
        if not done:
            time.sleep(_POLL)
        return done

    def attend(self) -> None:
        self.cluster.forward(self.listen)

    def value(self, future: Future[Any]) -> Any:
        from distributed.comm.core import CommClosedError

        try:
            return future.result()
        except (CancelledError, CommClosedError):  # of a scheduler that went away; or the result was lost with its worker
            raise Lost(future) from None

    def renew(self, running: Collection[Future[Any]]) -> Iterable[Future[Any]]:
        """Dask itself gives others what a dead worker had not done."""
        self.losses += 1
        if self.cluster.client.status != "running" or self.losses > _LOSSES:
            raise RunError(
                f"lost the scheduler at {self.cluster.address}; what was done is kept: go on with --resume where there is one"
            ) from None
        return ()


@contextmanager
def connected(address: str, listen: Listener = silent) -> Iterator[Cluster]:
    """The cluster of the scheduler at an address such as tcp://host:8786.

    Raises `RunError` without the extra "cluster", or where versions differ; `SpecError` where no scheduler answers.
    """
    if find_spec("distributed") is None:
        raise RunError('a scheduler needs the extra "cluster" (Dask): pip install "kappabar[cluster]"')
    with _quiet(), _client(address) as client:
        cluster = Cluster(client, address)
        try:
            _await_worker(client, address, listen)
            cluster.inspect()
            yield cluster
        except BaseException:
            cluster.cancel()
            raise
        finally:
            cluster.leave()


@contextmanager
def _client(address: str) -> Iterator[Client]:
    from distributed import Client

    try:
        with ThreadPoolExecutor(1) as beside:  # a notebook's own thread has a loop that runs already
            beside.submit(asyncio.run, asyncio.wait_for(_knock(address), 2 * _TIMEOUT)).result()
        client = Client(address, timeout=_TIMEOUT, set_as_default=False, name="kappabar")
    except Exception as error:  # what answers there may be anything, and break Dask in any way
        reason = " ".join(str(error).split()).partition(": Timed out")[0] or type(error).__name__
        raise SpecError(
            f"no Dask scheduler at {address!r} ({reason}); start one with 'dask scheduler', and give its address, "
            "such as tcp://host:8786"
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=_TIMEOUT)


async def _knock(address: str) -> None:
    """Raises where nothing answers as a scheduler does. A `Client` that finds that out itself is not cleaned up, and says so long
    after in a traceback."""
    from distributed.comm.addressing import get_address_host_port
    from distributed.comm.core import connect
    from distributed.security import Security

    get_address_host_port(address)
    comm = await connect(address, timeout=_TIMEOUT, **Security().get_connection_args("client"))
    await comm.close()


def _await_worker(client: Client, address: str, listen: Listener) -> None:
    """Workers may wait in a queue, or be started by what is asked of them: there is no limit, but a word."""
    if not client.nthreads():
        stage = f"waiting for a worker of {address}"
        listen(Started(stage, 1))
        client.wait_for_workers(1)
        listen(Finished(stage))


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's own log repeats, over many lines, what our one line of error says."""
    import distributed  # noqa: F401  # sets its loggers' levels, so it comes first

    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.core")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


_one_at_a_time = threading.Lock()
"""Of the tasks of one process: the engine's threads and the state of compiled libraries are the process's."""


def _do(order: Order, shared: TaskArguments) -> Any:
    """On a worker: one task."""
    from distributed import get_worker

    worker = get_worker()
    order.badge.check(f"worker {worker.address}")
    with _one_at_a_time:
        _one_thread()
        report = Report(lambda told: worker.log_event(order.topic, told))
        try:
            return order.work(*shared, *order.task, report)
        finally:
            report.send()


def _one_thread() -> None:
    """Unless the worker was started with another number: there are usually as many workers as cores."""
    if "NUMBA_NUM_THREADS" not in os.environ:
        from numba import set_num_threads

        set_num_threads(1)


def _inspect_scheduler(badge: Badge, address: str) -> None:
    badge.check(f"the scheduler at {address}")


def _inspect_worker(badge: Badge, dask_worker: Any = None) -> None:
    """Dask fills in the worker that runs this."""
    badge.check(f"worker {dask_worker.address}")


def _unpacked(order: Order) -> TaskArguments:
    return order.task


def _nothing() -> None:
    pass


class Report:
    """A worker's listener: tells a task's progress, not more often than somebody would look."""

    def __init__(self, tell: Any) -> None:
        self._tell = tell
        self._last = 0.0
        self._pending: Advanced | None = None

    def __call__(self, event: Event) -> None:
        if not isinstance(event, Advanced):
            self.send()
            self._tell({"event": type(event).__name__, **asdict(event)})
            return
        if self._pending is not None and self._pending.stage != event.stage:
            self.send()
        steps = event.steps + (0 if self._pending is None else self._pending.steps)
        self._pending = Advanced(event.stage, steps, event.message)
        if time.monotonic() - self._last > _OFTEN:
            self.send()

    def send(self) -> None:
        if self._pending is not None:
            self._tell({"event": "Advanced", **asdict(self._pending)})
            self._pending, self._last = None, time.monotonic()
