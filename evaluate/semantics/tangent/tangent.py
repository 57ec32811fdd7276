"""A trajectory with its tangent vectors, compiled: what a small displacement of the state turns into.

The same instruction tape as the bulk engine's, interpreted on values and their derivatives at once (forward mode), so that
a new expression costs no compilation. A flow's state and tangent vectors are integrated as one system, explicitly or, where it is
stiff, implicitly; after every step, or iterate of a map, the tangent vectors are made orthonormal
again and the logarithms of what they had grown by are added up (Benettin et al., Meccanica 15, 1980).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ....tokenizers.machines import jit
from ....tokenizers.machines.jit import inner
from ..engine import elimination, interpreter
from . import crossings, directions, gradients
from . import explicit as tangent_explicit
from . import implicit as tangent_implicit
from .crossings import settle_branches
from .directions import determinant, orthonormalize
from .explicit import LEFT, OK, flow, inside
from .gradients import Field, linearize, slopes
from .implicit import stiff_flow

Kernel = Callable[..., tuple[int, int, float, float]]

EXPLICIT, IMPLICIT, ITERATE = range(3)
"""How the state goes on."""

SMALL = -25.0
"""A direction that shrinks by more, as a logarithm, than the first grows in one iterate is lost in rounding: the determinant says
by how much."""
FAINT, ROUNDED = -20.0, 1e-15
"""A direction that shrinks by more in one iterate is looked at: whether a state that is a rounding away would have crushed it."""
RESIDUES = 4
"""From this column of a tally on: for each vector, how often what was left of it was rounding."""


@inner
def _is_residue(field: Field, x: Any, vector: Any, size: float) -> bool:
    """Whether what the Jacobian at x makes of a vector, `size`, is no more than rounding of x itself changes."""
    work = field.work
    dim = work.shape[1]
    probe, kept, total = work[4], np.zeros((dim, dim)), 0.0
    if not linearize(field, x, work[0], kept):
        return False
    for i in range(dim):
        for m in range(dim):
            probe[m] = x[m]
        probe[i] += ROUNDED * abs(x[i])
        if not linearize(field, probe, work[0], work[6:]):
            return False
        for m in range(dim):
            for c in range(dim):
                total += abs((work[6 + m, c] - kept[m, c]) * vector[c])
    return size <= total


@inner
def _iterate(
    field: Field, normalize: bool, z: Any, count: int, sums: Any, iterates: int, box: float, tally: Any
) -> tuple[int, int, float, float]:  # fmt: skip
    """Advance z (state, tangent vectors) by that many iterates."""
    dim = field.work.shape[1]
    k, old, logs = np.zeros(len(z)), np.zeros(len(z)), np.zeros(count)
    for n in range(iterates):
        if not slopes(field, count, z, k):
            return LEFT, n, 1.0, float(n)
        old[:], z[:] = z, k
        if normalize:
            logs[:] = 0.0
            total, rank = determinant(field.work[6:])
            orthonormalize(z, k, logs, dim, count, min(rank, count))
            if count == dim > 1 and logs[dim - 1] - logs[0] < SMALL and total > -math.inf:
                logs[dim - 1] = total - logs[: dim - 1].sum()
            for j in range(count):
                sums[j] += logs[j]
                if FAINT > logs[j] > -math.inf:
                    vector = old[dim + j * dim : dim + (j + 1) * dim]
                    tally[RESIDUES + j] += _is_residue(field, old[:dim], vector, math.exp(logs[j]))
            sums[count] += total
        if not inside(z, dim, box):
            return LEFT, n, 1.0, float(n)
    return OK, iterates, 1.0, float(iterates)


@inner
def _field(code: Any, registers: Any, outputs: Any, modes: Any, surface: Any) -> Field:
    dim = len(outputs)
    dr = np.zeros((len(registers), dim))
    for i in range(dim):
        dr[i, i] = 1.0
    return Field(code, outputs, registers.copy(), dr, modes, surface, np.zeros((6 + dim, dim)))


def explicit_kernel(stamp: int) -> Kernel:
    """`advance`, not yet compiled; see `jit.Source`."""

    def advance(
        normalize: bool, code: Any, registers: Any, outputs: Any, switches: Any, watches: Any, modes: Any, surface: Any,
        tally: Any,
        z: Any, sums: Any, span: float, h: float, rtol: float, atol: float, box: float, limit: int,
    ) -> tuple[int, int, float, float]:  # fmt: skip
        """Advance z (D state, tangent vectors of D each, 1 to spare) by `span` (time, or iterates); add each vector's growth and
        the divergence to sums. switches, watches: instructions at which f may jump. modes, surface, tally: what is known
        of them so far, kept from call to call; modes of switches are 0 at the start. tally: (RESIDUES + D,)."""
        field = _field(code, registers, outputs, modes, surface)
        fresh = len(switches) > 0 and modes[switches[0]] == 0.0
        if stamp < 0 or (fresh and not settle_branches(field, z, switches)):  # the stamp never is
            return LEFT, 0, h, 0.0
        return flow(field, switches, watches, normalize, z, len(sums) - 1, sums, span, h, rtol, atol, box, limit, tally)

    return advance


def implicit_kernel(stamp: int) -> Kernel:
    """As `explicit_kernel`, for stiff flows without switches."""

    def advance(
        normalize: bool, code: Any, registers: Any, outputs: Any, switches: Any, watches: Any, modes: Any, surface: Any,
        tally: Any,
        z: Any, sums: Any, span: float, h: float, rtol: float, atol: float, box: float, limit: int,
    ) -> tuple[int, int, float, float]:  # fmt: skip
        if stamp < 0:  # never
            return LEFT, 0, h, 0.0
        field = _field(code, registers, outputs, modes, surface)
        return stiff_flow(field, watches, normalize, z, len(sums) - 1, sums, span, h, rtol, atol, box, limit, tally)

    return advance


def iterate_kernel(stamp: int) -> Kernel:
    """As `explicit_kernel`, for maps."""

    def advance(
        normalize: bool, code: Any, registers: Any, outputs: Any, switches: Any, watches: Any, modes: Any, surface: Any,
        tally: Any,
        z: Any, sums: Any, span: float, h: float, rtol: float, atol: float, box: float, limit: int,
    ) -> tuple[int, int, float, float]:  # fmt: skip
        if stamp < 0:  # never
            return LEFT, 0, h, 0.0
        return _iterate(
            _field(code, registers, outputs, modes, surface), normalize, z, len(sums) - 1, sums, int(span), box, tally
        )

    return advance


KERNELS = (explicit_kernel, implicit_kernel, iterate_kernel)


@cache  # making the types of a signature takes longer than a short stretch
def compiled(method: int) -> Kernel:
    """`advance`, compiled, or read from the cache on disk, on first use. Half a minute the very first time, for flows."""
    from numba import boolean, float64, int64, uint32

    signature = (
        boolean, uint32[:, ::1], float64[::1], int64[::1], int64[::1], int64[::1], float64[::1], int64[::1],
        int64[::1], float64[::1], float64[::1], float64, float64, float64, float64, float64, int64,
    )  # fmt: skip
    modules = (interpreter, gradients, directions, elimination, crossings, tangent_explicit, tangent_implicit)
    return jit.kernel(KERNELS[method], signature, modules)
