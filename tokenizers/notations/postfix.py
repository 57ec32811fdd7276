"""Postfix (reverse Polish) notation: every symbol after its operands, no parentheses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from ...grammars.operators import operand_count
from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Production, Scope, operands
from ..base import Token
from .derivation import Derivation, joined
from .derived import Derived

_FIRST, _ONE, _OTHER = 2, 3, 4
_SLOTS = {_FIRST: "an operand", _ONE: "an operator, an operand or the end", _OTHER: "an operator"}
_BEHIND = {_FIRST: (_ONE,), _ONE: (_OTHER, _ONE), _OTHER: (_OTHER, _OTHER)}
"""What an operand leaves open at each place: no other waits, one does, more do."""
_SEVERAL = "'|' after several expressions; one must stand before it"


@dataclass(frozen=True, slots=True)
class Postfix(Derived):
    """`x_1 | -2*x_0^2` -> `x_1 | N- 2 0 0 E0 x_0 ^2 *`, with the codec `digits:3`.

    The mirror image of `Prefix` (see there for sources and deviations) but for numbers, whose tokens keep their order.
    `closed`, `n_variables`, `operators`: see `Scope`.
    """

    def _derive(self, scope: Scope) -> Derivation:
        """Behind a first operand there may be the end, or another and then an operator of two: each operand after the first opens
        a place that an operator of two fills, and one of three fills two of them."""
        productions: list[Production] = []
        faults = {(_FIRST, SYSTEM): "'|' after 0 expressions; one must stand before it", (_OTHER, SYSTEM): _SEVERAL}
        for head in scope.heads:
            needs = f"{head.text!r} needs {operand_count(head.arity)}, found"
            made = partial(Production, head.text, head.kind)
            if not head.arity:
                productions += [made(slot, (head, *then)) for slot, then in _BEHIND.items()]
            else:
                faults |= {(_FIRST, head.text): f"{needs} 0"}
            if head.arity == 1:
                productions += [made(slot, (head, slot)) for slot in (_ONE, _OTHER)]
            elif head.arity:
                faults |= {(_ONE, head.text): f"{needs} 1"}
                productions.append(made(_OTHER, (head,), takes=head.arity - 2))
        symbols = [(head.text, head.kind) for head in scope.heads]
        found = joined(scope, self.codec, productions, numbers=_BEHIND, slots=_SLOTS, symbols=symbols, leveled=False)
        known = {place: fault for place, fault in faults.items() if place[1] in found.vocabulary.ids}
        return replace(found, optional=found.optional | {_ONE}, faults=known)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        for i, child in enumerate(operands(node)):
            self._write(child, (*path, i), tokens)
        tokens.extend(self._symbol(node, path))
