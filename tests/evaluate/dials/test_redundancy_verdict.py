"""What a study of synonyms concludes, and how often rightly, where the truth is planted."""

from __future__ import annotations

from typing import Any

import pytest

from kappabar.evaluate.dials.code.values import ratios
from kappabar.evaluate.dials.redundancy.design import Design
from kappabar.evaluate.dials.redundancy.judging import judged, of_arm, said, slopes
from kappabar.evaluate.dials.redundancy.plan import RedundancyPlan
from kappabar.evaluate.dials.redundancy.power import LEARNERS, Planned, planned, shares
from kappabar.evaluate.dials.simulated import Learner

PLAN, SPREAD = Design(main=2, beside=2), 0.03
SHORT = RedundancyPlan(main=1, beside=1, budget="tiny", base=3, places=1, added=2)


@pytest.fixture(scope="module")
def plan() -> list[Planned]:
    return planned(PLAN, 0.6 * ratios(PLAN.values), seed=1)


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_the_planted_truth_is_found(plan: list[Planned], learner: Learner[Planned]) -> None:
    """The bounds are of 200 runs: 0.80 and 0.05, with what chance adds to a share of 0.05 at two standard errors."""
    found = shares(plan, learner, SPREAD, runs=200)
    assert not learner.says or found[learner.says] >= 0.8
    assert found["contradicted"] <= 0.08 and (learner.says == "supported" or found["supported"] <= 0.08)


def rows(by_kappa: float, by_choice: float, **more: Any) -> list[dict[str, Any]]:
    """Every level of the short plan, its Q told by both."""
    written = [(0, "yes", 0.6, 0.0), (1, "yes", 0.45, 0.5), (2, "yes", 0.3, 1.1), (3, "yes", 0.2, 1.6)]
    levels = [*written, (1, "no", 0.4, 0.0), (2, "no", 0.35, 0.0), (3, "no", 0.25, 0.0)]
    return [
        {
            "draw": draw,
            "synonyms": synonyms,
            "written": arm,
            "kappa": kappa,
            "choice": choice,
            "vocabulary": 20,
            "validity": 0.25,
            "status": "ok",
            "quality_share": 0.5 + by_kappa * kappa + by_choice * choice,
        }
        | more
        for draw, (synonyms, arm, kappa, choice) in enumerate([*levels, *levels])
    ]


def test_choice_is_told_from_kappa() -> None:
    both = rows(-0.3, -0.1)
    assert judged(both).value == pytest.approx(-0.3)
    assert of_arm(both, "silent").value == pytest.approx(-0.3)
    assert of_arm(both, "written").value > -0.2, "there free choice goes with a low κ̄, and takes from Q"
    assert judged(rows(0.0, -0.2)).value == pytest.approx(0.0, abs=1e-9)


def test_what_is_said() -> None:
    assert said(rows(-0.3, 0.0)[:4], SHORT)[0].startswith("Not finished: 4 of 7")
    whole = rows(-0.3, 0.0)[:7]
    assert "No verdict: vocabulary or validity" in said([*whole[:6], whole[6] | {"validity": 0.3}], SHORT)[0]
    failed = [row | {"quality_share": None, "status": "loss is not finite"} for row in whole]
    assert said(failed, SHORT) == ["Undecided: too few trainings have a quality to estimate a slope from."]
    noisy = [row | {"quality_share": row["quality_share"] + 1e-4 * (-1) ** i} for i, row in enumerate(rows(-0.3, 0.0))]
    told = said(noisy, SHORT)
    assert "by fewer synonyms, at this budget: supported. -0.030 (" in told[0]
    assert "where synonyms are written" in told[2] and "where synonyms are silent" in told[2]
    poor = [row | {"quality_share": row["quality_share"] - 0.6} for row in noisy]
    assert said(poor, SHORT) == said(poor, SHORT)[:1] and said(poor, SHORT)[0].startswith("No verdict: what has not learned")
    one = [*noisy[:-1], noisy[-1] | {"quality_share": None, "status": "loss is not finite"}]
    assert said(one, SHORT)[-1].startswith("1 of 14 trainings gave no quality")
    assert slopes(one)["all"] is not None


def test_level_0_belongs_to_both_arms() -> None:
    every = rows(-0.3, 0.0)
    assert of_arm(every, "silent").freedom == 6 and of_arm(every, "written").freedom == 6
