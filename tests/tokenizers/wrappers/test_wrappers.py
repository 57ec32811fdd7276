"""Subword merges and the error-correcting control, over symbols and over characters."""

from __future__ import annotations

import os
import pickle
import random
import subprocess
import sys
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Invalid, TokenClass, Tokenizer
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits, Floats
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.infix import Infix
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.notations.rules import Rules
from kappabar.tokenizers.wrappers.repeat import Repeat
from kappabar.tokenizers.wrappers.subword import KINDS, Subword

DIM = 3
BASES: dict[str, Tokenizer] = {
    "prefix": Prefix(Digits(3), DIM),
    "chars": InfixCharacters(DIM),
    "infix": Infix(Bins(8), DIM),
    "rules": Rules(Floats(2, 1), DIM),
}


@cache
def corpus() -> tuple[Node, ...]:
    rng = random.Random(5)
    shapes = ("{a}*(x_1-x_0)|x_0*({b}-x_1)", "sin({a}*x_0)-{b}*x_0^2", "x_1|-{a}*sin(x_0)-{b}*x_1", "{a}*x_0*(1-x_0/{b})")
    texts = [rng.choice(shapes).format(a=round(rng.uniform(0, 30), 1), b=round(rng.uniform(0, 3), 2)) for _ in range(120)]
    found = [read_infix(t) for t in texts]
    return tuple(t for t in found if isinstance(t, Node))


@cache
def subword(base: str, kind: str) -> Subword:
    return Subword.train(BASES[base], corpus(), kind, len(BASES[base].vocabulary) + 60)


SUBWORDS = [(b, k) for b in BASES for k in KINDS]


@pytest.mark.parametrize(("base", "kind"), SUBWORDS)
@given(tree=trees(max_dim=DIM))
@settings(max_examples=15)
def test_merging_loses_nothing_even_on_trees_unlike_the_corpus(base: str, kind: str, tree: Node) -> None:
    tok, plain = subword(base, kind), BASES[base]
    ids = tok.encode(tree)
    assert [p for i in ids for p in tok.parts[i]] == plain.encode(tree)
    assert tok.decode(ids) == plain.decode(plain.encode(tree))
    assert [tok.vocabulary.ids[t.text] for t in tok.tokenize(tree)] == ids


@pytest.mark.parametrize(("base", "kind"), SUBWORDS)
def test_many_at_once_are_encoded_as_one_by_one(base: str, kind: str) -> None:
    tok = subword(base, kind)
    assert tok.encode_many(corpus()) == [tok.encode(t) for t in corpus()]
    plain = [tok.base.encode(t) for t in corpus()]
    assert tok.merge_many(plain) == [tok.merge(ids) for ids in plain]
    assert tok.merge_many([]) == []
    assert tok.merge_many([[], plain[0]]) == [[], tok.merge(plain[0])]


@pytest.mark.parametrize(("base", "kind"), SUBWORDS)
def test_a_corpus_gets_shorter_and_gives_one_vocabulary(base: str, kind: str) -> None:
    tok, plain = subword(base, kind), BASES[base]
    size = len(plain.vocabulary)
    assert size < len(tok.vocabulary) <= tok.size
    assert tok.vocabulary.tokens[:size] == plain.vocabulary.tokens
    assert sum(len(tok.encode(t)) for t in corpus()) < 0.7 * sum(len(plain.encode(t)) for t in corpus())
    again = Subword.train(plain, corpus(), kind, tok.size)
    assert again.model == tok.model
    assert again.vocabulary == tok.vocabulary


@pytest.mark.parametrize(("base", "kind"), SUBWORDS)
def test_saving_and_loading_gives_the_same_tokenizer(base: str, kind: str) -> None:
    tok = subword(base, kind)
    loaded = Subword.from_json(BASES[base], tok.to_json())
    assert loaded.vocabulary == tok.vocabulary
    assert loaded.size == tok.size
    assert [loaded.encode(t) for t in corpus()] == [tok.encode(t) for t in corpus()]
    assert pickle.loads(pickle.dumps(tok)).encode(corpus()[0]) == tok.encode(corpus()[0])  # worker processes
    other = Prefix(Digits(4), DIM + 1)
    with pytest.raises(SpecError, match="other base tokens"):
        Subword.from_json(other, tok.to_json())


