"""Prefix (Polish) notation: every symbol before its operands, no parentheses."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Production, Scope, head_text, kind_of, operands
from ..base import NumberCodec, Token, TokenClass
from .derivation import Derivation
from .derived import Derived

_EXPRESSION, _MORE = 1, 2
_SLOTS = {_EXPRESSION: "an operator, function, variable or number", _MORE: "'|' or the end"}


@dataclass(frozen=True, slots=True)
class Prefix(Derived):
    """`x_1 | -2*x_0^2` -> `x_1 | * N- 2 0 0 E0 ^2 x_0`, with the codec `digits:3`.

    Source: Lample & Charton 2020 (Deep learning for symbolic mathematics); equations joined by `|` as in
    d'Ascoli et al. 2024 (ODEFormer). Deviations: `-`, `/` and unary minus are symbols of their own instead of being
    rewritten, and trees are written as they are, not in SymPy's order.
    `closed`, `n_variables`, `operators`: see `Scope`.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    derivation: Derivation = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        productions = [Production(h.text, h.kind, _EXPRESSION, (*(_EXPRESSION,) * h.arity, h)) for h in scope.heads]
        if scope.max_equations > 1:
            productions.append(Production(SYSTEM, TokenClass.STRUCTURE, _MORE, (_EXPRESSION, _MORE), equations=1))
        derivation = Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            start=(_MORE, _EXPRESSION),
            numbers={_EXPRESSION: ()},
            slots=_SLOTS,
            optional=frozenset((_MORE,)),
        )
        object.__setattr__(self, "derivation", derivation)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        if node.is_number:
            tokens.extend(Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0))
            return
        tokens.append(Token(head_text(node), kind_of(node, self.operators), path))
        for i, child in enumerate(operands(node)):
            self._write(child, (*path, i), tokens)
