"""Random terms with types: what the samplers of `sampler.py` add up to equations.

A term is sign * coefficient * factors / denominator, and is written so that printing and parsing it is the identity:
the sign of a leading term is folded into its number (or negates its first factor), other terms are added or subtracted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, reduce
from itertools import accumulate

import numpy as np

from ..tree import NEGATE, Node, number, variable


class Dice:
    """Scalar draws from a Generator, taken from it in blocks (one call per draw would dominate the sampling)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._units: list[float] = []

    def unit(self) -> float:
        """Uniform in [0, 1)."""
        if not self._units:
            self._units = self._rng.random(64).tolist()
        return self._units.pop()

    def chance(self, probability: float) -> bool:
        return self.unit() < probability

    def below(self, n: int) -> int:
        """Uniform in 0 … n-1."""
        return int(self.unit() * n)

    def weighted(self, cumulative: Sequence[float]) -> int:
        """Index i with probability proportional to the i-th step of `cumulative`."""
        return min(bisect_right(cumulative, self.unit() * cumulative[-1]), len(cumulative) - 1)

    def uniform(self, low: float, high: float) -> float:
        """Uniform, rounded to 3 significant digits."""
        return rounded(low + (high - low) * self.unit())

    def magnitude(self, low: float, high: float) -> float:
        """Log-uniform between `low` and `high` > 0, rounded to 3 significant digits."""
        return rounded(float(low * (high / low) ** self.unit()))


@cache
def cumulated(weights: tuple[float, ...]) -> tuple[float, ...]:
    """(0.2, 0.5, 0.3) -> (0.2, 0.7, 1.0), for `Dice.weighted`."""
    return tuple(accumulate(weights))


def rounded(value: float) -> float:
    """To 3 significant digits: 0.12345 -> 0.123."""
    return float(f"{value:.3g}")


@dataclass(frozen=True, slots=True)
class Term:
    """`coefficient` > 0, None where it is 1 and there is a factor; `factors` may be empty for a constant."""

    negative: bool
    coefficient: float | None
    factors: tuple[Node, ...] = ()
    denominator: Node | None = None

    @property
    def shape(self) -> tuple[tuple[Node, ...], Node | None]:
        """What two terms of one equation should not share: they would be one term."""
        return self.factors, self.denominator

    def node(self, leading: bool) -> Node:
        """The term as a tree; its sign is in the tree only where the term leads the sum."""
        signed = leading and self.negative
        parts = list(self.factors)
        if self.coefficient is not None or not parts:
            value = 1.0 if self.coefficient is None else self.coefficient
            parts.insert(0, number(-value if signed else value))
        elif signed:
            parts[0] = Node(NEGATE, (parts[0],))
        product = reduce(lambda a, b: Node("*", (a, b)), parts)
        return product if self.denominator is None else Node("/", (product, self.denominator))


def total(terms: Sequence[Term]) -> Node:
    """The sum of terms, from the left: `-0.5*x_0 + sin(x_1) - 2`."""
    node = terms[0].node(leading=True)
    for term in terms[1:]:
        node = Node("-" if term.negative else "+", (node, term.node(leading=False)))
    return node


LINEAR, PRODUCT, POWER, TRIG, RATIONAL, CONSTANT, WAVE_PRODUCT, BUMP, DECAY, ROOT = range(10)


