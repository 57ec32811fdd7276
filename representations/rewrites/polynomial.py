"""Trees as polynomials over opaque parts, with exact rational coefficients, and back.

Opaque is what is no sum, product, whole power or division: `sin(…)`, `x^0.5`, `pi`; a variable is the simplest. So is each
denominator that is no number: `x/y` is x times an opaque 1/y, which never cancels with y, so `x/x` stays undefined at 0.
Coefficients are read as the shortest decimals that name the floats (0.1 is 1/10), worked on exactly, and rounded once: what is
not touched comes back as the same float. (SymPy's own sums would cancel `x/x`, `log(x) - log(x)` and `sqrt(x)^2`.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, reduce

from ...grammars.tree import NEGATE, Node, is_whole_power, number
from .limits import RefusedError, subtrees
from .sort import order

Factor = tuple[Node, bool]
"""An opaque part, and whether the monomial is divided by it."""
Monomial = tuple[tuple[Factor, int], ...]
"""Factors with their powers > 0, in the order of `_rank`. () is 1."""
Polynomial = dict[Monomial, Fraction]
"""Coefficients != 0 by monomial, in the order in which the monomials first occurred."""

MOST_TERMS, MOST_PRODUCTS, MOST_DEGREE, MOST_BITS = 400, 20_000, 64, 20_000
_LARGEST_POWER = 9  # of `is_whole_power`: a larger exponent would be a coefficient


@lru_cache(4096)
def exact(value: float) -> Fraction:
    """0.1 -> 1/10."""
    return Fraction(repr(value))


def rounded(value: Fraction) -> float:
    """The nearest float. Raises `RefusedError` where it is infinite, or 0 for a value that is not."""
    try:
        nearest = float(value)
    except OverflowError:
        raise RefusedError("range") from None
    if nearest == 0.0 and value:
        raise RefusedError("range")
    return nearest


@dataclass(slots=True)
class Reader:
    """Reads an equation. `distribute`: multiply products of sums out; else a sum in a product is an opaque factor.

    `nested` rewrites what is inside opaque parts. `met` collects the opaque parts that may be undefined somewhere.
    Raises `RefusedError('work')` where the limits above are exceeded.
    """

    distribute: bool
    nested: Callable[[Node], Node]
    met: set[Factor] = field(default_factory=set)
    products: int = 0

    def read(self, node: Node) -> Polynomial:
        if node.value is not None:
            return {(): exact(node.value)} if node.value else {}
        children = node.children
        if node.symbol in ("+", "-"):
            return self.sum(self.read(children[0]), self.read(children[1]), 1 if node.symbol == "+" else -1)
        if node.symbol == NEGATE:
            return {m: -c for m, c in self.read(children[0]).items()}
        if node.symbol == "*":
            return self.product(self.read(children[0]), self.read(children[1]))
        if is_whole_power(node):
            return self.power(self.read(children[0]), int(children[1].value or 0))
        if node.symbol == "/" and (divisor := self.read(children[1])):
            return self.product(self.read(children[0]), self.reciprocal(divisor))
        return self.opaque(Node(node.symbol, tuple(map(self.nested, children))) if children else node)

    def sum(self, a: Polynomial, b: Polynomial, sign: int) -> Polynomial:
        """a + sign*b, in a's place."""
        for monomial, c in b.items():
            total = a.get(monomial, 0) + sign * c
            if total:
                a[monomial] = Fraction(total)
            else:
                a.pop(monomial, None)
        if len(a) > MOST_TERMS:
            raise RefusedError("work")
        return a

    def product(self, a: Polynomial, b: Polynomial) -> Polynomial:
        if not self.distribute:
            a, b = self._whole(a, b), self._whole(b, a)
        result: Polynomial = {}
        self.products += len(a) * len(b)
        if self.products > MOST_PRODUCTS:
            raise RefusedError("work")
        for m, c in a.items():
            self.sum(result, {_times(m, n): _bounded(c * d) for n, d in b.items()}, 1)
        return result

    def _whole(self, a: Polynomial, other: Polynomial) -> Polynomial:
        """A sum as one opaque factor, unless it is multiplied by 1 or -1."""
        return (
            a
            if len(a) < 2 or (len(other) == 1 and abs(other.get((), Fraction(0))) == 1)
            else self.opaque(write(canonical_order(a)))
        )

    def power(self, base: Polynomial, n: int) -> Polynomial:
        return reduce(self.product, [base if self.distribute or len(base) < 2 else self.opaque(write(canonical_order(base)))] * n)

    def reciprocal(self, divisor: Polynomial) -> Polynomial:
        """1/divisor, for one that is not 0. A single term is divided by factor by factor."""
        (monomial, c), *others = divisor.items()
        if others or any(reciprocal for (_, reciprocal), _ in monomial):
            return self.opaque(write(divisor), True)
        inverse = tuple(((node, True), n) for (node, _), n in monomial)
        self.met.update(factor for factor, _ in inverse)
        return {inverse: 1 / c}

    def opaque(self, node: Node, reciprocal: bool = False) -> Polynomial:
        if node.children or reciprocal:
            self.met.add((node, reciprocal))
        return {(((node, reciprocal), 1),): Fraction(1)}

    def check(self, result: Node) -> Node:
        """The result, if every part that may be undefined is still in it. Raises `RefusedError`."""
        parts = set(subtrees(result))
        divisors = {part for top in parts if top.symbol == "/" for part in _factors(top.children[1])}
        if not all(node in (divisors if reciprocal else parts) for node, reciprocal in self.met):
            raise RefusedError("domain")
        return result


