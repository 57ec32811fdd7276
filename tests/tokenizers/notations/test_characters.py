"""Infix text character by character: arithmetic against the reader that it had alone, other alphabets against all short texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kappabar.grammars.files.bank import bank
from kappabar.grammars.operators import Operator, Operators, operators
from kappabar.grammars.text.reader import ALIASES
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.machines.decode import bulk_decoder, general
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.derivation import Words

_WORD = re.compile(r"(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:e[+-]?\d+)?|[a-z_]\w*|\*\*|[-+*/^()|]")
_BROKEN_EXPONENT = re.compile(r"e[+-]?")


class Arithmetic:
    """The reader of arithmetic's words as it was before every alphabet had it: one pattern, names looked up whole."""

    def __init__(self, made: InfixCharacters) -> None:
        self.made, derivation = made, made.derivation
        powers = {f"^{n}" for n in range(2, 10)}
        words = {text: token for text, token in derivation.vocabulary.ids.items() if text not in powers and text != "number"}
        self.words = words | {"**": words["^"]} | {alias: words[name] for alias, name in ALIASES.items()}
        self.beginnings = {w[:n] for w in self.words for n in range(1, len(w) + 1)}

    def decode(self, text: str) -> Node | Invalid:
        return self.made.derivation.read(self._read_words(text))

    def _read_words(self, text: str) -> Words:
        number = self.made.derivation.first_number
        tokens, texts, starts = list[int](), list[str](), list[int]()
        values: dict[int, float] = {}
        end, after_number = 0, ""
        fault: Callable[[bool], Invalid | None] | None = None
        for match in _WORD.finditer(text):
            word, start = match.group(), match.start()
            if start != end:
                break
            token = self.words.get(word, -1)
            if after_number and word[0] == "e":
                fault = partial(_broken_exponent, text, start)
            elif token < 0 and word[0] in "0123456789.":
                token, after_number = number, word
                values[len(tokens)] = float(word)
                if values[len(tokens)] == math.inf:
                    fault = partial(_too_large, match.end())
            else:
                after_number = ""
                if token < 0:
                    fault = partial(self._unknown, word, start)
            starts.append(start)
            texts.append(word)
            if fault is not None:
                break
            tokens.append(token)
            end = match.end()
        if fault is None:
            starts.append(end)
            if end < len(text):
                fault = partial(_lone_point, text, end, after_number)
        return Words(tokens, texts, starts, values, None if fault is None else partial(self._told, fault, starts[-1]))

    def _told(self, fault: Callable[[bool], Invalid | None], start: int, slot: int) -> tuple[str, int]:
        invalid = fault(slot in self.made.derivation.numbers) or Invalid("", start)
        return invalid.reason, invalid.position

    def _unknown(self, word: str, start: int, want: bool) -> Invalid | None:
        if not want:
            return None
        hopeless = next((n for n in range(1, len(word) + 1) if word[:n] not in self.beginnings), len(word) + 1)
        return Invalid(f"unknown name {word!r}", start + hopeless - 1)


def _too_large(end: int, want: bool) -> Invalid:
    return Invalid("the number is too large for a float", end)


def _broken_exponent(text: str, start: int, want: bool) -> Invalid:
    match = _BROKEN_EXPONENT.match(text, start)
    return Invalid("'e' after a number must be followed by an exponent", match.end() if match else start)


def _lone_point(text: str, position: int, after_number: str, want: bool) -> Invalid:
    late = want or (after_number.isdigit() and text[position + 1 : position + 2] == ".")
    return Invalid("'.' without a number", position + late)


MADE = {(n, closed): InfixCharacters(n, closed) for n in (1, 3, 12) for closed in (True, False)}
PIECES = (
    "1e", "1e+", "..", "1..2", "2.e3", "x_01", "**", "x_0r", "1234567890123456789012345", "1e999", "1.8e308", "1e-400", "e", "e5",
    "exp(", "ln(", "sqrt(", "pi", "x_", "x_1", "x_10", "^-", "--", "e+", "1.", "1e5e", "sin", "sinh(", "abs", "Abs(", "00", "_",
)  # fmt: skip
TEXTS = [
    "".join(c.text for c in MADE[12, True].tokenize(s)) for s in (system.tree for system in bank("ode")) if len(s.children) < 12
]


def same(text: str, n_variables: int, closed: bool) -> None:
    made = MADE[n_variables, closed]
    known = "".join(c for c in text if c in made.vocabulary.ids)
    if known:
        assert made.decode([made.vocabulary.ids[c] for c in known]) == Arithmetic(made).decode(known), known


@given(
    st.lists(st.sampled_from([*PIECES, *"0123456789.+-*/^()|xesinpl_"]), max_size=9).map("".join),
    st.sampled_from(sorted(MADE)),
)
@example("2exp(x_0)", (3, True))
@example("-2**2|-2^x_0|-2*2", (3, True))
@example("1e5e", (3, True))
def test_arithmetic_is_read_as_it_was(text: str, scope: tuple[int, bool]) -> None:
    same(text, *scope)


