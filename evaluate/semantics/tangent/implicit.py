"""A trajectory with its tangent vectors by implicit steps, compiled: Radau IIA of order five, for stiff flows.

Hairer & Wanner, Solving ODEs II, IV.8; error estimate and constants as in SciPy's `Radau`. Newton's method with the Jacobian of
every stage, so that the last factors also give the exact derivative of the step, which is what tangent vectors are multiplied by.
A step much longer than the time in which a direction shrinks makes it shrink by another factor than the flow does. Where such
directions come last, their growth is the integral of q·Jq over the step instead, q being the direction made orthonormal at each
stage; and the last one's is always what the divergence leaves.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....tokenizers.machines.jit import inner
from ..engine.elimination import factorize, solve
from .crossings import gauges
from .directions import orthonormalize
from .explicit import LEFT, OK, STUCK, inside, leaps, next_step
from .gradients import Field, linearize

_S = 6.0**0.5
A = np.array([
    [(88 - 7 * _S) / 360, (296 - 169 * _S) / 1800, (-2 + 3 * _S) / 225],
    [(296 + 169 * _S) / 1800, (88 + 7 * _S) / 360, (-2 - 3 * _S) / 225],
    [(16 - _S) / 36, (16 + _S) / 36, 1 / 9],
])  # fmt: skip
E = np.array([-13 - 7 * _S, -13 + 7 * _S, -1.0]) / 3
REAL = 3 + 3 ** (2 / 3) - 3 ** (1 / 3)
"""The real eigenvalue of the inverse of A."""
ITERATIONS, CLOSE = 12, 1e-3
"""Newton's method: iterations at most, and the last change in units of the tolerance."""
TURN = 0.3
"""A direction may turn by this within a step, in radians: a state at rest would let steps grow past its rotation."""
RESOLVED = -0.5
"""A direction that shrinks by less, as a logarithm, within one step shrinks as the step's derivative says, to 2e-6: that of a
state which comes back adds up to nothing over its way, as the integrals' errors do not."""


@inner
def _stages(
    field: Field,
    x: Any,
    h: float,
    rtol: float,
    atol: float,
    slopes: Any,
    stages: Any,
    jacobians: Any,
    m: Any,
    pivots: Any,
    b: Any,
) -> bool:
    """Solve for the stages Z (3, D) of the step; their Jacobians are left, and the factors of 1 - h A ⊗ J there."""
    dim = len(x)
    stages[:] = 0.0
    close = False
    for _ in range(ITERATIONS):
        for i in range(3):
            for d in range(dim):
                field.work[1, d] = x[d] + stages[i, d]
            if not linearize(field, field.work[1], slopes[i], jacobians[i]):
                return False
        for i in range(3):
            for j in range(3):
                for c in range(dim):
                    for d in range(dim):
                        unit = 1.0 if i == j and c == d else 0.0
                        m[i * dim + c, j * dim + d] = unit - h * A[i, j] * jacobians[j, c, d]
        if not factorize(m, pivots, 3 * dim):
            return False
        if close:
            return True
        for i in range(3):
            for c in range(dim):
                b[i * dim + c] = h * (A[i, 0] * slopes[0, c] + A[i, 1] * slopes[1, c] + A[i, 2] * slopes[2, c]) - stages[i, c]
        solve(m, pivots, 3 * dim, b)
        worst = 0.0
        for i in range(3):
            for c in range(dim):
                stages[i, c] += b[i * dim + c]
                part = abs(b[i * dim + c]) / (atol + rtol * abs(x[c]))
                worst = max(worst, part) if part == part else math.inf
        close = worst <= CLOSE
    return False


@inner
def _error(
    field: Field, x: Any, h: float, rtol: float, atol: float, f: Any, jacobian: Any, stages: Any, m: Any, pivots: Any, b: Any
) -> float:
    """The step's error as a multiple of the tolerance; f and its Jacobian at x, b (D,) to spare."""
    dim = len(x)
    worst = math.inf
    for c in range(dim):
        for d in range(dim):
            m[c, d] = (REAL / h if c == d else 0.0) - jacobian[c, d]
    if not factorize(m, pivots, dim):
        return math.inf
    for attempt in range(2):
        if attempt == 1:
            for c in range(dim):
                field.work[1, c] = x[c] + b[c]
            if not linearize(field, field.work[1], field.work[2], field.work[6:]):
                return worst
        for c in range(dim):
            slope = f[c] if attempt == 0 else field.work[2, c]
            b[c] = slope + (E[0] * stages[0, c] + E[1] * stages[1, c] + E[2] * stages[2, c]) / h
        solve(m, pivots, dim, b)
        worst = 0.0
        for c in range(dim):
            part = abs(b[c]) / (atol + rtol * max(abs(x[c]), abs(x[c] + stages[2, c])))
            worst = max(worst, part) if part == part else math.inf
        if worst <= 1.0:
            break
    return worst