def _factors(divisor: Node) -> Iterator[Node]:
    """A divisor, and what makes it zero where that is zero: x and x + 1 of x*(x + 1)^2. The x within x + 1 does not."""
    yield divisor
    if divisor.symbol in ("*", NEGATE) or is_whole_power(divisor):
        for child in divisor.children:
            yield from _factors(child)


def _times(a: Monomial, b: Monomial) -> Monomial:
    powers = dict(a)
    for factor, n in b:
        powers[factor] = powers.get(factor, 0) + n
    if sum(powers.values()) > MOST_DEGREE:
        raise RefusedError("work")
    return tuple(sorted(powers.items(), key=lambda item: _rank(item[0]))) if len(powers) > 1 else tuple(powers.items())


@lru_cache(4096)
def _rank(factor: Factor) -> tuple[object, ...]:
    """Variables by index, then other parts by `order`, then divisors."""
    return factor[1], order(factor[0])


def canonical_order(p: Polynomial) -> Polynomial:
    """The terms by the monomials' factors, higher powers first, the constant last; but the first positive one leads: `1 - x`."""
    terms = sorted(p.items(), key=lambda item: (not item[0], [(_rank(f), -n) for f, n in item[0]]))
    lead = next((i for i, (_, c) in enumerate(terms) if c > 0), 0)
    return dict([terms[lead], *terms[:lead], *terms[lead + 1 :]] if terms else [])


def _bounded(c: Fraction) -> Fraction:
    if c.numerator.bit_length() + c.denominator.bit_length() > MOST_BITS:
        raise RefusedError("work")
    return c


def write(p: Polynomial) -> Node:
    """The sum of the terms, from the left: `-0.5*x_0 + sin(x_1) - 2`. Raises `RefusedError` as `rounded` does."""
    (first, *others) = p.items() or [((), Fraction(0))]
    node = term(*first)
    for monomial, c in others:
        node = Node("-" if c < 0 else "+", (node, term(monomial, abs(c))))
    return node


def term(monomial: Monomial, c: Fraction) -> Node:
    """`c * factors / divisors`; the sign is in the number, or before the first factor where that is all there is to say."""
    value = rounded(c)
    above = [part for (node, reciprocal), n in monomial if not reciprocal for part in _powers(node, n)]
    below = [part for (node, reciprocal), n in monomial if reciprocal for part in _powers(node, n)]
    if abs(value) != 1 or not above:
        above.insert(0, number(value))
    elif value < 0:
        above[0] = Node(NEGATE, (above[0],))
    result = times(above)
    return Node("/", (result, times(below))) if below else result


def times(parts: list[Node]) -> Node:
    return reduce(lambda a, b: Node("*", (a, b)), parts)


def _powers(node: Node, n: int) -> list[Node]:
    """x, 11 -> [x^9, x^2]: larger exponents would read as coefficients."""
    return [power(node, k) for k in (*[_LARGEST_POWER] * (n // _LARGEST_POWER), n % _LARGEST_POWER) if k]


def power(node: Node, n: int) -> Node:
    return node if n == 1 else Node("^", (node, number(n)))
