"""Why a value is not finite, compiled; and the limit of what is 0/0 at a point but nowhere around it.

Overflow is a matter of floating-point numbers: the value is there, and large. An expression is undefined where an operation has
no value at all: 0/0, 1/0, the logarithm or square root of a negative number. IEEE arithmetic gives inf and NaN for both, so the
cause is followed through the instructions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....tokenizers.machines.jit import bare
from .interpreter import ACOS, ASIN, COT, DIV, EXP, LOG, MUL, POW, SQRT, TapeView, interpret

FINITE, VANISHED, OVERFLOWED, NOWHERE = 0.0, 1.0, 2.0, 3.0
"""VANISHED: a zero that stands for a number too small, as exp(-1000): what is divided by it overflows."""

LARGEST, RATIO, LEVELS = 2.0**-8, 16.0, 8
"""Offsets at which a limit is looked for, in units of the input's scale: from LARGEST on, each RATIO times smaller."""
SETTLED = 1e-6
"""Two levels agree within this share of the largest value seen on the way: the limit is there."""
_MOST_GAP = 0.3
_GOLDEN = 0.6180339887498949


@bare
def _vanishes(op: int, a: float, b: float) -> bool:
    """Whether an operation that gave zero gave it for want of a smaller number."""
    return bool(op == EXP or (op in (MUL, DIV, POW) and a != 0.0 and b != 0.0))


@bare
def _own_cause(op: int, a: float, b: float, value: float, left: float, right: float) -> float:
    """Why an operation on finite operands, of kinds left and right, gives no finite value."""
    if (op == DIV and b == 0.0 and right == VANISHED) or (op in (LOG, COT, POW) and a == 0.0 and left == VANISHED):
        return OVERFLOWED
    if value != value or (op == DIV and b == 0.0) or op in (LOG, COT) or (op == POW and a == 0.0):
        return NOWHERE
    return OVERFLOWED


@bare
def _inherited(op: int, a: float, b: float, value: float, left: float, right: float) -> float:
    """The kind of a value that is not finite because an operand is not: the worse of theirs."""
    if op in (SQRT, LOG, ASIN, ACOS) and a == a and value != value:
        return NOWHERE  # of a number, only a very large one
    return max(OVERFLOWED, left, right)


@bare
def causes(code: Any, first: int, last: int, r: Any, stride: int, lane: int, registers: int, kinds: Any) -> None:
    """The kind of each register's value, after the instructions were run. Register i is r[i * stride + lane]; there are
    `registers`.

    What uses a value that is not finite inherits its cause; a finite result (1/inf) has none.
    """
    for i in range(registers):
        kinds[i] = FINITE
    for i in range(first, last):
        op, left, right = code[i, 0], kinds[code[i, 2]], kinds[code[i, 3]]
        a, b = r[code[i, 2] * stride + lane], r[code[i, 3] * stride + lane]
        value, kind = r[code[i, 1] * stride + lane], FINITE
        if value == 0.0:
            kind = VANISHED if left == VANISHED or right == VANISHED or _vanishes(op, a, b) else FINITE
        elif not math.isfinite(value):
            own = math.isfinite(a) and math.isfinite(b)
            kind = _own_cause(op, a, b, value, left, right) if own else _inherited(op, a, b, value, left, right)
        kinds[code[i, 1]] = kind


@bare
def _weight(i: int, direction: int) -> float:
    """Of input i in a direction: the diagonal, or one that no symmetry of an expression is likely to have."""
    if direction == 0:
        return 1.0
    turn = (i + 1) * _GOLDEN
    return (1.0 if i % 2 == 0 else -1.0) * (0.5 + turn - math.floor(turn))


@bare
def _value(tape: TapeView, place: int, inputs: int, point: Any, scales: Any, direction: int, h: float) -> float:
    """Output `place` at a point moved by h along a direction."""
    r = tape.registers
    for i in range(inputs):
        r[i] = point[i] + h * scales[i] * _weight(i, direction)
    interpret(tape.code, tape.first, tape.last, r)
    return float(r[tape.outputs[tape.output + place]])


@bare
def _along(tape: TapeView, place: int, inputs: int, point: Any, scales: Any, direction: int) -> float:
    h, last, last_gap, largest = LARGEST, np.nan, np.inf, 0.0
    for _ in range(LEVELS):
        before, after = (
            _value(tape, place, inputs, point, scales, direction, -h),
            _value(tape, place, inputs, point, scales, direction, h),
        )
        if not (math.isfinite(before) and math.isfinite(after)):
            return np.nan
        near_before = _value(tape, place, inputs, point, scales, direction, -0.5 * h)
        near_after = _value(tape, place, inputs, point, scales, direction, 0.5 * h)
        if not (math.isfinite(near_before) and math.isfinite(near_after)):
            return np.nan
        largest = max(largest, abs(before), abs(after), abs(near_before), abs(near_after))
        found = (2.0 * (near_before + near_after) - 0.5 * (before + after)) / 3.0
        gap = abs(near_after - near_before)
        if abs(found - last) <= SETTLED * largest and gap <= _MOST_GAP * last_gap + 1e-9 * largest:
            return found
        last, last_gap, h = found, gap, h / RATIO
    return np.nan


@bare
def limit(tape: TapeView, place: int, inputs: int, point: Any, scales: Any) -> float:
    """The limit of output `place` at a point where it is undefined, or NaN where there is none. Writes the tape's registers.

    Where both sides come to one value as they come nearer (Richardson's step on the mean of the two; by ever smaller offsets), in
    units `scales` of the inputs; with several inputs along two directions, which must agree. What is one-sided (x log x at 0),
    jumps (|x|/x), grows (1/x) or comes too slowly to be told from these (1/log|x|) has none.
    """
    found = _along(tape, place, inputs, point, scales, 0)
    if inputs == 1 or found != found:
        return found
    other = _along(tape, place, inputs, point, scales, 1)
    return found if abs(found - other) <= 1e-5 * max(abs(found), abs(other)) + 1e-12 else np.nan
