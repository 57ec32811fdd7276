"""The explorer's documents: what is counted and shown, against edits enumerated and simulated one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import distances, metric
from kappabar.evaluate.edits.per_token import PerTokenEdits
from kappabar.evaluate.edits.token import TokenNeighbors
from kappabar.evaluate.explore.documents import choose, for_run, inspect, part
from kappabar.evaluate.report.page import script_json
from kappabar.evaluate.results.behavior_text import LEVELS, pack, rounded, unpack
from kappabar.evaluate.results.files import slug, write_json
from kappabar.evaluate.semantics.base import Status
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.tree import Node
from kappabar.representations.representation import representation

SPIRAL = "x' = y; y' = -2*x - 0.3*y @ x=1, y=0; T=6"
sequences = st.lists(st.integers(0, 4), min_size=1, max_size=6)


@given(sequences, st.integers(1, 12), st.integers(0, 9))
def test_each_token_has_its_share_of_distinct_edits(ids, each, seed):
    neighbors = TokenNeighbors(tuple(ids), 5)
    ranks = PerTokenEdits(each).ranks(neighbors, None, np.random.default_rng(seed)).tolist()
    assert len(set(ranks)) == len(ranks)
    at = [min(neighbors.at(r)[1], len(ids) - 1) for r in ranks]
    everything = [min(neighbors.at(r)[1], len(ids) - 1) for r in range(len(neighbors))]
    for position in range(len(ids)):
        assert at.count(position) == min(each, everything.count(position))


@given(sequences, st.integers(0, 9))
def test_where_all_are_drawn_it_is_the_neighborhood(ids, seed):
    neighbors = TokenNeighbors(tuple(ids), 5)
    assert PerTokenEdits(99).ranks(neighbors, None, np.random.default_rng(seed)).tolist() == list(range(len(neighbors)))


@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 99))
def test_packed_behaviors_come_back_to_half_a_level(times, dim, seed):
    rng = np.random.default_rng(seed)
    low, high = -rng.random(dim) - 0.1, rng.random(dim) + 0.1
    y = low + rng.random((2, times, dim)) * (high - low)
    for text, rows in zip(pack(y, low, high), y, strict=True):
        assert len(text) == 2 * times * dim
        assert np.abs(unpack(text, low, high) - rows).max() <= 0.5001 * (high - low).max() / (LEVELS - 1)


def test_what_leaves_the_frame_is_at_its_edge():
    (text,) = pack(np.array([[[5.0], [-7.0]]]), np.array([0.0]), np.array([1.0]))
    assert unpack(text, np.array([0.0]), np.array([1.0])).ravel().tolist() == [1.0, 0.0]


@given(st.floats(1e-6, 1e9), st.floats(-1, 1))
def test_rounding_keeps_what_a_plot_shows(span, share):
    (value,) = rounded(np.array([share * span]), span)
    assert abs(value - share * span) <= 1e-4 * span


@pytest.fixture(scope="module")
def spiral():
    place = domain("ode")
    system = place.parse(SPIRAL)
    chosen = representation("prefix | digits:2", "ode", corpus=[system])
    return place, system, chosen, inspect(system, [chosen], place, metric("bounded-l2"), seed=3, edits_per_token=10_000)


def test_tokens_are_those_of_the_representation(spiral):
    _, system, chosen, document = spiral
    (strip,) = document["representations"]
    assert [t["text"] for t in strip["tokens"]] == [t.text for t in chosen.tokenize(system)]
    assert strip["note"] is None and strip["equation"] is None
    assert "".join(p[0] for p in document["equation"]) == "y|-2*x - 0.3*y"


def test_sensitivities_are_means_over_all_edits_at_a_token(spiral):
    """With every edit drawn, against decoding and simulating each by itself."""
    place, system, chosen, document = spiral
    ids = tuple(chosen.encode(system))
    neighbors = TokenNeighbors(ids, len(chosen.vocabulary))
    tokens = document["representations"][0]["tokens"]
    assert sum(t["n_edits"] for t in tokens) == len(neighbors)
    from kappabar.evaluate.kappa.measure import prepare

    original = prepare(chosen, system, place, metric("bounded-l2"))
    position = next(i for i, t in enumerate(tokens) if t["n_counted"] > 5)
    found, valid = [], 0
    for rank in range(len(neighbors)):
        kind, at, token = neighbors.at(rank)
        tree = chosen.decode(neighbors.apply(kind, at, token))
        if min(at, len(ids) - 1) != position or not isinstance(tree, Node):
            continue
        if not place.comparable(tree, system):
            continue
        valid += 1
        behavior = place.semantics.simulate([tree], original.setting)
        if behavior.status.max() != Status.UNRESOLVED:
            found.append(float(distances(metric("bounded-l2"), original.behavior, behavior.y)[0]))
    assert tokens[position]["n_valid"] == valid and tokens[position]["n_counted"] == len(found)
    assert tokens[position]["sensitivity"] == pytest.approx(np.mean(found), abs=1e-4)
    assert tokens[position]["worst"]["distance"] == pytest.approx(max(found), abs=1e-4)
    assert tokens[position]["typical"]["distance"] == pytest.approx(sorted(found)[(len(found) - 1) // 2], abs=1e-4)


def test_the_edited_equation_has_the_edited_behavior(spiral):
    """What is written can be typed in again, and does what is drawn."""
    place, _, _, document = spiral
    edits = [t["worst"] for t in document["representations"][0]["tokens"] if t["worst"] and t["worst"]["outcome"] == "ok"]
    assert edits
    for edit in edits[:5]:
        again = place.parse(edit["equation"].replace("′", "'") + " @ x=1, y=0; T=6")
        behavior = place.semantics.simulate([again.tree], place.semantics.setting(again)).y[0, 0]
        assert np.allclose(behavior, edit["y"], rtol=1e-3, atol=2e-3 * np.abs(behavior).max())


def test_packed_is_the_same_document_in_fewer_bytes(spiral):
    place, system, chosen, document = spiral
    packed = inspect(system, [chosen], place, metric("bounded-l2"), seed=3, edits_per_token=10_000, packed=True)
    low, high = np.array(packed["frame"]).T
    assert np.allclose(unpack(packed["behaviors"][packed["y"]], low, high), document["y"], atol=2 * (high - low).max() / LEVELS)
    plain, small = document["representations"][0]["tokens"], packed["representations"][0]["tokens"]
    for a, b in zip(plain, small, strict=True):
        assert (a["worst"] is None) == (b["worst"] is None)
        if a["worst"]:
            rows = np.clip(np.array(a["worst"]["y"], dtype=float), low, high)  # None, where there is no value, becomes NaN
            drawn = unpack(packed["behaviors"][b["worst"]["y"]], low, high)
            assert np.allclose(drawn, rows, atol=2 * (high - low).max() / LEVELS, equal_nan=True)
    assert len(json.dumps(packed)) < 0.6 * len(json.dumps(document))


def test_the_same_seed_gives_the_same_bytes():
    place = domain("ode")
    system = place.parse(SPIRAL)
    chosen = representation("infix | chars", "ode", corpus=[system])
    texts = {json.dumps(inspect(system, [chosen], place, metric("bounded-l2"), seed=1, edits_per_token=6)) for _ in range(2)}
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [("function", "sin(3*x) + 0.5*x^2 @ x=-3..3", "curve"), ("function", "x*y @ x=0..1, y=0..2", "scatter"),
     ("map", "x[n+1] = 3.7*x*(1 - x) @ x=0.3; T=40", "orbit")],
)  # fmt: skip
def test_other_domains(name, text, form):
    place = domain(name)
    system = place.parse(text)
    chosen = representation("prefix | digits:2", name, corpus=[system])
    document = inspect(system, [chosen], place, metric("bounded-l2"), edits_per_token=8)
    assert document["form"] == form
    assert len(document["t"]) == len(document["y"])
    assert any(t["worst"] for t in document["representations"][0]["tokens"])


def test_a_table_shows_the_values_themselves(tmp_path, monkeypatch):
    """Packed behaviors are rounded to a frame around the original; what is read as a number must not be."""
    monkeypatch.chdir(Path(__file__).parents[3])
    place = domain("examples.boolean:BOOLEAN")
    table = place.parse("a and (b or not c)")
    values = replace(place, semantics=replace(place.semantics, value=_counted), metric="bounded-l2")
    system = values.parse("a and (b or not c)")
    chosen = values.representation("prefix", values.corpus(), [table.tree])
    kept = part(lambda _: chosen, [system], values, metric("bounded-l2"), 0)
    assert kept[0]["form"] == "table" and "behaviors" not in kept[0]
    assert kept[0]["y"] == [[1000.3 + k] for k in range(8)]
    for spec in ("a", "b"):
        write_json(tmp_path / f"{slug(spec)}.explorer.json", kept)
    (document,), _ = for_run(tmp_path, ["a", "b"])
    assert len(document["representations"]) == 2


def _counted(tree, inputs):
    return 1000.3 + np.arange(len(inputs)) + (0.25 if tree.symbol == "or" else 0.0)


def test_a_representation_that_cannot_write_it_says_why():
    place = domain("ode")
    chosen = representation("prefix | digits:2", "ode", corpus=[place.parse("x' = -x @ x=1; T=1")])
    (strip,) = inspect(place.parse(SPIRAL), [chosen], place, metric("bounded-l2"), edits_per_token=4)["representations"]
    assert strip["tokens"] == [] and "2 equations" in strip["note"]


def test_a_system_that_blows_up_is_an_error_of_one_line():
    place = domain("ode")
    system = place.parse("x' = x^2 @ x=1; T=3")
    with pytest.raises(ConditionError, match="diverged up to the horizon"):
        inspect(system, [], place, metric("bounded-l2"))


def always(chosen):
    return lambda system: chosen


def test_for_run_joins_parts_and_stays_within_its_room(tmp_path):
    place, measure = domain("ode"), metric("bounded-l2")
    systems = [place.parse(SPIRAL), place.parse("x' = -0.5*x @ x=2; T=4")]
    systems = [replace(s, name=n) for s, n in zip(systems, ("spiral </script>", "decay"), strict=True)]
    specs = ["prefix | digits:2", "infix | chars"]
    for spec in specs:
        kept = part(always(representation(spec, "ode", corpus=systems)), systems, place, measure, 0)
        write_json(tmp_path / f"{slug(spec)}.explorer.json", kept)
    documents, note = for_run(tmp_path, specs)
    assert {d["name"] for d in documents} == {"spiral </script>", "decay"} and note == ""
    for d in documents:
        assert [r["spec"] for r in d["representations"]] == specs
        indices = [t[w]["y"] for r in d["representations"] for t in r["tokens"] for w in ("worst", "typical") if t[w]]
        assert max(indices) < len(d["behaviors"]) and len(set(d["behaviors"])) == len(d["behaviors"])
    assert "</script" not in script_json(documents) and json.loads(script_json(documents)) == documents
    size = len(json.dumps(documents[0], separators=(",", ":")))
    fewer, note = for_run(tmp_path, specs, most_bytes=size)
    assert len(fewer) == 1 and "Left out" in note
    assert for_run(tmp_path, ["postfix | digits:3"]) == ([], "")


def test_expressions_of_one_name_stay_apart(tmp_path):
    place, measure = domain("ode"), metric("bounded-l2")
    systems = [place.parse("x' = -2*x @ x=1; T=4"), place.parse("x' = 1 - x @ x=0; T=4")]  # without a name of their own
    specs = ["prefix | digits:2", "infix | chars"]
    for spec in specs:
        kept = part(always(representation(spec, "ode", corpus=systems)), systems, place, measure, 0)
        write_json(tmp_path / f"{slug(spec)}.explorer.json", kept)
    documents, _ = for_run(tmp_path, specs)
    assert [[r["spec"] for r in d["representations"]] for d in documents] == [specs, specs]
    assert documents[0]["equation"] != documents[1]["equation"]


@settings(max_examples=20)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(1, 9))
def test_the_choice_is_small_and_has_the_famous_one(sizes, most):
    place = domain("ode")
    systems = [replace(place.parse("x' = " + "+".join(["x"] * n)), name=f"s{i}") for i, n in enumerate(sizes)]
    systems.append(replace(place.parse(SPIRAL), name="lorenz (chaotic)"))
    found = choose(systems, most)
    assert found[0].name == "lorenz (chaotic)"
    assert len(found) == len({s.name for s in found}) == min(most, len(systems))
