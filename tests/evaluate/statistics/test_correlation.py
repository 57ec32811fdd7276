"""Rank correlations against the closed form, brute force and SciPy: values, p, intervals, and rows that belong together."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import rankdata, spearmanr

from kappabar.evaluate.statistics.correlation import (
    FEWEST,
    _interval,
    partial_rank_correlation,
    rank_correlation,
    rank_correlation_of_means,
    significant,
    spearman,
)


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
    assert np.isnan(found.low) if n < FEWEST else found.low <= found.value <= found.high


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
    assert np.isnan(partial_rank_correlation(x, np.zeros(12)).p)
    assert partial_rank_correlation(x, y, [z, z]).value == pytest.approx(partial_rank_correlation(x, y, [z]).value)


@given(st.lists(st.integers(0, 4), min_size=3, max_size=6), st.integers(0, 99))
def test_p_is_that_of_all_orders(x, seed):
    y = np.random.default_rng(seed).integers(0, 4, len(x))
    found = rank_correlation(x, y, seed, resamples=20)
    if np.isnan(found.value):
        return
    every = [abs(spearmanr(x, p).statistic) for p in permutations(y)]
    assert found.exact and found.permutations == len(every)
    assert found.p == pytest.approx(np.mean(np.array(every) >= abs(found.value) - 1e-9))
    reach = [v for v in sorted(set(np.round(every, 9))) if np.mean(np.array(every) >= v - 1e-9) <= 0.05]
    assert np.isnan(found.least) if not reach else found.least == pytest.approx(reach[0])


def test_drawn_orders_agree_with_all_of_them():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=9), rng.normal(size=9) + 0.2
    found = rank_correlation(x, y, 0)
    assert not found.exact and found.permutations == 9999
    by_scipy = stats.permutation_test(
        (x,), lambda v: spearmanr(v, y).statistic, permutation_type="pairings", n_resamples=9999, rng=1
    ).pvalue
    assert found.p == pytest.approx(by_scipy, abs=0.02)


def test_three_points_claim_nothing():
    """A correlation of 0.87 of three with one tie is what two of three orders give, and a perfect one what one of three does."""
    tied = rank_correlation([1, 2, 3], [2.0, 1.0, 1.0], 0)
    assert tied.value == pytest.approx(-np.sqrt(3) / 2) and tied.p == pytest.approx(2 / 3) and np.isnan(tied.low)
    perfect = rank_correlation([1, 2, 3], [3.0, 2.0, 1.0], 0)
    assert perfect.value == pytest.approx(-1) and perfect.p == pytest.approx(1 / 3) and np.isnan(perfect.high)
    means = rank_correlation_of_means([np.full(4, v) for v in (1, 2, 3)], [np.full(5, v) for v in (3, 2, 1)], 0)
    assert means.p == pytest.approx(1 / 3) and np.isnan(means.low) and means.as_dict()["low"] is None
    assert not significant(perfect.value, perfect.low, perfect.high, perfect.p, perfect.n)
    five = rank_correlation(range(5), range(5), 0)
    assert five.p == pytest.approx(2 / 120) and not significant(1.0, 0.9, 1.0, five.p, five.n)
    six = rank_correlation(range(FEWEST), range(FEWEST), 0)
    assert significant(six.value, six.low, six.high, six.p, six.n)


def test_a_claim_needs_the_interval_and_p():
    assert significant(-0.7, -0.9, -0.2, 0.01, 14)
    assert not significant(-0.7, -0.9, 0.01, 0.01, 14)
    assert not significant(-0.7, -0.9, -0.2, 0.06, 14)
    assert not significant(-0.7, -0.9, -0.2, 0.01, 5)
    assert not significant(None, None, None, None, 14)
    assert not significant(-0.7, float("nan"), float("nan"), 0.01, 14)


def test_p_within_strata_is_that_of_their_permutations():
    x, y, strata = np.array([1.0, 2, 3, 7, 8, 9]), np.array([3.0, 2, 1, 4, 6, 5]), [0, 0, 0, 1, 1, 1]

    def value(y):
        return partial_rank_correlation(x, y, strata=strata, resamples=2).value

    every = [value(np.array([*a, *b])) for a in permutations(y[:3]) for b in permutations(y[3:])]
    found = partial_rank_correlation(x, y, strata=strata, resamples=2)
    assert found.exact and found.p == pytest.approx(np.mean(np.abs(every) >= abs(value(y)) - 1e-12))


def test_rows_that_belong_together_change_places_together():
    """Four representations in two domains, one of them missing in the second, whose row stays by itself."""
    rng = np.random.default_rng(2)
    strata, clusters = np.array([0, 1, 0, 1, 0, 1, 0]), np.array([7, 7, 3, 3, 5, 5, 4])
    x, y = rng.normal(size=7), rng.normal(size=7)

    def value(y):
        return partial_rank_correlation(x, y, strata=strata, resamples=2).value

    every = []
    for order in permutations([0, 2, 4]):
        moved = y.copy()
        for to, source in zip([0, 2, 4], order, strict=True):
            moved[to], moved[to + 1] = y[source], y[source + 1]
        every.append(abs(value(moved)))
    found = partial_rank_correlation(x, y, strata=strata, clusters=clusters, resamples=2)
    assert found.exact and found.permutations == 6 and found.n == 4
    assert found.value == pytest.approx(value(y))
    assert found.p == pytest.approx(np.mean(np.array(every) >= abs(value(y)) - 1e-12))
    with pytest.raises(ValueError, match="several rows"):
        partial_rank_correlation(x, y, strata=np.zeros(7), clusters=clusters)


def _two_domains(rng, n=14, own=0.3):
    """Representations with one level in both domains, of x and, apart from it, of y: no relation at all."""
    x, y = (rng.normal(size=n)[None] + own * rng.normal(size=(2, n)) for _ in range(2))
    return x.ravel(), y.ravel(), np.repeat([0, 1], n), np.tile(np.arange(n), 2)


def test_the_real_error_of_pooled_domains_is_the_nominal_one():
    """Of 600 studies of nothing. Rows taken for independent find something in more than a tenth."""
    rng = np.random.default_rng(0)
    kept, apart = 0, 0
    for i in range(600):
        x, y, strata, clusters = _two_domains(rng)
        kept += partial_rank_correlation(x, y, (), i, strata=strata, clusters=clusters, resamples=2, permutations=199).p <= 0.05
        apart += partial_rank_correlation(x, y, (), i, strata=strata, resamples=2, permutations=199).p <= 0.05
    assert kept / 600 <= 0.07
    assert apart / 600 >= 0.10


def test_the_interval_of_pooled_domains_is_that_of_their_representations():
    """A domain that repeats the other adds nothing: the interval is that of one."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=14)
    y = 0.7 * x + rng.normal(size=14)
    one = rank_correlation(x, y, 0, resamples=4000)
    both = partial_rank_correlation(
        np.tile(x, 2), np.tile(y, 2), (), 0, strata=np.repeat([0, 1], 14), clusters=np.tile(np.arange(14), 2), resamples=4000
    )
    assert both.n == one.n == 14 and both.value == pytest.approx(one.value)
    assert both.low == pytest.approx(one.low, abs=0.05) and both.high == pytest.approx(one.high, abs=0.05)


