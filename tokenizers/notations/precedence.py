"""Infix over any alphabet as a derivation, by precedence climbing (Richards & Whitby-Strevens 1979).

Two slots for each tightness: an operand that binds at least so tightly, and the place behind one. An operator behind an operand
opens an operand tighter than itself (or as tight, where it associates to the right), is built after it, and leaves the place as
it was; a place whose operators are all too tight for the next token gives way. A prefix operator may stand at any operand and
takes in all that binds more tightly than itself. Parentheses beyond the fewest are valid and vanish. The grammar that people's
text is read by (`grammars/text/expression.lark`) stays the reference: tests hold the two to each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...grammars.operators import operand_count
from ...grammars.tree import NEGATE, SYSTEM
from ..alphabet import Head, Part, Production, Scope
from ..base import NumberCodec, TokenClass
from .derivation import Derivation
from .levels import levels

OPEN, CLOSE, COMMA, MINUS = "(", ")", ",", "-"
_MORE, _CALL, _CLOSE, _FIRST = 1, 2, 3, 4


def symbols(scope: Scope) -> tuple[tuple[str, TokenClass], ...]:
    """The tokens but for numbers: symbols, variables, and what structure the alphabet needs."""
    structure = [OPEN, CLOSE, *([COMMA] if _separated(scope) else []), *([SYSTEM] if scope.max_equations > 1 else [])]
    heads = [(h.text, h.kind) for h in scope.heads if not _shares(h, scope)]
    return (*heads, *((text, TokenClass.STRUCTURE) for text in structure))


def _separated(scope: Scope) -> bool:
    """Whether some call takes several operands."""
    return any(row.fixity == "call" and row.arity > 1 for row in scope.operators.rows)


def _shares(head: Head, scope: Scope) -> bool:
    """Whether a symbol is written by another's token: the unary minus of arithmetic."""
    return head.symbol == NEGATE and scope.operators.built_in


def infix_derivation(scope: Scope, codec: NumberCodec | None) -> Derivation:
    """Of infix, symbol by symbol. `codec`: None where numbers are words."""
    made = _Climbing(scope)
    hierarchy = levels(scope.operators)
    first, bar = made.slot(hierarchy.first, False, False), scope.max_equations > 1
    made.slots |= {_MORE: "'|' or the end", _CALL: "'('", _CLOSE: "')'"}
    made.add(OPEN, TokenClass.STRUCTURE, _CALL)
    made.add(CLOSE, TokenClass.STRUCTURE, _CLOSE)
    if bar:
        made.add(SYSTEM, TokenClass.STRUCTURE, _MORE, first, _MORE, equations=1)
    contexts = (False, True) if made.calls else (False,)
    for inside in contexts:
        for level in range(hierarchy.first, hierarchy.atom + 1):
            made.level(level, inside)
    behind = made.slot(hierarchy.first, False, True)
    operands, places = list(made.numbers), [place for (place,) in made.numbers.values()]
    written, minus = symbols(scope), any(_shares(head, scope) for head in scope.heads)
    if codec is None and scope.operators.numbers and not minus:
        made.signs()
        written = tuple(dict([(MINUS, TokenClass.NUMBER), *written]).items())
    return Derivation(
        scope=scope,
        codec=codec,
        productions=tuple(made.productions),
        symbols=written,
        start=(_MORE, first),
        numbers=made.numbers,
        slots=made.slots,
        optional=frozenset((_MORE, *places)),
        leveled=False,
        faults=made.faults,
        alike=dict.fromkeys(operands, first) | dict.fromkeys(places, behind),
        raises="^" if minus else "",
    )


@dataclass(slots=True)
class _Climbing:
    """The productions under construction. `calls`: where some take several operands, the slots of each one's commas and end."""

    scope: Scope
    productions: list[Production] = field(default_factory=list)
    numbers: dict[int, tuple[int, ...]] = field(default_factory=dict)
    slots: dict[int, str] = field(default_factory=dict)
    faults: dict[tuple[int, str], str] = field(default_factory=dict)
    calls: dict[Head, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        free = self.slot(levels(self.scope.operators).atom, True, True) + 1
        for head in [head for head in self.scope.heads if head.kind is TokenClass.FUNCTION] if _separated(self.scope) else ():
            takes = f"{head.text!r} takes {operand_count(head.arity)}"
            self.calls[head] = list(range(free, free + head.arity))
            *commas, close = self.calls[head]
            for given, slot in enumerate(commas, 1):
                self.slots[slot], self.faults[slot, CLOSE] = f"{COMMA!r}", f"{takes}, not {given}"
                self.add(COMMA, TokenClass.STRUCTURE, slot)
            self.slots[close] = f"{CLOSE!r}"
            self.faults[close, COMMA] = f"{takes}, and another follows"
            self.add(CLOSE, TokenClass.STRUCTURE, close)
            free += head.arity

    def slot(self, level: int, inside: bool, behind: bool) -> int:
        """Of an operand of this level, or behind one. `inside`: of a call's parentheses, where the messages are others."""
        hierarchy = levels(self.scope.operators)
        depth = hierarchy.atom - hierarchy.first + 1
        return _FIRST + level - hierarchy.first + depth * (2 * inside + behind)

    def add(self, text: str, kind: TokenClass, slot: int, *then: Part, equations: int = 0, negates: bool = False) -> None:
        self.productions.append(Production(text, kind, slot, then, equations, negates=negates))

    def level(self, level: int, inside: bool) -> None:
        """All that may stand at an operand of this level, and behind it."""
        alphabet, hierarchy = self.scope.operators, levels(self.scope.operators)
        operand, behind = self.slot(level, inside, False), self.slot(level, inside, True)
        self.numbers[operand] = (behind,)
        self.slots[operand] = "a number, variable, function or '('" if alphabet.built_in else "an operand"
        self.slots[behind] = f"an operator, ')' or {COMMA if inside else SYSTEM!r}"
        self.add(OPEN, TokenClass.STRUCTURE, operand, self.slot(hierarchy.first, False, False), _CLOSE, behind)
        for head in self.scope.heads:
            own, below = hierarchy.place(head.symbol, head.exponent is not None, head.arity)
            fixity = "postfix" if head.exponent is not None or head.node is not None else alphabet.by_symbol[head.symbol].fixity
            if head.node is not None:
                self.add(head.text, head.kind, operand, head, behind)
            elif fixity == "call":
                self.add(head.text, head.kind, operand, *self.call(head), head, behind)
            elif fixity == "prefix":
                minus, inner = _shares(head, self.scope), self.slot(below[0], inside, False)
                self.add(MINUS if minus else head.text, head.kind, operand, inner, head, behind, negates=minus)
            elif own >= level:
                after = [self.slot(below[1], inside, False)] if head.arity == 2 else []
                self.add(head.text, head.kind, behind, *after, head, behind)

    def signs(self) -> None:
        """A minus that only a number may follow, at every operand: in words, of an alphabet without a unary minus."""
        number = max(self.slots) + 1
        self.slots[number] = "a number"
        for operand, behind in self.numbers.items():
            self.add(MINUS, TokenClass.NUMBER, operand, number, *behind, negates=True)
        self.numbers[number] = ()

    def call(self, head: Head) -> list[int]:
        """What stands behind a call's name."""
        operand = self.slot(levels(self.scope.operators).first, head in self.calls, False)
        ends = self.calls.get(head, [_CLOSE])
        return [_CALL, *(part for end in ends for part in (operand, end))]
