"""Systems of polynomials as coefficients over a library of monomials: what the notations `terms` and `library` share.

Source: the library of candidate terms of SINDy (Brunton, Proctor & Kutz 2016), polynomials only. Deviation: the coefficients
come from the tree, not from a regression.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, reduce
from itertools import combinations_with_replacement

from ...grammars.constant import constant_value
from ...grammars.errors import EncodeError, SpecError
from ...grammars.tree import NEGATE, Node, number, variable

MAX_DEGREE = 3
MAX_MONOMIALS = 50_000

Monomial = tuple[int, ...]
"""The indices of the variables that are multiplied, in ascending order: x_0^2 * x_1 is (0, 0, 1), the constant ()."""

Polynomial = dict[Monomial, float]
"""Coefficients; what is missing is zero."""


@cache
def monomials(n_variables: int) -> tuple[Monomial, ...]:
    """All monomials up to `MAX_DEGREE`, by degree and then by variables: (n + 3 choose 3) of them.

    Raises `SpecError` beyond `MAX_MONOMIALS`.
    """
    if (count := math.comb(n_variables + MAX_DEGREE, MAX_DEGREE)) > MAX_MONOMIALS:
        raise SpecError(
            f"{n_variables} variables have {count:,} monomials up to degree {MAX_DEGREE}, more than {MAX_MONOMIALS:,}; "
            "use a notation that writes the tree, such as prefix"
        )
    return tuple(m for d in range(MAX_DEGREE + 1) for m in combinations_with_replacement(range(n_variables), d))


def monomial_text(monomial: Monomial) -> str:
    """(0, 0, 1) -> 'x_0^2*x_1', () -> 'const' (no '1', which is a digit of some number codecs)."""
    powers = [(i, monomial.count(i)) for i in sorted(set(monomial))]
    return "*".join(f"x_{i}" if n == 1 else f"x_{i}^{n}" for i, n in powers) or "const"


def polynomial(node: Node) -> Polynomial:
    """The coefficients of an equation, by floating-point arithmetic in the order of the tree.

    Division by a constant, powers 0 to 3 of a polynomial and every function of constants are polynomials too. Raises
    `EncodeError` where the tree, or a subtree (even one that cancels), is no polynomial of degree `MAX_DEGREE`, or where
    a coefficient is not finite.
    """
    if node.is_variable:
        return {(node.index,): 1.0}
    if node.symbol in ("+", "-", "*"):
        terms = _COMBINED[node.symbol](polynomial(node.children[0]), polynomial(node.children[1]))
    elif node.symbol == NEGATE:
        terms = {m: -c for m, c in polynomial(node.children[0]).items()}
    elif node.symbol == "/":
        terms = _divided(polynomial(node.children[0]), node.children[1])
    elif node.symbol == "^":
        terms = _power(node)
    else:
        terms = {(): _constant(node)}
    if not all(map(math.isfinite, terms.values())):
        raise EncodeError(f"a coefficient of the polynomial under {node.symbol!r} is not finite")
    return terms


def _constant(node: Node) -> float:
    value = constant_value(node)
    if value is None:
        raise EncodeError(f"{node.symbol!r} of a variable, or without a finite value, is in no polynomial")
    return value


def _sum(left: Polynomial, right: Polynomial) -> Polynomial:
    total = dict(left)
    for m, c in right.items():
        total[m] = total.get(m, 0.0) + c
    return total


def _difference(left: Polynomial, right: Polynomial) -> Polynomial:
    return _sum(left, {m: -c for m, c in right.items()})


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    product: Polynomial = {}
    for m, c in left.items():
        for n, d in right.items():
            if c == 0.0 or d == 0.0:
                continue
            if len(m) + len(n) > MAX_DEGREE:
                raise EncodeError(f"a product has degree {len(m) + len(n)}; the library ends at degree {MAX_DEGREE}")
            both = tuple(sorted(m + n))
            product[both] = product.get(both, 0.0) + c * d
    return product


_COMBINED: Mapping[str, Callable[[Polynomial, Polynomial], Polynomial]] = {"+": _sum, "-": _difference, "*": _product}


def _divided(top: Polynomial, bottom: Node) -> Polynomial:
    divisor = _only_constant(polynomial(bottom))
    if divisor is None:
        raise EncodeError("division by a variable is no polynomial")
    if divisor == 0.0:
        raise EncodeError("division by zero is no polynomial")
    return {m: c / divisor for m, c in top.items()}


def _power(node: Node) -> Polynomial:
    base, exponent = polynomial(node.children[0]), _only_constant(polynomial(node.children[1]))
    if exponent is None:
        raise EncodeError("a variable in an exponent is no polynomial")
    if (value := _only_constant(base)) is not None:
        return {(): _constant(Node("^", (number(value), number(exponent))))}
    if exponent not in range(MAX_DEGREE + 1):
        raise EncodeError(f"the power {exponent:g} of a variable is no polynomial of degree up to {MAX_DEGREE}")
    return reduce(_product, [base] * int(exponent), {(): 1.0})


def _only_constant(terms: Polynomial) -> float | None:
    """The value of a polynomial that is constant, else None."""
    return terms.get((), 0.0) if all(m == () or c == 0.0 for m, c in terms.items()) else None


MINUS = "minus"
"""The token of the coefficient -1."""

OWN = (-1.0, 0.0, 1.0)
"""Coefficients that the notations write themselves, exactly: expanding a tree makes them of its signs, and a codec of
few values would round them."""


def settled(value: float, rounding: Callable[[float], float]) -> float:
    """A coefficient as both notations keep it: rounded, but for `OWN`. Sums beyond the floats are the largest float, as
    codecs treat what lies outside their range."""
    if value in OWN:
        return value
    largest = sys.float_info.max
    return rounding(min(max(value, -largest), largest))


def equation_tree(coefficients: Mapping[Monomial, float]) -> Node:
    """The canonical sum of terms, in the order of the library: `0.5 + x_0 + -2*x_0^2*x_1`; 0 where there are none.

    `coefficients` come in that order. A coefficient of 1 is left out.
    """
    terms = [_term(m, c) for m, c in coefficients.items() if c]
    return _total(terms) if terms else number(0.0)


def _term(monomial: Monomial, coefficient: float) -> Node:
    factors = _factors(monomial)
    if coefficient != 1.0 or not factors:
        factors = (number(coefficient), *factors)
    return reduce(lambda a, b: Node("*", (a, b)), factors)


@cache
def _factors(monomial: Monomial) -> tuple[Node, ...]:
    powers = [(variable(i), monomial.count(i)) for i in sorted(set(monomial))]
    return tuple(x if n == 1 else Node("^", (x, number(n))) for x, n in powers)


_LONGEST_CHAIN = 64


def _total(terms: Sequence[Node]) -> Node:
    """From the left; a long sum in halves, so that it stays within the depth that trees may have."""
    if len(terms) <= _LONGEST_CHAIN:
        return reduce(lambda a, b: Node("+", (a, b)), terms)
    half = len(terms) // 2
    return Node("+", (_total(terms[:half]), _total(terms[half:])))
