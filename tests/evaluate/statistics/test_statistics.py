"""Estimators against brute force and SciPy."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.statistics.estimate import Sample, drawn_maximum, expected_maximum

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


def test_kappa_at_m_of_samples_is_unbiased_for_every_m():
    """A neighborhood that is known whole: synonyms and a bulk. (With a pile at the largest value, nearly all samples have the
    same maximum, and the standard error of a thousand of them is no measure of anything.)"""
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


def test_statistics_are_the_same_to_the_last_bit_whatever_the_order_of_edits():
    rng = np.random.default_rng(0)
    values = rng.random(700)
    for statistic in (Sample.mean, Sample.sup, lambda s: s.at(16), lambda s: s.quantile(0.3), lambda s: s.share_above(0.3)):
        assert len({statistic(Sample(rng.permutation(values))) for _ in range(20)}) == 1
