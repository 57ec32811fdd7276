"""Decoding of infix: symbols to trees by operator precedence.

Checking an infix sequence needs only what may follow what (three states) and a count of parentheses, so an invalid one is
refused in one pass that builds nothing, at the first symbol after which no sequence is valid. Trees are then built by
Dijkstra's shunting yard. The language is that of `grammars/text/expression.lark`, which stays the reference: tests hold the two
to each other. That parser is not used here because it takes several times as long, and κ decodes every edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from ...grammars.tree import FUNCTIONS, MAX_DEPTH, NEGATE, SYSTEM, Node
from ..alphabet import Scope
from ..base import Invalid
from .derivation import too_deep, too_many


class Sort(IntEnum):
    """What may follow what depends on these alone."""

    LEAF = 0
    BINARY = 1
    MINUS = 2
    POWER = 3  # a whole power, `^2`
    FUNCTION = 4
    OPEN = 5
    CLOSE = 6
    BAR = 7


WANT, HAVE, _CALL, _NO = 0, 1, 2, -1
# One row per state: an operand must follow, an operand is complete, '(' must follow a function's name.
_NEXT = (
    (HAVE, _NO, WANT, _NO, _CALL, WANT, _NO, _NO),
    (_NO, WANT, WANT, HAVE, _NO, _NO, HAVE, WANT),
    (_NO, _NO, _NO, _NO, _NO, WANT, _NO, _NO),
)
_WANTED = ("a number, variable, function or '('", "an operator, ')' or '|'", "'('")
RAISED = "raised"
"""In the output: a whole power, whose exponent stands before it. It follows its operand and is applied at once: `x ^2 ^3` is
(x^2)^3, since the 2 is no number that `^3` could raise."""
_STRENGTH = {"(": 0, "+": 1, "-": 1, "*": 2, "/": 2, NEGATE: 3, "^": 4}


@dataclass(slots=True)
class Reader:
    """Takes symbols one by one, then gives the tree. `output` holds leaves and operator names in reading order."""

    scope: Scope
    state: int = WANT
    opened: int = 0
    equations: int = 1
    top: int = -1
    output: list[Node | str] = field(default_factory=list)

    def take(self, sort: int, item: Node | str, text: str, position: int) -> Invalid | None:
        """Add one symbol; `Invalid` where it cannot stand here. `POWER` takes its exponent's node."""
        state = _NEXT[self.state][sort]
        if state == _NO or (sort == Sort.CLOSE and not self.opened) or (sort == Sort.BAR and self.opened):
            return self.unexpected(text, position)
        if sort == Sort.OPEN:
            self.opened += 1
        elif sort == Sort.CLOSE:
            self.opened -= 1
        elif sort == Sort.BAR:
            self.equations += 1
            if self.equations > self.scope.max_equations:
                return too_many(self.scope, position)
        elif sort == Sort.POWER:
            self.output.append(item)
            item = RAISED
        elif sort == Sort.MINUS and self.state == WANT:
            item = NEGATE
        self.output.append(item)
        self.state = state
        return None

    def unexpected(self, text: str, position: int) -> Invalid:
        return Invalid(f"expected {_WANTED[self.state]}, found {text!r}", position)

    def tree(self, end: int) -> Node | Invalid:
        """The system, once all `end` tokens are taken."""
        if self.state != HAVE:
            return Invalid(f"the sequence ends where {_WANTED[self.state]} must follow", end)
        if self.opened:
            return Invalid("the sequence ends where ')' must follow", end)
        if (reason := self.scope.misfit(self.equations, self.top)) is not None:
            return Invalid(reason, end)
        tree = build(self.output)
        return too_deep(end) if tree is None else tree


def build(output: Sequence[Node | str]) -> Node | None:
    """The system tree of a checked sequence, or None where it is too deep."""
    operands: list[Node] = []
    operators: list[str] = []
    for item in output:
        if isinstance(item, Node):
            operands.append(item)
        elif item == RAISED:
            exponent = operands.pop()
            operands.append(Node("^", (operands.pop(), exponent)))
        elif item == ")":
            _reduce(operands, operators, 0)
            operators.pop()
            if operators and operators[-1] in _APPLIED:
                operands.append(Node(operators.pop(), (operands.pop(),)))
        elif item == SYSTEM:
            _reduce(operands, operators, 0)
        elif item in _PREFIXED:
            operators.append(item)
        else:
            strength = _STRENGTH[item]
            _reduce(operands, operators, strength if item == "^" else strength - 1)  # `^` associates to the right
            operators.append(item)
        if operands and operands[-1].depth >= MAX_DEPTH:
            return None
    _reduce(operands, operators, 0)
    tree = Node(SYSTEM, tuple(operands))
    return None if tree.depth > MAX_DEPTH else tree


_APPLIED = frozenset(FUNCTIONS)
_PREFIXED = _APPLIED | {"(", NEGATE}


def _reduce(operands: list[Node], operators: list[str], weaker: int) -> None:
    """Apply the operators on top that bind more tightly than `weaker`."""
    while operators and _STRENGTH[operators[-1]] > weaker:
        symbol = operators.pop()
        right = operands.pop()
        operands.append(Node(symbol, (right,)) if symbol == NEGATE else Node(symbol, (operands.pop(), right)))
