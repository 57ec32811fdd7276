"""Partial rank correlations against the closed form, brute force and SciPy; seeds and their spread."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import rankdata, spearmanr

from kappabar.evaluate.statistics import least_rho, partial_rank_correlation, partial_rank_p
from kappabar.evaluate.study.spread import holm, spread


def _columns(seed, n, k):
    """Columns with something in common, and ties."""
    rng = np.random.default_rng(seed)
    return [np.round(c, 1) for c in rng.normal(size=(k, n)) + 0.7 * rng.normal(size=n)]


@given(st.integers(0, 10_000), st.integers(6, 20))
def test_given_one_column_it_is_the_closed_form_of_pairwise_correlations(seed, n):
    x, y, z = _columns(seed, n, 3)
    xy, xz, yz = (spearmanr(a, b).statistic for a, b in ((x, y), (x, z), (y, z)))
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert partial_rank_correlation(x, y, [z], resamples=2).value == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(8, 20), st.integers(2, 4))
def test_given_several_it_is_from_the_inverse_of_the_correlations(seed, n, k):
    columns = _columns(seed, n, 2 + k)
    correlations = np.corrcoef([rankdata(c) for c in columns])
    if np.linalg.cond(correlations) > 1e6:
        return
    precision = np.linalg.inv(correlations)
    expected = -precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1])
    assert partial_rank_correlation(columns[0], columns[1], columns[2:], resamples=2).value == pytest.approx(expected, abs=1e-7)


@given(st.integers(0, 10_000), st.integers(4, 15))
def test_given_nothing_it_is_spearmans_rho_of_the_means_over_seeds(seed, n):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n), rng.normal(size=(n, 3))
    y[0, 1:] = np.nan
    expected = spearmanr(x, np.nanmean(y, axis=1)).statistic
    found = partial_rank_correlation(x, y, resamples=50)
    assert found.value == pytest.approx(expected)
    assert found.low <= found.value <= found.high


def test_between_strata_nothing_counts():
    """Two domains, each with a perfect ranking against it, and levels that would make it positive together."""
    x = np.array([1.0, 2, 3, 4, 11, 12, 13, 14])
    y = np.array([4.0, 3, 2, 1, 14, 13, 12, 11])
    assert partial_rank_correlation(x, y).value > 0
    assert partial_rank_correlation(x, y, strata=[0] * 4 + [1] * 4).value == pytest.approx(-1)
    moved = np.where(np.arange(8) < 4, x, 1e6 * x)
    assert partial_rank_correlation(moved, y, strata=[0] * 4 + [1] * 4).value == pytest.approx(-1)


def test_rows_without_a_value_are_left_out():
    x, y, z = (np.array(c) for c in _columns(1, 12, 3))
    holes = x.copy()
    holes[3] = np.nan
    keep = np.arange(12) != 3
    assert partial_rank_correlation(holes, y, [z], 5) == partial_rank_correlation(x[keep], y[keep], [z[keep]], 5)


def test_the_interval_knows_the_seeds():
    """The same means; where seeds scatter, the interval is wider."""
    rng = np.random.default_rng(0)
    x = np.arange(14.0)
    base = x + rng.normal(0, 1, 14)
    noise = rng.normal(0, 8, (14, 3))
    noise -= noise.mean(axis=1, keepdims=True)
    calm, wild = (partial_rank_correlation(x, base[:, None] + scale * noise, seed=1) for scale in (0, 1))
    assert calm.value == wild.value
    assert wild.high - wild.low > 1.5 * (calm.high - calm.low)


def test_what_cannot_be_said_is_not_a_number():
    x, y, z = _columns(2, 12, 3)
    assert np.isnan(partial_rank_correlation(x, np.zeros(12)).value)
    assert np.isnan(partial_rank_correlation(x, y, [x]).value)  # nothing is left of x
    assert np.isnan(partial_rank_correlation(x[:4], y[:4], [z[:4], x[:4] ** 2, y[:4] ** 2]).value)  # no freedom
    assert np.isnan(partial_rank_p(x, np.zeros(12)))
    assert partial_rank_correlation(x, y, [z, z]).value == pytest.approx(partial_rank_correlation(x, y, [z]).value)


def test_p_is_that_of_all_permutations():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([2.0, 1, 3, 6, 4, 5])
    rho = spearmanr(x, y).statistic
    exact = np.mean([abs(spearmanr(x, p).statistic) >= abs(rho) - 1e-12 for p in permutations(y)])
    found = partial_rank_p(x, y, permutations=4000)
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4000))


def test_p_within_strata_is_that_of_their_permutations():
    x, y, strata = np.array([1.0, 2, 3, 7, 8, 9]), np.array([3.0, 2, 1, 4, 6, 5]), [0, 0, 0, 1, 1, 1]

    def value(y):
        return partial_rank_correlation(x, y, strata=strata, resamples=2).value

    every = [value(np.array([*a, *b])) for a in permutations(y[:3]) for b in permutations(y[3:])]
    exact = np.mean(np.abs(every) >= abs(value(y)) - 1e-12)
    assert partial_rank_p(x, y, strata=strata, permutations=4000) == pytest.approx(exact, abs=0.04)


def test_under_the_null_p_is_uniform_enough():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(150):
        z = rng.normal(size=14)
        found.append(partial_rank_p(z + rng.normal(size=14), z + rng.normal(size=14), [z], permutations=199))
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_the_least_rho_is_that_of_students_t():
    for n, k in ((12, 0), (14, 4), (28, 2)):
        df = n - 2 - k
        t = stats.t.ppf(0.975, df)
        assert least_rho(n, k) == pytest.approx(t / np.sqrt(df + t * t), rel=0.01)
    assert least_rho(12) == pytest.approx(0.576, abs=0.002)
    assert np.isnan(least_rho(3, 1))


def test_equal_arguments_give_equal_bytes():
    x, y, z = _columns(4, 12, 3)
    assert partial_rank_correlation(x, y, [z], 7) == partial_rank_correlation(x, y, [z], 7)
    assert partial_rank_correlation(x, y, [z], 7) != partial_rank_correlation(x, y, [z], 8)
    assert partial_rank_p(x, y, [z], 7) == partial_rank_p(x, y, [z], 7)


def test_holm_steps_down():
    assert holm([0.01, 0.04, 0.03, float("nan")])[:3] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(holm([float("nan")])[0])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_the_intraclass_correlation_is_that_of_the_mean_squares():
    """Shrout & Fleiss 1979, Table 2: six targets, four judges, ICC(1) = 0.17."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
    found = spread(table, 0)
    assert found.intraclass.value == pytest.approx(0.17, abs=0.005)
    between, within = stats.f_oneway(*table).statistic, table.var(axis=1, ddof=1).mean()
    assert found.within == pytest.approx(np.sqrt(within))
    assert found.between == pytest.approx(np.sqrt((between - 1) * within / 4))


