"""Arithmetic: expressions of integers and decimals, whose behavior is their value. A forward domain: the expression is shown, and
its value is to be written.

    kappabar compare --domain arithmetic -r "infix | chars" -r "prefix | digits:3"

Values are exact, in rational numbers, and rounded once, to the nearest float: in floats 0.1 + 0.2 = 0.3 would be false, and
5.5 mod 0.1 not zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.operators import Operator, Operators
from ...grammars.text.own import TextReader, TreeBuilder
from ...grammars.tree import Node, System, number, system
from ..semantics.base import OVERFLOW_BOX
from ..semantics.values import Values
from .domain import Domain
from .metrics import Metric
from .screen import Screen

Floats = NDArray[np.float64]

_PRECEDENCE = {"<": 1, ">": 1, "=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "mod": 3}
OPERATORS = Operators(tuple(Operator(symbol, 2, "infix", level) for symbol, level in _PRECEDENCE.items()), numbers=True)
"""All of two operands and from the left, as in Python; a sign belongs to its number."""

GRAMMAR = r"""
?start: compared
?compared: sum | compared "<" sum -> less | compared ">" sum -> greater | compared ("=" | "==") sum -> equal
?sum: product | sum "+" product -> add | sum ("-" | "−") product -> subtract
?product: one | product ("*" | "×" | "·") one -> times | product ("/" | "÷") one -> divide | product ("mod" | "%") one -> mod
?one: NUMBER | "(" compared ")" | ("-" | "−") one -> minus
NUMBER.2: /-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
%import common.WS
%ignore WS
"""


def _binary(symbol: str) -> Callable[[Any, Sequence[Node]], Node]:
    def build(self: Any, children: Sequence[Node]) -> Node:
        left, right = (child.span for child in children)
        return Node(symbol, tuple(children), span=(left[0], right[1]) if left and right else None)

    return build


class Builder(TreeBuilder):
    """Rules to the symbols that they write. A minus before parentheses has no symbol of its own: -(2 + 3) is 0 - (2 + 3)."""

    less, greater, equal = _binary("<"), _binary(">"), _binary("=")
    add, subtract, times, divide = _binary("+"), _binary("-"), _binary("*"), _binary("/")

    def minus(self, children: Sequence[Node]) -> Node:
        return Node("-", (number(0.0), *children), span=children[0].span)


MEANING: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "<": lambda a, b: Fraction(a < b),
    ">": lambda a, b: Fraction(a > b),
    "=": lambda a, b: Fraction(a == b),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "mod": lambda a, b: a - b * (a // b),
}
"""A comparison's value is 1 or 0. `a mod b` has the sign of b, as Python's `%` and Knuth's definition have it. `a / 0` and
`a mod 0` raise ZeroDivisionError: they are undefined."""


def exact(tree: Node) -> Fraction:
    """The value of an expression. A number is the decimal that it is written as, 0.1 a tenth. Raises ZeroDivisionError."""
    if tree.is_number:
        return _decimal(tree.value or 0.0)
    left, right = tree.children
    return MEANING[tree.symbol](exact(left), exact(right))


@lru_cache(maxsize=1 << 14)
def _decimal(value: float) -> Fraction:
    return Fraction(Decimal(repr(float(value))))


def value(tree: Node, inputs: Floats) -> Floats:
    """() for an expression: its value as the nearest float, infinite where it is too large for one."""
    found = exact(tree)
    try:
        return np.asarray(float(found))
    except OverflowError:
        return np.asarray(math.inf if found > 0 else -math.inf)


def one_point(n: int) -> Floats:
    """Where expressions are evaluated: there are no inputs, and one value."""
    return np.zeros((1, n))


def relative(reference: Floats, other: Floats) -> Floats:
    """|a - b| / (|a| + |b|), in [0, 1] and 0 where both are zero; mean over points and dimensions: (…, T, D) -> (…).

    The relative error in its bounded and symmetric form (Canberra; a term of SMAPE, halved). Papers on arithmetic count exact
    answers, or those within a few percent (Charton 2021, arXiv:2112.01898): both are shares at one point of this scale, and are
    reported beside it. It is 1 where signs differ and where a 0 is missed, so that of comparisons it is 1 - accuracy.
    """
    size = np.abs(reference) + np.abs(other)
    each = np.abs(reference - other) / np.where(size > 0.0, size, 1.0)
    return np.asarray(each.mean(axis=(-2, -1)))


def normal(tree: Node) -> Node:
    """Operands of sums, products and equations in one order, and `a > b` as `b < a`: equal for what only order tells apart."""
    if not tree.children:
        return tree
    children = tuple(map(normal, tree.children))
    if tree.symbol == ">":
        return Node("<", children[::-1])
    return Node(tree.symbol, tuple(sorted(children, key=repr)) if tree.symbol in ("+", "*", "=") else children)


@dataclass(frozen=True, slots=True)
class Expressions:
    """Random expressions of 1, 2, … operations, the chances of each in `operations`.

    Each is one of `symbols`, all alike; with chance `comparisons` the last is a comparison, of a value with a number, which with
    chance `ties` is that very value. A number has 1 to `digits` digits before the point and 0, 1, … after it, by the chances in
    `decimals`; a share `negative` has a minus.
    """

    operations: tuple[float, ...] = (0.7, 0.3)
    symbols: tuple[str, ...] = ("+", "-", "*", "mod")
    comparisons: float = 0.2
    ties: float = 0.35
    digits: int = 3
    decimals: tuple[float, ...] = (0.7, 0.3)
    negative: float = 0.1

    @property
    def screen(self) -> Screen:
        """What is kept: all that has a value."""
        return Screen(most=OVERFLOW_BOX)

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        n = 1 + int(rng.choice(len(self.operations), p=self.operations))
        tree = self._sum(rng, n) if rng.random() >= self.comparisons else self._comparison(rng, n - 1)
        return System(system(tree), (), "arithmetic")

    def _comparison(self, rng: np.random.Generator, n: int) -> Node:
        left, right = self._sum(rng, n), self._number(rng)
        if rng.random() < self.ties:
            with suppress(ZeroDivisionError):  # then it has no value whatever it is compared with, and is left out
                right = number(float(exact(left)))
        return Node("<>="[int(rng.integers(3))], (left, right))

    def _sum(self, rng: np.random.Generator, n: int) -> Node:
        if n == 0:
            return self._number(rng)
        left = int(rng.integers(n))
        symbol = self.symbols[int(rng.integers(len(self.symbols)))]
        return Node(symbol, (self._sum(rng, left), self._sum(rng, n - 1 - left)))

    def _number(self, rng: np.random.Generator) -> Node:
        length = 1 + int(rng.integers(self.digits))
        places = int(rng.choice(len(self.decimals), p=self.decimals))
        whole = int(rng.integers(10 ** (length - 1) if length > 1 else 0, 10**length))
        digits = whole * 10**places + int(rng.integers(10**places))
        sign = -1 if rng.random() < self.negative else 1
        return number(sign * float(Fraction(digits, 10**places)))


LINE_UP = (
    "infix | chars",
    "infix | chars | bpe:512",
    "infix | digits:6",
    "infix | digits:6,ltl",
    "infix | digits:6,rtl",
    "prefix | digits:6",
    "infix | bins:256,log",
    "infix | digits:6 | repeat:3",
)
"""How numbers are written is what tells representations apart here. The last is the error-correcting control."""

ARITHMETIC = Domain(
    name="arithmetic",
    parse=TextReader("arithmetic", GRAMMAR, OPERATORS, Builder),
    semantics=Values(value, one_point, OVERFLOW_BOX),
    metric="relative-error",
    metrics=(Metric("relative-error", relative, d_max=1.0),),
    closed=False,
    operators=OPERATORS,
    sampler=Expressions(),
    direction="forward",
    normal=normal,
    line_up=LINE_UP,
)
