"""Infix over an alphabet of one's own against Dijkstra's shunting yard, an algorithm that shares nothing with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.operators import Operator, Operators, operand_count, operators
from kappabar.grammars.print.own_infix import COMMA, LOOSEST, OPEN, STRUCTURE
from kappabar.grammars.text.reader import Fault
from kappabar.grammars.tree import MAX_DEPTH, SYSTEM, Node
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.no_numbers import NoNumbers
from kappabar.tokenizers.notations.infix import Infix

LOGIC = operators(
    Operator("iff", 2, "infix", 1),
    Operator("imp", 2, "infix-right", 2),
    Operator("not", 1, "prefix", 3),
    Operator("and", 2, "infix", 4),
    Operator("'", 1, "postfix", 5),
    Operator("ite", 3),
    Operator("top", 0),
)
LOOSE = operators(
    Operator("all", 1, "prefix", 1),
    Operator("'", 1, "postfix", 2),
    Operator("+", 2, "infix", 3),
    Operator("to", 2, "infix-right", 4),
    Operator("!", 1, "postfix", 5),
    Operator("neg", 1, "prefix", 6),  # a name of arithmetic
    Operator("f", 1),
    Operator("g", 2),
    numbers=True,
)
TIGHT = operators(Operator("-", 1, "prefix", 9), Operator("*", 2, "infix", 5), Operator("%", 2, "infix", 5))


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
                return Fault(f"{row.symbol!r} takes {operand_count(row.arity)}, and another follows", at)
            self.want = True
            return None
        if row is not None and given != row.arity:
            return Fault(f"{row.symbol!r} takes {operand_count(row.arity)}, not {given}", at)
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


def shunted(texts: list[str], alphabet: Operators, max_equations: int, variables: int) -> Node | Invalid:
    """What the yard makes of tokens, numbers being one token each."""
    yard = Yard(alphabet, max_equations)
    codec, top = Bins(2, "uniform"), -1
    for at, text in enumerate(texts):
        row = alphabet.by_symbol.get(text)
        if text in STRUCTURE:
            fault = yard.structure(text, at)
        elif row is not None and row.arity:
            fault = yard.operator(row, at)
        elif text.startswith("B"):
            read: Any = codec.read(texts, at)
            fault = yard.leaf(Node("number", (), read[0]), text, at)
        else:
            fault = yard.leaf(Node(text), text, at)
            top = max(top, int(text[2:]) if text.startswith("x_") else -1)
        if fault is not None:
            return Invalid(fault.reason, fault.offset)
    tree = yard.system(len(texts))
    if isinstance(tree, Fault):
        return Invalid(tree.reason, tree.offset)
    if top >= len(tree.children):
        return Invalid(f"x_{top} has no equation: the system has {len(tree.children)}", len(texts))
    return tree


@pytest.mark.parametrize("alphabet", [LOGIC, LOOSE, TIGHT], ids=["logic", "loose", "tight"])
@given(ids=st.lists(st.integers(0, 10**6), min_size=1, max_size=14))
def test_any_tokens_are_what_the_yard_makes_of_them(alphabet: Operators, ids: list[int]) -> None:
    infix = Infix(Bins(2, "uniform") if alphabet.numbers else NoNumbers(), 2, True, alphabet)
    tokens = infix.vocabulary.tokens
    ids = [i % len(tokens) for i in ids]
    assert infix.decode(ids) == shunted([tokens[i] for i in ids], alphabet, 2, 2)


@pytest.mark.parametrize("alphabet", [LOGIC, LOOSE, TIGHT], ids=["logic", "loose", "tight"])
@given(data=st.data())
def test_expressions_without_parentheses_have_the_yards_reading(alphabet: Operators, data: st.DataObject) -> None:
    """Random sequences seldom are any: here operands and operators take turns as their kinds allow."""
    infix = Infix(Bins(2, "uniform") if alphabet.numbers else NoNumbers(), 1, False, alphabet)
    kinds = {kind: [r.symbol for r in alphabet.rows if r.fixity == kind] for kind in ("prefix", "postfix")}
    binary = [r.symbol for r in alphabet.rows if r.infix]
    texts: list[str] = []
    for i in range(data.draw(st.integers(1, 6))):
        texts += [data.draw(st.sampled_from(binary))] if i else []
        texts += data.draw(st.lists(st.sampled_from(kinds["prefix"]), max_size=2))
        texts += ["x_0"]
        texts += data.draw(st.lists(st.sampled_from(kinds["postfix"]), max_size=2)) if kinds["postfix"] else []
    tree = infix.decode([infix.vocabulary.ids[t] for t in texts])
    assert isinstance(tree, Node)
    assert tree == shunted(texts, alphabet, 1, 1)


def test_the_limit_of_depth_is_the_yards() -> None:
    for n in (MAX_DEPTH - 3, MAX_DEPTH - 2, MAX_DEPTH - 1):
        for texts in (["-"] * n + ["x_0"], ["x_0"] + ["*", "x_0"] * n):
            infix = Infix(NoNumbers(), 1, False, TIGHT)
            found, expected = infix.decode([infix.vocabulary.ids[t] for t in texts]), shunted(texts, TIGHT, 1, 1)
            assert found == expected, n
            assert isinstance(found, Node) == (n <= MAX_DEPTH - 2)
