"""Curves of trainings' ends, and whether an order held earlier and at equal cost; with invented trainings."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.compare.comparison import gathered
from kappabar.evaluate.compare.curve import NO_CURVE, Curve, curve_frame, curves, efficiency_frame, levels_shown
from kappabar.evaluate.compare.order import held, sentences
from kappabar.evaluate.compare.recommend import recommend
from kappabar.evaluate.compare.rounds import Decided
from kappabar.evaluate.compare.trainings import TrainingRecord
from kappabar.evaluate.results.files import read_json, write_json
from kappabar.evaluate.statistics.sequential import Pair
from kappabar.evaluate.tables.curve import CURVE, LEVELS

STEPS = (150, 300, 600, 1200)
SYSTEMS = (4800, 9600, 19200, 20000)


def history(quality: Sequence[float], flops: float = 1e12, systems: Sequence[int] = SYSTEMS) -> list[dict[str, Any]]:
    """Rows of a training with these Q at its ends, with checkpoints between that are none."""
    rows = []
    for step, seen, q in zip(STEPS, systems, quality, strict=True):
        row = {"step": step, "systems": seen, "flops": flops * step / STEPS[-1], "quality": q, "bits": 40 - 10 * q}
        rows += [row | {"ended": False, "step": step - 10, "quality": 0.99}, row | {"ended": True}]
    return rows


def training(number: int, quality: Sequence[float], flops: float = 1e12, **kept: Any) -> TrainingRecord:
    given = {"history": history(quality, flops), "samples": [{"item": 0, "sample": 0, "q": quality[-1]}]} | kept
    summary = {"floor_prior": 0.2, "floor_nearest": 0.5, "ceiling": 1.0}
    return TrainingRecord(number=number, summary=summary, parameters=7, problems=[], **given)


def of(trainings: Mapping[str, Sequence[TrainingRecord]], spec: str = "a") -> Curve:
    return next(curve for curve in curves(trainings) if curve.representation == spec)


def test_ends_are_points_and_checkpoints_are_none() -> None:
    curve = of({"a": [training(0, (0.3, 0.4, 0.5, 0.6)), training(1, (0.4, 0.5, 0.6, 0.7))]})
    assert curve.steps == STEPS
    assert curve.quality.tolist() == [[0.3, 0.4, 0.5, 0.6], [0.4, 0.5, 0.6, 0.7]]
    assert curve.share[0] == pytest.approx([0.125, 0.25, 0.375, 0.5])
    points = curve.points()
    assert [p["quality"] for p in points] == pytest.approx([0.35, 0.45, 0.55, 0.65])
    assert [p["systems"] for p in points] == list(SYSTEMS)
    assert all(p["trainings"] == 2 and math.isnan(p["quality_low"]) for p in points)
    assert curve_frame([curve]).columns == list(CURVE.stored)


def test_all_points_are_of_the_trainings_that_have_all_ends() -> None:
    """As in rounds, of which the first few alone have ends: the last point is of these too."""
    whole = [training(i, np.array((0.3, 0.4, 0.5, 0.6)) + 0.02 * i) for i in range(3)]
    alone = [training(i, (0.9,) * 4, history=history((0.9,) * 4)[-1:]) for i in (3, 4)]
    assert of({"a": [*whole, *alone]}).points() == of({"a": whole}).points()
    assert not curves({"a": alone})


def test_three_trainings_have_bands() -> None:
    points = of({"a": [training(i, np.array((0.3, 0.4, 0.5, 0.6)) + 0.02 * i) for i in range(3)]}).points()
    assert all(p["quality_low"] < p["quality"] < p["quality_high"] for p in points)


def test_older_trainings_and_those_that_stopped_have_no_curve() -> None:
    old = training(0, (0.3, 0.4, 0.5, 0.6), history=[{"step": 1200, "quality": 0.6, "flops": 1e12, "bits": 30.0}])
    stopped = training(0, (0.3, 0.4, 0.5, 0.6), samples=[])
    alone = training(0, (0.3, 0.4, 0.5, 0.6), history=history((0.3, 0.4, 0.5, 0.6))[-1:])
    assert curves({"a": [old], "b": [stopped], "c": [alone], "d": []}) == ()


def test_an_end_that_is_missing_is_missing_alone() -> None:
    short = training(1, (0.3, 0.4, 0.5, 0.6), history=history((0.4, 0.5, 0.6, 0.7))[:6])
    curve = of({"a": [training(0, (0.3, 0.4, 0.5, 0.6)), short]})
    assert [p["trainings"] for p in curve.points()] == [2, 2, 2, 1]
    assert [p["quality"] for p in curve.points()] == pytest.approx([0.35, 0.45, 0.55, 0.6])


def test_what_a_curve_says_in_numbers_and_words() -> None:
    curve = of({"a": [training(0, (0.35, 0.45, 0.55, 0.55))]})
    row = curve.as_row()
    assert list(row["examples_to"]) == [f"{level:g}" for level in LEVELS]
    assert row["examples_to"]["0.3"] == pytest.approx(4800)
    assert row["examples_to"]["0.5"] == pytest.approx(9600 * math.sqrt(2))
    assert row["examples_to"]["0.6"] is None
    assert row["ceiling_fitted"] is None
    assert [curve.words_to(level) for level in (0.3, 0.5, 0.6)] == [("≤ 4,800", ""), ("13,600", ""), ("> 20,000", "")]
    json.dumps(curve.as_dict() | row, allow_nan=False)
    frame = efficiency_frame([curve])
    assert frame["curve_area"][0] == pytest.approx(curve.area.value)
    assert frame["ceiling_note"][0] == curve.ceiling.why != ""
    assert levels_shown([curve], 0.31) == [0.4, 0.5, 0.6]
    assert levels_shown([curve], None) == [0.3, 0.4, 0.5, 0.6]


def test_models_that_do_no_better_than_the_prior_bear_no_ceiling() -> None:
    level = np.array((0.05, 0.1, 0.15, 0.15)) + 0.002 * np.random.default_rng(0).standard_normal((8, 4))
    systems = (4800, 9600, 19200, 38400)
    poor = of({"a": [training(i, q, history=history(q, systems=systems)) for i, q in enumerate(level)]})
    fine = of({"a": [training(i, q, history=history(q, systems=systems)) for i, q in enumerate(level + 0.3)]})
    assert fine.ceiling.estimate is not None
    assert fine.as_row()["ceiling_fitted"]["low"] < 0.47
    assert poor.ceiling.estimate is None
    assert poor.ceiling.why == "its models do no better than prior sampling"


def test_lengths_that_saw_no_more_than_the_one_before_count_as_their_longest() -> None:
    """A person's own 240 expressions are all seen at an eighth: there is no curve over them, and one over FLOPs."""
    curve = of({"a": [training(0, (0.3, 0.4, 0.5, 0.6), history=history((0.3, 0.4, 0.5, 0.6), systems=(240,) * 4))]})
    assert math.isnan(curve.area.value)
    assert curve.as_row()["examples_to"]["0.6"] == 240
    assert curve.words_to(0.7) == ("> 240", "")
    assert "fewer than 3" in curve.ceiling.why


