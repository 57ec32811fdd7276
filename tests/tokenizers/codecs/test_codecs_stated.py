"""A codec of one's own that states its codes: reader, compiled decoding, masks and `check` come from the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

from kappabar.grammars.errors import SpecError
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.codecs.stated import State, Stated
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.languages.masked_rows import END, MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.machines.decode import bulk_decoder
from kappabar.tokenizers.notations.prefix import Prefix


@dataclass(frozen=True)
class Tally:
    """0 to 9 in groups of ones and threes, the threes first, ended by a dot: 7 -> `iii iii i .`. A code's length says what it is,
    and at most three groups of each may stand."""

    spec = "tally"
    tokens = ("iii", "i", ".")

    @property
    def start(self) -> State:
        after_ones = State("a dot", {".": None}, {"iii": "threes come first"}.get)
        places = [after_ones]
        for _ in range(2):
            places.append(State("a one or a dot", {"i": places[-1], ".": None}, {"iii": "threes come first"}.get))
        place = State("a one or a dot", {"i": places[1], ".": None})
        for _ in range(3):
            place = State("a tally", {"iii": place, "i": places[1], ".": None})
        return place

    def value(self, texts: Sequence[str]) -> float:
        return float(sum(map(len, texts[:-1])))

    def write(self, value: float) -> list[str]:
        threes, ones = divmod(int(self.round(value)), 3)
        return ["iii"] * threes + ["i"] * ones + ["."]

    def round(self, value: float) -> float:
        return float(min(max(round(value), 0), 11))


@dataclass(frozen=True)
class StatedTally(Tally, Stated):
    """The statement alone."""


@dataclass(frozen=True)
class ReadTally(Tally):
    """The same codes by a reader of their own: what the other is held to."""

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        at, counts = start, {"iii": 0, "i": 0}
        while True:
            if at == len(tokens):
                return Invalid("ends", at)
            text = tokens[at]
            if text == ".":
                return float(3 * counts["iii"] + counts["i"]), at + 1
            if text not in counts or counts[text] == (3 if text == "iii" else 2) or (text == "iii" and counts["i"]):
                return Invalid("no tally", at)
            counts[text] += 1
            at += 1


STATED, READ = StatedTally(), ReadTally()


def test_it_is_a_codec_whose_reader_takes_what_another_takes() -> None:
    assert isinstance(STATED, NumberCodec)
    numbers = 0
    for length in range(8):
        for texts in product((*STATED.tokens, "x_0"), repeat=length):
            found, other = STATED.read(["+", *texts], 1), READ.read(["+", *texts], 1)
            if isinstance(other, Invalid):
                assert isinstance(found, Invalid) and found.position == other.position
            else:
                assert found == other
                numbers += 1
    assert numbers > 100
    assert STATED.read(["iii", "i", "iii"], 0) == Invalid("threes come first", 2)
    assert STATED.read(["iii", "i"], 0) == Invalid("the sequence ends where a one or a dot must follow", 2)
    assert STATED.read(["x_0"], 0) == Invalid("expected a tally, found 'x_0'", 0)


def test_masks_and_compiled_decoding_come_from_it() -> None:
    tokenizer, shape, room = Prefix(STATED, 1), Shape(1, 1), 7
    masks = Masks(compiled(language(tokenizer, [shape])), 1)
    size = len(tokenizer.vocabulary)
    walk, rng = MaskedRows(masks, [shape] * 300, 30), np.random.default_rng(0)
    rows: list[list[int]] = [[] for _ in range(300)]
    while (walk._state[:, 0] >= 0).any():
        allowed = walk.allowed()
        chosen = (rng.random(allowed.shape) * allowed).argmax(axis=1) - 1
        running = walk._state[:, 0] >= 0
        for row in np.flatnonzero(running & (chosen >= 0)):
            rows[row].append(int(chosen[row]))
        walk.take(np.where(running, chosen, END))
    assert all(isinstance(tokenizer.decode(ids), Node) for ids in rows)
    assert {token for ids in rows for token in ids} == set(range(size))
    bulk = bulk_decoder(tokenizer)
    assert bulk is not None
    row = next(ids for ids in rows if len(ids) > room and tokenizer.vocabulary.ids["iii"] in ids)
    edits = [(at, at + 1, token) for at in range(len(row)) for token in range(size)]
    decoded = bulk.decode(row, *(np.array(column, np.int32) for column in zip(*edits, strict=True)))
    for (at, end, token), tree in zip(edits, decoded.tree.tolist(), strict=True):
        plain = tokenizer.decode([*row[:at], token, *row[end:]])
        assert (tree >= 0) == isinstance(plain, Node)


def test_a_reader_alone_has_no_masks_and_is_told_what_would_give_them() -> None:
    with pytest.raises(SpecError, match="states its codes"):
        language(Prefix(READ, 1), [Shape(1, 1)])
