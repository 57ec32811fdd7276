"""Polynomials of one variable in Chebyshev's basis."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...grammars.tree import Node, number
from .base import Context, Frame
from .basis import DEFAULT_RANGE, InRange, Interval, exactly, in_basis, interval_of, polynomial, shifted, substituted, sum_of
from .limits import RewriteResult
from .polynomial import Polynomial, write


@dataclass(frozen=True, slots=True)
class Chebyshev:
    """Writes a polynomial of one variable as a sum of Chebyshev's T_k on its range: `x^2` on -5..5 -> `12.5 + 12.5*(2*(x/5)^2 -
    1)`.

    For one equation that is a polynomial of degree 1 to `degree` in x_0; all else stays as it is. u = (x - middle)/halfwidth,
    and each T_k(u) is written out in powers of u: cos(k*acos(u)) is shorter, but undefined outside the range. The sum has the
    polynomial's value everywhere, so nothing is to be put back. The range is the context's; `apply` takes -5..5, the default.
    A tree may grow eightfold. Idempotent for one range.
    """

    degree: int = 9

    @property
    def spec(self) -> str:
        return f"chebyshev:{self.degree}"

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
        low, high = map(Fraction, interval)
        middle, half = exactly((low + high) / 2), exactly((high - low) / 2)
        u = shifted(middle, half)
        weighted = weights(substituted(c, half, middle))
        return sum_of([(w, _written(t, u)) for w, t in zip(weighted, _chebyshev(len(c)), strict=True)])


def _chebyshev(count: int) -> list[list[int]]:
    """T_0, T_1, … by coefficients of the powers, lowest first: T_k = 2*u*T_(k-1) - T_(k-2)."""
    polynomials = [[1], [0, 1]]
    while len(polynomials) < count:
        doubled = [0, *(2 * c for c in polynomials[-1])]
        polynomials.append([a - b for a, b in zip(doubled, [*polynomials[-2], 0, 0], strict=True)])
    return polynomials[:count]


def weights(c: list[Fraction]) -> list[Fraction]:
    """Chebyshev coefficients of the polynomial with these coefficients, exactly, from the highest power down."""
    left, result = list(c), [Fraction(0)] * len(c)
    for k, t in reversed(list(enumerate(_chebyshev(len(c))))):
        result[k] = left[k] / t[k]
        for i, a in enumerate(t):
            left[i] -= result[k] * a
    return result


def _written(t: list[int], u: Node) -> Node:
    """2*u^2 - 1."""
    if len(t) == 1:
        return number(1)
    powers: Polynomial = {(((u, False), k),) if k else (): Fraction(a) for k, a in reversed(list(enumerate(t))) if a}
    return u if len(t) == 2 else write(powers)
