"""Progress bars: a listener of events. Bars on a terminal, plain lines elsewhere; when quiet, only what was skipped."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..events import Advanced, Event, Finished, Listener, Skipped, Started


@contextmanager
def progress(quiet: bool) -> Iterator[Listener]:
    """A listener that draws one bar per stage on standard error. What was skipped is said once, whatever the listener."""
    if quiet or not sys.stderr.isatty():
        yield _once(_plain, quiet)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[message]}"), console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def listen(event: Event) -> None:
            if isinstance(event, Started):
                if event.stage not in tasks:  # each worker process begins by preparing the same
                    tasks[event.stage] = bars.add_task(event.stage, total=event.total, message="")
            elif isinstance(event, Advanced):
                extra = {"message": event.message} if event.message else {}
                bars.update(tasks[event.stage], advance=event.steps, **extra)  # type: ignore[arg-type]
            elif isinstance(event, Finished):
                bars.update(tasks[event.stage], completed=bars.tasks[tasks[event.stage]].total)
            else:
                bars.console.print(f"[dim]{_skipped(event)}[/dim]", highlight=False)

        yield _once(listen, False)


def _once(listen: Listener, quiet: bool) -> Listener:
    """Several representations skip the same expression for the same reason."""
    said: set[tuple[str, str]] = set()

    def hear(event: Event) -> None:
        if isinstance(event, Skipped):
            if (event.what, event.reason) in said:
                return
            said.add((event.what, event.reason))
        elif quiet:
            return
        listen(event)

    return hear


def _plain(event: Event) -> None:
    if isinstance(event, Started):
        sys.stderr.write(f"{event.stage} ({event.total})\n")
    elif isinstance(event, Skipped):
        sys.stderr.write(_skipped(event) + "\n")


def _skipped(event: Skipped) -> str:
    return f"skipped in {event.stage}: {event.what}: {event.reason}"
