"""The one loop that gives out tasks, to whoever does them elsewhere: so many ahead, and again what was lost with who had it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Protocol

from .tasks import TaskArguments

AHEAD = 4
"""Tasks given out per worker: bounds the memory that tasks and results take, whatever their number."""

Given = tuple[int, TaskArguments]
"""A task with its number."""


class Lost(Exception):
    """Who had a task went away, or would have had it: the task did not fail, and may be done again.

    `future`: the task's, None where it was not even given out."""

    def __init__(self, future: Any = None) -> None:
        self.future = future


class Elsewhere(Protocol):
    """Who does tasks elsewhere. A future is whatever they promise a result by, hashable."""

    def submit(self, task: TaskArguments) -> Any:
        """A future of the task. Raises `Lost`."""

    def wait(self, running: Collection[Any]) -> Collection[Any]:
        """Those of the futures that are done; a moment later, where none is."""

    def attend(self) -> None:
        """Pass on what was told meanwhile."""

    def value(self, future: Any) -> Any:
        """What a future that is done gives. Raises `Lost`, or what the task raised."""

    def renew(self, running: Collection[Any]) -> Iterable[Any]:
        """Be ready again after a loss. Gives those of the futures that were lost with it. Raises `RunError` after too many
        losses."""


def dispatch(
    workers: Elsewhere, tasks: Iterable[TaskArguments], ahead: int, running: dict[Any, Given]
) -> Iterator[tuple[int, Any]]:
    """`Runner.each` of tasks that are done elsewhere, `ahead` of them at a time; `running` holds those given out at each
    moment."""
    rest: Iterator[Given] = enumerate(tasks)
    again: deque[Given] = deque()
    while True:
        try:
            while len(running) < ahead and (item := again.popleft() if again else next(rest, None)) is not None:
                again.appendleft(item)  # should submitting fail
                running[workers.submit(item[1])] = item
                again.popleft()
            done = workers.wait(running) if running else ()
            workers.attend()
            if not running:
                return
            for future in sorted(done, key=lambda f: running[f][0]):
                value = workers.value(future)
                number, _ = running.pop(future)
                yield number, value
        except Lost as loss:
            lost = {loss.future, *workers.renew(running)}
            again.extend(item for future, item in running.items() if future in lost)
            for future in lost & running.keys():
                del running[future]
