"""Whether draws are like the given: figures, the classifier, and that few expressions are not said to tell."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.likeness import LEAST, Likeness, likeness, told_apart
from kappabar.evaluate.domains.likeness_features import features
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.statistics.estimate import Estimate
from kappabar.grammars.draw.sampler import OdeSampler
from kappabar.grammars.errors import SourceError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import System


@pytest.fixture(scope="module")
def lots() -> list[System]:
    return sample_systems("ode", 160, 5)


@pytest.fixture(scope="module")
def same(lots: list[System]) -> Likeness:
    return likeness(lots[:80], lots[80:], "ode")


def test_two_lots_of_one_sampler_are_not_told_apart(same: Likeness) -> None:
    assert same.n == 80
    assert same.accuracy.low < 0.5 < same.accuracy.high
    assert same.halves.low < 0.5 < same.halves.high
    assert same.alike is not False
    assert "not like" not in same.verdict


def test_other_expressions_are_told_apart_and_it_is_said_by_what(lots: list[System]) -> None:
    others = sample_systems("ode", 80, 6, sampler=OdeSampler(dims=(2,), dim_weights=(1.0,), t_end=3.0))
    result = likeness(lots[:80], others, "ode")
    assert result.accuracy.low > 0.9 and result.alike is False
    assert result.verdict.startswith("Drawn expressions are not like the given ones: a classifier tells them apart")
    assert "horizon (10 given, 3 drawn)" in result.verdict
    assert result.halves.value < 0.65


def test_one_seed_gives_the_same_to_the_last_bit(lots: list[System]) -> None:
    first, again, other = (likeness(lots[:25], lots[25:50], "ode", seed=seed) for seed in (0, 0, 1))
    assert again.as_dict() == first.as_dict() != other.as_dict()


def test_few_expressions_have_wide_intervals_and_fewer_still_have_none(lots: list[System]) -> None:
    few = likeness(lots[:13], lots[13:26], "ode")
    assert few.accuracy.high - few.accuracy.low > 0.4
    assert few.alike is None and "stays open with 13 of each" in few.verdict
    assert math.isnan(few.halves.value)
    none = likeness(lots[: LEAST - 1], lots[80:], "ode")
    assert math.isnan(none.accuracy.value) and none.alike is None
    assert "cannot be said" in none.verdict and none.rows


def test_halves_that_are_too_small_are_not_spoken_of(same: Likeness) -> None:
    assert "halves of the given ones" in same.verdict
    nothing = Estimate(float("nan"), float("nan"), float("nan"))
    told = replace(same, halves=nothing).verdict
    assert "nan" not in told and "halves" not in told and "where 0.5 is chance" in told


def test_what_repeats_counts_once_and_nothing_is_refused(lots: list[System]) -> None:
    repeated = [replace(s, name=str(k)) for k in range(3) for s in lots[:20]]
    assert likeness(repeated, lots[20:60], "ode").n == 20
    with pytest.raises(SourceError, match="nothing to compare"):
        likeness([], lots, "ode")


def test_figures_stand_beside_each_other(lots: list[System], same: Likeness) -> None:
    frame = same.to_frame()
    assert frame.columns == ["what", "given", "given_low", "given_high", "drawn", "drawn_low", "drawn_high"]
    assert frame["what"].to_list() == [r.what for r in same.rows]
    by_name = {r.what: r for r in same.rows}
    assert by_name["size"].given.value == pytest.approx(np.mean([s.tree.size for s in lots[:80]]))
    assert by_name["equations"].drawn.value == pytest.approx(np.mean([s.dim for s in lots[80:]]))
    assert sum(r.given.value for name, r in by_name.items() if name.startswith("share of ") and len(name) < 15) == pytest.approx(
        1.0, abs=0.02
    )
    assert all(r.given.low <= r.given.value <= r.given.high for r in same.rows if not math.isnan(r.given.low))


def test_a_domain_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    boolean = domain("examples.boolean:BOOLEAN")
    given, drawn = (sample_systems(boolean, 40, seed) for seed in (1, 2))
    result = likeness(given, drawn, boolean)
    assert result.n == 40 and result.alike is not False
    assert {"share of and", "share of xor"} <= {r.what for r in result.rows}


def test_features_worked_by_hand() -> None:
    s = parse("x' = 2*x - 3*x + y^2; y' = -0.25*x @ x=1, y=-4; T=7")
    names, values = features(domain("ode"), [s])
    row = dict(zip(names, values[0].tolist(), strict=True))
    wanted = {
        "equations": 2, "dim": 2, "terms of 0": 3, "terms of 1": 1, "couplings": 2, "unused inputs": 0, "count repeated terms": 1,
        "count *": 3, "count ^": 1, "count variable in ^": 1, "coefficients": 3, "negative coefficients": 1 / 3,
        "whole coefficients": 2 / 3, "most digits of coefficients": 2, "initial values": 2, "negative initial values": 0.5,
        "horizon": 7, "starts": 1, "uses own of 0": 1, "uses own of 1": 0,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == pytest.approx(wanted)


def test_rows_without_difference_are_guessed_at() -> None:
    rng = np.random.default_rng(0)
    hits, lost = told_apart(np.ones((40, 3)), np.ones((40, 3)), rng, shuffle=True)
    assert 0.25 < hits.mean() < 0.75 and not lost.any()
    unlike, _ = told_apart(np.zeros((40, 2)), np.full((40, 2), [0.0, 1.0]), rng, shuffle=False)
    assert unlike.all()
    gaps, _ = told_apart(np.full((40, 2), [np.nan, 1.0]), np.full((40, 2), [np.nan, 2.0]), rng, shuffle=False)
    assert gaps.all()
