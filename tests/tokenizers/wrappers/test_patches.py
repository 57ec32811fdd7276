"""Entropy patches: the model against dense arithmetic, boundaries from the left alone, and nothing lost in any base."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.sampler import sampler
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import SpecError
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Invalid, TokenClass, Tokenizer
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits, Floats
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.infix import Infix
from kappabar.tokenizers.notations.postfix import Postfix
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.notations.rules import Rules
from kappabar.tokenizers.notations.tree import TreeNotation
from kappabar.tokenizers.wrappers.entropy import ORDER, entropies, surprises
from kappabar.tokenizers.wrappers.merged import LONGEST
from kappabar.tokenizers.wrappers.patches import MAX_PATCH, Patches, starts
from kappabar.tokenizers.wrappers.subword import Subword

DIM = 6
BASES: dict[str, Tokenizer] = {
    "prefix": Prefix(Digits(3), DIM),
    "postfix": Postfix(Digits(2), DIM),
    "chars": InfixCharacters(DIM),
    "infix": Infix(Bins(8), DIM),
    "rules": Rules(Floats(2, 1), DIM),
    "tree": TreeNotation(Digits(3), DIM),
}


@cache
def corpus() -> tuple[Node, ...]:
    rng = np.random.default_rng(5)
    return tuple(sampler("ode").draw(rng).tree for _ in range(120))


@cache
def patches(base: str, patch: int = 3) -> Patches:
    return Patches.train(BASES[base], corpus(), len(BASES[base].vocabulary) + 80, patch)


def dense(texts: list[list[int]], alphabet: int, context: tuple[int, ...]) -> list[float]:
    """The next-token distribution as the formula has it, token by token."""
    after = Counter(
        text[i] for text in texts for i in range(len(context), len(text)) if tuple(text[i - len(context) : i]) == context
    )
    below = dense(texts, alphabet, context[1:]) if context else [1.0 / alphabet] * alphabet
    if after.total() < 2:
        return below
    total, kinds = after.total(), len(after)
    return [(after[w] + kinds * below[w]) / (total + kinds) for w in range(alphabet)]


@given(st.lists(st.lists(st.integers(0, 3), max_size=9), max_size=5), st.lists(st.integers(0, 3), max_size=8))
@settings(max_examples=60)
def test_entropies_are_those_of_the_smoothed_distribution(texts: list[list[int]], text: list[int]) -> None:
    found = surprises(text, entropies(texts, 4))
    for i, value in enumerate(found):
        p = dense(texts, 4, tuple(text[max(0, i - ORDER) : i]))
        assert sum(p) == pytest.approx(1.0)
        assert value == pytest.approx(-sum(q * math.log(q) for q in p), abs=1e-8)


@given(st.lists(st.floats(0, 3), max_size=60), st.floats(-1, 4))
def test_patches_begin_where_the_entropy_says_and_never_grow_too_long(values: list[float], threshold: float) -> None:
    begins = starts(values, threshold)
    assert begins[:1] == ([0] if values else [])
    for a, b in pairwise([*begins, len(values)]):
        assert 0 < b - a <= LONGEST
        assert all(v <= threshold for v in values[a + 1 : b])
        assert b == len(values) or values[b] > threshold or b - a == LONGEST


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("patch", [2, 3, 4])
def test_the_mean_patch_hits_its_target(base: str, patch: int) -> None:
    tok = patches(base, patch)
    texts = [tok.base.encode(tree) for tree in corpus()]
    mean = sum(map(len, texts)) / sum(len(tok.boundaries(text)) for text in texts)
    assert mean == pytest.approx(patch, rel=0.05)
    assert tok.mean_patch == pytest.approx(mean)


@pytest.mark.parametrize("base", BASES)
@given(tree=trees(max_dim=3), data=st.data())
@settings(max_examples=15)
def test_boundaries_depend_on_what_stands_to_the_left_only(base: str, tree: Node, data: st.DataObject) -> None:
    tok = patches(base)
    ids = tok.base.encode(tree)
    cut = data.draw(st.integers(0, len(ids)))
    assert tok.boundaries(ids[:cut]) == [b for b in tok.boundaries(ids) if b < cut]


@pytest.mark.parametrize("base", BASES)
@given(tree=trees(max_dim=3))
@settings(max_examples=15)
def test_nothing_is_lost_even_on_trees_unlike_the_corpus(base: str, tree: Node) -> None:
    tok, plain = patches(base), BASES[base]
    ids = tok.encode(tree)
    assert [p for i in ids for p in tok.parts[i]] == plain.encode(tree)
    assert tok.decode(ids) == plain.decode(plain.encode(tree))
    assert [tok.vocabulary.ids[t.text] for t in tok.tokenize(tree)] == ids


@pytest.mark.parametrize("base", BASES)
@given(data=st.data())
@settings(max_examples=30)
def test_decoding_is_total_and_points_at_the_patch_at_fault(base: str, data: st.DataObject) -> None:
    tok, plain = patches(base), BASES[base]
    ids = data.draw(st.lists(st.integers(-1, len(tok.vocabulary)), max_size=12))
    found = tok.decode(ids)
    if ids and (min(ids) < 0 or max(ids) >= len(tok.vocabulary)):
        assert isinstance(found, Invalid)
        assert not 0 <= ids[found.position] < len(tok.vocabulary)
        return
    expected = plain.decode([p for i in ids for p in tok.parts[i]])
    if isinstance(expected, Node):
        assert found == expected
        return
    assert isinstance(found, Invalid)
    before = sum(len(tok.parts[i]) for i in ids[: found.position])
    assert before <= expected.position
    assert found.position == len(ids) or expected.position < before + len(tok.parts[ids[found.position]])


@pytest.mark.parametrize("base", BASES)
def test_patches_are_tokens_where_the_corpus_repeats_them(base: str) -> None:
    tok, plain = patches(base), BASES[base]
    size = len(plain.vocabulary)
    assert size < len(tok.vocabulary) <= tok.size
    assert tok.vocabulary.tokens[:size] == plain.vocabulary.tokens
    counts: Counter[tuple[int, ...]] = Counter()
    for tree in corpus():
        text = plain.encode(tree)
        counts.update(tuple(text[a:b]) for a, b in pairwise([*tok.boundaries(text), len(text)]))
    known = {p: n for p, n in counts.items() if len(p) > 1}
    least = min(counts[part] for part in tok.parts[size:])
    assert least >= 2
    assert all(n <= least for p, n in known.items() if p not in tok.parts)
    assert sum(len(tok.encode(t)) for t in corpus()) < 0.95 * sum(len(plain.encode(t)) for t in corpus())


@pytest.mark.parametrize("base", ["chars", "prefix"])
def test_classes_and_nodes_of_patches(base: str) -> None:
    tok = patches(base)
    for tree in corpus()[:20]:
        pieces = iter(BASES[base].tokenize(tree))
        for token in tok.tokenize(tree):
            parts = [next(pieces) for _ in tok.parts[tok.vocabulary.ids[token.text]]]
            kinds = {p.kind for p in parts}
            assert token.kind == (kinds.pop() if len(kinds) == 1 else TokenClass.MIXED)
            assert all(p.path[: len(token.path)] == token.path for p in parts)
            assert len({p.path[: len(token.path) + 1] for p in parts}) > 1 or parts[0].path == token.path


def test_saving_and_loading_gives_the_same_tokenizer() -> None:
    tok = patches("prefix")
    loaded = Patches.from_json(tok.base, tok.to_json())
    assert loaded == tok
    assert [loaded.encode(t) for t in corpus()] == [tok.encode(t) for t in corpus()]
    assert Patches.train(tok.base, corpus(), tok.size, tok.patch) == tok
    with pytest.raises(SpecError, match="other base tokens"):
        Patches.from_json(BASES["rules"], tok.to_json())


def test_a_corpus_without_repeats_leaves_the_base_as_it_is() -> None:
    for given_ in ((), corpus()[:1]):
        tok = Patches.train(BASES["chars"], given_, 300)
        assert tok.decode(tok.encode(corpus()[0])) == corpus()[0]
    assert Patches.train(BASES["chars"], (), 300).vocabulary == BASES["chars"].vocabulary


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SpecError, match="no room for patches"):
        Patches.train(BASES["chars"], corpus(), 10)
    for patch in (1, MAX_PATCH + 1):
        with pytest.raises(SpecError, match="from 2 to"):
            Patches.train(BASES["chars"], corpus(), 512, patch)


def test_patches_stack_with_merges() -> None:
    tok = Subword.train(patches("prefix"), corpus(), "bpe", len(patches("prefix").vocabulary) + 40)
    for tree in corpus()[:10]:
        assert tok.decode(tok.encode(tree)) == BASES["prefix"].decode(BASES["prefix"].encode(tree))
