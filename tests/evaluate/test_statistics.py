"""Estimators against brute force and SciPy."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from kappabar.evaluate.statistics import (
    bootstrap_mean,
    expected_maximum,
    paired_difference,
    rank_correlation,
    rank_correlation_of_means,
)

distances = st.lists(st.floats(0, 1), min_size=1, max_size=9).map(np.array)


@given(distances, st.integers(1, 9))
def test_expected_maximum_is_the_mean_over_all_subsets(values, m):
    if m > len(values):
        assert np.isnan(expected_maximum(values, m))
    else:
        exact = np.mean([max(c) for c in combinations(values, m)])
        assert expected_maximum(values, m) == pytest.approx(exact, abs=1e-12)


@given(distances)
def test_kappa_at_m_grows_from_the_mean_to_the_sup(values):
    found = [expected_maximum(values, m) for m in range(1, len(values) + 1)]
    assert found[0] == pytest.approx(values.mean())
    assert found[-1] == pytest.approx(values.max())
    assert all(a <= b + 1e-12 for a, b in pairwise(found))


def test_expected_maximum_of_many_is_finite():
    values = np.linspace(0, 1, 100_000)
    assert expected_maximum(values, 64) == pytest.approx(64 / 65, abs=1e-4)


def test_expected_maximum_is_unbiased():
    rng = np.random.default_rng(1)
    population = rng.random(200) ** 3
    exact = expected_maximum(population, 8)
    found = [expected_maximum(rng.choice(population, 40, replace=False), 8) for _ in range(1000)]
    assert abs(np.mean(found) - exact) < 3 * np.std(found) / np.sqrt(len(found))


@given(st.lists(st.integers(0, 5), min_size=3, max_size=12), st.integers(0, 99))
def test_rank_correlation_is_spearmans(x, seed):
    y = np.random.default_rng(seed).integers(0, 5, len(x))
    found = rank_correlation(x, y, seed, resamples=50).value
    if len(set(x)) < 2 or len(set(y.tolist())) < 2:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


def test_the_interval_covers_the_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for i in range(400):
        estimate = bootstrap_mean(rng.exponential(size=60), seed=i, resamples=500)
        hits += estimate.low <= 1.0 <= estimate.high
    assert 0.90 <= hits / 400 <= 0.975


def test_pairs_with_a_missing_side_do_not_count():
    estimate = paired_difference([1.0, 2.0, np.nan], [0.5, 1.5, 9.0], seed=0)
    assert (estimate.value, estimate.low, estimate.high) == (0.5, 0.5, 0.5)


def test_nothing_to_average_is_nan_and_json_null():
    assert bootstrap_mean([], 0).as_dict() == {"value": None, "low": None, "high": None}


def test_a_perfect_ranking_of_few_noisy_means_is_not_certain():
    rng = np.random.default_rng(0)
    x = [rng.normal(0.02 * i, 1, 60) + 0.0 for i in range(6)]
    order = np.argsort([v.mean() for v in x])
    y = [np.zeros(0)] * 6
    for rank, i in enumerate(order):
        y[i] = rng.normal(0, 0.5, 40) - 0.02 * rank
        y[i] += -0.02 * rank - y[i].mean()
    found = rank_correlation_of_means(x, y, seed=0, resamples=400)
    assert found.value == pytest.approx(-1)
    assert found.high > -0.5


def test_the_correlation_of_means_is_that_of_the_means():
    x = [np.array([1.0, np.nan, 3.0]), np.array([5.0, 6.0, 7.0]), np.array([0.0, 0.0, 9.5]), np.array([np.nan] * 3)]
    y = [np.array([1.0, 2.0]), np.array([0.0, 0.0]), np.array([7.0, 8.0]), np.array([1.0, 1.0])]
    assert rank_correlation_of_means(x, y, 0, 50).value == pytest.approx(spearmanr([2, 6, 9.5 / 3], [1.5, 0, 7.5]).statistic)
