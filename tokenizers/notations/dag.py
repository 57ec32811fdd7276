"""Prefix notation in which common subexpressions are written once and referred to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ...grammars.errors import EncodeError
from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Part, Production, Scope, operands
from ..base import Token, TokenClass
from .derivation import Derivation
from .derived import Derived

MAX_DEFINITIONS = 8
MAX_NODES = 10_000
"""Limit on the nodes of a system with its references written out: references to references grow exponentially."""

_NAMES = tuple(f"d{k}" for k in range(MAX_DEFINITIONS))
_NONE: Mapping[Node, str] = MappingProxyType({})
_WANTED = "an operator, function, variable, number or earlier definition"


@dataclass(frozen=True, slots=True)
class Dag(Derived):
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

    def _derive(self, scope: Scope) -> Derivation:
        """How many definitions there are is in the slots: there are three for each number of them."""
        symbols = [(h.text, h.kind) for h in scope.heads] + [(name, TokenClass.STRUCTURE) for name in _NAMES]
        productions: list[Production] = []
        numbers: dict[int, tuple[Part, ...]] = {}
        slots: dict[int, str] = {}
        for known in range(MAX_DEFINITIONS + 1):
            start, operand, more = (1 + 3 * known + i for i in range(3))
            slots |= {start: _WANTED, operand: _WANTED, more: "'|' or the end"}
            numbers |= {operand: (), start: (more,)}
            below = [Production(h.text, h.kind, operand, (*(operand,) * h.arity, h)) for h in scope.heads]
            below += [Production(name, TokenClass.STRUCTURE, operand, refers=k) for k, name in enumerate(_NAMES[:known])]
            productions += below
            productions += [replace(p, slot=start, then=(*p.then, more)) for p in below]
            if known < MAX_DEFINITIONS:
                productions.append(Production(_NAMES[known], TokenClass.STRUCTURE, start, (operand, start + 3)))
            if scope.max_equations > 1:
                productions.append(Production(SYSTEM, TokenClass.STRUCTURE, more, (operand, more), equations=1))
        return Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            symbols=(*symbols, *([(SYSTEM, TokenClass.STRUCTURE)] if scope.max_equations > 1 else [])),
            start=(1,),
            numbers=numbers,
            slots=slots,
            optional=frozenset(range(3, 1 + max(slots), 3)),
            keeps=tuple(range(4, max(slots), 3)),
            most_nodes=MAX_NODES,
        )

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        if tree.size > MAX_NODES:
            raise EncodeError(f"the system has {tree.size:,} nodes; `dag` writes at most {MAX_NODES:,}")
        tokens: list[Token] = []
        names: dict[Node, str] = {}
        for name, (node, path) in zip(_NAMES, self._shared(tree), strict=False):
            tokens.append(Token(name, TokenClass.STRUCTURE, path))
            self._write(node, path, tokens, names)
            names[node] = name
        for i, equation in enumerate(tree.children):
            if i:
                tokens.append(Token(SYSTEM, TokenClass.STRUCTURE, ()))
            self._write(equation, (i,), tokens, names)
        return tokens

    def _shared(self, tree: Node) -> list[tuple[Node, Path]]:
        """The subtrees to define, in order of dependency, each with the path of its first occurrence."""
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

    def _write(self, node: Node, path: Path, tokens: list[Token], names: Mapping[Node, str] = _NONE) -> None:
        if node in names:
            tokens.append(Token(names[node], TokenClass.STRUCTURE, path))
            return
        tokens.extend(self._symbol(node, path))
        for i, child in enumerate(operands(node)):
            self._write(child, (*path, i), tokens, names)


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
