"""S-expressions: brackets around every symbol and its operands."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.tree import Node, Path
from ..alphabet import Part, Production, Scope, operands
from ..base import Token, TokenClass
from .derivation import Derivation, joined
from .derived import Derived

_EXPRESSION, _SYMBOL, _CLOSE = 2, 3, 4
_SLOTS = {_EXPRESSION: "'(', a variable or a number", _SYMBOL: "an operator or function", _CLOSE: "')'"}
_OPEN, _CLOSING = "(", ")"


@dataclass(frozen=True, slots=True)
class Sexpr(Derived):
    """`x_1 | -2*x_0^2` -> `x_1 | ( * N- 2 0 0 E0 ( ^2 x_0 ) )`, with the codec `digits:3`.

    McCarthy 1960 (Recursive functions of symbolic expressions), as Lisp's `(* -2 (^2 x))`: as `tree` without arities in its
    brackets, and `prefix` with brackets that say nothing new. Leaves stand bare. `closed`, `n_variables`, `operators`: see
    `Scope`.
    """

    def _derive(self, scope: Scope) -> Derivation:
        productions = [Production(_OPEN, TokenClass.STRUCTURE, _EXPRESSION, (_SYMBOL,))]
        for head in scope.heads:
            below: tuple[Part, ...] = (*(_EXPRESSION,) * head.arity, _CLOSE, head) if head.arity else (head,)
            productions.append(Production(head.text, head.kind, _SYMBOL if head.arity else _EXPRESSION, below))
        productions.append(Production(_CLOSING, TokenClass.STRUCTURE, _CLOSE))
        return joined(scope, self.codec, productions, numbers={_EXPRESSION: ()}, slots=_SLOTS)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        if node.children:
            tokens.append(Token(_OPEN, TokenClass.STRUCTURE, path))
        tokens.extend(self._symbol(node, path))
        for i, child in enumerate(operands(node)):
            self._write(child, (*path, i), tokens)
        if node.children:
            tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, path))
