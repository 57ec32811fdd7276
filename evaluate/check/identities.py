"""Both sides of identities that hold for some numbers only: what a rewrite that takes one for true everywhere is given first.

Which side is rewritten to which is the rewrite's choice, so both are here. They differ below zero (√(x²) = x), beyond a branch
(asin(sin x) = x), or in where they have a value at all (exp(log x) = x).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain

from ...grammars.text.parse import parse
from ...grammars.tree import Node, variables
from .base import Subject
from .small import placed, small_trees

_INVERSES = (
    "exp(log(x))", "log(exp(x))", "sin(asin(x))", "asin(sin(x))", "cos(acos(x))", "acos(cos(x))", "tan(atan(x))", "atan(tan(x))",
    "sqrt(x^2)", "sqrt(x)^2", "sqrt(x)*sqrt(x)", "exp(2*log(x))", "exp(x*log(y))", "exp(log(x)/2)",
)  # fmt: skip
_POWERS = (
    "(x^2)^0.5", "(x^0.5)^2", "(x^2)^1.5", "(x^4)^0.25", "(x^2)^0.25", "(x^y)^2", "(x^2)^y", "(x^0.5)^y", "x^(2*y)", "x^y*x^y",
    "x^0.5*x^0.5", "x^0.5*y^0.5", "(x*y)^0.5", "(x/y)^0.5", "x^0.5/y^0.5", "x^1.5/x^0.5", "1/x^0.5", "(1/x)^0.5", "x^y*x",
    "sqrt(x*y)", "sqrt(x)*sqrt(y)", "sqrt(x/y)", "sqrt(x)/sqrt(y)", "1/sqrt(x)", "sqrt(1/x)", "x/sqrt(x)", "sqrt(x^3)",
    "sqrt(x^4)", "sqrt(x^2*y)", "sqrt(x^2 + 2*x*y + y^2)", "sqrt((x - y)^2)",
)  # fmt: skip
_LOGARITHMS = (
    "log(x^2)", "2*log(x)", "log(x^3)", "3*log(x)", "log(x^y)", "y*log(x)", "log(x*y)", "log(x) + log(y)", "log(x/y)",
    "log(x) - log(y)", "log(1/x)", "log(sqrt(x))", "log(abs(x))", "log(-x)", "log(x^2)/2",
)  # fmt: skip
_SIGNS = (
    "abs(x)", "abs(-x)", "abs(x)*abs(y)", "abs(x*y)", "abs(x)/abs(y)", "abs(x + y)", "abs(x) + abs(y)", "abs(x - y)", "abs(x)^2",
    "abs(x)*x", "abs(x)/x", "x/abs(x)", "abs(x^3)", "abs(x)^3", "sign(x)", "sign(x)*x", "sign(x)*abs(x)", "sign(x*y)",
    "sign(x)*sign(y)", "sign(x)^2", "sign(x^3)", "sign(2*x)", "sqrt(abs(x))", "sqrt(abs(x))^2", "(x + y + abs(x - y))/2",
)  # fmt: skip
_CANCELED = tuple(
    form.replace("f", inner)
    for inner in ("x", "sqrt(x)", "log(x)", "asin(x)")
    for form in ("f/f", "f - f", "0*f", "f^0", "f*x/f", "f + x - f", "f*(1/f)")
)
_ANGLES = (
    "asin(x) + acos(x)", "atan(x) + atan(1/x)", "asin(-x)", "acos(-x)", "sin(acos(x))", "cos(asin(x))", "sin(-x)", "cos(-x)",
    "tan(-x)", "sin(2*x)", "sin(x + y)", "sin(x)/cos(x)", "cos(x)/sin(x)", "1/tan(x)", "tan(x)*cot(x)", "sqrt(1 - cos(x)^2)",
    "sqrt(1 - sin(x)^2)", "sqrt(cosh(x)^2 - 1)", "atan(y/x)",
)  # fmt: skip


@cache
def _identities() -> tuple[Node, ...]:
    texts = chain(_INVERSES, _POWERS, _LOGARITHMS, _SIGNS, _CANCELED, _ANGLES)
    return tuple(dict.fromkeys(parse(text, "function").tree.children[0] for text in texts))


def near_truths(subject: Subject) -> Iterator[Node]:
    """These in as many variables as the subject has, where it is of arithmetic, and then the small trees that any is given."""
    known = _identities() if subject.domain.operators.built_in else ()
    few = (placed(subject, side) for side in known if max(variables(side), default=0) < max(subject.dim, 1))
    yield from dict.fromkeys(chain(few, small_trees(subject)))
