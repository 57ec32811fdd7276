"""What notations share that write subtrees once, as definitions with names, and refer to them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from ...grammars.errors import EncodeError
from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Head, Part, Production, Scope, operands
from ..base import Token, TokenClass
from .derivation import Derivation
from .derived import Derived

MAX_NODES = 10_000
"""Limit on the nodes of a system with its references written out: references to references grow exponentially."""

Names = Mapping[Node, str]


class Places(NamedTuple):
    """The slots where `known` definitions are: before the next one or the equations, an operand, what an equation or a definition
    says, which may be the same, and behind an equation."""

    known: int
    start: int
    operand: int
    equation: int
    more: int


@dataclass(frozen=True, slots=True)
class Defined(Derived):
    """`names` in order and what each stands for, then the equations; a name stands for what it defines from then on.

    `width`: slots for each number of definitions. `wants`: what an equation and an operand wait for. `spec`: the notation's name.
    """

    names: ClassVar[tuple[str, ...]]
    width: ClassVar[int]
    wants: ClassVar[tuple[str, str]]
    spec: ClassVar[str]

    @abstractmethod
    def _definitions(self, tree: Node) -> Iterable[tuple[Node, Path]]:
        """The subtrees to define, each after those that it uses, with the path of its first occurrence."""

    def _places(self, scope: Scope, at: Places) -> list[Production]:
        """What an equation and an operand may be. An equation that is all a name, where these are one slot."""
        references = [Production(n, TokenClass.STRUCTURE, at.operand, refers=k) for k, n in enumerate(self.names[: at.known])]
        return [operation(head, at.equation, at) for head in scope.heads] + references

    def _derive(self, scope: Scope) -> Derivation:
        """How many definitions there are is in the slots: there are `width` for each number of them."""
        symbols = [(h.text, h.kind) for h in scope.heads] + [(name, TokenClass.STRUCTURE) for name in self.names]
        productions: list[Production] = []
        numbers: dict[int, tuple[Part, ...]] = {}
        slots: dict[int, str] = {}
        equation, operand = self.wants
        for known in range(len(self.names) + 1):
            start, after = (1 + self.width * (known + i) for i in range(2))
            at = Places(known, start, start + 1, after - 2, after - 1)
            slots |= {start: equation, at.operand: operand, at.equation: equation, at.more: "'|' or the end"}
            numbers |= {at.operand: (), at.equation: (), start: (at.more,)}
            own = self._places(scope, at)
            productions += own
            productions += [replace(p, slot=start, then=(*p.then, at.more)) for p in own if p.slot == at.equation]
            if known < len(self.names):
                productions.append(Production(self.names[known], TokenClass.STRUCTURE, start, (at.equation, after)))
            if scope.max_equations > 1:
                productions.append(Production(SYSTEM, TokenClass.STRUCTURE, at.more, (at.equation, at.more), equations=1))
        return Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            symbols=(*symbols, *([(SYSTEM, TokenClass.STRUCTURE)] if scope.max_equations > 1 else [])),
            start=(1,),
            numbers=numbers,
            slots=slots,
            optional=frozenset(range(self.width, 1 + max(slots), self.width)),
            keeps=tuple(range(1 + self.width, max(slots), self.width)),
            most_nodes=MAX_NODES,
        )

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        if tree.size > MAX_NODES:
            raise EncodeError(f"the system has {tree.size:,} nodes; `{self.spec}` writes at most {MAX_NODES:,}")
        tokens: list[Token] = []
        names: dict[Node, str] = {}
        for name, (node, path) in zip(self.names, self._definitions(tree), strict=False):
            tokens.append(Token(name, TokenClass.STRUCTURE, path))
            self._says(node, path, tokens, names)
            names[node] = name
        for i, equation in enumerate(tree.children):
            if i:
                tokens.append(Token(SYSTEM, TokenClass.STRUCTURE, ()))
            self._equation(equation, (i,), tokens, names)
        return tokens

    def _equation(self, node: Node, path: Path, tokens: list[Token], names: Names) -> None:
        """Add an equation: by its name, where it has one."""
        self._refer(node, path, tokens, names)

    def _refer(self, node: Node, path: Path, tokens: list[Token], names: Names) -> None:
        """Add a part by its name, where it has one."""
        if node in names:
            tokens.append(Token(names[node], TokenClass.STRUCTURE, path))
        else:
            self._says(node, path, tokens, names)

    def _says(self, node: Node, path: Path, tokens: list[Token], names: Names) -> None:
        """Add what a part says, whether it has a name or not."""
        tokens.extend(self._symbol(node, path))
        for i, child in enumerate(operands(node)):
            self._refer(child, (*path, i), tokens, names)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        self._says(node, path, tokens, {})


def operation(head: Head, slot: int, at: Places) -> Production:
    """A symbol and its operands, at this slot."""
    return Production(head.text, head.kind, slot, (*(at.operand,) * head.arity, head))