A, B = (0.3, 0.4, 0.5, 0.6), (0.35, 0.45, 0.45, 0.5)


def test_the_order_is_told_as_it_was() -> None:
    found = held(curves({"a": [training(0, A)], "b": [training(0, B)]}), "a", ["b"])
    assert [(one.at, [name for name, _ in one.ahead]) for one in found] == [
        ("a quarter", ["b"]), ("half", []), ("equal FLOPs", []),
    ]  # fmt: skip
    assert sentences(found) == (
        "At a quarter of the training b (by 0.050) was ahead; at half the order was the same, as measured.",
        "At equal FLOPs (1e+12, those of the cheapest training among them) the order is the same, as measured.",
    )
    assert found[0].as_dict() == {
        "at": "a quarter", "same": False, "ahead": [{"representation": "b", "difference": pytest.approx(0.05)}], "missing": [],
    }  # fmt: skip


def test_the_same_order_is_one_plain_sentence_and_nothing_behind_is_none() -> None:
    both = curves({"a": [training(0, A)], "b": [training(0, (0.2, 0.3, 0.4, 0.5))]})
    assert sentences(held(both, "a", ["b"]))[0] == "The order was the same at a quarter and at half of the training, as measured."
    assert held(both, "a", []) == ()
    assert held((), "a", ["b"]) == ()


def test_at_equal_flops_the_dearer_one_is_read_off_its_curve() -> None:
    """`a` costs four times as much: what it has at the cost of `b` is its Q at a quarter, 0.4, and b has 0.5."""
    both = curves({"a": [training(0, A, flops=4e12)], "b": [training(0, (0.2, 0.3, 0.35, 0.5), flops=1e12)]})
    cost = held(both, "a", ["b"])[-1]
    assert cost.flops == 1e12
    assert cost.ahead == (("b", pytest.approx(0.1)),)
    assert sentences([cost])[0].endswith("b (by 0.100) is ahead, as measured.")


