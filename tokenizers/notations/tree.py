"""Tree-structured notation: brackets that carry symbol and arity, so that every subtree can be read off locally."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Production, Scope, head_text, kind_of, operands
from ..base import NumberCodec, Token, TokenClass
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

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    derivation: Derivation = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        productions = []
        for head in scope.heads:
            text = opening(head.text, head.arity) if head.arity else head.text
            below = (*(_EXPRESSION,) * head.arity, _CLOSE) if head.arity else ()
            productions.append(Production(text, head.kind, _EXPRESSION, (*below, head)))
        for n in range(1, scope.max_equations + 1):
            opens = (*(_EXPRESSION,) * n, _CLOSE)
            productions.append(Production(opening(SYSTEM, n), TokenClass.STRUCTURE, _ROOT, opens, equations=n - 1))
        productions.append(Production(_CLOSING, TokenClass.STRUCTURE, _CLOSE))
        derivation = Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            start=(_ROOT,),
            numbers={_EXPRESSION: ()},
            slots=_SLOTS,
            counted=True,
        )
        object.__setattr__(self, "derivation", derivation)

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        tokens = [Token(opening(SYSTEM, len(tree.children)), TokenClass.STRUCTURE, ())]
        for i, equation in enumerate(tree.children):
            self._write(equation, (i,), tokens)
        tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, ()))
        return tokens

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        if node.is_number:
            tokens.extend(Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0))
        elif not node.children:
            tokens.append(Token(node.symbol, kind_of(node, self.operators), path))
        else:
            below = operands(node)
            tokens.append(Token(opening(head_text(node), len(below)), kind_of(node, self.operators), path))
            for i, child in enumerate(below):
                self._write(child, (*path, i), tokens)
            tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, path))
