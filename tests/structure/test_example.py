"""The example of a third party's tokenizer keeps what every tokenizer promises, and joins by its name alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.parts.plugins import load_object
from kappabar.grammars.tree import MAX_DEPTH, Node, number
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid

ROOT = Path(__file__).parents[2]
NAME = "examples.reversed_tokenizer:Reversed"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        made: Any = load_object(NAME)
    return made(n_variables=3)


def _rounded(tree: Node) -> Node:
    """Numbers to three decimals within ±9999.999, by a way of its own."""
    return tree.map(lambda n: number(max(-9999.999, min(9999.999, round(n.value, 3)))) if n.value is not None else n)


@given(tree=trees(dim=3))
def test_decoding_is_the_inverse_up_to_the_declared_rounding(tokenizer: Any, tree: Node) -> None:
    if tree.depth <= MAX_DEPTH:
        assert tokenizer.decode(tokenizer.encode(tree)) == _rounded(tree)


@given(data=st.data())
def test_decoding_is_total_and_what_decodes_is_a_tree_of_its_own(tokenizer: Any, data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.integers(0, len(tokenizer.vocabulary) - 1), max_size=40))
    found = tokenizer.decode(ids)
    if isinstance(found, Invalid):
        assert 0 <= found.position <= len(ids)
    else:
        assert tokenizer.decode(tokenizer.encode(found)) == found


@given(tree=trees(dim=2))
def test_each_token_names_the_node_that_it_writes(tokenizer: Any, tree: Node) -> None:
    for token in tokenizer.tokenize(tree):
        node = tree.at(token.path)
        assert token.text == node.symbol or node.is_number


def test_the_example_joins_a_comparison_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    joined = representation(NAME)
    assert joined.spec == NAME
    assert len(joined.vocabulary) > 30