def test_what_the_curve_does_not_reach_is_said_to_be_unknown() -> None:
    both = curves({"a": [training(0, A, flops=1e14)], "b": [training(0, B, flops=1e12)]})
    cost = held(both, "a", ["b"])[-1]
    assert cost.missing == ("b",)
    assert cost.as_dict()["same"] is None
    assert "nothing can be said of b" in sentences([cost])[0]


def test_of_two_that_are_even_nothing_is_said() -> None:
    both = curves({"a": [training(0, (0.0, 0.0, 0.4, 0.6))], "b": [training(0, (0.0, 0.0, 0.3, 0.5))]})
    assert held(both, "a", ["b"])[0].missing == ("b",)


def test_pairs_are_compared_over_the_rounds_that_both_have() -> None:
    """`b` was given up after one round, in which it was behind; a's second, which was poor, does not count."""
    two = {"a": [training(0, A), training(1, (0.1, 0.1, 0.1, 0.1))], "b": [training(0, (0.2, 0.3, 0.4, 0.5))]}
    assert all(not one.ahead and not one.missing for one in held(curves(two), "a", ["b"]))


def row(spec: str, quality: float) -> dict[str, Any]:
    names = {"tokens": 20.0, "fidelity_error": 0.0, "floor_prior": 0.1, "floor_nearest": 0.2}
    return {"representation": spec, "quality": quality, "quality_high": quality} | names


def test_a_recommendation_says_whether_its_order_held() -> None:
    pair = Pair(a=0, b=1, difference=0.1, low=0.05, high=0.15, rounds=4, error=0.01, margin=0.02)
    decided = Decided(("a", "b"), (pair,), np.zeros((4, 2)), 4)
    told = recommend([row("a", 0.6), row("b", 0.5)], decided, 0.05, curves({"a": [training(0, A)], "b": [training(0, B)]}))
    assert told.why[1].startswith("At a quarter of the training b (by 0.050) was ahead;")
    assert told.why[2].startswith("At equal FLOPs")
    document = told.as_dict(1.0)
    assert [one["at"] for one in document["order"]] == ["a quarter", "half", "equal FLOPs"]
    assert told.why[1] in document["why"]
    assert recommend([row("a", 0.6), row("b", 0.5)], decided, 0.05).order == ()


def altered(folder: Path, alter: Callable[[int, list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Give the trainings of a run other histories, by number and history."""
    for path in sorted((folder / "parts").glob("*.training.json")):
        document = read_json(path)
        document["history"] = alter(document["number"], document["history"])
        write_json(path, document)


def test_a_run_with_ends_has_tables_json_and_a_page_of_them(copied_run: Callable[[Path], Path], tmp_path: Path) -> None:
    from kappabar.evaluate.report.comparison import write_page

    folder = copied_run(tmp_path)
    altered(folder, lambda number, old: [{**old[-1], **one, "val_bits_per_expression": one["bits"]} for one in history(A)])
    result = gathered(folder)
    assert [curve.representation for curve in result.curves] == list(result.plan.representations)
    document = result.as_dict()
    json.dumps(document, allow_nan=False)
    assert document["rows"][0]["examples_to"]["0.6"] == pytest.approx(20000)
    assert len(document["curves"][0]["points"]) == len(STEPS)
    assert (folder / "curve.csv").read_text(encoding="utf-8").count("\n") == 1 + 4 * len(result.curves)
    write_page(result)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert NO_CURVE not in page
    assert 'id="figure-quality-against-examples"' in page
    assert "bears none" in page
    assert (folder / "figures" / "quality-against-examples.svg").is_file()


def test_a_run_of_an_older_version_has_a_sentence_for_a_curve(copied_run: Callable[[Path], Path], tmp_path: Path) -> None:
    from kappabar.evaluate.report.comparison import write_page

    folder = copied_run(tmp_path)
    newer = ("ended", "systems")
    altered(folder, lambda number, old: [{k: v for k, v in row.items() if k not in newer} for row in old])
    result = gathered(folder)
    assert result.curves == ()
    document = result.as_dict()
    assert document["curves"] == []
    assert all(one["examples_to"] == {} and one["ceiling_fitted"] is None for one in document["rows"])
    write_page(result)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert NO_CURVE in page
    assert 'id="figure-quality-against-examples"' not in page


def test_what_training_writes_is_a_curve(copied_run: Callable[[Path], Path], tmp_path: Path) -> None:
    """Nothing altered: its ends, as many as the budget has, with systems and FLOPs that rise."""
    result = gathered(copied_run(tmp_path))
    assert [curve.representation for curve in result.curves] == list(result.plan.representations)
    for curve in result.curves:
        assert len(curve.steps) > 1
        assert (np.diff(curve.systems) >= 0).all() and (np.diff(curve.flops) > 0).all()
