"""Fitted ceilings: of curves that are known, and when a curve bears none."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from kappabar.evaluate.statistics.ceiling import LEVEL_GAIN, WIDEST, Floats, fitted_ceiling, last_gain, posterior

EXAMPLES = np.array([4800.0, 9600.0, 19200.0, 38400.0])
SHARES = EXAMPLES / EXAMPLES[-1]


def test_a_curve_that_is_level_bears_its_ceiling() -> None:
    noise = 0.005 * np.random.default_rng(0).standard_normal((8, 4))
    found = fitted_ceiling(EXAMPLES, 0.6 - 0.3 * np.exp(-(SHARES - 0.125) / 0.1) + noise)
    assert found.estimate is not None
    assert found.why == ""
    assert found.gain < LEVEL_GAIN
    assert found.estimate.low < 0.6 < found.estimate.high
    assert found.estimate.high - found.estimate.low < 0.1


def test_one_that_still_rises_bears_none_and_says_by_how_much() -> None:
    found = fitted_ceiling(EXAMPLES, np.tile([0.2, 0.3, 0.4, 0.5], (5, 1)))
    assert found.estimate is None
    assert found.why == "the last doubling of the examples still gains 0.100"


def test_one_training_that_is_level_by_chance_bears_none() -> None:
    found = fitted_ceiling(EXAMPLES, np.array([[0.35, 0.42, 0.50, 0.505]]))
    assert found.estimate is None
    assert "anywhere" in found.why


def test_one_that_has_not_begun_to_rise_bears_none() -> None:
    found = fitted_ceiling(EXAMPLES, 0.3 + 0.003 * np.random.default_rng(4).standard_normal((10, 4)))
    assert found.estimate is None
    assert found.why.endswith("and may not have begun to rise")
    assert found.gain < LEVEL_GAIN


def test_too_few_points_bear_none_and_lengths_that_saw_the_same_are_one_point() -> None:
    table = np.tile([0.3, 0.5, 0.55, 0.55], (6, 1)) + 0.002 * np.random.default_rng(1).standard_normal((6, 4))
    again = fitted_ceiling(np.array([240.0, 240.0, 240.0, 240.0]), table)
    assert again.estimate is None
    assert "fewer than 3" in again.why
    three = fitted_ceiling(np.array([4800.0, 9600.0, 19200.0, 20000.0]), table)
    assert three.gain == pytest.approx(last_gain(np.array([4800.0, 9600.0, 20000.0]), table[:, [0, 1, 3]].mean(axis=0)))
    close = fitted_ceiling(np.array([10000.0, 12500.0, 15600.0, 19500.0]), table)
    assert "less than a doubling" in close.why
    assert fitted_ceiling(EXAMPLES, np.zeros((0, 4))).estimate is None
    assert fitted_ceiling(EXAMPLES, np.full((2, 4), math.nan)).estimate is None


def test_the_last_doubling_is_read_off_the_line_between_points() -> None:
    assert last_gain(np.array([1000.0, 4000.0]), np.array([0.2, 0.6])) == pytest.approx(0.2)


def test_equal_numbers_give_equal_intervals_whatever_the_order_of_trainings() -> None:
    table = 0.5 - 0.2 * SHARES**-0.1 + 0.01 * np.random.default_rng(2).standard_normal((5, 4))
    one, other = posterior(SHARES, table), posterior(SHARES, table[::-1])
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), abs=1e-9)


def _summed_up(quality: Floats, shares: Floats) -> Floats:
    """The same posterior by sums over a grid of Q∞, Q₁ and the noise's size: its median and limits."""
    x, (n, points) = shares / shares[0], quality.shape
    forms = [x**-b for b in np.geomspace(0.1, 3, 16)] + [np.exp(-(shares - shares[0]) / t) for t in np.geomspace(0.05, 3, 16)]
    forms += [c * x**-a + (1 - c) * x**-b for a in (0.25, 0.5) for b in (1, 2) for c in (0.25, 0.5, 0.75)]
    tops, starts = np.meshgrid((np.arange(120) + 0.5) / 120, (np.arange(120) + 0.5) / 120, indexing="ij")
    sizes = np.geomspace(0.004, 0.2, 40)
    total = np.zeros(120)
    for shared in (0.0, 0.5):
        covariance = (1 - shared) * np.eye(points) + shared
        inverse, volume = np.linalg.inv(covariance), np.linalg.slogdet(covariance)[1]
        for form in forms:
            curve = tops[..., None] - (tops - starts)[..., None] * form
            squares = np.zeros(tops.shape)
            for line in quality:
                squares += np.einsum("abp,pq,abq->ab", line - curve, inverse, line - curve)
            for size in sizes:  # a uniform grid of its logarithm
                prior = size**-4.0 * np.exp(-4 * 0.03**2 / (2 * size**2))
                likelihood = np.exp(-squares / (2 * size**2) - n * volume / 2) * size ** -(n * points)
                total += (np.where(starts < tops, likelihood / tops, 0.0)).sum(axis=1) * prior
    return np.interp([0.5, 0.025, 0.975], np.cumsum(total) / total.sum(), (np.arange(120) + 1) / 120)


def test_it_is_the_posterior_that_sums_over_everything_give() -> None:
    quality = 0.55 - 0.2 * np.exp(-(SHARES - 0.125) / 0.15) + 0.02 * np.random.default_rng(5).standard_normal((2, 4))
    found = posterior(SHARES, quality)
    assert (found.value, found.low, found.high) == pytest.approx(_summed_up(quality, SHARES), abs=0.008)


def test_more_trainings_narrow_it_and_forty_are_not_lost_between_grid_points() -> None:
    rng = np.random.default_rng(3)
    truth = 0.7 - 0.4 * np.exp(-(SHARES - 0.125) / 0.08)
    widths = [np.ptp([(e := posterior(SHARES, truth + 0.01 * rng.standard_normal((n, 4)))).low, e.high]) for n in (2, 6, 20, 400)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.006


def test_of_ceilings_that_are_claimed_about_95_of_100_hold(benchmark_named: Callable[[str], ModuleType]) -> None:
    """All forms together, those that are not fitted among them: 250 curves of each, too few for an upper bound."""
    ceilings = benchmark_named("ceilings")
    every = [case for form in ceilings.FORMS for case in ceilings.cases(form, 250)]
    assert all(c.fitted.estimate.high - c.fitted.estimate.low <= WIDEST for c in every if c.claimed)
    assert 0.03 <= sum(c.claimed for c in every) / len(every) <= 0.15
    assert ceilings.coverage(every) >= 0.90


@pytest.mark.nightly
def test_of_every_form_they_hold(benchmark_named: Callable[[str], ModuleType]) -> None:
    """Of late sigmoids, which look level before they rise, hardly any is claimed."""
    ceilings = benchmark_named("ceilings")
    found = {form: ceilings.cases(form, 3000, seed=1) for form in ceilings.FORMS}
    for forms in (ceilings.FORMS, ceilings.OTHERS):
        assert 0.90 <= ceilings.coverage([case for form in forms for case in found[form]]) <= 0.98
    for form, cases in found.items():
        if form.startswith("late"):
            assert sum(c.claimed for c in cases) <= 15
        else:
            assert ceilings.coverage(cases) >= 0.90
