"""Infix over any alphabet, character by character."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

from ...grammars.errors import SpecError
from ...grammars.operators import BUILT_IN, Operators
from ...grammars.print.infix import infix_pieces
from ...grammars.print.ways_infix import infix_ways
from ...grammars.text.reader import ALIASES
from ...grammars.tree import CONSTANTS, FUNCTIONS, SYSTEM, Node
from ..alphabet import Part, Scope
from ..base import Invalid, Token, TokenClass, Vocabulary, character_ids
from .derivation import Derivation, Words, unreadable
from .precedence import infix_derivation, symbols

if TYPE_CHECKING:
    from ..machines.machine import Machine

_DIGITS = "0123456789"
_NUMBER = r"((?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:e[+-]?\d+)?)"
_NAME = re.compile(r"[a-z_][a-z_0-9]*")
_LETTERS = re.compile(r"[a-z]+")
_SPACES = frozenset(" \t\n\r\f\v")
_EXPONENT = re.compile(r"e[+-]?")
_LIKE_NUMBERS = re.compile(r"[\d.]|e[+-]?\d", re.ASCII)
_ARITHMETIC = {
    **dict.fromkeys(_DIGITS + ".", TokenClass.NUMBER),
    **dict.fromkeys("+-*/^", TokenClass.OPERATOR),
    **dict.fromkeys("x_", TokenClass.VARIABLE),
    **dict.fromkeys(sorted({*"".join(FUNCTIONS + CONSTANTS)} - {"x"}), TokenClass.FUNCTION),
    **dict.fromkeys("()" + SYSTEM, TokenClass.STRUCTURE),
}


@dataclass(frozen=True, slots=True)
class InfixCharacters:
    """`-2*x_0` -> `- 2 * x _ 0`: the characters of the infix text, without spaces; numbers are exact.

    `tokenize` gives each character the class of the piece that it belongs to; the vocabulary gives the usual one (`x` is a
    variable, although `exp` has one; other letters belong to functions). In the built-in alphabet the vocabulary is the same for
    every number of variables, and valid is what the grammar reads, so that `2`, `2.` and `2e0` are synonyms. A minus directly
    before a number is its sign. At each place the longest word is read; raises SpecError for an alphabet in which a text may have
    more than one reading (a symbol that begins another, or is like a number).

    `words`: each but numbers, with its token of `derivation`. `whole`: whether names are: where no operator is of letters, those
    that run on are one name, and an `e` after a number is its exponent's. `_beginnings`: of what may stand at an operand, and
    behind one, and whether they are words there; `_shared`: whether what cannot stand at one may begin as what can.
    """

    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    derivation: Derivation = field(init=False, compare=False, repr=False)
    words: Mapping[str, int] = field(init=False, compare=False, repr=False)
    whole: bool = field(init=False, compare=False, repr=False)
    _pattern: re.Pattern[str] = field(init=False, compare=False, repr=False)
    _beginnings: Mapping[int, Mapping[str, bool]] = field(init=False, compare=False, repr=False)
    _shared: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        if not self.operators.built_in:
            _check(self.operators)
        derivation = infix_derivation(scope, None)
        kinds, powers = derivation.vocabulary.classes, {h.text for h in scope.heads if h.exponent is not None}
        words = {text: i for text, i in derivation.vocabulary.ids.items() if i < derivation.first_number and text not in powers}
        if self.operators.built_in:
            words |= {"**": words["^"]} | {alias: words[name] for alias, name in ALIASES.items()}
        named = {text: i for text, i in words.items() if _NAME.match(text)}
        whole = not any(kinds[i] is TokenClass.OPERATOR or not _NAME.fullmatch(text) for text, i in named.items())
        object.__setattr__(self, "vocabulary", _characters(scope))
        object.__setattr__(self, "derivation", derivation)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "whole", whole)
        object.__setattr__(self, "_pattern", _pattern(words, whole, self.operators.numbers))
        first = derivation.start[-1]
        (behind,) = derivation.numbers[first]
        beginnings = {slot: _beginnings(derivation, words, slot) for slot in (first, behind)}
        object.__setattr__(self, "_beginnings", beginnings)
        object.__setattr__(self, "_shared", _share(beginnings[first], beginnings[behind]) or not whole)

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        pieces = infix_pieces(tree, alphabet=self.operators)
        return [Token(c, TokenClass(piece.kind), piece.path) for piece in pieces for c in piece.text]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        text = "".join([self.vocabulary.tokens[token] for token in ids])
        words = self._read_words(text)
        found = self.derivation.read(words)
        return found if isinstance(found, Node) or not self._shared else self._later(text, words, found)

    def _later(self, text: str, words: Words, found: Invalid) -> Invalid:
        """A word that cannot stand where it is may begin as others do that can: then so may the text, up to where they part."""
        if found.position not in words.starts[:-1]:
            return found
        n = words.starts.index(found.position)
        before = words.texts[n - 1] if n - 1 in words.values else ""
        parting = partial(self._parting, text, found.position, words.texts[n], before)
        cut = self.derivation.read(Words(words.tokens[:n], words.texts, words.starts, words.values, parting))
        return Invalid(found.reason, cut.position) if isinstance(cut, Invalid) else found

    def _read_words(self, text: str) -> Words:
        """The text's words, as far as they are some."""
        known, number, whole = self.words, self.derivation.first_number, self.whole
        tokens, texts, starts = list[int](), list[str](), list[int]()
        values: dict[int, float] = {}
        end, after_number = 0, ""
        for match in self._pattern.finditer(text):
            word = match.group()
            starts.append(end)
            texts.append(word)
            token = known.get(word, -1)
            if match.lastindex:
                token, after_number = number, word
                values[len(tokens)] = value = float(word)
                if value == math.inf:
                    return Words(tokens, texts, starts, values, partial(_too_large, match.end()))
            elif token < 0 or (after_number and whole and word[0] == "e"):
                return Words(tokens, texts, starts, values, partial(self._fault, text, end, word, after_number))
            else:
                after_number = ""
            tokens.append(token)
            end = match.end()
        return Words(tokens, texts, [*starts, end], values)

    def _fault(self, text: str, start: int, word: str, after_number: str, slot: int) -> tuple[str, int]:
        """What is wrong with what is no word, and where that is certain; no reason where no symbol can stand at the slot."""
        wanted = slot in self.derivation.numbers
        if word == "." and self.operators.numbers:
            # Certain only at the next character where a digit could have followed.
            return "'.' without a number", start + (wanted or (after_number.isdigit() and text[start + 1 : start + 2] == "."))
        if after_number and self.whole and (exponent := _EXPONENT.match(text, start)):
            return "'e' after a number must be followed by an exponent", exponent.end()
        return f"unknown name {word!r}" if wanted else "", self._parting(text, start, word, after_number, slot)[1]

    def _parting(self, text: str, start: int, word: str, after_number: str, slot: int) -> tuple[str, int]:
        """Where a text goes on as no word does that may stand at the slot; the start where this one may."""
        begun = self._beginnings.get(self.derivation.alike.get(slot, slot), {})
        if begun.get(word):
            return "", start
        at = next((n for n in range(start, len(text)) if text[start : n + 1] not in begun), len(text))
        exponent = _EXPONENT.match(text, start) if after_number and "e" not in after_number else None
        return "", max(at, exponent.end()) if exponent else at

    @property
    def characters(self) -> frozenset[str]:
        """Those that a text can hold, but for white space."""
        return frozenset(self.vocabulary.tokens)

    @property
    def names(self) -> frozenset[str] | None:
        """The runs of letters that a text can hold, whole: names, and the `x` of variables. None where names may run on."""
        if not self.whole:
            return None
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
            ends = {match.end() for match in self._pattern.finditer(characters)}
            within = next((b for n, (a, b) in enumerate(pairwise(at), 1) if b > a + 1 and n not in ends), None)
            if within is not None:
                return Invalid("white space within a symbol", within)
        return tree

    def other_ways(self, tree: Node) -> dict[str, str] | None:
        """See `base.Textual`: of arithmetic."""
        return infix_ways(tree) if self.operators.built_in else None

    def encode_text(self, text: str) -> list[int] | Invalid:
        """See `base.Textual`."""
        return character_ids(self.vocabulary, text)

    def machine(self) -> Machine:
        """See `machines.machine.Bulk`."""
        return self.derivation.machine(self.vocabulary.tokens, self.words, self.whole)


