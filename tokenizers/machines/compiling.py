"""The kernels of this folder, compiled on first use: each on its own, since most runs need but one."""

from __future__ import annotations

from typing import Any

import numba
from numba import float64, int32, int64

from ...grammars import tree
from .. import alphabet
from . import characters, distinct, forest, kernels, pushdown
from .jit import Kernel, kernel
from .kernels import Numbers, Out, Tables, Text

_types: Any = numba.types
_WHOLE, _ROWS, _REAL = int32[::1], int32[:, ::1], float64[::1]
_DECODE = int64(
    _types.NamedTuple((int64[::1], _ROWS, _ROWS, _ROWS, _WHOLE, _ROWS, _REAL, _WHOLE, _WHOLE), Tables),
    _types.NamedTuple((_WHOLE, _ROWS, _WHOLE, _WHOLE), Text),
    _types.NamedTuple(
        (_WHOLE, _REAL, _ROWS, _ROWS, float64[:, ::1], int64[::1], int64[::1], _REAL, _WHOLE, int64), Numbers
    ),
    _types.NamedTuple((_WHOLE, _REAL, int64[::1], _ROWS, _ROWS), Out),
    int64[::1], int64,
)  # fmt: skip
_DISTINCT = int64(_WHOLE, _REAL, int64[::1], int64[::1], int64[::1])
_SHARED = (kernels, forest, tree)  # the order of the tree's symbols says which item is `^`


def decoder() -> Kernel:
    """The compiled machine."""
    return kernel(pushdown.pushdown_kernel, _DECODE, (pushdown, characters, alphabet, *_SHARED))


def distinct_kernel() -> Kernel:
    """See `distinct.distinct_kernel`."""
    return kernel(distinct.distinct_kernel, _DISTINCT, (distinct,))
