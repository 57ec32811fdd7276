"""Forward sensitivities: a behavior and how it moves with each coefficient, jumps and stiffness included.

Coefficients are variables that stay as they are, so that what carries tangent vectors along a trajectory carries these
derivatives, over jumps by the saltation matrix. `differentiable.py` computes the same for smooth systems, in JAX.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import ConditionError
from ....grammars.tree import Node, coefficient_paths, coefficients, number, system, variable
from ..base import Setting, fits
from . import tangent
from .explicit import LEFT, OK
from .walker import Walker, walker

Floats = NDArray[np.float64]

BOX = 1e300
"""What is finite is followed."""
TINY = 1e-300


def variations(tree: Node, setting: Setting, scales: Sequence[float], orbit: bool = False) -> tuple[Floats, Floats]:
    """The behavior (I, T, D) and scale · ∂x/∂c for each of P coefficients (I, T, D, P), in the order of `coefficient_paths`.

    Raises ConditionError where the behavior or a derivative is not finite up to the horizon, the step limit does not suffice, or
    a function jumps in a way that is not followed (`Walker.advance`).
    """
    dim = setting.x0.shape[1]
    fits(tree, dim)
    values = np.array(coefficients(tree), dtype=np.float64)
    open_tree = _with_variables(tree, dim, orbit)
    vectors = np.hstack([np.zeros((len(values), dim)), np.diag(np.array(scales, dtype=np.float64))])
    starts = [np.concatenate([x0, values]) for x0 in setting.x0]
    solutions = [_from_start(open_tree, start, vectors, setting, orbit, dim) for start in starts]
    return np.stack([y for y, _ in solutions]), np.stack([moves for _, moves in solutions])


def _with_variables(tree: Node, dim: int, orbit: bool) -> Node:
    """The system with coefficient p as variable D + p, which has an equation of its own: it stays."""
    index = {path: dim + p for p, path in enumerate(coefficient_paths(tree))}

    def rebuild(node: Node, path: tuple[int, ...]) -> Node:
        if path in index:
            return variable(index[path])
        return Node(node.symbol, tuple(rebuild(child, (*path, i)) for i, child in enumerate(node.children)), node.value)

    stay = [variable(column) if orbit else number(0.0) for column in index.values()]
    return system(*(rebuild(e, (i,)) for i, e in enumerate(tree.children)), *stay)


def _from_start(tree: Node, start: Floats, vectors: Floats, setting: Setting, orbit: bool, dim: int) -> tuple[Floats, Floats]:
    atol = setting.atol * max(float(np.abs(start[:dim]).max()), TINY)
    methods = [tangent.ITERATE] if orbit else [tangent.EXPLICIT, tangent.IMPLICIT]
    for method in methods:
        who = walker(tree, start, orbit, setting.rtol, atol, vectors)
        who.method, who.box, who.start = method, BOX, who.start[:dim]
        if method == tangent.IMPLICIT and len(who.program[3]):
            break
        status, y, moves = _follow(who, setting, dim)
        if status == OK:
            return y, moves
        if status == LEFT:
            raise ConditionError("the behavior or a derivative of it is not finite up to the horizon; choose an earlier one")
    raise ConditionError(f"the system's derivatives are unresolved up to the horizon; choose an earlier one{who.suspects}")


def _follow(who: Walker, setting: Setting, dim: int) -> tuple[int, Floats, Floats]:
    t = setting.t
    y, moves = np.empty((len(t), dim)), np.empty((len(t), dim, who.count))
    y[0], moves[0] = who.x[:dim], who.vectors[:, :dim].T
    for i, status in enumerate(who.along(t, setting.max_steps), start=1):
        if status != OK:
            return status, y, moves
        y[i], moves[i] = who.x[:dim], who.vectors[:, :dim].T
    good = bool(np.isfinite(y).all() and np.isfinite(moves).all())
    return OK if good else LEFT, y, moves
