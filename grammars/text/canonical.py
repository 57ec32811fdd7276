"""One tree for one meaning of signs and whole exponents: the form in which every text is read.

    -k*x with k=4.2 -> -4.2*x       a term has one sign, which stands in front of it: in its first number, or as its negation
    a - (-4.2)*x    -> a + 4.2*x    a sum's later terms have none
    -0.2*x^(-1)     -> -0.2/x       whole exponents are written by those from 2 to 9, which are symbols (`is_whole_power`)
    x^12            -> (x^2)^6
    x^11            -> (x^2)^5*x    a prime beyond 9 writes its base twice
    x^(n - 1), n=4  -> x^3          an exponent without variables that comes to a whole number is that number

Signs move through products, quotients and sums, which floating-point arithmetic does exactly (but for the sign of a zero). Whole
exponents keep a value to rounding. Trees that come to be otherwise (edits, rewrites, what a tokenizer decodes) stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

from ..constant import constant_value
from ..tree import MAX_DEPTH, NEGATE, Node, number, whole_exponent

MOST = 1000
"""Exponents beyond this stay as they are written, numbers that a coarse codec may round: such powers are 0 or overflow nearly
everywhere."""
_SUMS = {"+": "-", "-": "+"}
_PRODUCTS = {"*": "/", "/": "*"}
_SYMBOLS = range(2, 10)


def canonical(tree: Node) -> Node:
    """The tree in canonical form; itself where that would be nested too deeply.

    Idempotent, and the identity on what the samplers draw.
    """
    signed = _powers(tree.map(_signed).map(_counted)).map(_signed)
    return tree if signed.depth > MAX_DEPTH else signed


def _signed(node: Node) -> Node:
    """A node whose children are canonical, with its signs where they belong."""
    if node.symbol == NEGATE:
        return replace(_flipped(node.children[0]), span=node.span)
    if node.symbol not in _SUMS and node.symbol not in _PRODUCTS:
        return node
    left, right = node.children
    if not _is_negative(right):
        return node
    if node.symbol in _SUMS:
        return replace(node, symbol=_SUMS[node.symbol], children=(left, _flipped(right)))
    return replace(node, children=(_flipped(left), _flipped(right)))


def _is_negative(term: Node) -> bool:
    """Whether a canonical term begins with a sign."""
    while term.symbol in _PRODUCTS:
        term = term.children[0]
    return term.symbol == NEGATE or (term.is_number and (term.value or 0.0) < 0)


def _flipped(term: Node) -> Node:
    """A canonical term with the other sign."""
    if term.symbol in _PRODUCTS:
        return replace(term, children=(_flipped(term.children[0]), term.children[1]))
    if term.is_number:
        return replace(term, value=-(term.value or 0.0))
    return term.children[0] if term.symbol == NEGATE else Node(NEGATE, (term,), None, term.span)


def _counted(node: Node) -> Node:
    """A power whose exponent is worked out, where it is a whole number."""
    if node.symbol != "^" or node.children[1].is_number:
        return node
    base, exponent = node.children
    value = constant_value(exponent)
    return (
        node
        if value is None or not value.is_integer()
        else replace(node, children=(base, replace(number(value), span=exponent.span)))
    )


def _powers(node: Node) -> Node:
    """A factor of a negative whole exponent divides, and whole exponents are written by those that are symbols."""
    if node.symbol in _PRODUCTS and (n := whole_exponent(node.children[1])) is not None and -MOST <= n < 0:
        left, power = node.children
        turned = replace(power, children=(power.children[0], replace(power.children[1], value=float(-n))))
        node = replace(node, symbol=_PRODUCTS[node.symbol], children=(left, turned))
    children = tuple(_powers(c) for c in node.children)
    rebuilt = node if children == node.children else replace(node, children=children)
    n = whole_exponent(rebuilt)
    if n is None or n == 0 or abs(n) > MOST:
        return rebuilt
    base = rebuilt.children[0]
    return replace(_power(base, n) if n > 0 else Node("/", (number(1.0), _power(base, -n))), span=rebuilt.span)


def _power(base: Node, n: int) -> Node:
    """base ^ n for n > 0. The base is written twice where n is a prime beyond the symbols, coefficients and all: x^11 is (x^2)^5
    * x."""
    if n == 1:
        return base
    if n in _SYMBOLS:
        return Node("^", (base, number(float(n))))
    for outer in reversed(_SYMBOLS):
        if n % outer == 0:
            return Node("^", (_power(base, n // outer), number(float(outer))))
    return Node("*", (_power(base, n - 1), base))
