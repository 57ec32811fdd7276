"""What a study of the region dial concludes, and how often rightly, where the truth is planted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from kappabar.evaluate.dials.region.judging import CONTROLS, judged, outcome, said, slopes, training_slopes
from kappabar.evaluate.dials.region.plan import RegionPlan
from kappabar.evaluate.dials.region.power import LEARNERS, Learner, Size, shares, simulated
from kappabar.evaluate.dials.verdict import INTEREST, Slope

SIZE, SPREAD = Size(8), 0.1
"""The planned size, and by how much the slopes of trainings differ."""
PLAN = RegionPlan(domains=("any",), representations=("any",), seeds=8, budget="tiny")


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_the_planted_truth_is_found(learner: Learner) -> None:
    """The bounds are of 200 runs: 0.80, and 0.05 with what chance adds to a share of 0.05 at two standard errors."""
    found = shares(learner, SPREAD, SIZE)
    if learner.says:
        assert found[learner.says] >= 0.8
    if learner.says != "supported":
        assert found["supported"] <= 0.08 and found["contradicted"] <= 0.08


def as_rows(columns: dict[str, Any], **named: Any) -> list[dict[str, Any]]:
    """Rows of a training with these columns."""
    whole = {"domain": "any", "representation": "any", "seed": 0, "status": "ok"} | named
    keys = {"draw": whole["seed"], "item": 0} | whole
    return [keys | {"item": i, **{name: float(v[i]) for name, v in columns.items()}} for i in range(len(columns["kappa"]))]


def rows_of(slope: float, seeds: int = 4) -> list[dict[str, Any]]:
    """Rows in which all slopes are known: the model's is `slope` of normalized q beyond every control."""
    rng, rows = np.random.default_rng(1), []
    for seed in range(seeds):
        columns, *_ = simulated(LEARNERS[1], 0.0, 60, rng)
        prior = 0.5 - 0.1 * columns["kappa"]
        by_size = prior + 0.2 * columns["size"]
        lost = slope * (1.0 - prior.mean()) * columns["kappa"]
        columns |= {
            "planted": by_size,
            "retrieval": by_size,
            "prior": prior,
            "quality": 0.2 + prior + lost + 0.3 * columns["size"],
        }
        rows += as_rows(columns, seed=seed)
    return rows


def test_the_slope_that_was_put_in_comes_out() -> None:
    """Size is held, so that what goes with it counts for nothing."""
    rows = rows_of(-0.4)
    for own in slopes(rows).values():
        assert own["quality"] - own["prior"] == pytest.approx(-0.4)
        assert own["quality"] - own["planted"] == pytest.approx(-0.4), "and so beyond one that goes by size"
    found = judged(rows)
    assert found is not None and list(found) == list(CONTROLS)
    assert all(one.value == pytest.approx(-0.4) and one.freedom == 3 for one in found.values())


def test_least_squares_are_those_of_a_regression_on_all_that_is_held() -> None:
    """By hand, in one step, with NumPy's own solver on columns in another order."""
    rows = as_rows(*simulated(LEARNERS[2], 0.1, 200, np.random.default_rng(5)))
    x = np.array([[1, r["size"], r["depth"], np.log10(r["nearest"] + 1e-4), r["kappa"]] for r in rows])
    between = 1.0 - np.mean([r["prior"] for r in rows])
    expected = np.linalg.pinv(x) @ [r["quality"] for r in rows]
    different = [row | {"tokens": 3 * row["size"] + 1 - 0.1 * row["depth"]} for row in rows]
    assert training_slopes([row | {"tokens": 7} for row in rows])["quality"] == pytest.approx(expected[-1] / between)
    assert training_slopes(different) == {}, "what follows from the others determines nothing"


def test_the_unit_is_the_seed() -> None:
    rng = np.random.default_rng(2)
    rows = [row for seed in range(6) for row in as_rows(*simulated(LEARNERS[0], 0.2, 80, rng), seed=seed)]
    other = [row | {"representation": "other", "quality": row["quality"] - 0.1 * row["kappa"]} for row in rows]
    each = slopes(rows + other)
    own = [
        np.mean([each["any", one, s]["quality"] - each["any", one, s]["planted"] for one in ("any", "other")]) for s in range(6)
    ]
    lost = [row for row in other if row["seed"] != 2]
    without = judged(rows + lost)
    assert without is not None and without["planted"].value == pytest.approx(np.mean(own[:2] + own[3:])), (
        "a seed is all of its trainings"
    )
    failed = [row | {"quality": None, "planted": None, "status": "stopped"} for row in other]
    assert judged(rows + failed) is None, "a representation that fails throughout is not left out in silence"
    found = judged(rows + other)
    assert found is not None and found["planted"].value == pytest.approx(np.mean(own))
    assert found["planted"].limits() == pytest.approx(tuple(ttest_1samp(own, 0.0).confidence_interval(0.95)))


def test_a_verdict_needs_every_control_or_one() -> None:
    steep, flat, up = Slope(-0.5, 0.05, 10), Slope(0.0, 0.02, 10), Slope(0.5, 0.05, 10)
    assert outcome([steep, steep, steep]) == "supported"
    assert outcome([steep, flat, steep]) == outcome([steep, up, steep]) == "equivalent to nothing"
    assert outcome([up, up, up]) == "contradicted"
    assert outcome([steep, Slope(-0.2, 0.3, 10), steep]) == "undecided"
    assert outcome([Slope(-0.05, 0.01, 10)] * 3) == "equivalent to nothing", "there, and too small to matter"
    assert outcome([Slope(-INTEREST - 0.1, 0.04, 10)] * 3) == "supported"


def test_what_has_no_kappa_or_failed_is_left_out_and_told() -> None:
    rows = rows_of(-0.5)
    plan = replace(PLAN, seeds=4)
    whole = said(rows, plan)
    assert "at this budget: supported." in whole[0] and len(whole) == 2
    bare = [row | {"kappa": None} if row["item"] < 10 else row for row in rows]
    assert "40 of 240 test expressions have no κ" in said(bare, plan)[-1]
    lost = [row | {"quality": None, "planted": None, "status": "stopped"} if row["seed"] == 1 else row for row in rows]
    found = judged(lost)
    assert found is not None and found["prior"].freedom == 2 and "1 trainings gave no quality" in said(lost, plan)[-1]
    assert said(rows[:60], plan)[0].startswith("Not finished: 1 of 4")
    poor = said([row | {"quality": row["prior"] - 0.01} for row in rows], plan)
    assert poor == ["No verdict: what has not learned says nothing of regions, and Q is not above the prior of any in any."]
    assert said([row | {"kappa": None} for row in rows], plan)[0].startswith("Undecided")
