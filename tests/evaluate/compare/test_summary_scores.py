"""Means over items and seeds, the coupling along training, and whether uncertain tokens carry the meaning: against oracles."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from kappabar.evaluate.compare.columns import measure_values
from kappabar.evaluate.compare.trainings import TrainingRecord, along_training, model_token_frame, pooled, training_frame
from kappabar.evaluate.compare.uncertainty import token_measures
from kappabar.evaluate.quality.measures.items import item_values, span_share
from kappabar.evaluate.report.figures import alignment_along_training, coupling_along_training, quality_along_training
from kappabar.evaluate.report.style import as_svg  # fmt: skip
from kappabar.evaluate.statistics.estimate import Estimate
from kappabar.evaluate.statistics.intervals import FEW, crossed_mean, mean_estimate, median_estimate
from kappabar.evaluate.tables.column import flat
from kappabar.evaluate.tables.measures import CONSTRAINED, MEASURES, TOLERANCES, is_share, measures_in

BOTH = {m.sample: m.column for m in measures_in(CONSTRAINED)}
FREE = [m.sample for m in MEASURES if m.once]


def test_one_seed_is_the_mean_over_items() -> None:
    x = np.random.default_rng(0).random(30)
    assert crossed_mean(x[None]) == mean_estimate(x, (0.0, 1.0))
    assert math.isnan(crossed_mean(np.full((1, 4), np.nan)).value)
    assert math.isnan(crossed_mean(np.zeros((2, 0))).value)


def test_the_interval_over_items_and_seeds_covers() -> None:
    """Crossed random effects with a known mean: about 95 of 100 intervals contain it, and those over items alone far fewer."""
    rng = np.random.default_rng(0)
    hits, naive = 0, 0
    for _ in range(400):
        values = (
            0.5 + 0.1 * rng.standard_normal((1, 50)) + 0.03 * rng.standard_normal((4, 1)) + 0.1 * rng.standard_normal((4, 50))
        )
        found = crossed_mean(values)
        hits += found.low <= 0.5 <= found.high
        items = values.mean(axis=0)
        half = 1.96 * items.std(ddof=1) / math.sqrt(50)
        naive += abs(items.mean() - 0.5) <= half
    assert hits / 400 >= 0.92
    assert naive / 400 < 0.88


def test_the_interval_of_crossed_means_stays_in_range_and_is_none_where_nothing_varies() -> None:
    flat = crossed_mean(np.full((3, 5), 0.25))
    assert flat.value == 0.25 and math.isnan(flat.low) and math.isnan(flat.high)
    edge = crossed_mean(np.array([[1.0, 1.0, 0.9], [1.0, 0.8, 1.0]]))
    assert edge.low < edge.value < edge.high == 1.0
    hole = np.array([[0.2, np.nan, 0.4], [0.3, np.nan, np.nan]])
    assert crossed_mean(hole).value == pytest.approx(np.mean([0.25, 0.4]))


def test_the_median_and_its_interval() -> None:
    x = np.random.default_rng(1).lognormal(size=41)
    found = median_estimate([*x, float("nan")])
    assert found.value == np.median(x)
    assert found.low < found.value < found.high
    assert math.isnan(median_estimate([]).value)


def test_span_share() -> None:
    found = span_share(Estimate(0.6, 0.5, 0.7), 0.2, 1.0)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.375, 0.625))
    assert math.isnan(span_share(Estimate(0.6, 0.5, 0.7), 1.0, 1.0).value)


def test_item_values_average_what_is_there() -> None:
    rows = [{"item": 4, "q": 1.0}, {"item": 4, "q": 0.0}, {"item": 2, "q": None}, {"item": 2, "q": float("nan")}]
    np.testing.assert_array_equal(item_values(rows, "q", [2, 4]), [np.nan, 0.5])


def history(spec: str, seed: int, bits: list[float], quality: list[float]) -> list[dict[str, Any]]:
    return [
        {"representation": spec, "seed": seed, "step": i, "bits": b, "quality": q, "flops": 1.0}
        for i, (b, q) in enumerate(zip(bits, quality, strict=True))
    ]


def test_coupling_is_the_rank_correlation_along_training() -> None:
    rng = np.random.default_rng(0)
    bits, quality = rng.random((2, FEW, 6)).tolist()
    found = along_training([history("a", i, bits[i], quality[i]) for i in range(FEW)])
    own = [stats.spearmanr(np.negative(b), q).statistic for b, q in zip(bits, quality, strict=True)]
    assert found["coupling"].value == pytest.approx(np.mean(own))
    assert math.isnan(found["coupling_pooled"].low)
    assert -1 <= found["coupling"].low <= found["coupling"].value <= found["coupling"].high <= 1
    fewer = along_training([history("a", i, bits[i], quality[i]) for i in range(FEW - 1)])["coupling"]
    assert math.isfinite(fewer.value) and math.isnan(fewer.low)
    pooled_rho = stats.spearmanr(-np.concatenate(bits), np.concatenate(quality)).statistic
    assert found["coupling_pooled"].value == pytest.approx(pooled_rho)
    hand_in_hand = along_training([history("a", 0, [9.0, 5.0, 4.0], [0.1, 0.2, 0.7])])["coupling"]
    assert hand_in_hand.value == pytest.approx(1.0) and math.isnan(hand_in_hand.low)  # checkpoints of one training are no sample
    assert math.isnan(along_training([[]])["coupling"].value)
    assert math.isnan(found["gradient_alignment"].value)


def test_alignment_of_the_last_checkpoints() -> None:
    histories = [history("a", i, [2.0, 1.0], [0.1, 0.2]) for i in range(3)]
    for h, value in zip(histories, (0.2, 0.4, 0.1), strict=True):
        h[-1] |= {"gradient_alignment": value, "gradient_alignment_se": 0.1, "gradient_alignment_corrected": 2 * value}
    found, one = along_training(histories), along_training(histories[:1])
    exact = stats.t.interval(0.95, 2, 0.7 / 3, stats.sem([0.2, 0.4, 0.1]))
    aligned, corrected = found["gradient_alignment"], found["gradient_alignment_corrected"]
    assert (aligned.value, aligned.low, aligned.high) == pytest.approx((0.7 / 3, *exact))
    assert one["gradient_alignment"].value == 0.2 and math.isnan(
        one["gradient_alignment"].low
    )  # observations may bear it unequally
    assert corrected.value == pytest.approx(1.4 / 3) and math.isnan(corrected.low)
    assert math.isnan(along_training([[]])["gradient_alignment_corrected"].value)


# Of 24 trainings each, 200 steps of `tiny` with six checkpoints, on functions: what `benchmarks/intervals.py --quality` measures
# again.
COUPLINGS = {
    "prefix | digits:3": (
        0.85, 0.93, 0.88, 0.78, 0.94, 0.52, 0.85, 0.78, 0.94, 0.77, 0.94, 0.78, 0.71, 0.78, 0.88, 0.94, 0.85, 0.94, 0.88, 0.93,
        0.58, 0.85,
        0.99, 0.78,
    ),
    "prefix | bins:64,log": (
        0.85, 0.58, 0.85, 0.7, 0.76, 0.54, 0.89, 0.83, 0.58, 0.88, 0.78, 0.85, 0.66, 0.94, 0.54, 0.88, 0.17, 0.75, 0.41, 0.52,
        0.81, 0.78,
        0.89, 0.76,
    ),
}  # fmt: skip
ALIGNMENTS = {
    "prefix | digits:3": (
        -0.01, -0.09, -0.18, -0.26, -0.22, -0.09, -0.21, -0.08, -0.12, 0.0, -0.15, -0.09, -0.06, 0.0, -0.13, 0.12, -0.02, -0.45,
        -0.22,
        -0.36, -0.22, -0.15, -0.26, -0.16,
    ),
    "prefix | bins:64,log": (
        -0.31, -0.28, -0.25, -0.07, -0.1, 0.04, 0.12, -0.21, -0.26, -0.21, -0.14, -0.11, -0.24, 0.01, -0.02, 0.0, 0.22, 0.17,
        -0.26, -0.15,
        0.1, -0.14, -0.41, -0.08,
    ),
}  # fmt: skip


def along(coupling: float, cosine: float, seed: int) -> list[dict[str, Any]]:
    """A training whose checkpoints have that rank correlation, about, and whose last has that cosine."""
    rng = np.random.default_rng(seed)
    bits = -np.arange(20.0)
    order = np.arange(20)
    while stats.spearmanr(-bits, order).statistic > coupling:
        i, j = rng.integers(0, 20, 2)
        if order[max(i, j)] > order[min(i, j)]:
            order[[i, j]] = order[[j, i]]
    rows = history("a", seed, bits.tolist(), order.tolist())
    rows[-1]["gradient_alignment"] = cosine
    return rows


@pytest.mark.parametrize("spec", COUPLINGS)
def test_what_is_said_along_training_is_covered_or_has_no_interval(spec: str) -> None:
    every = [along(c, a, i) for i, (c, a) in enumerate(zip(COUPLINGS[spec], ALIGNMENTS[spec], strict=True))]
    truth = {k: e.value for k, e in along_training(every).items()}
    single, rng = [along_training([h]) for h in every], np.random.default_rng(0)
    for name, sizes in (("coupling", (FEW, 15)), ("gradient_alignment", (2, 3, 10))):
        for n in sizes:
            drawn = [along_training([every[i] for i in rng.integers(0, len(every), n)])[name] for _ in range(150)]
            inside = [e.low <= truth[name] <= e.high for e in drawn if math.isfinite(e.low)]
            assert np.mean(inside) >= 0.93 - 3 * math.sqrt(0.05 * 0.95 / 150), (name, n)
    assert all(math.isnan(s["coupling"].low) and math.isnan(s["gradient_alignment"].low) for s in single)


def tokens(rng: np.random.Generator, n: int, relation: float) -> list[dict[str, Any]]:
    rows = []
    for item in range(n):
        for position in range(int(rng.integers(5, 15))):
            entropy = float(rng.random())
            moved = relation * entropy + (1 - relation) * float(rng.random())
            rows.append({"item": item, "position": position, "entropy": entropy, "surprisal": 1.0, "sensitivity": moved})
    return rows


def test_tokens_against_scipy() -> None:
    rows = tokens(np.random.default_rng(0), 12, 0.5)
    rows[3]["sensitivity"] = None
    known = [r for r in rows if r["sensitivity"] is not None]
    found = token_measures(rows, 0)
    rho = stats.spearmanr([r["entropy"] for r in known], [r["sensitivity"] for r in known]).statistic
    pooled_rho = found["entropy_sensitivity"]
    assert isinstance(pooled_rho, Estimate)
    assert pooled_rho.value == pytest.approx(rho) and pooled_rho.low < rho < pooled_rho.high
    assert found["entropy_sensitivity_p"] < 0.01
    unrelated = [token_measures(tokens(np.random.default_rng(k), 8, 0.0), 0)["entropy_sensitivity_p"] for k in range(40)]
    assert 0.2 < np.mean(unrelated) < 0.8 and np.mean(np.array(unrelated) <= 0.05) <= 0.15
    own = [
        stats.spearmanr(*([r[c] for r in known if r["item"] == i] for c in ("entropy", "sensitivity"))).statistic
        for i in range(12)
    ]
    within = found["entropy_sensitivity_within"]
    assert isinstance(within, Estimate) and within.value == pytest.approx(np.mean(own))
    assert found["n_token_expressions"] == 12 and found["n_model_tokens"] == len(known)


def test_yes_or_no_is_told_from_what_lies_between() -> None:
    shares = ("r2_above_0.9", "within_1", "within_1@4", "exact", "skeleton", "valid")
    assert all(map(is_share, shares)) and not any(map(is_share, ("q", "q@4", "q_valid", "distinct")))


def test_intervals_over_tokens_leave_out_whole_expressions() -> None:
    """Pseudovalues of Fisher's z, by leaving each expression out in turn, ranks staying; of the ratio, what each expression adds
    to it."""
    rows = tokens(np.random.default_rng(3), 9, 0.4)
    item = np.array([r["item"] for r in rows])
    u, v = (stats.rankdata([r[name] for r in rows]) for name in ("entropy", "sensitivity"))
    z = [math.atanh(np.corrcoef(u[item != i], v[item != i])[0, 1]) for i in range(-1, 9)]
    pseudo = mean_estimate([9 * z[0] - 8 * one for one in z[1:]])
    found = token_measures(rows, 0)["entropy_sensitivity"]
    assert isinstance(found, Estimate)
    assert found.low == pytest.approx(math.tanh(z[0] + pseudo.low - pseudo.value))
    assert found.high == pytest.approx(math.tanh(z[0] + pseudo.high - pseudo.value))
    parts = [[r for r in rows if r["item"] == i] for i in range(9)]
    below = np.array([sum(r["sensitivity"] for r in part) for part in parts])
    above = np.array([carried(part) for part in parts]) * below
    ratio = above.sum() / below.sum()
    expected = mean_estimate(ratio + (above - ratio * below) / below.mean(), (0.0, 1.0))
    top = token_measures(rows, 0)["top_entropy_sensitivity"]
    assert isinstance(top, Estimate)
    assert (top.value, top.low, top.high) == pytest.approx((ratio, expected.low, expected.high))


def carried(rows: list[dict[str, Any]]) -> float:
    found = token_measures(rows, 0)["top_entropy_sensitivity"]
    assert isinstance(found, Estimate)
    return found.value


def test_the_share_of_the_most_uncertain_tokens() -> None:
    def one(pairs: list[tuple[float, float]], item: int = 0) -> list[dict[str, Any]]:
        return [{"item": item, "position": i, "entropy": e, "surprisal": 0.0, "sensitivity": s} for i, (e, s) in enumerate(pairs)]

    assert carried(one([(0, 1), (0, 2), (0, 3), (0, 4)])) == pytest.approx(0.2), "ties: what chance gives"
    assert carried(one([(5, 10), (1, 0), (2, 0), (3, 0), (4, 0)])) == pytest.approx(1.0)
    assert carried(one([(5, 0), (1, 1), (2, 1), (3, 1), (4, 1)])) == pytest.approx(0.0)
    # 7 tokens: 1.4 of them count, the second by two fifths.
    assert carried(one([(i, 10**i) for i in range(7)])) == pytest.approx((10**6 + 0.4 * 10**5) / 1111111)
    both = one([(5, 10), (1, 0), (2, 0), (3, 0), (4, 0)]) + one([(5, 0), (1, 10), (2, 10), (3, 10), (4, 0)], 1)
    assert carried(both) == pytest.approx(10 / 40)
    chance = [carried(tokens(np.random.default_rng(s), 40, 0.0)) for s in range(5)]
    assert np.mean(chance) == pytest.approx(0.2, abs=0.02)


def test_seeds_are_averaged_before_ranking() -> None:
    rng = np.random.default_rng(2)
    first, second = tokens(rng, 6, 0.3), None
    second = [row | {"entropy": 1 - row["entropy"]} for row in first]
    found = token_measures([*first, *second], 0)
    flat = found["entropy_sensitivity"]
    assert isinstance(flat, Estimate) and (math.isnan(flat.value) or abs(flat.value) < 0.3)
    assert found["n_model_tokens"] == len(first)


def part(number: int, rng: np.random.Generator, constrained: bool = True) -> TrainingRecord:
    samples = []
    for item in range(8):
        row: dict[str, Any] = {
            "item": item,
            "sample": 0,
            "seed": number,
            "split": ("new-skeleton", "new-coefficients")[item % 2],
            "form": ("new-form", "known-form")[item // 6],
        }
        for tail in ("", CONSTRAINED) if constrained else ("",):
            row |= {f"{name}{tail}": float(rng.random()) for name in BOTH}
            row[f"coefficient_error{tail}"] = float(rng.random()) if item < 3 else None
        row |= {name: float(rng.random()) for name in FREE}
        samples.append(row)
    summary = {
        "floor_prior": 0.1,
        "floor_nearest": 0.5,
        "ceiling": 0.9,
        "floor_prior_new_skeleton": 0.2,
        "ceiling_new_skeleton": 0.7,
    }
    summary |= {f"nearest_{name}": 0.3 for name in TOLERANCES}
    return TrainingRecord(number, history("a", number, [3.0, 2.0, 1.0], [0.1, 0.2, 0.3]), samples, summary, 7, [])


def test_columns_of_the_table_are_means_of_the_rows() -> None:
    rng = np.random.default_rng(0)
    parts = [part(i, rng) for i in range(3)]
    row = flat(measure_values(pooled(parts), 0))
    samples = [r for p in parts for r in p.samples]
    for name, column in BOTH.items():
        for tail in ("", CONSTRAINED):
            for split in ("", "new-skeleton", "new-coefficients", "new-form", "known-form"):
                end = f"_{split.replace('-', '_')}" if split else ""
                want = np.mean([r[name + tail] for r in samples if split in ("", r["split"], r["form"])])
                assert row[f"{column}{tail}{end}"] == pytest.approx(want)
                assert row[f"{column}{tail}{end}_low"] <= row[f"{column}{tail}{end}"] <= row[f"{column}{tail}{end}_high"]
    assert row["quality@4"] == pytest.approx(np.mean([r["q@4"] for r in samples]))
    errors = [np.mean([r["coefficient_error"] for r in samples if r["item"] == i]) for i in range(3)]
    assert row["coefficient_error"] == pytest.approx(np.median(errors)) and row["n_skeleton"] == 3
    assert row["quality_share"] == pytest.approx((row["quality"] - 0.1) / 0.8)
    assert row["quality_share_new_skeleton"] == pytest.approx((row["quality_new_skeleton"] - 0.2) / 0.5)
    assert row["nearest_within_1"] == pytest.approx(0.3)
    assert row["coupling"] == pytest.approx(1.0)


def test_every_row_has_the_same_columns() -> None:
    rng = np.random.default_rng(0)
    whole = flat(measure_values(pooled([part(0, rng)]), 0))
    bare = TrainingRecord(
        0,
        [],
        [{"item": 0, "sample": 0, **dict.fromkeys(BOTH, 0.5)}],
        dict.fromkeys(("floor_prior", "floor_nearest", "ceiling"), 0.5),
        1,
        [],
    )
    old = flat(measure_values(pooled([bare]), 0))
    assert list(whole) == list(old) == list(flat(measure_values(None, 0)))
    assert old["quality"] == 0.5 and math.isnan(old["quality_constrained"]) and math.isnan(old["within_5_constrained"])
    assert pooled([]) is None


def test_a_training_that_stopped_is_a_problem_and_no_number() -> None:
    rng = np.random.default_rng(0)
    floors = {"floor_prior": 0.1, "floor_nearest": 0.5, "ceiling": 0.9}
    stopped = TrainingRecord(1, history("a", 1, [9.0], [0.0]), [], floors, 7, ["the loss was nan"])
    good = part(0, rng)
    both, alone = pooled([stopped, good]), pooled([good])
    assert both is not None and alone is not None
    assert both.seeds == 1 and both.problems == ["the loss was nan"] and both.bits == alone.bits == [1.0]
    np.testing.assert_equal(flat(measure_values(both, 0)), flat(measure_values(alone, 0)))
    none = pooled([stopped])
    assert none is not None and none.seeds == 0 and math.isnan(measure_values(none, 0)["quality"].value)


def test_the_tables_of_a_run() -> None:
    rng = np.random.default_rng(0)
    first, second = part(0, rng), part(1, rng)
    word = {"representation": "a", "expression": "e", "token_text": "x", "class": "number"}
    rows = [word | {"seed": 0, "n_edits": 3, "token": 5} | row for row in tokens(rng, 2, 0.5)]
    rows[0]["sensitivity"] = None
    frame = model_token_frame({"a": [replace(first, tokens=rows), second]})
    assert frame.height == len(rows) and frame["sensitivity"].null_count() == 1
    assert frame["entropy"].to_list() == [row["entropy"] for row in rows]
    assert model_token_frame({}).columns == frame.columns
    table = training_frame({"a": [first, second]})
    assert table["seed"].to_list() == [0, 1] and table["ceiling"].to_list() == [0.9, 0.9]
    assert table["flops"].to_list() == [1.0, 1.0] and table["seconds"].null_count() == 2


def test_figures_say_what_they_rest_on() -> None:
    rows = [{"representation": spec, "coupling": 0.5, "coupling_low": 0.1, "coupling_high": 0.9} for spec in ("a", "b")]
    rng = np.random.default_rng(0)
    along = [
        row
        | {
            "gradient_alignment": 0.1,
            "gradient_alignment_se": 0.05,
            "gradient_items": 16,
            "gradient_samples": 8,
            "step": 2 ** row["step"],
        }
        for spec in ("a", "b")
        for seed in range(2)
        for row in history(spec, seed, list(rng.random(5) + 1), list(rng.random(5)))
    ]
    for chart, words in (
        (coupling_along_training(rows, along), ("5 checkpoints each, 4 trainings", "bits per expression", "95 % interval")),
        (alignment_along_training(along), ("16 observations, 8 samples each", "training step")),
        (quality_along_training(along), ("20 checkpoints of 4 trainings", "bits per expression")),
    ):
        document = json.dumps(chart.to_dict(), ensure_ascii=False)
        assert all(word in document for word in words)
        assert "NaN" not in document
        assert as_svg(chart).startswith("<svg")
