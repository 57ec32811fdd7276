"""Progress: a listener of events. Bars on a terminal, as wide as it is, each with its stage's latest figure and, where figures
are comparable within a stage (`name value: what`, smaller is better), the best so far; lines elsewhere; when quiet, only what was
skipped."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

from ..evaluate.events import Advanced, Event, Finished, Listener, Noted, Skipped, Started
from ..evaluate.results.shown import shown

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

PATIENCE = 10.0
"""Seconds without a line after which one says how far a stage is, where there are no bars."""
_FIGURE = re.compile(r"(?P<name>[\w@.]+) (?P<value>-?\d+\.\d+): .+")


@contextmanager
def progress(quiet: bool = False) -> Iterator[Listener]:
    """A listener that shows on standard error how far a job is: `with kappabar.progress() as listen: kappabar.compare(…,
    listen=listen)`. On a terminal one bar per stage; elsewhere, as in a notebook, a line now and then. What was skipped is said
    once, and is all that is said when `quiet`."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        yield _once(_Plain(), quiet)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, TaskID

    console = Console(stderr=True)
    with Progress(*_columns(console.width), console=console, expand=True) as bars:
        tasks: dict[str, TaskID] = {}
        best = _Best()

        def listen(event: Event) -> None:
            if isinstance(event, Started):
                if event.stage not in tasks:  # each worker process begins by preparing the same
                    tasks[event.stage] = bars.add_task(escape(shown(event.stage)), total=event.total, message="")
            elif isinstance(event, Advanced):
                extra = {"message": escape(shown(best.of(event)))} if event.message else {}
                bars.update(tasks[event.stage], advance=event.steps, **extra)  # type: ignore[arg-type]
            elif isinstance(event, Finished):
                bars.update(tasks[event.stage], completed=bars.tasks[tasks[event.stage]].total)
            else:
                bars.console.print(f"[dim]{escape(shown(_skipped(event)))}[/dim]", highlight=False)

        yield _once(listen, False)


def _columns(width: int) -> list[ProgressColumn]:
    """Stage, bar and count always; times from 60 columns on; the figure gets what is left, or from 40 to 60 the times' place."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.table import Column

    def text(field: str, ratio: int) -> ProgressColumn:
        return TextColumn(field, table_column=Column(ratio=ratio, no_wrap=True, overflow="ellipsis"))

    bar = BarColumn(bar_width=max(5, min(40, width // 6)))
    times: list[ProgressColumn] = [TimeElapsedColumn(), TimeRemainingColumn()] if width >= 60 else []
    return [text("{task.description}", 1), bar, MofNCompleteColumn(), *times, text("{task.fields[message]}", 1)]


class _Best:
    """The best figure of each stage so far, where its figures are of the form `name value: what`. Smaller is better."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[float, str]] = {}

    def of(self, event: Advanced) -> str:
        """What to show after this event: the best so far, or the message itself where it has no such form."""
        match = _FIGURE.fullmatch(event.message)
        if match is None:
            return event.message
        key, value = (event.stage, match["name"]), float(match["value"])
        if key not in self._known or value < self._known[key][0]:
            self._known[key] = (value, event.message)
        return f"best {self._known[key][1]}"


def _once(listen: Listener, quiet: bool) -> Listener:
    """Several representations skip the same expression for the same reason."""
    said: set[tuple[str, str]] = set()

    def hear(event: Event) -> None:
        if isinstance(event, Skipped | Noted):
            if (event.what, event.reason) in said:
                return
            said.add((event.what, event.reason))
        elif quiet:
            return
        listen(event)

    return hear


class _Plain:
    """Lines: each stage as it starts, how far it is every now and then, and what was skipped."""

    def __init__(self) -> None:
        self._stages: dict[str, tuple[int, int | None]] = {}
        self._said = monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._stages[event.stage] = 0, event.total
            self._say(f"{event.stage} ({event.total})")
        elif isinstance(event, Skipped | Noted):
            self._say(_skipped(event))
        elif isinstance(event, Advanced):
            done, total = self._stages.get(event.stage, (0, None))
            self._stages[event.stage] = done + event.steps, total
            if monotonic() - self._said >= PATIENCE:
                self._say(f"{event.stage}: {done + event.steps}" + (f" of {total}" if total else ""))

    def _say(self, line: str) -> None:
        with suppress(OSError):  # that nobody can read how far it is, is no reason to stop
            sys.stderr.write(shown(line) + "\n")
        self._said = monotonic()


def _skipped(event: Skipped | Noted) -> str:
    return f"{'skipped in' if isinstance(event, Skipped) else 'note on'} {event.stage}: {event.what}: {event.reason}"
