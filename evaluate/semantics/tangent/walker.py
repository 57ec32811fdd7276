"""A place on a trajectory with its tangent vectors, which goes on as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import ConditionError, RunError
from ....grammars.tree import Node
from ..engine.interpreter import OPCODES
from . import tangent
from .explicit import JUMPS, LAST, LEAPS, LEFT, LIMIT, OK, SLIDES, SLIDINGS, STUCK
from .gradients import ABS, COT, DIV, FREE, LOG, MUL, NEG, POW, SIGN, SQRT, TAN
from .roots import plain_roots

Floats = NDArray[np.float64]

BOX = 1e9
NO_LIMIT = 1 << 40
PILOT_STEPS, STIFF_RATIO = 2_000, 10
"""A flow is stiff where the implicit method takes a tenth of the explicit one's steps, each of which costs a tenth of its."""
STIFF = 50.0
"""A flow whose fastest displacements change less than so many times as fast as its state is not even tried by implicit steps."""


@dataclass(slots=True, kw_only=True)
class Walker:
    """The state, `count` tangent vectors (orthonormal where `normalize`), and the steps taken since it was put there."""

    program: tuple[Any, ...]
    z: Floats
    count: int
    method: int
    rtol: float
    atol: float
    start: tuple[float, ...]
    memory: tuple[Any, ...]
    normalize: bool = True
    h: float = 1e-3
    steps: int = 0
    time: float = 0.0
    box: float = BOX

    @property
    def dim(self) -> int:
        return len(self.program[2])

    @property
    def x(self) -> Floats:
        return self.z[: self.dim]

    @property
    def vectors(self) -> Floats:
        """(count, D), a view."""
        return self.z[self.dim : -1].reshape(self.count, self.dim)

    def copy(self) -> Walker:
        return replace(self, z=self.z.copy(), memory=tuple(part.copy() for part in self.memory))

    def advance(self, span: float, sums: Floats | None = None, limit: int = NO_LIMIT) -> int:
        """Follow the trajectory for `span`, adding growth and divergence to `sums` (count + 1,). Gives OK, LEFT, LIMIT, or STUCK.

        Raises ConditionError where it slides and no `sign` or `abs` says how.
        """
        into = np.zeros(self.count + 1) if sums is None else sums
        known = (self.normalize, *self.program, *self.memory)
        choices = (self.h, self.rtol, self.atol, self.box, limit)
        status, steps, self.h, done = tangent.compiled(self.method)(*known, self.z, into, span, *choices)
        self.steps += steps
        self.time += done
        if status == SLIDES:
            raise ConditionError(
                f"the trajectory from {list(self.start)} is caught where {self.strange} jumps, and how it goes on there is only "
                "known for sign and abs; write the jump with one of these, or smooth it"
            )
        return int(status)

    def along(self, t: Floats, steps: int) -> Iterator[int]:
        """Follow the trajectory from one of the times t to the next, in no more than `steps` steps in all; the status at each.
        Raises as `advance` does."""
        for span in np.diff(t):
            yield self.advance(float(span), limit=max(1, steps - self.steps))

    @property
    def strange(self) -> str:
        """The function of the last jump that was no `sign`."""
        names = [name for name, code in OPCODES.items() if code == self.memory[2][LAST]]
        return repr(names[0]) if self.memory[2][LEAPS] else "more than one function"

    @property
    def jumping(self) -> str:
        """The functions that have jumped, as far as they are told apart."""
        if self.memory[2][LEAPS]:
            return self.strange
        names = {int(self.program[0][i, 0]) for i in self.program[3]}
        return " or ".join(repr(name) for name, number in OPCODES.items() if number in names)

    @property
    def suspects(self) -> str:
        """The end of a message on a walker that is stuck: functions other than `sign` and `abs` that may jump, unless f ends
        there."""
        if _ends(self):
            return "; the right-hand side has no value just ahead"
        code = {int(self.program[0][i, 0]) for i in self.program[4]}
        names = [repr(name) for name, number in OPCODES.items() if number in code]
        return f"; perhaps {' or '.join(names)} jumps there, which sign or abs can write" if names else ""

    @property
    def jumps(self) -> int:
        return int(self.memory[2][JUMPS] + self.memory[2][LEAPS])

    @property
    def slidings(self) -> int:
        return int(self.memory[2][SLIDINGS])

    @property
    def doubts(self) -> Floats:
        """What the growth of each vector may be wrong by so far because implicit steps are long. Explicit ones control it."""
        view: Floats = self.memory[0][-self.dim :]
        return view

    @property
    def sliding(self) -> bool:
        """Whether the state is on the surface of a jump, off which every displacement is crushed at once."""
        return bool(self.memory[1][0] != FREE)

    @property
    def residues(self) -> NDArray[np.int64]:
        """How often what was left of each vector of a map was rounding."""
        view: NDArray[np.int64] = self.memory[2][tangent.RESIDUES :]
        return view

    def go(self, span: float, sums: Floats | None = None) -> None:
        """As `advance`. Raises ConditionError where the trajectory runs away, RunError where the solver gives up."""
        status = self.advance(span, sums)
        if status == LEFT:
            raise ConditionError(
                f"the trajectory from {list(self.start)} runs away, or to where the right-hand side has no value, so it has no "
                "exponents; choose other initial conditions"
            )
        if status == STUCK:
            raise RunError(
                f"the trajectory from {list(self.start)} cannot be followed: the solver's steps became too small{self.suspects}"
            )