def test_under_the_null_p_is_uniform_enough():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(150):
        z = rng.normal(size=14)
        x, y = z + rng.normal(size=14), z + rng.normal(size=14)
        found.append(partial_rank_correlation(x, y, [z], resamples=2, permutations=199).p)
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_the_least_rho_is_about_that_of_students_t():
    rng = np.random.default_rng(0)
    for n, k in ((12, 0), (14, 2)):
        x, y, *rest = rng.normal(size=(2 + k, n))
        t = stats.t.ppf(0.975, n - 2 - k)
        found = partial_rank_correlation(x, y, rest, resamples=2).least
        assert found == pytest.approx(t / np.sqrt(n - 2 - k + t * t), abs=0.04)
    assert np.isnan(rank_correlation([1, 2, 3], [1, 3, 2], 0).least)


def test_equal_arguments_give_equal_bytes():
    x, y, z = _columns(4, 12, 3)
    assert partial_rank_correlation(x, y, [z], 7) == partial_rank_correlation(x, y, [z], 7)
    assert partial_rank_correlation(x, y, [z], 7) != partial_rank_correlation(x, y, [z], 8)


@given(st.lists(st.integers(0, 5), min_size=3, max_size=12), st.integers(0, 99))
def test_rank_correlation_is_spearmans(x, seed):
    y = np.random.default_rng(seed).integers(0, 5, len(x))
    found = rank_correlation(x, y, seed, resamples=50).value
    if len(set(x)) < 2 or len(set(y.tolist())) < 2:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


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


def test_spearman_leaves_out_what_is_not_finite():
    assert spearman([1, 2, np.nan, 3], [2, 1, 9, 3]) == pytest.approx(0.5)
    assert np.isnan(spearman([1, 2], [1, 2])) and np.isnan(spearman([1, 1, 1], [1, 2, 3]))


