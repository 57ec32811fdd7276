"""Where programs come from: the shortest ones of a table, random ones, and such with mistakes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....grammars.tree import Node, Path, System, system
from .language import ARITIES, INT, LIST, ROWS, Scope
from .tables import shortest
from .typed import drawn, places, type_of

NAME = "program"


def tree_of(items: list[int]) -> Node:
    """A program in postfix as a tree."""
    waiting: list[Node] = []
    for item in items:
        first = len(waiting) - ARITIES[item]
        waiting[first:] = [Node(ROWS[item].symbol, tuple(waiting[first:]))]
    return waiting[0]


def _program(tree: Node) -> System:
    return System(system(tree), (), NAME)


@dataclass(frozen=True, slots=True)
class Shortest:
    """Of each table of outputs that a program of at most `most` symbols has, a shortest program; all tables alike, but for those
    of faults mostly. The natural distribution: nobody writes what a shorter program does."""

    most: int = 7

    @property
    def different(self) -> int:
        """How many there are."""
        return sum(map(len, shortest(self.most)))

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        at = int(rng.integers(self.different))
        for programs in shortest(self.most):
            if at < len(programs):
                break
            at -= len(programs)
        return _program(tree_of(programs[at].tolist()))


@dataclass(frozen=True, slots=True)
class Random:
    """Random typed programs of 1 to `most` symbols: all sizes alike, both types alike, and of a size and type all programs
    alike."""

    most: int = 15

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        size = 1 + int(rng.integers(self.most))
        return _program(drawn(rng, (INT, LIST)[int(rng.integers(2))], (), size))


@dataclass(frozen=True, slots=True)
class Mutated:
    """Shortest programs with 1 to `times` mistakes: a part, any alike, becomes a random program of its type and scope,
    of 1 to `most` symbols."""

    times: int = 3
    most: int = 4
    of: Shortest = Shortest()

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        tree = self.of.draw(rng).tree.children[0]
        for _ in range(1 + int(rng.integers(self.times))):
            every = places(tree, type_of(tree))
            path, kind, scope = every[int(rng.integers(len(every)))]
            tree = _replaced(tree, path, self._part(rng, kind, scope))
        return _program(tree)

    def _part(self, rng: np.random.Generator, kind: int, scope: Scope) -> Node:
        return drawn(rng, kind, scope, 1 + int(rng.integers(self.most)))


def _replaced(node: Node, path: Path, part: Node) -> Node:
    if not path:
        return part
    first, *rest = path
    children = list(node.children)
    children[first] = _replaced(children[first], tuple(rest), part)
    return node.over(tuple(children))
