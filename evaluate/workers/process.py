"""How a process ends: with the one that began it, and in words."""

from __future__ import annotations

import os
import signal
import threading
import time

_POLL = 0.5


def follow(parent: int) -> None:
    """End this process with its parent, also where that was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def ended(code: int) -> str:
    """In words the exit code of a process, below zero of one that a signal ended: 'exit code 0', 'by SIGABRT'."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"
