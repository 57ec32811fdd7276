"""Tokenizers of Hugging Face's over sequences of symbols, with spaces and without."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.errors import SpecError
from kappabar.grammars.operators import sequences
from kappabar.grammars.tree import Node, system
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.no_numbers import NoNumbers
from kappabar.tokenizers.notations.symbols import Symbols
from kappabar.tokenizers.wrappers.pretrained import Pretrained, ReadsText
from kappabar.tokenizers.wrappers.spelled import Spelled

LETTERS = Symbols(NoNumbers(), 0, False, sequences(*"abct▁", longest=12))
BASES = Symbols(NoNumbers(), 0, False, sequences(*"ACGU", longest=12))


def tokenizer(model: dict[str, object], decoder: dict[str, object], cut: str = "Whitespace") -> str:
    shared = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "post_processor": None,
    }
    cutter = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True} if cut == "bytes" else None
    return json.dumps({**shared, "pre_tokenizer": cutter or {"type": cut}, "decoder": decoder, "model": model})


def word_pieces(*pieces: str) -> str:
    model = {
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": {piece: i for i, piece in enumerate(("[UNK]", *pieces))},
    }  # fmt: skip
    return tokenizer(model, {"type": "WordPiece", "prefix": "##", "cleanup": False})


def byte_pairs(*pieces: str) -> str:
    model = {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
        "fuse_unk": False, "byte_fallback": False, "vocab": {piece: i for i, piece in enumerate(pieces)},
        "merges": [[piece[:-1], piece[-1]] for piece in pieces if len(piece) > 1],
    }  # fmt: skip
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return tokenizer(model, level, "bytes")


def saved(model: str) -> str:
    return json.dumps({"source": "own", "model": json.loads(model)})


PROBED = ("x", "##_", "##0", "##1", "*", "-")
"""With these the library's decoder is seen to put spaces between tokens."""
WORDS = Pretrained.from_json(LETTERS, saved(word_pieces("cat", *"abct", *(f"##{c}" for c in "abct"), *PROBED)))
BYTES = Pretrained.from_json(LETTERS, saved(byte_pairs(*"abctĠ", "Ġc", "Ġca", "at")))


def tree(text: str) -> Node:
    return system(*map(Node, text.replace(" ", "▁")))


def test_spaces_stand_between_words() -> None:
    assert [t.text for t in WORDS.tokenize(tree("cat a"))] == ["cat", "a"]
    assert [t.text for t in BYTES.tokenize(tree("at cab"))] == ["at", "Ġca", "b"]
    assert WORDS.tokenize(tree("cat a"))[0].path == (), "of several symbols"
    assert BYTES.decode(BYTES.encode(tree("at cab"))) == tree("at cab")


@given(st.text("abct ", min_size=1, max_size=12))
def test_what_a_tokenizer_of_bytes_writes_it_reads(text: str) -> None:
    assert BYTES.decode(BYTES.encode(tree(text))) == tree(text)


@given(st.lists(st.text("abct", min_size=1, max_size=3), min_size=1, max_size=3))
def test_word_pieces_keep_words_apart(words: list[str]) -> None:
    """One that forgot spaces would read `a cat` as `acat`."""
    text = " ".join(words)
    assert WORDS.decode(WORDS.encode(tree(text))) == tree(text)


@given(st.lists(st.integers(-1, 9), max_size=14))
def test_every_sequence_of_ids_is_a_sequence_or_says_where_it_is_none(ids: list[int]) -> None:
    for one in (WORDS, BYTES):
        found = one.decode(ids)
        if isinstance(found, Invalid):
            assert 0 <= found.position <= len(ids)
        else:
            assert 1 <= len(found.children) <= 12


def test_where_no_symbol_is_a_space_white_space_says_nothing() -> None:
    own = Pretrained(Spelled(BASES), "w", word_pieces(*"ACGU", *(f"##{c}" for c in "ACGU"), "##GU"))
    one = system(*map(Node, "ACGUA"))
    assert [t.text for t in own.tokenize(one)] == ["A", "##C", "##GU", "##A"] and own.decode(own.encode(one)) == one
    assert own.decode([1, 2, 3]) == system(*map(Node, "ACG")), "words side by side"


def test_texts_are_read_with_their_places() -> None:
    read = Spelled(LETTERS)
    assert isinstance(read, ReadsText) and read.spaces and not Spelled(BASES).spaces
    assert read.read_text("a cat") == tree("a cat") and Spelled(BASES).read_text(" A C\n") == system(Node("A"), Node("C"))
    assert read.read_text("a dog") == Invalid("'d' is no symbol", 2)
    long = read.read_text("a" * 13)
    assert isinstance(long, Invalid) and long.position == 12
    assert isinstance(read.read_text(""), Invalid)


def test_what_is_kept_is_the_same_again() -> None:
    again = Pretrained.from_json(LETTERS, WORDS.to_json())
    assert again == WORDS and again.encode(tree("cat a")) == WORDS.encode(tree("cat a"))


def test_symbols_of_several_characters_are_no_text() -> None:
    with pytest.raises(SpecError, match="'12' is no character"):
        Spelled(Symbols(NoNumbers(), 0, False, sequences("1", "12")))
