"""Typed programs and tables of the shortest ones, against listing all; and what is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.program.domain import MUTATED, RANDOM
from kappabar.evaluate.domains.program.language import INT, LIST, Scope, forms
from kappabar.evaluate.domains.program.machine import FAULTS
from kappabar.evaluate.domains.program.runs import ran
from kappabar.evaluate.domains.program.sampling import Random, tree_of
from kappabar.evaluate.domains.program.tables import VARIABLES, shortest
from kappabar.evaluate.domains.program.typed import drawn, number, operands_of, places, type_of
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.grammars.tree import Node
from kappabar.representations.rewrites.indices import Indices

PROGRAM = domain("program")


def every(kind: int, scope: Scope, size: int, most: int = 4, without: str = "") -> Iterator[Node]:
    """All typed programs of a size, one after the other."""
    for symbol, operands in forms(kind, scope, most):
        if symbol == without or not len(operands) <= size - 1 or (size > 1 and not operands):
            continue
        for sizes in product(range(1, size), repeat=len(operands)):
            if sum(sizes) == size - 1:
                parts = [list(every(*place, own, most, without)) for place, own in zip(operands, sizes, strict=True)]
                yield from (Node(symbol, children) for children in product(*parts))


@pytest.mark.parametrize("scope", [(), (INT,), (LIST, INT), (INT, INT, INT)])
def test_there_are_as_many_programs_as_are_listed(scope: Scope) -> None:
    for kind, size in product((INT, LIST), (1, 2, 3, 4)):
        listed = list(every(kind, scope, size))
        assert len(set(listed)) == len(listed) == number(kind, scope, size)
        for tree in listed[:50]:
            assert operands_of(tree, kind, scope) is not None and operands_of(tree, 1 - kind, scope) is None


def test_all_of_a_size_are_drawn_alike() -> None:
    rng = np.random.default_rng(0)
    listed = list(every(INT, (), 3))
    counts = Counter(drawn(rng, INT, (), 3) for _ in range(40 * len(listed)))
    assert set(counts) == set(listed)
    expected = 40.0
    chi = sum((counts[tree] - expected) ** 2 / expected for tree in listed)
    assert abs(chi - len(listed)) < 5 * (2 * len(listed)) ** 0.5


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(deadline=None)
def test_parts_are_of_the_types_that_they_are_said_to_be(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    kind = int(rng.integers(2))
    tree = drawn(rng, kind, (), size)
    assert tree.size == size and type_of(tree) == kind
    found = places(tree, kind)
    assert len(found) == size and {path for path, *_ in found} == {path for path, _ in tree.walk()}
    for path, own, scope in found:
        assert operands_of(tree.at(path), own, scope) is not None


@given(st.integers(0, 10**6), st.integers(1, 30))
@settings(deadline=None)
def test_indices_say_what_names_do(seed: int, size: int) -> None:
    """There are four of both, so in programs of four variables all names go."""
    rng = np.random.default_rng(seed)
    tree = drawn(rng, int(rng.integers(2)), (), size)
    other = Indices(operators=PROGRAM.operators).apply(tree)
    assert not {node.symbol for _, node in other.walk()} & set("abcd")
    np.testing.assert_array_equal(*(ran([one])[0] for one in (tree, other)))
    assert Indices(operators=PROGRAM.operators).apply(other) == other


def test_an_index_counts_from_within() -> None:
    tree = PROGRAM.parse("fold(xs, 0, (s, x) -> s + len(filter(xs, y -> y = x)))").tree
    representation = PROGRAM.representation("indices | prefix", PROGRAM.corpus())
    assert " ".join(t.text for t in representation.tokenize(tree)) == "fold xs 0 + $1 len filter xs = $0 $1"
    assert (
        " ".join(t.text for t in PROGRAM.representation("prefix", PROGRAM.corpus()).tokenize(tree))
        == "fold xs 0 + a len filter xs = c b"
    )


def outputs_of(trees: list[Node]) -> list[bytes]:
    return [found.tobytes() for found in ran(trees)[0]]


def valued(key: bytes) -> bool:
    kinds = np.frombuffer(key, np.int16).reshape(32, -1)[:, 0]
    return float(np.isin(kinds, list(FAULTS)).mean()) <= 0.5


@pytest.mark.parametrize("most", [5, pytest.param(7, marks=pytest.mark.nightly)])
def test_tables_are_what_listing_all_programs_finds(most: int) -> None:
    """Each table of outputs at the size at which it is found first."""
    table = shortest(most)
    seen: set[bytes] = set()
    for size, programs in enumerate(table, 1):
        trees = [tree for kind in (INT, LIST) for tree in every(kind, (), size, VARIABLES, without="let")]
        fresh = {key for key in outputs_of(trees) if valued(key)} - seen
        kept = outputs_of([tree_of(items.tolist()) for items in programs])
        assert len(set(kept)) == len(kept) and set(kept) == fresh
        seen |= fresh


def test_no_output_has_two_shortest_programs() -> None:
    keys = [outputs_of([tree_of(items.tolist()) for items in programs]) for programs in shortest(6)]
    together = [key for own in keys for key in own]
    assert len(set(together)) == len(together) and all(map(valued, together))


@pytest.mark.parametrize("place", [PROGRAM, RANDOM, MUTATED], ids=lambda one: one.name)
def test_what_is_drawn_is_typed_and_the_same_again(place: Domain) -> None:
    found = sample_systems(place, 60, 3)
    assert found == sample_systems(place, 60, 3) and len({s.tree for s in found}) == 60
    for system in found:
        assert place.parse(place.operators.write(system.tree)).tree == system.tree  # type: ignore[misc]
        type_of(system.tree.children[0])
    sizes = [s.tree.size - 1 for s in found]
    if place is PROGRAM:
        assert max(sizes) == 7 and len(set(outputs_of([s.tree.children[0] for s in found]))) == 60
    else:
        assert max(sizes) > 7 and max(sizes) <= max(Random().most, 16)
