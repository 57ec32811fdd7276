"""Models that learn from a person's own expressions: what they are shown and tested on, and that nothing that is fitted sees a
test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.compare.comparison import gathered
from kappabar.evaluate.compare.plan import ComparisonPlan
from kappabar.evaluate.compare.run import checked
from kappabar.evaluate.compare.tasks import run_data
from kappabar.evaluate.quality.task.folds import FOLDS, folds
from kappabar.evaluate.quality.task.forms import form
from kappabar.grammars.errors import SourceError, SpecError

LINES = [
    f"x' = {kind.format(a=a)} @ x={start}; T=3"
    for kind in ("-{a}*x", "{a} - x", "-{a}*x^3", "{a}*x*(1 - x)", "-x + {a}*sin(x)", "-{a}*x/(1 + x)", "-{a}*tanh(x)")
    for a, start in ((0.4, 1.5), (0.7, 0.5), (1.1, 2), (1.6, 0.8), (2.2, 1.2), (2.9, 0.6))
]
SPECS = ("prefix | digits:2", "infix | chars | bpe:60")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("own") / "systems.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module", params=["data", "like-data"])
def run(request: pytest.FixtureRequest, own: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    out = tmp_path_factory.mktemp("learned") / "run"
    compare(list(SPECS), own, learn_from=request.param, seeds=2, budget="tiny", out=out)
    return request.param, out


def test_each_training_is_tested_on_a_fold_that_nothing_fitted_to(run: tuple[str, Path]) -> None:
    source, folder = run
    shared = run_data(folder)
    found = folds(shared.domain, shared.systems)
    for number in (0, 1):
        task, tests = shared.task(number), {s.tree for s in found.within(number)}
        assert {i.system.tree for i in task.items} <= tests
        shown = {s.tree for s in (*task.train.systems, *task.val.systems)}
        assert not shown & tests
        given = {s.tree for s in found.without(number)}
        assert shown <= given if source == "data" else len(shown) > len(given)
        forms = {form(s.tree) for s in task.train.systems}
        assert (task.new_form == [form(i.system.tree) not in forms for i in task.items]).all()
        learned = shared.fit_learned(SPECS[1], number)
        made = shared.domain.representation(SPECS[1], task.train.systems)
        assert learned.vocabulary.tokens == made.vocabulary.tokens
    first, second = ({i.system.name for i in shared.task(n).items} for n in (0, 1))
    assert first and second and not first & second and found.within(0) == found.within(FOLDS)


def test_the_page_says_what_q_is_of(run: tuple[str, Path]) -> None:
    source, folder = run
    result = gathered(folder)
    words = " ".join(result.advice)
    assert "Q is of these data: 42 behaviors in 7 families" in words
    assert ("a sampler fitted to the others" in words) is (source == "like-data")
    assert "κ, fidelity and tokens are under parts fitted to all of the data." in words
    assert "Q is of these data" in (folder / "report.html").read_text("utf-8")
    document = result.as_dict()
    assert document["learn_from"] == source and document["rounds"] is None
    assert json.loads((folder / "run.json").read_text())["arguments"]["learn_from"] == source
    assert f"--learn-from {source}" in result.plan.command()
    assert (folder / "parts" / "likeness.json").exists() is (source == "like-data")


def test_what_is_drawn_is_the_same_again(run: tuple[str, Path]) -> None:
    shared = run_data(run[1])
    again = shared._own(0, shared.task(0).config, shared.plan.seed)
    trees = [s.tree for s in shared.task(0).train.systems]
    assert set(trees) <= {s.tree for s in again[0]} and len(again) == 2


def test_too_few_families_are_refused_before_any_work(tmp_path: Path) -> None:
    path = tmp_path / "few.txt"
    path.write_text("\n".join(LINES[:12]) + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match="--learn-from sampler"):
        compare(["prefix"], str(path), learn_from="data", budget="tiny", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_wrong_words_are_refused(own: str, tmp_path: Path) -> None:
    wrong: dict[str, Any] = {"learn_from": "datta"}
    with pytest.raises(SpecError, match="did you mean 'data'"):
        compare(["prefix"], own, budget="tiny", out=tmp_path / "run", **wrong)
    with pytest.raises(SpecError, match="leave --learn-from out"):
        compare(["prefix"], own, study="hypothesis", learn_from="data", out=tmp_path / "run")
    assert checked(
        ComparisonPlan(representations=("prefix",), data=(own,), domain="ode", metric="bounded-l2", seeds=1, budget="tiny")
    )
