"""Sums and products without nesting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import MAX_DEPTH, NEGATE, Node, number
from .limits import MAX_SIZE, RewriteResult, guarded
from .sort import operands


@dataclass(frozen=True, slots=True)
class Flatten:
    """Writes nested sums and products as one chain each, without subtraction: `a - (b - 3*c)` -> `a + -b + 3*c`.

    Chains of + and of * become left combs in reading order. A subtraction or negation becomes a sum with the sign in the term's
    number, where it has one in front, else before the term. Signs move exactly; re-association changes rounding. Idempotent.
    `operators`: of another alphabet, which names its associative operators: of these alone the chains are flattened.
    """

    spec: str = "flatten"
    operators: Operators = BUILT_IN

    @property
    def idempotent(self) -> bool:
        """Applying it twice is applying it once."""
        return True

    def apply(self, tree: Node) -> Node:
        return self.attempt(tree).tree

    def attempt(self, tree: Node) -> RewriteResult:
        """See `limits.RewriteResult`."""
        if self.operators.built_in:
            return guarded(tree, lambda equation: equation.map(_flat))
        if tree.depth > MAX_DEPTH or tree.size > MAX_SIZE:
            return RewriteResult(tree, ("size",))
        done = tree.map(self._chained)
        return RewriteResult(done, ()) if done.depth <= MAX_DEPTH else RewriteResult(tree, ("depth",))

    def _chained(self, node: Node) -> Node:
        return _comb(node.symbol, operands(node, node.symbol)) if node.symbol in self.operators.chained else node


def _flat(node: Node) -> Node:
    """With children that are flat already."""
    if node.symbol in ("+", "-", NEGATE):
        return _comb("+", _summands(node))
    return _comb("*", operands(node, "*")) if node.symbol == "*" else node


def _comb(symbol: str, chain: Iterator[Node]) -> Node:
    return reduce(lambda a, b: Node(symbol, (a, b)), chain)


def _summands(node: Node) -> Iterator[Node]:
    if node.symbol == NEGATE:
        yield from map(_negated, operands(node.children[0], "+"))
        return
    left, right = node.children
    yield from operands(left, "+")
    yield from map(_negated, operands(right, "+")) if node.symbol == "-" else operands(right, "+")


def _negated(term: Node) -> Node:
    return opposite(term) or Node(NEGATE, (term,))


def opposite(term: Node) -> Node | None:
    """-term, with the sign in its leading number or negation, or None where it has neither."""
    if term.value is not None:
        return number(-term.value)
    if term.symbol == NEGATE:
        return term.children[0]
    if term.symbol in ("*", "/") and (first := opposite(term.children[0])) is not None:
        return Node(term.symbol, (first, term.children[1]))
    return None