@given(st.data(), st.sampled_from(sorted(MADE)))
def test_arithmetic_that_is_edited_is_read_as_it_was(data: st.DataObject, scope: tuple[int, bool]) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + data.draw(st.sampled_from(["", *PIECES, *"0123456789.+-*/^()|xe_"]))
            + text[at + data.draw(st.booleans()) :]
        )
    same(text, *scope)


def test_the_signs_of_numbers_and_the_rule_for_powers() -> None:
    made = MADE[1, False]
    read = {t: made.decode([made.vocabulary.ids[c] for c in t]).children[0] for t in ("-2", "-2^2", "-2**2", "-2*2", "2--2")}  # type: ignore[union-attr]
    assert read["-2"].value == -2 and read["-2*2"].children[0].value == -2 and read["2--2"].children[1].value == -2
    assert read["-2^2"] == read["-2**2"] and read["-2^2"].symbol == "neg"


SMALL: dict[str, tuple[Operators, str]] = {
    # An arrow and a word that begin as what stands at an operand does; the letters of an operator of a number's exponent.
    "numbers": (operators(Operator("->", 2, "infix"), Operator("eb", 2, "infix", 1), Operator("ec", 0), numbers=True), "1.ebc->"),
    # Names that are read whole, with a call.
    "whole": (operators(Operator("-", 2, "infix"), Operator("f", 1), Operator("g", 0), numbers=True), "1-f(g)"),
    # Words that run together, and calls, without numbers.
    "words": (operators(Operator("ab", 2, "infix"), Operator("ac", 1), Operator("c", 0), Operator("b", 1, "prefix", 1)), "abc()"),
    "signs": (
        operators(Operator("--", 2, "infix"), Operator("!", 1, "postfix", 1), Operator("+", 1, "prefix", 2), numbers=True),
        "1-!+",
    ),
}


@cache
def small(name: str) -> tuple[InfixCharacters, str]:
    alphabet, characters = SMALL[name]
    return InfixCharacters(1, False, alphabet), characters


def texts(characters: str, *lengths: int) -> list[str]:
    return ["".join(text) for n in lengths for text in product(characters, repeat=n)]


@pytest.mark.parametrize("length", [3, pytest.param(5, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("name", SMALL)
def test_a_text_is_refused_at_the_first_character_after_which_none_is_one(name: str, length: int) -> None:
    """Told by trying what may make a text whole: two characters, an operand, parentheses that close."""
    made, characters = small(name)
    ids, operand, closed = made.vocabulary.ids, "c" if name == "words" else "1", [")" * n for n in range(length + 1)]
    ends = [f"{a}{b}{c}" for c in closed for b in ("", operand, f"({operand})") for a in texts(characters, 0, 1, 2)]

    def read(text: str) -> Node | Invalid:
        return made.decode([ids[c] for c in text])

    begun = [""]
    for n in range(length):
        longer = [text + c for text in begun for c in characters]
        begun = [text for text in longer if any(isinstance(read(text + end), Node) for end in ends if {*end} <= ids.keys())]
        for text in longer:
            found = read(text)
            if text in begun:
                assert isinstance(found, Node) or found.position == n + 1, (text, found)
                continue
            for more in texts(characters, 0, 1, 2):
                found = read(text + more)
                assert isinstance(found, Invalid) and found.position == n, (text, more, found)
        assert begun


@pytest.mark.parametrize("name", SMALL)
def test_all_short_texts_are_read_alike_in_bulk(name: str) -> None:
    made, characters = small(name)
    decoder: Any = bulk_decoder(made)
    for text in map("".join, product(characters, repeat=3)):
        ids = [made.vocabulary.ids[c] for c in text]
        edits = [(0, 0, -1), *((3, 3, made.vocabulary.ids[c]) for c in characters)]
        found = decoder.decode(ids, *(np.array(column, np.int32) for column in zip(*edits, strict=True)))
        for k, (_, _, token) in enumerate(edits):
            plain = made.decode([*ids, *([token] if token >= 0 else [])])
            if isinstance(plain, Invalid):
                assert found.reasons[found.reason[k]] == general(plain.reason), (text, plain)
            else:
                assert found.trees.tree(int(found.tree[k])) == plain, text


@pytest.mark.parametrize("name", ["numbers", "words"])
def test_white_space_may_stand_between_words_of_any_alphabet(name: str) -> None:
    made, _ = small(name)
    text = {"numbers": "1e5 -> - 1 ebec", "words": "ac ( b c )abx_0"}[name]
    assert isinstance(made.read_text(text), Node) and made.read_text(text) == made.read_text(text.replace(" ", ""))
    broken, apart = text.replace("eb", "e b").replace("ac", "a c"), {"numbers": "b", "words": "c"}[name]
    assert made.read_text(broken) == Invalid("white space within a symbol", broken.index(apart))
    assert made.other_ways(made.read_text(text)) is None  # type: ignore[arg-type]


def test_an_alphabet_whose_calls_take_one_operand_expects_no_comma() -> None:
    made = InfixCharacters(1, False, operators(Operator("s", 1), Operator("+", 2, "infix", 1)))
    found = made.decode([made.vocabulary.ids[c] for c in "s(x_0("])
    assert found == Invalid("expected an operator, ')' or '|', found '('", 5)
