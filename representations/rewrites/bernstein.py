"""Polynomials of one variable in Bernstein's basis."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb

from ...grammars.tree import Node, number, variable
from .base import Context, Frame
from .basis import DEFAULT_RANGE, InRange, Interval, exactly, in_basis, interval_of, polynomial, shifted, substituted, sum_of
from .limits import RewriteResult
from .polynomial import power, rounded, times


@dataclass(frozen=True, slots=True)
class Bernstein:
    """Writes a polynomial of one variable as a sum of Bernstein's polynomials on its range: x on -1..0 as `-1*(0 - x)`.

    The terms are b_k * (n over k) * v^k * w^(n-k), v = (x - low)/width, w = (high - x)/width; the b_k are the control points,
    whose smallest and largest bound the values in the range. For one equation that is a polynomial of degree 1 to `degree` in
    x_0; all else stays as it is. The value is the same everywhere, so nothing is to be put back. The range is the context's;
    `apply` takes -5..5, the default. A tree may grow eightfold. Idempotent for one range.
    """

    degree: int = 9

    @property
    def spec(self) -> str:
        return f"bernstein:{self.degree}"

    def apply(self, tree: Node) -> Node:
        return self.attempt(tree).tree

    def attempt(self, tree: Node) -> RewriteResult:
        """See `limits.RewriteResult`."""
        return in_basis(tree, self._changed, DEFAULT_RANGE)

    def frame(self, context: Context) -> Frame:
        return InRange(self._changed, interval_of(context))

    def _changed(self, equation: Node, interval: Interval) -> Node:
        c = polynomial(equation, self.degree)
        if c is None:
            return equation
        low, high = exactly(Fraction(interval[0])), exactly(Fraction(interval[1]))
        width = exactly(high - low)
        high = low + width
        v, w = shifted(low, width), _mirrored(high, width)
        inside, n = substituted(c, width, low), len(c) - 1
        points = [sum((Fraction(comb(k, i), comb(n, i)) * inside[i] for i in range(k + 1)), Fraction(0)) for k in range(n + 1)]
        return sum_of([(b, _basis(n, k, v, w)) for k, b in enumerate(points)])


def _mirrored(high: Fraction, width: Fraction) -> Node:
    """(high - x)/width."""
    top = Node("-", (number(rounded(high)), variable(0)))
    return top if width == 1 else Node("/", (top, number(rounded(width))))


def _basis(n: int, k: int, v: Node, w: Node) -> Node:
    """(n over k) * v^k * w^(n-k)."""
    parts = [number(comb(n, k))] if 0 < k < n else []
    return times([*parts, *([power(v, k)] if k else []), *([power(w, n - k)] if k < n else [])])
