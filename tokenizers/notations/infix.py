"""Infix notation, with the fewest parentheses: symbol by symbol with a number codec, or character by character."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.print.infix import infix_pieces
from ...grammars.print.ways_infix import infix_ways
from ...grammars.text.reader import ALIASES
from ...grammars.tree import CONSTANTS, FUNCTIONS, NEGATE, SYSTEM, Node
from ..alphabet import Head, Scope, make_vocabulary, number_leaf
from ..base import Invalid, NumberCodec, Token, TokenClass, Vocabulary, character_ids
from .derivation import unreadable
from .own_infix import Reading, symbols_of
from .precedence import WANT, Reader, Sort

if TYPE_CHECKING:
    from ..machines.machine import Machine

_PARENTHESES = "()"


@dataclass(frozen=True, slots=True)
class Infix:
    """`x_1 | -2*x_0^2` -> `x_1 | N- 2 0 0 E0 * x_0 ^2`, with the codec `digits:3`.

    Minus and unary minus share the token `-`; a number needs no parentheses for its sign, because its code has one.
    Parentheses beyond the fewest are valid and vanish. `closed`, `n_variables`, `operators`: see `Scope`.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _scope: Scope = field(init=False, compare=False, repr=False)
    _symbols: list[tuple[Sort, Node | str, int]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        if not self.operators.built_in:
            object.__setattr__(self, "vocabulary", make_vocabulary(symbols_of(scope), self.codec))
            object.__setattr__(self, "_scope", scope)
            object.__setattr__(self, "_symbols", [])
            return
        heads = [h for h in scope.heads if h.symbol != NEGATE]
        structure = (*_PARENTHESES, SYSTEM) if scope.max_equations > 1 else tuple(_PARENTHESES)
        symbols = [(h.text, h.kind) for h in heads] + [(text, TokenClass.STRUCTURE) for text in structure]
        object.__setattr__(self, "vocabulary", make_vocabulary(symbols, self.codec))
        object.__setattr__(self, "_scope", scope)
        object.__setattr__(self, "_symbols", [_symbol(h) for h in heads] + [(_STRUCTURE[t], t, -1) for t in structure])

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        tokens: list[Token] = []
        for piece in infix_pieces(tree, True, self.operators):
            node, kind = tree.at(piece.path), TokenClass(piece.kind)
            texts = self.codec.write(node.value or 0.0) if node.is_number and kind is TokenClass.NUMBER else [piece.text]
            tokens.extend(Token(text, kind, piece.path) for text in texts)
        return tokens

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        texts = [self.vocabulary.tokens[token] for token in ids]
        if not self.operators.built_in:
            return Reading(self._scope, self.codec).read(texts)
        symbols = self._symbols
        reader = Reader(self._scope)
        i = 0
        while i < len(ids):
            if ids[i] < len(symbols):
                sort, item, index = symbols[ids[i]]
                following = i + 1
            else:
                if reader.state != WANT:
                    return reader.unexpected(texts[i], i)
                reading = self.codec.read(texts, i)
                if isinstance(reading, Invalid):
                    return reading
                value, following = reading
                sort, item, index = Sort.LEAF, number_leaf(value), -1
            if (fault := reader.take(sort, item, texts[i], i)) is not None:
                return fault
            reader.top = max(reader.top, index)
            i = following
        return reader.tree(len(ids))

    def machine(self) -> Machine | None:
        """See `machines.machine.Bulk`."""
        if not self.operators.built_in:
            return None
        from ..machines.tables import symbols_machine

        return symbols_machine(self._scope, self.codec, [(s, item) for s, item, _ in self._symbols], self.vocabulary.tokens)


_STRUCTURE = {"(": Sort.OPEN, ")": Sort.CLOSE, SYSTEM: Sort.BAR}
_SORTS = {"-": Sort.MINUS} | dict.fromkeys(FUNCTIONS, Sort.FUNCTION)


def _symbol(head: Head) -> tuple[Sort, Node | str, int]:
    """What the reader needs of a symbol; the last is the index of a variable, else -1."""
    if head.node is not None:
        return Sort.LEAF, head.node, head.variable
    if head.exponent is not None:
        return Sort.POWER, head.exponent, -1
    return _SORTS.get(head.symbol, Sort.BINARY), head.symbol, -1


_CHARACTER_CLASSES = {
    **dict.fromkeys("0123456789.", TokenClass.NUMBER),
    **dict.fromkeys("+-*/^", TokenClass.OPERATOR),
    **dict.fromkeys("x_", TokenClass.VARIABLE),
    **dict.fromkeys(sorted({*"".join(FUNCTIONS + CONSTANTS)} - {"x"}), TokenClass.FUNCTION),
    **dict.fromkeys(_PARENTHESES + SYSTEM, TokenClass.STRUCTURE),
}


_WORD = re.compile(r"(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:e[+-]?\d+)?|[a-z_]\w*|\*\*|[-+*/^()|]")
_LETTERS = re.compile(r"[a-z]+")
_SPACES = frozenset(" \t\n\r\f\v")
_BROKEN_EXPONENT = re.compile(r"e[+-]?")


@dataclass(frozen=True, slots=True)
class InfixCharacters:
    """`-2*x_0` -> `- 2 * x _ 0`: the characters of the canonical infix text, without spaces; numbers are exact.

    `tokenize` gives each character the class of the piece that it belongs to; the vocabulary gives the usual one (`x` is
    a variable, although `exp` has one; other letters belong to functions). Valid is what the grammar reads, so that
    `2`, `2.` and `2e0` are synonyms. The vocabulary is the same for every number of variables.
    """

    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _scope: Scope = field(init=False, compare=False, repr=False)
    _words: dict[str, tuple[Sort, Node | str, int]] = field(init=False, compare=False, repr=False)
    _beginnings: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed)
        words = {h.text: _symbol(h) for h in scope.heads if h.exponent is None and h.symbol != NEGATE}
        words |= {text: (sort, text, -1) for text, sort in _STRUCTURE.items()} | {"**": words["^"]}
        words |= {alias: words[name] for alias, name in ALIASES.items()}
        classes = {c: kind for c, kind in _CHARACTER_CLASSES.items() if c != SYSTEM or scope.max_equations > 1}
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(classes), tuple(classes.values())))
        object.__setattr__(self, "_scope", scope)
        object.__setattr__(self, "_words", words)
        object.__setattr__(self, "_beginnings", frozenset(w[:n] for w in words for n in range(1, len(w) + 1)))

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        return [Token(c, TokenClass(piece.kind), piece.path) for piece in infix_pieces(tree) for c in piece.text]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        tokens, words = self.vocabulary.tokens, self._words
        text = "".join([tokens[token] for token in ids])
        reader = Reader(self._scope)
        end, after_number = 0, ""
        for match in _WORD.finditer(text):
            word, start = match.group(), match.start()
            if start != end:
                break
            if after_number and word[0] == "e":
                return _broken_exponent(text, start)
            end = match.end()
            if (symbol := words.get(word)) is not None:
                sort, item, index = symbol
                reader.top = max(reader.top, index)
                fault = reader.take(sort, item, word, start)
                after_number = ""
            elif word[0] in _NUMERIC:
                fault = _take_number(reader, text, start, end)
                after_number = word
            else:
                fault = self._unknown(reader, word, start)
            if fault is not None:
                return fault
        return reader.tree(end) if end == len(text) else _lone_point(reader, text, end, after_number)

    @property
    def characters(self) -> frozenset[str]:
        """Those that a text can hold, but for white space."""
        return frozenset(self.vocabulary.tokens)

    @property
    def names(self) -> frozenset[str]:
        """The runs of letters that a text can hold, whole: names, and the `x` of variables."""
        return frozenset(run for word in self._words for run in _LETTERS.findall(word)) | {"e"}

    def read_text(self, text: str) -> Node | Invalid:
        """As `decode`, of a text that may have white space between its symbols; positions are those of its characters."""
        at = [i for i, c in enumerate(text) if c not in _SPACES]
        ids = self.vocabulary.ids
        foreign = next((i for i in at if text[i] not in ids), None)
        if foreign is not None:
            return Invalid(f"found {text[foreign]!r}, which is in no expression", foreign)
        characters = "".join([text[i] for i in at])
        tree = self.decode([ids[c] for c in characters])
        if isinstance(tree, Invalid):
            return Invalid(tree.reason, at[tree.position] if tree.position < len(at) else len(text))
        if len(at) < len(text):
            ends = {match.end() for match in _WORD.finditer(characters)}
            within = next((b for n, (a, b) in enumerate(pairwise(at), 1) if b > a + 1 and n not in ends), None)
            if within is not None:
                return Invalid("white space within a symbol", within)
        return tree

    def other_ways(self, tree: Node) -> dict[str, str]:
        """See `base.Textual`."""
        return infix_ways(tree)

    def encode_text(self, text: str) -> list[int] | Invalid:
        """See `base.Textual`."""
        return character_ids(self.vocabulary, text)

    def machine(self) -> Machine:
        """See `machines.machine.Bulk`."""
        from ..machines.tables import characters_machine

        words = [(text, sort, item) for text, (sort, item, _) in self._words.items()]
        return characters_machine(self._scope, words, self.vocabulary.tokens)

    def _unknown(self, reader: Reader, word: str, start: int) -> Invalid:
        if reader.state != WANT:
            return reader.unexpected(word, start)
        hopeless = next((n for n in range(1, len(word) + 1) if word[:n] not in self._beginnings), len(word) + 1)
        return Invalid(f"unknown name {word!r}", start + hopeless - 1)


_NUMERIC = frozenset("0123456789.")


def _take_number(reader: Reader, text: str, start: int, end: int) -> Invalid | None:
    value = float(text[start:end])
    if value == math.inf:
        return Invalid("the number is too large for a float", end)
    # A minus directly before a literal is its sign, but `^` binds tighter.
    if reader.output and reader.output[-1] == NEGATE and text[end : end + 1] != "^" and text[end : end + 2] != "**":
        reader.output.pop()
        value = -value
    return reader.take(Sort.LEAF, number_leaf(value), text[start:end], start)


def _broken_exponent(text: str, start: int) -> Invalid:
    match = _BROKEN_EXPONENT.match(text, start)
    return Invalid("'e' after a number must be followed by an exponent", match.end() if match else start)


def _lone_point(reader: Reader, text: str, position: int, after_number: str) -> Invalid:
    """A '.' that is part of no number; which was certain only at the next character where a digit could have followed."""
    late = reader.state == WANT or (after_number.isdigit() and text[position + 1 : position + 2] == ".")
    return Invalid("'.' without a number", position + late)
