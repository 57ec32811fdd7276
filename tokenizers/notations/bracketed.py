"""Infix with brackets around every operation, so that no precedence is needed to read it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import Node, Path
from ..alphabet import Part, Production, Scope, head_text, kind_of, operands
from ..base import NumberCodec, Token, TokenClass
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

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    derivation: Derivation = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
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
        derivation = joined(scope, self.codec, productions, numbers=numbers, slots=_SLOTS, symbols=symbols, leveled=False)
        object.__setattr__(self, "derivation", derivation)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        if node.is_number:
            tokens.extend(Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0))
            return
        symbol, below = Token(head_text(node), kind_of(node, self.operators), path), operands(node)
        if not below:
            tokens.append(symbol)
            return
        tokens.append(Token(_OPEN, TokenClass.STRUCTURE, path))
        if len(below) != 2:
            tokens.append(symbol)
        for i, child in enumerate(below):
            self._write(child, (*path, i), tokens)
            if i == 0 and len(below) == 2:
                tokens.append(symbol)
        tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, path))
