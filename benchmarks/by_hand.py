"""The limit: Dormand & Prince's 5(4) pair written out for the Lorenz system alone and compiled.

The same method, error norm, step control, starting step and dense output as the bulk engine's; nothing is interpreted, and
nothing looks out for poles, stiffness, or a box.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from kappabar.evaluate.semantics.engine.stepper import DENSE, GROW, SAFETY, SHRINK


@numba.njit(error_model="numpy")  # type: ignore[misc]
def lorenz(x0: Any, times: Any, rtol: float, atol: float, a: float, b: float, c: float) -> Any:
    """Trajectory (T, 3)."""
    out = np.empty((len(times), 3))
    x, y, z = x0[0], x0[1], x0[2]
    out[0, 0], out[0, 1], out[0, 2] = x, y, z
    kx, ky, kz = a * (y - x), x * (b - z) - y, x * y - c * z
    t, end, row, refused = times[0], times[-1], 1, False
    h = 0.01 * math.sqrt(x * x + y * y + z * z) / math.sqrt(kx * kx + ky * ky + kz * kz)
    while row < len(times):
        final = h >= end - t
        step = end - t if final else h
        u, v, w = x + step * (1 / 5 * kx), y + step * (1 / 5 * ky), z + step * (1 / 5 * kz)
        k1x, k1y, k1z = a * (v - u), u * (b - w) - v, u * v - c * w
        u = x + step * (3 / 40 * kx + 9 / 40 * k1x)
        v = y + step * (3 / 40 * ky + 9 / 40 * k1y)
        w = z + step * (3 / 40 * kz + 9 / 40 * k1z)
        k2x, k2y, k2z = a * (v - u), u * (b - w) - v, u * v - c * w
        u = x + step * (44 / 45 * kx - 56 / 15 * k1x + 32 / 9 * k2x)
        v = y + step * (44 / 45 * ky - 56 / 15 * k1y + 32 / 9 * k2y)
        w = z + step * (44 / 45 * kz - 56 / 15 * k1z + 32 / 9 * k2z)
        k3x, k3y, k3z = a * (v - u), u * (b - w) - v, u * v - c * w
        u = x + step * (19372 / 6561 * kx - 25360 / 2187 * k1x + 64448 / 6561 * k2x - 212 / 729 * k3x)
        v = y + step * (19372 / 6561 * ky - 25360 / 2187 * k1y + 64448 / 6561 * k2y - 212 / 729 * k3y)
        w = z + step * (19372 / 6561 * kz - 25360 / 2187 * k1z + 64448 / 6561 * k2z - 212 / 729 * k3z)
        k4x, k4y, k4z = a * (v - u), u * (b - w) - v, u * v - c * w
        u = x + step * (9017 / 3168 * kx - 355 / 33 * k1x + 46732 / 5247 * k2x + 49 / 176 * k3x - 5103 / 18656 * k4x)
        v = y + step * (9017 / 3168 * ky - 355 / 33 * k1y + 46732 / 5247 * k2y + 49 / 176 * k3y - 5103 / 18656 * k4y)
        w = z + step * (9017 / 3168 * kz - 355 / 33 * k1z + 46732 / 5247 * k2z + 49 / 176 * k3z - 5103 / 18656 * k4z)
        k5x, k5y, k5z = a * (v - u), u * (b - w) - v, u * v - c * w
        u = x + step * (35 / 384 * kx + 500 / 1113 * k2x + 125 / 192 * k3x - 2187 / 6784 * k4x + 11 / 84 * k5x)
        v = y + step * (35 / 384 * ky + 500 / 1113 * k2y + 125 / 192 * k3y - 2187 / 6784 * k4y + 11 / 84 * k5y)
        w = z + step * (35 / 384 * kz + 500 / 1113 * k2z + 125 / 192 * k3z - 2187 / 6784 * k4z + 11 / 84 * k5z)
        k6x, k6y, k6z = a * (v - u), u * (b - w) - v, u * v - c * w
        e = 71 / 57600, 71 / 16695, 71 / 1920, 17253 / 339200, 22 / 525, 1 / 40
        ex = -e[0] * kx + e[1] * k2x - e[2] * k3x + e[3] * k4x - e[4] * k5x + e[5] * k6x
        ey = -e[0] * ky + e[1] * k2y - e[2] * k3y + e[3] * k4y - e[4] * k5y + e[5] * k6y
        ez = -e[0] * kz + e[1] * k2z - e[2] * k3z + e[3] * k4z - e[4] * k5z + e[5] * k6z
        error = max(
            abs(step * ex) / (atol + rtol * max(abs(x), abs(u))),
            abs(step * ey) / (atol + rtol * max(abs(y), abs(v))),
            abs(step * ez) / (atol + rtol * max(abs(z), abs(w))),
        )
        factor = GROW if error == 0.0 else SAFETY * error**-0.2
        if error > 1.0:
            h, refused = step * max(SHRINK, factor), True
            continue
        after = end if final else t + step
        while row < len(times) and times[row] <= after:
            s = (times[row] - t) / step
            for i in range(3):
                start = x if i == 0 else y if i == 1 else z
                p = (
                    (kx, k1x, k2x, k3x, k4x, k5x, k6x)
                    if i == 0
                    else (ky, k1y, k2y, k3y, k4y, k5y, k6y)
                    if i == 1
                    else (kz, k1z, k2z, k3z, k4z, k5z, k6z)
                )
                value = 0.0
                for j in range(7):
                    value += p[j] * (s * (DENSE[j, 0] + s * (DENSE[j, 1] + s * (DENSE[j, 2] + s * DENSE[j, 3]))))
                out[row, i] = start + step * value
            row += 1
        h = step * min(1.0 if refused else GROW, factor)
        t, refused = after, False
        x, y, z, kx, ky, kz = u, v, w, k6x, k6y, k6z
    return out
