"""What is read off a tree in one walk is what its paths say."""

from __future__ import annotations

from hypothesis import given

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.tree import Node, coefficient_paths, coefficients, number, system, variable


@given(trees())
def test_coefficients_are_the_values_at_their_paths(tree: Node) -> None:
    assert coefficients(tree) == [tree.at(path).value for path in coefficient_paths(tree)]


def test_no_whole_exponent_is_a_coefficient() -> None:
    power = Node("^", (Node("*", (number(3.0), variable(0))), number(-2.0)))
    root = Node("^", (variable(0), number(0.5)))
    assert coefficients(system(Node("+", (power, root)), number(7.0))) == [3.0, 0.5, 7.0]


@given(trees())
def test_a_walk_goes_through_all_nodes_in_pre_order(tree: Node) -> None:
    walked = list(tree.walk())
    assert [path for path, _ in walked] == sorted(path for path, _ in walked)
    assert len(walked) == tree.size
    assert all(tree.at(path) is node for path, node in walked)
