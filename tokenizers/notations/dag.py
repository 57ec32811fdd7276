"""Prefix notation in which common subexpressions are written once and referred to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import operands
from .definitions import Defined

MAX_DEFINITIONS = 8

_WANTED = "an operator, function, variable, number or earlier definition"


@dataclass(frozen=True, slots=True)
class Dag(Defined):
    """`x_1*sin(x_0^2 - 1) + sin(x_0^2 - 1)` -> `d0 sin - ^2 x_0 N+ 1 0 0 E0 + * x_1 d0 d0`, with the codec `digits:3`.

    Prefix notation (see `Prefix`) of the tree's directed acyclic graph: equal subtrees as one, as in the common
    subexpression elimination of compilers (Aho et al. 1986, 6.1) and its value numbering. Definitions stand before the
    equations: `d0` and its expression, `d1` and its, …, each using earlier ones only; afterwards (and in a later
    definition) `d0` stands for the whole subtree. A subtree is defined where it has an operator, is used at least twice,
    and the sequence becomes shorter; with more than `MAX_DEFINITIONS` of these, the ones that save most. So no sequence
    is longer than in prefix. Equal coefficients alone are never joined: they may be equal by chance.
    Read is more than is written: definitions may be unused, used once, or a single leaf.
    A system of more than `MAX_NODES` nodes is an `EncodeError`, or `Invalid`. `closed`, `n_variables`, `operators`: see
    `Scope`.
    """

    names: ClassVar[tuple[str, ...]] = tuple(f"d{k}" for k in range(MAX_DEFINITIONS))
    width: ClassVar[int] = 3
    wants: ClassVar[tuple[str, str]] = (_WANTED, _WANTED)
    spec: ClassVar[str] = "dag"

    def _definitions(self, tree: Node) -> list[tuple[Node, Path]]:
        saved: dict[Node, int] = {}
        paths: dict[Node, Path] = {}
        length: dict[Node, int] = {}
        uses = _uses(tree)
        for path, node in _post_order(tree):
            if node in length:
                continue
            paths[node] = path
            below = sum(1 if child in saved else length[child] for child in operands(node))
            length[node] = len(self.codec.write(node.value or 0.0)) if node.is_number else 1 + below
            # Written once with its name, and a name for each use, instead of at every use.
            gain = uses[node] * length[node] - (1 + length[node] + uses[node])
            if node.children and gain > 0 and node.symbol != SYSTEM:
                saved[node] = gain
        best = set(sorted(saved, key=lambda node: -saved[node])[:MAX_DEFINITIONS])
        return [(node, paths[node]) for node in saved if node in best]


def _uses(tree: Node) -> Counter[Node]:
    """How many references each distinct subtree has, where every distinct subtree is written once."""
    uses: Counter[Node] = Counter()
    seen = {tree}
    stack = [tree]
    while stack:
        for child in stack.pop().children:
            uses[child] += 1
            if child not in seen:
                seen.add(child)
                stack.append(child)
    return uses


def _post_order(tree: Node) -> list[tuple[Path, Node]]:
    """All nodes, children first, from the left."""
    nodes: list[tuple[Path, Node]] = []
    stack: list[tuple[Path, Node]] = [((), tree)]
    while stack:
        path, node = stack.pop()
        nodes.append((path, node))
        stack.extend(((*path, i), child) for i, child in enumerate(node.children))
    return nodes[::-1]
