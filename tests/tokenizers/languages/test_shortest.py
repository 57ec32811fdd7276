"""Masks over merges near the limit of a length, held to every sequence that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import domain
from kappabar.grammars.tree import System, number, system
from kappabar.tokenizers.base import Invalid, Tokenizer
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Language, Shape, merged
from kappabar.tokenizers.languages.masked_rows import MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.dag import Dag
from kappabar.tokenizers.notations.infix import Infix
from kappabar.tokenizers.notations.nary import Nary
from kappabar.tokenizers.notations.postfix import Postfix
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.notations.rules import Rules
from kappabar.tokenizers.notations.tree import TreeNotation

Word = tuple[int, ...]
ONE, TWO = Shape(1, 1), Shape(2, 2)


class Tried:
    """A notation under tokens that are runs of its own, and by brute force all of its words up to a length, with their
    beginnings.

    `texts`: its tokens that there are by themselves, none for all."""

    def __init__(self, notation: type[Tokenizer], texts: Sequence[str], merges: Sequence[str], length: int, shape: Shape) -> None:
        made: type[Prefix] = notation  # type: ignore[assignment]
        self.base = InfixCharacters(2, True) if notation is InfixCharacters else made(Bins(2, "uniform"), 2, True)
        ids = self.base.vocabulary.ids
        self.pieces = [tuple(ids[text] for text in merge.split()) for merge in (*(texts or ids), *merges)]
        self.shape, self.length = shape, length
        self.language: Language = merged(language(self.base, [shape]), self.pieces)
        self.words: set[Word] = set()
        like = System(system(*[number(0.0)] * shape.equations), tuple(f"x_{i}" for i in range(shape.variables)), "ode")
        open_ends: list[Word] = [()]
        while open_ends:
            start = open_ends.pop()
            for word in ((*start, k) for k in range(len(self.pieces))):
                written = [i for k in word for i in self.pieces[k]]
                tree = self.base.decode(written)
                if not isinstance(tree, Invalid) and domain("ode").comparable(tree, like):
                    self.words.add(word)
                # A fault before the end is certain, so nothing goes on from there.
                if len(word) < length and (not isinstance(tree, Invalid) or tree.position >= len(written)):
                    open_ends.append(word)
        self.beginnings = {word[:n] for word in self.words for n in range(len(word) + 1)}

    def refused(self, exact: bool) -> int:
        """Of all beginnings, how many the masks refuse; with `exact` they must be right in every token, too."""
        found = compiled(self.language)
        masks, refused = Masks(found if exact else replace(found, shortest=None), 1), 0
        for start in self.beginnings:
            walk, right = MaskedRows(masks, [self.shape], self.length), True
            for i in start:
                right = bool(walk.allowed()[0, i + 1])
                if not right:
                    break
                walk.take(np.array([i]))
            refused += not right
            if exact and right:
                allowed = walk.allowed()[0]
                assert allowed[0] == (start in self.words)
                assert [k for k in range(len(self.pieces)) if allowed[k + 1]] == [
                    k for k in range(len(self.pieces)) if (*start, k) in self.beginnings
                ], start
        return refused


PREFIX = ["+", "sin", "x_0", "x_1", "B0", "|"]


@pytest.mark.parametrize(
    ("notation", "texts", "merges", "length", "shape"),
    [
        (Prefix, PREFIX, ["x_0 x_0", "+ x_0"], 5, ONE),
        (Prefix, PREFIX, ["x_0 x_0", "sin x_0 x_0", "x_0 | x_1", "+ +", "x_1 x_0 x_0"], 4, TWO),
        (Prefix, ["+", "x_0", "B0"], ["x_0 x_0 x_0", "+ x_0 +", "x_0 +"], 6, ONE),
        (Postfix, PREFIX, ["x_0 +", "x_0 x_0", "+ +", "x_1 |"], 4, TWO),
        (Infix, ["+", "(", ")", "x_0", "x_1", "B0", "|"], ["x_0 + x_0", ") )", "x_0 )", "( (", "x_0 | x_1"], 4, TWO),
        (TreeNotation, ["(+/2", ")", "(neg/1", "x_0", "B0", "(|/1"], ["x_0 )", ") )", "x_0 x_0 )", "(|/1 (+/2", "x_0 ) "
            ")"], 5, ONE),
        (Nary, ["(+", ")", "x_0", "x_1", "B0", "|"], ["x_0 x_1 )", ") )", "x_0 |", "(+ x_0", "x_1 )"], 4, TWO),
        (Rules, [], ["E→T T→F", "F→P P→A A→x_0", "A→x_0 T→F F→P P→A", "A→N B0"], 5, ONE),
        (InfixCharacters, [], ["x _ 0", "x _", "0 )", "0 + x", ") )", "( x", "_ 0 ) +"], 3, ONE),
    ],
)  # fmt: skip
def test_a_mask_accepts_exactly_what_can_be_completed(
    notation: type[Tokenizer], texts: list[str], merges: list[str], length: int, shape: Shape
) -> None:
    tried = Tried(notation, texts, merges, length, shape)
    assert len(tried.beginnings) > 20
    assert tried.refused(exact=True) == 0


def test_the_sum_over_symbols_would_refuse_some() -> None:
    """What the tests above would not see without: a fifth of the beginnings."""
    tried = Tried(Prefix, PREFIX, ["x_0 x_0", "sin x_0 x_0", "x_0 | x_1", "+ +", "x_1 x_0 x_0"], 4, TWO)
    assert tried.refused(exact=False) > 0.1 * len(tried.beginnings)


@given(st.lists(st.lists(st.sampled_from(["+", "sin", "x_0", "x_1", "B0"]), min_size=2, max_size=4), min_size=1, max_size=5))
def test_any_merges(merges: list[list[str]]) -> None:
    assert Tried(Prefix, ["+", "sin", "x_0", "B0"], sorted({" ".join(m) for m in merges}), 4, ONE).refused(exact=True) == 0


def test_words_that_refer_to_definitions_lead_to_no_dead_end() -> None:
    tried = Tried(Dag, ["+", "x_0", "B0", "d0"], ["x_0 x_0", "+ d0", "d0 + x_0", "d0 d0"], 5, ONE)
    masks, rng = Masks(compiled(tried.language), 1), np.random.default_rng(0)
    for _ in range(200):
        walk, word = MaskedRows(masks, [ONE], 5), []
        while (allowed := walk.allowed()[0]).any() and not (allowed[0] and rng.random() < 0.3):
            chosen = int(rng.choice(np.flatnonzero(allowed))) - 1
            if chosen < 0:
                break
            walk.take(np.array([chosen]))
            word.append(chosen)
        assert tuple(word) in tried.words


def test_a_room_of_the_least_length_is_enough_and_a_shorter_one_is_refused() -> None:
    tried = Tried(Prefix, PREFIX, ["x_0 | x_1"], 3, TWO)
    masks = Masks(compiled(tried.language), 1)
    assert min(map(len, tried.words)) == 1
    walk = MaskedRows(masks, [TWO], 1)
    assert np.flatnonzero(walk.allowed()[0]).tolist() == [len(PREFIX) + 1]
    with pytest.raises(ValueError, match="the shortest has 1"):
        MaskedRows(masks, [TWO], 0)
    walk.take(np.array([len(PREFIX)]))
    with pytest.raises(ValueError, match="does not allow"):
        walk.take(np.array([0]))