def test_an_infinite_value_has_a_rank():
    x, y = np.array([1.0, np.inf, 2, 3, 5, 4, 6, np.nan]), np.array([2.0, 7, 1, 4, 6, 3, 5, 9])
    expected = spearmanr([1, 7, 2, 3, 5, 4, 6], y[:7]).statistic
    found = rank_correlation(x, y, 0, resamples=100)
    assert found.n == 7 and found.value == pytest.approx(expected) and found.low <= found.value <= found.high
    means = rank_correlation_of_means([np.array([v, v]) for v in x], [np.array([v, v, v]) for v in y], 0, 100)
    assert means.n == 7 and means.value == pytest.approx(expected) and means.p == found.p and np.isfinite(means.low)


def _population(kind, rho, rng, size):
    x = rng.standard_normal(size)
    y = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal(size)
    if kind == "heavy":
        w = np.sqrt(rng.chisquare(3, size) / 3)
        return x / w, y / w
    return (np.round(x), np.round(2 * y) / 2) if kind == "ties" else (x, y)


def _covered(kind, rho, n, trials):
    rng = np.random.default_rng([n, round(100 * rho)])
    truth = spearmanr(*_population(kind, rho, rng, 100_000)).statistic
    pairs = (_population(kind, rho, rng, n) for _ in range(trials))
    found = [partial_rank_correlation(x, y, (), i, resamples=600, permutations=1) for i, (x, y) in enumerate(pairs)]
    return np.mean([e.low <= truth <= e.high for e in found if np.isfinite(e.value)])


@pytest.mark.parametrize(("kind", "rho", "n"), [("normal", 0.5, 10), ("heavy", 0.0, 14), ("ties", 0.8, 10), ("normal", 0.95, 10)])
def test_intervals_cover_the_population(kind, rho, n):
    assert _covered(kind, rho, n, 300) >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 300)


def _headline_covered(rho, n, trials):
    """Representations that share their expressions and test items, with means known up to noise."""
    rng = np.random.default_rng([n, 7])
    truth, hits = 6 / np.pi * np.arcsin(rho / 2), 0
    for i in range(trials):
        x, y = _population("normal", rho, rng, n)
        a, b = (2 * rng.normal(size=(1, m)) + rng.normal(size=(n, m)) + v[:, None] for v, m in ((x, 40), (y, 60)))
        found = rank_correlation_of_means(list(a), list(b), i, 200)
        hits += found.low <= truth <= found.high
    return hits / trials


def test_the_headlines_interval_covers_the_population():
    assert _headline_covered(-0.6, 10, 100) >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 100)


@pytest.mark.nightly
@pytest.mark.parametrize("rho", [0.0, -0.6, -0.9])
@pytest.mark.parametrize("n", [6, 10, 14, 30])
def test_the_headlines_interval_covers_populations_of_all_kinds(rho, n):
    assert _headline_covered(rho, n, 400) >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 400)


@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "rho", "n"), list(product(("normal", "heavy", "ties"), (0.0, 0.5, 0.9), (6, 10, 30, 71, 200))))
def test_intervals_cover_populations_of_all_kinds(kind, rho, n):
    assert _covered(kind, rho, n, 1000) >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 1000)


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
        e = partial_rank_correlation(x + 0.5 * z.sum(axis=0), y_seeds, list(z), i, resamples=400, permutations=1)
        inside += e.low <= truth <= e.high
    assert least <= inside / trials <= most


@pytest.mark.parametrize("n", [6, 7, 9])
def test_of_few_rows_the_interval_is_at_least_bonett_and_wrights(n):
    """A ranking that is perfect is so in every resample: the width is theirs, of a rho that counts as 1 - 1/n²."""
    found = rank_correlation(np.arange(n), np.arange(n), seed=0)
    rho = 1 - 1 / n**2
    half = stats.norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    assert (found.value, found.low, found.high) == pytest.approx((1.0, np.tanh(np.arctanh(rho) - half), 1.0))


def test_percentiles_are_set_as_far_out_as_students_t():
    """Of resampled correlations that are spread evenly from -1 to 1; given others, they are plain."""
    draws = np.linspace(-1, 1, 200_001)
    for n, given_, tail in (
        (12, 0, stats.norm.cdf(-stats.t.ppf(0.975, 11))),
        (30, 0, stats.norm.cdf(-stats.t.ppf(0.975, 29))),
        (12, 2, 0.025),
    ):
        assert _interval(0.3, draws, n, given_, 0.01) == pytest.approx((2 * tail - 1, 1 - 2 * tail), abs=1e-5)
