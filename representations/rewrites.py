"""Rewrites: trees to trees of the same meaning, applied before tokenizing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol, runtime_checkable

from ..grammars.tree import Node

_COMMUTATIVE = ("+", "*")


@runtime_checkable
class Rewrite(Protocol):
    """Preserves behavior up to rounding. `spec` is how a representation's spec names it."""

    @property
    def spec(self) -> str: ...

    def apply(self, tree: Node) -> Node: ...


@dataclass(frozen=True, slots=True)
class Sort:
    """Puts the operands of every sum and product into one order: `x_1*2 + x_0` -> `x_0 + 2*x_1`.

    Chains of one operator are flattened, sorted (numbers, then variables, then by size and symbol) and rebuilt from the
    left, so that commuted and re-associated forms become one. Values change by rounding alone. Idempotent.
    """

    spec: str = "sort"

    def apply(self, tree: Node) -> Node:
        return tree.map(self._sorted)

    def _sorted(self, node: Node) -> Node:
        if node.symbol not in _COMMUTATIVE:
            return node
        operands = sorted(_operands(node, node.symbol), key=_order)
        return reduce(lambda a, b: Node(node.symbol, (a, b)), operands)


def _operands(node: Node, symbol: str) -> Iterator[Node]:
    if node.symbol == symbol:
        for child in node.children:
            yield from _operands(child, symbol)
    else:
        yield node


def _order(node: Node) -> tuple[Any, ...]:
    """Total order on trees: by size, numbers and constants first, then symbols, then children."""
    index = node.index if node.is_variable else -1
    return (
        node.size,
        node.is_variable,
        node.symbol if index < 0 else "",
        index,
        node.value or 0.0,
        tuple(_order(c) for c in node.children),
    )


REWRITES: dict[str, Rewrite] = {"sort": Sort()}
