"""Sorting keeps the meaning and forgets the order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.constant import constant_value
from kappabar.grammars.reader import read_infix
from kappabar.grammars.strategies import trees
from kappabar.grammars.tree import Node, number
from kappabar.representations.rewrites import Sort


@given(trees(), st.randoms(use_true_random=False))
def test_sorting_forgets_the_order_of_operands(tree, random):
    def swap(node):
        return Node(node.symbol, node.children[::-1]) if node.symbol in ("+", "*") and random.random() < 0.5 else node

    assert Sort().apply(tree.map(swap)) == Sort().apply(tree)


@given(trees())
def test_sorting_twice_is_sorting_once(tree):
    assert Sort().apply(Sort().apply(tree)) == Sort().apply(tree)


@given(trees(max_leaves=6), st.lists(st.floats(0.1, 3), min_size=3, max_size=3))
def test_sorting_keeps_values(tree, point):
    def value(equation):
        return constant_value(equation.map(lambda n: number(point[n.index]) if n.is_variable else n))

    for before, after in zip(tree.children, Sort().apply(tree).children, strict=True):
        a, b = value(before), value(after)
        # Re-association can overflow, or cancel, where the original order did not.
        if a is not None and b is not None and 1e-3 < abs(a) < 1e6:
            assert np.isclose(a, b, rtol=1e-3) or max(abs(n.value or 0) for _, n in before.walk()) > 1e6


def test_an_example():
    assert Sort().apply(read_infix("x_1*2 + x_0")) == read_infix("x_0 + 2*x_1")
