"""Prefix (Polish) notation: every symbol before its operands, no parentheses."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.tree import Node, Path
from ..alphabet import Production, Scope, operands
from ..base import Token
from .derivation import Derivation, joined
from .derived import Derived

_EXPRESSION = 2
_SLOTS = {_EXPRESSION: "an operator, function, variable or number"}


@dataclass(frozen=True, slots=True)
class Prefix(Derived):
    """`x_1 | -2*x_0^2` -> `x_1 | * N- 2 0 0 E0 ^2 x_0`, with the codec `digits:3`.

    Source: Lample & Charton 2020 (Deep learning for symbolic mathematics); equations joined by `|` as in
    d'Ascoli et al. 2024 (ODEFormer). Deviations: `-`, `/` and unary minus are symbols of their own instead of being
    rewritten, and trees are written as they are, not in SymPy's order.
    `closed`, `n_variables`, `operators`: see `Scope`.
    """

    def _derive(self, scope: Scope) -> Derivation:
        productions = [Production(h.text, h.kind, _EXPRESSION, (*(_EXPRESSION,) * h.arity, h)) for h in scope.heads]
        return joined(scope, self.codec, productions, numbers={_EXPRESSION: ()}, slots=_SLOTS)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        tokens.extend(self._symbol(node, path))
        for i, child in enumerate(operands(node)):
            self._write(child, (*path, i), tokens)
