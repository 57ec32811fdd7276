"""What to use where Q does not say it: by κ, fidelity and length, and told as such in the first clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.compare.by_kappa import HYPOTHESIS, length, smoothest
from kappabar.evaluate.compare.ranking import Ranking, rank
from kappabar.evaluate.compare.recommend import recommend
from kappabar.evaluate.compare.rounds import Decided
from kappabar.evaluate.statistics.sequential import decide, unknown

KAPPA = {"a": 0.6, "b": 0.4, "c": 0.401}
TOKENS = {"a": 10.0, "b": 30.0, "c": 20.0}


def smooth(means: Mapping[str, float] = KAPPA, spread: float = 0.01) -> Ranking:
    """κ over 40 expressions, which differ far more from each other than representations do."""
    rng = np.random.default_rng(0)
    shared = 0.2 * rng.standard_normal(40)
    return rank(list(means), [(m + shared + spread * rng.standard_normal(40))[None] for m in means.values()], smaller=True)


def row(name: str, quality: float = 0.5, fidelity: float = 0.0) -> dict[str, Any]:
    return {
        "representation": name, "quality": quality, "quality_high": quality + 0.1, "tokens": TOKENS[name],
        "fidelity_error": fidelity, "floor_prior": 0.1, "floor_nearest": 0.2, "kappa_mean": KAPPA[name],
    }  # fmt: skip


def open_pairs(rounds: int = 3) -> Decided:
    pairs = tuple(replace(unknown(i, j, 0.02), difference=0.0, rounds=rounds, error=0.1) for i, j in ((0, 1), (0, 2), (1, 2)))
    return Decided(tuple(KAPPA), pairs, np.zeros((rounds, 3)), 8)


def test_the_shortest_of_the_smoothest_is_taken() -> None:
    by = {name: row(name) for name in KAPPA}
    told = smoothest(list(KAPPA), by, smooth())
    assert told is not None and told[0] == "c"
    assert (
        "use c (κ mean 0.401): smoother than a by 0.20" in told[1]
        and "not told apart from b, which is 1.5 times as long" in told[1]
    )
    only = smoothest(["a", "b"], by, smooth())
    assert only is not None and only[0] == "b" and "c" not in only[1].replace("smoother", "").replace("κ mean", "")


def test_where_kappa_says_nothing_either_the_shortest_is_taken() -> None:
    told = smoothest(list(KAPPA), {name: row(name) for name in KAPPA}, smooth(spread=2.0))
    assert told is not None and told[0] == "a" and "smoother" not in told[1]


def test_of_fewer_than_two_there_is_nothing_to_decide() -> None:
    by = {name: row(name) for name in KAPPA}
    assert smoothest(["a"], by, smooth()) is None
    assert smoothest(["a", "b"], by, smooth({"a": 0.1, "c": 0.2})) is None


def test_the_first_clause_says_that_kappa_alone_decides() -> None:
    told = recommend([row(name) for name in KAPPA], open_pairs(), 0.05, smooth=smooth())
    assert told.representation == "c" and told.rests_on == "kappa" == told.as_dict()["rests_on"]
    assert told.why[0].startswith("Q does not say which; by κ, fidelity and length alone, use c") and told.why[1] == HYPOTHESIS
    assert "open among a, b, c" in told.why[2]
    assert recommend([row(name) for name in KAPPA], open_pairs(), 0.05).representation is None
    lossy = recommend([row("a"), row("b"), row("c", fidelity=0.3)], open_pairs(), 0.05, smooth=smooth())
    assert lossy.representation == "b" and "Left out" in " ".join(lossy.why)


def test_what_q_decides_is_not_left_to_kappa() -> None:
    """`a` has the highest κ and is decided to be ahead; `c` is behind `b` while the leader is open, so κ has a and b alone."""
    rng = np.random.default_rng(1)
    means = np.array([0.8, 0.5, 0.5]) + 0.005 * rng.standard_normal((6, 3))
    clear = recommend(
        [row("a", 0.8), row("b"), row("c")], Decided(tuple(KAPPA), decide(means, 0.02, 6), means, 6), 0.05, smooth=smooth()
    )
    assert (clear.representation, clear.rests_on) == ("a", "quality")
    some = open_pairs()
    some = replace(some, pairs=(*some.pairs[:2], replace(some.pairs[2], low=0.1, high=0.3)))
    told = recommend([row("a", 0.52), row("b"), row("c", 0.3)], some, 0.05, smooth=smooth())
    assert told.representation == "b" and "open among a, b; behind another is c" in told.why[2]


def test_kappa_recommends_none_that_learned_nothing_where_others_learned() -> None:
    """`c`, the shortest of the smoothest, is where chance is; where no model is clearly above, that is no reason against it."""
    rows = [row("a"), row("b"), row("c", 0.05)]
    assert recommend(rows, open_pairs(), 0.05, smooth=smooth()).representation == "b"
    unsure = [one | {"quality_low": 0.05} for one in rows]
    told = recommend(unsure, open_pairs(), 0.05, smooth=smooth())
    assert told.representation == "c" and told.rests_on == "kappa"
    assert told.why[0].startswith("No model here does clearly better") and "so Q says nothing yet" in told.why[0]
    assert HYPOTHESIS in told.why
    untold = recommend(unsure, open_pairs(), 0.05)
    assert untold.representation is None and "no model clearly does better" in untold.why[0]


def test_nothing_is_recommended_where_nothing_was_learned() -> None:
    assert recommend([row(name, 0.05) for name in KAPPA], open_pairs(), 0.05, smooth=smooth()).representation is None


@pytest.mark.parametrize(("ours", "words"), [(20.4, "as long"), (40.0, "2.0 times"), (float("nan"), "as long")])
def test_how_long_one_is(ours: float, words: str) -> None:
    assert words in length({"a": {"tokens": ours}, "b": {"tokens": 20.0}}, "a", "b")
