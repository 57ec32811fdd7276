"""Tree edits: the unit steps of the tree edit distance on an expression as a representation's rewrites have it.

Which single operations of Zhang & Shasha (1989, SIAM J. Comput. 18:1245) keep a tree well-formed? A deletion hands the
children of a node to its parent, in its place; the parent keeps its symbol, and so its arity, only where exactly one
child takes the place: only nodes with one operand can go. An insertion is a deletion backwards: only a symbol with one
operand can come in, above any node. (A node with two operands can be relabelled; it comes or goes only together with an
operand, in two operations or more.) A relabelling keeps the children, so the new symbol has as many operands as the
old. The root `|` could lose or win equations; that would be a system of another dimension, with no distance to the
original's behavior, so it stays as it is.

Of a sequence of symbols the operations are those of the Levenshtein distance: one symbol is replaced, comes in, or goes.

Nodes are those that a notation writes: a whole power `^2` … `^9` is one symbol with one operand. A binary `^` over a whole
number from 2 to 9 is therefore no tree, and an operation whose result would read as one is none: it is not one step away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ...grammars.operators import Operators
from ...grammars.tree import (
    BINARY,
    CONSTANTS,
    FUNCTIONS,
    MAX_DEPTH,
    NEGATE,
    Node,
    Path,
    is_whole_power,
    number,
    variable,
    variables,
)
from ...representations.representation import Representation
from ...tokenizers.alphabet import WHOLE_EXPONENTS, head_text, operands
from ...tokenizers.base import TokenClass
from .base import Edit, Neighborhood, Promises, draw_ranks, first_tokens, position_of

NUMBERS = (0.0, 0.1, -0.1, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 10.0, -10.0)
_PROMISES = Promises(exact=True, inverse="insertion<->deletion", own=True)


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The symbols that an operation may write, by arity; variables come from the tree.

    Reals are too many to relabel with, so there is a fixed grid of `numbers`, whatever the corpus or codec. The small
    steps between reals are `coefficient`'s. `wider`: symbols of three and more operands.
    """

    unary: tuple[str, ...] = (NEGATE, *(f"^{n}" for n in WHOLE_EXPONENTS), *FUNCTIONS)
    binary: tuple[str, ...] = BINARY
    constants: tuple[str, ...] = CONSTANTS
    numbers: tuple[float, ...] = NUMBERS
    wider: tuple[tuple[int, tuple[str, ...]], ...] = ()

    @staticmethod
    def of(operators: Operators) -> Alphabet:
        """A domain's own."""
        by_arity: dict[int, list[str]] = {}
        for row in operators.rows:
            by_arity.setdefault(row.arity, []).append(row.symbol)
        wider = tuple((n, tuple(symbols)) for n, symbols in sorted(by_arity.items()) if n > 2)
        unary, binary = tuple(by_arity.get(1, ())), tuple(by_arity.get(2, ()))
        return Alphabet(unary, binary, operators.constants, NUMBERS if operators.numbers else (), wider)

    def taking(self, arity: int) -> tuple[str, ...]:
        """The symbols of two and more operands."""
        return self.binary if arity == 2 else dict(self.wider).get(arity, ())

    def leaves(self, n_variables: int) -> list[Node]:
        """Every leaf: variables, constants, numbers."""
        return [*map(variable, range(n_variables)), *map(Node, self.constants), *map(number, self.numbers)]


@dataclass(frozen=True, slots=True)
class Move:
    """One operation at the node at `path`: `label` is the symbol written ('' for a deletion), `leaf` the leaf instead of one."""

    kind: str
    path: Path
    label: str = ""
    leaf: Node | None = None


def moves(tree: Node, alphabet: Alphabet, n_variables: int) -> list[Move]:
    """Every operation that gives a well-formed system of as many equations, each distinct result once.

    In a chain of unary symbols, inserting a symbol before its equal repeats inserting it after, and deleting any of a run of
    equals gives the same: only the last insertion and the first deletion count. Nothing else coincides: kinds differ in
    the number of nodes, relabellings in where the tree differs.
    """
    leaves = alphabet.leaves(n_variables)
    listed: list[Move] = []
    for path, node, parent in _nodes(tree):
        exponent = parent.symbol == "^" and not is_whole_power(parent) and path[-1] == 1
        below = operands(node)
        label = head_text(node) if below else ""
        if not below:
            listed += [Move("relabel", path, leaf=x) for x in leaves if x != node and not (exponent and _is_whole(x))]
        elif len(below) == 1:
            listed += [Move("relabel", path, u) for u in alphabet.unary if u != label]
            if label != head_text(parent) and not (exponent and _is_whole(below[0])):
                listed.append(Move("deletion", path))
        else:
            listed += [
                Move("relabel", path, b)
                for b in alphabet.taking(len(below))
                if b != label and not (b == "^" and _is_whole(below[1]))
            ]
        if len(path) + 1 + node.depth <= MAX_DEPTH:
            listed += [Move("insertion", path, u) for u in alphabet.unary if u != label]
    return listed


