"""What a step may hide from an explicit method, compiled: a pulse between its stages, and an angle whose tolerance is many turns
wide."""

from __future__ import annotations

from typing import Any

from ....tokenizers.machines.jit import bare
from .hazards import PROBE, Scratch, unit
from .interpreter import ADD, COS, COT, DIV, FIRST_UNARY, MUL, NEG, SIN, SUB, TAN, TapeView, evaluate
from .record import within

LOOKS = 200
"""How many stretches the horizon has at least, in each of which a long step is looked at."""
HIDDEN = 100.0
"""Multiples of the tolerance by which f may differ from a step's own slope over such a stretch."""
AT_REST = 0.004
"""A step hides nothing that moves each variable by less than this share of its way so far: less than a clock does in one
stretch."""
PLAIN_DEGREE, FRACTION = 6.0, 4.0
"""A division counts so many degrees: the product of two, 1/(x^2 - 1), is a peak."""
LONG = 3.0
"""Stretches up to which a step is not looked into: its stages leave half of it unseen at most."""
WOUND, SHARPER = 30.0, 1e-3
"""Radians beyond which an angle's relative error is a large one of its sine, and the share of its tolerances with which such a
trajectory is taken again.
"""


@bare
def plain(code: Any, first: int, last: int, variables: int, outputs: Any, output: int, dim: int, degrees: Any) -> bool:
    """Whether f is a polynomial of low degree, which has no narrow peaks between the stages of a step, or a term of it is one
    over an expression of the first degree, which has a pole and no peak.
    """
    degrees[:] = 0.0
    for i in range(variables):
        degrees[i] = 1.0
    for n in range(first, last):
        op, target, left, right = code[n, 0], code[n, 1], code[n, 2], code[n, 3]
        if op in (ADD, SUB):
            degrees[target] = max(degrees[left], degrees[right])
        elif op == MUL:
            degrees[target] = degrees[left] + degrees[right]
        elif op == NEG or (op == DIV and degrees[right] == 0.0):
            degrees[target] = degrees[left]
        elif op == DIV and degrees[right] <= 1.0:
            degrees[target] = degrees[left] + FRACTION
        elif degrees[left] > 0.0 or (op < 5 and degrees[right] > 0.0):
            return False
        else:
            degrees[target] = 0.0
    most = 0.0
    for i in range(dim):
        most = max(most, degrees[outputs[output + i]])
    return most <= PLAIN_DEGREE


@bare
def winds(tape: TapeView, work: Scratch, dim: int, depends: Any) -> bool:
    """Whether f takes the sine, cosine or tangent of more than WOUND radians at the trial state, of what is not the time alone.
    `depends`: scratch, as long as the registers.
    """
    code, first, last, outputs, output, r = tape
    far = False
    for n in range(first, last):
        far = far or code[n, 0] in (SIN, COS, TAN, COT)
    if not far or not evaluate(code, first, last, outputs, output, r, work.trial, dim, work.slopes, PROBE):
        return False
    depends[:] = 0.0
    for clocks in range(2):  # first on any variable, which tells those of constant slope, then on the others
        for i in range(dim):
            work.probe[i] = 1.0 if clocks == 0 else depends[outputs[output + i]]
        for i in range(dim):
            depends[i] = work.probe[i]
        far = False
        for n in range(first, last):
            op, target, left, right = code[n, 0], code[n, 1], code[n, 2], code[n, 3]
            depends[target] = depends[left] if op >= FIRST_UNARY else max(depends[left], depends[right])
            far = far or (op in (SIN, COS, TAN, COT) and depends[left] > 0.0 and abs(r[left]) > WOUND)
    return far


@bare
def hides(tape: TapeView, work: Scratch, curve: Any, dim: int, step: float, looks: int, rtol: float, atol: float) -> int:
    """Which of `looks` - 1 places within a step is the first at which f is not the slope of what the step says: something happens
    there that no stage has seen. 0 where there is none. A place near which a stage lies is not looked at again.
    """
    code, first, last, outputs, output, r = tape
    for look in range(1, looks):
        theta, near = look / looks, 0.5 / looks
        if abs(theta - 0.2) <= near or abs(theta - 0.3) <= near or abs(theta - 0.8) <= near or abs(theta - 8.0 / 9.0) <= near:
            continue
        within(curve, dim, theta, work.probe)
        if not evaluate(code, first, last, outputs, output, r, work.probe, dim, work.slopes, PROBE):
            return look
        for i in range(dim):
            slope = curve[i, 1] + theta * (2.0 * curve[i, 2] + theta * (3.0 * curve[i, 3] + theta * 4.0 * curve[i, 4]))
            value = max(abs(work.state[i]), abs(work.trial[i]))
            if abs(step * work.slopes[i, PROBE] - slope) > HIDDEN * looks * unit(rtol, atol, work.sizes[i], value):
                return look
    return 0
