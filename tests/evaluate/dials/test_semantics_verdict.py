"""What a study of the semantics dial concludes, and how often rightly, where the truth is planted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import linregress, ttest_1samp

from kappabar.evaluate.dials.code.codes import Shape
from kappabar.evaluate.dials.semantics.families import FAMILIES
from kappabar.evaluate.dials.semantics.judging import (
    against_middle,
    crossed,
    gain,
    judged,
    main_slope,
    normalized,
    over_seeds,
    said,
    slopes,
    unlike,
)
from kappabar.evaluate.dials.semantics.plan import SemanticsPlan
from kappabar.evaluate.dials.semantics.power import LEARNERS, Ground, Learner, grounds, shares, simulated
from kappabar.evaluate.dials.verdict import INTEREST, verdict
from kappabar.evaluate.quality.task.task import TaskConfig

SEEDS, SPREAD = 4, 0.02
"""The planned size, and by how much of attainable Q trainings of one level differ."""
KAPPAS = (0.1, 0.2, 0.35, 0.5)


@pytest.fixture(scope="module")
def families() -> list[list[Ground]]:
    """The maps, of 256 expressions."""
    config = TaskConfig(n_test=64, times=33)
    return [grounds(replace(f, levels=(2.0, 8.0, 12.0, 24.0, 64.0)), Shape(4, 2), config) for f in FAMILIES[:2]]


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_the_planted_truth_is_found(families: list[list[Ground]], learner: Learner) -> None:
    """The bounds are of 200 runs: 0.80 and 0.05, with what chance adds to a share of 0.05 at two standard errors."""
    found = shares(families, learner, SPREAD, SEEDS, runs=200)
    assert not learner.says or found[learner.says] >= 0.8
    if learner.says is not None:
        assert found["contradicted"] <= 0.08 and (learner.says == "supported" or found["supported"] <= 0.08)


def test_learners_do_what_is_said_of_them(families: list[list[Ground]]) -> None:
    rng, smooth, rough = np.random.default_rng(0), families[0][0], families[0][-1]
    for learner in LEARNERS:
        rows = simulated([[smooth, rough]], learner, 0.0, 20, rng)
        q = {at: np.mean([row["quality"] for row in rows if row["observed"] == at]) for at in (0.0, 1.0)}
        beside = [row["quality"] - row["planted"] for row in rows]
        if learner.name == "nothing":
            assert q[0.0] == q[1.0] == pytest.approx(1.0)
        elif learner.says is not None:
            assert q[0.0] > q[1.0] + 0.02, "φ alone makes Q fall"
        if learner.name == "mechanics":
            assert np.mean(beside) == pytest.approx(0.0, abs=0.01)
    wrong = {one.name: 1 - np.mean(one.writes(rough, rng) == rough.truth) for one in LEARNERS}
    assert wrong["nothing"] == 0 and wrong["oftener"] > wrong["mechanics"] > 0.1
    own = np.arange(len(smooth.truth))
    for draws, expected in ((smooth.draws, smooth.posterior), (smooth.blurred, None)):
        q = smooth.q[own, draws].mean()
        assert q == pytest.approx(expected, abs=2e-3) if expected else q < smooth.posterior
    assert smooth.attainable >= smooth.posterior - 1e-3


def rows_of(
    slope: float, *, seeds: int = 4, spread: float = 0.0, mechanical: float = -0.3, information: float = 0.0
) -> list[dict[str, Any]]:
    """Rows of two families at four levels each, crossed, in which all slopes are known: beyond planted errors `slope`."""
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    draw = 0
    for seed in range(seeds):
        own = spread * rng.standard_normal()
        for family in ("a", "b"):
            for observed, seen in enumerate(KAPPAS):
                for scored, kappa in enumerate(KAPPAS):
                    planted = 0.6 + mechanical * kappa + information * seen
                    rows.append(
                        {
                            "draw": draw, "family": family, "seed": seed, "observed": float(observed), "scored": float(scored),
                            "kappa": kappa, "kappa_edits": 0.6 + kappa / 2, "kappa_observed": seen,
                            "status": "ok", "attainable": 0.9, "planted": planted, "prior": 0.1,
                            "quality": planted + 0.9 * (slope + own) * kappa + 0.1,
                            "sequences": f"{family}{seed}", "weights": f"{draw}",
                        }
                    )  # fmt: skip
                draw += 1
    return rows


def plan_of(seeds: int = 4) -> SemanticsPlan:
    families = tuple(replace(FAMILIES[0], name=name, levels=(0.0, 1.0, 2.0, 3.0)) for name in ("a", "b"))
    return SemanticsPlan(families=families, seeds=seeds, budget="tiny", base=2, places=2)


def test_every_crossing_has_the_slope_that_was_put_in() -> None:
    rows = rows_of(-0.2, spread=0.01, mechanical=-0.3, information=0.5)
    own, whole = judged(rows), main_slope(rows)
    assert own is not None and own.value == pytest.approx(-0.2, abs=0.02) and own.freedom == 3
    assert whole is not None and whole.value == pytest.approx(0.5 / 0.9 - 0.2, abs=0.02), "and what observing more rightly gives"
    for crossing, value in (("mechanical", -0.3 / 0.9 - 0.2), ("information", 0.5 / 0.9), ("both", 0.2 / 0.9 - 0.2)):
        found = judged(rows, crossing, normalized)
        assert found is not None and found.value == pytest.approx(value, abs=0.02)
    more = judged(against_middle(rows, "quality"))
    assert more is not None and more.value == pytest.approx(0.5 / 0.9, abs=0.01), "what the mechanical one does not have"


def test_a_crossing_has_the_rows_that_it_says() -> None:
    rows = [row for row in rows_of(0.0, seeds=1) if row["family"] == "a"]
    pairs = {name: {(r["observed"], r["scored"]) for r in crossed(rows, name)} for name in ("mechanical", "information", "both")}
    assert pairs["mechanical"] == {(2.0, float(k)) for k in range(4)}
    assert pairs["information"] == {(float(k), 2.0) for k in range(4)}
    assert pairs["both"] == {(float(k), float(k)) for k in range(4)}


def test_the_unit_is_the_seed() -> None:
    """Least squares over levels, then Student's interval over seeds, by SciPy."""
    rng = np.random.default_rng(3)
    rows = [row | {"quality": row["quality"] + 0.05 * rng.standard_normal()} for row in rows_of(-0.1, seeds=6)]
    own = []
    for seed in range(6):
        each = []
        for family in ("a", "b"):
            there = [r for r in rows if (r["family"], r["seed"]) == (family, seed) and r["observed"] == r["scored"]]
            each.append(linregress([r["kappa"] for r in there], [gain(r) for r in there]).slope)
        own.append(np.mean(each))
    found = over_seeds(slopes(rows))
    assert found.value == pytest.approx(np.mean(own))
    assert found.limits() == pytest.approx(tuple(ttest_1samp(own, 0.0).confidence_interval(0.95)))


