"""What a rewrite is, and what one is that needs to know the system it is applied to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import Node, System


@runtime_checkable
class Rewrite(Protocol):
    """Preserves behavior up to rounding. `spec` is how a representation's spec names it. `apply` never raises."""

    @property
    def spec(self) -> str: ...

    def apply(self, tree: Node) -> Node: ...


@dataclass(frozen=True, slots=True)
class Context:
    """A system and, where it was simulated, its behavior: t (T,) in the system's time units, y (I, T, D) from I initial
    conditions, as `Behaviors` has them. For `function`, D is 1 and t numbers the points."""

    system: System
    t: NDArray[np.float64] | None = None
    y: NDArray[np.float64] | None = None

    def with_tree(self, tree: Node) -> Context:
        """The same with another form of the tree."""
        return replace(self, system=replace(self.system, tree=tree))


class Frame(Protocol):
    """New variables, or units, for one system.

    `to`: a tree of the system in the frame. `back`: its inverse, for any tree in the frame, an edited one included; neither
    raises. `moved`: the context in the frame: tree, names, ranges, initial conditions, horizon and behavior.
    """

    def to(self, tree: Node) -> Node: ...

    def back(self, tree: Node) -> Node: ...

    def moved(self, context: Context) -> Context: ...


@runtime_checkable
class Framed(Rewrite, Protocol):
    """A rewrite that depends on the system. `apply` alone does what it can without knowing it (see each).

    `frame` raises `ConditionError` where the context lacks what it needs.
    """

    def frame(self, context: Context) -> Frame: ...


@dataclass(frozen=True, slots=True)
class InFrame:
    """A framed rewrite, bound to a system's frame: what a bound representation has in its place."""

    spec: str
    within: Frame

    def apply(self, tree: Node) -> Node:
        return self.within.to(tree)
