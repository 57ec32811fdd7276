"""Infix in an alphabet of one's own, character by character."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from ...grammars.errors import SpecError
from ...grammars.operators import Operators
from ...grammars.print.infix import infix_pieces
from ...grammars.text.reader import Fault
from ...grammars.text.yard import Yard
from ...grammars.tree import Node
from ..alphabet import Scope, number_leaf
from ..base import Invalid, Token, TokenClass, Vocabulary
from .derivation import unreadable
from .own_infix import symbols_of

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
    _scope: Scope = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        _check(self.operators)
        classes: dict[str, TokenClass] = dict.fromkeys(_DIGITS + ".e+-", TokenClass.NUMBER) if self.operators.numbers else {}
        # What also stands in symbols is theirs: `-` is an operator, though `-3` has one.
        for text, kind in symbols_of(scope):
            known = {c: kind for c in text if not (kind is TokenClass.VARIABLE and c in classes)}
            classes |= known
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(classes), tuple(classes.values())))
        object.__setattr__(self, "_scope", scope)

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        pieces = infix_pieces(tree, alphabet=self.operators)
        return [Token(c, TokenClass(piece.kind), piece.path) for piece in pieces for c in piece.text]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (foreign := unreadable(ids, len(self.vocabulary))) is not None:
            return foreign
        text = "".join([self.vocabulary.tokens[token] for token in ids])
        yard = Yard(self.operators, self._scope.max_equations)
        heads = {head.text: head for head in self._scope.heads}
        top, at = -1, 0
        while at < len(text):
            word = self._word(text, at, yard.want and not yard.called)
            if word is None:
                return Invalid(f"no symbol, number or variable begins with {text[at : at + 8]!r}", at)
            head = heads.get(word)
            if head is not None and head.node is not None:
                fault = yard.leaf(head.node, word, at)
                top = max(top, head.variable)
            elif head is not None:
                fault = yard.operator(self.operators.by_symbol[word], at)
            elif word in _STRUCTURE:
                fault = yard.structure(word, at)
            elif word.startswith("x_"):
                return Invalid(f"{word} is not in the vocabulary", at)
            elif abs(value := float(word)) == float("inf"):
                return Invalid("the number is too large for a float", at)
            else:
                fault = yard.leaf(number_leaf(value), word, at)
            if fault is not None:
                return Invalid(fault.reason, fault.offset)
            at += len(word)
        tree = yard.system(len(ids))
        if isinstance(tree, Fault):
            return Invalid(tree.reason, tree.offset)
        reason = self._scope.misfit(len(tree.children), top)
        return tree if reason is None else Invalid(reason, len(ids))

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
        elif row.symbol.startswith("-") and not row.infix and alphabet.numbers:
            yield f"{row.symbol!r} is like the sign of a number"
