"""What becomes of undefined points and infinite distances in all that reads them: distances, κ, files, pages, Q. Oracles are
plain loops."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.cli.terminal import show_kappa, show_simulation
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.compare.ranking import rank
from kappabar.evaluate.compare.summary import summarize
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import METRICS, Metric, as_metric, distances
from kappabar.evaluate.domains.references import lacking, reference
from kappabar.evaluate.explore.documents import inspect
from kappabar.evaluate.expression.simulate import simulate
from kappabar.evaluate.kappa.measure import NotMeasured, compared_status, prepare
from kappabar.evaluate.kappa.tables import load_kappa, save_kappa
from kappabar.evaluate.quality.task.observe import curves, observable, observed_rows
from kappabar.evaluate.quality.task.outcomes import Item, score
from kappabar.evaluate.report.figures import kappa_distributions
from kappabar.evaluate.report.table import cells
from kappabar.evaluate.results.behavior_text import pack, rounded, unpack
from kappabar.evaluate.semantics.base import Behaviors, Status
from kappabar.evaluate.statistics.correlation import spearman
from kappabar.grammars.errors import ConditionError, KappabarError, SpecError
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import representation

FUNCTION, MAP, ODE = domain("function"), domain("map"), domain("ode")
HOLES = st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(math.nan)), min_size=12, max_size=12)


def by_hand(name: str, reference: Any, other: Any) -> float:
    """One dimension, point by point."""
    there = [t for t in range(len(reference)) if not math.isnan(reference[t])]
    both = [t for t in there if not math.isnan(other[t])]
    share = 1 - len(both) / len(there) if there else 0.0
    x, y = (math.sqrt(sum(v[t] ** 2 for t in both)) for v in (reference, other))
    apart = math.sqrt(sum((reference[t] - other[t]) ** 2 for t in both))
    if name == "relative-l2":
        d = apart / x if x else (math.inf if apart else 0.0)
        return math.nan if share else d
    d = min(1.0, apart / (x + y)) if x + y else 0.0
    return (1 - share) * d + share


@given(HOLES, HOLES)
@pytest.mark.parametrize("name", ["bounded-l2", "relative-l2"])
def test_distances_leave_out_what_the_reference_lacks_and_count_what_the_other_lacks(
    name: str, x: list[float], y: list[float]
) -> None:
    arrays = [np.where(np.abs(v) < 1e-3, 0.0, v)[None, :, None] for v in (np.array(x), np.array(y))]
    found = distances(METRICS[name], arrays[0], arrays[1][None])[0]
    expected = by_hand(name, arrays[0][0, :, 0].tolist(), arrays[1][0, :, 0].tolist())
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", ["bounded-l2", "relative-l2"])
@pytest.mark.parametrize(
    ("place", "own", "others"),
    [
        (
            FUNCTION,
            "y = log(x + 2)",
            ["y = log(x + 1)", "y = sqrt(x)", "y = x", "y = 1/x", "y = log(-x^2 - 1)", "y = exp(900*x)"],
        ),
        (
            MAP,
            "x[n+1] = 1.5*x*(1 - x) @ x=0.4; T=40",
            ["x[n+1] = log(x) @ x=0.4; T=40", "x[n+1] = sqrt(0.3 - x)", "x[n+1] = x/(x - x)"],
        ),
    ],
)
def test_sums_on_the_fly_are_the_stored_behaviors_distances(name: str, place: Any, own: str, others: list[str]) -> None:
    system = place.parse(own)
    setting = place.semantics.setting(system)
    trees = [place.parse(text).tree for text in others]
    whole = place.semantics.simulate([system.tree], setting).y[0]
    for reference_y in (whole, np.where(np.arange(whole.shape[1])[:, None] < whole.shape[1] * 0.6, whole, np.nan)):
        found = place.semantics.distances(trees, setting, reference_y, METRICS[name].running)
        stored = place.semantics.simulate(trees, setting)
        for i, d in enumerate(found.distance):
            assert d == pytest.approx(by_hand(name, reference_y[0, :, 0], stored.y[i, 0, :, 0]), rel=1e-9, nan_ok=True)
            lost = np.isnan(stored.y[i, 0, :, 0]) & ~np.isnan(reference_y[0, :, 0])
            assert (found.status[i, 0] == Status.UNDEFINED) == lost.any()


def test_a_metric_of_ones_own_is_given_the_common_points_alone() -> None:
    seen: list[tuple[int, ...]] = []

    def farthest(x: Any, y: Any) -> float:
        assert np.isfinite(x).all() and np.isfinite(y).all()
        seen.append(x.shape)
        return float(np.abs(x - y).max())

    x, y = np.arange(6.0)[None, :, None], np.arange(6.0)[None, :, None] + 1
    y[0, 4:] = np.nan
    assert np.isnan(distances(as_metric("farthest", farthest), x, y[None])[0])  # unbounded: none
    bounded = Metric("farthest", as_metric("farthest", farthest).function, 5.0)
    assert distances(bounded, x, y[None])[0] == pytest.approx(4 / 6 * 1 + 2 / 6 * 5)
    assert set(seen) == {(4, 1)}
    assert distances(bounded, y, x[None])[0] == pytest.approx(1.0)  # what the reference lacks is nobody's


def test_one_point_without_a_value_does_not_drop_a_function() -> None:
    found = kappa("prefix", [parse("y = 1/x", "function")], domain="function", edits_per_expression=300)
    assert not found.skipped
    (item,) = found.measured
    assert item.n_left_out == 1
    document = found.as_dict()
    json.dumps(document, allow_nan=False)
    assert document["per_expression"][0]["n_left_out"] == 1
    assert document["n_undefined"] == item.count("undefined") > 0
    assert any("1 points, in 1 of 1" in note for note in document["notes"])
    undefined = item.distance[item.outcomes.mask("undefined")]
    assert (undefined > 0).all()
    assert (undefined <= 1).all()


def test_what_has_no_value_nearly_anywhere_is_skipped_in_words_of_its_own() -> None:
    def reason(text: str, place: Any) -> str:
        found = prepare(representation("prefix", place.name), place.parse(text), place, METRICS["bounded-l2"])
        assert isinstance(found, NotMeasured)
        return found.reason

    assert reason("y = log(x - 4.9)", FUNCTION) == "it has no value at 199 of 201 points; a tenth must have one"
    assert reason("x[n+1] = log(x) @ x=3; T=20", MAP) == "its own behavior is undefined after 4 of 21 outputs; half are needed"
    assert reason("x[n+1] = 5*x*(1 - x) @ x=0.4; T=50", MAP) == "its own behavior is diverged up to the horizon"


def test_what_is_compared_decides_the_status() -> None:
    """At the first of three points the original has no value. Others by what they are there, and at the last: undefined, too
    large, or fine."""
    nan, edge, setting = math.nan, 100.0, replace(FUNCTION.semantics.setting(parse("y = x", "function")), box=np.array([100.0]))
    own = np.array([[[nan], [1.0], [2.0]]])
    rows = [((nan, 2.0), "undefined", "ok"), ((nan, edge), "undefined", "diverged"), ((edge, 2.0), "diverged", "ok"),
            ((edge, -edge), "diverged", "diverged"), ((1.0, nan), "undefined", "undefined"), ((edge, nan), "undefined",
                                                                                              "undefined"),
            ((nan, 2.0), "unresolved", "unresolved"), ((1.0, 2.0), "ok", "ok")]  # fmt: skip
    y = np.array([[[[first], [1.0], [last]]] for (first, last), _, _ in rows])
    status = np.array([[Status[word.upper()]] for _, word, _ in rows], dtype=np.int8)
    found = compared_status(own, Behaviors(np.arange(3.0), y, status), setting, False)
    assert [Status(int(s)).name.lower() for s in found[:, 0]] == [word for _, _, word in rows]
    series = compared_status(own, Behaviors(np.arange(3.0), y, status), setting, True)
    assert series[2, 0] == Status.DIVERGED and series[0, 0] == Status.OK


def test_every_start_must_have_enough_points() -> None:
    """One that ends early is not made up for by another that does not."""
    y = np.ones((2, 10, 1))
    assert lacking(y, ODE) == lacking(y, FUNCTION) == ""
    y[1, 5:] = math.nan
    assert lacking(y, ODE) == ""
    y[1, 4:] = math.nan
    assert lacking(y, ODE) == "its own behavior is undefined after 4 of 10 outputs; half are needed" and not lacking(y, FUNCTION)
    y[1] = math.nan
    assert lacking(y, FUNCTION) == "it has no value at 10 of 10 points; a tenth must have one"


def test_a_formula_in_si_units_and_one_that_overflows_somewhere_are_measured() -> None:
    for text in ("y = 6.6e-34*x^2", "y = 3e8*x^3", "y = exp(300*x)"):
        found = kappa("prefix", [parse(text, "function")], domain="function", edits_per_expression=100)
        assert found.measured, text
        assert 0 < found.mean.value < 1


ZERO = "x[n+1] = 2*x @ x=0; T=9"


def test_an_infinite_distance_is_a_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By hand: of a reference that rests at zero, every edit that moves is infinitely far."""
    found = kappa("prefix | bins:8,log", [parse(ZERO, "map")], domain="map", metric="relative-l2", edits_per_expression=None)
    (item,) = found.measured
    values = item.distance[~np.isnan(item.distance)]
    assert set(values.tolist()) == {0.0, math.inf}
    assert found.mean.value == found.sup.value == found.at(4).value == math.inf
    document = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert document["mean"] == {"value": "inf", "low": None, "high": None}
    assert document["per_expression"][0]["sup"] == document["quantiles"]["0.9"] == "inf"
    assert document["share_above"]["0.5"] == pytest.approx(np.isinf(values).mean())
    save_kappa(tmp_path, found)
    again = load_kappa(tmp_path, found.representation)
    assert again is not None
    assert again.mean.value == math.inf
    assert again.count("undefined") == found.count("undefined")
    show_kappa([found])
    assert "inf" in capsys.readouterr().out
    row = summarize([found], [10], [None], 0)[0] | {"place_kappa": "", "place_quality": ""}
    shown = {cell.column.name: cell.text for cell in cells(row)}
    assert shown["kappa_mean"] == "∞"
    assert shown["n_undefined"] == str(found.count("undefined"))


