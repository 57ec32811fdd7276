"""A process that waits for the one that does the work, where that calls parts of the user's own: one of them may end it halfway,
with exit code 0 as if all were done (`os._exit(0)`), or without a word (an abort or a fault of compiled code)."""

from __future__ import annotations

import atexit
import os
import re
import signal
from collections.abc import Sequence

from ..evaluate.results.shown import shown
from ..evaluate.workers.process import ended, follow
from .ending import told

INTERRUPTED = 130
_PART = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")


def own_parts(arguments: Sequence[str]) -> tuple[str, ...]:
    """What among the arguments may name a part of the user's own: `module:Object`, alone or within a spec. `hf:FOLDER` has the
    form, too, and is code from elsewhere as well."""
    return tuple(dict.fromkeys(name for text in arguments for name in _PART.findall(text)))


def guard(arguments: Sequence[str]) -> None:
    """Go on in a process of its own where the arguments name parts of the user's own; this one waits for it, and ends as it does.
    Where it ends before its work has, that is one line and exit code 1.

    To be called before anything is begun: no thread, no library. Both processes are of one group, so the terminal's keys reach
    the one that works by itself; what is sent to this one is handed on.
    """
    parts = own_parts(arguments)
    if not parts or not hasattr(signal, "sigwaitinfo"):
        return
    heard = {signal.SIGCHLD, signal.SIGINT, signal.SIGTERM}
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever began us may ignore it: then nobody could be waited for
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    reading, writing = os.pipe()
    parent, child = os.getpid(), os.fork()
    if not child:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        follow(parent)
        # Registered before anything of a part's own, so it is the last to be called.
        atexit.register(os.write, writing, b".")
        return
    code = _waited(child, heard)
    os.set_blocking(reading, False)
    os.close(writing)
    raise SystemExit(_outcome(code, _finished(reading), parts))


def _waited(child: int, heard: set[signal.Signals]) -> int:
    """The exit code of a child; below zero where a signal ended it."""
    while True:
        news = signal.sigwaitinfo(heard)
        if news.si_signo == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        elif news.si_code <= 0:  # of a process; what the kernel sends for a key, the whole group gets
            os.kill(child, news.si_signo)


def _finished(reading: int) -> bool:
    try:
        return bool(os.read(reading, 1))
    except BlockingIOError:  # who could still write is no child of ours: a part began it
        return False


def _outcome(code: int, finished: bool, parts: Sequence[str]) -> int:
    """The exit code, and the line where the process ended before its work had."""
    if finished:
        return code if code >= 0 else 128 - code
    if -code in (signal.SIGINT, signal.SIGTERM):  # before it heeded them
        return INTERRUPTED
    who = " or ".join(parts) + (" ends it, or memory ran out" if code == -signal.SIGKILL else " ends it")
    told(
        f"kappabar: error: {shown(f'the process ended ({ended(code)}) before its work was done: {who}')}; "
        "nothing is measured with a part that ends the process"
    )
    return 1