def _too_large(end: int, slot: int) -> tuple[str, int]:
    return "the number is too large for a float", end


def _characters(scope: Scope) -> Vocabulary:
    if scope.operators.built_in:
        classes = {c: kind for c, kind in _ARITHMETIC.items() if c != SYSTEM or scope.max_equations > 1}
    else:
        classes = dict.fromkeys(_DIGITS + ".e+-", TokenClass.NUMBER) if scope.operators.numbers else {}
        # What also stands in symbols is theirs: `-` is an operator, though `-3` has one.
        for text, kind in symbols(scope):
            classes |= {c: kind for c in text if not (kind is TokenClass.VARIABLE and c in classes)}
    return Vocabulary(tuple(classes), tuple(classes.values()))


def _pattern(words: Iterable[str], whole: bool, numbers: bool) -> re.Pattern[str]:
    """Of a number (a group), else the longest word, else what is shown of what is none."""
    listed = sorted((word for word in words if not (whole and _NAME.fullmatch(word))), key=len, reverse=True)
    return re.compile(
        "|".join(([_NUMBER] if numbers else []) + [*map(re.escape, listed), _NAME.pattern, "."]), re.ASCII | re.DOTALL
    )


def _beginnings(derivation: Derivation, words: Mapping[str, int], slot: Part) -> dict[str, bool]:
    """What the words that may stand at a slot begin with, and whether it is one of them."""
    tokens = {derivation.vocabulary.ids[p.text] for p in derivation.productions if p.slot == slot}
    standing = {word for word, token in words.items() if token in tokens}
    return {word[:n]: word[:n] in standing for word in standing for n in range(1, len(word) + 1)}


def _share(a: Mapping[str, bool], b: Mapping[str, bool]) -> bool:
    """Whether words of both begin alike that are not the same."""
    return any(not (a[begun] and b[begun]) for begun in a.keys() & b.keys())


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
