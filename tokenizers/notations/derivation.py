"""Decoding of notations whose tokens come in pre-order: prefix, tree-structured, grammar rules.

All three are push-down machines in which the open slot on top of the stack and the next token decide everything
(LL(1), with the productions themselves as tokens). So decoding is one table-driven pass that stops at the first
impossible token and makes no object for an invalid sequence; a second pass, from the right, builds the tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...grammars.tree import MAX_DEPTH, SYSTEM, Node
from ..alphabet import Head, Production, Scope, make_vocabulary, number_leaf
from ..base import Invalid, NumberCodec, Vocabulary

if TYPE_CHECKING:
    from ..machines.machine import Machine

_LEVEL = 16
"""A slot on the stack is its kind (below 16) plus 16 times the depth of the node that will fill it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Derivation:
    """The machine of one notation. `start`: the slots open at the start, the last one on top. `number`: the slot that
    the codec's tokens fill. `slots`: what each kind of slot (1 to 15) waits for, for the messages; `optional`: the
    kind that may stay open at the end; `counted`: the first token tells the number of equations."""

    scope: Scope
    codec: NumberCodec
    productions: tuple[Production, ...]
    start: tuple[int, ...]
    number: int
    slots: Mapping[int, str]
    optional: int = -1
    counted: bool = False
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _slot: list[int] = field(init=False, compare=False, repr=False)
    _opens: list[tuple[int, ...]] = field(init=False, compare=False, repr=False)
    _leaf: list[Node | None] = field(init=False, compare=False, repr=False)
    _variable: list[int] = field(init=False, compare=False, repr=False)
    _head: list[Head | None] = field(init=False, compare=False, repr=False)
    _equations: list[int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        rows = self.productions
        numbers = len(self.codec.tokens)
        derived: dict[str, object] = {
            "vocabulary": make_vocabulary(((p.text, p.kind) for p in rows), self.codec),
            "_slot": [p.slot for p in rows] + [self.number] * numbers,
            "_opens": [tuple(s + _LEVEL * _builds(p) for s in reversed(p.opens)) for p in rows],
            "_leaf": [p.head.node if p.head is not None else None for p in rows],
            "_variable": [p.head.variable if p.head is not None else -1 for p in rows],
            "_head": [p.head if _builds(p) else None for p in rows],
            "_equations": [p.equations for p in rows],
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        """The system, or the first token after which no sequence is one (its length where more had to follow)."""
        if (fault := unreadable(ids, len(self._slot))) is not None:
            return fault
        built = self._scan(ids)
        return built if isinstance(built, Invalid) else Node(SYSTEM, assembled(built))

    def machine(self) -> Machine | None:
        """For decoding in bulk; None for an alphabet that is not the built-in one, which the compiled machines do not know."""
        if not self.scope.operators.built_in:
            return None
        from ..machines.tables import preorder_machine

        return preorder_machine(
            self.scope,
            self.codec,
            self.productions,
            texts=self.vocabulary.tokens,
            start=self.start,
            number=self.number,
            optional=self.optional,
            counted=self.counted,
        )

    def _scan(self, ids: Sequence[int]) -> list[Node | Head] | Invalid:
        slots, opens, leaves, heads, variables = self._slot, self._opens, self._leaf, self._head, self._variable
        texts: list[str] = []
        first_number = len(leaves)
        limit = (MAX_DEPTH + 1) * _LEVEL
        pending = [s + 2 * _LEVEL for s in self.start]
        built: list[Node | Head] = []
        equations, top, i, end = 1, -1, 0, len(ids)
        while i < end:
            token = ids[i]
            slot = pending.pop() if pending else 0
            if slot % _LEVEL != slots[token]:
                return Invalid(f"expected {self.slots.get(slot % _LEVEL, 'the end')}, found {self.vocabulary.tokens[token]!r}", i)
            if token >= first_number:
                texts = texts or [self.vocabulary.tokens[t] for t in ids]
                reading = self.codec.read(texts, i)
                if isinstance(reading, Invalid):
                    return reading
                value, i = reading
                built.append(number_leaf(value))
                continue
            leaf = leaves[token]
            if leaf is not None:
                built.append(leaf)
                if variables[token] > top:
                    top = variables[token]
                    if self.counted and (reason := self.scope.misfit(equations, top)) is not None:
                        return Invalid(reason, i)
            else:
                level = slot - slot % _LEVEL
                for s in opens[token]:
                    pending.append(level + s)
                head = heads[token]
                if head is not None:
                    built.append(head)
                    if level + _LEVEL >= limit:
                        return too_deep(i)
                elif self._equations[token]:
                    equations += self._equations[token]
                    if equations > self.scope.max_equations:
                        return too_many(self.scope, i)
            i += 1
        if pending and pending[-1] % _LEVEL != self.optional:
            return Invalid(f"the sequence ends where {self.slots[pending[-1] % _LEVEL]} must follow", end)
        if (reason := self.scope.misfit(equations, top)) is not None:
            return Invalid(reason, end)
        return built


def _builds(production: Production) -> bool:
    return production.head is not None and production.head.node is None


def assembled(built: Sequence[Node | Head]) -> tuple[Node, ...]:
    """The trees that complete pre-order sequences, one after the other, write."""
    stack: list[Node] = []
    for item in reversed(built):
        if isinstance(item, Node):
            stack.append(item)
        elif item.exponent is not None:
            stack.append(Node("^", (stack.pop(), item.exponent)))
        elif item.arity == 2:
            stack.append(Node(item.symbol, (stack.pop(), stack.pop())))
        else:
            stack.append(Node(item.symbol, tuple([stack.pop() for _ in range(item.arity)])))
    return tuple(reversed(stack))


def unreadable(ids: Sequence[int], size: int) -> Invalid | None:
    """What is wrong with a sequence before it is read: empty, or with an id outside the vocabulary of `size`; else None."""
    return unknown_id(ids, size) if ids else Invalid("the sequence is empty", 0)


def unknown_id(ids: Sequence[int], size: int) -> Invalid | None:
    """`Invalid` at the first id outside the vocabulary of `size`, or None where there is none."""
    if not ids or (min(ids) >= 0 and max(ids) < size):
        return None
    position = next(i for i, token in enumerate(ids) if not 0 <= token < size)
    return Invalid(f"token id {ids[position]} is outside the vocabulary of {size}", position)


def too_deep(position: int) -> Invalid:
    return Invalid(f"nested deeper than {MAX_DEPTH} levels", position)


def too_many(scope: Scope, position: int) -> Invalid:
    if not scope.closed:
        return Invalid("a function is one equation", position)
    return Invalid(f"more than {scope.max_equations} equations", position)