def test_the_share_that_is_infinite_moves_only_what_reaches_it() -> None:
    found = kappa(
        "prefix | bins:8,log", [parse(ZERO, "map"), parse("x[n+1] = x/2 @ x=1; T=9", "map")], domain="map", metric="relative-l2"
    )
    means = found.means
    assert math.isinf(means[0])
    assert math.isfinite(means[1])
    assert math.isinf(found.mean.value)


def test_the_attractor_metric_is_refused_where_there_is_no_time() -> None:
    with pytest.raises(SpecError, match=r"'attractor' compares behaviors over time, and domain 'function' has no time"):
        kappa("prefix", [parse("y = x", "function")], domain="function", metric="attractor")
    timed = replace(FUNCTION, series=True, name="waves")
    assert timed.distance("attractor").name == "attractor"
    assert ODE.distance("attractor").series


@pytest.mark.parametrize(
    "text",
    [
        "x' = -x @ x=1; T=60",
        "x' = y; y' = -x - 0.4*y @ x=1, y=0; T=200",
        "x' = 1 - x @ x=0; T=30",
        "x' = -0.5*x + 0.3*y; y' = -0.3*x - 0.5*y @ x=2, y=1; T=30",
    ],
)
def test_what_came_to_rest_is_not_judged_by_the_solvers_noise(text: str) -> None:
    loose, tight = (simulate(text, rtol=rtol, atol=rtol / 1e3).behaviors.y for rtol in (1e-6, 1e-10))
    assert distances(METRICS["attractor"], tight[0], loose)[0] < 0.01
    assert distances(METRICS["attractor"], loose[0], tight)[0] < 0.01


