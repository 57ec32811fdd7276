"""The engine's kernels, compiled on first use: each on its own, since most runs need but one."""

from __future__ import annotations

from typing import Any

import numba
from numba import boolean, float64, int8, int32, int64, uint32, void

from ....tokenizers.machines.jit import Kernel, Wanted, beside, kernel
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


def compile_flows_beside() -> None:
    """On the first run of a machine, have flows' kernel, which takes as long as all others, compiled by another process: for
    commands that need the others too."""
    flow, stiff = (Wanted(kernels.KERNELS[kind], void(*_ARRAYS), _MODULES) for kind in (kernels.FLOW, kernels.STIFF))
    beside(f"from {__name__} import compiled; compiled({kernels.FLOW})", flow, stiff)


def lowering_kernel() -> Kernel:
    """See `lowering.lowering_kernel`."""
    return kernel(lowering.lowering_kernel, _LOWERING, (interpreter, lowering))
