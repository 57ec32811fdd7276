"""Variables, numbered by order of use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ...grammars.tree import MAX_DEPTH, SYSTEM, Node, variable, variables
from .base import Context, Frame

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rename:
    """Numbers the variables by order of use, and puts the equations in that order: `x' = z; y' = x; z' = y` -> `x' = y; y' = z;
    z' = x`.

    From x_0 on, each equation's variables are numbered as they are read, and their equations come in that order; what nothing
    reached comes last. A function's inputs are numbered as they are read. Idempotent. The behavior is that of the original with
    its components in another order: a bound representation's `decode` puts them back. Without a context a single equation
    over further variables than its own is a function, and several equations that are no closed system stay as they are.
    """

    spec: str = "rename"

    @property
    def idempotent(self) -> bool:
        """Applying it twice is applying it once."""
        return True

    def apply(self, tree: Node) -> Node:
        return self._frame(tree).to(tree)

    def frame(self, context: Context) -> Frame:
        system = context.system
        return self._frame(system.tree, system.dim, system.domain != "function")

    def _frame(self, tree: Node, dim: int = 0, closed: bool | None = None) -> Renaming:
        if tree.symbol != SYSTEM or tree.depth > MAX_DEPTH + 1:
            return Renaming(())
        count = max(dim, len(tree.children), 1 + max(variables(tree), default=-1))
        each = count == len(tree.children) if closed is None else closed
        if not each and len(tree.children) > 1:
            return Renaming(())
        return Renaming(tuple(_order_of_use(tree, count, each and count == len(tree.children))), each)


def _order_of_use(tree: Node, count: int, closed: bool) -> list[int]:
    """Old indices in their new order."""
    order = [0] if closed else _read(tree.children[0], set())
    known = set(order)
    at = 0
    while closed and at < count:
        if at == len(order):
            order.append(min(set(range(count)) - known))
            known.add(order[-1])
        order += _read(tree.children[order[at]], known)
        known.update(order)
        at += 1
    return order + sorted(set(range(count)) - known)


def _read(equation: Node, known: set[int]) -> list[int]:
    """Indices of the variables not known yet, as they are read."""
    return [i for i in dict.fromkeys(node.index for _, node in equation.walk() if node.is_variable) if i not in known]


@dataclass(frozen=True, slots=True)
class Renaming:
    """New variable i is the old variable `order[i]`; `closed`: equations move along. Other variables and trees of another
    number of equations keep their places; deeper trees than any decoder gives stay as they are."""

    order: tuple[int, ...]
    closed: bool = True

    def to(self, tree: Node) -> Node:
        return _renamed(tree, self.order, self.closed)

    def back(self, tree: Node) -> Node:
        return _renamed(tree, _inverse(self.order), self.closed)

    def moved(self, context: Context) -> Context:
        system = context.system
        if len(self.order) != system.dim:
            return context.with_tree(self.to(system.tree))
        system = replace(
            system,
            tree=self.to(system.tree),
            names=_permuted(system.names, self.order),
            x0=tuple(_permuted(row, self.order) for row in system.x0),
            ranges=_permuted(system.ranges, self.order) if system.ranges else (),
        )
        y = context.y if context.y is None or not self.closed else context.y[..., list(self.order)]
        return replace(context, system=system, y=y)


def _renamed(tree: Node, order: Sequence[int], closed: bool) -> Node:
    if not order or tree.depth > MAX_DEPTH + 1:
        return tree
    new = _inverse(order)
    moved = tree.map(lambda n: variable(new[n.index]) if n.is_variable and n.index < len(new) else n)
    permute = closed and moved.symbol == SYSTEM and len(moved.children) == len(order)
    return Node(SYSTEM, _permuted(moved.children, order)) if permute else moved


def _inverse(order: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def _permuted(items: Sequence[T], order: Sequence[int]) -> tuple[T, ...]:
    return tuple(items[i] for i in order)
