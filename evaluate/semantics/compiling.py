"""The kernels, compiled on first use and cached on disk: by this process or, at best, by an earlier one."""

from __future__ import annotations

import sys
import zlib
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import numba
from numba import boolean, float64, int8, int32, int64, uint32, void

from . import discrete, explicit, implicit, interpreter, kernels, lanes, lowering, record, stepper, trouble
from .kernels import Kernel

_ARRAYS = (
    uint32[:, ::1], float64[::1], int64[::1], int64[:, ::1], int64[:, ::1], float64[:, ::1], float64[::1], float64[::1],
    float64[::1], float64[::1], float64[::1], float64[::1], int8[::1], boolean, int64[::1],
)  # fmt: skip
_types: Any = numba.types
_LOWERING = _types.Tuple((uint32[:, ::1], float64[::1], int64[::1], int64[:, ::1]))(int32[::1], float64[::1], int64[::1], int64)
_COMPILING = Lock()
_ready: dict[int, Kernel] = {}
_LOWERER = -1
_PATIENCE = 2.0
"""Seconds of compilation before a terminal is told about it."""


def compiled(kind: int) -> Kernel:
    """One of `kernels.KERNELS`. Some seconds the very first time; each on its own, since most runs need but one."""
    with _COMPILING:
        if kind not in _ready:
            _ready[kind] = _load(kind)
        return _ready[kind]


def lowering_kernel() -> Kernel:
    """See `lowering.lowering_kernel`."""
    with _COMPILING:
        if _LOWERER not in _ready:
            _ready[_LOWERER] = _load(_LOWERER)
        return _ready[_LOWERER]


def _load(kind: int) -> Kernel:
    # Who waits at a terminal is told for what; a cached kernel is there long before the notice is due.
    notice = Timer(_PATIENCE, _say)
    notice.daemon = True
    notice.start()
    try:
        with suppress(RuntimeError, OSError):  # no folder to cache in (RuntimeError), or it filled up or vanished (OSError)
            return _compile(kind, cached=True)
        return _compile(kind, cached=False)
    finally:
        notice.cancel()


def _say() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("compiling the simulation engine; this takes some seconds, once\n")


def _compile(kind: int, cached: bool) -> Kernel:
    """Releases the GIL (threads are ours). No fastmath: results must not depend on how the compiler groups sums."""
    lowers = kind == _LOWERER
    source = lowering.lowering_kernel(_stamp()) if lowers else kernels.KERNELS[kind](_stamp())
    signature = _LOWERING if lowers else void(*_ARRAYS)
    result: Any = numba.njit(signature, nogil=True, error_model="numpy", cache=cached)(source)
    kernel: Kernel = result
    return kernel


def _stamp() -> int:
    """Changes when a source that is compiled into the kernels does."""
    modules = (lanes, interpreter, record, trouble, stepper, explicit, discrete, implicit, kernels, lowering)
    return zlib.crc32(b"".join(Path(str(module.__file__)).read_bytes() for module in modules))
