"""Three-address code: every operation is a statement, whose operands are leaves or earlier statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ...grammars.tree import Node, Path
from ..alphabet import Production, Scope, operands
from ..base import Token
from .definitions import Defined, Names, Places, operation

MAX_STATEMENTS = 16
"""Operations that have a name, at most."""


@dataclass(frozen=True, slots=True)
class ThreeAddress(Defined):
    """`x_1*sin(x_0^2 - 1) + sin(x_0^2 - 1)` -> `t0 ^2 x_0 t1 - t0 N+ 1 0 0 E0 t2 sin t1 t3 * x_1 t2 + t3 t2`, with the codec
    `digits:3`.

    The intermediate code of compilers (Aho et al. 1986, 8.1): `t0` and an operation is a statement, and `t0` stands for what it
    says from then on. Equal subtrees have one statement (value numbering, 6.1). The last operation of an equation has no name,
    and equations stand behind all statements. What is named are subtrees, so a statement within the body of what binds variables
    says what the body does, and is carried out there.
    After `MAX_STATEMENTS` names operations are written within each other, as in prefix. A system of more than `MAX_NODES` nodes
    is an `EncodeError`, or `Invalid`. `closed`, `n_variables`, `operators`: see `Scope`.
    """

    names: ClassVar[tuple[str, ...]] = tuple(f"t{k}" for k in range(MAX_STATEMENTS))
    width: ClassVar[int] = 4
    wants: ClassVar[tuple[str, str]] = ("an operator, function, variable or number", "a variable, number or earlier statement")
    spec: ClassVar[str] = "three-address"

    def _places(self, scope: Scope, at: Places) -> list[Production]:
        """An operand is an operation only behind the last name."""
        inner = [head for head in scope.heads if at.known == MAX_STATEMENTS or not head.arity]
        return Defined._places(self, scope, at) + [operation(head, at.operand, at) for head in inner]

    def _definitions(self, tree: Node) -> Iterator[tuple[Node, Path]]:
        """Each distinct operation below those of the equations, after its operands."""
        seen: set[Node] = set()
        stack: list[tuple[Path, Node, bool]] = [((i,), e, False) for i, e in reversed(list(enumerate(tree.children)))]
        while stack:
            path, node, done = stack.pop()
            if not node.children or node in seen:
                continue
            if done and len(path) > 1:
                seen.add(node)
                yield node, path
            elif not done:
                stack.append((path, node, True))
                stack.extend(((*path, i), child, False) for i, child in reversed(list(enumerate(operands(node)))))

    def _equation(self, node: Node, path: Path, tokens: list[Token], names: Names) -> None:
        """An equation is an operation, and no name alone."""
        self._says(node, path, tokens, names)