def test_redundancy_goes_by_the_metrics_own_epsilon() -> None:
    system = parse("x' = y; y' = -x @ x=1, y=0; T=30")
    found = {name: kappa("prefix", [system], metric=name, edits_per_expression=200) for name in ("attractor", "bounded-l2")}
    for name, epsilon in (("attractor", 0.25), ("bounded-l2", 0.01)):
        item = found[name].measured[0]
        assert found[name].redundancy.value == pytest.approx((item.distance <= epsilon).sum() / item.n_edits)
    with pytest.raises(SpecError, match="epsilon"):
        Metric("mine", METRICS["bounded-l2"].function, 1.0, epsilon=-1.0)


def test_simulations_say_where_they_are_undefined(capsys: pytest.CaptureFixture[str]) -> None:
    found = simulate("x[n+1] = log(x) @ x=3; T=6", domain="map")
    document = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert document["status"] == "undefined"
    assert [row[0] is None for row in document["y"][0]] == [False] * 4 + [True] * 3
    show_simulation(found)
    assert "undefined" in (text := capsys.readouterr().out)
    assert "3 of them without a value" in text
    assert found.to_frame().height == 7
    assert simulate("y = sin(x)/x", domain="function").status == "ok"


def test_documents_of_undefined_behaviors_are_json_and_say_so() -> None:
    system = replace(parse("y = 1/x", "function"), name="pole")
    chosen = [representation("prefix", "function")]
    plain, packed = (inspect(system, chosen, FUNCTION, METRICS["bounded-l2"], packed=p) for p in (False, True))
    json.dumps([plain, packed], allow_nan=False)
    assert [k for k, row in enumerate(plain["y"]) if row == [None]] == [100]
    assert packed["behaviors"][packed["y"]][200:202] == ".."
    with pytest.raises(ConditionError, match=r"it has no value at 199 of 201 points.*choose other inputs"):
        inspect(parse("y = log(x - 4.9)", "function"), [representation("prefix", "function")], FUNCTION, METRICS["bounded-l2"])
    y = np.array([[[0.5], [np.nan], [1.0]]])
    back = unpack(pack(y, np.zeros(1), np.ones(1))[0], np.zeros(1), np.ones(1))
    assert back[:, 0].tolist() == pytest.approx([0.5, np.nan, 1.0], abs=1e-3, nan_ok=True)
    assert rounded(y[0], 1.0) == [[0.5], [None], [1.0]]