@pytest.mark.parametrize(("base", "kind"), SUBWORDS)
@given(data=st.data())
@settings(max_examples=30)
def test_invalid_positions_are_those_of_the_merged_token(base: str, kind: str, data: st.DataObject) -> None:
    tok = subword(base, kind)
    ids = data.draw(st.lists(st.integers(0, len(tok.vocabulary) - 1), max_size=12))
    found, plain = tok.decode(ids), BASES[base].decode([p for i in ids for p in tok.parts[i]])
    if isinstance(plain, Node):
        assert found == plain
        return
    assert isinstance(found, Invalid)
    assert found.reason == plain.reason
    before = sum(len(tok.parts[i]) for i in ids[: found.position])
    assert before <= plain.position
    assert found.position == len(ids) or plain.position < before + len(tok.parts[ids[found.position]])


@pytest.mark.parametrize("base", ["chars", "prefix"])
def test_classes_and_nodes_of_merged_tokens(base: str) -> None:
    tok = subword(base, "bpe")
    join = "" if base == "chars" else "·"
    for tree in corpus()[:20]:
        pieces = iter(BASES[base].tokenize(tree))
        for token in tok.tokenize(tree):
            parts = [next(pieces) for _ in tok.parts[tok.vocabulary.ids[token.text]]]
            assert token.text == join.join(p.text for p in parts)
            kinds = {p.kind for p in parts}
            assert token.kind == (kinds.pop() if len(kinds) == 1 else TokenClass.MIXED)
            depth = len(token.path)
            assert all(p.path[:depth] == token.path for p in parts)
            # No smaller subtree holds all of them.
            assert len({p.path[: depth + 1] for p in parts}) > 1 or parts[0].path == token.path


def test_three_merges_worked_by_hand() -> None:
    """x_0 seven times, -2* before three of them: the most frequent pair is merged first."""
    base = InfixCharacters(1)
    trees_ = [read_infix(t) for t in ("x_0*x_0", "-2*x_0+x_0", "-2*x_0", "-2*x_0/x_0")]
    tok = Subword.train(base, [t for t in trees_ if isinstance(t, Node)], "bpe", len(base.vocabulary) + 4)
    merged = tok.vocabulary.tokens[len(base.vocabulary) :]
    assert set(merged[:2]) in ({"x_", "x_0"}, {"_0", "x_0"})
    assert "*x_0" in merged


def test_a_corpus_without_runs_leaves_the_base_as_it_is() -> None:
    for kind in KINDS:
        tok = Subword.train(BASES["chars"], [], kind, 200)
        assert tok.vocabulary.tokens == BASES["chars"].vocabulary.tokens
        assert tok.decode(tok.encode(corpus()[0])) == corpus()[0]


def test_sizes_and_kinds_that_cannot_be_are_refused() -> None:
    with pytest.raises(SpecError, match="no room for merges"):
        Subword.train(BASES["chars"], corpus(), "bpe", 10)
    with pytest.raises(SpecError, match="there are bpe, unigram"):
        Subword.train(BASES["chars"], corpus(), "wordpiece", 100)
    for times in (0, 1, 2, 4):
        with pytest.raises(SpecError, match="odd number"):
            Repeat(BASES["chars"], times)


LEARN = """
import sys
from kappabar.grammars.files.bank import bank
from kappabar.tokenizers.catalog import parse_spec
corpus = [s.tree for s in bank("ode") if s.dim <= 3]
for wrapper in ("bpe:300", "unigram:300", "patches:300,2", "macros:40"):
    tokenizer = parse_spec(["prefix", "digits:3", wrapper]).build(3, True, corpus)
    sys.stdout.write(tokenizer.to_json() + repr([tokenizer.encode(t) for t in corpus]))
"""


