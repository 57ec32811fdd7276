"""Q given valid: a mean over the samples that decode, of which there is a random number."""

from __future__ import annotations

import numpy as np
import pytest

from kappabar.evaluate.statistics.intervals import crossed_mean, crossed_ratio


def drawn(seeds: int, items: int, share: float, rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """q of samples, NaN where they do not decode: easy items decode more often and score higher, and so do good trainings."""
    ease, luck = rng.normal(size=items), 0.15 * rng.normal(size=(seeds, 1))
    decodes = rng.random((seeds, items)) < 1 / (1 + np.exp(-(np.log(share / (1 - share)) + 0.8 * ease + 2 * luck)))
    q = 1 / (1 + np.exp(-(0.3 + ease + luck + 0.8 * rng.normal(size=(seeds, items)))))
    return np.where(decodes, q, np.nan)


@pytest.mark.parametrize(("items", "share"), [(30, 0.1), (30, 0.9), (71, 0.5), (200, 0.1), (200, 0.9)])
def test_its_interval_covers_the_mean_over_all_that_decode(items: int, share: float) -> None:
    truth = np.nanmean(drawn(4000, 500, share, np.random.default_rng(9)))
    rng, found = np.random.default_rng(0), []
    for _ in range(600):
        estimate = crossed_ratio(drawn(3, items, share, rng))
        found.append(estimate.low <= truth <= estimate.high)
    assert np.mean(found) > 0.93 - 2 * np.sqrt(0.93 * 0.07 / 600)


def test_q_is_validity_times_q_given_valid() -> None:
    values = drawn(3, 50, 0.4, np.random.default_rng(1))
    seen = np.isfinite(values)
    assert np.where(seen, values, 0.0).mean() == pytest.approx(seen.mean() * crossed_ratio(values).value)
    for seeds in (1, 3):
        nothing = crossed_ratio(np.full((seeds, 5), np.nan))
        assert np.isnan(nothing.value) and np.isnan(nothing.low)
        one = np.full((seeds, 5), np.nan)
        one[0, 2] = 0.4
        assert crossed_ratio(one).value == pytest.approx(0.4)


def test_its_interval_is_that_of_the_deviations_from_it() -> None:
    """With a value in every cell it is that of the mean, but for items that count a degree of freedom less where they are few;
    skewed items make it lopsided."""
    rng = np.random.default_rng(4)
    values = np.clip(0.1 + 0.05 * rng.exponential(size=40) ** 2 + 0.01 * rng.normal(size=(3, 40)), 0, 1)
    ratio, mean = crossed_ratio(values), crossed_mean(values)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((mean.value, mean.low, mean.high))
    assert ratio.high - ratio.value > 1.2 * (ratio.value - ratio.low)
    holes = np.where(np.arange(40) < 30, values, np.nan)
    seen = np.isfinite(holes)
    deviations = np.where(seen, holes - holes[seen].mean(), 0.0) / seen.mean()
    found = crossed_ratio(holes)
    assert found.high - found.low == pytest.approx(np.subtract(*_ends(deviations)), rel=0.02)


def _ends(deviations: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float]:
    """Of their mean, as `crossed_mean` has it for what lies between 0 and 1."""
    found = crossed_mean(0.5 + deviations)
    return found.high, found.low
