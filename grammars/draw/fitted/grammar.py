"""How a system's equations come about: choice by choice, each in its context.

One walk serves both ways. A guide answers each choice: from the tree of a system that was given (then contexts are written down),
or by drawing (`sampler.py`). So a choice is drawn in just the context in which it was counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from .chains import CHAIN, STOP, View
from .labels import is_number

Skeleton = tuple[Hashable, ...]
"""A label and the skeletons below it; of a chain its joins, too."""

_FAR = 6
_NUMBER: Skeleton = ("#",)


@dataclass(slots=True)
class State:
    """What has been written of a system: `done`, skeletons of whole equations; of the present one the `history` of choices, the
    `variables` used, and its `terms` so far."""

    dim: int
    equations: int
    equation: int = 0
    done: tuple[Skeleton, ...] = ()
    history: tuple[str, ...] = ()
    term: tuple[str, ...] = ()
    terms: tuple[Skeleton, ...] = ()
    variables: frozenset[str] = frozenset()
    last_variable: str = ""

    def note(self, choice: str, variable: bool) -> None:
        self.history += (choice,)
        self.term += (choice,)
        if variable:
            self.variables |= {choice}
            self.last_variable = choice

    def next_equation(self, skeleton: Skeleton) -> None:
        self.done += (skeleton,)
        self.equation += 1
        self.history, self.term, self.terms, self.variables, self.last_variable = (), (), (), frozenset(), ""


@dataclass(slots=True)
class Slot:
    """Where the next choice stands: the labels above it from the root, with positions; siblings on its left; the last join."""

    above: tuple[tuple[str, int], ...] = ()
    left: tuple[Skeleton, ...] = ()
    uncles: tuple[Skeleton, ...] = ()
    joins: tuple[str, ...] = ()


Feature = Callable[[State, Slot], Hashable]


def _head(skeleton: Skeleton | None) -> Hashable:
    return skeleton[0] if skeleton else ""


def _place(slot: Slot, n: int) -> tuple[str, int]:
    """The n-th label above, with the position under it."""
    return slot.above[-n] if len(slot.above) >= n else ("", 0)


def _aligned(state: State, slot: Slot) -> Skeleton | None:
    """What stood at the same place of the previous equation, one level deep."""
    if not state.done:
        return None
    before = state.done[-1]
    if not slot.above:
        return before
    below = [c for c in before[1:] if isinstance(c, tuple)]
    return below[len(state.terms)] if len(state.terms) < len(below) else None


def _kinds(skeletons: Sequence[Skeleton]) -> Hashable:
    """Siblings as a set with repetitions, their numbers blurred."""
    if len(skeletons) < 2:
        return frozenset((blurred(s), 1) for s in skeletons)
    return frozenset(Counter(map(blurred, skeletons)).items())


@lru_cache(maxsize=1 << 14)
def blurred(skeleton: Skeleton) -> Skeleton:
    """A skeleton without the factors that are numbers and with all other numbers alike: what two terms of a sum seldom share."""
    label = skeleton[0]
    if not isinstance(label, str):
        return skeleton
    if is_number(label):
        return _NUMBER
    children = [blurred(c) if isinstance(c, tuple) else c for c in skeleton[1:]]
    if label.startswith(CHAIN):
        kept = [c for c in children if isinstance(c, tuple) and c != _NUMBER]
        if len(kept) == 1 and "/" not in children:
            return kept[0]
    return (label, *children)


HEADS: Mapping[str, Feature] = {
    "place": lambda state, slot: (_place(slot, 1), slot.joins[-1:]),
    "parent": lambda state, slot: _place(slot, 1)[0],
    "grandparent": lambda state, slot: _place(slot, 2),
    "above": lambda state, slot: slot.above,
    "position": lambda state, slot: min(len(slot.left), _FAR),
    "joins": lambda state, slot: slot.joins,
    "left": lambda state, slot: _head(slot.left[-1] if slot.left else None),
    "left whole": lambda state, slot: slot.left[-1:],
    "siblings": lambda state, slot: _kinds(slot.left),
    "uncle": lambda state, slot: slot.uncles[-1:],
    "uncles": lambda state, slot: _kinds(slot.uncles),
    "equation": lambda state, slot: state.equation,
    "dim": lambda state, slot: (state.dim, state.equations),
    "depth": lambda state, slot: min(len(slot.above), _FAR),
    "size": lambda state, slot: min(len(state.history) // 4, _FAR),
    "term": lambda state, slot: state.term,
    "terms": lambda state, slot: _kinds(state.terms),
    "last": lambda state, slot: state.history[-1:],
    "last two": lambda state, slot: state.history[-2:],
    "last three": lambda state, slot: state.history[-3:],
    "history": lambda state, slot: state.history,
    "last variable": lambda state, slot: state.last_variable,
    "variables": lambda state, slot: tuple(sorted(state.variables)),
    "previous equation": lambda state, slot: state.done[-1:],
    "previous head": lambda state, slot: _head(state.done[-1] if state.done else None),
    "aligned": lambda state, slot: _aligned(state, slot),
    "aligned head": lambda state, slot: _head(_aligned(state, slot)),
    "other equations": lambda state, slot: state.done,
}
"""What a choice may depend on."""

DEFAULTS = ("place", "last two", "above", "history", "other equations")
"""The levels where too few systems were given to hold any out: what was seen is drawn again, nearly always."""


class Guide(Protocol):
    """Answers choices: the label at a slot, and how a chain goes on."""

    def head(self, state: State, slot: Slot) -> str: ...
    def join(self, state: State, slot: Slot) -> str: ...


@dataclass(frozen=True, slots=True)
class Walk:
    """Writes an equation in labels, asking a guide. `arities`: operands of each operator; `is_variable`: of a label."""

    arities: Mapping[str, int]
    is_variable: Callable[[str], bool]

    def equation(self, guide: Guide, state: State) -> View:
        """One equation; its skeleton goes to `state.done`."""
        written, whole = self._node(guide, state, Slot())
        state.next_equation(whole)
        return written

    def _node(self, guide: Guide, state: State, slot: Slot) -> tuple[View, Skeleton]:
        label = guide.head(state, slot)
        state.note(label, self.is_variable(label))
        if label.startswith(CHAIN):
            return self._chain(guide, state, slot, label)
        children: list[View] = []
        left: tuple[Skeleton, ...] = ()
        for position in range(self.arities.get(label, 0)):
            child, whole = self._node(guide, state, Slot((*slot.above, (label, position)), left, slot.left, ()))
            children.append(child)
            left += (whole,)
        return View(label, tuple(children)), (label, *left)

    def _chain(self, guide: Guide, state: State, slot: Slot, label: str) -> tuple[View, Skeleton]:
        children: list[View] = []
        joins: tuple[str, ...] = ()
        left: tuple[Skeleton, ...] = ()
        parts: list[Hashable] = [label]
        outermost = not slot.above
        while True:
            if outermost:
                state.term = ()
            child, whole = self._node(guide, state, Slot((*slot.above, (label, min(len(left), 1))), left, slot.left, joins))
            children.append(child)
            left += (whole,)
            parts.append(whole)
            if outermost:
                state.terms = left
            join = guide.join(state, Slot((*slot.above, (label, min(len(left), 1))), left, slot.left, joins))
            state.note(join, variable=False)
            if join == STOP:
                return View(label, tuple(children), joins), tuple(parts)
            joins += (join,)
            parts.append(join)


def skeleton(written: View, known: dict[int, Skeleton] | None = None) -> Skeleton:
    """A view as plain tuples: (label, child, join, child, …). `known` takes those of all views in it, by identity."""
    parts: list[Hashable] = [written.symbol]
    for i, child in enumerate(written.children):
        if i and written.joins:
            parts.append(written.joins[i - 1])
        parts.append(skeleton(child, known))
    whole = tuple(parts)
    if known is not None:
        known[id(written)] = whole
    return whole


@dataclass(slots=True)
class Teacher:
    """Answers with what a given equation has, and writes down each choice with the features that are `wanted`."""

    wanted: Collection[str]
    heads: list[tuple[str, dict[str, Hashable]]] = field(default_factory=list)
    joins: list[tuple[str, dict[str, Hashable]]] = field(default_factory=list)
    script: Iterator[str] = field(default_factory=lambda: iter(()))

    def follow(self, labeled: View) -> None:
        """Take up another equation, in labels."""
        self.script = iter(list(_script(labeled)))

    def head(self, state: State, slot: Slot) -> str:
        choice = next(self.script)
        self.heads.append((choice, {name: HEADS[name](state, slot) for name in self.wanted}))
        return choice

    def join(self, state: State, slot: Slot) -> str:
        choice = next(self.script)
        self.joins.append((choice, {name: HEADS[name](state, slot) for name in self.wanted}))
        return choice


def _script(labeled: View) -> Iterator[str]:
    """The choices in the order in which a walk asks for them."""
    yield labeled.symbol
    for i, child in enumerate(labeled.children):
        yield from _script(child)
        if labeled.symbol.startswith(CHAIN):
            yield labeled.joins[i] if i < len(labeled.joins) else STOP
