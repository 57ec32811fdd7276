"""Numba, in one place: how functions are compiled, when, and where the result is kept. Results never depend on it."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from types import ModuleType
from typing import Any, TypeVar

import numba

from . import private
from .private import LIGHT, PART_OF_CALLER, UNCOUNTED, compiled_at_once, is_kept

_njit: Any = numba.njit  # whose annotations leave out the options of `private`

F = TypeVar("F", bound=Callable[..., Any])
Kernel = Callable[..., Any]
Source = Callable[[int], Kernel]
"""Gives a kernel's Python function for a stamp, which it closes over: Numba's cache on disk sees a change in the file of that
function only, but its key includes the values that the function closes over."""

_COMPILING = Lock()
_ready: dict[Source, Kernel] = {}
_elsewhere: dict[Source, tuple[subprocess.Popen[bytes], Wanted]] = {}
_PATIENCE = 2.0
"""Seconds of compilation before a terminal is told about it."""


def inner(function: F) -> F:
    """Compiled into its callers, when they are; nothing happens before."""
    result: F = _njit(**LIGHT)(function)
    return result


def bare(function: F) -> F:
    """As `inner`, without counting references to arrays, which costs more than a step of most trajectories.

    So it must not make an array; and what it returns may hold one only if its callers are bare themselves.
    """
    result: F = _njit(**LIGHT, **UNCOUNTED)(function)
    return result


def hot(function: F) -> F:
    """As `bare`, and part of its caller: tuples of arrays are handed over a word at a time, which costs more
    than what a small function does.
    """
    result: F = _njit(**LIGHT, **UNCOUNTED, **PART_OF_CALLER)(function)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A kernel that is not there yet. `modules`: those whose code is compiled into it."""

    source: Source
    signature: Any
    modules: Sequence[ModuleType]


def kernel(source: Source, signature: Any, modules: Sequence[ModuleType]) -> Kernel:
    """`source`'s function, compiled by this process or, at best, by an earlier one. Releases the GIL. Some seconds the very first
    time. `modules`: those whose code is compiled into it."""
    with _COMPILING:
        return _made(Wanted(source, signature, modules))


def beside(program: str, there: Wanted, here: Wanted) -> None:
    """Have `program`, which compiles the kernel `there`, run by a process of its own, beside what this one does meanwhile.

    Who needs that kernel compiles `here` before, and waits. Nothing happens where a process has compiled it already, or where
    none can keep it for others.
    """
    with _COMPILING:
        if there.source in _ready or there.source in _elsewhere or _is_kept(there) is not False:
            return
        # Where this one finds modules, and not where it happens to stand.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        none, words = subprocess.DEVNULL, [sys.executable, "-P", "-c", program]
        with suppress(OSError):  # then it is compiled here, when it is needed
            atexit.register(_end)
            _elsewhere[there.source] = subprocess.Popen(words, stdin=none, stdout=none, stderr=none, env=environment), here


def _end() -> None:
    """No process outlasts the command that it was to help."""
    for process, _ in _elsewhere.values():
        process.kill()


def _made(wanted: Wanted) -> Kernel:
    if wanted.source not in _ready:
        if (other := _elsewhere.pop(wanted.source, None)) is not None:
            process, meanwhile = other
            _made(meanwhile)
            process.wait()  # it has kept the kernel, or failed as this one will
        _ready[wanted.source] = _load(wanted.source, wanted.signature, wanted.modules)
    return _ready[wanted.source]


def _is_kept(wanted: Wanted) -> bool | None:
    """Whether an earlier process has compiled it; None where none could have kept it."""
    try:
        return is_kept(_njit(cache=True)(wanted.source(_stamp(wanted.modules))), wanted.signature)
    except (RuntimeError, OSError):  # as in `_load`
        return None


def _load(source: Source, signature: Any, modules: Sequence[ModuleType]) -> Kernel:
    # Who waits at a terminal is told for what; a cached kernel is there long before the notice is due.
    notice = Timer(_PATIENCE, _say)
    notice.daemon = True
    with suppress(RuntimeError):  # no room for a thread
        notice.start()
    stamp = _stamp(modules)
    try:
        with suppress(RuntimeError, OSError):  # no folder to cache in (RuntimeError), or it filled up or vanished (OSError)
            return _compile(source(stamp), signature, cached=True)
        return _compile(source(stamp), signature, cached=False)
    finally:
        notice.cancel()


def _say() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("compiling; this takes some seconds, once\n")


def _compile(function: Kernel, signature: Any, cached: bool) -> Kernel:
    """No fastmath: results must not depend on how the compiler groups sums."""
    with compiled_at_once(function.__qualname__):
        compiled: Kernel = _njit(signature, nogil=True, error_model="numpy", cache=cached)(function)
    return compiled


def _stamp(modules: Sequence[ModuleType]) -> int:
    """Changes when a source that is compiled into the kernel does."""
    files = [Path(__file__), *(Path(str(module.__file__)) for module in (private, *modules))]
    return zlib.crc32(b"".join(file.read_bytes() for file in files))
