"""A trajectory with its tangent vectors by explicit steps, compiled: Dormand & Prince's 5(4) pair, with step control on both.

Steps end where the right-hand side jumps: the place is found by making the last step again, shorter.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....tokenizers.machines.jit import inner
from .crossings import CROSSED, SLID, STRANGE, cross, earliest, gauges, leap, project
from .directions import orthonormalize
from .gradients import COT, DIV, FREE, TAN, Field, slopes

OK, LEFT, STUCK, LIMIT, SLIDES = range(5)
"""How `advance` ended: all the way; the state left the box or stopped being finite; the smallest step; the step limit; sliding
that no `sign` or `abs` accounts for."""

JUMPS, SLIDINGS, LEAPS, LAST = range(4)
"""Columns of a tally: jumps crossed, slidings begun, jumps that were no `sign`, and the operation of the last of those."""

NARROW, SMALLEST = 1e-12, 1e-14
"""A crossing is located to this share of the step; no step is shorter than that share of the span."""


@inner
def stage(z: Any, k: Any, s: int, h: float, w: Any) -> None:
    """w = where stage s starts from. Written out over flat arrays, which the compiler vectorizes."""
    if s == 1:
        for i in range(len(z)):
            w[i] = z[i] + h * (1 / 5 * k[0, i])
    elif s == 2:
        for i in range(len(z)):
            w[i] = z[i] + h * (3 / 40 * k[0, i] + 9 / 40 * k[1, i])
    elif s == 3:
        for i in range(len(z)):
            w[i] = z[i] + h * (44 / 45 * k[0, i] - 56 / 15 * k[1, i] + 32 / 9 * k[2, i])
    elif s == 4:
        for i in range(len(z)):
            early = 19372 / 6561 * k[0, i] - 25360 / 2187 * k[1, i]
            w[i] = z[i] + h * (early + 64448 / 6561 * k[2, i] - 212 / 729 * k[3, i])
    elif s == 5:
        for i in range(len(z)):
            early = 9017 / 3168 * k[0, i] - 355 / 33 * k[1, i] + 46732 / 5247 * k[2, i]
            w[i] = z[i] + h * (early + 49 / 176 * k[3, i] - 5103 / 18656 * k[4, i])
    else:
        for i in range(len(z)):
            early = 35 / 384 * k[0, i] + 500 / 1113 * k[2, i] + 125 / 192 * k[3, i]
            w[i] = z[i] + h * (early - 2187 / 6784 * k[4, i] + 11 / 84 * k[5, i])


@inner
def step_error(z: Any, w: Any, k: Any, dim: int, h: float, rtol: float, atol: float, normalize: bool) -> float:
    """The largest error of the step in units of the tolerance; for tangent vectors, where they are of length
    1, it is rtol."""
    worst = 0.0
    for i in range(len(z) - 1):
        early = -71 / 57600 * k[0, i] + 71 / 16695 * k[2, i] - 71 / 1920 * k[3, i]
        total = early + 17253 / 339200 * k[4, i] - 22 / 525 * k[5, i] + 1 / 40 * k[6, i]
        size = max(abs(z[i]), abs(w[i]))
        scale = rtol * max(1.0, size) if normalize and i >= dim else atol + rtol * size
        part = abs(h * total) / scale
        worst = worst if part <= worst else part
    return worst


@inner
def _trial(field: Field, count: int, z: Any, h: float, k: Any, w: Any) -> bool:
    """w = where a step of h leads; whether all was finite on the way."""
    finite = True
    for s in range(1, 7):
        if finite:
            stage(z, k, s, h, w)
            finite = slopes(field, count, w, k[s])
    return finite


@inner
def _locate(
    field: Field, count: int, z: Any, h: float, k: Any, w: Any, switches: Any, watches: Any, low: Any, high: Any, g: Any
) -> float:  # fmt: skip
    """The shortest step, to NARROW, at whose end a gauge is negative: the Illinois method on the first that becomes so.

    low, high: the gauges before and after; `high` is kept, as is w, to the step found.
    """
    n = len(switches) + 2
    left, right, side, weight = 0.0, h, 0, 1.0
    event = earliest(low, high, n)
    for _ in range(80):
        if right - left <= NARROW * h:
            break
        a, b = low[event] * (weight if side == 1 else 1.0), high[event] * (weight if side == -1 else 1.0)
        middle = left + (right - left) * (a / (a - b) if a > b else 0.5)
        middle = min(max(middle, left + 0.4 * NARROW * h), right - 0.4 * NARROW * h)
        if not (_trial(field, count, z, middle, k, w) and gauges(field, w, switches, watches, g)):
            break
        found = earliest(low, g, n)
        if found >= 0:
            right, high[:] = middle, g
            weight = 0.5 * weight if side == 1 and found == event else 1.0
            side, event = 1, found
        else:
            left, low[:] = middle, g
            weight = 0.5 * weight if side == -1 else 1.0
            side = -1
    _trial(field, count, z, right, k, w)
    gauges(field, w, switches, watches, high)
    return right


@inner
def leaps(
    field: Field, old: Any, z: Any, count: int, watches: Any, before: Any, after: Any, spare: Any, tally: Any
) -> tuple[int, float]:  # fmt: skip
    """All jumps in the step from `old` to z that are no `sign`: the kind of the worst, and the sum of log |det S|."""
    worst, total, first = -1, 0.0, len(before) - len(watches)
    for s in range(len(watches)):
        op = field.code[watches[s], 0]
        down, up = before[first + s], after[first + s]
        turned = down * up < 0.0 if op in (DIV, TAN, COT) else down < 0.0 <= up
        if turned:
            kind, log = leap(field, watches[s], old, z, count, spare[0], spare[1])
            if kind in (CROSSED, STRANGE):
                tally[LEAPS] += 1
                tally[LAST] = op
                worst = max(worst, kind)
                total += log
    return worst, total


@inner
def _jumped(
    field: Field, old: Any, z: Any, count: int, switches: Any, watches: Any, located: bool, before: Any, after: Any, spare: Any,
    tally: Any
) -> tuple[int, float]:  # fmt: skip
    """Go over what jumps at the end of a step that was cut short there (`located`), or within one. The kind, -1 for nothing, and
    log |det S|."""
    if not located:
        return leaps(field, old, z, count, watches, before, after, spare, tally)
    kind, log = cross(field, z, count, switches, after)
    tally[JUMPS] += kind == CROSSED
    tally[SLIDINGS] += kind == SLID
    return kind, log


@inner
def next_step(done: float, span: float, h: float, steps: int, limit: int) -> tuple[int, bool, float]:
    """OK, whether a step of h is the last, and how long it is then; or why there is none, LIMIT or STUCK."""
    last = done + h >= span
    if steps >= limit:
        return LIMIT, last, h
    return (STUCK if h < SMALLEST * span else OK), last, (span - done if last else h)


@inner
def flow(
    field: Field, switches: Any, watches: Any, normalize: bool, z: Any, count: int, sums: Any,
    span: float, h: float, rtol: float, atol: float, box: float, limit: int, tally: Any,
) -> tuple[int, int, float, float]:  # fmt: skip
    """Advance z (state, `count` tangent vectors, divergence) by `span`. Gives status, steps, the next step and the time done."""
    n, dim, width = len(z), field.work.shape[1], len(switches) + 2 + len(watches)
    k, w, old, spare = np.zeros((7, n)), np.zeros(n), np.zeros(n), np.zeros((2, dim))
    before, after, between = np.zeros(width), np.zeros(width), np.zeros(width)
    done, steps, fresh = 0.0, 0, True
    watched = len(switches) + len(watches) > 0
    z[n - 1] = 0.0
    if not (slopes(field, count, z, k[0]) and (not watched or gauges(field, z, switches, watches, before))):
        return LEFT, 0, h, 0.0
    while done < span:
        status, last, now = next_step(done, span, h, steps, limit)
        if status != OK:
            return status, steps, h, done
        steps += 1
        finite = _trial(field, count, z, now, k, w)
        error = step_error(z, w, k, dim, now, rtol, atol, normalize) if finite else math.inf
        if not finite and now < NARROW * span and last:
            break  # a single point without a value, as 0/0 is, in the way of a stop: stop before it
        if not error <= 1.0:
            h = now * (max(0.2, 0.9 * error**-0.2) if error < math.inf else 0.2)
            fresh = False
            continue
        growth = min(10.0 if fresh else 1.0, 0.9 * max(error, 1e-9) ** -0.2)
        if not last or growth < 1.0:
            h = now * growth  # a last step is cut short and says little about the next one
        rank, kind, located = count, -1, False
        if watched:
            gauges(field, w, switches, watches, after)
            if earliest(before, after, len(switches) + 2) >= 0:
                now = _locate(field, count, z, now, k, w, switches, watches, before, after, between)
                last, located = False, True
        done = span if last else done + now
        old[:], z[:], k[0] = z, w, k[6]
        if watched:
            kind, log = _jumped(field, old, z, count, switches, watches, located, before, after, spare, tally)
            rank -= kind == SLID
            sums[count] += log
        if kind == STRANGE:
            return SLIDES, steps, h, done
        if field.surface[0] != FREE:
            project(field, z)
        if kind >= 0:
            if not slopes(field, count, z, k[0]):
                return LEFT, steps, h, done
            gauges(field, z, switches, watches, before)
            for s in range(len(switches) + 2):
                before[s] = max(before[s], 0.0)
        else:
            before[:] = after
        if normalize:
            orthonormalize(z, k[0], sums, dim, count, rank)
        fresh = True
        if not inside(z, dim, box):
            return LEFT, steps, h, done
    sums[count] += z[n - 1]
    return OK, steps, h, done


@inner
def inside(x: Any, dim: int, box: float) -> bool:
    within = True
    for i in range(dim):
        within = within and abs(x[i]) <= box
    return within
