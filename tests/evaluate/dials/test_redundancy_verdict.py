"""What a study of synonyms concludes, and how often rightly, where the truth is planted."""

from __future__ import annotations

from typing import Any

import pytest

from kappabar.evaluate.dials.code.values import ratios
from kappabar.evaluate.dials.redundancy.design import Design
from kappabar.evaluate.dials.redundancy.judging import judged, said, slopes
from kappabar.evaluate.dials.redundancy.plan import RedundancyPlan
from kappabar.evaluate.dials.redundancy.power import LEARNERS, Planned, planned, shares
from kappabar.evaluate.dials.simulated import Learner

PLAN, SPREAD = Design(main=3, beside=1), 0.03
SHORT = RedundancyPlan(main=1, beside=1, budget="tiny", base=3, places=1, added=2)


@pytest.fixture(scope="module")
def plan() -> list[Planned]:
    return planned(PLAN, 0.6 * ratios(PLAN.values), seed=1)


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_the_planted_truth_is_found(plan: list[Planned], learner: Learner[Planned]) -> None:
    """The bounds are of 200 runs: 0.80 and 0.05, with what chance adds to a share of 0.05 at two standard errors."""
    found = shares(plan, learner, SPREAD, runs=200)
    assert found[learner.says] >= 0.8
    assert all(found[other] <= 0.08 for other in ("supported", "contradicted") if other != learner.says)


def rows(by_kappa: float, **more: Any) -> list[dict[str, Any]]:
    """Every level of the short plan, its Q told by κ̄."""
    written = [(0, "yes", 0.6), (1, "yes", 0.45), (2, "yes", 0.3), (3, "yes", 0.2)]
    levels = [*written, (1, "no", 0.4), (2, "no", 0.35), (3, "no", 0.25)]
    return [
        {
            "draw": draw,
            "synonyms": synonyms,
            "written": arm,
            "kappa": kappa,
            "vocabulary": 20,
            "validity": 0.25,
            "status": "ok",
            "quality_share": 0.5 + by_kappa * kappa,
        }
        | more
        for draw, (synonyms, arm, kappa) in enumerate([*levels, *levels])
    ]


def test_each_arm_has_its_own_slope() -> None:
    """That of silent synonyms, which no model meets, has no part in what is tested."""
    both = [row | {"quality_share": 0.9} if row["written"] == "no" else row for row in rows(-0.3)]
    assert judged(both).value == pytest.approx(-0.3)
    assert judged(both, "silent").value != pytest.approx(-0.3, abs=0.1)
    assert judged(rows(-0.3), "silent").value == pytest.approx(-0.3)


def test_what_is_said() -> None:
    assert said(rows(-0.3)[:4], SHORT)[0].startswith("Not finished: 4 of 7")
    whole = rows(-0.3)[:7]
    assert "No verdict: vocabulary or validity" in said([*whole[:6], whole[6] | {"validity": 0.3}], SHORT)[0]
    failed = [row | {"quality_share": None, "status": "loss is not finite"} for row in whole]
    assert said(failed, SHORT) == ["Undecided: too few trainings with written synonyms have a quality to estimate a slope from."]
    noisy = [row | {"quality_share": row["quality_share"] + 1e-4 * (-1) ** i} for i, row in enumerate(rows(-0.3))]
    told = said(noisy, SHORT)
    assert "redundancy helps, at this budget: supported. -0.030 (" in told[0] and "over 8 trainings" in told[0]
    assert "not told apart here" in told[1] and "where synonyms are only read" in told[2]
    for off in (0.6, 0.36):  # below the prior, and above it by less than the smallest effect would take
        poor = said([row | {"quality_share": row["quality_share"] - off} for row in noisy], SHORT)
        assert len(poor) == 1 and poor[0].startswith("No verdict: what has not learned")
    one = [*noisy[:-1], noisy[-1] | {"quality_share": None, "status": "loss is not finite"}]
    assert said(one, SHORT)[-1].startswith("1 of 14 trainings gave no quality")
    assert slopes(one)["written"] is not None and slopes(one)["silent"] is not None


def test_level_0_belongs_to_both_arms() -> None:
    every = rows(-0.3)
    assert judged(every, "silent").freedom == 6 and judged(every, "written").freedom == 6