def test_a_seed_with_a_failed_training_has_no_slope() -> None:
    rows = rows_of(-0.2, spread=0.01)
    lost = [r | {"quality": None, "planted": None, "status": "stopped"} if r["draw"] == 0 else r for r in rows]
    found = main_slope(lost)
    assert found is not None and found.freedom == 2, "seed 0 of one family is gone, and with it the seed"
    assert "1 of 32 trainings gave no quality" in said(lost, plan_of())[-1]
    none = [r | {"quality": None} for r in rows]
    assert main_slope(none) is None and said(none, plan_of())[0].startswith("Undecided")


def test_sentences_say_the_verdict_and_no_more() -> None:
    for slope, words in ((-0.5, "supported"), (0.5, "contradicted"), (0.01, "equivalent to nothing")):
        told = said(rows_of(slope, spread=0.01), plan_of())
        assert f"at this budget: {words}." in told[0] and "tested by nothing" in told[2]
        assert sum("planted at each level's own rates" in sentence for sentence in told) == 1
        assert told[-1].endswith("first level to last: a 0.10 to 0.50 (0.65 to 0.85); b 0.10 to 0.50 (0.65 to 0.85).")
    assert said(rows_of(0.0)[:16], plan_of())[0].startswith("Not finished: 4 of 32")
    poor = [row | {"prior": row["quality"] + 0.1} for row in rows_of(-0.5, spread=0.01)]
    assert said(poor, plan_of())[0].startswith("No verdict: what has not learned")
    found = main_slope(rows_of(-INTEREST, spread=0.05))
    assert found is not None and verdict(found) in ("supported", "undecided")


def test_what_is_not_alike_at_every_level_gets_no_verdict() -> None:
    rows = rows_of(-0.5)
    assert unlike(rows) == []
    for name, words in (("sequences", "sequences and batches of a, seed 0"), ("weights", "weights of training 0")):
        other = [rows[0] | {name: "other"}, *rows[1:]]
        assert words in unlike(other) and said(other, plan_of())[0].startswith("No verdict")