def test_the_spread_of_too_little_is_not_a_number():
    assert np.isnan(spread(np.array([[1.0], [2.0], [3.0]]), 0).intraclass.value)
    assert np.isnan(spread(np.full((3, 2), np.nan), 0).intraclass.value)
    assert np.isnan(spread(np.zeros((0, 3)), 0).within)
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 1)) * 2 + rng.normal(size=(200, 3))
    values[::3, 2] = np.nan
    found = spread(values, 0, 300)
    assert found.between == pytest.approx(2, rel=0.15) and found.within == pytest.approx(1, rel=0.1)
    assert found.intraclass.low < 0.8 < found.intraclass.high


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("k", "rho", "least", "most"), [(0, 0.0, 0.93, 0.99), (0, 0.6, 0.93, 1.0), (1, 0.6, 0.92, 1.0), (4, 0.0, 0.97, 1.0)]
)
def test_the_interval_covers_the_truth(k, rho, least, most):
    """Normal columns with a known partial correlation, 14 representations with 3 seeds each whose noise is small."""
    rng = np.random.default_rng([k, round(10 * rho)])
    inside, trials = 0, 600
    truth = 6 / np.pi * np.arcsin(rho / 2)  # Spearman's of a normal pair
    for i in range(trials):
        z = rng.normal(size=(k, 14))
        x = rng.normal(size=14)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=14)
        y_seeds = (y + 0.5 * z.sum(axis=0))[:, None] + 0.05 * rng.normal(size=(14, 3))
        e = partial_rank_correlation(x + 0.5 * z.sum(axis=0), y_seeds, list(z), i, resamples=400)
        inside += e.low <= truth <= e.high
    assert least <= inside / trials <= most
