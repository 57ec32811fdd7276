"""The form of an expression: what is left of it once order, signs and constant factors are absorbed into its coefficients.

A skeleton (`split.skeleton`) replaces coefficients by 1 and keeps everything else, so that `x - 2*y`, `-(y - x)` and `3*y + x`
have three. Of 100 tests whose skeleton training never showed, 88 equaled a training function but for order, sign and a constant
factor. A form is a set of monomials with coefficients that are not written, because each may be any number but zero:

    x - 2*y, 3*y + x, -(y - x), (y + x)/7                 one form: x and y
    2*exp(1 - x), exp(x)/3, 0.5^x                         one form: exp of x

Sums and products are flat and without order; `a/b` is a times b to the -1; whole powers are structure, other exponents
coefficients. A product of sums stays one: `x*(1 - x)` and `x - x^2` are told apart, as are `sin` and `cos`. Terms that cancel
exactly are not known to.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ....grammars.operators import BUILT_IN, Operators
from ....grammars.tree import CONSTANTS, FUNCTIONS, Node, whole_exponent
from ...domains.domain import Domain
from .forward import pattern

Monomial = frozenset[tuple[Hashable, int]]
"""Bases with their powers; the empty one is a constant."""
Form = frozenset[Monomial]

_CONSTANT: Form = frozenset({frozenset()})
_SUM, _EXP, _POWER = "sum", "exp", "power"


def form(tree: Node, operators: Operators = BUILT_IN) -> Hashable:
    """The form of a system, equation by equation. Under an alphabet of one's own, whose symbols may mean anything, the tree
    itself."""
    return tuple(_form(equation) for equation in tree.children) if operators.built_in else tree


def form_in(domain: Domain, tree: Node) -> Hashable:
    """The form of a system of a domain: of expressions that are shown, how many digits their numbers have."""
    return pattern(domain, tree) if domain.forward else form(tree, domain.operators)


def spelled(form: Hashable) -> str:
    """A form as text, the same in every process: sets in order."""
    if isinstance(form, frozenset):
        return "{" + ",".join(sorted(map(spelled, form))) + "}"
    return "(" + ",".join(map(spelled, form)) + ")" if isinstance(form, tuple) else repr(form)


def _form(node: Node) -> Form:
    symbol = node.symbol
    if node.is_number or symbol in CONSTANTS:
        return _CONSTANT
    if not node.children:
        return _single((symbol,))
    forms = [_form(child) for child in node.children]
    if symbol == "neg":
        return forms[0]
    if symbol in ("+", "-"):
        return forms[0] | forms[1]
    if symbol == "*":
        return _product(forms)
    if symbol == "/":
        return _product([forms[0], _power(forms[1], -1)])
    if all(f == _CONSTANT for f in forms):
        return _CONSTANT
    if symbol == "^":
        n = whole_exponent(node)
        if n is not None:
            return _power(forms[0], n)
        # c^y is exp of y times a constant.
        return _exponential(forms[1]) if forms[0] == _CONSTANT else _single((_POWER, *forms))
    if symbol == _EXP:
        return _exponential(forms[0])
    return _single((symbol if symbol in FUNCTIONS else f"own {symbol}", *forms))


def _single(base: Hashable) -> Form:
    return frozenset({frozenset({(base, 1)})})


def _exponential(exponent: Form) -> Form:
    """exp of a sum: its constant is a factor."""
    left = exponent - _CONSTANT
    return _single((_EXP, frozenset(left))) if left else _CONSTANT


def _power(base: Form, n: int) -> Form:
    return _product([base], n)


def _product(factors: Sequence[Form], n: int = 1) -> Form:
    """The product of forms, to the n."""
    powers: dict[Hashable, int] = {}
    exponent: set[Monomial] = set()
    for factor in factors:
        monomials = list(factor)
        own: Monomial = monomials[0] if len(monomials) == 1 else frozenset({((_SUM, factor), 1)})
        for base, k in own:
            if isinstance(base, tuple) and base[0] == _EXP:
                exponent |= base[1]  # exp(a) exp(b) is exp(a + b), 1/exp(a) is exp(-a)
            else:
                powers[base] = powers.get(base, 0) + k * n
    if exponent and n:
        powers[(_EXP, frozenset(exponent))] = 1
    left = {base: k for base, k in powers.items() if k}
    if len(left) == 1:
        (base, k), *_ = left.items()
        if k == 1 and isinstance(base, tuple) and base[0] == _SUM:
            inner: Form = base[1]
            return inner
    return frozenset({frozenset(left.items())})
