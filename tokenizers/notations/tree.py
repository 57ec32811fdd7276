"""Tree-structured notation: brackets that carry symbol and arity, so that every subtree can be read off locally."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Production, Scope, operands
from ..base import Token, TokenClass
from .derivation import Derivation
from .derived import Derived

_ROOT, _EXPRESSION, _CLOSE = 1, 2, 3
_SLOTS = {_ROOT: "the root '(|/n'", _EXPRESSION: "an opening bracket, variable or number", _CLOSE: "')'"}
_CLOSING = ")"


def opening(symbol: str, arity: int) -> str:
    """'+', 2 -> '(+/2'."""
    return f"({symbol}/{arity}"


@dataclass(frozen=True, slots=True)
class TreeNotation(Derived):
    """`x_1 | -x_0` -> `(|/2 x_1 (neg/1 x_0 ) )`.

    Bracketed pre-order as in Vinyals et al. 2015 (Grammar as a foreign language), with the number of children in the
    opening token: where a node begins, ends, and how many parts it has is seen without reading from the start.
    The redundancy is deliberate: bracket and arity must agree, else the sequence is invalid. Leaves stand bare.
    """

    def _derive(self, scope: Scope) -> Derivation:
        productions = []
        for head in scope.heads:
            text = opening(head.text, head.arity) if head.arity else head.text
            below = (*(_EXPRESSION,) * head.arity, _CLOSE) if head.arity else ()
            productions.append(Production(text, head.kind, _EXPRESSION, (*below, head)))
        for n in range(1, scope.max_equations + 1):
            opens = (*(_EXPRESSION,) * n, _CLOSE)
            productions.append(Production(opening(SYSTEM, n), TokenClass.STRUCTURE, _ROOT, opens, equations=n - 1))
        productions.append(Production(_CLOSING, TokenClass.STRUCTURE, _CLOSE))
        return Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            start=(_ROOT,),
            numbers={_EXPRESSION: ()},
            slots=_SLOTS,
            counted=True,
        )

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        tokens = [Token(opening(SYSTEM, len(tree.children)), TokenClass.STRUCTURE, ())]
        for i, equation in enumerate(tree.children):
            self._write(equation, (i,), tokens)
        tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, ()))
        return tokens

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        symbol, below = self._symbol(node, path), operands(node)
        if not below:
            tokens.extend(symbol)
            return
        tokens.append(Token(opening(symbol[0].text, len(below)), symbol[0].kind, path))
        for i, child in enumerate(below):
            self._write(child, (*path, i), tokens)
        tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, path))
