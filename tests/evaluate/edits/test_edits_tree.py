"""Tree edits against an independent tree edit distance: every neighbor at distance 1, and every tree at distance 1."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.edits.base import EditOperator
from kappabar.evaluate.edits.tree import Alphabet, TreeEdits, moved, moves, own_variables
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.files.bank import bank
from kappabar.grammars.tree import MAX_DEPTH, SYSTEM, Node, number, system, variable
from kappabar.representations.representation import representation

SMALL = Alphabet(("sin", "neg", "^2"), ("+", "^"), ("e",), (0.0, 0.5, 2.0))
Plain = tuple  # (label, (child, …))


def plain(node: Node) -> Plain:
    """A tree of labels as a notation writes them: whole powers are one symbol."""
    if node.symbol == "number":
        return (node.value, ())
    if node.symbol == "^" and node.children[1].value in {2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0}:
        return (f"^{node.children[1].value:g}", (plain(node.children[0]),))
    return (node.symbol, tuple(plain(c) for c in node.children))


def zhang_shasha(a: Plain, b: Plain) -> int:
    """The algorithm of the 1989 paper with unit costs: post-order, leftmost leaves, keyroots, forest distances."""

    def postorder(tree: Plain) -> tuple[list, list[int], list[int]]:
        labels: list = []
        leftmost: list[int] = []

        def visit(node: Plain) -> int:
            first = [visit(child) for child in node[1]]
            labels.append(node[0])
            leftmost.append(first[0] if first else len(labels) - 1)
            return leftmost[-1]

        visit(tree)
        keyroots = sorted({left: i for i, left in enumerate(leftmost)}.values())
        return labels, leftmost, keyroots

    (la, l1, k1), (lb, l2, k2) = postorder(a), postorder(b)
    tree_distance = [[0] * len(lb) for _ in la]
    for i, j in product(k1, k2):
        m, n = i - l1[i] + 2, j - l2[j] + 2
        forest = [[0] * n for _ in range(m)]
        for x in range(1, m):
            forest[x][0] = x
        for y in range(1, n):
            forest[0][y] = y
        for x, y in product(range(1, m), range(1, n)):
            p, q = x + l1[i] - 1, y + l2[j] - 1
            aside = min(forest[x - 1][y], forest[x][y - 1]) + 1
            if l1[p] == l1[i] and l2[q] == l2[j]:
                forest[x][y] = min(aside, forest[x - 1][y - 1] + (la[p] != lb[q]))
                tree_distance[p][q] = forest[x][y]
            else:
                forest[x][y] = min(aside, forest[l1[p] - l1[i]][l2[q] - l2[j]] + tree_distance[p][q])
    return tree_distance[-1][-1]


@cache
def forests(nodes: int, n_variables: int) -> tuple[Node, ...]:
    """Every tree over the small alphabet that is written with that many symbols."""
    if nodes == 1:
        return (*map(variable, range(n_variables)), Node("e"), number(0.0), number(0.5), number(2.0))
    found = [Node(u, (x,)) for u in ("sin", "neg") for x in forests(nodes - 1, n_variables)]
    found += [Node("^", (x, number(2.0))) for x in forests(nodes - 1, n_variables)]
    for left in range(1, nodes - 1):
        pairs = list(product(forests(left, n_variables), forests(nodes - 1 - left, n_variables)))
        found += [Node("+", pair) for pair in pairs]
        found += [Node("^", pair) for pair in pairs if pair[1] != number(2.0)]  # that one is the symbol ^2
    return tuple(found)


def size(tree: Plain) -> int:
    return 1 + sum(map(size, tree[1]))


def test_the_reference_distance_on_the_papers_example() -> None:
    """Figure 4 of the paper: f(d(a c(b)) e) to f(c(d(a b)) e) takes two operations."""
    a = ("f", (("d", (("a", ()), ("c", (("b", ()),)))), ("e", ())))
    b = ("f", (("c", (("d", (("a", ()), ("b", ()))),)), ("e", ())))
    assert zhang_shasha(a, b) == 2
    assert zhang_shasha(a, a) == 0
    assert zhang_shasha(("a", ()), ("b", (("a", ()), ("c", ())))) == 2


def check_against_all(tree: Node, n_variables: int, others: list[Node]) -> None:
    results = [moved(tree, move) for move in moves(tree, SMALL, n_variables)]
    assert len(set(results)) == len(results)
    root, n = plain(tree), size(plain(tree))
    near = [(o, p) for o in others if abs(size(p := plain(o)) - n) <= 1]  # a step changes the size by at most one
    assert set(results) == {o for o, p in near if zhang_shasha(root, p) == 1}


@pytest.mark.parametrize("seed", range(8))
def test_one_equation_every_tree_at_distance_one_and_no_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = 2 + seed % 2
    every = forests(nodes, 1)
    others = [system(e) for n in range(1, nodes + 2) for e in forests(n, 1)]
    for i in rng.integers(0, len(every), size=4):
        check_against_all(system(every[int(i)]), 1, others)


@pytest.mark.parametrize(
    "equation",
    [
        Node("^", (variable(0), Node("neg", (number(2.0),)))),  # its deletion would read as x^2
        Node("^", (number(2.0), number(0.5))),
        Node("+", (variable(0), number(2.0))),  # so would ^ in place of +
        Node("^", (Node("^", (variable(0), number(2.0))), number(2.0))),
        Node("sin", (Node("sin", (Node("neg", (variable(0),)),)),)),
    ],
)
def test_one_equation_whole_powers_and_chains(equation: Node) -> None:
    nodes = size(plain(equation))
    check_against_all(system(equation), 1, [system(e) for n in range(nodes - 1, nodes + 2) for e in forests(n, 1)])


@pytest.mark.parametrize("seed", range(4))
def test_two_equations(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def draw(nodes: int) -> Node:
        every = forests(nodes, 2)
        return every[int(rng.integers(len(every)))]

    sizes = [(1, 1), (2, 1), (1, 2), (2, 1)][seed]
    tree = system(*map(draw, sizes))
    others = [
        system(*pair)
        for a, b in product(range(1, 4), repeat=2)
        if a + b <= sum(sizes) + 1
        for pair in product(forests(a, 2), forests(b, 2))
    ]
    check_against_all(tree, 2, others)


@given(trees(max_dim=2, max_leaves=5), st.integers(0, 2**32))
def test_with_every_symbol_each_step_is_at_distance_one(tree: Node, seed: int) -> None:
    every = moves(tree, Alphabet(), len(tree.children))
    results = [moved(tree, move) for move in every]
    assert len(set(results)) == len(results)
    rng = np.random.default_rng(seed)
    for i in rng.choice(len(results), size=min(len(results), 12), replace=False):
        assert zhang_shasha(plain(tree), plain(results[i])) == 1
        assert size(plain(results[i])) - size(plain(tree)) == {"relabel": 0, "insertion": 1, "deletion": -1}[every[i].kind]


@given(trees(max_dim=2, max_leaves=5), st.integers(0, 2**32))
def test_insertions_and_deletions_undo_each_other(tree: Node, seed: int) -> None:
    n = len(tree.children)
    every = [m for m in moves(tree, Alphabet(), n) if m.kind != "relabel"]
    rng = np.random.default_rng(seed)
    for i in rng.choice(len(every), size=min(len(every), 3), replace=False):
        other = moved(tree, every[i])
        back = {moved(other, m): m.kind for m in moves(other, Alphabet(), n)}
        assert {every[i].kind, back[tree]} == {"insertion", "deletion"}


def test_symmetric_where_every_number_is_of_the_alphabet() -> None:
    for tree in map(system, forests(3, 1)[::7]):
        for move in moves(tree, SMALL, 1):
            other = moved(tree, move)
            assert tree in {moved(other, m) for m in moves(other, SMALL, 1)}


@pytest.mark.parametrize("dim", [1, 3])
def test_counts_are_the_formulas(dim: int) -> None:
    """A chain without repeats: U (k+1) - k insertions over k unary nodes and a leaf, k deletions, and every other symbol."""
    chain = Node("sin", (Node("cos", (variable(0),)),))
    found = Counter(m.kind for m in moves(system(*[chain] * dim), Alphabet(), dim))
    u, leaves = 1 + 8 + 15, dim + 2 + 11
    assert found == {"relabel": dim * (2 * (u - 1) + leaves - 1), "insertion": dim * (3 * u - 2), "deletion": dim * 2}


def test_no_step_goes_deeper_than_trees_may_be() -> None:
    node = variable(0)
    while node.depth < MAX_DEPTH - 1:
        node = Node("neg", (node,))
    tree = system(node)
    assert tree.depth == MAX_DEPTH
    assert {m.kind for m in moves(tree, Alphabet(), 1)} == {"relabel", "deletion"}


SPECS = ["prefix | digits:3", "infix | digits:3", "infix | chars", "tree | digits:3", "rules | digits:3", "postfix | digits:3"]


@given(trees(dim=2, max_leaves=6))
def test_no_tokenization_influences_it(tree: Node) -> None:
    """Representations differ in positions alone, whatever their codecs round."""
    found = []
    for spec in SPECS:
        form = representation(spec, corpus=[tree])
        neighborhood = TreeEdits().neighborhood(form, tree, 60, np.random.default_rng(0))
        tokens = form.tokenize(tree)
        assert all(0 <= e.position < len(tokens) for e in neighborhood.edits)
        found.append([(e.kind, e.result) for e in neighborhood.edits])
    assert all(edits == found[0] for edits in found[1:])


def test_positions_are_those_of_the_nodes() -> None:
    tree = system(Node("+", (Node("sin", (variable(0),)), number(2.5))))
    form = representation("prefix | digits:3", corpus=[tree])
    texts = [t.text for t in form.tokenize(tree)]
    edits = TreeEdits().neighborhood(form, tree, None, np.random.default_rng(0)).edits
    deleted = [e for e in edits if e.kind == "deletion"]
    assert [(texts[e.position], e.result) for e in deleted] == [("sin", system(Node("+", (variable(0), number(2.5)))))]
    numbers = [e for e in edits if e.result == system(Node("+", (Node("sin", (variable(0),)), number(-10.0))))]
    assert [e.position for e in numbers] == [3]


def test_positions_under_merges_are_of_the_smallest_written_subtree_around() -> None:
    corpus = [s.tree for s in bank("ode")]
    form = representation("infix | chars | bpe:256", corpus=corpus)
    hidden = 0
    for tree in corpus[:12]:
        paths = [t.path for t in form.tokenize(tree)]
        reference = form.round_trip(tree)
        assert isinstance(reference, Node)
        steps = moves(reference, SMALL, len(tree.children))
        operator = TreeEdits(SMALL, len(tree.children))
        for step, edit in zip(steps, operator.neighborhood(form, tree, None, np.random.default_rng(0)).edits, strict=True):
            around = [p for p in paths if step.path[: len(p)] == p]
            if around:
                assert edit.position == paths.index(max(around, key=len))
                hidden += step.path not in paths
    assert hidden > 0


def test_variables_are_the_systems_own_whatever_else_is_in_the_file() -> None:
    one, three = system(Node("sin", (variable(0),))), system(variable(0), variable(1), variable(2))
    for spec in ["prefix | digits:3", "infix | chars", "infix | chars | bpe:64"]:
        for domain, other in (("ode", three), ("function", system(Node("+", (variable(0), variable(2)))))):
            alone, beside = representation(spec, domain, [one]), representation(spec, domain, [one, other])
            found = [TreeEdits().neighborhood(form, one, 40, np.random.default_rng(0)) for form in (alone, beside)]
            assert [e.result for e in found[0].edits] == [e.result for e in found[1].edits]
            assert found[0].size == found[1].size
    assert [own_variables(t) for t in (one, three, system(variable(2)), system(number(1.0)))] == [1, 3, 3, 1]


def test_a_limit_draws_distinct_ones() -> None:
    tree = system(Node("+", (Node("sin", (variable(0),)), number(2.5))))
    form = representation("prefix | digits:3", corpus=[tree])
    operator = TreeEdits()
    assert isinstance(operator, EditOperator)
    full = operator.neighborhood(form, tree, None, np.random.default_rng(0))
    drawn = [operator.neighborhood(form, tree, 20, np.random.default_rng(1)) for _ in range(2)]
    assert drawn[0] == drawn[1] and drawn[0].size == full.size == len(full.edits)
    assert len(set(drawn[0].edits)) == 20
    assert set(drawn[0].edits) <= set(full.edits)
    assert all(e.result.symbol == SYSTEM for e in full.edits)
