"""φ from one function, and a domain of sequences whose behaviors differ in length."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import Domain
from kappabar.evaluate.domains.metrics import distances
from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.evaluate.explore.documents import inspect
from kappabar.evaluate.kappa.writing import left_sides
from kappabar.evaluate.quality.decoding.constrain import constraint
from kappabar.evaluate.quality.task.observe import columns_of
from kappabar.evaluate.quality.task.task import TaskConfig, build_task
from kappabar.evaluate.semantics.base import Status
from kappabar.evaluate.semantics.meaning import Meaning
from kappabar.grammars.errors import ConditionError, KappabarError, SpecError
from kappabar.grammars.tree import Node, System, system


@pytest.fixture(scope="module")
def strings() -> Domain:
    examples = pytest.importorskip("examples.strings", reason="the examples are not beside the tests")
    place: Domain = examples.STRINGS
    return place


def _met(rows: Any) -> Callable[[Node], Any]:
    return lambda tree: rows


def _raising(error: Exception) -> Callable[[Node], Any]:
    def meaning(tree: Node) -> Any:
        raise error

    return meaning


TREE = system(Node("A"))


@pytest.mark.parametrize(
    ("given_", "status", "y"),
    [
        (_met([1, 2]), Status.OK, [1, 2, 0, 0]),
        (_met([]), Status.OK, [0, 0, 0, 0]),
        (_met(None), Status.UNDEFINED, [np.nan] * 4),
        (_met([1] * 5), Status.UNRESOLVED, [0, 0, 0, 0]),
        (_raising(OverflowError("no")), Status.UNRESOLVED, [0, 0, 0, 0]),
    ],
)
def test_what_a_function_gives_is_a_behavior_with_a_status(given_: Any, status: Status, y: list[float]) -> None:
    phi = Meaning(given_, longest=4)
    setting = phi.setting(System(TREE, ()))
    found = phi.simulate([TREE, TREE], setting)
    assert found.y.shape == (2, 1, 4, 1) and found.status.tolist() == [[status]] * 2
    assert np.array_equal(found.y[1, 0, :, 0], y, equal_nan=True)
    assert [b.y.shape for b in phi.simulate([TREE, TREE], [setting] * 2)] == [(1, 1, 4, 1)] * 2
    assert setting.x0.shape == (len(setting.t), 0), "no input at each point, which the explorer's table goes by"
    with pytest.raises(ValueError, match="zip"):
        phi.simulate([TREE, TREE], [setting])


@pytest.mark.parametrize("wrong", [_met([[1, 2]]), _met(1.0), _met([np.nan]), _met([np.inf]), _raising(KeyError("k"))])
def test_a_mistake_in_it_is_one_line(wrong: Any) -> None:
    phi = Meaning(wrong, longest=4)
    with pytest.raises(SpecError) as caught:
        phi.simulate([TREE], phi.setting(System(TREE, ())))
    assert "\n" not in str(caught.value)


def test_rows_may_have_several_columns_and_another_end() -> None:
    phi = Meaning(_met([[1, 2]]), longest=2, columns=2, end=-1)
    assert phi.simulate([TREE], phi.setting(System(TREE, ()))).y[0, 0].tolist() == [[1, 2], [-1, -1]]
    for conditions in ({"x0": [[1.0]]}, {"t_end": 1.0}):
        with pytest.raises(ConditionError, match="no start and no horizon"):
            phi.setting(System(TREE, ()), **conditions)  # type: ignore[arg-type]


@given(st.lists(st.text("ABCD", min_size=1, max_size=12), min_size=2, max_size=2))
def test_graphs_of_unequal_size_are_as_far_apart_as_sets_say(texts: list[str]) -> None:
    strings = pytest.importorskip("examples.strings").STRINGS
    pair = [strings.parse(text) for text in texts]
    found = strings.semantics.simulate([s.tree for s in pair], strings.semantics.setting(pair[0]))
    graphs = [set(pairwise(text)) for text in texts]
    assert [s == Status.UNDEFINED for s in found.status[:, 0]] == [not g for g in graphs]
    if all(graphs):
        apart = len(graphs[0] ^ graphs[1]) / len(graphs[0] | graphs[1])
        assert distances(strings.distance(), found.y[0], found.y[1:])[0] == pytest.approx(apart, abs=1e-15)
        assert set(strings.said(found.y[0, 0]).split(", ")) == {f"{a}→{b}" for a, b in graphs[0]}


def test_sequences_of_any_length_are_compared_and_observed(strings: Domain) -> None:
    short, long = strings.parse("AB"), strings.parse("ABCDABCD")
    assert strings.comparable(long.tree, short) and columns_of(short, strings) == columns_of(long, strings) == 1
    assert set(left_sides(long, closed=False)) == {""}
    assert load(["ABBA", "sample:3"], strings).systems[0].tree == strings.parse("ABBA").tree
    with pytest.raises(KappabarError):
        load(["ABBX"], strings)
    with pytest.raises(SpecError, match="closed=False"):
        replace(strings, closed=True)


def test_a_task_of_sequences_has_lengths_that_nobody_is_told(strings: Domain) -> None:
    task = build_task(strings, TaskConfig(n_train=120, n_val=10, n_test=10), 0)
    assert len({len(i.system.equations) for i in task.items}) > 1
    made = strings.representation("symbols | kmers:2", list(task.train.systems))
    shapes = constraint(made, [len(i.system.equations) for i in task.items], [0] * len(task.items))
    assert len(set(shapes.shapes)) == 1  # type: ignore[attr-defined]


def test_edits_are_shown_as_texts_of_any_length(strings: Domain) -> None:
    one, made = strings.parse("ABBA"), strings.representation("symbols", [strings.parse("ABCD")])
    shown = inspect(one, [made], strings, strings.distance())
    strips = shown["representations"][0]["tokens"]
    texts = {e["equation"] for token in strips for e in (token["worst"], token["typical"]) if e}
    assert texts and all(set(text) <= set("ABCD") for text in texts)
    assert {len(text) for text in texts} - {4}
    assert "".join(text for text, *_ in shown["equation"]) == "ABBA"


def test_the_example_is_short_and_is_the_tutorials_code() -> None:
    root = Path(__file__).parents[3]
    page = root / "docs" / "tutorials" / "own-sequences.md"
    if not page.is_file():
        pytest.skip("the tutorials are not beside this suite")
    code = (root / "examples" / "strings.py").read_text("utf-8")
    assert len(code.splitlines()) < 120
    (block,) = re.findall(r"<!-- file: strings.py -->\n```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert block == code


def test_random_strings_are_all_different_and_drawn_alike(strings: Domain) -> None:
    once, twice = (sample_systems(strings, 20, 3) for _ in range(2))
    assert once == twice and len({s.tree for s in once}) == 20
