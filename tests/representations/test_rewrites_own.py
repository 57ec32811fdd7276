"""Rewrites and notations that go by what an alphabet says of its operators."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import own_trees
from kappabar.grammars.errors import SpecError
from kappabar.grammars.operators import BUILT_IN, Operator, Operators, operators
from kappabar.grammars.tree import MAX_DEPTH, Node, system, variable
from kappabar.representations.representation import canonical, representation
from kappabar.representations.rewrites.flatten import Flatten
from kappabar.representations.rewrites.sort import Sort

# Concatenation is associative alone; the mean is commutative alone.
WORDS = operators(
    Operator("or", 2, "infix", 1, commutative=True, associative=True),
    Operator("++", 2, "infix", 2, associative=True),
    Operator("mean", 2, commutative=True),
    Operator("not", 1, "prefix", 3),
)


def meaning(node: Node, row: tuple[int, ...]) -> object:
    """Under an assignment: `++` joins tuples, `or` takes their union as a set, `mean` is an unordered pair."""
    if node.is_variable:
        return (row[node.index],)
    parts = [meaning(child, row) for child in node.children]
    if node.symbol == "++":
        return ("join", *(p for part in parts for p in (part[1:] if isinstance(part, tuple) and part[0] == "join" else (part,))))
    if node.symbol == "or":
        return (
            "or",
            frozenset(p for part in parts for p in (part[1] if isinstance(part, tuple) and part[0] == "or" else (part,))),
        )
    return (node.symbol, frozenset(parts))


def rows() -> Iterator[tuple[int, ...]]:
    return product((0, 1), repeat=3)


@pytest.mark.parametrize("rewrite", [Sort(operators=WORDS), Flatten(operators=WORDS)], ids=["sort", "flatten"])
@given(tree=own_trees(WORDS, False, 3, 10))
def test_meaning_stays_and_twice_is_once(rewrite: Sort | Flatten, tree: Node) -> None:
    done = rewrite.apply(tree)
    assert rewrite.apply(done) == done
    assert all(meaning(done.children[0], row) == meaning(tree.children[0], row) for row in rows())


@given(tree=own_trees(WORDS, False, 3, 10), data=st.data())
def test_sorting_forgets_what_may_change_places_and_nothing_else(tree: Node, data: st.DataObject) -> None:
    def shuffled(node: Node) -> Node:
        swap = node.symbol in ("or", "mean") and data.draw(st.booleans())
        return Node(node.symbol, node.children[::-1]) if swap else node

    assert Sort(operators=WORDS).apply(tree.map(shuffled)) == Sort(operators=WORDS).apply(tree)
    grouped = system(Node("mean", (variable(0), Node("mean", (variable(1), variable(2))))))
    assert Sort(operators=WORDS).apply(grouped) == grouped, "commutative alone: no regrouping"
    swapped = system(Node("++", (variable(1), variable(0))))
    assert Sort(operators=WORDS).apply(swapped) == swapped


@given(tree=own_trees(WORDS, False, 3, 10))
def test_flattened_chains_lean_to_the_left(tree: Node) -> None:
    for _, node in Flatten(operators=WORDS).apply(tree).walk():
        if node.symbol in ("or", "++"):
            assert node.children[1].symbol != node.symbol
    spec = representation("flatten | nary", "own", [tree], (), False, WORDS)
    assert spec.decode(spec.encode(tree)) == Flatten(operators=WORDS).apply(tree)


def test_a_chain_that_would_be_too_deep_stays() -> None:
    half = variable(0)
    for _ in range(MAX_DEPTH // 2):
        half = Node("or", (variable(1), half))
    deep = system(Node("or", (half, half)))
    assert Flatten(operators=WORDS).apply(deep).depth <= MAX_DEPTH


def test_an_alphabet_that_says_nothing_is_told_what_to_add() -> None:
    plain = operators(Operator("and", 2, "infix", 1))
    for spec, word in (("sort | prefix", "commutative"), ("flatten | prefix", "associative"), ("nary", "associative")):
        with pytest.raises(SpecError, match=f"`{word}=True`") as caught:
            canonical(spec, plain)
        assert "\n" not in str(caught.value)
    with pytest.raises(SpecError, match="built-in operators alone"):
        canonical("expand | prefix", WORDS)


def test_only_operators_of_two_operands_are_commutative() -> None:
    with pytest.raises(SpecError, match="only an operator of two"):
        operators(Operator("not", 1, "prefix", 1, commutative=True))


def test_arithmetic_is_the_built_in_one_whatever_it_says() -> None:
    rows = tuple(Operator(r.symbol, r.arity, r.fixity, r.precedence) for r in BUILT_IN.rows)
    assert Operators(rows, numbers=True).built_in
    assert BUILT_IN.chained == BUILT_IN.sorted == ("+", "*")
