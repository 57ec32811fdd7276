"""The neighborhood is exact: the formulas' counts, no sequence twice, every one at edit distance one."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.edits.base import draw_ranks
from kappabar.evaluate.edits.catalog import edit_operator
from kappabar.evaluate.edits.coefficient import CoefficientEdits
from kappabar.evaluate.edits.token import TokenNeighbors
from kappabar.evaluate.edits.tree import TreeEdits
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, coefficient_paths, number, system
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid


@st.composite
def sequences(draw, max_vocabulary=6, max_length=8):
    v = draw(st.integers(1, max_vocabulary))
    return tuple(draw(st.lists(st.integers(0, v - 1), max_size=max_length))), v


def levenshtein(a, b):
    """The textbook recurrence, row by row: an oracle that shares nothing with the operator."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def brute_force(ids, v):
    """Every distinct sequence that one substitution, insertion or deletion gives."""
    found = set()
    for i in range(len(ids) + 1):
        found |= {(*ids[:i], t, *ids[i:]) for t in range(v)}
        if i < len(ids):
            found.add(ids[:i] + ids[i + 1 :])
            found |= {(*ids[:i], t, *ids[i + 1 :]) for t in range(v)}
    return found - {ids}


@given(sequences())
def test_enumeration_is_the_neighborhood(case):
    ids, v = case
    neighbors = TokenNeighbors(ids, v)
    results = [tuple(neighbors.apply(*neighbors.at(rank))) for rank in range(len(neighbors))]
    assert len(set(results)) == len(results)
    assert set(results) == brute_force(ids, v)


@given(sequences(max_vocabulary=200, max_length=60))
def test_counts_are_the_formulas(case):
    ids, v = case
    length = len(ids)
    runs = sum(i == 0 or ids[i] != ids[i - 1] for i in range(length))
    assert TokenNeighbors(ids, v).counts == (length * (v - 1), length * (v - 1) + v, runs)


@given(sequences(max_vocabulary=40, max_length=30), st.randoms(use_true_random=False))
def test_every_edit_is_one_step_away_and_says_which(case, random):
    ids, v = case
    neighbors = TokenNeighbors(ids, v)
    if not len(neighbors):
        return
    for _ in range(20):
        kind, position, token = neighbors.at(random.randrange(len(neighbors)))
        edited = neighbors.apply(kind, position, token)
        assert levenshtein(ids, edited) == 1
        assert len(edited) - len(ids) == {"substitution": 0, "insertion": 1, "deletion": -1}[kind]
        assert kind == "deletion" or edited[position] == token


def test_ranks_outside_are_refused():
    with pytest.raises(IndexError):
        TokenNeighbors((0, 1), 3).at(len(TokenNeighbors((0, 1), 3)))


@given(st.integers(0, 5000), st.integers(1, 300), st.integers(0, 2**32))
def test_draws_are_distinct_and_in_range(size, limit, seed):
    ranks = list(draw_ranks(size, limit, np.random.default_rng(seed)))
    assert len(ranks) == len(set(ranks)) == min(size, limit)
    assert all(0 <= r < size for r in ranks)


def test_an_unknown_operator_is_named():
    with pytest.raises(SpecError, match="did you mean 'token'"):
        edit_operator("tokens")


@pytest.mark.parametrize("spec", ["prefix | digits:3", "prefix | digits:3 | bpe:200", "infix | chars | bpe:120"])
@pytest.mark.parametrize("operator", [CoefficientEdits(), TreeEdits()])
def test_an_edit_of_a_node_is_at_the_token_that_writes_it(spec, operator):
    """Also where that token was merged with its neighbors: `coefficient` once put those at the first token of all."""
    tree = parse("x' = y; y' = 1 - 0.5*sin(x) + 2.5*y").tree
    chosen = representation(spec)
    tokens = chosen.tokenize(tree)
    decoded = chosen.decode(chosen.encode(tree))
    for edit in operator.neighborhood(chosen, tree, None, np.random.default_rng(0)).edits:
        changed = [i for i, (a, b) in enumerate(zip(decoded.children, edit.result.children, strict=True)) if a != b]
        path = tokens[edit.position].path
        assert path[:1] in ((), (changed[0],)), (edit, path)
        if edit.kind == "nudge":
            (place,) = [p for p in coefficient_paths(decoded) if decoded.at(p) != edit.result.at(p)]
            assert place[: len(path)] == path
            assert not any(t.path == place for t in tokens[: edit.position])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_coefficient_that_no_float_is_larger_than_is_nudged_one_way_only(sign: float) -> None:
    chosen = representation("prefix | bins:5", corpus=[system(number(1.0))])
    tree = system(number(sign * sys.float_info.max))
    up, down = CoefficientEdits().neighborhood(chosen, tree, None, np.random.default_rng(0)).edits
    assert isinstance(up.result, Invalid) and up.result.position == 0
    assert isinstance(down.result, Node) and abs(down.result.children[0].value or 0.0) < sys.float_info.max
