"""How far folds are from each other, against sets of pairs in plain Python."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.fold.folding import ROWS, drawn
from kappabar.evaluate.domains.fold.overlap import contacts, stability
from kappabar.evaluate.domains.fold.tables import folds
from kappabar.evaluate.domains.fold.walks import TURNS

Pairs = set[tuple[int, int]]
TURN = {1: lambda dx, dy: (dx, dy), 2: lambda dx, dy: (-dy, dx), 3: lambda dx, dy: (dy, -dx)}


def row(turns: list[int], melting: float = 0.0) -> np.ndarray:
    found = np.zeros((ROWS, 1))
    found[: len(turns), 0], found[-1] = turns, melting
    return found


def cells(turns: list[int]) -> list[tuple[int, int]]:
    place, step = [(0, 0), (1, 0)], (1, 0)
    for turn in turns:
        step = TURN[turn](*step)
        place.append((place[-1][0] + step[0], place[-1][1] + step[1]))
    return place


def touching(turns: list[int]) -> Pairs:
    place = cells(turns) if turns else []
    near = {
        (j, k)
        for j, k in combinations(range(len(place)), 2)
        if abs(place[j][0] - place[k][0]) + abs(place[j][1] - place[k][1]) == 1
    }
    return {(j, k) for j, k in near if k - j > 1}


def apart(a: list[int], b: list[int]) -> float:
    if len(a) > len(b):
        a, b = b, a
    first, second = touching(a), touching(b)
    shifts = range(len(b) - len(a) + 1) if a else [0]
    both = max(len({(j + s, k + s) for j, k in first} & second) for s in shifts)
    most = max(len(first), len(second))
    return 1 - both / most if most else 0.0


@st.composite
def walks(draw: st.DrawFn) -> list[int]:
    """A walk that crosses itself nowhere, and ends early where it has no way on."""
    turns: list[int] = []
    for _ in range(draw(st.integers(0, TURNS))):
        free = [turn for turn in (1, 2, 3) if len(set(cells([*turns, turn]))) == len(turns) + 3]
        if not free:
            break
        turns.append(draw(st.sampled_from(free)))
    return turns


@given(walks(), walks())
@settings(max_examples=300, deadline=None)
def test_contacts_are_those_of_plain_sets(a: list[int], b: list[int]) -> None:
    assert float(contacts(row(a), row(b))) == pytest.approx(apart(a, b))
    assert float(contacts(row(a), row(b))) == float(contacts(row(b), row(a)))
    assert float(contacts(row(a), row(a))) == 0.0


def test_known_distances() -> None:
    """U turns: one contact, of the first bead and the fourth."""
    u, zigzag = [2, 2], [2, 3, 2, 3]
    assert float(contacts(row(u), row([1, 2, 2]))) == 0.0, "the longer one's is one further on"
    assert float(contacts(row([2, 2, 1]), row([1, 2, 2]))) == 1.0, "of one length, nothing is shifted"
    assert float(contacts(row(u), row(zigzag))) == 1.0 and float(contacts(row(zigzag), row(zigzag))) == 0.0
    assert float(contacts(row([2, 2, 3, 3]), row([2, 2, 3, 1]))) == 0.5, "the larger has two"


def test_native_structures_are_apart_unless_they_are_the_same() -> None:
    """A native structure is the only walk that has its contacts, so that of one length distance 0 is the same structure."""
    table = folds(12)
    every = np.zeros((len(table.sequences), 1, ROWS, 1))
    every[:, 0, :, 0] = table.behaviors
    for own, turns in zip(every, table.turns, strict=True):
        assert ((contacts(own, every)[:, 0] == 0) == (table.turns == turns)).all()


def test_stability_is_of_folding_temperatures_alone() -> None:
    assert float(stability(row([2, 2], 0.3), row([1, 2, 2], 0.3))) == 0.0
    assert float(stability(row([2, 2], 0.3), row([2, 2], 0.2))) == pytest.approx(1 / 3)
    assert float(stability(row([], 0.0), row([], 0.0))) == 0.0 and float(stability(row([2, 2], 0.3), row([]))) == 1.0


def test_what_is_no_walk_has_a_distance_and_stays_within_its_arrays() -> None:
    """Any symbols, walks that cross themselves among them: compiled code looks at no bounds."""
    rng = np.random.default_rng(0)
    strange = [np.full((ROWS, 1), float(symbol)) for symbol in (0, 1, 2, 3)]
    strange += [rng.integers(0, 4, (ROWS, 1)).astype(float) for _ in range(200)]
    for one in strange:
        for pair in ((row([2, 2]), one), (one, row([2, 2])), (one, one)):
            for distance in (contacts, stability):
                assert 0.0 <= float(distance(*pair)) <= 1.0


def test_many_at_once_are_as_one_by_one() -> None:
    others = np.zeros((87, 1, ROWS, 1))
    others[:, 0, :, 0] = folds(12).behaviors
    for distance in (contacts, stability):
        whole = distance(others[3], others)
        assert whole.shape == (87, 1)
        assert whole[:, 0].tolist() == [float(distance(others[3, 0], one[0])) for one in others]


@given(walks())
@settings(max_examples=100, deadline=None)
def test_a_picture_has_every_bead_where_it_lies(turns: list[int]) -> None:
    lines = drawn(turns).split("\n")
    place = cells(turns)
    left, top = min(x for x, _ in place), max(y for _, y in place)
    for i, (x, y) in enumerate(place):
        assert lines[2 * (top - y)][2 * (x - left)] == ("@" if i == 0 else "o")
    text = "".join(lines)
    assert text.count("-") + text.count("|") == len(place) - 1 and text.count("o") == len(place) - 1
