"""Rounds: who trains on, what is decided, and what is recommended; with invented trainings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.compare import run as module
from kappabar.evaluate.compare.comparison import _unfinished
from kappabar.evaluate.compare.plan import MOST_ROUNDS, ComparisonPlan
from kappabar.evaluate.compare.recommend import recommend
from kappabar.evaluate.compare.rounds import Decided, decided, strata
from kappabar.evaluate.compare.run_data import task_file
from kappabar.evaluate.compare.timing import expressions_written, rounds_within
from kappabar.evaluate.compare.trainings import TrainingRecord, load_training, pooled
from kappabar.evaluate.events import silent
from kappabar.evaluate.quality.task.folds import FOLDS
from kappabar.evaluate.quality.training.presets import ROUND_TESTS, preset
from kappabar.evaluate.results.files import slug, write_json
from kappabar.evaluate.statistics.intervals import crossed_mean, crossed_ratio
from kappabar.evaluate.statistics.sequential import unknown
from kappabar.grammars.errors import SpecError

TRUTH = {"prefix | digits:3": 0.8, "infix | chars": 0.5, "prefix | bins:64,log": 0.5}
PLAN = ComparisonPlan(
    learn_from="sampler",
    representations=tuple(TRUTH),
    data=("bank",),
    domain="ode",
    metric="bounded-l2",
    seeds=1,
    budget="tiny",
    rounds=8,
)


class StoppedError(Exception):
    """As a kill in the middle."""


class Invented:
    """Does no training: writes parts whose Q is the truth and noise. `left`: after how many it is killed. `size`: how many tasks
    it does at once."""

    def __init__(self, left: int = 10**9, size: int = 1) -> None:
        self.left, self.trained, self.drawn, self.size = left, list[tuple[str, int]](), list[int](), size

    def share(self, folder: Path) -> None:
        pass

    def each(self, work: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], *_: Any) -> Iterator[tuple[int, Any]]:
        for i, (kind, folder, *task) in enumerate(tasks if work is module.do else [(work, *task) for task in tasks]):
            if kind is module.draw_task:
                self.drawn.append(task[0])
                (folder / "parts" / task_file(task[0])).write_bytes(b"")
            else:
                if not self.left:
                    raise StoppedError
                self.left -= 1
                self.trained.append((task[0], task[1]))
                write_json(folder / "parts" / f"{slug(task[0])}.{task[1]}.training.json", part(*task))
            yield i, None


def part(spec: str, number: int, spread: float = 0.01) -> dict[str, Any]:
    rng = np.random.default_rng([number, *map(ord, spec)])
    q = np.clip(TRUTH[spec] + spread * rng.standard_normal() + 0.1 * rng.standard_normal(100), 0, 1)
    return {
        "number": number,
        "history": [],
        "samples": [{"item": 100 * number + i, "sample": 0, "q": float(v), "valid": True} for i, v in enumerate(q)],
        "summary": {"floor_prior": 0.1 + 0.01 * number, "floor_nearest": 0.4, "ceiling": 1.0},
        "parameters": 7,
        "problems": [],
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "kept_tokens", lambda parts, spec: len(spec))
    (tmp_path / "parts").mkdir()
    return tmp_path


def records(folder: Path, rounds: int = 8) -> dict[str, list[TrainingRecord]]:
    return {s: [p for n in range(rounds) if (p := load_training(folder / "parts", s, n))] for s in TRUTH}


def test_a_behavior_that_several_rounds_test_is_one_behavior() -> None:
    def round_of(number: int, name: str) -> TrainingRecord:
        rows = [row | {"name": f"{name} {i}", "target": "x"} for i, row in enumerate(part("infix | chars", number)["samples"])]
        return TrainingRecord(**part("infix | chars", number) | {"samples": rows})

    twice, apart = (pooled([round_of(0, "a"), round_of(1, name)]) for name in ("a", "b"))
    assert twice is not None and apart is not None and (twice.n_test, apart.n_test) == (100, 200)


@pytest.mark.parametrize("size", [1, 2])
def test_what_is_decided_trains_no_more_and_what_is_open_goes_on(folder: Path, size: int) -> None:
    running = Invented(size=size)
    module._run_rounds(folder, PLAN, 8, running, silent)
    rounds = {spec: sorted(n for s, n in running.trained if s == spec) for spec in TRUTH}
    best = rounds["prefix | digits:3"]
    assert best == list(range(len(best))) and len(best) < 8
    assert rounds["infix | chars"] == rounds["prefix | bins:64,log"] and len(rounds["infix | chars"]) > len(best)
    found = decided(records(folder), PLAN.margin, 8)
    assert found.of("prefix | digits:3", "infix | chars").outcome == "better"
    assert found.of("infix | chars", "prefix | digits:3").outcome == "worse"
    ahead = size > 1 and len(rounds["infix | chars"]) < 8  # drawn while the last round trained
    assert running.drawn == list(range(len(rounds["infix | chars"]) + ahead))
    assert [p.name for p in (folder / "parts").glob("task*")] == [task_file(0)]


@pytest.mark.parametrize("left", [1, 4, 8])
def test_one_that_is_killed_goes_on_to_the_same_trainings(folder: Path, left: int) -> None:
    whole = Invented(size=2)
    module._run_rounds(folder, PLAN, 8, whole, silent)
    for path in (folder / "parts").iterdir():
        path.unlink()
    killed, after = Invented(left, size=2), Invented()
    with pytest.raises(StoppedError):
        module._run_rounds(folder, PLAN, 8, killed, silent)
    assert _unfinished(PLAN, records(folder), decided(records(folder), PLAN.margin, 8))
    module._run_rounds(folder, PLAN, 8, after, silent)
    assert sorted(killed.trained + after.trained) == sorted(whole.trained)
    assert not set(killed.trained) & set(after.trained)
    assert _unfinished(PLAN, records(folder), decided(records(folder), PLAN.margin, 8)) == ()


def test_of_one_representation_there_is_nothing_to_decide_and_all_rounds_are_trained(folder: Path) -> None:
    alone, running = replace(PLAN, representations=("infix | chars",), rounds=3), Invented()
    module._run_rounds(folder, alone, 3, running, silent)
    assert running.trained == [("infix | chars", n) for n in range(3)]
    parts = records(folder)["infix | chars"]
    for n, left in ((2, ("infix | chars",)), (3, ())):
        only = {"infix | chars": parts[:n]}
        assert _unfinished(alone, only, decided(only, 0.02, 3)) == left


def test_a_training_that_stopped_early_leaves_its_representation_open() -> None:
    trained = {s: [TrainingRecord(**part(s, n)) for n in range(6)] for s in TRUTH}
    failed = replace(trained["infix | chars"][2], samples=[])
    trained["infix | chars"][2] = failed
    found = decided(trained, 0.02, 8)
    assert math.isnan(found.means[2, 1]) and found.of("infix | chars", "prefix | digits:3").rounds == 5
    nothing = {s: [] if s == "infix | chars" else parts for s, parts in trained.items()}
    assert "infix | chars" in decided(nothing, 0.02, 8).going


def test_rounds_have_behaviors_of_their_own_and_their_means_one_interval() -> None:
    score = pooled([TrainingRecord(**part("infix | chars", n)) for n in range(5)])
    assert score is not None and score.n_test == 500 and score.seeds == 5
    assert score.floor_prior == pytest.approx(0.12)
    table = score.values("q")
    assert (np.isfinite(table).sum(axis=0) == 1).all()
    means, found = np.nanmean(table, axis=1), crossed_mean(table)
    half = 2.7764451 * means.std(ddof=1) / math.sqrt(5)  # Student's, of 4 degrees of freedom
    assert found.value == pytest.approx(means.mean()) and found.high - found.value == pytest.approx(half, rel=0.2)
    assert crossed_ratio(table).value == pytest.approx(means.mean())


def test_intervals_over_rounds_cover() -> None:
    rng, hits = np.random.default_rng(0), 0
    for _ in range(400):
        table = np.full((4, 80), np.nan)
        for i in range(4):
            table[i, 20 * i : 20 * i + 20] = 0.5 + 0.05 * rng.standard_normal() + 0.1 * rng.standard_normal(20)
        found = crossed_mean(table)
        hits += found.low <= 0.5 <= found.high
    assert 0.92 <= hits / 400 <= 0.985


def row(spec: str, quality: float, tokens: float, fidelity: float = 0.0, nearest: float = 0.2) -> dict[str, Any]:
    return {
        "representation": spec, "quality": quality, "quality_high": quality + 0.01, "tokens": tokens, "fidelity_error": fidelity,
        "floor_prior": 0.1, "floor_nearest": nearest,
    }  # fmt: skip


def found(truth: Mapping[str, float], limits: Mapping[tuple[str, str], tuple[float, float]], rounds: int = 4) -> Decided:
    """Pairs with these limits, a less b; the others are open."""
    names = tuple(truth)
    pairs = [
        replace(
            unknown(i, j, 0.02),
            difference=truth[names[i]] - truth[names[j]],
            low=limits.get((names[i], names[j]), (-1.0, 1.0))[0],
            high=limits.get((names[i], names[j]), (-1.0, 1.0))[1],
            rounds=rounds,
            error=0.03,
        )
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]
    return Decided(names, tuple(pairs), np.zeros((rounds, len(names))), 8)


def test_of_those_that_are_equal_the_shortest_is_recommended() -> None:
    truth = {"a": 0.705, "b": 0.7, "c": 0.5, "d": 0.9}
    rows = [row("a", 0.705, 36), row("b", 0.7, 20), row("c", 0.5, 10), row("d", 0.9, 5, fidelity=0.3)]
    limits = {("a", "b"): (-0.01, 0.015), ("a", "c"): (0.1, 0.3), ("b", "c"): (0.1, 0.3)}
    told = recommend(rows, found(truth, limits), 0.05)
    assert told.representation == "b"
    assert told.why[0] == "use b: ahead of c by 0.200 (0.100 to 0.300); equal within 0.02 to a, which is 1.8 times as long."
    assert told.why[1] == "Left out, for a fidelity error above 0.05: d (0.300)."
    assert recommend(rows, found(truth, limits), 0.5).representation is None  # d leads, and is open against all


def test_who_was_beaten_is_not_recommended_whatever_its_mean_and_length() -> None:
    """`a` was given up after lucky rounds; `c`, the shortest, is equal to the leader and behind another."""
    truth = {"a": 0.8, "b": 0.71, "c": 0.7, "d": 0.705}
    rows = [row("a", 0.8, 30), row("b", 0.71, 30), row("c", 0.7, 5), row("d", 0.705, 40)]
    limits = {("a", "b"): (-0.3, -0.05), ("b", "c"): (0.0, 0.019), ("b", "d"): (-0.01, 0.015), ("c", "d"): (-0.05, -0.001)}
    told = recommend(rows, found(truth, limits), 0.05)
    assert told.representation == "b" and "not told apart from c" not in told.why[0]
    assert "ahead of a" in told.why[0] and "equal within 0.02 to c, which is 0.2 times as long, d" in told.why[0]


def test_what_is_open_is_named_with_how_much_longer_it_takes() -> None:
    truth = {"a": 0.7, "b": 0.66, "c": 0.5}
    rows = [row("a", 0.7, 30), row("b", 0.66, 20), row("c", 0.5, 10)]
    told = recommend(rows, found(truth, {("a", "c"): (0.1, 0.3), ("b", "c"): (0.1, 0.3)}), 0.05)
    assert told.representation == "a" and "not told apart from b" in told.why[0]
    assert 1 <= told.rounds_more < 40 and f"About {told.rounds_more:.0f} more round" in told.why[-1]
    document = told.as_dict(minutes_a_round=2.5)
    assert document["minutes_more"] == told.rounds_more * 2.5
    assert [p["outcome"] for p in document["pairs"]] == ["open", "better", "better"]
    nothing = recommend(rows, found(truth, {}), 0.05)
    assert nothing.representation is None and nothing.why[0].startswith(
        "No recommendation yet: the trainings do not tell a, b, c"
    )


def test_retrieval_and_chance_come_first_where_they_are_ahead() -> None:
    truth = {"a": 0.7, "b": 0.5}
    ahead = found(truth, {("a", "b"): (0.1, 0.3)})
    told = recommend([row("a", 0.7, 30, nearest=0.9), row("b", 0.5, 20, nearest=0.9)], ahead, 0.05)
    assert told.representation == "a" and told.why[0].startswith("retrieval of the nearest known expression (Q 0.900) is ahead")
    poor = recommend([row("a", 0.05, 30), row("b", 0.02, 20)], ahead, 0.05)
    assert poor.representation is None and "better than known expressions drawn at random" in poor.why[0]
    assert "fidelity error above 0.05" in recommend([row("a", 0.7, 3, fidelity=0.1)], found({"a": 0.7}, {}), 0.05).why[0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rounds": 0}, "1 to 40 rounds"),
        ({"rounds": MOST_ROUNDS + 1}, "1 to 40 rounds"),
        ({"minutes": 0.0}, "more than 0"),
        ({"rounds": None, "until": "tomorrow"}, "not until 'tomorrow'"),
        ({"minutes": 3.0}, "choose one of"),
        ({"seeds": 3}, "leave it out"),
        ({"margin": 0.0}, "margin"),
        ({"margin": math.inf}, "difference in Q"),
        ({"max_fidelity_error": math.inf}, "1e9 leaves nothing out"),
        ({"minutes": math.inf, "rounds": None}, "a number of minutes"),
        ({"max_fidelity_error": -1.0}, "at least 0"),
    ],
)
def test_what_rounds_cannot_be_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        replace(PLAN, **wrong)


def test_a_plan_in_rounds_is_repeated_by_its_command_and_its_document() -> None:
    for changed in ({}, {"rounds": None, "minutes": 12.5}, {"rounds": None, "until": "decided", "margin": 0.03}):
        plan = replace(PLAN, **changed)
        assert ComparisonPlan.from_dict(plan.as_dict()) == plan and plan.in_rounds
        assert "--seeds" not in plan.command()
    assert "--minutes 12.5" in replace(PLAN, rounds=None, minutes=12.5).command()
    assert "--until decided --margin 0.03" in plan.command()


def test_rounds_test_more_behaviors_and_write_few_of_them_slowly() -> None:
    quick = preset("quick")
    sizes = quick.for_rounds()
    assert sizes.task.n_test == ROUND_TESTS and sizes.quality.few == quick.task.n_test
    assert preset("tiny").for_rounds() == preset("tiny")
    sampled = quick.for_sampled_rounds()
    assert sampled.task.n_test == 1.3 * ROUND_TESTS and replace(sampled, task=sizes.task) == sizes
    own = quick.for_rounds(own=True)
    assert own.train.steps == 600 and own.quality.observed == ROUND_TESTS and sizes.train == quick.train


def test_trainings_in_rounds_on_ones_own_data_are_the_shorter_ones() -> None:
    plan = replace(PLAN, budget="quick", learn_from="like-data")
    for chosen, steps in ((plan, 600), (replace(plan, learn_from="sampler"), 1500), (replace(plan, rounds=None), 1500)):
        assert module._header(chosen, [], [], None)["budget"]["sizes"]["train"]["steps"] == steps


def test_the_first_rounds_give_the_curve() -> None:
    own = replace(PLAN, learn_from="like-data")
    assert [PLAN.ends(n) for n in range(5)] == [True] * 3 + [False] * 2
    assert [own.ends(n) for n in range(7)] == [True] * FOLDS + [False] * 2
    assert all(replace(PLAN, rounds=None, seeds=9).ends(n) for n in range(9))


def test_every_observation_is_in_the_time_that_is_planned() -> None:
    quality = preset("quick").for_rounds().quality  # 4 choices and one under the grammar, of 200 at most
    assert expressions_written(quality, 1000, 1) == 1000 + 200 * 5
    assert expressions_written(replace(quality, few=60), 60, 17) == 17 * 60 + 60 * 5


def test_how_folds_differ_is_the_error_only_where_no_fold_is_tested_twice() -> None:
    """One fold is hard for one of two: with ten rounds that is no chance, with nine it is all that is known of the error."""

    def trained(rounds: int) -> dict[str, list[TrainingRecord]]:
        found = {s: [TrainingRecord(**part(s, n, 0.002)) for n in range(rounds)] for s in ("prefix | digits:3", "infix | chars")}
        return {
            s: [_lower(p) if s == "infix | chars" and p.number % FOLDS == 0 else p for p in parts] for s, parts in found.items()
        }

    long, short = decided(trained(10), 0.02, 10, FOLDS), decided(trained(9), 0.02, 9, FOLDS)
    assert long.pairs[0].error < 0.05 < 0.1 < short.pairs[0].error
    assert (strata(10, FOLDS), strata(9, FOLDS), strata(40, 1)) == (FOLDS, 1, 1)


def _lower(one: TrainingRecord) -> TrainingRecord:
    return replace(one, samples=[row | {"q": max(row["q"] - 0.4, 0.0)} for row in one.samples])


def test_a_fitted_sampler_draws_for_the_examples_that_are_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from kappabar.evaluate.compare import own_data

    asked: list[int] = []
    monkeypatch.setattr(own_data, "like_data", lambda shown, domain: None)
    monkeypatch.setattr(own_data, "sample_systems", lambda domain, wanted, seed, **_: asked.append(wanted) or [])
    found: Any = SimpleNamespace(without=lambda fold: [], within=lambda fold: [])
    for examples in (19_200, 10**6, 3):
        own_data.own_systems(tmp_path, None, found, "like-data", fold=1, seed=0, wanted=20_000, examples=examples)  # type: ignore[arg-type]
    assert asked == [3840, 8000, 1]


@pytest.mark.parametrize(
    ("minutes", "each", "drawing", "rounds"),
    [
        (20.0, (60.0, 60.0), 0.0, 5),
        (20.0, (60.0, 60.0), 60.0, 4),
        (20.0, (60.0, 30.0), 0.0, 8),
        (20.0, (90.0, 30.0), 0.0, 5),
        (0.1, (60.0, 60.0), 0.0, 1),
        (1e6, (1.0, 1.0), 0.0, MOST_ROUNDS),
    ],
)
def test_minutes_become_rounds(
    monkeypatch: pytest.MonkeyPatch, minutes: float, each: tuple[float, float], drawing: float, rounds: int
) -> None:
    """Of three trainings of a minute, one after the other, five rounds fit into 20 minutes of which 2 have gone; four, where the
    next task takes a minute to draw; more, where all but the first three are shorter, as they have no ends."""
    monkeypatch.setattr("kappabar.evaluate.compare.timing._seconds", lambda folder, spec: each)
    plan = replace(PLAN, rounds=None, minutes=minutes)
    spent = 120.0 if minutes == 20.0 else 0.0
    assert rounds_within(Path("none"), plan, spent=spent, drawing=drawing, jobs=1) == rounds


def test_more_rounds_than_there_may_be_are_no_time_to_give_it() -> None:
    wide = found({"a": 0.7, "b": 0.699}, {("a", "b"): (-0.2, 0.2)})
    wide = replace(wide, pairs=tuple(replace(pair, error=1.0) for pair in wide.pairs))
    told = recommend([row("a", 0.7, 30), row("b", 0.699, 20)], wide, 0.05)
    assert told.rounds_more > MOST_ROUNDS and told.minutes_more(2.5) is None
    assert any("a comparison has 40 at most" in sentence for sentence in told.why)


def test_none_is_given_up_before_all_folds_were_tested() -> None:
    trained = {s: [TrainingRecord(**part(s, n)) for n in range(4)] for s in ("prefix | digits:3", "infix | chars")}
    soon = decided(trained, 0.02, 8)
    assert not soon.open and soon.going == [], "decided, and so early"
    assert decided(trained, 0.02, 8, folds=5).going == list(trained)
    assert decided(trained, 0.02, 4, folds=5).going == [], "there are no more rounds"
    more = {s: [*parts, TrainingRecord(**part(s, 4))] for s, parts in trained.items()}
    assert decided(more, 0.02, 8, folds=5).going == []
    assert (PLAN.folds, replace(PLAN, learn_from="data").folds) == (1, FOLDS)
