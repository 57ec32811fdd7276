"""Products of sums, multiplied out."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.tree import Node
from .limits import RewriteResult, guarded
from .polynomial import Reader, write


@dataclass(frozen=True, slots=True)
class Expand:
    """Multiplies products and whole powers of sums out: `x*(1 - x)` -> `x - x^2`.

    Like terms are added up and stand in the order in which they first arise; inside functions too; numerators, but never across
    a division or a function. Left as it is: what would grow more than fourfold, or lose digits (`(x - 1000)^9`). Idempotent.
    """

    spec: str = "expand"

    @property
    def idempotent(self) -> bool:
        """Applying it twice is applying it once."""
        return True

    def apply(self, tree: Node) -> Node:
        return self.attempt(tree).tree

    def attempt(self, tree: Node) -> RewriteResult:
        """See `limits.RewriteResult`."""
        return guarded(tree, _expanded)


def _expanded(node: Node) -> Node:
    reader = Reader(True, _expanded)
    return reader.check(write(reader.read(node)))
