"""Prefix notation in which sums and products take any number of operands, between brackets."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.tree import Node, Path
from ..alphabet import Part, Production, Scope, operands
from ..base import Token, TokenClass
from .derivation import Derivation, joined
from .derived import Derived

_CLOSING = ")"
_OPERAND, _CHAIN = 2, 3
"""Slots; from the last one on, behind an operand of each bracket."""


def opening(symbol: str) -> str:
    """'+' -> '(+'."""
    return f"({symbol}"


@dataclass(frozen=True, slots=True)
class Nary(Derived):
    """`x_0 + x_1*x_0*x_2 - 1` -> `- (+ x_0 (* x_1 x_0 x_2 ) ) N+ 1 0 0 E0`, with the codec `digits:3`.

    Sums and products as the n-ary operators of S-expressions (McCarthy 1960, Recursive functions of symbolic
    expressions); all other symbols as in `Prefix`. A chain that leans to the left, `((a+b)+c)+d`, is one bracket and is
    read back as exactly that; other shapes keep brackets of their own, so that trees survive to the last bit. What
    writing never gives is still read: a bracket around a chain's first operand of the same symbol, which changes
    nothing, and a bracket around one operand, which is that operand. In another alphabet the chains are those of the operators
    that it calls associative. `closed`, `n_variables`, `operators`: see `Scope`.
    """

    def _derive(self, scope: Scope) -> Derivation:
        chained = self.operators.chained
        productions: list[Production] = []
        for head in scope.heads:
            if head.symbol not in chained:
                productions.append(Production(head.text, head.kind, _OPERAND, (*(_OPERAND,) * head.arity, head)))
        slots = {_OPERAND: "an operand"}
        numbers: dict[int, tuple[Part, ...]] = {_OPERAND: ()}
        chains = [head for head in scope.heads if head.symbol in chained]
        operand = [
            *productions,
            *(Production(opening(h.text), h.kind, _OPERAND, (_OPERAND, _CHAIN + i)) for i, h in enumerate(chains)),
        ]
        productions = list(operand)
        for slot, head in enumerate(chains, _CHAIN):
            slots[slot] = "an operand or ')'"
            numbers[slot] = (head, slot)
            productions += [Production(p.text, p.kind, slot, (*p.then, head, slot)) for p in operand]
            productions.append(Production(_CLOSING, TokenClass.STRUCTURE, slot))
        symbols = [(opening(h.text) if h.symbol in chained else h.text, h.kind) for h in scope.heads]
        symbols.append((_CLOSING, TokenClass.STRUCTURE))
        return joined(scope, self.codec, productions, numbers=numbers, slots=slots, symbols=symbols, leveled=False)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        if node.symbol in self.operators.chained:
            tokens.append(Token(opening(node.symbol), TokenClass.OPERATOR, path))
            for below in chain(node, path):
                self._write(*below, tokens)
            tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, path))
            return
        tokens.extend(self._symbol(node, path))
        for i, child in enumerate(operands(node)):
            self._write(child, (*path, i), tokens)


def chain(node: Node, path: Path) -> list[tuple[Node, Path]]:
    """The operands of a chain that leans to the left, each with its path: `(a+b)+(c+d)` -> `a`, `b`, `c+d`."""
    operands: list[tuple[Node, Path]] = []
    symbol = node.symbol
    while node.symbol == symbol:
        operands.append((node.children[1], (*path, 1)))
        node, path = node.children[0], (*path, 0)
    return [(node, path), *reversed(operands)]
