"""Sentences as people write them, as sequences of the alphabet, and as they are shown. Needs no extra."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kappabar.evaluate.domains.language.bank import quotations
from kappabar.evaluate.domains.language.reading import (
    CHARACTERS,
    LONGEST,
    SPACE,
    SentenceReader,
    plain,
    system_of,
    text_of,
    written,
)
from kappabar.grammars.errors import ParseError
from kappabar.grammars.tree import Node, system

READ = SentenceReader()


def test_sentences_are_read_as_people_write_them() -> None:
    for text, meant in {
        "To be, or not to be: that is the question.": "to be or not to be that is the question",
        "  “We’re all mad here!”\n": "we're all mad here",
        "half—hope   half - agony": "half hope half agony",
        "a\n\tb": "a b",
        "in (and)out": "in andout",
    }.items():
        assert text_of(READ(text).tree) == meant


@pytest.mark.parametrize(("text", "column"), [("call me 7", 9), ("naïve", 3), ("", 1), (" . ", 1), ("a" * (LONGEST + 1), 65)])
def test_what_is_no_sentence_is_one_line_with_its_place(text: str, column: int) -> None:
    with pytest.raises(ParseError, match=f"column {column}\\b") as refused:
        READ(text)
    assert "\n" not in str(refused.value).split("\n  ")[0]


@given(st.lists(st.sampled_from(CHARACTERS), min_size=1, max_size=LONGEST))
@example([SPACE])
@example([SPACE, "a", SPACE, SPACE, "b", SPACE])
def test_what_is_shown_is_read_as_the_same(symbols: list[str]) -> None:
    tree = system(*map(Node, symbols))
    assert READ(written(tree)).tree == tree and system_of(text_of(tree)).tree == tree
    assert len(written(tree)) == len(symbols)


@given(st.text(max_size=40) | st.text("ab▁ \t.!—", max_size=20))
@example("a \t b")
def test_every_character_stays_in_its_place(text: str) -> None:
    assert len(plain(text)) == len(text)


def test_what_is_no_sequence_of_the_alphabet_has_no_text() -> None:
    for tree in (system(Node("a"), Node("A")), system(Node("a", (Node("b"),))), Node("a")):
        with pytest.raises(ValueError, match="made of a, b, c"):
            text_of(tree)


def test_the_bank_is_large_enough_and_says_where_it_is_from() -> None:
    bank = quotations(READ)
    assert len(bank) >= 30 and len({s.name for s in bank}) == len({s.tree for s in bank}) == len(bank)
    assert all(s.citation and s.regime for s in bank)
    assert all(len(s.tree.children) <= LONGEST and "  " not in text_of(s.tree) for s in bank)
