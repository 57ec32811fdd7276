"""What a trajectory's tangent vectors do where the right-hand side jumps, compiled.

Crossing a surface h = 0 on which f changes from f⁻ to f⁺, displacements are multiplied by the saltation matrix
S = 1 + (f⁺ - f⁻) ∇hᵀ / (∇h·f⁻): who arrives earlier moves with f⁺ for longer (Aizerman & Gantmakher 1958; Leine & Nijmeijer,
Dynamics and Bifurcations of Non-Smooth Mechanical Systems, 2004). Where f⁺ pushes back, the state slides along the surface with
Filippov's combination of both, and S with that for f⁺ crushes one direction. Sliding ends where one side no longer pushes
back; f is continuous there.
"""

from __future__ import annotations

import math
from typing import Any

from ....tokenizers.machines.jit import inner
from .gradients import COT, DIV, FREE, TAN, Field, dot, hold, linearize, rhs, sides

CROSSED, GRAZED, SLID, STRANGE = range(4)
"""What a jump was: crossed; touched, or no jump at all; the start of sliding; sliding that no `sign` or `abs` accounts for."""

CORNER = 1e-10
"""Where f differs by no more than this share of its size it does not jump: a corner, as of an `abs`."""
PROBES, JUMP, POLE = 24, 1e-4, 1e3
"""A jump in a value that is no `sign`: f differs by JUMP of its size over 2^-PROBES of a step. Where it is POLE times as large as
at the ends of the step, it is infinite in between; where that is so of its slope, displacements are."""


@inner
def settle_branches(field: Field, x: Any, switches: Any) -> bool:
    """Choose the branch of each switch at a start: its operand's sign or, at 0, where f leads; sliding if neither side leads
    away."""
    code, modes, work = field.code, field.modes, field.work
    modes[:] = 0.0
    fine = linearize(field, x, work[0], work[6:])
    for s in range(len(switches)):
        modes[switches[s]] = 1.0 if field.r[code[switches[s], 2]] >= 0.0 else -1.0
    for s in range(len(switches)):
        register = int(code[switches[s], 2])
        if field.r[register] == 0.0:
            up, down, _ = sides(field, x, register)
            if up > 0.0 > down and field.surface[0] == FREE:
                field.surface[0] = register
            elif down <= 0.0 and not up > 0.0:
                hold(field, register, -1.0)
            linearize(field, x, work[0], work[6:])
    return fine


@inner
def gauges(field: Field, x: Any, switches: Any, watches: Any, g: Any) -> bool:
    """g = what must not become negative along a step: of each `sign` and `abs`, its operand on its branch's side; while sliding,
    last of all, that both sides push back. Then, for each watched instruction, what changes sign where it may jump."""
    code, r, dr, surface, work = field.code, field.r, field.dr, field.surface, field.work
    n, dim = len(switches), work.shape[1]
    fine = rhs(field, x, work[0])
    for s in range(n):
        i = switches[s]
        g[s] = math.inf if code[i, 2] == surface[0] else field.modes[i] * r[code[i, 2]]
    for s in range(len(watches)):
        i = watches[s]
        op, left, right = code[i, 0], code[i, 2], code[i, 3]
        if op == DIV:
            g[n + 2 + s] = r[right]
        elif op == TAN:
            g[n + 2 + s] = math.cos(r[left])
        elif op == COT:
            g[n + 2 + s] = math.sin(r[left])
        else:  # a root, a power or a logarithm of what comes down to 0 and rises again
            g[n + 2 + s] = dot(dr[left], work[0], dim)
    g[n] = g[n + 1] = math.inf
    if surface[0] != FREE:
        up, down, good = sides(field, x, surface[0])
        g[n], g[n + 1], fine = up, -down, fine and good
    return fine


@inner
def earliest(before: Any, after: Any, n: int) -> int:
    """Which gauge of the first n turned negative, by linear interpolation the first to; -1: none."""
    found, least = -1, math.inf
    for s in range(n):
        if after[s] < 0.0 <= before[s]:
            share = before[s] / (before[s] - after[s])
            if share < least:
                found, least = s, share
    return found


@inner
def project(field: Field, z: Any) -> None:
    """Put a sliding state back on its surface, from which steps drift."""
    register, work = field.surface[0], field.work
    dim = work.shape[1]
    for _ in range(2):
        linearize(field, z, work[0], work[6:])
        normal = field.dr[register]
        square = dot(normal, normal, dim)
        if square > 0.0:
            share = field.r[register] / square
            for m in range(dim):
                z[m] -= share * normal[m]


