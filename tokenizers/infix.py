"""Infix notation, with the fewest parentheses: symbol by symbol with a number codec, or character by character."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..grammars.infix import infix_pieces
from ..grammars.reader import Fault, read_infix
from ..grammars.tree import BINARY, CONSTANTS, FUNCTIONS, MAX_DEPTH, NEGATE, SYSTEM, Node, variables
from .alphabet import Head, Scope, make_vocabulary
from .base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import too_many, unknown_id

_PARENTHESES = "()"


@dataclass(frozen=True, slots=True)
class Infix:
    """`x_1 | -2*x_0^2` -> `x_1 | N- 2 0 0 E0 * x_0 ^2`, with the codec `digits:3`.

    Minus and unary minus share the token `-`; a number needs no parentheses for its sign, because its code has one.
    Parentheses beyond the fewest are valid and vanish. `closed`, `n_variables`: see `Scope`.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _scope: Scope = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed)
        structure = (*_PARENTHESES, SYSTEM) if scope.max_equations > 1 else tuple(_PARENTHESES)
        symbols = [(h.text, h.kind) for h in scope.heads if h.symbol != NEGATE]
        symbols += [(text, TokenClass.STRUCTURE) for text in structure]
        object.__setattr__(self, "vocabulary", make_vocabulary(symbols, self.codec))
        object.__setattr__(self, "_scope", scope)

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        tokens: list[Token] = []
        for piece in infix_pieces(tree, atomic_numbers=True):
            node, kind = tree.at(piece.path), TokenClass(piece.kind)
            texts = self.codec.write(node.value or 0.0) if node.is_number and kind is TokenClass.NUMBER else [piece.text]
            tokens.extend(Token(text, kind, piece.path) for text in texts)
        return tokens

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if not ids:
            return Invalid("the sequence is empty", 0)
        if min(ids) < 0 or max(ids) >= len(self.vocabulary):
            return unknown_id(ids, len(self.vocabulary))
        texts = [self.vocabulary.tokens[token] for token in ids]
        first_number = len(self.vocabulary) - len(self.codec.tokens)
        pieces: list[str] = []
        starts: list[int] = []  # token at which each piece starts
        i = 0
        while i < len(ids):
            starts.append(i)
            if ids[i] < first_number:
                pieces.append(texts[i])
                i += 1
                continue
            found = self.codec.read(texts, i)
            if isinstance(found, Invalid):
                return _earlier(found, pieces, starts)
            value, i = found
            # In parentheses, so that a sign, or a minus before the number, stays what it is.
            pieces.append(f"({value!r})")
        return self._read(pieces, starts, len(ids))

    def _read(self, pieces: list[str], starts: list[int], end: int) -> Node | Invalid:
        tree = read_infix(" ".join(pieces))
        if isinstance(tree, Fault):
            return Invalid(tree.reason, _position(tree.offset, pieces, starts, end))
        return _within(tree, self._scope, end, [s for s, p in zip(starts, pieces, strict=True) if p == SYSTEM])


def _position(offset: int, pieces: Sequence[str], starts: Sequence[int], end: int) -> int:
    """The token whose piece holds the character at `offset` of the pieces joined by spaces."""
    begins = [0]
    for piece in pieces:
        begins.append(begins[-1] + len(piece) + 1)
    index = bisect_right(begins, offset) - 1
    return starts[index] if index < len(starts) else end


def _within(tree: Node, scope: Scope, end: int, separators: Sequence[int]) -> Node | Invalid:
    """The tree, or why it is none of the scope's."""
    if len(tree.children) > scope.max_equations:
        return too_many(scope, separators[scope.max_equations - 1])
    if tree.depth > MAX_DEPTH:
        return Invalid(f"nested deeper than {MAX_DEPTH} levels", end)
    top = max(variables(tree), default=-1)
    if top >= scope.n_variables:
        return Invalid(f"x_{top} is not in the vocabulary; there are {scope.n_variables} variables", end)
    if (reason := scope.misfit(len(tree.children), top)) is not None:
        return Invalid(reason, end)
    return tree


_CHARACTER_CLASSES = {
    **dict.fromkeys("0123456789.", TokenClass.NUMBER),
    **dict.fromkeys("+-*/^", TokenClass.OPERATOR),
    **dict.fromkeys("x_", TokenClass.VARIABLE),
    **dict.fromkeys(sorted({*"".join(FUNCTIONS + CONSTANTS)} - {"x"}), TokenClass.FUNCTION),
    **dict.fromkeys(_PARENTHESES + SYSTEM, TokenClass.STRUCTURE),
}


@dataclass(frozen=True, slots=True)
class InfixCharacters:
    """`-2*x_0` -> `- 2 * x _ 0`: the characters of the canonical infix text, without spaces; numbers are exact.

    `tokenize` gives each character the class of the piece that it belongs to; the vocabulary gives the usual one (`x` is
    a variable, although `exp` has one; other letters belong to functions). What `read_infix` accepts is valid, so
    that `2`, `2.` and `2e0` are synonyms. The vocabulary is the same for every number of variables.
    """

    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _scope: Scope = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed)
        classes = {c: kind for c, kind in _CHARACTER_CLASSES.items() if c != SYSTEM or scope.max_equations > 1}
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(classes), tuple(classes.values())))
        object.__setattr__(self, "_scope", scope)

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        return [Token(c, TokenClass(piece.kind), piece.path) for piece in infix_pieces(tree) for c in piece.text]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if not ids:
            return Invalid("the sequence is empty", 0)
        if min(ids) < 0 or max(ids) >= len(self.vocabulary):
            return unknown_id(ids, len(self.vocabulary))
        characters = [self.vocabulary.tokens[token] for token in ids]
        tree = read_infix("".join(characters))
        if isinstance(tree, Fault):
            return Invalid(tree.reason, min(tree.offset, len(ids)))
        return _within(tree, self._scope, len(ids), [i for i, c in enumerate(characters) if c == SYSTEM])
