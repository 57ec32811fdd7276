"""Three-address code: every operation is a statement, whose operands are leaves or earlier statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...grammars.errors import EncodeError
from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Part, Production, Scope, operands
from ..base import Token, TokenClass
from .dag import MAX_NODES
from .derivation import Derivation
from .derived import Derived

MAX_STATEMENTS = 16
"""Operations that have a name, at most."""

_NAMES = tuple(f"t{k}" for k in range(MAX_STATEMENTS))
_ANY = "an operator, function, variable or number"


@dataclass(frozen=True, slots=True)
class ThreeAddress(Derived):
    """`x_1*sin(x_0^2 - 1) + sin(x_0^2 - 1)` -> `t0 ^2 x_0 t1 - t0 N+ 1 0 0 E0 t2 sin t1 t3 * x_1 t2 + t3 t2`, with the codec
    `digits:3`.

    The intermediate code of compilers (Aho et al. 1986, 8.1): `t0` and an operation is a statement, and `t0` stands for what it
    says from then on. Equal subtrees have one statement (value numbering, 6.1). The last operation of an equation has no name,
    and equations stand behind all statements. What is named are subtrees, so a statement within the body of what binds variables
    says what the body does, and is carried out there.
    After `MAX_STATEMENTS` names operations are written within each other, as in prefix. A system of more than `MAX_NODES` nodes
    is an `EncodeError`, or `Invalid`. `closed`, `n_variables`, `operators`: see `Scope`.
    """

    def _derive(self, scope: Scope) -> Derivation:
        """Four slots for each number of statements: before the next one or the equations, an operand, an operation, and behind
        an equation."""
        symbols = [(h.text, h.kind) for h in scope.heads] + [(name, TokenClass.STRUCTURE) for name in _NAMES]
        productions: list[Production] = []
        numbers: dict[int, tuple[Part, ...]] = {}
        slots: dict[int, str] = {}
        for known in range(MAX_STATEMENTS + 1):
            start, operand, equation, more = (1 + 4 * known + i for i in range(4))
            last = known == MAX_STATEMENTS
            slots |= {start: _ANY, operand: "a variable, number or earlier statement", equation: _ANY, more: "'|' or the end"}
            numbers |= {operand: (), equation: (), start: (more,)}
            for head in scope.heads:
                then: tuple[Part, ...] = (*(operand,) * head.arity, head)
                productions += [Production(head.text, head.kind, equation, then)]
                productions += [Production(head.text, head.kind, start, (*then, more))]
                if last or not head.arity:
                    productions += [Production(head.text, head.kind, operand, then)]
            productions += [Production(n, TokenClass.STRUCTURE, operand, refers=k) for k, n in enumerate(_NAMES[:known])]
            if not last:
                productions.append(Production(_NAMES[known], TokenClass.STRUCTURE, start, (equation, start + 4)))
            if scope.max_equations > 1:
                productions.append(Production(SYSTEM, TokenClass.STRUCTURE, more, (equation, more), equations=1))
        return Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            symbols=(*symbols, *([(SYSTEM, TokenClass.STRUCTURE)] if scope.max_equations > 1 else [])),
            start=(1,),
            numbers=numbers,
            slots=slots,
            optional=frozenset(range(4, 1 + max(slots), 4)),
            keeps=tuple(range(5, max(slots), 4)),
            most_nodes=MAX_NODES,
        )

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        if tree.size > MAX_NODES:
            raise EncodeError(f"the system has {tree.size:,} nodes; `three-address` writes at most {MAX_NODES:,}")
        tokens: list[Token] = []
        names: dict[Node, str] = {}
        for name, (node, path) in zip(_NAMES, _operations(tree), strict=False):
            tokens.append(Token(name, TokenClass.STRUCTURE, path))
            self._statement(node, path, tokens, names)
            names[node] = name
        for i, equation in enumerate(tree.children):
            if i:
                tokens.append(Token(SYSTEM, TokenClass.STRUCTURE, ()))
            self._statement(equation, (i,), tokens, names)
        return tokens

    def _statement(self, node: Node, path: Path, tokens: list[Token], names: dict[Node, str]) -> None:
        tokens.extend(self._symbol(node, path))
        for i, child in enumerate(operands(node)):
            own = (*path, i)
            if child in names:
                tokens.append(Token(names[child], TokenClass.STRUCTURE, own))
            else:
                self._statement(child, own, tokens, names)

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        self._statement(node, path, tokens, {})


def _operations(tree: Node) -> Iterator[tuple[Node, Path]]:
    """Each distinct operation below those of the equations, after its operands, with its first path."""
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
