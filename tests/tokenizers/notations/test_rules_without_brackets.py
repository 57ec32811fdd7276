"""`rules` has parentheses where an operand may need them, and no production that writes nothing."""

from __future__ import annotations

import pytest

from kappabar.evaluate.edits.token import TokenNeighbors
from kappabar.grammars.operators import Operator, Operators, operators
from kappabar.grammars.tree import Node, system, variable
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid

CALLS = operators(Operator("f", 2), Operator("g", 1), Operator("h", 3), Operator("c", 0))
PREFIX = operators(Operator("f", 2), Operator("not", 1, "prefix", 1), Operator("c", 0))
POSTFIX = operators(Operator("f", 2), Operator("'", 1, "postfix", 1))
BOTH = operators(Operator("f", 2), Operator("not", 1, "prefix", 1), Operator("'", 1, "postfix", 2))
LEFT = operators(Operator("or", 2, "infix", 1))
RIGHT = operators(Operator("imp", 2, "infix-right", 1))


def trees(alphabet: Operators) -> list[Node]:
    """Leaves, every operator over leaves, and every operator in every place of every operator."""
    x, rows = variable(0), [row for row in alphabet.rows if row.arity]
    flat = [Node(row.symbol, (x, variable(1), x)[: row.arity]) for row in rows]
    nested = [
        Node(row.symbol, tuple(inner if i == place else x for i in range(row.arity)))
        for row in rows
        for place in range(row.arity)
        for inner in flat
    ]
    return [system(tree) for tree in (x, variable(1), *flat, *nested)]


@pytest.mark.parametrize(
    ("alphabet", "brackets"), [(CALLS, False), (PREFIX, False), (POSTFIX, False), (BOTH, True), (LEFT, True), (RIGHT, True)]
)
def test_parentheses_are_there_where_some_tree_needs_them_and_no_edit_is_without_effect(
    alphabet: Operators, brackets: bool
) -> None:
    rules = representation("rules", "own", [system(variable(1))], (), False, alphabet)
    used, valid, same = set(), 0, 0
    for tree in trees(alphabet):
        ids = rules.encode(tree)
        assert rules.decode(ids) == tree
        used |= {t.text for t in rules.tokenize(tree)}
        neighbors = TokenNeighbors(tuple(ids), len(rules.vocabulary))
        for rank in range(len(neighbors)):
            found = rules.decode(neighbors.apply(*neighbors.at(rank)))
            valid += not isinstance(found, Invalid)
            same += found == tree
    assert any("→(" in text for text in rules.vocabulary.tokens) == any("→(" in text for text in used) == brackets
    assert valid > 9 and same == 0
