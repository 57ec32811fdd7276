"""Independent tasks, and whoever does them: this process, others, or a cluster. What a task gives never depends on where it
ran."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from ..events import Listener, silent

TaskArguments = tuple[Any, ...]
TaskFunction = Callable[..., Any]
"""Called with a task's items and a listener. A function at the top of a module, so that another process can import it."""


class Runner(Protocol):
    """Does tasks. `size`: how many at once, roughly."""

    @property
    def size(self) -> int: ...

    def share(self, folder: Path) -> None:
        """Tasks to come work in this folder. Raises `OutputError` where a worker cannot see it."""

    def each(
        self, work: TaskFunction, tasks: Iterable[TaskArguments], listen: Listener = silent, shared: TaskArguments = ()
    ) -> Iterator[tuple[int, Any]]:
        """(number of the task, work(*shared, *task, listener)) of every task once, as they are done, in any order.

        Events of all tasks reach `listen`, in the caller's thread. `tasks` are taken as there is room for them. An exception of a
        task ends the whole, as does Ctrl-C. Raises `RunError` where workers keep dying.
        """


def in_order(results: Iterable[tuple[int, Any]]) -> Iterator[Any]:
    """What `each` gave, in the order of the tasks."""
    early: dict[int, Any] = {}
    wanted = 0
    for number, value in results:
        early[number] = value
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1
