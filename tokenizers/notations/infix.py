"""Infix notation, with the fewest parentheses: symbol by symbol with a number codec, or character by character."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from ...grammars.print.infix import infix_pieces
from ...grammars.print.ways_infix import infix_ways
from ...grammars.text.reader import ALIASES
from ...grammars.tree import CONSTANTS, FUNCTIONS, SYSTEM, Node, Path
from ..alphabet import ANY_NUMBER, Scope
from ..base import Invalid, Token, TokenClass, Vocabulary, character_ids
from .derivation import Derivation, Words, unreadable
from .derived import Derived
from .precedence import infix_derivation

if TYPE_CHECKING:
    from ..machines.machine import Machine


@dataclass(frozen=True, slots=True)
class Infix(Derived):
    """`x_1 | -2*x_0^2` -> `x_1 | N- 2 0 0 E0 * x_0 ^2`, with the codec `digits:3`.

    Minus and unary minus share the token `-`; a number needs no parentheses for its sign, because its code has one.
    Parentheses beyond the fewest are valid and vanish. `closed`, `n_variables`, `operators`: see `Scope`.
    """

    def _derive(self, scope: Scope) -> Derivation:
        return infix_derivation(scope, self.codec)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        for piece in infix_pieces(node, True, self.operators):
            at, kind = node.at(piece.path), TokenClass(piece.kind)
            texts = self.codec.write(at.value or 0.0) if at.is_number and kind is TokenClass.NUMBER else [piece.text]
            tokens.extend(Token(text, kind, (*path, *piece.path)) for text in texts)


_CHARACTER_CLASSES = {
    **dict.fromkeys("0123456789.", TokenClass.NUMBER),
    **dict.fromkeys("+-*/^", TokenClass.OPERATOR),
    **dict.fromkeys("x_", TokenClass.VARIABLE),
    **dict.fromkeys(sorted({*"".join(FUNCTIONS + CONSTANTS)} - {"x"}), TokenClass.FUNCTION),
    **dict.fromkeys("()" + SYSTEM, TokenClass.STRUCTURE),
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
    `words`: each but numbers, with its token of `derivation`.
    """

    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    derivation: Derivation = field(init=False, compare=False, repr=False)
    words: dict[str, int] = field(init=False, compare=False, repr=False)
    _beginnings: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed)
        derivation = infix_derivation(scope, None)
        powers = {h.text for h in scope.heads if h.exponent is not None}
        words = {text: token for text, token in derivation.vocabulary.ids.items() if text not in powers and text != ANY_NUMBER}
        words |= {"**": words["^"]} | {alias: words[name] for alias, name in ALIASES.items()}
        classes = {c: kind for c, kind in _CHARACTER_CLASSES.items() if c != SYSTEM or scope.max_equations > 1}
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(classes), tuple(classes.values())))
        object.__setattr__(self, "derivation", derivation)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "_beginnings", frozenset(w[:n] for w in words for n in range(1, len(w) + 1)))

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        return [Token(c, TokenClass(piece.kind), piece.path) for piece in infix_pieces(tree) for c in piece.text]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        return self.derivation.read(self._read_words("".join([self.vocabulary.tokens[token] for token in ids])))

    def _read_words(self, text: str) -> Words:
        """The text's words, as far as they are some."""
        words, number = self.words, self.derivation.first_number
        tokens, texts, starts = list[int](), list[str](), list[int]()
        values: dict[int, float] = {}
        raised: set[int] = set()
        end, after_number = 0, ""
        fault: Callable[[bool], Invalid | None] | None = None
        for match in _WORD.finditer(text):
            word, start = match.group(), match.start()
            if start != end:
                break
            token = words.get(word, -1)
            if after_number and word[0] == "e":
                fault = partial(_broken_exponent, text, start)
            elif token < 0 and word[0] in _NUMERIC:
                token, after_number = number, word
                values[len(tokens)] = float(word)
                if values[len(tokens)] == math.inf:
                    fault = partial(_too_large, match.end())
                if text.startswith(("^", "**"), match.end()):
                    raised.add(len(tokens))
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
        return Words(tokens, texts, starts, values, frozenset(raised), fault)

    @property
    def characters(self) -> frozenset[str]:
        """Those that a text can hold, but for white space."""
        return frozenset(self.vocabulary.tokens)

    @property
    def names(self) -> frozenset[str]:
        """The runs of letters that a text can hold, whole: names, and the `x` of variables."""
        return frozenset(run for word in self.words for run in _LETTERS.findall(word)) | {"e"}

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
        return self.derivation.machine(self.vocabulary.tokens, self.words)

    def _unknown(self, word: str, start: int, want: bool) -> Invalid | None:
        if not want:
            return None
        hopeless = next((n for n in range(1, len(word) + 1) if word[:n] not in self._beginnings), len(word) + 1)
        return Invalid(f"unknown name {word!r}", start + hopeless - 1)


_NUMERIC = frozenset("0123456789.")


def _too_large(end: int, want: bool) -> Invalid:
    return Invalid("the number is too large for a float", end)


def _broken_exponent(text: str, start: int, want: bool) -> Invalid:
    match = _BROKEN_EXPONENT.match(text, start)
    return Invalid("'e' after a number must be followed by an exponent", match.end() if match else start)


def _lone_point(text: str, position: int, after_number: str, want: bool) -> Invalid:
    """A '.' that is part of no number; which was certain only at the next character where a digit could have followed."""
    late = want or (after_number.isdigit() and text[position + 1 : position + 2] == ".")
    return Invalid("'.' without a number", position + late)