def row_moves(tree: Node, alphabet: Alphabet, longest: int) -> list[Move]:
    """Every operation on a sequence of symbols that leaves one of 1 to `longest`, each distinct result once.

    A symbol that comes in beside its equal, and one of a run that goes, give the same on either side: only the last insertion and
    the first deletion count."""
    row, leaves = tree.children, alphabet.leaves(0)
    listed: list[Move] = []
    for i, symbol in enumerate(row):
        listed += [Move("relabel", (i,), leaf=x) for x in leaves if x != symbol]
        if len(row) > 1 and (i == 0 or row[i - 1] != symbol):
            listed.append(Move("deletion", (i,)))
        if len(row) < longest:
            listed += [Move("insertion", (i,), leaf=x) for x in leaves if x != symbol]
    if len(row) < longest:
        listed += [Move("insertion", (len(row),), leaf=x) for x in leaves]
    return listed


def _row_moved(tree: Node, move: Move) -> Node:
    (at,) = move.path
    new = () if move.leaf is None else (move.leaf,)
    return tree.over((*tree.children[:at], *new, *tree.children[at + (move.kind != "insertion") :]))


def moved(tree: Node, move: Move) -> Node:
    """The tree after an operation."""
    node = tree.at(move.path)
    if move.leaf is not None:
        return _with(tree, move.path, move.leaf)
    if move.kind == "deletion":
        return _with(tree, move.path, node.children[0])
    below = (node,) if move.kind == "insertion" else operands(node)
    return _with(tree, move.path, _built(move.label, below))


@dataclass(frozen=True, slots=True)
class TreeEdits:
    """Relabel, insert or delete one node: all trees at Zhang-Shasha distance 1 over the alphabet, each once.

    Works on the expression itself and not on what its tokens decode to: of the representation only rewrites remain. `position` is
    the first token that writes the node (the node below, for an insertion), or the smallest written subtree around it. Variables:
    those of the system's equations; functions, whose inputs have none, may use what they use themselves, up to the last of these.
    `n_variables` sets their number instead.

    Symmetric between trees whose symbols and numbers are all of the alphabet; not where another number is replaced, which
    no relabelling brings back. Insertion and deletion undo each other always.
    """

    alphabet: Alphabet = field(default_factory=Alphabet)
    n_variables: int | None = None
    name: str = "tree"
    promises: Promises = _PROMISES

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        """Raises `EncodeError` where the vocabulary cannot write the tree."""
        reference = representation.unrounded(tree)
        there = representation.operators.built_in or TokenClass.VARIABLE in representation.vocabulary.classes
        own = own_variables(reference) if there else 0  # a vocabulary without variables has none to be edited into
        count = own if self.n_variables is None else self.n_variables
        alphabet = self.alphabet if representation.operators.built_in else Alphabet.of(representation.operators)
        longest = representation.operators.sequence
        every = row_moves(reference, alphabet, longest) if longest else moves(reference, alphabet, count)
        starts = first_tokens(representation, tree)
        drawn = [every[rank] for rank in draw_ranks(len(every), limit, rng)]
        made = _row_moved if longest else moved
        edits = tuple(Edit(m.kind, _position(m, starts, longest), -1, made(reference, m)) for m in drawn)
        return Neighborhood(len(every), edits)


def _position(move: Move, starts: Mapping[Path, int], longest: int) -> int:
    """Of a symbol that comes in behind a sequence's last, where that is written."""
    behind = longest and move.kind == "insertion" and move.path not in starts
    return position_of((move.path[0] - 1,) if behind else move.path, starts)


def own_variables(tree: Node) -> int:
    """How many variables a system's edits use: one for each equation, or up to the last that is used. What other expressions have
    in use decides nothing here, though a vocabulary that is shared with them writes more."""
    return max(len(tree.children), 1 + max(variables(tree), default=0))


def _nodes(tree: Node) -> Iterator[tuple[Path, Node, Node]]:
    """Every node below the root, with path and parent, in pre-order; exponents of whole powers are part of their symbol."""
    stack: list[tuple[Path, Node, Node]] = [((i,), tree.children[i], tree) for i in reversed(range(len(tree.children)))]
    while stack:
        path, node, parent = stack.pop()
        yield path, node, parent
        below = operands(node)
        stack.extend(((*path, i), below[i], node) for i in reversed(range(len(below))))


def _is_whole(node: Node) -> bool:
    """Whether `^` over this second operand would read as a whole power."""
    return node.is_number and is_whole_power(Node("^", (node, node)))


def _built(label: str, below: tuple[Node, ...]) -> Node:
    """'^2', (x,) -> x ^ 2; 'sin', (x,) -> sin(x)."""
    if len(below) == 1 and label.startswith("^"):
        return Node("^", (below[0], number(float(label[1:]))))
    return Node(label, below)


def _with(tree: Node, path: Path, new: Node) -> Node:
    """The tree with `new` at `path`."""
    if not path:
        return new
    children = list(tree.children)
    children[path[0]] = _with(children[path[0]], path[1:], new)
    return replace(tree, children=tuple(children))
