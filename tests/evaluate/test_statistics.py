"""Estimators against brute force and SciPy."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kappabar.evaluate.statistics import (
    MANY,
    Sample,
    bootstrap_mean,
    drawn_maximum,
    expanded_tail,
    expected_maximum,
    paired_difference,
    student,
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
    assert bootstrap_mean([3.5], 0).as_dict() == {"value": 3.5, "low": None, "high": None}


def test_kappa_at_m_of_samples_is_unbiased_for_every_m():
    """A neighborhood that is known whole: synonyms and a bulk. (With a pile at the largest value, nearly all samples have the same
    maximum, and the standard error of a thousand of them is no measure of anything.)"""
    rng = np.random.default_rng(0)
    whole = np.concatenate([np.zeros(60), rng.beta(1.5, 3, 240)])
    resamplings, n = 1000, 64
    draws = np.stack([rng.choice(whole, n, replace=False) for _ in range(resamplings)])
    for m in range(1, n + 1):
        found = np.array([expected_maximum(d, m) for d in draws])
        error = found.std(ddof=1) / np.sqrt(resamplings)
        assert abs(found.mean() - expected_maximum(whole, m)) <= 2 * error + 1e-12, m


def test_kappa_at_m_is_unbiased_where_only_some_edits_are_valid():
    """What decodes among the edits drawn is a uniform sample of what decodes at all, whatever its number."""
    rng = np.random.default_rng(2)
    whole = np.where(rng.random(400) < 0.3, rng.beta(1, 2, 400), np.nan)
    valid = whole[np.isfinite(whole)]
    found = {4: [], 16: []}
    for _ in range(1000):
        drawn = rng.choice(whole, 120, replace=False)
        drawn = drawn[np.isfinite(drawn)]
        for m, values in found.items():
            if len(drawn) >= m:
                values.append(expected_maximum(drawn, m))
    for m, values in found.items():
        assert len(values) > 990
        assert abs(np.mean(values) - expected_maximum(valid, m)) <= 2 * np.std(values, ddof=1) / np.sqrt(len(values))


@pytest.mark.parametrize("n", [10, 63])
def test_the_interval_of_kappa_covers_it_between_92_and_97_percent(n):
    """A population of expressions, each with a roughness of its own and edits that are drawn anew."""
    rng = np.random.default_rng(n)
    trials = 1500
    roughness = rng.beta(2, 2, (trials, n))
    means = np.clip(roughness[..., None] + rng.uniform(-0.2, 0.2, (trials, n, 50)), 0, 1).mean(axis=2)
    truth = 0.5  # by symmetry
    inside = [e.low <= truth <= e.high for i, row in enumerate(means) for e in [bootstrap_mean(row, i, resamples=800)]]
    assert 0.92 <= np.mean(inside) <= 0.97


@pytest.mark.parametrize("n", [2, 3, 4, 6, 10, 40, 1000])
def test_the_share_left_out_is_that_of_students_t(n):
    expected = stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))
    assert expanded_tail(n) == pytest.approx(expected, rel=0.02, abs=5e-5)


@given(st.integers(1, 6000), st.sampled_from([0.6, 0.9, 0.975, 0.999, 1 - 0.025 / 66, 1 - 1e-6]))
def test_students_t_is_that_of_scipy(df, p):
    assert student(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-5)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_intervals_of_very_few_values_cover(n):
    rng = np.random.default_rng(n)
    found = [bootstrap_mean(rng.standard_normal(n), 0) for _ in range(600)]
    assert 0.92 < np.mean([e.low <= 0.0 <= e.high for e in found]) < 0.98


def test_an_interval_stays_where_the_mean_must_lie():
    found = bootstrap_mean([0.1, 0.9, 0.95], 0, within=(0.0, 1.0))
    assert (found.low, found.high) == (0.0, 1.0)
    free = bootstrap_mean([0.1, 0.9, 0.95], 0)
    assert free.low < 0.0 and free.high > 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(1, 9))
def test_of_equal_weights_the_law_is_that_of_draws_with_replacement(values, m):
    x = np.array(values)
    by_hand = np.mean([max(pick) for pick in product(values, repeat=m)]) if len(values) ** m <= 5000 else None
    found = drawn_maximum(x, np.ones(len(x)), m)
    assert by_hand is None or found == pytest.approx(by_hand)
    assert x.mean() - 1e-12 <= found <= x.max() + 1e-12


def test_a_weight_counts_as_repeating_the_value():
    values, counts = np.array([0.1, 0.7, 0.4]), np.array([3, 1, 2])
    weighted, repeated = Sample(values, counts.astype(float)), Sample(np.repeat(values, counts), np.ones(6))
    for statistic in (Sample.mean, Sample.sup, lambda s: s.at(5), lambda s: s.quantile(0.5), lambda s: s.share_above(0.3)):
        assert statistic(weighted) == pytest.approx(statistic(repeated))


def test_the_interval_of_very_many_is_that_of_resampling_them():
    values = np.random.default_rng(0).beta(0.5, 2, MANY + 1)
    found, resampled = bootstrap_mean(values, 0), bootstrap_mean(values[:-1], 0, resamples=4000)
    assert found.value == pytest.approx(values.mean())
    width = resampled.high - resampled.low
    assert found.high - found.low == pytest.approx(width, rel=0.06)
    assert found.low == pytest.approx(resampled.low, abs=0.06 * width)
