"""Variables by how far inside they are bound."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import Node


@dataclass(frozen=True, slots=True)
class Indices:
    """Writes bound variables by de Bruijn's indices: `fold(xs, 0, a + b)` -> `fold(xs, 0, $1 + $0)`.

    A variable that is counted from the outermost binder is counted from the innermost instead, where the alphabet has a constant
    for that (N. G. de Bruijn, "Lambda calculus notation with nameless dummies", Indagationes Mathematicae 34, 1972). Others stay,
    and so does a variable that nothing binds. Idempotent; without binders in the alphabet, nothing changes. `operators`: an
    alphabet that says what binds and what is bound.
    """

    spec: str = "indices"
    operators: Operators = BUILT_IN

    @property
    def idempotent(self) -> bool:
        """Applying it twice is applying it once."""
        return True

    def apply(self, tree: Node) -> Node:
        places = {row.bound: row.symbol for row in self.operators.rows if row.bound}
        return self._counted(tree, 0, places) if places else tree

    def _counted(self, node: Node, bound: int, places: dict[int, str]) -> Node:
        row = self.operators.by_symbol.get(node.symbol)
        if row is None or not node.children:
            outside = row.bound if row is not None else 0
            inside = places.get(outside - 1 - bound) if 0 < outside <= bound else None
            return node.over(tuple(self._counted(c, bound, places) for c in node.children)) if inside is None else Node(inside)
        *operands, last = node.children
        return node.over((*(self._counted(c, bound, places) for c in operands), self._counted(last, bound + row.binds, places)))
