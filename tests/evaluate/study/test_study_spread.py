"""How much seeds vary beside representations, and Holm's method, against published figures and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kappabar.evaluate.statistics.holm import holm
from kappabar.evaluate.study.spread import over_seeds, spread, student_reach


def test_holm_steps_down():
    assert holm([0.01, 0.04, 0.03, float("nan")])[:3] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(holm([float("nan")])[0])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_the_intraclass_correlation_is_that_of_the_mean_squares():
    """Shrout & Fleiss 1979, Table 2: six targets, four judges, ICC(1) = 0.17."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
    found = spread(table)
    assert found.intraclass.value == pytest.approx(0.17, abs=0.005)
    between, within = stats.f_oneway(*table).statistic, table.var(axis=1, ddof=1).mean()
    assert found.within == pytest.approx(np.sqrt(within))
    assert found.between == pytest.approx(np.sqrt((between - 1) * within / 4))


def test_the_spread_of_too_little_is_not_a_number():
    assert np.isnan(spread(np.array([[1.0], [2.0], [3.0]])).intraclass.value)
    assert np.isnan(spread(np.full((3, 2), np.nan)).intraclass.value)
    assert np.isnan(spread(np.zeros((0, 3))).within)
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 1)) * 2 + rng.normal(size=(200, 3))
    values[::3, 2] = np.nan
    found = spread(values)
    assert found.between == pytest.approx(2, rel=0.15) and found.within == pytest.approx(1, rel=0.1)
    assert found.intraclass.low < 0.8 < found.intraclass.high


def test_the_intraclass_interval_is_that_of_f():
    """Shrout & Fleiss 1979: (F_L - 1) / (F_L + s - 1), with the published example."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
    found = spread(table).intraclass
    ratio = stats.f_oneway(*table).statistic
    lower, upper = ratio / stats.f.ppf(0.975, 5, 18), ratio * stats.f.ppf(0.975, 18, 5)
    assert found.low == pytest.approx((lower - 1) / (lower + 3)) and found.high == pytest.approx((upper - 1) / (upper + 3))


@pytest.mark.parametrize(("n", "share"), [(14, 0.8), (6, 0.3), (14, 0.0)])
def test_the_intraclass_interval_covers(n, share):
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(400):
        values = np.sqrt(share) * rng.normal(size=(n, 1)) + np.sqrt(1 - share) * rng.normal(size=(n, 3))
        found = spread(values).intraclass
        hits += found.low <= share <= found.high
    assert 0.93 - 0.025 <= hits / 400 <= 0.98


@pytest.mark.parametrize("scatter", [0.0, 0.05, 0.1])
def test_the_interval_over_items_and_seeds_covers_the_mean(scatter):
    """Items are hard or easy for all seeds, and seeds good or bad at all items; 0.9 is what resampling three seeds reaches at
    most."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        items = 0.5 + 0.3 * rng.normal(size=150)
        q = items + scatter * rng.normal(size=(3, 1)) + 0.1 * rng.normal(size=(3, 150))
        half = 1.96 * q.std(axis=1, ddof=1) / np.sqrt(150)
        found = over_seeds(q.mean(axis=1), q.mean(axis=1) - half, q.mean(axis=1) + half, 150)
        hits += found.low <= 0.5 <= found.high
    assert hits / 300 >= 0.93 - 0.025


def test_the_interval_of_one_seed_is_that_over_items():
    found = over_seeds([0.4, float("nan")], [0.3, float("nan")], [0.6, float("nan")], 20)
    assert (found.value, found.low, found.high) == (0.4, 0.3, 0.6)
    assert np.isnan(over_seeds([], [], [], 0).value)
    alike = over_seeds([0.0], [None], [None], 20)  # every item has Q 0: no interval
    assert alike.value == 0.0 and np.isnan(alike.low) and np.isnan(alike.high)


def test_the_reach_of_one_part_is_students():
    assert student_reach([(0.04, 7)], 0.95) == pytest.approx(0.2 * stats.t.ppf(0.975, 7))
    assert student_reach([(0.0, 7)], 0.95) == 0.0


def test_over_seeds_by_hand():
    """Two seeds, 0.48 ± 0.1 and 0.52 ± 0.2 of 51 items each: variances 0.025 / 1.96² over items, the mean of both, and 0.0004
    over seeds."""
    found = over_seeds([0.48, 0.52], [0.38, 0.32], [0.58, 0.72], 51)
    item, seed = 0.025 / stats.norm.ppf(0.975) ** 2, 0.0004
    quantile = (item * stats.t.ppf(0.975, 50) + seed * stats.t.ppf(0.975, 1)) / (item + seed)
    reach = quantile * np.sqrt(item + seed)
    assert reach < 0.4
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5 - reach, 0.5 + reach))


def test_over_seeds_there_is_no_interval_where_a_seed_has_none():
    found = over_seeds([0.4, 0.0], [0.3, float("nan")], [0.5, float("nan")], 20)
    assert found.value == pytest.approx(0.2) and np.isnan(found.low) and np.isnan(found.high)
