"""Printing and reading back is the identity on trees, with the fewest parentheses."""

import pytest
from hypothesis import given

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.print.infix import format_number, infix_pieces, to_infix
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, number, system, variable

x0, x1, x2 = (variable(i) for i in range(3))


@given(trees())
def test_print_then_parse_is_the_identity(tree):
    assert read_infix(to_infix(tree)) == tree
    assert read_infix("".join(p.text for p in infix_pieces(tree))) == tree


@given(trees(max_leaves=6))
def test_no_pair_of_parentheses_can_go(tree):
    """Dropping any pair that is not a function's own gives another tree, or none: printing is minimal."""
    pieces = infix_pieces(tree)
    texts = [p.text for p in pieces]
    for i, piece in enumerate(pieces):
        if piece.text != "(" or (i and pieces[i - 1].kind == "function"):
            continue
        depth, j = 1, i
        while depth:
            j += 1
            depth += {"(": 1, ")": -1}.get(texts[j], 0)
        without = "".join(texts[:i] + texts[i + 1 : j] + texts[j + 1 :])
        assert read_infix(without) != tree


@given(trees())
def test_every_piece_points_at_its_node(tree):
    for piece in infix_pieces(tree):
        node = tree.at(piece.path)
        if piece.kind == "number":
            assert piece.text == (format_number(node.value) if node.is_number else node.symbol)
        elif piece.kind in ("variable", "function"):
            assert piece.text == node.symbol
        elif piece.kind == "operator":
            assert piece.text == {"neg": "-"}.get(node.symbol, node.symbol)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Node("-", (x0, Node("-", (x1, x2)))), "x_0 - (x_1 - x_2)"),
        (Node("/", (x0, Node("*", (x1, x2)))), "x_0/(x_1*x_2)"),
        (Node("^", (x0, Node("+", (x1, x2)))), "x_0^(x_1 + x_2)"),
        (Node("neg", (Node("^", (x0, number(2))),)), "-x_0^2"),
        (Node("^", (Node("neg", (x0,)), number(2))), "(-x_0)^2"),
        (Node("^", (number(-2), number(2))), "(-2)^2"),
        (Node("neg", (number(2),)), "-(2)"),
        (Node("neg", (number(-2),)), "--2"),
        (Node("-", (x0, number(-2))), "x_0 - -2"),
        (Node("^", (x0, number(-2))), "x_0^-2"),
        (Node("^", (Node("^", (x0, x1)), x2)), "(x_0^x_1)^x_2"),
        (Node("^", (x0, Node("^", (x1, x2)))), "x_0^x_1^x_2"),
        (Node("neg", (Node("*", (x0, x1)),)), "-(x_0*x_1)"),
        (Node("*", (Node("neg", (x0,)), x1)), "-x_0*x_1"),
        (Node("*", (number(-0.5), x1)), "-0.5*x_1"),
    ],
)
def test_cases_that_break_other_printers(tree, text):
    assert to_infix(tree) == text
    assert read_infix(text) == system(tree)
