"""Transpositions: every sequence that exchanging two neighbors gives, each once, and back again."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.edits.base import EditOperator
from kappabar.evaluate.edits.transpose import TransposeEdits, transposed, transpositions
from kappabar.grammars.draw.strategies import trees
from kappabar.representations.representation import representation

PREFIX = representation("prefix | digits:2")


def brute_force(ids: list[int]) -> set[tuple[int, ...]]:
    """Every order of the same tokens that differs from theirs at exactly two places, next to each other."""
    found = set()
    for other in permutations(ids):
        places = [i for i, (a, b) in enumerate(zip(ids, other, strict=True)) if a != b]
        if len(places) == 2 and places[1] == places[0] + 1:
            found.add(other)
    return found


@given(st.lists(st.integers(0, 3), max_size=6))
def test_each_distinct_sequence_once(ids: list[int]) -> None:
    results = [tuple(transposed(ids, i)) for i in transpositions(ids)]
    assert len(set(results)) == len(results)
    assert set(results) == brute_force(ids)
    runs = sum(i == 0 or ids[i - 1] != t for i, t in enumerate(ids))
    assert len(results) == max(runs - 1, 0)


@given(st.lists(st.integers(0, 3), max_size=9))
def test_the_neighbor_of_a_neighbor_is_the_original(ids: list[int]) -> None:
    for i in transpositions(ids):
        other = transposed(ids, i)
        assert i in transpositions(other)
        assert transposed(other, i) == ids


@given(trees(dim=2))
def test_edits_are_the_decoded_exchanges(tree) -> None:
    ids = PREFIX.encode(tree)
    found = TransposeEdits().neighborhood(PREFIX, tree, None, np.random.default_rng(0))
    assert found.size == len(found.edits) == sum(a != b for a, b in pairwise(ids))
    for edit in found.edits:
        assert (edit.kind, edit.token, edit.weight) == ("transposition", -1, 1.0)
        i = edit.position
        assert edit.result == PREFIX.decode([*ids[:i], ids[i + 1], ids[i], *ids[i + 2 :]])


@pytest.mark.parametrize("limit", [0, 3, 10_000])
def test_a_limit_draws_distinct_ones(limit: int) -> None:
    from kappabar.grammars.files.bank import bank

    tree = bank("ode")[0].tree
    operator = TransposeEdits()
    assert isinstance(operator, EditOperator)
    full = operator.neighborhood(PREFIX, tree, None, np.random.default_rng(0))
    drawn = [operator.neighborhood(PREFIX, tree, limit, np.random.default_rng(5)) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].size == full.size
    assert len(set(drawn[0].edits)) == len(drawn[0].edits) == min(limit, full.size)
    assert set(drawn[0].edits) <= set(full.edits)