@inner
def _move(
    field: Field, normalize: bool, z: Any, count: int, h: float, jacobians: Any, m: Any, pivots: Any, b: Any, at: Any, scrap: Any,
    rates: Any,
) -> float:  # fmt: skip
    """Multiply the tangent vectors in z by the derivative of the step. rates (count,): the integrals of q·Jq. at (3, len(z)):
    the vectors at the stages. Gives how far one turns towards a later one."""
    dim = field.work.shape[1]
    for j in range(count):
        v = dim + j * dim
        for i in range(3):
            for c in range(dim):
                total = 0.0
                for s in range(3):
                    for d in range(dim):
                        total += A[i, s] * jacobians[s, c, d] * z[v + d]
                b[i * dim + c] = h * total
        solve(m, pivots, 3 * dim, b)
        for i in range(3):
            for c in range(dim):
                at[i, v + c] = z[v + c] + b[i * dim + c]
    for i in range(dim, dim + count * dim):
        z[i] = at[2, i]
    rates[:] = 0.0
    turn = 0.0
    if not normalize:
        return turn
    for i in range(3):
        orthonormalize(at[i], scrap[: len(z)], scrap[len(z) :], dim, count, count)
        for j in range(count):
            v = dim + j * dim
            for later in range(j, count):
                u, total = dim + later * dim, 0.0
                for c in range(dim):
                    for d in range(dim):
                        total += at[i, u + c] * jacobians[i, c, d] * at[i, v + d]
                if later == j:
                    rates[j] += h * A[2, i] * total
                else:
                    turn = max(turn, h * abs(total))
    return turn


@inner
def _amiss(rate: float) -> float:
    """By how much a step makes a direction grow wrongly, as a logarithm, that grows steadily by `rate`: the method's stability
    function."""
    below = 1 - rate * (3 / 5 - rate * (3 / 20 - rate / 60))
    return abs(math.log((1 + rate * (2 / 5 + rate / 20)) / max(abs(below), 1e-300)) - rate)


@inner
def _share_out(logs: Any, rates: Any, sums: Any, doubts: Any) -> None:
    """Add what each vector grew by, and the divergence, to sums. logs: as the derivative of the step says. To doubts is added
    what that may be wrong by, where it is used."""
    count = len(logs)
    slow = 0
    while slow < count and rates[slow] >= RESOLVED:
        slow += 1
    sorted_ = True
    for j in range(slow, count):
        sorted_ = sorted_ and rates[j] < RESOLVED
    for j in range(count):
        if j < slow or not sorted_:
            doubts[j] += _amiss(rates[j])
    rest = rates.sum()  # the trace, as the vectors are orthonormal
    sums[count] += rest
    for j in range(count - 1):
        grown = rates[j] if sorted_ and j >= slow else logs[j]
        sums[j] += grown
        rest -= grown
    sums[count - 1] += rest


@inner
def stiff_flow(
    field: Field, watches: Any, normalize: bool, z: Any, count: int, sums: Any, span: float, h: float, rtol: float, atol: float,
    box: float, limit: int, tally: Any,
) -> tuple[int, int, float, float]:  # fmt: skip
    """As `explicit.flow`, for right-hand sides without `sign` and `abs`; what the vectors' growth
    may be wrong by is added up behind the instructions' modes. Is STUCK where another function jumps."""
    dim, n = field.work.shape[1], len(z)
    stages, jacobians, slopes = np.zeros((3, dim)), np.zeros((3, dim, dim)), np.zeros((3, dim))
    m, pivots, b = np.zeros((3 * dim, 3 * dim)), np.zeros(3 * dim, dtype=np.int64), np.zeros(3 * dim)
    small, few, c = np.zeros((dim, dim)), np.zeros(dim, dtype=np.int64), np.zeros(dim)
    f, jacobian, at, scrap = np.zeros(dim), np.zeros((dim, dim)), np.zeros((3, n)), np.zeros(n + count)
    rates, logs = np.zeros(count), np.zeros(count)
    none, spare, old = np.zeros(0, dtype=np.int64), np.zeros((2, dim)), np.zeros(n)
    before, after = np.zeros(2 + len(watches)), np.zeros(2 + len(watches))
    if not gauges(field, z, none, watches, before):
        return LEFT, 0, h, 0.0
    done, steps, fresh = 0.0, 0, True
    while done < span:
        status, last, now = next_step(done, span, h, steps, limit)
        if status != OK:
            return status, steps, h, done
        steps += 1
        if not linearize(field, z, f, jacobian):
            return LEFT, steps, h, done
        error = math.inf
        if _stages(field, z[:dim], now, rtol, atol, slopes, stages, jacobians, m, pivots, b):
            error = _error(field, z[:dim], now, rtol, atol, f, jacobian, stages, small, few, c)
        if not error <= 1.0:
            h = now * (max(0.2, 0.9 * error**-0.25) if error < math.inf else 0.3)
            fresh = False
            continue
        old[:] = z
        turn = _move(field, normalize, z, count, now, jacobians, m, pivots, b, at, scrap, rates)
        if turn > TURN:
            z[:] = old
            h = now * max(0.2, 0.8 * TURN / turn)
            fresh = False
            continue
        done = span if last else done + now
        for i in range(dim):
            z[i] += stages[2, i]
        if len(watches) > 0:
            gauges(field, z, none, watches, after)
            if leaps(field, old, z, 0, watches, before, after, spare, tally)[0] >= 0:
                return STUCK, steps, h, done
            before[:] = after
        if normalize:
            logs[:] = 0.0
            orthonormalize(z, scrap, logs, dim, count, count)
            _share_out(logs, rates, sums, field.modes[len(field.code) :])
        growth = min(8.0 if fresh else 1.0, 0.9 * max(error, 1e-9) ** -0.25)
        if not last or growth < 1.0:
            h = now * growth
        if turn > 0.0:
            h = min(h, 0.9 * TURN * now / turn)
        fresh = True
        if not inside(z, dim, box):
            return LEFT, steps, h, done
    return OK, steps, h, done
