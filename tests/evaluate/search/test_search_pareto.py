"""Fronts, volumes and knees against brute force and Optuna's own hypervolume."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kappabar.evaluate.search.pareto import dominates, front, hypervolume, knee

Floats = NDArray[np.float64]


@st.composite
def clouds(draw: st.DrawFn, most: int = 8) -> Floats:
    d = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(st.integers(0, 5), min_size=d, max_size=d), min_size=1, max_size=most))
    return np.array(rows, dtype=float)


@given(clouds())
def test_the_volume_is_the_number_of_unit_cells_that_some_point_dominates(points: Floats) -> None:
    d = points.shape[1]
    cells = sum(any(all(p <= c) for p in points) for c in product(range(5), repeat=d))
    assert hypervolume(points, [5.0] * d) == cells


@given(clouds())
def test_the_volume_is_that_of_optuna(points: Floats) -> None:
    wfg = pytest.importorskip("optuna._hypervolume.wfg")
    reference = np.full(points.shape[1], 4.5)
    inside = points[(points <= reference).all(axis=1)]
    expected = wfg.compute_hypervolume(inside, reference) if len(inside) else 0.0
    assert hypervolume(points, reference) == pytest.approx(expected, abs=1e-9)


@given(clouds())
def test_the_front_is_what_none_dominates_each_value_once(points: Floats) -> None:
    found = front(points)
    values = {tuple(points[i]) for i in found}
    assert len(values) == len(found) and found == sorted(found)
    assert values == {tuple(p) for p in points if not any(dominates(q, p) for q in points)}


@given(clouds())
def test_more_points_never_take_volume_away(points: Floats) -> None:
    reference = [6.0] * points.shape[1]
    assert hypervolume(points[:-1], reference) <= hypervolume(points, reference) + 1e-12


def test_rows_without_a_value_are_on_no_front() -> None:
    assert front(np.array([[np.nan, 0.0], [1.0, 1.0]])) == [1]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_in_two_coordinates_the_knee_is_farthest_below_the_chord(rows: list[tuple[float, float]]) -> None:
    points = np.array(rows)
    points = points[front(points)]
    low, high = points.min(axis=0), points.max(axis=0)
    if len(points) < 2:
        assert knee(points) == 0
        return
    a, b = np.array([low[0], high[1]]), np.array([high[0], low[1]])
    along = (b - a) / (high - low)
    scaled = (points - a) / (high - low)
    below = -(along[0] * scaled[:, 1] - along[1] * scaled[:, 0])
    assert below[knee(points)] == pytest.approx(below.max(), abs=1e-9)
