"""Infix with brackets around every operation, so that no precedence is needed to read it."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.tree import Node, Path
from ..alphabet import Part, Production, Scope, operands
from ..base import Token, TokenClass
from .derivation import Derivation, joined
from .derived import Derived

_OPERAND, _INSIDE, _BEHIND, _CLOSE = 2, 3, 4, 5
_SLOTS = {
    _OPERAND: "'(', a variable or a number",
    _INSIDE: "an operand, or the symbol of one",
    _BEHIND: "an operator of two operands",
    _CLOSE: "')'",
}
_OPEN, _CLOSING = "(", ")"


@dataclass(frozen=True, slots=True)
class Bracketed(Derived):
    """`x_1 | -2*x_0^2` -> `x_1 | ( N- 2 0 0 E0 * ( ^2 x_0 ) )`, with the codec `digits:3`.

    Fully parenthesized infix: `(` operand, operator, operand `)` for operators of two operands; all others stand before their
    operands, within the brackets. `closed`, `n_variables`, `operators`: see `Scope`.
    """

    def _derive(self, scope: Scope) -> Derivation:
        leaves = [(h.text, h.kind, (h,)) for h in scope.heads if not h.arity]
        operand: list[tuple[str, TokenClass, tuple[Part, ...]]] = [*leaves, (_OPEN, TokenClass.STRUCTURE, (_INSIDE,))]
        productions = [Production(text, kind, _OPERAND, then) for text, kind, then in operand]
        productions += [Production(text, kind, _INSIDE, (*then, _BEHIND)) for text, kind, then in operand]
        for head in scope.heads:
            if head.arity == 2:
                productions.append(Production(head.text, head.kind, _BEHIND, (_OPERAND, _CLOSE, head)))
            elif head.arity:
                productions.append(Production(head.text, head.kind, _INSIDE, (*(_OPERAND,) * head.arity, _CLOSE, head)))
        productions.append(Production(_CLOSING, TokenClass.STRUCTURE, _CLOSE))
        numbers: dict[int, tuple[Part, ...]] = {_OPERAND: (), _INSIDE: (_BEHIND,)}
        symbols = tuple(dict.fromkeys((p.text, p.kind) for p in productions))
        return joined(scope, self.codec, productions, numbers=numbers, slots=_SLOTS, symbols=symbols, leveled=False)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        symbol, below = self._symbol(node, path), operands(node)
        if not below:
            tokens.extend(symbol)
            return
        tokens.append(Token(_OPEN, TokenClass.STRUCTURE, path))
        if len(below) != 2:
            tokens.extend(symbol)
        for i, child in enumerate(below):
            self._write(child, (*path, i), tokens)
            if i == 0 and len(below) == 2:
                tokens.extend(symbol)
        tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, path))
