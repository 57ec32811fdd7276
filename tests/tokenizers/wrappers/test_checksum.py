"""The error-detecting control: every single edit is noticed, and with a small modulus exactly the stated ones are not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Invalid, Tokenizer
from kappabar.tokenizers.catalog import parse_spec
from kappabar.tokenizers.wrappers.checksum import Checksum

DIM = 2
TEXTS = ("x_0", "10*(x_1-x_0)|x_0*(28-x_1)", "sin(0.5*x_0)^2|x_0/x_1")
SPECS = ("prefix | bins:9", "infix | chars", "prefix | digits:2", "tree | gray:9")


@cache
def base(spec: str) -> Tokenizer:
    return parse_spec(spec.split("|")).build(DIM, True)


def tree_of(text: str) -> Node:
    tree = read_infix(text)
    assert isinstance(tree, Node)
    return tree


def edits(ids: list[int], size: int) -> Iterator[tuple[list[int], int | None, int | None]]:
    """Every sequence one edit away, with the id taken out and the one put in."""
    for at in range(len(ids) + 1):
        for token in range(size):
            yield [*ids[:at], token, *ids[at:]], None, token
        if at < len(ids):
            yield [*ids[:at], *ids[at + 1 :]], ids[at], None
            for token in range(size):
                if token != ids[at]:
                    yield [*ids[:at], token, *ids[at + 1 :]], ids[at], token


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("text", TEXTS)
def test_every_single_edit_is_detected(spec: str, text: str) -> None:
    tokenizer = Checksum(base(spec))
    ids = tokenizer.encode(tree_of(text))
    assert isinstance(tokenizer.decode(ids), Node)
    for edited, _, _ in edits(ids, len(tokenizer.vocabulary)):
        found = tokenizer.decode(edited)
        assert isinstance(found, Invalid), edited
        assert 0 <= found.position <= len(edited)
        assert "check token" in found.reason or found.reason == "the sequence is empty"


@pytest.mark.parametrize("modulus", [1, 2, 7, 23])
def test_with_a_small_modulus_exactly_the_stated_edits_are_missed(modulus: int) -> None:
    tokenizer = Checksum(base("prefix | bins:9"), modulus)
    size = len(tokenizer.base.vocabulary)
    ids = tokenizer.encode(tree_of(TEXTS[1]))
    missed = 0
    for edited, out, put in edits(ids, len(tokenizer.vocabulary)):
        found = tokenizer.decode(edited)
        content = all(token < size for token in edited[:-1]) and edited[-1] == ids[-1] and (out is None or out < size)
        change = (0 if put is None else put + 1) - (0 if out is None else out + 1)
        unnoticed = content and change % modulus == 0
        noticed = isinstance(found, Invalid) and "check token" in found.reason
        assert unnoticed != noticed
        if unnoticed:
            missed += 1
            assert found == tokenizer.base.decode(edited[:-1])
    assert missed


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("modulus", [0, 5])
@given(tree=trees(max_dim=DIM, max_leaves=5))
@settings(max_examples=10)
def test_a_tree_comes_back_as_from_the_base(spec: str, modulus: int, tree: Node) -> None:
    tokenizer = Checksum(base(spec), modulus)
    ids = tokenizer.encode(tree)
    assert tokenizer.decode(ids) == tokenizer.base.decode(tokenizer.base.encode(tree))
    assert [tokenizer.vocabulary.ids[t.text] for t in tokenizer.tokenize(tree)] == ids


@given(st.sampled_from(SPECS), st.data())
def test_decoding_is_total(spec: str, data: st.DataObject) -> None:
    tokenizer = Checksum(base(spec), data.draw(st.sampled_from((0, 1, 3))))
    ids = data.draw(st.lists(st.integers(-1, len(tokenizer.vocabulary)), max_size=8))
    found = tokenizer.decode(ids)
    assert isinstance(found, Node) or 0 <= found.position <= len(ids)


def test_reasons_and_positions() -> None:
    tokenizer = Checksum(base("prefix | bins:9"))
    size = len(tokenizer.base.vocabulary)
    x = tokenizer.base.vocabulary.ids["x_0"]
    assert tokenizer.encode(tree_of("x_0")) == [x, size + x + 1]
    assert tokenizer.decode([]) == Invalid("the sequence is empty", 0)
    assert tokenizer.decode([x]) == Invalid("the sequence ends where a check token must follow", 1)
    assert tokenizer.decode([x, size + x + 1, x]) == Invalid("the check token is not the last one", 2)
    assert tokenizer.decode([x, size]) == Invalid(f"the check token is CK0, but the others add up to CK{x + 1}", 1)
    empty = tokenizer.decode([size])
    assert isinstance(empty, Invalid)  # a right sum over nothing


def test_stacks_and_specs() -> None:
    tokenizer = parse_spec(["prefix ", " digits:3 ", " bpe:120 ", " checksum"]).build(DIM, True, [tree_of(t) for t in TEXTS])
    assert isinstance(tokenizer, Checksum)
    assert parse_spec(["prefix", "checksum"]).parts == ("prefix", "digits:3", "checksum:0")
    ids = tokenizer.encode(tree_of(TEXTS[1]))
    assert tokenizer.decode(ids) == tree_of(TEXTS[1])
    with pytest.raises(SpecError, match="only one checksum"):
        Checksum(tokenizer)
    with pytest.raises(SpecError, match="at least 1"):
        Checksum(base(SPECS[0]), -1)
