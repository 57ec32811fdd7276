"""Trees in other units, with every factor in a number that is there already, or else in a new one before its term."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import isfinite, ulp

from ...grammars.tree import NEGATE, Node, is_whole_power, number
from .limits import subtrees

Scaled = tuple[float, Node | None]
"""A number and what it multiplies; None is 1."""

_ROUNDING = 6
"""Units in the last place that a few products and quotients may be off."""


def scaled(equation: Node, units: Sequence[float], factor: float, exact: bool) -> Node:
    """factor * equation with units[i]*x_i for every x_i.

    Unless `exact`, a number that was multiplied, and is within rounding of one with 15 digits, becomes that: it takes the
    rounding of a change of units and back out again. Numbers never leave the floats, they stop at the largest. Depth grows by
    2 at most.
    """
    return _Scaler(units, exact).times(factor, equation)


class _Scaler:
    def __init__(self, units: Sequence[float], exact: bool) -> None:
        self.units, self.exact = units, exact

    def times(self, factor: float, node: Node) -> Node:
        """factor * node, the factor multiplied into the terms of a sum."""
        if node.symbol in ("+", "-"):
            return Node(node.symbol, (self.times(factor, node.children[0]), self.times(factor, node.children[1])))
        c, rest = self.split(node)
        # sin(1e15 + 1) is another number than sin(1e15): what no unit touches keeps all its digits.
        touched = factor != 1.0 or (rest is not None and any(n.is_variable for n in subtrees(rest)))
        return self.join(c * factor, rest, touched and not self.exact)

    def join(self, c: float, node: Node | None, tidy: bool = False) -> Node:
        """c*node, the number first: in front of a product, in the numerator of a fraction."""
        value = _tidied(c) if tidy else _finite(c)
        if node is None or value == 1.0:
            return number(value) if node is None else node
        if value == -1.0:
            return Node(NEGATE, (node,))
        return Node("*", (number(value), node)) if node.symbol not in ("*", "/") else _in_front(number(value), node)

    def split(self, node: Node) -> Scaled:
        """The node in the new units, as a number times the rest."""
        children = node.children
        if node.value is not None:
            return node.value, None
        if node.is_variable:
            return (self.units[node.index] if node.index < len(self.units) else 1.0), node
        if node.symbol == NEGATE:
            c, rest = self.split(children[0])
            return -c, rest
        if node.symbol == "*":
            return self._product(children[0], children[1])
        if node.symbol == "/":
            return self._quotient(children[0], children[1])
        if is_whole_power(node):
            return self._power(children[0], children[1])
        return 1.0, Node(node.symbol, tuple(self.times(1.0, c) for c in children)) if children else node

    def _product(self, a: Node, b: Node) -> Scaled:
        (c, left), (d, right) = self.split(a), self.split(b)
        if left is None or right is None:
            return c * d, left or right
        return c * d, Node("*", (left, right))

    def _quotient(self, a: Node, b: Node) -> Scaled:
        (c, above), (d, below) = self.split(a), self.split(b)
        ratio = c / d if d else 0.0
        if not d or not isfinite(ratio) or (not ratio and c):
            return 1.0, Node("/", (self.join(c, above), self.join(d, below)))
        if below is None:
            return ratio, above
        return ratio, Node("/", (above or number(1.0), below))

    def _power(self, base: Node, exponent: Node) -> Scaled:
        c, rest = self.split(base)
        try:
            value = c ** int(exponent.value or 0)
        except OverflowError:
            value = float("inf")
        if not isfinite(value) or (not value and c):
            return 1.0, Node("^", (self.join(c, rest), exponent))
        return value, None if rest is None else Node("^", (rest, exponent))


def _finite(c: float) -> float:
    return c if isfinite(c) else sys.float_info.max * (-1.0 if c < 0 else 1.0)


def _tidied(c: float) -> float:
    """28.000000000000004 -> 28.0."""
    if not isfinite(c):
        return _finite(c)
    short = float(f"{c:.15g}")
    return short if abs(short - c) <= _ROUNDING * ulp(c) else c


def _in_front(value: Node, product: Node) -> Node:
    """value*a*b for a*b, as one chain from the left; value/b for 1/b."""
    first, second = product.children
    if first.symbol in ("*", "/"):
        first = _in_front(value, first)
    elif product.symbol == "/" and first.value == 1.0:
        first = value
    else:
        first = Node("*", (value, first))
    return Node(product.symbol, (first, second))
