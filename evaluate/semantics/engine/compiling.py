"""The engine's kernels, compiled on first use: each on its own, since most runs need but one."""

from __future__ import annotations

from typing import Any

import numba
from numba import boolean, float64, int8, int32, int64, uint32, void

from ....tokenizers.machines.jit import Kernel, kernel
from . import (
    discrete,
    elimination,
    explicit,
    hazards,
    hidden,
    implicit,
    interpreter,
    kernels,
    lanes,
    lowering,
    record,
    stepper,
    undefined,
)

_ARRAYS = (
    uint32[:, ::1], float64[::1], int64[::1], int64[:, ::1], int64[:, ::1], float64[:, ::1], float64[::1], float64[::1],
    float64[::1], float64[::1], float64[::1], float64[::1], int8[::1], boolean, int64[::1],
)  # fmt: skip
_types: Any = numba.types
_LOWERING = _types.Tuple((uint32[:, ::1], float64[::1], int64[::1], int64[:, ::1]))(int32[::1], float64[::1], int64[::1], int64)
_MODULES = (lanes, interpreter, undefined, record, hazards, hidden, stepper, explicit, discrete, elimination, implicit, kernels)


def compiled(kind: int) -> Kernel:
    """One of `kernels.KERNELS`."""
    return kernel(kernels.KERNELS[kind], void(*_ARRAYS), _MODULES)


def lowering_kernel() -> Kernel:
    """See `lowering.lowering_kernel`."""
    return kernel(lowering.lowering_kernel, _LOWERING, (interpreter, lowering))
