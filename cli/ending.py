"""How a command ends where the machine ends it: by a signal, or by output that nobody takes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


@contextmanager
def heeding_sigterm() -> Iterator[None]:
    """SIGTERM ends what is done here as Ctrl-C does: it is kept as far as it is, and worker processes end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def ready_streams() -> None:
    """A terminal that cannot write κ gets a substitute, and an output that was closed before we began takes everything."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        getattr(sys, name).reconfigure(errors="replace")


def told(line: str) -> None:
    """Write a line on standard error, where anybody takes it."""
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        give_up(sys.stderr)


def give_up(*streams: TextIO) -> None:
    """What could not be written is not tried again when the interpreter ends."""
    for stream in streams:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
