"""Intervals against SciPy and brute force, and their coverage over populations that were measured, not over one law."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from kappabar.evaluate.compare.ranking import rank
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.domains.sources import load
from kappabar.evaluate.edits.coefficient import CoefficientEdits
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.kappa import Kappa, measure_all
from kappabar.evaluate.statistics.estimate import Estimate, Sample
from kappabar.evaluate.statistics.intervals import (
    LEAST_RARE,
    around,
    crossed_mean,
    lopsided,
    mean_estimate,
    median_estimate,
    paired_difference,
    share_estimate,
    student,
)
from kappabar.representations.representation import representation

UNIT = (0.0, 1.0)
SIZES = (10, 30, 71, 200)
LEAST, MOST = 0.93, 0.98


def covered(estimates: Sequence[Estimate], truth: float) -> float:
    """The share of the intervals that there are which hold the truth."""
    there = [e for e in estimates if math.isfinite(e.low)]
    return float(np.mean([e.low - 1e-12 <= truth <= e.high + 1e-12 for e in there])) if there else float("nan")


def slack(repeats: int) -> float:
    """Three standard errors of a share of 0.95 over so many samples."""
    return 3 * math.sqrt(0.95 * 0.05 / repeats)


@cache
def measured(spec: str, name: str = "function", n: int = 600) -> Kappa:
    systems = load([f"sample:{n}:5"], domain=name).systems
    chosen = representation(spec, corpus=systems[:100])
    return measure_all(
        chosen, systems, domain(name), metric("bounded-l2"), TokenEdits(), invalid="exclude", edits_per_expression=60
    )


def columns(kappa: Kappa) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """What pages print of each expression, by name, but for what is ruled by few."""
    valid = [1 - m.outcomes.mask("invalid").mean() for m in kappa.measured]
    same = [(m.distance <= 0.01).mean() for m in kappa.measured]
    found = {"mean": kappa.means, "kappa@4": kappa.each_at(4), "validity": np.array(valid), "redundancy": np.array(same)}
    found["tokens"] = np.array([float(m.n_tokens) for m in kappa.measured])
    return {name: x[np.isfinite(x)] for name, x in found.items()}


@pytest.mark.parametrize("spec", ["prefix | digits:3", "rules | digits:3", "prefix | bins:64,log", "infix | chars"])
def test_means_over_expressions_are_covered(spec: str) -> None:
    rng = np.random.default_rng(1)
    for name, x in columns(measured(spec)).items():
        for n in SIZES:
            estimates = [mean_estimate(rng.choice(x, n)) for _ in range(400)]
            share = covered(estimates, float(x.mean()))
            whole = np.ptp(x * 60 % 1) < 1e-9  # of so few edits few values are possible: the share of samples that cover jumps
            assert share >= LEAST - slack(400), (name, n, share)
            assert share <= MOST + slack(400) or whole or n == 10, (name, n, share)


@pytest.mark.parametrize("spec", ["prefix | bins:64,log", "infix | chars"])
def test_what_few_expressions_rule_is_covered_or_has_no_interval(spec: str) -> None:
    found = measured(spec)
    rng = np.random.default_rng(2)
    sups, errors = found.per_expression(Sample.sup), np.array([m.fidelity_error for m in found.measured])
    for x in (sups[np.isfinite(sups)], errors):
        if np.ptp(x) == 0:
            continue
        assert math.isnan(mean_estimate(x[: LEAST_RARE - 1], UNIT, rare=True).low)
        for n in SIZES[1:]:
            share = covered([mean_estimate(rng.choice(x, n), UNIT, rare=True) for _ in range(100)], float(x.mean()))
            assert share >= LEAST - slack(100), (n, share)
    few = Kappa(**{s: getattr(found, s) for s in found.__slots__} | {"measured": found.measured[:10]})  # type: ignore[arg-type]
    assert math.isnan(few.sup.low) and math.isnan(few.fidelity_error.low) and math.isfinite(few.mean.low)
    assert few.as_dict()["sup"]["low"] is None


def test_nudges_are_ruled_by_few() -> None:
    """Nearly all coefficients matter little, and a few matter much."""
    systems = load(["sample:400:5"], domain="function").systems
    found = measure_all(
        representation("prefix | digits:3"),
        systems,
        domain("function"),
        metric("bounded-l2"),
        CoefficientEdits(),
        invalid="exclude",
        edits_per_expression=30,
    )
    means, rng = found.means[np.isfinite(found.means)], np.random.default_rng(8)
    truth = float(means.mean())
    assert covered([mean_estimate(rng.choice(means, 30)) for _ in range(300)], truth) < 0.95
    assert covered([mean_estimate(rng.choice(means, 30), UNIT, rare=True) for _ in range(60)], truth) >= LEAST - slack(60)
    few = Kappa(**{s: getattr(found, s) for s in found.__slots__} | {"measured": found.measured[:10]})  # type: ignore[arg-type]
    assert math.isnan(few.mean.low) and math.isfinite(found.mean.low) and math.isnan(few.at(4).low)


def test_student_alone_does_not_cover_the_sup() -> None:
    """The reason for all this: the sup of ten expressions lies near 1, and the spread that they show has nothing of those that do
    not."""
    sups = measured("infix | chars").per_expression(Sample.sup)
    sups, rng = sups[np.isfinite(sups)], np.random.default_rng(3)
    assert covered([mean_estimate(rng.choice(sups, 10)) for _ in range(400)], float(sups.mean())) < 0.9


def test_paired_differences_are_covered() -> None:
    rng = np.random.default_rng(4)
    specs = ("prefix | digits:3", "infix | chars", "prefix | bins:64,log")
    for a, b in ((0, 1), (0, 2), (1, 2)):
        ours, theirs = measured(specs[a]).means, measured(specs[b]).means
        truth = float(np.nanmean(ours - theirs))
        for n in SIZES:
            picks = rng.integers(0, len(ours), (400, n))
            share = covered([paired_difference(ours[i], theirs[i]) for i in picks], truth)
            assert LEAST - slack(400) <= share <= MOST + slack(400), (a, b, n, share)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("p", [0.001, 0.005, 0.02, 0.1, 0.5, 0.93])
def test_shares_are_covered_exactly(n: int, p: float) -> None:
    """Summed over all outcomes, not simulated."""
    hits = np.arange(n + 1)
    inside = np.array([(e := share_estimate(k / n, n)).low <= p <= e.high for k in hits])
    assert float(stats.binom.pmf(hits, n, p) @ inside) >= 0.95 - 1e-9


@given(st.integers(1, 300), st.data())
def test_a_share_has_the_interval_of_clopper_and_pearson(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    exact = stats.binomtest(k, n).proportion_ci(0.95, "exact")
    values = np.zeros(n)
    values[:k] = 1
    for found in (share_estimate(k / n, n), crossed_mean(values[None], share=True)):
        assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)
        assert found.low < found.high


@pytest.mark.parametrize("seeds", [1, 2, 4])
@pytest.mark.parametrize("p", [0.004, 0.03, 0.3, 0.8])
def test_shares_over_items_and_seeds_are_covered(seeds: int, p: float) -> None:
    """Items of which some are hard for all seeds and some for none."""
    rng = np.random.default_rng(int(1000 * p) + seeds)
    for n in (30, 200):
        inside = []
        for _ in range(400):
            own = rng.beta(0.5, 0.5 * (1 - p) / p, n)
            found = crossed_mean((rng.random((seeds, n)) < own).astype(float), share=True)
            assert found.low < found.high
            inside.append(found.low <= p <= found.high)
        assert np.mean(inside) >= LEAST - slack(400)


def by_mean_squares(table: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float, float]:
    """Of (seeds, items), from the mean squares of a two-way analysis of variance: the variance of the mean, the degrees of
    freedom whose quantile is the mean of those of seeds and items by their mean squares, and the variance that items bring."""
    m, n = table.shape
    rows, columns, mean = table.mean(axis=1), table.mean(axis=0), table.mean()
    seeds, items = n * ((rows - mean) ** 2).sum() / (m - 1), m * ((columns - mean) ** 2).sum() / (n - 1)
    rest = ((table - rows[:, None] - columns + mean) ** 2).sum() / ((m - 1) * (n - 1))
    reach = (seeds * stats.t.ppf(0.975, m - 1) + items * stats.t.ppf(0.975, n - 1)) / (seeds + items)
    freedom = optimize.brentq(lambda f: stats.t.ppf(0.975, f) - reach, 0.5, 1e6)
    return max(seeds, items, seeds + items - rest) / (m * n), freedom, items / (m * n)


@pytest.mark.parametrize("scale", [(1.0, 0.3, 0.2), (0.1, 1.0, 0.3), (0.0, 0.0, 1.0), (1.0, 0.0, 3.0)])
def test_the_interval_over_items_and_seeds_is_that_of_the_mean_squares(scale: tuple[float, float, float]) -> None:
    """Items, seeds and what is of one cell alone, each of its own size; skewed items make it lopsided, by the share that they
    bring."""
    rng, (item, seed, cell) = np.random.default_rng(2), scale
    table = item * rng.exponential(size=24) ** 2 + seed * rng.normal(size=(4, 1)) + cell * rng.normal(size=(4, 24))
    table = 0.3 + 0.4 * (table - table.min()) / np.ptp(table)
    variance, freedom, by_item = by_mean_squares(table)
    columns = table.mean(axis=0)
    skewness = stats.skew(columns) * (1 + 3 / 24) / math.sqrt(24) * (min(by_item, variance) / variance) ** 1.5
    low, high = around(float(table.mean()), math.sqrt(variance), freedom, skewness)
    found = crossed_mean(table)
    assert (found.value, found.low, found.high) == pytest.approx((table.mean(), low, high))


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("ratio", [0.0, 1.0, 3.0, 20.0])
def test_seeds_that_differ_more_than_items_do_are_covered(seeds: int, ratio: float) -> None:
    """`ratio`: of what seeds and items bring to the variance of the mean. Satterthwaite's degrees of freedom give 0.87 at two
    seeds."""
    rng, inside = np.random.default_rng(seeds), []
    for n in (30, 200):
        for _ in range(400):
            luck = 0.1 * math.sqrt(ratio * seeds / n) * rng.standard_normal((seeds, 1))
            found = crossed_mean(0.5 + 0.1 * rng.standard_normal((1, n)) + luck + 0.1 * rng.standard_normal((seeds, n)))
            inside.append(found.low <= 0.5 <= found.high)
    assert np.mean(inside) >= LEAST - slack(800)


def test_no_hit_is_no_certainty() -> None:
    for seeds in (1, 3):
        found = crossed_mean(np.zeros((seeds, 30)), share=True)
        assert found.value == found.low == 0.0
        assert found.high == pytest.approx(1 - 0.025 ** (1 / 30))


def random_weights(x: Sequence[float], bound: float, level: float, draws: int = 200_000) -> float:
    weights = np.random.default_rng(0).exponential(size=(draws, len(x) + 1))
    return float(np.quantile(weights @ np.append(x, bound) / weights.sum(axis=1), level))


@pytest.mark.parametrize("seed", range(3))
def test_limits_under_bounds_are_those_of_random_weights(seed: int) -> None:
    x = np.random.default_rng(seed).beta(0.2, 3, 40)
    found = mean_estimate(x, UNIT, rare=True)
    assert found.high == pytest.approx(random_weights(x.tolist(), 1.0, 0.995), abs=2e-3)
    assert found.low == pytest.approx(random_weights(x.tolist(), 0.0, 0.045), abs=2e-3)
    mirrored = mean_estimate(1 - x, UNIT, rare=True)
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high), abs=1e-9)


@pytest.mark.parametrize("hits", [1, 3, 20])
def test_limits_under_bounds_of_zeros_and_ones_are_exact(hits: int) -> None:
    x = np.r_[np.ones(hits), np.zeros(60 - hits)]
    found = mean_estimate(x, UNIT, rare=True)
    assert found.high == pytest.approx(stats.beta.ppf(0.995, hits + 1, 60 - hits), rel=5e-3)
    assert found.low == pytest.approx(stats.beta.ppf(0.045, hits, 61 - hits), rel=5e-2)


def test_the_transformation_is_undone() -> None:
    """Hall's polynomial of the limit of a lopsided mean is Student's quantile."""
    a, t = 0.4, student(0.975, 19)
    for skewness in (a, -a):
        low, high = around(0.0, 1.0, 19, skewness)
        far = -high if skewness > 0 else -low
        bent = far + skewness * far**2 / 3 + skewness**2 * far**3 / 27 + skewness / 6
        assert abs(bent) == pytest.approx(t)
        assert low <= -t and high >= t


def test_skewness_is_scipys_and_counts_more_of_few() -> None:
    x = np.random.default_rng(0).exponential(size=20)
    assert lopsided(x) == pytest.approx(stats.skew(x) * (1 + 3 / 20) / math.sqrt(20))
    assert lopsided(x[:5]) == 0.0


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_of_very_few_values_the_interval_is_students(n: int) -> None:
    x = np.random.default_rng(n).random(n)
    found, exact = mean_estimate(x), stats.t.interval(0.95, n - 1, x.mean(), stats.sem(x))
    assert (found.low, found.high) == pytest.approx(exact)
    assert (student(0.975, n), student(0.975, math.inf)) == pytest.approx((stats.t.ppf(0.975, n), stats.norm.ppf(0.975)))


def test_where_there_is_no_interval() -> None:
    assert mean_estimate([]).as_dict() == {"value": None, "low": None, "high": None}
    for values in ([3.5], [0.25] * 40, [0.0] * 200):
        assert mean_estimate(values).as_dict() == {"value": values[0], "low": None, "high": None}
    assert mean_estimate([1.0, math.inf]).as_dict() == {"value": "inf", "low": None, "high": None}
    assert math.isnan(mean_estimate(np.linspace(0, 9, 50), (0.0, math.inf), rare=True).low)
    assert paired_difference([1.0, 2.0, np.nan], [0.5, 1.5, 9.0]).value == 0.5


def test_an_interval_stays_where_the_mean_must_lie() -> None:
    found = mean_estimate([0.1, 0.9, 0.95], UNIT)
    assert (found.low, found.high) == UNIT
    free = mean_estimate([0.1, 0.9, 0.95])
    assert free.low < 0.0 and free.high > 1.0


@given(st.lists(st.floats(-50, 50), max_size=60))
def test_the_median_lies_between_order_statistics(values: list[float]) -> None:
    found, x = median_estimate(values), sorted(values)
    if len(x) < 6:
        assert math.isnan(found.low)
        return
    k = next(
        k for k in range(1, len(x)) if stats.binom.cdf(k, len(x), 0.5) > 0.025
    )  # k values below it are too likely to leave out
    assert (found.value, found.low, found.high) == (pytest.approx(np.median(x)), x[k - 1], x[len(x) - k])


@pytest.mark.parametrize("law", [stats.lognorm(1.5).rvs, stats.beta(0.3, 2).rvs, stats.norm.rvs])
def test_medians_are_covered(law: Callable[..., Any]) -> None:
    truth = float(np.median(law(size=200_000, random_state=0)))
    for n in (10, 71):
        draws = law(size=(500, n), random_state=n)
        assert covered([median_estimate(row) for row in draws], truth) >= LEAST


def test_a_ranking_of_equals_is_seldom_wrong() -> None:
    """Real values of one representation, dealt to four in turn: what is called ahead is called so wrongly."""
    rng, x = np.random.default_rng(5), measured("infix | chars").means
    x = x[np.isfinite(x)]
    for n in (10, 71):
        wrong = [bool(rank("abcd", list(rng.choice(x, (4, 1, n))), True).n_apart) for _ in range(400)]
        assert np.mean(wrong) <= 0.05 + slack(400)


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["function", "ode"])
@pytest.mark.parametrize("spec", ["prefix | digits:3", "tree | digits:3", "rules | digits:3", "prefix | bins:256,quantile"])
def test_means_over_many_expressions_are_covered(spec: str, name: str) -> None:
    rng = np.random.default_rng(6)
    for column, x in columns(measured(spec, name, 2000)).items():
        for n in SIZES:
            share = covered([mean_estimate(rng.choice(x, n)) for _ in range(4000)], float(x.mean()))
            assert share >= LEAST - slack(4000), (column, n, share)