def test_learned_vocabularies_do_not_depend_on_the_process() -> None:
    """Sets and hash tables are ordered by a seed that each process draws anew."""
    runs = [
        subprocess.run([sys.executable, "-c", LEARN], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True)
        for seed in ("1", "2")
    ]
    assert runs[0].stdout
    assert runs[0].stdout == runs[1].stdout


REPEATED: dict[str, Repeat] = {
    "prefix": Repeat(BASES["prefix"]),
    "five": Repeat(BASES["infix"], 5),
    "chars": Repeat(BASES["chars"]),
}


@pytest.mark.parametrize("name", REPEATED)
@given(tree=trees(max_dim=DIM, max_leaves=4))
@settings(max_examples=8)
def test_every_single_edit_of_the_control_decodes_to_the_original(name: str, tree: Node) -> None:
    tok = REPEATED[name]
    ids = tok.encode(tree)
    expected = tok.decode(ids)
    assert expected == tok.base.decode(tok.base.encode(tree))
    tokens = sorted({*ids, 0, len(tok.vocabulary) - 1})
    for at in range(len(ids) + 1):
        for token in tokens:
            assert tok.decode([*ids[:at], token, *ids[at:]]) == expected
            if at < len(ids):
                assert tok.decode([*ids[:at], token, *ids[at + 1 :]]) == expected
        if at < len(ids):
            assert tok.decode([*ids[:at], *ids[at + 1 :]]) == expected


@pytest.mark.parametrize("name", REPEATED)
@given(base_ids=st.lists(st.integers(0, 3), min_size=1, max_size=6), data=st.data())
@settings(max_examples=100)
def test_correction_finds_any_message_after_any_edit(name: str, base_ids: list[int], data: st.DataObject) -> None:
    """Runs of equal tokens are where the place of an edit cannot be known; the message still can."""
    tok = REPEATED[name]
    sent = [i for i in base_ids for _ in range(tok.times)]
    at, token = data.draw(st.integers(0, len(sent) - 1)), data.draw(st.integers(0, 4))
    expected = tok.base.decode(base_ids)
    substituted = [*sent[:at], token, *sent[at + 1 :]]
    for received in (substituted, [*sent[:at], token, *sent[at:]], [*sent, token], [*sent[:at], *sent[at + 1 :]]):
        found = tok.decode(received)
        if isinstance(expected, Node):
            assert found == expected
        else:
            assert isinstance(found, Invalid)
            assert found.reason == expected.reason


@pytest.mark.parametrize("name", REPEATED)
@given(data=st.data())
def test_the_control_is_total(name: str, data: st.DataObject) -> None:
    tok = REPEATED[name]
    ids = data.draw(st.lists(st.integers(-1, len(tok.vocabulary)), max_size=12))
    found = tok.decode(ids)
    assert isinstance(found, Node) or 0 <= found.position <= len(ids)


def test_what_is_beyond_repair_says_where() -> None:
    tok = Repeat(BASES["chars"])
    ids = tok.vocabulary.ids
    found = tok.decode([ids[c] for c in "xxx__000012"])
    assert isinstance(found, Invalid)
    found = tok.decode([ids[c] for c in "xxx___012"])
    assert found == Invalid("no token has a majority in its group of 3", 6)
    five = Repeat(BASES["chars"], 5)
    assert five.received([ids[c] for c in "xxxxx_1_01"]) == Invalid("no token has a majority in its group of 5", 5)
    assert five.received([ids[c] for c in "xxxxx_1__1"]) == [ids["x"], ids["_"]], "three of five are one, two are none"


def test_wrappers_stack() -> None:
    tok = Repeat(subword("chars", "bpe"))
    for tree in corpus()[:10]:
        ids = tok.encode(tree)
        assert tok.decode(ids) == tree
        assert tok.decode(ids[1:]) == tree
