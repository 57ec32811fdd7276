"""The local searches: merging centers and assigning codes, against brute force where it is small."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kappabar.evaluate.search.assign import assign, descend, energy, pair_costs, swap_gains
from kappabar.evaluate.search.data import SearchData, build, measure_spec
from kappabar.evaluate.search.fitting import take
from kappabar.evaluate.search.merge import merge
from kappabar.evaluate.search.plan import SearchPlan
from kappabar.evaluate.search.substitutions import NumberEdits
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import coefficients
from kappabar.representations.representation import representation
from kappabar.tokenizers.codecs.centers import Centers

Floats = NDArray[np.float64]
SPEC = "prefix | bins:16,log"


@pytest.fixture(scope="module")
def data() -> SearchData:
    whole = build(SearchPlan(data=("sample:8",), objectives=("mean",), metric="bounded-l2", edits_per_expression=10))
    return replace(whole, corpus=whole.corpus[:16])


def near(base: int, digits: int) -> Floats:
    cells = list(product(range(base), repeat=digits))
    return np.array([[float(sum(x != y for x, y in zip(a, b, strict=True)) == 1) for b in cells] for a in cells])


@st.composite
def costs(draw: st.DrawFn, n: int) -> Floats:
    values = draw(st.lists(st.floats(0, 1), min_size=n * n, max_size=n * n))
    cost = np.array(values).reshape(n, n)
    cost = cost + cost.T
    np.fill_diagonal(cost, 0.0)
    return np.asarray(cost)


@given(costs(9), st.permutations(range(9)))
def test_the_gain_of_every_swap_is_the_difference_of_two_energies(cost: Floats, order: list[int]) -> None:
    where, state = near(3, 2), np.array(order)
    gains = swap_gains(where, cost, state)
    for a, b in product(range(9), repeat=2):
        other = state.copy()
        other[[a, b]] = other[[b, a]]
        assert gains[a, b] == pytest.approx(energy(where, cost, other) - energy(where, cost, state), abs=1e-9)


@given(costs(8), st.permutations(range(8)))
def test_descent_ends_where_no_swap_helps(cost: Floats, order: list[int]) -> None:
    where, start = near(2, 3), np.array(order)
    end = descend(where, cost, start)
    assert sorted(end.tolist()) == list(range(8))
    assert energy(where, cost, end) <= energy(where, cost, start) + 1e-12
    assert swap_gains(where, cost, end).min() >= -1e-9


@given(costs(4))
def test_four_codes_are_assigned_as_well_as_by_trying_all(cost: Floats) -> None:
    where = near(2, 2)
    best = min(energy(where, cost, np.array(p)) for p in permutations(range(4)))
    found = min(energy(where, cost, descend(where, cost, np.array(p))) for p in ((0, 1, 2, 3), (0, 1, 3, 2), (0, 2, 1, 3)))
    assert found == pytest.approx(best, abs=1e-9)


def test_costs_of_pairs_never_tried_come_from_pairs_as_far_apart() -> None:
    sums, counts = np.zeros((4, 4)), np.zeros((4, 4))
    sums[0, 1], counts[0, 1] = 0.4, 2.0
    cost = pair_costs(sums, counts, np.ones(4))
    assert cost == pytest.approx(cost.T) and not cost.diagonal().any()
    assert cost[2, 3] == pytest.approx(2 * 0.2 / 4) and cost[0, 3] == pytest.approx(2 * 0.2 / 4)


def test_number_edits_put_each_target_in_each_numbers_place() -> None:
    tree = parse("x' = -2*x + 1 @ x=1; T=1").tree
    chosen = representation("prefix | digits:3")
    found = NumberEdits((-2.0, 1.0, 5.0), lambda i: range(3)).neighborhood(chosen, tree, None, np.random.default_rng(0))
    edited = [coefficients(e.result) for e in found.edits if not isinstance(e.result, str)]  # type: ignore[arg-type]
    assert sorted(map(tuple, edited)) == [(-2.0, -2.0), (-2.0, 5.0), (1.0, 1.0), (5.0, 1.0)]
    assert {(e.position, e.token) for e in found.edits} == {(0, 1), (0, 2), (1, 0), (1, 2)}
    some = NumberEdits((-2.0, 1.0, 5.0), lambda i: range(3)).neighborhood(chosen, tree, 3, np.random.default_rng(0))
    assert some.size == 4 and not some.exact and len(set(some.edits)) == 3 and set(some.edits) <= set(found.edits)


def test_merging_leaves_fewer_centers_at_nearly_the_same_fidelity(data: SearchData) -> None:
    found = merge(data, SPEC, tolerance=0.2)
    sizes = [n for n, _ in found.history]
    assert sizes == sorted(sizes, reverse=True) and len(found.codec.centers) == sizes[-1] < sizes[0]
    assert found.history[-1][1] <= found.history[0][1] * 1.2 + 1e-9
    assert merge(data, SPEC, tolerance=0.2) == found


def test_the_first_fidelity_error_is_that_of_the_spec(data: SearchData) -> None:
    found = merge(data, SPEC, tolerance=0.0)
    over_the_corpus = replace(data, searched=data.corpus)
    assert found.history[0][1] == pytest.approx(measure_spec(over_the_corpus, SPEC, False).value("fidelity"), abs=1e-6)


def test_assigned_codes_are_no_worse_than_the_natural_and_the_reflected(data: SearchData) -> None:
    found = assign(data, SPEC)
    natural, reflected, chosen = found.energies
    assert chosen <= min(natural, reflected) + 1e-12
    assert found.codec.length == 2 and len(set(found.codec.codes)) == len(found.codec.centers)
    assert assign(data, SPEC) == found


def test_what_was_found_is_a_spec(data: SearchData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    codec = replace(assign(data, SPEC).codec, file="found.json")
    Path("found.json").write_text(codec.dumps(), encoding="utf-8")
    taken = take(data, SPEC)
    spec = taken.spec_with("found.json")
    assert representation(spec, corpus=data.corpus).encode(data.searched[0]) == taken.with_codec(codec).encode(data.searched[0])
    assert np.isfinite(measure_spec(data, spec, True).value("mean"))


def test_a_codec_without_centers_is_refused(data: SearchData) -> None:
    with pytest.raises(SpecError, match="no centers"):
        merge(data, "prefix | digits:3")
    with pytest.raises(SpecError, match="no centers"):
        assign(data, "infix | chars")


def test_counts_are_those_of_the_corpus(data: SearchData) -> None:
    taken = take(data, SPEC)
    assert sum(taken.counts(Centers(taken.centers))) == sum(len(coefficients(s.tree)) for s in data.corpus)
