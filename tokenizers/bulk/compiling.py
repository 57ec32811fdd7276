"""The kernels of this folder, compiled on first use and cached on disk: by this process or, at best, by an earlier one."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import numba
from numba import float64, int32, int64

from . import characters, distinct, forest, kernels, postorder, precedence, preorder, symbols
from .machine import Kind

Kernel = Callable[..., Any]

_DECODE = int64(
    int64[::1], int32[:, ::1], int32[::1], float64[::1], int32[::1], int32[:, ::1], int32[::1], int32[::1], int64[::1],
    int32[::1], float64[::1], int32[:, ::1], int32[:, ::1], float64[:, ::1], int64[::1], int64[::1], float64[::1], int32[::1], int64,
    int32[::1], float64[::1], int64[::1], int32[:, ::1], int32[:, ::1], int64,
)  # fmt: skip
_DISTINCT = int64(int32[::1], float64[::1], int64[::1], int64[::1], int64[::1])
_SOURCES = {
    Kind.PREORDER: preorder.preorder_kernel,
    Kind.POSTORDER: postorder.postorder_kernel,
    Kind.SYMBOLS: symbols.symbols_kernel,
    Kind.CHARACTERS: characters.characters_kernel,
}
_COMPILING = Lock()
_ready: dict[object, Kernel] = {}


def decoder(kind: Kind) -> Kernel:
    """The compiled machine. Releases the GIL."""
    return _kernel(kind, _SOURCES[kind], _DECODE)


def distinct_kernel() -> Kernel:
    """See `distinct.distinct_kernel`."""
    return _kernel("distinct", distinct.distinct_kernel, _DISTINCT)


def _kernel(key: object, source: Callable[[int], Kernel], signature: Any) -> Kernel:
    with _COMPILING:
        if key not in _ready:
            _ready[key] = _compile(source, signature)
        return _ready[key]


def _compile(source: Callable[[int], Kernel], signature: Any) -> Kernel:
    with suppress(RuntimeError, OSError):  # no folder to cache in (RuntimeError), or it filled up or vanished (OSError)
        cached: Kernel = numba.njit(signature, nogil=True, error_model="numpy", cache=True)(source(_stamp()))
        return cached
    plain: Kernel = numba.njit(signature, nogil=True, error_model="numpy")(source(_stamp()))
    return plain


def _stamp() -> int:
    """Changes when a source that is compiled into the kernels does."""
    modules = (characters, distinct, forest, kernels, postorder, precedence, preorder, symbols)
    return zlib.crc32(b"".join(Path(str(module.__file__)).read_bytes() for module in modules))
