"""`three-address`: a statement for each operation, over arithmetic and over an alphabet of one's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.errors import EncodeError
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, system, variable
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.codecs.no_numbers import NoNumbers
from kappabar.tokenizers.notations.definitions import MAX_NODES
from kappabar.tokenizers.notations.statements import MAX_STATEMENTS, ThreeAddress

THREE = ThreeAddress(Digits(3), 3)
OWN = operators(Operator("f", 1), Operator("g", 2), Operator("h", 3), Operator("c", 0), Operator("d", 0))


def bare(text: str) -> Node:
    found = read_infix(text)
    assert isinstance(found, Node)
    return found


def words(text: str) -> str:
    return " ".join(t.text for t in THREE.tokenize(bare(text)))


def read(text: str) -> Node | Invalid:
    ids = THREE.vocabulary.ids
    return THREE.decode([ids[word] for word in text.split()])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x_0", "x_0"),
        ("x_0 + x_1 | x_1", "+ x_0 x_1 | x_1"),
        ("sin(x_0 * x_1) + x_0 * x_1 | x_0", "t0 * x_0 x_1 t1 sin t0 + t1 t0 | x_0"),
        ("sin(x_0) | cos(sin(x_0)) | sin(x_0)", "t0 sin x_0 sin x_0 | cos t0 | sin x_0"),
    ],
)
def test_statements_worked_by_hand(text: str, written: str) -> None:
    assert words(text) == written and read(written) == bare(text)


def test_what_is_read_beyond_what_is_written() -> None:
    """Statements may go unused, be leaves, or be said twice; names come in order and stand for earlier ones."""
    assert read("t0 sin x_0 x_0") == system(variable(0))
    assert read("t0 x_0 + t0 t0") == bare("x_0 + x_0")
    for wrong, where in (("t1 sin x_0 x_0", 0), ("t0 sin t0 x_0", 2), ("+ sin x_0 x_0", 1), ("t0 sin x_0", 3), ("t0", 1)):
        found = read(wrong)
        assert isinstance(found, Invalid) and found.position == where, wrong


@st.composite
def trees(draw: st.DrawFn, most: int = 4) -> Node:
    row = draw(st.sampled_from([row for row in OWN.rows if most or not row.arity]))
    return Node(row.symbol, tuple(draw(trees(most - 1)) for _ in range(row.arity)))


@given(trees())
@settings(deadline=None)
def test_each_operation_is_a_statement_over_leaves_and_names(tree: Node) -> None:
    tok = ThreeAddress(NoNumbers(), 0, False, OWN)
    ids = tok.encode(system(tree))
    assert tok.decode(ids) == system(tree)
    inner = {node for path, node in tree.walk() if path and node.children}
    if len(inner) > MAX_STATEMENTS:
        return
    tokens = [t.text for t in tok.tokenize(system(tree))]
    known: list[str] = []
    while tokens:
        name = tokens.pop(0) if tokens[0] == f"t{len(known)}" else ""
        symbol, arity = tokens[0], OWN.by_symbol[tokens.pop(0)].arity
        below = [tokens.pop(0) for _ in range(arity)]
        assert all(one in known or OWN.arity(one) == 0 for one in below), symbol
        assert bool(name) == bool(tokens), "the last has no name"
        known.append(name)
    assert len(known) == len(inner) + 1


def test_behind_the_last_name_operations_stand_within_each_other() -> None:
    tree = variable(0)
    for _ in range(MAX_STATEMENTS + 3):
        tree = Node("sin", (tree,))
    found = [t.text for t in THREE.tokenize(system(tree))]
    assert found[-7:] == ["t15", "sin", "t14", "sin", "sin", "sin", "t15"]
    assert THREE.decode(THREE.encode(system(tree))) == system(tree)


def test_systems_are_no_larger_than_the_limit() -> None:
    tree = variable(0)
    for _ in range(13):
        tree = Node("+", (tree, tree))
    with pytest.raises(EncodeError, match=f"at most {MAX_NODES:,}"):
        THREE.encode(system(tree))
    doubling = " ".join(f"t{k} + t{k - 1} t{k - 1}" for k in range(1, 13))
    found = read(f"t0 + x_0 x_0 {doubling} + t12 t12")
    assert isinstance(found, Invalid) and "more than 10,000 nodes" in found.reason


def test_what_is_decoded_at_random_is_written_and_read_again() -> None:
    rng = np.random.default_rng(0)
    size, decoded = len(THREE.vocabulary), 0
    for _ in range(20_000):
        found = THREE.decode(rng.integers(0, size, int(rng.integers(1, 6))).tolist())
        if isinstance(found, Node):
            decoded += 1
            assert THREE.decode(THREE.encode(found)) == found
    assert decoded > 20
