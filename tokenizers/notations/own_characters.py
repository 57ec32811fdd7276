"""Infix in an alphabet of one's own, character by character."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING

from ...grammars.errors import SpecError
from ...grammars.operators import Operators
from ...grammars.print.infix import infix_pieces
from ...grammars.tree import Node
from ..alphabet import Scope
from ..base import Invalid, Token, TokenClass, Vocabulary
from .derivation import Derivation, Words, unreadable
from .precedence import infix_derivation, symbols

if TYPE_CHECKING:
    from ..machines.machine import Machine

_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII)
_LIKE_NUMBERS = re.compile(r"[\d.]|e[+-]?\d", re.ASCII)
_VARIABLE = re.compile(r"x_(?:0|[1-9]\d*)", re.ASCII)
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class OwnCharacters:
    """`12 mod -3.5` -> `1 2 m o d - 3 . 5`: the characters of the infix text, without spaces; numbers are exact.

    A minus where an operand must stand is the sign of the number after it. Symbols are told apart from left to right: raises
    SpecError for an alphabet in which that has more than one reading (a symbol that begins another, or is like a number).
    """

    n_variables: int
    closed: bool
    operators: Operators
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    derivation: Derivation = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        _check(self.operators)
        classes: dict[str, TokenClass] = dict.fromkeys(_DIGITS + ".e+-", TokenClass.NUMBER) if self.operators.numbers else {}
        # What also stands in symbols is theirs: `-` is an operator, though `-3` has one.
        for text, kind in symbols(scope):
            known = {c: kind for c in text if not (kind is TokenClass.VARIABLE and c in classes)}
            classes |= known
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(classes), tuple(classes.values())))
        object.__setattr__(self, "derivation", infix_derivation(scope, None))

    @property
    def words(self) -> dict[str, int]:
        """Each but numbers, with its token of `derivation`."""
        return {text: token for text, token in self.derivation.vocabulary.ids.items() if token < self.derivation.first_number}

    @property
    def _before_operands(self) -> frozenset[str]:
        """The words that an operand must follow."""
        rows = [row.symbol for row in self.operators.rows if row.arity and row.fixity not in ("postfix", "call")]
        return frozenset(("(", ",", "|", *rows))

    def machine(self) -> Machine:
        """See `machines.machine.Bulk`."""
        return self.derivation.machine(self.vocabulary.tokens, self.words, self._before_operands)

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        pieces = infix_pieces(tree, alphabet=self.operators)
        return [Token(c, TokenClass(piece.kind), piece.path) for piece in pieces for c in piece.text]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (foreign := unreadable(ids, len(self.vocabulary))) is not None:
            return foreign
        return self.derivation.read(self._read_words("".join([self.vocabulary.tokens[token] for token in ids])))

    def _read_words(self, text: str) -> Words:
        """The text's words, as far as they are some."""
        ids, number = self.derivation.vocabulary.ids, self.derivation.first_number
        tokens, texts, starts = list[int](), list[str](), list[int]()
        values: dict[int, float] = {}
        at, operand, fault = 0, True, None
        while at < len(text) and fault is None:
            word = self._word(text, at, operand)
            token = number if word is None else ids.get(word, number)
            texts.append(word or text[at])
            starts.append(at)
            if operand and self.operators.numbers and text[at:] in ("-", ".", "-."):
                fault = partial(_fault, "the sequence ends within a number", len(text))
            elif word is None:
                after_number = bool(values) and len(tokens) - 1 in values
                hopeless = self._hopeless(text, at, after_number)
                fault = partial(_fault, f"found {text[at : at + 8]!r}, with which no symbol, number or variable begins", hopeless)
            elif token < number:
                operand = word in self._before_operands
            elif word.startswith("x_"):
                fault = partial(_fault, f"the vocabulary has no variable of the name {word!r}", at)
            else:
                values[len(tokens)] = float(word)
                operand = False
                if math.isinf(values[len(tokens)]):
                    fault = partial(_fault, "the number is too large for a float", at)
            if fault is None and word is not None:
                tokens.append(token)
                at += len(word)
        return Words(tokens, texts, [*starts, at] if fault is None else starts, values, frozenset(range(len(tokens))), fault)

    def _hopeless(self, text: str, at: int, after_number: bool) -> int:
        """Where it is certain that no word begins at a place: behind what some word begins with, or an exponent."""
        words = (*_STRUCTURE, *self.operators.by_symbol, "x_", *(("e+", "e-") if after_number else ()))
        beginnings = {word[:n] for word in words for n in range(len(word) + 1)}
        return next((at + n - 1 for n in range(1, len(text) - at + 1) if text[at : at + n] not in beginnings), len(text))

    def _word(self, text: str, at: int, operand: bool) -> str | None:
        """The symbol, number or variable that begins at a place; `operand`: whether one must stand there."""
        if operand and self.operators.numbers and (number := _NUMBER.match(text, at + (text[at] == "-"))):
            return text[at : number.end()]
        if found := _VARIABLE.match(text, at):
            return found.group()
        words = (*_STRUCTURE, *self.operators.by_symbol)
        symbol = next((word for word in words if text.startswith(word, at)), None)
        number = _NUMBER.match(text, at) if symbol is None and self.operators.numbers else None
        return number.group() if number else symbol


def _fault(reason: str, at: int, want: bool) -> Invalid:
    return Invalid(reason, at)


_STRUCTURE = ("(", ")", ",", "|")


def _check(alphabet: Operators) -> None:
    faults = (f"{a!r} begins {b!r}" for a, b in permutations(alphabet.by_symbol, 2) if b.startswith(a))
    fault = next(faults, None) or next(_like_numbers(alphabet), None)
    if fault is not None:
        raise SpecError(f"'infix | chars' would have two readings in this alphabet: {fault}; use 'infix', symbol by symbol")


def _like_numbers(alphabet: Operators) -> Iterator[str]:
    """Why symbols cannot be told from numbers."""
    for row in alphabet.rows:
        if _LIKE_NUMBERS.match(row.symbol):
            yield f"{row.symbol!r} is like a number"
        elif row.symbol.startswith("-") and alphabet.numbers and (not row.infix or _LIKE_NUMBERS.match(row.symbol[1:])):
            yield f"{row.symbol!r} is like the sign of a number"
        elif row.symbol in ("e", "e+", "e-") and alphabet.numbers and (row.infix or row.fixity == "postfix"):
            yield f"{row.symbol!r} after a number is like its exponent"
        elif row.symbol.startswith("_") and any(other.symbol.endswith("x") for other in alphabet.rows):
            yield f"{row.symbol!r} after an x is like a variable"