def test_what_is_written_is_scored_over_the_points_that_the_truth_has() -> None:
    system = parse("y = log(x)", "function")
    setting = FUNCTION.semantics.setting(system)
    truth = reference(FUNCTION.semantics.simulate([system.tree], setting), setting, FUNCTION)
    assert not isinstance(truth, str)
    item = Item(system, setting, truth)
    texts = ["y = log(x)", "y = log(abs(x) + 0*x)", "y = log(x - 1)", "y = x"]
    same, wider, narrower, other = score(FUNCTION, [item] * 4, [parse(t, "function").tree for t in texts])
    assert (same.status, same.q, same.r2) == ("ok", 1.0, 1.0)
    assert wider.status == "ok"
    assert wider.q == pytest.approx(1.0)
    assert narrower.status == "undefined"
    assert math.isnan(narrower.r2)
    assert math.isnan(narrower.relative_l2)
    y = FUNCTION.semantics.simulate([parse(texts[2], "function").tree], setting).y[0, 0, :, 0]
    assert narrower.q == pytest.approx(1 - by_hand("bounded-l2", truth[0, :, 0], y))
    assert other.r2 < 1


def test_an_observer_looks_where_there_is_something_to_see() -> None:
    system = parse("y = 1/x", "function")
    y = np.arange(201.0)[:, None]
    assert (observed_rows(FUNCTION, system, y, 11) == FUNCTION.observer.rows(system, 201, 11)).all()
    y[[0, 20, 21, 200]] = np.nan
    rows = observed_rows(FUNCTION, system, y, 11)
    assert rows.tolist() == [1, 19, *range(40, 200, 20), 199]


def test_published_functions_are_measured_but_for_a_few(corpora: Path) -> None:
    """Before points were left out, 109 of the readable functions of one list were dropped for one point in 201 or more."""
    read, kept = 0, 0
    with (corpora / "dso-benchmarks.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                system = FUNCTION.parse("y = " + row["expression"])
                setting = FUNCTION.semantics.setting(system)
            except KappabarError:
                continue
            read += 1
            kept += not isinstance(reference(FUNCTION.semantics.simulate([system.tree], setting), setting, FUNCTION), str)
    assert read >= 150
    assert kept >= 0.98 * read


def test_pages_bear_infinite_figures() -> None:
    """Charts are JSON, which has no infinity; ranks have; and no test can tell what has no variance."""
    systems = [parse(ZERO, "map"), parse("x[n+1] = x/2 @ x=1; T=9", "map"), parse("x[n+1] = 0.3*x*(1 - x) @ x=0.5; T=9", "map")]
    specs = ("prefix | bins:8,log", "postfix | bins:8,log")
    found = [kappa(spec, systems, domain="map", metric="relative-l2", edits_per_expression=None) for spec in specs]
    chart = kappa_distributions(found)
    text = json.dumps(chart.to_dict(), allow_nan=False)
    assert "2 infinite means" in text
    ranking = rank(["a", "b"], [k.means[None] for k in found], smaller=True)
    assert [p.value for p in ranking.ranges] == [math.inf, math.inf]
    assert ranking.n_apart == 0
    assert spearman([1.0, math.inf, 2.0, 3.0], [1.0, 9.0, 2.0, 3.0]) == pytest.approx(1.0)


def test_a_model_may_learn_from_functions_with_holes_and_not_from_what_single_precision_cannot_bear() -> None:
    def seen(text: str) -> Any:
        system = parse(text, "function")
        setting = FUNCTION.semantics.setting(system)
        return observable(FUNCTION.semantics.simulate([system.tree], setting), setting, FUNCTION)

    assert np.isnan(seen("y = 1/x")).sum() == 1
    assert seen("y = 1e31*x") is None
    assert seen("y = log(x - 4.9)") is None
    system = parse("y = 1/x", "function")
    setting = FUNCTION.semantics.setting(system)
    curve = curves(FUNCTION, [system], [setting], [seen("y = 1/x")], 31, 2)
    assert np.isfinite(curve.values).all()
    assert curve.values[0, :, 0] == pytest.approx(1 / curve.values[0, :, 1], rel=1e-5)
