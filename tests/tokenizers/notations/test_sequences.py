"""Sequences of symbols: written, read, cut into runs, decoded in bulk and under constraint; all against brute force."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.edits.base import Edit
from kappabar.evaluate.edits.tree import TreeEdits
from kappabar.evaluate.kappa.writing import base_tokens
from kappabar.grammars.draw.strategies import own_trees
from kappabar.grammars.errors import EncodeError, ParseError, SpecError
from kappabar.grammars.operators import BUILT_IN, MAX_SEQUENCE, Operator, Operators, operators, sequences
from kappabar.grammars.print.infix import as_written, to_infix
from kappabar.grammars.text.sequence import SequenceReader
from kappabar.grammars.tree import Node, number, system, variable
from kappabar.representations.representation import Representation, canonical, representation
from kappabar.representations.saved import alphabet_of, load, saved, whole
from kappabar.tokenizers.base import Invalid, TokenClass
from kappabar.tokenizers.catalog import notations
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.languages.masked_rows import END, MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.machines.decode import bulk_decoder, general
from kappabar.tokenizers.notations.symbols import Symbols

LONGEST = 5
BASES = sequences("A", "C", "G", longest=LONGEST)
WORDS = sequences("up", "down", "u", longest=9)
SPECS = ("symbols", "symbols | kmers:2", "symbols | kmers:3", "symbols | bpe:8", "symbols | unigram:8", "symbols | patches:8,2",
         "symbols | checksum:5", "symbols | repeat:3")  # fmt: skip
ONE = Shape(1, 0)


def row(*symbols: str) -> Node:
    return system(*map(Node, symbols))


EVERY = [row(*letters) for n in range(1, LONGEST + 1) for letters in product("ACG", repeat=n)]


def made(spec: str) -> Representation:
    return representation(spec, "own", EVERY, (), False, BASES)


@pytest.mark.parametrize("spec", SPECS)
def test_every_sequence_comes_back_and_no_two_are_written_alike(spec: str) -> None:
    it = made(spec)
    codes = [it.encode(tree) for tree in EVERY]
    assert len(set(map(tuple, codes))) == len(EVERY)
    for tree, ids in zip(EVERY, codes, strict=True):
        assert it.decode(ids) == tree
        assert [t.text for t in it.tokenize(tree)] == [it.vocabulary.tokens[i] for i in ids]


@pytest.mark.parametrize("spec", [s for s in SPECS if "checksum" not in s and "repeat" not in s])
def test_all_sequences_of_tokens_by_brute_force(spec: str) -> None:
    """Tokens are runs of symbols: what they spell is the sequence, wherever it was cut; longer ones say where it was too long."""
    it = made(spec)
    runs = [text.replace("·", "") for text in it.vocabulary.tokens]
    for n in range(1, 4):
        for ids in product(range(len(runs)), repeat=n):
            spelled = "".join(runs[i] for i in ids)
            found = it.decode(list(ids))
            if len(spelled) <= LONGEST:
                assert found == row(*spelled)
            else:
                assert isinstance(found, Invalid) and found.reason == f"more than {LONGEST} symbols"
                assert len("".join(runs[i] for i in ids[: found.position])) <= LONGEST
                assert len("".join(runs[i] for i in ids[: found.position + 1])) > LONGEST


def test_kmers_are_all_runs_cut_from_the_left() -> None:
    it = made("symbols | kmers:2")
    assert set(it.vocabulary.tokens) == {*"ACG", *map("".join, product("ACG", repeat=2))}
    assert [t.text for t in it.tokenize(row(*"ACGGA"))] == ["AC", "GG", "A"]


@pytest.mark.parametrize("spec", SPECS)
def test_every_token_says_which_symbols_it_writes(spec: str) -> None:
    tree = row(*"ACGGA")
    places = [[t.path for t in parts] for parts in base_tokens(made(spec).tokenizer, tree)]
    assert {path for own in places for path in own if path} == {(i,) for i in range(5)}
    assert all(own == sorted(own) for own in places)


@given(data=st.data())
def test_the_compiled_machine_reads_it_as_the_plain_way_does(data: st.DataObject) -> None:
    it = made(data.draw(st.sampled_from(SPECS[:6])))
    decoder, size = bulk_decoder(it.tokenizer), len(it.vocabulary)
    assert decoder is not None
    ids = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=LONGEST + 1))
    a = data.draw(st.integers(0, len(ids)))
    b, token = data.draw(st.integers(a, min(a + 1, len(ids)))), data.draw(st.integers(-1, size - 1))
    found = decoder.decode(ids, np.array([0, a], np.int32), np.array([0, b], np.int32), np.array([-1, token], np.int32))
    for k, edited in enumerate((ids, [*ids[:a], *([token] if token >= 0 else []), *ids[b:]])):
        plain = it.decode(edited)
        if isinstance(plain, Invalid):
            assert found.reasons[found.reason[k]] == general(plain.reason)
        else:
            assert found.trees.tree(int(found.tree[k])) == plain
            assert found.trees.equations[int(found.tree[k])] == len(plain.children)


@pytest.mark.parametrize("spec", ["symbols", "symbols | kmers:2", "symbols | bpe:8"])
def test_what_is_allowed_is_exactly_what_decodes(spec: str) -> None:
    it = made(spec)
    masks, size = Masks(compiled(language(it.tokenizer, [ONE])), 1), len(it.vocabulary)

    def visit(ids: list[int]) -> int:
        walk = MaskedRows(masks, [ONE], 40)
        for i in ids:
            walk.take(np.array([i]))
        allowed = walk.allowed()[0]
        assert bool(allowed[END + 1]) == (not isinstance(it.decode(ids), Invalid))
        after = [i for i in range(size) if allowed[i + 1]]
        assert after == [i for i in range(size) if not isinstance(it.decode([*ids, i]), Invalid)]
        return 1 + sum(visit([*ids, i]) for i in after[:: 1 if len(ids) < 2 else 3])

    assert visit([]) > 30


@given(own_trees(BASES, False, 0, LONGEST))
def test_tree_edits_are_all_sequences_one_symbol_away(tree: Node) -> None:
    text = "".join(leaf.symbol for leaf in tree.children)
    near: set[str] = set()
    for i in range(len(text) + 1):
        near |= {text[:i] + c + text[i:] for c in "ACG"}
        if i < len(text):
            near |= {text[:i] + text[i + 1 :]} | {text[:i] + c + text[i + 1 :] for c in "ACG"}
    near -= {text, ""} | {t for t in near if len(t) > LONGEST}
    found = TreeEdits().neighborhood(made("symbols"), tree, None, np.random.default_rng(0))
    edits = [e.result for e in found.edits if isinstance(e, Edit)]
    written = ["".join(leaf.symbol for leaf in e.children) for e in edits if isinstance(e, Node)]
    assert found.size == len(written) and sorted(written) == sorted(near)
    assert all(0 <= e.position < len(text) for e in found.edits)


def test_texts_are_read_symbol_by_symbol_and_written_back() -> None:
    read = SequenceReader("own", WORDS, aliases=(("UP", "up"),))
    found = read(" up u downUP")
    assert found.tree == row("up", "u", "down", "up") and found.names == () and found.domain == "own"
    assert [leaf.span for leaf in found.tree.children] == [(1, 3), (4, 5), (6, 10), (10, 12)]
    assert as_written(found.tree, (), WORDS) == to_infix(found.tree, None, WORDS) == "up u down up"
    assert as_written(row(*"ACG"), None, BASES) == to_infix(row(*"ACG"), None, BASES) == "ACG"


@pytest.mark.parametrize(
    ("text", "line", "column"), [("", 1, 1), (" ", 1, 1), ("up left", 1, 4), ("up\n u x", 2, 4), ("u" * 10, 1, 10)]
)
def test_texts_that_are_none_say_where(text: str, line: int, column: int) -> None:
    with pytest.raises(ParseError) as caught:
        SequenceReader("own", WORDS)(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_sequence_is_as_long_as_the_alphabet_says_whatever_the_depth_of_trees() -> None:
    long = sequences("a", "b", longest=MAX_SEQUENCE)
    it = representation("symbols", "own", [row("a")], (), False, long)
    tree = row(*"ab" * (MAX_SEQUENCE // 2))
    assert it.decode(it.encode(tree)) == tree
    with pytest.raises(EncodeError, match="513 symbols"):
        it.encode(row(*"a" * (MAX_SEQUENCE + 1)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: sequences("a", longest=MAX_SEQUENCE + 1),
        lambda: sequences("a", longest=-1),
        lambda: sequences("a", "a"),
        lambda: sequences(),
        lambda: operators(Operator("f", 1), Operator("a", 0), sequence=4),
        lambda: operators(Operator("a", 0), numbers=True, sequence=4),
        lambda: Operators((Operator("a", 0),), sequence=True),
    ],
)
def test_what_is_no_alphabet_of_sequences_is_one_line(make: Any) -> None:
    with pytest.raises(SpecError) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_trees_and_sequences_have_notations_of_their_own() -> None:
    assert notations(BASES) == ["symbols"] and "symbols" not in notations(BUILT_IN)
    for spec, alphabet in (("prefix", BASES), ("infix", BASES), ("symbols | digits:3", BASES), ("symbols", BUILT_IN)):
        with pytest.raises(SpecError):
            canonical(spec, alphabet)
    with pytest.raises(SpecError):
        Symbols(made("symbols").tokenizer.codec, 0, False, operators(Operator("and", 2)))  # type: ignore[attr-defined]
    for tree in (system(variable(0)), system(number(1.0)), row("T"), Node("A")):
        with pytest.raises(EncodeError):
            made("symbols").encode(tree)


@pytest.mark.parametrize("spec", SPECS)
def test_what_was_saved_comes_back_with_its_alphabet(spec: str) -> None:
    it = made(spec)
    document = json.loads(json.dumps(saved(it), allow_nan=False))
    assert load(document, it.spec, Path("t.json"), BASES) == it
    assert alphabet_of(json.loads(json.dumps(whole(it)))) == BASES


def test_symbols_are_operators_in_every_count() -> None:
    assert set(made("symbols | kmers:2").vocabulary.classes) == {TokenClass.OPERATOR}
