"""Macro tokens: what they stand for, written in the fewest tokens, and read back whatever comes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.sampler import sampler
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import ARITY, Node
from kappabar.tokenizers.base import Invalid, TokenClass
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits, Floats
from kappabar.tokenizers.notations.infix import Infix
from kappabar.tokenizers.notations.postfix import Postfix
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.wrappers.macro_mining import HOLE
from kappabar.tokenizers.wrappers.macros import MAX_MACROS, Macros
from kappabar.tokenizers.wrappers.merged import LONGEST
from kappabar.tokenizers.wrappers.repeat import Repeat
from kappabar.tokenizers.wrappers.subword import Subword

DIM = 6
BASES = {"digits": Prefix(Digits(2), DIM), "bins": Prefix(Bins(8), DIM), "e2e": Prefix(Floats(2, 1), DIM)}


@cache
def corpus() -> tuple[Node, ...]:
    rng = np.random.default_rng(5)
    return tuple(sampler("ode").draw(rng).tree for _ in range(80)) + tuple(s.tree for s in bank("ode") if s.dim <= DIM)


@cache
def macros(base: str, size: int = 60) -> Macros:
    return Macros.train(BASES[base], corpus(), size)


def bare(text: str) -> Node:
    tree = read_infix(text)
    assert isinstance(tree, Node)
    return tree


def arity(base: Prefix, token: int) -> int:
    """From the text alone: -1 for `|`, -2 for what belongs to numbers."""
    text = base.vocabulary.tokens[token]
    if text in base.codec.tokens:
        return -2
    return -1 if text == "|" else ARITY.get(text, 1 if text[0] == "^" and len(text) > 1 else 0)


def operand(tok: Macros, ids: list[int], at: int) -> tuple[list[int], int]:
    """An expression that starts at `at`, written out, and where it ends: the definition of a macro, by recursion."""
    base = len(tok.base.vocabulary)
    if ids[at] < base and arity(tok.base, ids[at]) == -2:
        texts = [tok.vocabulary.tokens[i] for i in ids]
        read = tok.base.codec.read(texts, at)
        assert not isinstance(read, Invalid)
        return ids[at : read[1]], read[1]
    template = tok.parts[ids[at]] if ids[at] >= base else (ids[at], *[HOLE] * arity(tok.base, ids[at]))
    written: list[int] = []
    at += 1
    for token in template:
        if token == HOLE:
            part, at = operand(tok, ids, at)
            written.extend(part)
        else:
            written.append(token)
    return written, at


@pytest.mark.parametrize("base", BASES)
@given(tree=trees(max_dim=3))
@settings(max_examples=25)
def test_nothing_is_lost_even_on_trees_unlike_the_corpus(base: str, tree: Node) -> None:
    tok, plain = macros(base), BASES[base]
    ids = tok.encode(tree)
    assert tok.decode(ids) == plain.decode(plain.encode(tree))
    assert [tok.vocabulary.ids[t.text] for t in tok.tokenize(tree)] == ids
    written, at = [], 0
    while at < len(ids):
        part, at = operand(tok, ids, at)
        written.extend([*part, *ids[at : at + 1]])
        at += 1
    assert written == plain.encode(tree)


@st.composite
def expressions(draw: st.DrawFn, tok: Macros, depth: int = 3) -> list[int]:
    """Any expression that macros can write, also such as no tree is written."""
    heads = [i for i in range(len(tok.base.vocabulary)) if arity(tok.base, i) >= (0 if depth else 9)]
    leaves = [i for i in range(len(tok.base.vocabulary)) if arity(tok.base, i) == 0]
    known = [i for i in range(len(tok.base.vocabulary), len(tok.parts)) if depth or HOLE not in tok.parts[i]]
    number = [tok.base.vocabulary.ids[t] for t in tok.base.codec.write(draw(st.sampled_from((1.0, -2.5, 30.0))))]
    token = draw(st.sampled_from([*(heads or leaves), *known, -1]))
    if token < 0:
        return number
    holes = tok.parts[token].count(HOLE) if token in known else arity(tok.base, token)
    return [token, *(i for _ in range(holes) for i in draw(expressions(tok, depth - 1)))]


@pytest.mark.parametrize("base", BASES)
@given(data=st.data())
@settings(max_examples=60)
def test_decoding_puts_operands_into_the_holes(base: str, data: st.DataObject) -> None:
    tok = macros(base)
    ids = data.draw(expressions(tok))
    written, end = operand(tok, ids, 0)
    assert end == len(ids)
    expected, found = tok.base.decode(written), tok.decode(ids)
    if isinstance(expected, Node):
        assert found == expected
        assert len(tok.encode(expected)) <= len(ids)  # nothing writes it in fewer tokens than `encode`
    else:
        assert isinstance(found, Invalid)
        assert found.reason == expected.reason


@pytest.mark.parametrize("base", BASES)
@given(data=st.data())
@settings(max_examples=60)
def test_decoding_is_total_and_certain_where_it_says(base: str, data: st.DataObject) -> None:
    tok = macros(base)
    any_id = st.integers(0, len(tok.vocabulary) - 1)
    ids = tok.encode(data.draw(st.sampled_from(corpus()[:40])))
    at, cut = data.draw(st.integers(0, len(ids))), data.draw(st.integers(0, 2))
    ids = [*ids[:at], *data.draw(st.lists(any_id, max_size=3)), *ids[at + cut :]]
    found = tok.decode(ids)
    if isinstance(found, Invalid):
        assert 0 <= found.position <= len(ids)
        if found.position < len(ids):
            tail = data.draw(st.lists(any_id, max_size=6))
            assert isinstance(tok.decode([*ids[: found.position + 1], *tail]), Invalid)


@pytest.mark.parametrize("base", BASES)
@given(ids=st.lists(st.integers(-1, 3000), max_size=12))
def test_decoding_is_total_on_any_ids(base: str, ids: list[int]) -> None:
    found = macros(base).decode([i % (len(macros(base).vocabulary) + 1) if i >= 0 else i for i in ids])
    assert isinstance(found, Node) or 0 <= found.position <= len(ids)


def test_faults_are_told_with_the_token_that_has_them() -> None:
    base = Prefix(Digits(1), 2)
    plus, times, x0, x1 = (base.vocabulary.ids[t] for t in ("+", "*", "x_0", "x_1"))
    tok = Macros(base, 1, ((plus, HOLE, times, x0, HOLE),))
    macro, bar = len(base.vocabulary), base.vocabulary.ids["|"]
    assert tok.vocabulary.tokens[macro] == "+·?·*·x_0·?"
    assert tok.decode([macro, x0, x0]) == bare("x_0+x_0*x_0")
    assert tok.decode([macro, macro, x0, x0, x0]) == bare("(x_0+x_0*x_0)+x_0*x_0")
    assert tok.decode([x1, bar, macro, x0, x1]) == bare("x_1|x_0+x_0*x_1")
    for ids, position in (
        ([macro, x0], 2),
        ([macro, x0, bar], 2),
        ([macro, x0, x0, macro], 3),
        ([macro, bar, x0, x0], 1),
        ([], 0),
    ):
        found = tok.decode(ids)
        assert isinstance(found, Invalid)
        assert found.position == position
    sign, one = base.vocabulary.ids["N+"], base.vocabulary.ids["1"]
    assert tok.decode([macro, x0, sign, one, macro, x0, x0]) == Invalid("expected an exponent, found '+·?·*·x_0·?'", 4)
    assert tok.decode([plus, one, x0]) == Invalid("expected the sign of a number, found '1'", 1)
    deep = [macro, x0] * 250
    assert isinstance(tok.decode([*deep, x0]), Invalid)


def test_a_pattern_with_holes_worked_by_hand() -> None:
    """r*(1-r) with other r, sin and coefficients: what they share is a product with a difference from 1."""
    base = Prefix(Digits(2), 3)
    texts = ("2*(1-x_0)", "sin(x_0)*(1-x_0^2)", "x_0*(1-cos(x_0))", "exp(x_0)*(1-5*x_0)")
    tok = Macros.train(base, [bare(t) for t in texts], 9)
    # `- 1` saves four tokens in each of four places, 1 alone three; then the product before it saves one more.
    assert tok.vocabulary.tokens[len(base.vocabulary) :] == ("-·N+·1·0·E0·?", "*·?·-·N+·1·0·E0·?")
    tokens = tok.tokenize(bare("x_1*(1-x_0)|x_1"))
    assert [(t.text, t.kind, t.path) for t in tokens] == [
        ("*·?·-·N+·1·0·E0·?", TokenClass.MIXED, (0,)),
        ("x_1", TokenClass.VARIABLE, (0, 0)),
        ("x_0", TokenClass.VARIABLE, (0, 1, 1)),
        ("|", TokenClass.STRUCTURE, ()),
        ("x_1", TokenClass.VARIABLE, (1,)),
    ]


@pytest.mark.parametrize("base", BASES)
def test_macros_shorten_the_bank_and_hold_what_several_systems_share(base: str) -> None:
    tok, plain = macros(base), BASES[base]
    assert sum(len(tok.encode(t)) for t in corpus()) < 0.85 * sum(len(plain.encode(t)) for t in corpus())
    assert 0 < len(tok.templates) <= tok.size
    assert len(set(tok.templates)) == len(tok.templates)
    for template in tok.templates:
        assert 2 <= len(template) - template.count(HOLE) + bool(template.count(HOLE)) <= LONGEST + 1
        alone = Macros(plain, 1, (template,))
        users = sum(len(plain.vocabulary) in alone.encode(tree) for tree in corpus())
        assert users >= (3 if any(arity(plain, t) == -2 for t in template if t != HOLE) else 2)


def test_more_macros_write_no_longer() -> None:
    lengths = [sum(len(macros("digits", n).encode(t)) for t in corpus()) for n in (1, 5, 20, 60)]
    assert lengths == sorted(lengths, reverse=True)
    assert macros("digits", 20).templates == macros("digits", 60).templates[:20]


def test_saving_and_loading_gives_the_same_tokenizer() -> None:
    tok = macros("digits")
    assert Macros.from_json(tok.base, tok.to_json()) == tok
    assert Macros.train(tok.base, corpus(), tok.size) == tok
    for other in (BASES["bins"], Postfix(Digits(2), DIM)):
        with pytest.raises(SpecError, match="other base tokens"):
            Macros.from_json(other, tok.to_json())


def test_a_corpus_without_repeats_leaves_the_base_as_it_is() -> None:
    for given_ in ((), corpus()[:1]):
        tok = Macros.train(BASES["bins"], given_, 10)
        assert tok.vocabulary == BASES["bins"].vocabulary
        assert tok.encode(corpus()[3]) == BASES["bins"].encode(corpus()[3])


def test_what_cannot_be_is_refused() -> None:
    for size in (0, MAX_MACROS + 1):
        with pytest.raises(SpecError, match="macros takes 1 to"):
            Macros.train(BASES["digits"], corpus(), size)
    for base in (Infix(Digits(2), DIM), Repeat(BASES["digits"])):
        with pytest.raises(SpecError, match="directly after 'prefix'"):
            Macros.train(base, corpus(), 8)


def test_other_wrappers_go_on_top() -> None:
    merged = Subword.train(macros("digits"), corpus(), "bpe", len(macros("digits").vocabulary) + 40)
    repeated = Repeat(macros("digits"))
    for tree in corpus()[:10]:
        expected = BASES["digits"].decode(BASES["digits"].encode(tree))
        assert merged.decode(merged.encode(tree)) == expected
        assert repeated.decode(repeated.encode(tree)[1:]) == expected
