"""Values of constant expressions, by plain floating-point arithmetic on the tree (never Python's `eval`)."""

from __future__ import annotations

import math
from collections.abc import Callable

from .tree import NUMBER, Node

UNARY: dict[str, Callable[[float], float]] = {
    "neg": lambda x: -x,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "cot": lambda x: 1 / math.tan(x),
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "abs": abs,
    "sign": lambda x: float((x > 0) - (x < 0)),
}
BINARY: dict[str, Callable[[float, float], float]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "^": math.pow,
}
LEAVES = {"pi": math.pi, "e": math.e}


def constant_value(node: Node) -> float | None:
    """Value of a tree without variables: a finite float, or None where it has a variable or no finite value."""
    if node.symbol == NUMBER:
        return node.value
    if node.symbol in LEAVES:
        return LEAVES[node.symbol]
    arguments = [value for c in node.children if (value := constant_value(c)) is not None]
    if not arguments or len(arguments) < len(node.children):
        return None
    try:
        value = UNARY[node.symbol](*arguments) if len(arguments) == 1 else BINARY[node.symbol](*arguments)
    except (ArithmeticError, ValueError, KeyError):
        return None
    return float(value) if math.isfinite(value) else None
