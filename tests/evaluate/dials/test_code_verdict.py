"""What a study of a dial concludes, and how often rightly, where the truth is planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import linregress

from kappabar.evaluate.dials.code.codes import Shape
from kappabar.evaluate.dials.code.design import SHARES, Design, Planned, ends, numbered, planned
from kappabar.evaluate.dials.code.judging import judged
from kappabar.evaluate.dials.code.power import LEARNERS, shares
from kappabar.evaluate.dials.code.values import ratios
from kappabar.evaluate.dials.simulated import Learner
from kappabar.evaluate.dials.verdict import INTEREST, OUTCOMES, Slope, slope, verdict

PLAN, SPREAD = Design(main=4, beside=1), 0.03


@pytest.fixture(scope="module")
def plan() -> list[Planned]:
    return planned(PLAN, ratios(PLAN.values), seed=1)


def test_a_slope_is_least_squares() -> None:
    rng = np.random.default_rng(0)
    x, z = rng.standard_normal((2, 40))
    y = 1.0 - 0.5 * x + 0.2 * rng.standard_normal(40)
    alone = slope(y, x, [])
    assert alone.value == pytest.approx(linregress(x, y).slope) and alone.freedom == 38
    assert alone.error == pytest.approx(linregress(x, y).stderr, rel=0.4)
    beside = slope(y, x, [z])
    both, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(40), z]), y, rcond=None)
    assert beside.value == pytest.approx(both[0])


def test_the_error_covers_where_trainings_differ_unequally() -> None:
    """HC3's oracle: 95 % intervals over many draws, the spread rising fourfold along the predictor."""
    rng, hits = np.random.default_rng(0), 0
    x = np.linspace(0, 1, 40)
    for _ in range(1000):
        found = slope((0.2 + 0.8 * x) * rng.standard_normal(40), x, [])
        low, high = found.limits()
        hits += low <= 0 <= high
    assert 0.93 <= hits / 1000 <= 0.975


def test_what_does_not_determine_a_slope_is_refused() -> None:
    with pytest.raises(ValueError, match="2 trainings"):
        slope([1.0, 2.0], [0.0, 1.0], [])
    with pytest.raises(ValueError, match="do not determine"):
        slope([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0], [[0.0, 2.0, 4.0, 6.0]])


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        (-0.5, 0.1, "supported"),
        (0.5, 0.1, "contradicted"),
        (0.0, 0.05, "equivalent to nothing"),
        (-0.1, 0.03, "equivalent to nothing"),
        (-0.1, 0.2, "undecided"),
        (-INTEREST, 0.09, "supported"),
    ],
)
def test_the_four_verdicts(value: float, error: float, says: str) -> None:
    assert verdict(Slope(value, error, 100)) == says and says in OUTCOMES


def test_levels_are_many_and_main_ones_are_arbitrary(plan: list[Planned]) -> None:
    main = [p for p in plan if p.level.role == "main"]
    assert len({p.level.name for p in main}) == len(SHARES) + 2 >= 12
    assert min(p.arbitrary for p in main) > 0.7 and max(p.kappa for p in main) - min(p.kappa for p in main) >= 0.3
    assert len({p.table.tobytes() for p in main}) == len(main), "each training has a table of its own"
    low, high = ends(PLAN, ratios(PLAN.values), 1)
    early = [p.early for p in main if p.kappa < low + 0.3 * (high - low)]
    assert max(early) > 0.9 and min(early) < 0.1, "low levels are there with words that speak early and late"
    assert low < min(p.kappa for p in main) + 0.01 and max(p.kappa for p in main) < high, "the worst found is worse than all"
    first = [one.name for _, one in numbered(PLAN)][: len(PLAN.levels)]
    assert len(set(first)) == len(first), "a study that is cut short has all levels"


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_the_planted_truth_is_found(plan: list[Planned], learner: Learner[Planned]) -> None:
    """The bounds are of 200 runs: 0.80 and 0.05, with what chance adds to a share of 0.05 at two standard errors."""
    found = shares(plan, learner, SPREAD, runs=200)
    assert not learner.says or found[learner.says] >= 0.8
    assert found["contradicted"] <= 0.08 and (learner.says == "supported" or found["supported"] <= 0.08)


def test_only_main_levels_are_judged() -> None:
    levels = list(zip((0.1, 0.2, 0.4, 0.5, 0.3), (0, 1, 0.5, 0, 1), strict=True))
    rows = [{"role": "main", "kappa": k, "early": e, "quality_share": 0.5 - k + 0.3 * e - 0.2 * e**2} for k, e in levels]
    corrected = [{"role": "corrected", "kappa": k, "early": e, "quality_share": 0.9 - 3 * k} for k, e in levels]
    assert judged([*rows, *corrected], role="corrected").value == pytest.approx(-3)
    strange = [{"role": "control", "kappa": 0.1, "early": 0.5, "quality_share": 9.0}, *corrected]
    assert judged([*rows, *strange]).value == pytest.approx(-1.0) == judged(rows).value


def test_the_control_that_corrects_errors_is_at_each_level() -> None:
    levels = [one for one in replace(PLAN, corrected=1).levels if one.role == "corrected"]
    assert [one.share for one in levels] == list(SHARES) and {one.trainings for one in levels} == {1}
    assert not any(one.role == "corrected" for one in PLAN.levels)


def test_the_shape_is_the_one_that_is_described() -> None:
    assert Design(1, 1).shape == Shape(4, 4) and len(Design(1, 1).values) == 256
