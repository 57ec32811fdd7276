"""Prefix notation in which common subexpressions are written once and referred to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...grammars.errors import EncodeError
from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import MAX_DEPTH, SYSTEM, Node, Path
from ..alphabet import Head, Scope, head_text, kind_of, make_vocabulary, number_leaf, operands
from ..base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import too_deep, too_many, unreadable

MAX_DEFINITIONS = 8
MAX_NODES = 10_000
"""Limit on the nodes of a system with its references written out: references to references grow exponentially."""

_NAMES = tuple(f"d{k}" for k in range(MAX_DEFINITIONS))
_WANTED = "an operator, function, variable, number or earlier definition"


@dataclass(frozen=True, slots=True)
class Dag:
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

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    scope: Scope = field(init=False, compare=False, repr=False)
    heads: tuple[Head, ...] = field(init=False, compare=False, repr=False)
    arities: list[int] = field(init=False, compare=False, repr=False)
    variables: list[int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        bar = [SYSTEM] if scope.max_equations > 1 else []
        symbols = [(h.text, h.kind) for h in scope.heads] + [(t, TokenClass.STRUCTURE) for t in (*_NAMES, *bar)]
        object.__setattr__(self, "vocabulary", make_vocabulary(symbols, self.codec))
        object.__setattr__(self, "scope", scope)
        object.__setattr__(self, "heads", scope.heads)
        object.__setattr__(self, "arities", [h.arity for h in scope.heads])
        object.__setattr__(self, "variables", [h.variable for h in scope.heads])

    def tokenize(self, tree: Node) -> list[Token]:
        self.scope.check(tree)
        if tree.size > MAX_NODES:
            raise EncodeError(f"the system has {tree.size:,} nodes; `dag` writes at most {MAX_NODES:,}")
        tokens: list[Token] = []
        names: dict[Node, str] = {}
        for name, (node, path) in zip(_NAMES, self._shared(tree), strict=False):
            tokens.append(Token(name, TokenClass.STRUCTURE, path))
            self._write(node, path, names, tokens)
            names[node] = name
        for i, equation in enumerate(tree.children):
            if i:
                tokens.append(Token(SYSTEM, TokenClass.STRUCTURE, ()))
            self._write(equation, (i,), names, tokens)
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

    def _write(self, node: Node, path: Path, names: dict[Node, str], tokens: list[Token]) -> None:
        if node in names:
            tokens.append(Token(names[node], TokenClass.STRUCTURE, path))
        elif node.is_number:
            tokens.extend(Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0))
        else:
            tokens.append(Token(head_text(node), kind_of(node, self.operators), path))
            for i, child in enumerate(operands(node)):
                self._write(child, (*path, i), names, tokens)

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        return _Reader(self, ids).system()


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


@dataclass(slots=True)
class _Read:
    """A checked expression: its pieces in pre-order (a number is a reference), where it ends, its depth and nodes."""

    pieces: list[Node | Head | int]
    end: int
    depth: int
    size: int


@dataclass(slots=True)
class _Reader:
    """Reads one sequence: checks it expression by expression, and builds trees only after all are right."""

    notation: Dag
    ids: Sequence[int]
    definitions: list[_Read] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    top: int = -1

    def system(self) -> Node | Invalid:
        ids, end, scope = self.ids, len(self.ids), self.notation.scope
        names = len(self.notation.heads)
        i = 0
        while i < end and len(self.definitions) < MAX_DEFINITIONS and ids[i] == names + len(self.definitions):
            reading = self.expression(i + 1, MAX_NODES - 1)
            if isinstance(reading, Invalid):
                return reading
            self.definitions.append(reading)
            i = reading.end
        equations: list[_Read] = []
        room = MAX_NODES - 1
        while True:
            reading = self.expression(i, room)
            if isinstance(reading, Invalid):
                return reading
            equations.append(reading)
            room -= reading.size
            i = reading.end
            if i == end:
                break
            if ids[i] != names + MAX_DEFINITIONS or scope.max_equations == 1:
                return Invalid(f"expected '|' or the end, found {self.notation.vocabulary.tokens[ids[i]]!r}", i)
            if len(equations) == scope.max_equations:
                return too_many(scope, i)
            i += 1
        if (reason := scope.misfit(len(equations), self.top)) is not None:
            return Invalid(reason, end)
        return self._assemble(equations)

    def expression(self, i: int, room: int) -> _Read | Invalid:
        """The expression that starts at `i`, of at most `room` nodes, with references written out."""
        ids, end, notation = self.ids, len(self.ids), self.notation
        heads, arities, variables = notation.heads, notation.arities, notation.variables
        names = len(heads)
        first_number = names + MAX_DEFINITIONS + (notation.scope.max_equations > 1)
        pieces: list[Node | Head | int] = []
        pending = [2]  # levels of the operands that are still to come; the system itself is level 1
        deepest, size = 0, 0
        while pending and i < end:
            token, start, level = ids[i], i, pending.pop()
            i += 1
            size += 1
            if token < names:
                if arities[token]:
                    level += 1
                    pending.extend([level] * arities[token])
                elif variables[token] > self.top:
                    self.top = variables[token]
                head = heads[token]
                size += head.exponent is not None
                pieces.append(head if head.node is None else head.node)
            elif token < names + len(self.definitions):
                named = self.definitions[token - names]
                level += named.depth - 1
                size += named.size - 1
                pieces.append(token - names)
            elif token < first_number:
                return Invalid(f"expected {_WANTED}, found {notation.vocabulary.tokens[token]!r}", start)
            else:
                self.texts = self.texts or [notation.vocabulary.tokens[t] for t in ids]
                reading = notation.codec.read(self.texts, start)
                if isinstance(reading, Invalid):
                    return reading
                value, i = reading
                pieces.append(number_leaf(value))
            deepest = max(deepest, level)
            if level > MAX_DEPTH:
                return too_deep(start)
            if size + len(pending) > room:
                return Invalid(f"more than {MAX_NODES:,} nodes with all references written out", start)
        if pending:
            return Invalid(f"the sequence ends where {_WANTED} must follow", end)
        return _Read(pieces, i, deepest - 1, size)

    def _assemble(self, equations: list[_Read]) -> Node:
        named: list[Node] = []
        for definition in self.definitions:
            named.append(_built(definition.pieces, named))
        return Node(SYSTEM, tuple(_built(equation.pieces, named) for equation in equations))


def _built(pieces: list[Node | Head | int], named: list[Node]) -> Node:
    """The tree of pieces in pre-order: from the right, so that the operands of a symbol wait when it comes, the first on top."""
    stack: list[Node] = []
    for piece in reversed(pieces):
        if isinstance(piece, int):
            stack.append(named[piece])
        elif isinstance(piece, Node):
            stack.append(piece)
        else:
            below = tuple([stack.pop() for _ in range(piece.arity)])
            stack.append(Node(piece.symbol, below if piece.exponent is None else (*below, piece.exponent)))
    (tree,) = stack
    return tree
