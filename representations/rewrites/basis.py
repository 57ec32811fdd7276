"""What the polynomial bases share: which trees are polynomials of one variable, and how they are written in a basis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...grammars.tree import SYSTEM, Node, number, variable
from .base import Context
from .limits import RefusedError, RewriteResult, guarded
from .polynomial import Reader, exact, rounded

GROWTH = 8.0
DEFAULT_RANGE = (-5.0, 5.0)
Interval = tuple[float, float]
Change = Callable[[Node, Interval], Node]
"""An equation and the range of its variable to the equation in a basis; the equation itself where it is no polynomial."""


def in_basis(tree: Node, change: Change, interval: Interval) -> RewriteResult:
    """The one equation of `tree` in a basis; any other tree as it is."""
    if tree.symbol != SYSTEM or len(tree.children) != 1:
        return RewriteResult(tree)
    return guarded(tree, lambda equation: change(equation, interval), GROWTH)


def polynomial(equation: Node, degree: int) -> list[Fraction] | None:
    """Coefficients c_0 … c_n of a polynomial of x_0 with 1 <= n <= degree, else None.

    Raises `RefusedError` where it is one but for a part that may be undefined, and cancels: `0/x + x`.
    """
    reader = Reader(True, lambda node: node)
    try:
        p = reader.read(equation)
    except RefusedError:
        return None
    powers = {}
    for monomial, c in p.items():
        if any(factor != (variable(0), False) for factor, _ in monomial):
            return None
        powers[sum(n for _, n in monomial)] = c
    n = max(powers, default=0)
    if not 1 <= n <= degree:
        return None
    if reader.met:
        raise RefusedError("domain")
    return [powers.get(k, Fraction(0)) for k in range(n + 1)]


def substituted(c: Sequence[Fraction], slope: Fraction, offset: Fraction) -> list[Fraction]:
    """Coefficients of p(offset + slope*u) in powers of u, by Horner's scheme."""
    result = [Fraction(0)]
    for a in reversed(c):
        longer = [*(offset * r for r in result), Fraction(0)]
        for k, r in enumerate(result):
            longer[k + 1] += slope * r
        longer[0] += a
        result = longer
    return result[: len(c)]


def exactly(value: Fraction) -> Fraction:
    """The fraction that is read back from the tree."""
    return exact(rounded(value))


def sum_of(terms: Sequence[tuple[Fraction, Node]]) -> Node:
    """c_0*B_0 + c_1*B_1 + …; terms with c = 0 are left out, and B = 1 where there is more to say."""
    (c, basis), *others = [(rounded(c), basis) for c, basis in terms if c]
    node = _term(c, basis)
    for c, basis in others:
        node = Node("-" if c < 0 else "+", (node, _term(abs(c), basis)))
    return node


def _term(c: float, basis: Node) -> Node:
    return number(c) if basis.value == 1.0 else Node("*", (number(c), basis))


def shifted(offset: Fraction, width: Fraction) -> Node:
    """(x - offset)/width, with what can be left out left out."""
    x = variable(0)
    top = Node("-" if offset > 0 else "+", (x, number(rounded(abs(offset))))) if offset else x
    return top if width == 1 else Node("/", (top, number(rounded(width))))


def interval_of(context: Context) -> Interval:
    """The range of a function's first input, the default one where it has none."""
    return context.system.ranges[0] if context.system.ranges else DEFAULT_RANGE


@dataclass(frozen=True, slots=True)
class InRange:
    """The frame of a basis: the same variables and units, so nothing is to be put back."""

    change: Change
    interval: Interval

    def to(self, tree: Node) -> Node:
        return in_basis(tree, self.change, self.interval).tree

    def back(self, tree: Node) -> Node:
        return tree

    def moved(self, context: Context) -> Context:
        return context.with_tree(self.to(context.system.tree))
