"""Rewrites change the form of a tree, not its value, and stop where that would go wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.constant import constant_value
from kappabar.grammars.draw.strategies import expressions, trees
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.print.printers import to_sympy
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import MAX_DEPTH, Node, number, system, variable, variables
from kappabar.representations.rewrites.catalog import REWRITES, built_in
from kappabar.representations.rewrites.limits import agree, evaluate
from kappabar.representations.rewrites.polynomial import Reader, exact, write
from kappabar.representations.rewrites.sort import Sort

ALL = list(REWRITES)
SETTLED = ["sort", "flatten", "expand", "horner", "collect", "rename", "chebyshev", "bernstein"]


def made(spec: str) -> Any:
    rewrite = built_in(spec)
    assert rewrite is not None
    return rewrite


def tree_of(text: str) -> Node:
    found = read_infix(text)
    assert isinstance(found, Node)
    return found if found.symbol == "|" else system(found)


def polynomial_trees() -> st.SearchStrategy[Node]:
    """Sums, products and powers of three variables and short numbers."""
    leaves = st.one_of(
        st.integers(0, 2).map(variable), st.integers(-9, 9).map(number), st.sampled_from((0.1, 0.25, -1.3)).map(number)
    )
    grow = lambda child: st.one_of(  # noqa: E731
        st.builds(lambda op, a, b: Node(op, (a, b)), st.sampled_from("+-*"), child, child),
        st.builds(lambda a, n: Node("^", (a, number(n))), child, st.integers(2, 4)),
        st.builds(lambda a: Node("neg", (a,)), child),
    )
    return st.recursive(leaves, grow, max_leaves=8)


@given(trees(), st.randoms(use_true_random=False))
def test_sorting_forgets_the_order_of_operands(tree, random):
    def swap(node):
        return Node(node.symbol, node.children[::-1]) if node.symbol in ("+", "*") and random.random() < 0.5 else node

    assert Sort().apply(tree.map(swap)) == Sort().apply(tree)


@given(trees(max_leaves=6), st.lists(st.floats(0.1, 3), min_size=3, max_size=3))
def test_sorting_keeps_values(tree, point):
    def value(equation):
        return constant_value(equation.map(lambda n: number(point[n.index]) if n.is_variable else n))

    for before, after in zip(tree.children, Sort().apply(tree).children, strict=True):
        a, b = value(before), value(after)
        # Re-association can overflow, or cancel, where the original order did not.
        if a is not None and b is not None and 1e-3 < abs(a) < 1e6:
            assert np.isclose(a, b, rtol=1e-3) or max(abs(n.value or 0) for _, n in before.walk()) > 1e6


@pytest.mark.parametrize(
    ("spec", "before", "after"),
    [
        ("sort", "x_1*2 + x_0", "x_0 + 2*x_1"),
        ("flatten", "x_0 - (x_1 - 3*x_2)", "x_0 + -x_1 + 3*x_2"),
        ("flatten", "x_0*(x_1*(x_2*2))", "x_0*x_1*x_2*2"),
        ("flatten", "-(x_0 - 2)", "-x_0 + 2"),
        ("expand", "x_0*(1 - x_0)", "x_0 - x_0^2"),
        ("expand", "sin(x_0*(x_0 + 1))", "sin(x_0^2 + x_0)"),
        ("expand", "(x_0 + 1)/x_1", "x_0/x_1 + 1/x_1"),
        ("factor", "0.5*x_0^3 - 0.5*x_0", "0.5*x_0*(x_0 - 1)*(x_0 + 1)"),
        ("factor", "2.5*x_0^2 - 0.7*x_0", "x_0*(2.5*x_0 - 0.7)"),
        ("factor", "cos(x_0^2 - 1) + x_1", "cos((x_0 - 1)*(x_0 + 1)) + x_1"),
        ("horner", "2*x_0^3 - x_0^2 + 3*x_0", "x_0*(x_0*(2*x_0 - 1) + 3)"),
        ("collect", "x_1 + 2*x_0*x_0 + x_0^2", "3*x_0^2 + x_1"),
        ("collect", "2*(x_0 + x_1) - 3*(x_1 + x_0)*2", "-4*(x_0 + x_1)"),
        ("collect", "x_0*(1 - x_0)", "x_0*(1 - x_0)"),
        ("rename", "x_2 | x_0 | x_1", "x_1 | x_2 | x_0"),
        ("rename", "x_2*x_1", "x_0*x_1"),
        ("chebyshev", "x_0^2", "12.5 + 12.5*(2*(x_0/5)^2 - 1)"),
        ("bernstein", "x_0", "-5*((5 - x_0)/10) + 5*((x_0 + 5)/10)"),
    ],
)
def test_examples(spec, before, after):
    assert to_infix(made(spec).apply(tree_of(before))) == after


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("(x_0 - 1000)^3*(x_0 - 999)", "rounding"),
        ("(x_0 - x_1 + 1000)^9", "size"),
        ("log(x_0) - log(x_0) + x_0", "domain"),
        ("x_0 - x_0", "domain"),
        ("0*sqrt(x_0) + x_0", "domain"),
        ("x_0*1e308*1e308", "range"),
        ("((x_0^9)^9)^9*(x_0 + 1)", "work"),
        ("(((1e308*x_0)^9)^9)^2 + (x_0 + 1)*x_0", "work"),
    ],
)
def test_what_would_do_harm_is_left_and_counted(before, reason):
    tree = tree_of(before)
    assert made("expand").apply(tree) == tree
    assert made("expand").attempt(tree).refusals == (reason,)


@pytest.mark.parametrize("text", ["x_0/x_0", "sqrt(x_0^2)", "log(x_0*x_1)", "exp(log(x_0))", "sqrt(x_0)^2"])
@pytest.mark.parametrize("spec", ALL)
def test_the_domain_of_definition_stays(spec, text):
    tree = tree_of(text)
    assert made(spec).apply(tree) == tree


@given(trees())
def test_applying_never_raises_and_keeps_the_variables(tree):
    for spec in ALL:
        done = made(spec).apply(tree)
        assert len(done.children) == len(tree.children)
        assert len(variables(done)) == len(variables(tree))
        assert spec == "rename" or variables(done) == variables(tree)


@given(st.one_of(trees(), st.builds(system, polynomial_trees())))
def test_twice_is_once(tree):
    for spec in SETTLED:
        once = made(spec).apply(tree)
        assert made(spec).apply(once) == once


@given(polynomial_trees())
def test_polynomials_are_the_same_polynomial_to_sympy(equation):
    """Exact: the difference of the decimals, expanded by SymPy, has no coefficient above rounding."""
    symbols = sympy.symbols("x_0 x_1 x_2")

    def decimals(node: Node) -> Any:
        return sympy.Poly(sympy.nsimplify(to_sympy(node), rational=True), *symbols)

    before = decimals(equation)
    size = max(map(abs, before.coeffs()))
    for spec in ("expand", "horner", "factor", "collect", "flatten"):
        after = decimals(made(spec).apply(system(equation)).children[0])
        assert all(abs(c) <= 1e-12 * size for c in (before - after).coeffs())


@given(equation=polynomial_trees())
def test_expanding_leaves_one_monomial_each(equation):
    p = Reader(True, lambda node: node).read(equation)
    expected = sympy.Poly(sympy.nsimplify(to_sympy(equation), rational=True), *sympy.symbols("x_0 x_1 x_2"))
    assert sorted(p.values()) == sorted(c for c in expected.coeffs() if c)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_that_are_not_touched_come_back(value):
    assert float(exact(value)) == value


@given(expressions(2, 6))
def test_the_comparison_accepts_what_is_the_same_and_notices_what_is_not(equation):
    assert agree(equation, Node("*", (number(1), equation)))
    with np.errstate(all="ignore"):
        found = evaluate(equation, np.random.default_rng(20).standard_normal((9, 3)))
    if np.isfinite(found).all() and (np.abs(found) > 1e-9).all() and agree(equation, equation):
        assert not agree(equation, Node("*", (number(1 + 1e-6), equation)))


def _deep(symbol: str, depth: int) -> Node:
    tree = variable(0)
    for _ in range(depth):
        tree = Node(symbol, (tree, number(3))) if symbol in "+*^" else Node(symbol, (tree,))
    return system(tree)


def _balanced(symbol: str, levels: int) -> Node:
    tree = variable(0)
    for i in range(levels):
        tree = Node(symbol, (tree, Node("+", (tree, number(i)))))
    return system(tree)


HOSTILE = {
    "deep sum": _deep("+", MAX_DEPTH - 2),
    "deep product": _deep("*", MAX_DEPTH - 2),
    "deep power": _deep("^", 190),
    "deep function": _deep("sin", 190),
    "too deep": _deep("sin", 900),
    "wide": _balanced("+", 9),
    "wide product": _balanced("*", 9),
    "too wide": _balanced("*", 14),
    "huge exponent": tree_of("x_0^1e308 + (x_0 + 1)^9"),
    "huge coefficients": tree_of("(1e308*x_0 - 1e308)*(1e-308*x_0 + 5e-324)"),
    "many variables": system(*(Node("*", (variable(i), Node("+", (variable(i + 1), number(i))))) for i in range(70))),
    "zero divisor": tree_of("x_0/0 + x_0/(x_0 - x_0) + 1/(0*x_0)"),
    "hard to factor": tree_of("x_0^9*x_1^3 + 3.1415926535*x_0^7*x_2^2 - 2.718281828*x_1^5*x_2^7 + 1.23456789*x_0 - 9.87654321"),
    "Swinnerton-Dyer": tree_of("x_0^8 - 40*x_0^6 + 352*x_0^4 - 960*x_0^2 + 576"),
    "no system": variable(0),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("spec", ALL)
def test_hostile_trees_are_survived(spec, name):
    tree = HOSTILE[name]
    done = made(spec).apply(tree)
    assert len(done.children) == len(tree.children)
    assert done.size <= 8 * tree.size + 8 * len(tree.children)


def test_a_poly_is_written_as_it_was_read():
    text = "-0.5*x_0 + sin(x_1) - x_0^9*x_0^2/x_1 + 2"
    assert to_infix(write(Reader(True, lambda n: n).read(tree_of(text).children[0]))) == text