def walker(tree: Node, start: Floats, orbit: bool, rtol: float, atol: float, vectors: Floats | None = None) -> Walker:
    """One that stands at `start` with those tangent vectors (count, D), kept as they grow; orthonormal ones without any."""
    from ..engine.tape import lower

    dim = len(start)
    tape = lower(tree if orbit else plain_roots(tree), dim)
    code = np.array(tape.code, dtype=np.uint32).reshape(-1, 4)
    moving = set(range(dim)) | set(code[:, 1].tolist())
    operations = code[:, 0].tolist()
    rooted = _under_a_root(code, dim)
    switches = [] if orbit else [i for i, op in enumerate(operations) if op in (SIGN, ABS) and i not in rooted]
    watches = [] if orbit else [i for i, op in enumerate(operations) if _may_jump(op, code[i, 2], code[i, 3], moving)]
    program = (
        code, np.array(tape.registers, dtype=np.float64), np.array(tape.outputs, dtype=np.int64),
        np.array(switches, dtype=np.int64), np.array(watches, dtype=np.int64),
    )  # fmt: skip
    memory = np.zeros(len(code) + dim), np.array([FREE]), np.zeros(tangent.RESIDUES + dim, dtype=np.int64)
    tangents = np.eye(dim) if vectors is None else vectors
    z = np.concatenate([start, tangents.ravel(), [0.0]])
    method = tangent.ITERATE if orbit else tangent.EXPLICIT
    shown = tuple(round(float(v), 6) for v in start)
    return Walker(
        program=program,
        z=z,
        count=len(tangents),
        method=method,
        rtol=rtol,
        atol=atol,
        start=shown,
        memory=memory,
        normalize=vectors is None,
    )


def _under_a_root(code: NDArray[np.uint32], dim: int) -> set[int]:
    """The `abs` of which a root, power or logarithm is taken, products in between or not: beyond 0 that has no value, so these
    are not held on a branch."""
    above: dict[int, set[int]] = {}
    rooted: set[int] = set()
    for i, (op, target, left, right) in enumerate(code.tolist()):
        if op == ABS:
            above[target] = {i}
        elif op in (MUL, DIV, NEG):
            above[target] = above.get(left, set()) | above.get(right, set())
        elif op in (SQRT, LOG, POW):
            rooted |= above.get(left, set())
    return rooted


def _may_jump(op: int, left: int, right: int, moving: set[int]) -> bool:
    if op == DIV:
        return int(right) in moving
    return op in (TAN, COT, SQRT, LOG, POW) and int(left) in moving


def choose_method(walker: Walker) -> None:
    """Have a flow that is stiff where the walker stands go on by implicit steps. Jumps are followed by explicit ones alone."""
    if walker.method == tangent.ITERATE or len(walker.program[3]) or not walker.normalize:
        return
    walker.method = tangent.EXPLICIT
    plain, stiff = walker.copy(), walker.copy()
    stiff.method = tangent.IMPLICIT
    plain.steps, stiff.steps, plain.time = 0, 0, 0.0
    ended = plain.advance(BOX, limit=PILOT_STEPS)
    if ended == LIMIT and plain.time > 0.0 and not plain.memory[2][LEAPS] and _stiffness(plain) > STIFF:
        status = stiff.advance(plain.time, limit=PILOT_STEPS)
        if status == OK and stiff.steps * STIFF_RATIO <= plain.steps:
            follow_by(walker, tangent.IMPLICIT)


def follow_by(walker: Walker, method: int) -> None:
    """Have a flow go on by that method; where it is the implicit one, with its vectors in a mirror that is parallel to nothing.

    An implicit step tells directions apart where the slowest come first, which they do on their own unless a fast one is
    invariant: a variable's own axis is one where the others do not depend on it.
    """
    walker.method = method
    if method == tangent.IMPLICIT:
        normal = np.arange(walker.dim) + np.sqrt(2.0)
        walker.vectors[:] -= np.outer(walker.vectors @ normal, 2.0 / (normal @ normal) * normal)


def _mapped(walker: Walker, x: Floats) -> tuple[int, Walker]:
    """One at x, taken for a map: the state becomes its slope, and the vectors are multiplied by the Jacobian. LEFT where these
    are not finite."""
    one = walker.copy()
    one.method, one.normalize, one.box = tangent.ITERATE, False, np.inf
    one.x[:] = x
    return one.advance(1.0), one


def _ends(walker: Walker) -> bool:
    """Whether f has no value a few of a stuck walker's steps ahead, as the logarithm of a state that comes down to 0."""
    status, here = _mapped(walker, walker.x)
    return status == LEFT or any(_mapped(walker, walker.x + 10.0**k * walker.h * here.x)[0] == LEFT for k in range(4))


def _stiffness(walker: Walker) -> float:
    """The largest rate at which a displacement changes, over that at which the state does, where a flow's walker stands."""
    one = walker.copy()
    one.vectors[:] = np.eye(one.dim)
    _, one = _mapped(one, one.x)
    slope, size = np.abs(one.x).max(), np.abs(walker.x).max()
    if not (np.isfinite(one.vectors).all() and slope > 0.0):
        return 0.0
    return float(np.abs(np.linalg.eigvals(one.vectors)).max() * size / slope)


__all__ = ["LIMIT", "OK", "STUCK", "Walker", "choose_method", "follow_by", "walker"]
