"""Commutative sorting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import MAX_DEPTH, SYSTEM, Node
from .limits import MAX_SIZE


@dataclass(frozen=True, slots=True)
class Sort:
    """Puts the operands of every sum and product into one order: `x_1*2 + x_0` -> `x_0 + 2*x_1`.

    Chains of one operator are flattened, sorted (numbers, then variables, then by size and symbol) and rebuilt from the
    left, so that commuted and re-associated forms become one. Values change by rounding alone. Idempotent. An equation
    of more than 2,000 nodes, or that would become too deep, stays as it is. `operators`: of another alphabet, which names its
    commutative operators; those that are not associative have their two operands sorted.
    """

    spec: str = "sort"
    operators: Operators = BUILT_IN

    @property
    def idempotent(self) -> bool:
        """Applying it twice is applying it once."""
        return True

    def apply(self, tree: Node) -> Node:
        if tree.symbol == SYSTEM:
            return Node(SYSTEM, tuple(map(self.apply, tree.children)))
        if tree.depth > MAX_DEPTH or tree.size > MAX_SIZE:
            return tree
        done = tree.map(self._sorted)
        return done if done.depth <= MAX_DEPTH else tree

    def _sorted(self, node: Node) -> Node:
        if node.symbol not in self.operators.sorted:
            return node
        chained = node.symbol in self.operators.chained
        parts = operands(node, node.symbol) if chained else node.children
        return reduce(lambda a, b: Node(node.symbol, (a, b)), sorted(parts, key=order))


def operands(node: Node, symbol: str) -> Iterator[Node]:
    """What a chain of one operator combines, in reading order: (a + b) + c, '+' -> a, b, c."""
    if node.symbol == symbol:
        for child in node.children:
            yield from operands(child, symbol)
    else:
        yield node


def order(node: Node) -> tuple[Any, ...]:
    """Total order on trees: by size, numbers and constants first, then symbols, then children."""
    index = node.index if node.is_variable else -1
    return (
        node.size,
        node.is_variable,
        node.symbol if index < 0 else "",
        index,
        node.value or 0.0,
        tuple(order(c) for c in node.children),
    )
