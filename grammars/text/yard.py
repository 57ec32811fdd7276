"""Symbols of an alphabet of one's own, in infix, back to a tree: what `own_infix.py` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..operators import Operator, Operators
from ..print.own_infix import COMMA, LOOSEST, OPEN, STRUCTURE
from ..tree import MAX_DEPTH, NUMBER, SYSTEM, Node
from .reader import Fault


@dataclass(slots=True)
class Yard:
    """Takes symbols one by one (Dijkstra's shunting yard), then gives the system. Total: what cannot stand where it stands is a
    `Fault`, whose offset is the position given with the symbol. `max_equations`: of the system."""

    alphabet: Operators
    max_equations: int
    want: bool = True
    called: bool = False
    equations: list[Node] = field(default_factory=list)
    _operands: list[Node] = field(default_factory=list)
    _waiting: list[tuple[Operator | None, int]] = field(default_factory=list)
    """Operators; an opening parenthesis is (None, 0), that of a call (its operator, operands before it)."""
    _calls: list[bool] = field(default_factory=list)

    def leaf(self, node: Node, text: str, at: int) -> Fault | None:
        """A variable, constant or number."""
        if not self.want or self.called:
            return self.unexpected(text, at)
        self._operands.append(node)
        self.want = False
        return None

    def operator(self, row: Operator, at: int) -> Fault | None:
        """An operator, or the name of a call."""
        if self.called or self.want != (row.fixity in ("prefix", "call")):
            return self.unexpected(row.symbol, at)
        if row.fixity in ("prefix", "call"):
            self.called = row.fixity == "call"
            self._waiting.append((row, len(self._operands)))
            self._calls += [True] if self.called else []
            return None
        if fault := self._reduce(row.precedence + (row.fixity == "infix-right"), at):
            return fault
        self.want = row.infix
        if row.infix:
            self._waiting.append((row, 0))
            return None
        return self._apply(row, at)

    def structure(self, text: str, at: int) -> Fault | None:
        """A parenthesis, comma or bar."""
        if text == OPEN and (self.want or self.called):
            if not self.called:
                self._waiting.append((None, 0))
                self._calls.append(False)
            self.called = False
            return None
        inside = bool(self._calls)
        if self.want or self.called or (text == OPEN) or (inside == (text == SYSTEM)) or (text == COMMA and not self._calls[-1]):
            return self.unexpected(text, at)
        if fault := self._reduce(LOOSEST, at):
            return fault
        if text == SYSTEM:
            self.want = True
            self.equations.append(self._operands.pop())
            limit = self.max_equations
            return (
                Fault(f"more than {limit} equations" if limit > 1 else "a function is one equation", at)
                if (len(self.equations) >= limit)
                else None
            )
        return self._close(text, at)

    def _close(self, text: str, at: int) -> Fault | None:
        row, below = self._waiting[-1]
        given = len(self._operands) - below if row is not None else 0
        if text == COMMA:
            if row is not None and given >= row.arity:
                return Fault(f"{row.symbol!r} takes {row.arity} operands, and another follows", at)
            self.want = True
            return None
        if row is not None and given != row.arity:
            return Fault(f"{row.symbol!r} takes {row.arity} operands, not {given}", at)
        self._waiting.pop()
        self._calls.pop()
        return None if row is None else self._apply(row, at)

    def _reduce(self, weaker: int, at: int) -> Fault | None:
        """Apply what waits on top and binds at least as tightly as `weaker`, down to an open parenthesis."""
        while self._waiting:
            row = self._waiting[-1][0]
            if row is None or row.fixity == "call" or row.precedence < weaker:
                return None
            self._waiting.pop()
            if fault := self._apply(row, at):
                return fault
        return None

    def _apply(self, row: Operator, at: int) -> Fault | None:
        children = tuple(self._operands[-row.arity :])
        del self._operands[-row.arity :]
        self._operands.append(Node(row.symbol, children))
        if self._operands[-1].depth >= MAX_DEPTH:
            return Fault(f"nested deeper than {MAX_DEPTH} levels", at)
        return None

    def unexpected(self, text: str, at: int) -> Fault:
        return Fault(f"expected {self._wanted()}, found {text!r}", at)

    def _wanted(self) -> str:
        if self.called:
            return "'('"
        if self.want:
            return "an operand"
        return "an operator, ')' or ','" if self._calls and self._calls[-1] else "an operator, ')' or '|'"

    def system(self, end: int) -> Node | Fault:
        """The system, once all symbols are taken."""
        if self.want or self.called:
            return Fault(f"the sequence ends where {self._wanted()} must follow", end)
        if self._calls:
            return Fault("the sequence ends where ')' must follow", end)
        if fault := self._reduce(LOOSEST, end):
            return fault
        return Node(SYSTEM, (*self.equations, self._operands[-1]))


def read_symbols(texts: Sequence[str], alphabet: Operators, max_equations: int) -> Node | Fault:
    """The system that words write: symbols of the alphabet, `x_0` …, structure. Numbers: as `format_number` writes them."""
    yard = Yard(alphabet, max_equations)
    for at, text in enumerate(texts):
        row = alphabet.by_symbol.get(text)
        if text in STRUCTURE:
            fault = yard.structure(text, at)
        elif row is not None and row.arity:
            fault = yard.operator(row, at)
        elif row is None and alphabet.numbers and not text.startswith("x_"):
            fault = yard.leaf(Node(NUMBER, (), float(text)), text, at)
        else:
            fault = yard.leaf(Node(text), text, at)
        if fault is not None:
            return fault
    return yard.system(len(texts))