@inner
def saltation(field: Field, z: Any, count: int, before: Any, normal: Any, after: Any) -> float:
    """Multiply the tangent vectors by S. Gives log |det S|."""
    dim = field.work.shape[1]
    speed = dot(normal, before, dim)
    if speed == 0.0:
        return 0.0
    for j in range(count):
        vector = z[dim + j * dim : dim + (j + 1) * dim]
        share = dot(normal, vector, dim) / speed
        for m in range(dim):
            vector[m] += share * (after[m] - before[m])
    ratio = abs(dot(normal, after, dim) / speed)
    return math.log(ratio) if ratio > 0.0 else -math.inf


@inner
def cross(field: Field, z: Any, count: int, switches: Any, g: Any) -> tuple[int, float]:
    """Go over the surface that z has just reached: branches, tangent vectors, sliding or not. g: the gauges there.
    Gives the kind of crossing, and log |det S|."""
    code, work, surface = field.code, field.work, field.surface
    n, dim = len(switches), work.shape[1]
    if surface[0] != FREE and (g[n] < 0.0 or g[n + 1] < 0.0):
        hold(field, surface[0], -1.0 if g[n] < 0.0 else 1.0)
        surface[0] = FREE
        return GRAZED, 0.0
    before, normal, after = work[4], work[5], work[0]
    rhs(field, z, before)
    register = -1
    for s in range(n):
        if g[s] < 0.0:
            register = int(code[switches[s], 2])
    for m in range(dim):
        normal[m] = field.dr[register, m]
    side = 0.0
    for s in range(n):
        i = switches[s]
        if g[s] < 0.0 and code[i, 2] == register:
            side = field.modes[i]
    for s in range(n):
        if g[s] < 0.0 and code[switches[s], 2] != register:  # surfaces that coincide here
            hold(field, int(code[switches[s], 2]), -field.modes[switches[s]])
    hold(field, register, -side)
    rhs(field, z, after)
    arriving, leaving = dot(normal, before, dim), dot(normal, after, dim)
    gap = size = 0.0
    for m in range(dim):
        gap, size = max(gap, abs(after[m] - before[m])), max(size, max(abs(after[m]), abs(before[m])))
    if arriving == 0.0 or gap <= CORNER * size:
        return GRAZED, 0.0
    if arriving * leaving >= 0.0:
        return CROSSED, saltation(field, z, count, before, normal, after)
    if surface[0] != FREE:
        return STRANGE, 0.0  # along two surfaces at once
    share = arriving / (arriving - leaving)
    for m in range(dim):
        after[m] = share * after[m] + (1.0 - share) * before[m]
    saltation(field, z, count, before, normal, after)
    surface[0] = register
    project(field, z)
    return SLID, -math.inf


@inner
def leap(field: Field, watch: int, old: Any, z: Any, count: int, low: Any, high: Any) -> tuple[int, float]:
    """A watched instruction may have jumped between states `old` and z, which are a short step apart: by value, whatever the
    function.

    Halve the stretch between them, on which the gauge changes its sign, and compare f at both ends of what is left.
    low, high: (D,) to spare.
    """
    code, r, dr, work = field.code, field.r, field.dr, field.work
    dim = work.shape[1]
    op, left, right = code[watch, 0], code[watch, 2], code[watch, 3]
    before, normal, after = work[4], work[5], work[0]
    largest = steepest = steep = 0.0
    for m in range(dim):
        low[m], high[m] = old[m], z[m]
    sign = 0.0
    for step in range(PROBES + 2):
        x = work[2]
        for m in range(dim):
            x[m] = low[m] if step == 0 else (high[m] if step == 1 else 0.5 * (low[m] + high[m]))
        if not linearize(field, x, after, work[6:]):
            return GRAZED, 0.0
        if op == DIV:
            value = r[right]
        elif op == TAN:
            value = math.cos(r[left])
        elif op == COT:
            value = math.sin(r[left])
        else:
            value = dot(dr[left], after, dim)
        if step < 2:
            for m in range(dim):
                largest = max(largest, abs(after[m]))
                for c in range(dim):
                    steepest = max(steepest, abs(work[6 + m, c]))
            sign = value if step == 0 else sign
        else:
            for m in range(dim):
                if value * sign > 0.0:
                    low[m] = x[m]
                else:
                    high[m] = x[m]
    fine = linearize(field, high, after, work[6:])
    fine = linearize(field, low, before, work[6:]) and fine
    gap = size = 0.0
    for m in range(dim):
        normal[m] = dr[right, m] if op == DIV else dr[left, m]
        gap, size = max(gap, abs(after[m] - before[m])), max(size, max(abs(after[m]), abs(before[m])))
        for c in range(dim):
            steep = max(steep, abs(work[6 + m, c]))
    if not fine or not gap > JUMP * size or size > POLE * largest:
        return GRAZED, 0.0
    arriving, leaving = dot(normal, before, dim), dot(normal, after, dim)
    if arriving == 0.0:
        return GRAZED, 0.0
    if arriving * leaving <= 0.0 or steep > POLE * (steepest + size):
        return STRANGE, 0.0
    return CROSSED, saltation(field, z, count, before, normal, after)
