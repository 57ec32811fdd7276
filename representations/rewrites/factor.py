"""Polynomials as products of irreducible factors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...grammars.tree import NEGATE, Node, is_whole_power
from .limits import RewriteResult, guarded
from .polynomial import Factor, Monomial, Polynomial, Reader, term, write

if TYPE_CHECKING:
    from sympy import Poly

# What SymPy factors within some tens of milliseconds; anything larger is left as it is.
MOST_TERMS, MOST_FACTORS, MOST_DEGREE, MOST_BITS = 24, 5, 12, 256


@dataclass(frozen=True, slots=True)
class FactorOut:
    """Factors polynomials over the rational numbers: `0.5*x^3 - 0.5*x` -> `0.5*x*(x - 1)*(x + 1)`.

    The algebra is SymPy's, on exact decimals; functions and denominators count as variables, and are factored inside. A sum
    that does not factor as a whole stays as it is, and so does one with more than 24 terms, 5 variables, degree 12, or
    long coefficients: a limit on the work, where a clock would make results depend on the machine.
    """

    spec: str = "factor"

    def apply(self, tree: Node) -> Node:
        return self.attempt(tree).tree

    def attempt(self, tree: Node) -> RewriteResult:
        """See `limits.RewriteResult`."""
        return guarded(tree, _Factorer({}).apply)


@dataclass(frozen=True, slots=True)
class _Factorer:
    """`done` remembers what was factored: without it, each level of nested functions would double the work."""

    done: dict[Node, Node]

    def apply(self, node: Node) -> Node:
        if node not in self.done:
            reader = Reader(True, self.apply)
            p = reader.read(node)
            product = _product(p) if len(p) > 1 and _is_small(p) else None
            self.done[node] = self.inside(node) if product is None else reader.check(product)
        return self.done[node]

    def inside(self, node: Node) -> Node:
        """The sum or product as it stands, with its opaque parts factored: for what does not factor as a whole."""
        if node.symbol == "/" or not (node.symbol in ("+", "-", "*", NEGATE) or is_whole_power(node)):
            return Node(node.symbol, tuple(map(self.apply, node.children))) if node.children else node
        return Node(node.symbol, tuple(map(self.inside, node.children)))


def _is_small(p: Polynomial) -> bool:
    factors = {factor for monomial in p for factor, _ in monomial}
    degree = max(sum(n for _, n in monomial) for monomial in p)
    bits = max(c.numerator.bit_length() + c.denominator.bit_length() for c in p.values())
    return len(p) <= MOST_TERMS and len(factors) <= MOST_FACTORS and degree <= MOST_DEGREE and bits <= MOST_BITS


def _product(p: Polynomial) -> Node | None:
    """The product, or None where the polynomial is irreducible."""
    monomial: dict[Factor, int] = {}
    sums: list[tuple[Polynomial, int]] = []
    content, factors = _sympy_factors(p)
    for factor, n in factors:
        if len(factor) == 1:
            ((part, _),) = next(iter(factor))
            monomial[part] = n
        else:
            sums.append((factor, n))
    if sum(n for _, n in sums) == 1:
        if not monomial:
            return None
        # One sum takes the content: x*(2.5*x - 0.7) and not 0.1*x*(25*x - 7).
        sums = [({m: c * content for m, c in sums[0][0].items()}, 1)]
        content = Fraction(1)
    above = [item for item in monomial.items() if not item[0][1]]
    parts: Monomial = (*above, *(((write(s), False), n) for s, n in sums), *(item for item in monomial.items() if item[0][1]))
    return term(parts, content)


def _sympy_factors(p: Polynomial) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
    import sympy

    parts = list(dict.fromkeys(factor for monomial in p for factor, _ in monomial))
    symbols = sympy.symbols(f"s:{len(parts)}")
    terms = {tuple(dict(m).get(f, 0) for f in parts): sympy.Rational(c.numerator, c.denominator) for m, c in p.items()}
    content, factors = sympy.Poly.from_dict(terms, *symbols, domain=sympy.QQ).factor_list()
    return Fraction(int(content.p), int(content.q)), [(_read(f, parts), int(n)) for f, n in factors]


def _read(poly: Poly, parts: list[Factor]) -> Polynomial:
    terms: Any = poly.terms()
    return {
        tuple((f, int(n)) for f, n in zip(parts, powers, strict=True) if n): Fraction(int(c.p), int(c.q)) for powers, c in terms
    }
