"""Printers agree with independent readings of the same tree."""

import math

import networkx as nx
import numpy as np
from hypothesis import assume, given

from kappabar.grammars.constant import constant_value
from kappabar.grammars.draw.strategies import expressions, trees
from kappabar.grammars.print.printers import to_dag, to_latex, to_networkx, to_prefix, to_sympy
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import ARITY, Node, number


@given(trees())
def test_prefix_determines_the_tree_by_arity(tree):
    """The classic count: every operator opens arity - 1 more places, every leaf closes one."""
    for equation in tree.children:
        places = 1
        words = to_prefix(equation)
        for i, word in enumerate(words):
            places += ARITY.get(word, 0) - 1
            assert (places == 0) == (i == len(words) - 1)


@given(expressions(dim=1, max_leaves=5))
def test_sympy_has_the_same_value(tree):
    point = 0.7
    expected = constant_value(tree.map(lambda n: number(point) if n.is_variable else n))
    assume(expected is not None and 1e-6 < abs(expected) < 1e6)
    found = to_sympy(tree).subs({"x_0": point})
    value = complex(found.evalf(30))
    assume(math.isfinite(value.real) and abs(value.imag) < 1e-12)
    # Differences of nearly equal large numbers lose digits in the double-precision side only.
    largest = max(
        (
            abs(v)
            for _, n in tree.walk()
            if (v := constant_value(n.map(lambda m: number(point) if m.is_variable else m))) is not None
        ),
        default=1.0,
    )
    assert np.isclose(value.real, expected, rtol=1e-6, atol=1e-9 * largest)


@given(trees())
def test_networkx_is_the_tree(tree):
    graph = to_networkx(tree)
    assert nx.is_arborescence(graph)
    assert graph.number_of_nodes() == tree.size
    assert {p: graph.nodes[p]["symbol"] for p in graph} == {p: n.symbol for p, n in tree.walk()}


@given(trees())
def test_the_dag_has_each_distinct_subtree_once_and_unfolds_to_the_tree(tree):
    graph = to_dag(tree)
    assert nx.is_directed_acyclic_graph(graph)
    assert graph.number_of_nodes() == len({node for _, node in tree.walk()})

    def unfolded(name):
        below = {i: child for _, child, data in graph.out_edges(name, data=True) for i in data["positions"]}
        return Node(graph.nodes[name]["symbol"], tuple(unfolded(below[i]) for i in sorted(below)), graph.nodes[name]["value"])

    assert unfolded(()) == tree


def test_latex_of_lorenz():
    lorenz = parse("x' = s*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z with s=10")
    assert [to_latex(e, lorenz.names) for e in lorenz.equations] == [
        r"10 \cdot \left(y - x\right)",
        r"x \cdot \left(28 - z\right) - y",
        r"x \cdot y - \frac{8}{3} \cdot z",
    ]


@given(trees())
def test_latex_braces_balance(tree):
    text = to_latex(tree)
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
