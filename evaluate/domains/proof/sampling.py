"""Where proofs come from: those that a table of shortest proofs has, and random ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....grammars.tree import Node, System, system
from ...semantics.base import Status
from .detachment import APPLY
from .tables import proved
from .theorems import RULE, Detachment

NAME = "proof"


def tree_of(items: list[int]) -> Node:
    """A proof in postfix as a tree."""
    waiting: list[Node] = []
    for item in items:
        if item == APPLY:
            minor, major = waiting.pop(), waiting.pop()
            waiting.append(Node(RULE, (major, minor)))
        else:
            waiting.append(Node(str(item)))
    return waiting[0]


@dataclass(frozen=True, slots=True)
class Shortest:
    """Proofs as collections of them have them: of each theorem that one of at most `most` symbols proves, a shortest proof; all
    theorems alike. The natural distribution: a proof that proves what a shorter one does is written down nowhere."""

    most: int = 19

    @property
    def different(self) -> int:
        """How many there are."""
        return sum(len(one.proofs) for one in proved(self.most))

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        tables = proved(self.most)
        at = int(rng.integers(self.different))
        for one in tables:
            if at < len(one.proofs):
                break
            at -= len(one.proofs)
        return System(system(tree_of(one.proofs[at].tolist())), (), NAME)


@dataclass(frozen=True, slots=True)
class Random:
    """Random proofs of 1 to `rules` applications of the rule, all numbers alike: a random tree of that many, each part drawn
    again until it proves something, `tries` times at most, then as it is."""

    rules: int = 9
    tries: int = 20

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        return System(system(self._proof(rng, 1 + int(rng.integers(self.rules)))), (), NAME)

    def _proof(self, rng: np.random.Generator, rules: int) -> Node:
        rule = Detachment()
        proof = Node(str(1 + int(rng.integers(len(rule.axioms)))))
        for _ in range(self.tries if rules else 0):
            left = int(rng.integers(rules))
            proof = Node(RULE, (self._proof(rng, left), self._proof(rng, rules - 1 - left)))
            if rule.proved([proof])[1][0, 0] == Status.OK:
                break
        return proof
