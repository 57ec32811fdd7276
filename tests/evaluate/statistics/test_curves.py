"""What a curve says in one number: by hand on straight ones, and coverage of its intervals on simulated trainings."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.statistics.curves import Floats, apart, area, examples_to, interpolated, point_estimates

EXAMPLES = np.array([1000.0, 2000.0, 4000.0, 8000.0])
TRUTH = np.array([0.32, 0.45, 0.54, 0.58])


def drawn(rng: np.random.Generator, trainings: int, sd: float = 0.03) -> Floats:
    """Trainings whose points share half of their noise."""
    common, own = rng.standard_normal((trainings, 1)), rng.standard_normal((trainings, len(TRUTH)))
    return np.asarray(TRUTH + sd * (common + own) / math.sqrt(2))


def test_a_straight_curve_has_its_middle_as_area_and_its_places_where_the_line_says() -> None:
    line = np.array([[0.1, 0.3, 0.5, 0.7]])
    assert area(EXAMPLES, line).value == pytest.approx(0.4)
    assert examples_to(0.5, EXAMPLES, line).value == pytest.approx(4000)
    assert examples_to(0.4, EXAMPLES, line).value == pytest.approx(2000 * math.sqrt(2))
    assert examples_to(0.05, EXAMPLES, line).value == 1000  # with the least that was tried
    beyond = examples_to(0.8, EXAMPLES, line)
    assert math.isnan(beyond.value)
    assert beyond.most == 8000
    assert math.isnan(beyond.low)  # of one training there is no interval


def test_a_curve_that_falls_again_has_reached_what_it_reached() -> None:
    assert examples_to(0.5, EXAMPLES, np.array([[0.1, 0.5, 0.4, 0.45]])).value == pytest.approx(2000)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(0.05, 0.95))
def test_the_mean_curve_is_at_the_level_where_it_is_said_to_be(values: list[float], level: float) -> None:
    one = examples_to(level, EXAMPLES, np.array([values]))
    if max(values) < level:
        assert math.isnan(one.value)
    elif values[0] >= level:
        assert one.value == pytest.approx(1000)
    else:
        assert np.interp(math.log(one.value), np.log(EXAMPLES), values) == pytest.approx(level, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_an_area_lies_among_the_values_and_does_not_know_the_unit_of_examples(values: list[float]) -> None:
    one = area(EXAMPLES, np.array([values])).value
    assert min(values) - 1e-9 <= one <= max(values) + 1e-9
    assert area(7 * EXAMPLES, np.array([values])).value == pytest.approx(one)


def test_limits_say_what_was_not_tried() -> None:
    rng = np.random.default_rng(0)
    table = drawn(rng, 6)
    low, far = examples_to(0.3, EXAMPLES, table), examples_to(0.7, EXAMPLES, table)
    assert low.value == 1000
    assert low.low == 0.0
    assert math.isnan(far.value)
    assert (far.low, far.high) == (8000, math.inf)
    near = examples_to(0.5, EXAMPLES, table)
    assert 1000 < near.low < near.value < near.high < 8000


@pytest.mark.parametrize(("level", "trainings"), [(0.4, 3), (0.5, 5), (0.56, 3), (0.56, 8)])
def test_limits_of_examples_to_a_level_hold_in_95_of_100_runs(level: float, trainings: int) -> None:
    rng, runs = np.random.default_rng(trainings), 800
    truth = examples_to(level, EXAMPLES, TRUTH[None]).value
    found = [examples_to(level, EXAMPLES, drawn(rng, trainings)) for _ in range(runs)]
    held = sum(one.low <= truth <= one.high for one in found) / runs
    assert 0.93 <= held <= 0.98


@pytest.mark.parametrize("trainings", [3, 8])
def test_intervals_of_points_and_areas_hold_in_95_of_100_runs(trainings: int) -> None:
    rng, runs = np.random.default_rng(trainings), 800
    truth, held = area(EXAMPLES, TRUTH[None]).value, np.zeros(2)
    for _ in range(runs):
        table = drawn(rng, trainings)
        held += [e.low <= t <= e.high for e, t in ((area(EXAMPLES, table), truth), (point_estimates(table, (0, 1))[2], TRUTH[2]))]
    assert (held / runs >= 0.93).all()
    assert (held / runs <= 0.975).all()


def test_of_two_trainings_there_is_a_mean_and_no_interval() -> None:
    estimate = point_estimates(np.array([[0.2, 0.4], [0.4, math.nan]]), (0.0, 1.0))
    assert [e.value for e in estimate] == pytest.approx([0.3, 0.4])
    assert all(math.isnan(e.low) for e in estimate)


def test_between_points_a_training_is_linear_in_the_logarithm_of_cost_and_outside_nothing() -> None:
    cost, values = np.array([1e10, 4e10]), np.array([0.2, 0.6])
    assert interpolated(cost, values, 2e10) == pytest.approx(0.4)
    assert interpolated(cost, values, 4e10) == pytest.approx(0.6)
    assert math.isnan(interpolated(cost, values, 5e10))
    assert math.isnan(interpolated(cost, values, 0.9e10))


def test_of_points_with_about_as_many_examples_the_last_one_counts() -> None:
    assert apart(np.array([4800.0, 9600.0, 19200.0, 20000.0]), 1.2).tolist() == [True, True, False, True]
    assert apart(np.array([4800.0, 9600.0, 19200.0, 20000.0])).all()
    assert apart(np.array([289.0, 290.0])).tolist() == [False, True]
    assert apart(np.array([240.0] * 4)).tolist() == [False, False, False, True]
    assert apart(EXAMPLES).all()
    assert not len(apart(np.zeros(0)))


def test_nothing_is_said_of_nothing() -> None:
    nothing = np.zeros((0, 4))
    assert math.isnan(area(EXAMPLES, nothing).value)
    assert math.isnan(examples_to(0.5, EXAMPLES, nothing).value)
    assert math.isnan(area(EXAMPLES[:1], np.array([[0.4]])).value)
