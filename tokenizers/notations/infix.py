"""Infix notation, with the fewest parentheses, symbol by symbol with a number codec."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.print.infix import infix_pieces
from ...grammars.tree import Node, Path
from ..alphabet import Scope
from ..base import Token, TokenClass
from .derivation import Derivation
from .derived import Derived
from .precedence import infix_derivation


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
