"""The sampler of effects: points of the space, the same for the same trials, and sooner at an optimum than chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.representations.space import NONE, Choice, Point, Space, TunablePart, Whole, space

optuna = pytest.importorskip("optuna")
from optuna.trial import TrialState, create_trial  # noqa: E402

from kappabar.evaluate.search import surrogate as module  # noqa: E402
from kappabar.evaluate.search.surrogate import Surrogate  # noqa: E402
from kappabar.evaluate.search.trials import distributions  # noqa: E402

WHOLE = space()
SMALL = Space(
    ("sort",),
    ("infix | chars",),
    ("prefix", "postfix", "tree", "rules", "nary"),
    (TunablePart("digits", (Whole(1, 5),)), TunablePart("e2e"), TunablePart("fp"), TunablePart("bins"), TunablePart("mulaw")),
    (TunablePart("bpe"), TunablePart("patches")),
)
Told = Iterable[tuple[Point, list[float] | None]]


@pytest.fixture(autouse=True)
def few_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held to here does not depend on their number; the time does."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    monkeypatch.setattr(module, "_CANDIDATES", 100)
    monkeypatch.setattr(module, "_DRAWS", 512)


def drawn(place: Space, rng: np.random.Generator) -> Point:
    return {
        d.name: d.options[int(rng.integers(len(d.options)))] if isinstance(d, Choice) else float(rng.random())
        for d in place.dimensions
    }


def study_of(sampler: Any, place: Space, told: Told, objectives: int) -> Any:
    """A study with these trials: values, or None for one that failed."""
    found = optuna.create_study(directions=["minimize"] * objectives, sampler=sampler)
    for point, values in told:
        state = TrialState.FAIL if values is None else TrialState.COMPLETE
        found.add_trial(create_trial(state=state, values=values, params=dict(point), distributions=distributions(place)))
    return found


def asked(study: Any, place: Space) -> tuple[Any, Point]:
    trial = study.ask(distributions(place))
    return trial, dict(trial.params)


def history(place: Space, n: int, seed: int, objectives: int) -> list[tuple[Point, list[float] | None]]:
    """Points drawn at random, and values of chance; some have none."""
    rng = np.random.default_rng(seed)
    return [(drawn(place, rng), None if rng.random() < 0.2 else rng.random(objectives).tolist()) for _ in range(n)]


@settings(max_examples=25)
@given(st.integers(0, 14), st.integers(0, 2**20), st.integers(1, 3), st.booleans())
def test_a_proposal_is_a_new_point_of_the_space_and_follows_from_seed_and_trials(
    n: int, seed: int, objectives: int, whole: bool
) -> None:
    place = WHOLE if whole else SMALL
    told = history(place, n, seed, objectives)
    found = [asked(study_of(Surrogate(place, seed), place, told, objectives), place)[1] for _ in range(2)]
    assert found[0] == found[1]
    assert set(found[0]) == {d.name for d in place.dimensions}
    for d in place.dimensions:
        value = found[0][d.name]
        assert value in d.options if isinstance(d, Choice) else 0.0 <= value <= 1.0
    spec = place.spec(found[0])
    assert place.spec(place.point(spec)) == spec
    if sum(values is not None for _, values in told) >= 2:
        assert spec not in {place.spec(point) for point, _ in told}


def test_what_was_tried_is_not_proposed_again() -> None:
    """Of three representations two were tried."""
    place = Space((), ("infix | chars",), ("prefix", "postfix"), (TunablePart("digits"),), ())
    options = [{**drawn(place, np.random.default_rng(0)), "notation": n} for n in ("prefix", "infix | chars", "postfix")]
    for left in options:
        told = [(point, [1.0]) for point in options if point is not left]
        for seed in range(4):
            found = asked(study_of(Surrogate(place, seed), place, told, 1), place)[1]
            assert found["notation"] == left["notation"]


def test_another_seed_proposes_something_else() -> None:
    told = history(WHOLE, 12, 5, 2)
    assert len({WHOLE.spec(asked(study_of(Surrogate(WHOLE, s), WHOLE, told, 2), WHOLE)[1]) for s in range(6)}) > 1


def test_the_repeat_of_a_trial_under_way_says_nothing() -> None:
    """It is told as failed; the same point, once done, is not as bad as the worst."""
    told = history(SMALL, 14, 3, 2)
    good = next(point for point, values in told if values is not None)
    repeated = [*told, (good, None)]
    one, other = (asked(study_of(Surrogate(SMALL, 1), SMALL, trials, 2), SMALL)[1] for trials in (told, repeated))
    assert one == other


def test_what_fails_is_proposed_less_often_than_by_chance() -> None:
    rng = np.random.default_rng(0)
    points = [drawn(SMALL, rng) for _ in range(40)]
    told: list[tuple[Point, list[float] | None]] = [
        (p, None if p["notation"] == "tree" else rng.uniform(0.4, 0.6, 2).tolist()) for p in points
    ]
    assert sum(values is None for _, values in told) >= 4
    proposed = [asked(study_of(Surrogate(SMALL, seed), SMALL, told, 2), SMALL)[1]["notation"] for seed in range(16)]
    assert proposed.count("tree") <= 1  # by chance: nearly 3


def cost(point: Point) -> float:
    """The product of a factor for each name that counts: an additive function, in logarithms."""
    names: dict[str, float] = {
        "postfix": 0.0, "rules": 0.3, "nary": 0.5, "prefix": 0.7, "tree": 0.9, "infix | chars": 1.2,
        "mulaw": 0.0, "digits": 0.4, "fp": 0.6, "bins": 0.8, "e2e": 1.0, "patches": 0.0, NONE: 0.4, "bpe": 0.8,
    }  # fmt: skip
    written = point["notation"] != "infix | chars"
    return math.exp(
        names[str(point["notation"])] + (names[str(point["codec"])] if written else 1.0) + names[str(point["vocabulary"])]
    )


def trials_to_the_best(sampler: Any) -> int:
    """How many different representations were tried until the best one was."""
    study, tried = study_of(sampler, SMALL, [], 1), set[tuple[Any, ...]]()
    for _ in range(400):
        trial, point = asked(study, SMALL)
        tried.add((point["notation"], point["codec"], point["vocabulary"]))
        study.tell(trial, cost(point))
        if cost(point) == 1.0:
            return len(tried)
    return 400


def test_an_additive_function_is_minimized_in_fewer_trials_than_by_chance() -> None:
    """Of 90 combinations chance tries 45 on average."""
    effects = [trials_to_the_best(Surrogate(SMALL, seed)) for seed in range(10)]
    chance = [trials_to_the_best(optuna.samplers.RandomSampler(seed=seed)) for seed in range(10)]
    assert sum(effects) < sum(chance) / 1.5, (effects, chance)
    assert sum(a < b for a, b in zip(effects, chance, strict=True)) >= 7, (effects, chance)
