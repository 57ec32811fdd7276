"""Like terms, added up."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.tree import Node
from .limits import RewriteResult, guarded
from .polynomial import Reader, canonical_order, write


@dataclass(frozen=True, slots=True)
class Collect:
    """Adds like terms up and puts them in one order, without multiplying out: `y + 2*x*x + x^2` -> `3*x^2 + y`.

    Terms stand by their variables' indices, higher powers first, then functions, then divisions, then the constant, but the first
    with a positive number leads; in a term the number comes first. A sum in a product stays a factor: `x*(1 - x)` is one term.
    Idempotent.
    """

    spec: str = "collect"

    @property
    def idempotent(self) -> bool:
        """Applying it twice is applying it once."""
        return True

    def apply(self, tree: Node) -> Node:
        return self.attempt(tree).tree

    def attempt(self, tree: Node) -> RewriteResult:
        """See `limits.RewriteResult`."""
        return guarded(tree, _collected)


def _collected(node: Node) -> Node:
    reader = Reader(False, _collected)
    return reader.check(write(canonical_order(reader.read(node))))