@dataclass(frozen=True, slots=True)
class TermGrammar:
    """Which terms come how often, over which variables, and how large their coefficients are.

    `weights`: relative frequency of each kind, in the order LINEAR c*x, PRODUCT c*x*y, POWER c*x^2 | c*x^3 | c*x^2*y,
    TRIG c*sin(affine) | cos | tanh, RATIONAL c/(a + y^2) | c*x/(a + y^2) | c*x^2/(a + x^2), CONSTANT c,
    WAVE_PRODUCT c*x*sin(affine), BUMP c*exp(-a*x^2), DECAY c*exp(-a*x)*sin(affine), ROOT c*log(a + x^2) | c*sqrt(a + x^2).
    `low`, `high`: range of the log-uniform coefficients; `ones`: how often a coefficient is left out.
    An affine argument is x, a*x, x + b, a*x + b or, of two variables, x - y.
    """

    weights: tuple[float, ...]
    low: float = 0.1
    high: float = 10.0
    ones: float = 0.2

    def term(self, dice: Dice, dim: int) -> Term:
        """One term over `dim` variables."""
        kind = dice.weighted(cumulated(self.weights))
        negative = dice.chance(0.5)
        coefficient = None if kind != CONSTANT and dice.chance(self.ones) else dice.magnitude(self.low, self.high)
        factors, denominator = self._parts(dice, kind, dim)
        return Term(negative, coefficient, factors, denominator)

    def scaled(self, dice: Dice, factor: Node) -> Term:
        """-c*factor with a coefficient of this grammar."""
        return Term(True, None if dice.chance(self.ones) else dice.magnitude(self.low, self.high), (factor,))

    def _parts(self, dice: Dice, kind: int, dim: int) -> tuple[tuple[Node, ...], Node | None]:
        x, y = _two(dice, dim)
        if kind == LINEAR:
            return (x,), None
        if kind == PRODUCT and x != y:
            return (x, y), None
        if kind in (PRODUCT, POWER):
            return _power(dice, x, y), None
        if kind == TRIG:
            return (_wave(dice, x, y),), None
        if kind == RATIONAL:
            return _fraction(dice, x, y)
        if kind == WAVE_PRODUCT:
            return (x, _wave(dice, y, y)), None
        if kind == BUMP:
            return (_exponential(dice, _square(x)),), None
        if kind == DECAY:
            return (_exponential(dice, x), _wave(dice, x, x)), None
        if kind == ROOT:
            inner = Node("+", (number(dice.magnitude(0.2, 5.0)), _square(x)))
            return (Node("log" if dice.chance(0.5) else "sqrt", (inner,)),), None
        return (), None


def _two(dice: Dice, dim: int) -> tuple[Node, Node]:
    """Two variables in ascending order, often the same."""
    i, j = dice.below(dim), dice.below(dim)
    return variable(min(i, j)), variable(max(i, j))


def _square(x: Node) -> Node:
    return Node("^", (x, number(2.0)))


def _power(dice: Dice, x: Node, y: Node) -> tuple[Node, ...]:
    if x != y and dice.chance(0.4):
        return (_square(x), y) if dice.chance(0.5) else (x, _square(y))
    return (Node("^", (x, number(2.0 if dice.chance(0.5) else 3.0))),)


def _wave(dice: Dice, x: Node, y: Node) -> Node:
    function = ("sin", "sin", "cos", "cos", "tanh")[dice.below(5)]
    if x != y and dice.chance(0.5):
        return Node(function, (Node("-", (x, y)),))
    argument = x
    if dice.chance(0.5):
        argument = Node("*", (number(dice.magnitude(0.3, 3.0)), argument))
    if dice.chance(0.25):
        argument = Node("+", (argument, number(dice.magnitude(0.1, 3.0))))
    return Node(function, (argument,))


def _fraction(dice: Dice, x: Node, y: Node) -> tuple[tuple[Node, ...], Node]:
    """The denominator is positive everywhere: a pole would make most of the domain undefined."""
    offset = 1.0 if dice.chance(0.5) else dice.magnitude(0.2, 5.0)
    form = dice.below(3)
    square = _square(x if form == 2 else y)
    numerator = ((), (x,), (square,))[form]
    return numerator, Node("+", (number(offset), square))


def _exponential(dice: Dice, x: Node) -> Node:
    """exp(-a*x)."""
    return Node("exp", (Node("*", (number(-dice.magnitude(0.1, 2.0)), x)),))
