"""Infix in an alphabet of one's own: its tokens, and reading them back (`grammars/text/yard.py` has the rules)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...grammars.print.own_infix import CLOSE, COMMA, OPEN
from ...grammars.text.reader import Fault
from ...grammars.text.yard import Yard
from ...grammars.tree import SYSTEM, Node
from ..alphabet import Scope, number_leaf
from ..base import Invalid, NumberCodec, TokenClass


def symbols_of(scope: Scope) -> list[tuple[str, TokenClass]]:
    """The tokens but for numbers: symbols, variables, and what structure the alphabet needs."""
    several = any(row.fixity == "call" and row.arity > 1 for row in scope.operators.rows)
    structure = [OPEN, CLOSE, *([COMMA] if several else []), *([SYSTEM] if scope.max_equations > 1 else [])]
    return [(h.text, h.kind) for h in scope.heads] + [(text, TokenClass.STRUCTURE) for text in structure]


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads the texts of tokens. Total: the tree, or why there is none."""

    scope: Scope
    codec: NumberCodec

    def read(self, texts: Sequence[str]) -> Node | Invalid:
        yard = Yard(self.scope.operators, self.scope.max_equations)
        heads = {head.text: head for head in self.scope.heads}
        top, i = -1, 0
        while i < len(texts):
            text, following = texts[i], i + 1
            head = heads.get(text)
            if head is not None and head.node is not None:
                fault = yard.leaf(head.node, text, i)
                top = max(top, head.variable)
            elif head is not None:
                fault = yard.operator(self.scope.operators.by_symbol[text], i)
            elif text in (OPEN, CLOSE, COMMA, SYSTEM):
                fault = yard.structure(text, i)
            elif not yard.want or yard.called:
                fault = yard.unexpected(text, i)
            else:
                reading = self.codec.read(texts, i)
                if isinstance(reading, Invalid):
                    return reading
                value, following = reading
                fault = yard.leaf(number_leaf(value), text, i)
            if fault is not None:
                return Invalid(fault.reason, fault.offset)
            i = following
        tree = yard.system(len(texts))
        if isinstance(tree, Fault):
            return Invalid(tree.reason, tree.offset)
        reason = self.scope.misfit(len(tree.children), top)
        return tree if reason is None else Invalid(reason, len(texts))
