"""`dag` against a reader of its own: expression by expression, with what each definition holds, and trees at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.constant import LEAVES
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.tree import MAX_DEPTH, SYSTEM, Node, number, system, variable
from kappabar.tokenizers.alphabet import Head, Scope
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.machines.decode import BulkDecoder, bulk_decoder, general
from kappabar.tokenizers.notations.dag import MAX_DEFINITIONS, Dag
from kappabar.tokenizers.notations.definitions import MAX_NODES

_WANTED = "an operator, function, variable, number or earlier definition"


@dataclass(slots=True)
class Read:
    """A checked expression: its pieces in pre-order (a number is a reference), where it ends, its depth and nodes."""

    pieces: list[Node | Head | int]
    end: int
    depth: int
    size: int


@dataclass(slots=True)
class Reader:
    """Reads one sequence: checks it expression by expression, and builds trees only after all are right."""

    notation: Dag
    ids: Sequence[int]
    definitions: list[Read] = field(default_factory=list)
    top: int = -1

    @property
    def scope(self) -> Scope:
        return Scope(self.notation.n_variables, self.notation.closed, self.notation.operators)

    def system(self) -> Node | Invalid:
        ids, end, scope = self.ids, len(self.ids), self.scope
        if not ids:
            return Invalid("the sequence is empty", 0)
        names = len(scope.heads)
        i = 0
        while i < end and len(self.definitions) < MAX_DEFINITIONS and ids[i] == names + len(self.definitions):
            reading = self.expression(i + 1, MAX_NODES - 1)
            if isinstance(reading, Invalid):
                return reading
            self.definitions.append(reading)
            i = reading.end
        equations: list[Read] = []
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
                return Invalid(f"more than {scope.max_equations} equations", i)
            if not room:  # for any equation
                return Invalid(f"more than {MAX_NODES:,} nodes with all references written out", i)
            i += 1
        if (reason := scope.misfit(len(equations), self.top)) is not None:
            return Invalid(reason, end)
        named: list[Node] = []
        for definition in self.definitions:
            named.append(built(definition.pieces, named))
        return Node(SYSTEM, tuple(built(equation.pieces, named) for equation in equations))

    def expression(self, i: int, room: int) -> Read | Invalid:
        """The expression that starts at `i`, of at most `room` nodes, with references written out."""
        ids, end, tokens, heads = self.ids, len(self.ids), self.notation.vocabulary.tokens, self.scope.heads
        names = len(heads)
        first_number = names + MAX_DEFINITIONS + (self.scope.max_equations > 1)
        pieces: list[Node | Head | int] = []
        pending = [2]  # levels of the operands that are still to come; the system itself is level 1
        deepest, size = 0, 0
        while pending and i < end:
            token, start, level = ids[i], i, pending.pop()
            i += 1
            size += 1
            if token < names:
                head = heads[token]
                level += head.arity > 0
                pending.extend([level] * head.arity)
                self.top = max(self.top, head.variable)
                size += head.exponent is not None
                pieces.append(head if head.node is None else head.node)
            elif token < names + len(self.definitions):
                named = self.definitions[token - names]
                level += named.depth - 1
                size += named.size - 1
                pieces.append(token - names)
            elif token < first_number:
                return Invalid(f"expected {_WANTED}, found {tokens[token]!r}", start)
            else:
                reading = self.notation.codec.read([tokens[t] for t in ids], start)
                if isinstance(reading, Invalid):
                    return reading
                value, i = reading
                pieces.append(number(value))
            deepest = max(deepest, level)
            if level > MAX_DEPTH:
                return Invalid(f"nested deeper than {MAX_DEPTH} levels", start)
            if size + len(pending) > room:
                return Invalid(f"more than {MAX_NODES:,} nodes with all references written out", start)
        if pending:
            return Invalid(f"the sequence ends where {_WANTED} must follow", end)
        return Read(pieces, i, deepest - 1, size)


def built(pieces: list[Node | Head | int], named: list[Node]) -> Node:
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


OWN = operators(
    Operator("ite", 3), Operator("not", 1, "prefix", 3), Operator("and", 2, "infix", 4), Operator("top", 0), numbers=True
)
NOTATIONS = {
    "digits": Dag(Digits(2), 3),
    "bins": Dag(Bins(4), 2),
    "function": Dag(Bins(4), 2, closed=False),
    "own": Dag(Bins(4), 2, True, OWN),
}


def agree(tok: Dag, decoder: BulkDecoder | None, ids: list[int]) -> Node | Invalid:
    """The reader, the decoder in Python and the compiled one, on one sequence."""
    expected = Reader(tok, ids).system()
    assert tok.decode(ids) == expected
    assert decoder is not None
    found = decoder.decode(ids, *(np.array([v], np.int32) for v in (0, 0, -1)))
    if isinstance(expected, Invalid):
        assert found.tree[0] < 0 and found.reasons[found.reason[0]] == general(expected.reason)
    else:
        constants = LEAVES if tok.operators.built_in else {}
        plain = expected.map(lambda node: number(constants[node.symbol]) if node.symbol in constants else node)
        assert found.trees.tree(int(found.tree[0])) == plain
        assert found.trees.equations[0] == len(expected.children)
    return expected


def shared(tree: Node, picks: Sequence[int], symbols: str | tuple[str, ...]) -> Node:
    """A system in which subtrees recur: each pick adds one over two subtrees found so far."""
    pool = [node for _, node in tree.walk() if node.symbol != SYSTEM]
    for pick in picks:
        pool.append(Node(symbols[pick % len(symbols)], (pool[pick % len(pool)], pool[pick // 7 % len(pool)])))
    return system(pool[-1], *tree.children[1:])


@pytest.mark.parametrize("name", ["digits", "bins"])
@given(tree=trees(max_dim=2, max_leaves=5), picks=st.lists(st.integers(0, 10**6), max_size=12), data=st.data())
@settings(max_examples=100)
def test_edits_of_shared_systems_are_read_alike(name: str, tree: Node, picks: list[int], data: st.DataObject) -> None:
    tok = NOTATIONS[name]
    whole = shared(tree, picks, "+*")
    if whole.depth > MAX_DEPTH or whole.size > MAX_NODES:
        return
    ids, decoder = tok.encode(whole), bulk_decoder(tok)
    assert isinstance(agree(tok, decoder, ids), Node)
    names = [tok.vocabulary.ids[f"d{k}"] for k in range(MAX_DEFINITIONS)]
    for _ in range(8):
        edited = list(ids)
        for _ in range(data.draw(st.integers(1, 2))):
            at, kind = data.draw(st.integers(0, len(edited) - 1)), data.draw(st.sampled_from("sid"))
            token = data.draw(st.integers(0, len(tok.vocabulary) - 1) | st.sampled_from(names))
            edited[at : at + (kind != "i")] = [] if kind == "d" and len(edited) > 1 else [token]
        agree(tok, decoder, edited)


@pytest.mark.parametrize("name", NOTATIONS)
def test_sequences_of_chance_are_read_alike(name: str) -> None:
    """Mostly of few tokens, so that many are trees; in one neighborhood, so that no edit can leave a trace in the next."""
    tok, rng = NOTATIONS[name], np.random.default_rng(3)
    decoder, ids = bulk_decoder(tok), tok.vocabulary.ids
    few = [ids[t] for t in ("d0", "d1", "d1", "d2", "and", "not", "ite", "+", "sin", "^2", "x_0", "x_0", "x_1", "|") if t in ids]
    valid = 0
    for i in range(1500):
        size = len(tok.vocabulary) if i % 8 == 0 else 0
        body = [int(rng.integers(size)) if size else few[rng.integers(len(few))] for _ in range(rng.integers(0, 10))]
        valid += isinstance(agree(tok, decoder, [*([ids["d0"], ids["x_0"]] * (i % 2)), *body]), Node)
    assert valid > 30
    sequence = [ids[t] for t in ("d0", "x_0", "d1", "d0", "d1")]
    edits = [(a, b, t) for a in range(6) for b in range(a, 6) for t in (*few, -1)]
    assert decoder is not None
    found = decoder.decode(sequence, *(np.array(column, np.int32) for column in zip(*edits, strict=True)))
    for k, (a, b, t) in enumerate(edits):
        expected = Reader(tok, [*sequence[:a], *([t] if t >= 0 else []), *sequence[b:]]).system()
        assert (found.tree[k] >= 0) == isinstance(expected, Node)
        if isinstance(expected, Node):
            assert found.trees.tree(int(found.tree[k])) == expected


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=8),
    tail=st.lists(st.integers(0, 10**6), max_size=30),
    n=st.integers(1, 9),
)
@settings(max_examples=200)
def test_nodes_and_depths_are_counted_alike(sizes: list[int], tail: list[int], n: int) -> None:
    """Definitions of many of the one before, towards the limits of nodes and of depth."""
    tok = NOTATIONS["bins"]
    ids = tok.vocabulary.ids
    written = [ids["d0"], *[ids["sin"]] * (20 * n), ids["x_0"]]
    for k, size in enumerate(sizes[1:], 1):
        symbols = "+*" if size % 2 else "*-"
        body = [f"d{k - 1}"] if size < 3 else [symbols[i % 2] for i in range(size - 1)] + [f"d{k - 1}"] * size
        written += [ids[t] for t in (f"d{k}", *body)]
    last = f"d{len(sizes) - 1}"
    ends = [ids[t] for t in (last, last, "d0", "+", "|", "sin", "x_1", "^2")]
    agree(tok, bulk_decoder(tok), [*written, *(ends[t % len(ends)] for t in tail)])


def test_the_limit_of_nodes_is_exact() -> None:
    """Nineteen of a definition that has 511 nodes are 9,727 with what joins them; the root is one more."""
    tok = NOTATIONS["bins"]
    ids, decoder = tok.vocabulary.ids, bulk_decoder(tok)

    def comb(symbol: str, leaf: str, n: int) -> list[int]:
        return reduce(lambda a, b: [ids[symbol], *a, *b], [[ids[leaf]]] * n)

    doubled = comb("+", "x_0", 2)
    written = [ids["d0"], *doubled, *(t for k in range(1, 8) for t in (ids[f"d{k}"], *comb("+", f"d{k - 1}", 2)))]
    for more in (-2, 0, 2):
        second = [*[ids["sin"]] * 61, *comb("*", "x_0", 106 + more // 2)]  # 272 nodes
        tree = agree(tok, decoder, [*written, *comb("*", "d7", 19), ids["|"], *second])
        assert isinstance(tree, Node) == (more <= 0)
        assert not isinstance(tree, Node) or tree.size == MAX_NODES + more
    full = [*written, ids["-"], *comb("*", "d7", 19), *comb("*", "x_0", 136)]
    assert isinstance(agree(tok, decoder, full), Node)
    assert isinstance(agree(tok, decoder, [ids["d0"], *doubled, *full[4:]]), Node)
    for rest in (["|"], ["|", "x_0"], ["|", "|"]):  # no equation has room behind the bar
        assert agree(tok, decoder, [*full, *(ids[t] for t in rest)]) == Invalid(
            "more than 10,000 nodes with all references written out", len(full)
        )


def test_a_definition_that_no_equation_uses_is_checked_and_left_out() -> None:
    tok = NOTATIONS["digits"]
    ids = tok.vocabulary.ids
    decoder = bulk_decoder(tok)
    assert agree(tok, decoder, [ids[t] for t in ("d0", "sin", "x_0", "x_0")]) == system(variable(0))
    found = agree(tok, decoder, [ids[t] for t in ("d0", "x_1", "x_0")])
    assert isinstance(found, Invalid) and "x_1 has no equation" in found.reason
