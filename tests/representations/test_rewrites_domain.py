"""No rewrite makes an expression defined where it was not: values by NumPy, at the very points where a part has none."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.grammars.tree import Node, System
from kappabar.representations.rewrites.base import Context, Framed
from kappabar.representations.rewrites.catalog import REWRITES, built_in
from kappabar.representations.rewrites.limits import evaluate

POINTS = np.array([[v] for v in (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 10.0)])
VANISHING = (
    "0/x", "0*log(x)", "log(x) - log(x)", "sqrt(x - 1) - sqrt(x - 1)", "x*(1/x - 1/x)", "0*(1/(x - 1))", "0/(x*(x - 1))",
    "0*asin(x)", "0*(x/x)", "0/x^2 + 3/x - 3/x", "0*x/(x - 2)", "0/sin(x)", "0*x^0.5", 
    "1/(x*(x + 1)) - 1/(x*(x + 1))", "(x - x)/(x + 2)", "0/(2*x + 2)",
)  # fmt: skip
"""Zero where they are defined, and undefined at some of the points."""
KEPT = (
    "x",
    "x^2 - x",
    "1/(x + 3)",
    "1/(x^2 + 1)",
    "sin(x)/(x + 3)",
    "sin(1/(x + 3))",
    "log(x + 2)",
    "1/(2*x + 6)",
    "1/(x*(x + 3))",
)
RATIOS = (
    "x/x",
    "x^3/x^2 + x",
    "(x^2 - 1)/(x - 1)",
    "1/(1/x)",
    "exp(x)/exp(x)",
    "1/(x - x) + x",
    "(x/x)^2 + x",
    "2/(3/x) + x",
    "0/(1/x) + x",
)


def forms(spec: str, function: System) -> list[Node]:
    """What a rewrite makes of a function, in its own units: alone, and in the frame of a system where it has one."""
    rewrite: Any = built_in(spec)
    made = [rewrite.apply(function.tree)]
    if isinstance(rewrite, Framed):
        y = np.linspace(0.5, 2.0, 11).reshape(1, 11, 1)
        frame = rewrite.frame(Context(function, np.arange(11.0), y))
        made.append(frame.back(frame.to(function.tree)))
    return made


def defined(tree: Node) -> list[bool]:
    with np.errstate(all="ignore"):
        return np.isfinite(evaluate(tree.children[0], POINTS)).tolist()


@pytest.mark.parametrize("spec", list(REWRITES))
def test_what_cancels_leaves_what_is_undefined_undefined(spec: str) -> None:
    texts = [*(f"{a} + {b}" for a, b in product(VANISHING, KEPT)), *RATIOS]
    widened = []
    for text in texts:
        function = domain("function").parse(f"y = {text} @ x=-5..5")
        before = defined(function.tree)
        assert text in RATIOS or not all(before), text
        widened += [text for tree in forms(spec, function) if defined(tree) != before]
    assert not widened


@pytest.mark.parametrize("spec", ["chebyshev", "bernstein"])
def test_a_basis_says_that_it_refused(spec: str) -> None:
    rewrite: Any = built_in(spec)
    tree = domain("function").parse("y = 0/x + x @ x=-5..5").tree
    assert rewrite.attempt(tree).tree == tree and rewrite.attempt(tree).refusals == ("domain",)
    plain = domain("function").parse("y = x^2 + x @ x=-5..5").tree
    assert rewrite.attempt(plain).tree != plain and rewrite.attempt(plain).refusals == ()
