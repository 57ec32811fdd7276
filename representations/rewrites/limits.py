"""What keeps a rewrite from doing harm: limits on size and depth, and a numerical comparison with the original.

All limits count work, none looks at a clock: the same tree gives the same result on any machine and under any load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import MAX_DEPTH, SYSTEM, Node, coefficients, variables

GROWTH = 4.0
AGREEMENT = 1e-9
MAX_SIZE = 2000
"""Nodes of an equation; larger ones are left as they are."""
_ROUNDS = 6
_PROBES = 40

Floats = NDArray[np.float64]


class RefusedError(Exception):
    """Raised inside a rewrite, and caught by `guarded`, when it must not, or cannot, be done."""


@dataclass(frozen=True, slots=True)
class RewriteResult:
    """The rewritten tree, and why equations were left as they were, one word for each that was: 'size', 'depth', 'work',
    'range' (a coefficient left the floating-point numbers), 'domain' (a part that may be undefined would vanish), 'rounding'
    (the result is not the same number within 1e-9 somewhere), 'form' (repeating the rewrite does not settle)."""

    tree: Node
    refusals: tuple[str, ...] = ()


def guarded(tree: Node, change: Callable[[Node], Node], growth: float = GROWTH) -> RewriteResult:
    """Each equation changed until changing it again changes nothing, or left as it was where that fails. Never raises."""
    equations = tree.children if tree.symbol == SYSTEM else (tree,)
    done, refusals = [], []
    for equation in equations:
        try:
            done.append(_settled(equation, change, growth))
        except RefusedError as refusal:
            done.append(equation)
            refusals.append(str(refusal))
    return RewriteResult(Node(SYSTEM, tuple(done)) if tree.symbol == SYSTEM else done[0], tuple(refusals))


def _settled(equation: Node, change: Callable[[Node], Node], growth: float) -> Node:
    check_size(equation)
    limit = growth * equation.size + 8
    before, after = equation, change(equation)
    for _ in range(_ROUNDS):
        if after.size > limit:
            raise RefusedError("size")
        if after.depth > MAX_DEPTH:
            raise RefusedError("depth")
        if after == before:
            break
        before, after = after, change(after)
    if after != before:
        raise RefusedError("form")
    if after != equation:
        if variables(after) != variables(equation):
            raise RefusedError("domain")
        if not agree(equation, after):
            raise RefusedError("rounding")
    return after


def check_size(equation: Node) -> None:
    """Raises `RefusedError` for what is too deep to recurse into or too large to be worth the work."""
    if equation.depth > MAX_DEPTH:
        raise RefusedError("depth")
    if equation.size > MAX_SIZE:
        raise RefusedError("size")


def agree(a: Node, b: Node, tolerance: float = AGREEMENT) -> bool:
    """Whether two equations have the same value within `tolerance`, relative, and are undefined at the same points.

    The points are always the same for the same `a`: of several magnitudes, and near its coefficients, where differences cancel.
    """
    points = _points(a)
    with np.errstate(all="ignore"):
        first, second = evaluate(a, points), evaluate(b, points)
        defined = np.isfinite(first)
        if not np.array_equal(defined, np.isfinite(second)):
            return False
        return bool((np.abs(first - second) <= tolerance * np.abs(first))[defined].all())


def evaluate(equation: Node, points: Floats) -> Floats:
    """Values (P,) at points (P, D); whatever floating point makes of undefined ones."""
    if equation.value is not None:
        return np.full(len(points), equation.value)
    if equation.is_variable:
        column: Floats = points[:, equation.index]
        return column
    if not equation.children:
        return np.full(len(points), np.pi if equation.symbol == "pi" else np.e)
    values: Floats = _NUMPY[equation.symbol](*(evaluate(c, points) for c in equation.children))
    return values


_NUMPY: dict[str, Callable[..., Floats]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power, "neg": np.negative,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "cot": lambda x: 1 / np.tan(x), "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "abs": np.abs, "sign": np.sign,
}  # fmt: skip


def _points(equation: Node) -> Floats:
    """(P, D) with every variable's index below D."""
    dim = 1 + max(variables(equation), default=0)
    if dim > 64:
        raise RefusedError("size")
    base = _base_points(dim)
    near = sorted({abs(v) for v in coefficients(equation) if 1e-3 < abs(v) < 1e6})[:8]
    jitter = 1 + 0.01 * base[: 2 * len(near)]
    return np.concatenate([base, np.repeat(np.array(near), 2)[:, None] * jitter * np.tile([[1.0], [-1.0]], (len(near), 1))])


@cache
def _base_points(dim: int) -> Floats:
    rng = np.random.default_rng(20)
    scale = np.resize([1.0, 1.0, 3.0, 3.0, 0.1, 10.0, 40.0], _PROBES)[:, None]
    points: Floats = rng.standard_normal((_PROBES, dim)) * scale
    points[::5] = np.abs(points[::5])  # where roots and logarithms are defined in all variables at once
    return points


def subtrees(node: Node) -> Iterator[Node]:
    """All nodes, without their paths."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(top.children)
