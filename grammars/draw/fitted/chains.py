"""Trees as a fitted grammar sees them: sums and products are flat, and what stands at a place is a label.

    2*x - y + 3 of three terms        ((2*x - y) + 3)  ->  chain(2*x, "-" y, "+" 3)

A chain is the left spine of infix operators of one precedence, so the view is one to one: a tree is had back from it. How many
terms a sum has, and what stands in a term beside the earlier ones, are then choices of their own, and no accident of nesting.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...operators import Operators
from ...tree import NUMBER, VARIABLE_PREFIX, Node

CHAIN = "chain:"
STOP = ""
"""Where a chain ends instead of going on with an operator."""


@dataclass(frozen=True, slots=True)
class View:
    """A node of the view: a chain, or a node of the tree as it is.

    `joins`: of a chain, the operator before each child but the first. `value`: of a number.
    """

    symbol: str
    children: tuple[View, ...] = ()
    joins: tuple[str, ...] = ()
    value: float | None = None


def groups(operators: Operators) -> dict[str, str]:
    """The name of the chain that each left-associative infix operator belongs to: those of one precedence share one."""
    return {row.symbol: f"{CHAIN}{row.precedence}" for row in operators.rows if row.fixity == "infix"}


def view(node: Node, chain_of: dict[str, str]) -> View:
    """The view of an equation; `chain_of` as of `groups`."""
    chain = chain_of.get(node.symbol)
    if chain is None or len(node.children) != 2:
        return View(node.symbol, tuple(view(c, chain_of) for c in node.children), (), node.value)
    links: list[tuple[str, Node]] = []
    while chain_of.get(node.symbol) == chain and len(node.children) == 2:
        links.append((node.symbol, node.children[1]))
        node = node.children[0]
    links.reverse()
    children = (view(node, chain_of), *(view(child, chain_of) for _, child in links))
    return View(chain, children, tuple(join for join, _ in links))


def tree(seen: View) -> Node:
    """The equation that a view is of."""
    children = [tree(c) for c in seen.children]
    if not seen.symbol.startswith(CHAIN):
        return Node(seen.symbol, tuple(children), seen.value)
    node = children[0]
    for join, child in zip(seen.joins, children[1:], strict=True):
        node = Node(join, (node, child))
    return node


def is_leaf(symbol: str) -> bool:
    """Whether it is a number or a variable."""
    return symbol == NUMBER or symbol.startswith(VARIABLE_PREFIX)
