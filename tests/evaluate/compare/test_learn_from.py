"""Models that learn from a person's own expressions: what they are shown and tested on, and that nothing that is fitted sees a
test."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.compare import own_data
from kappabar.evaluate.compare.comparison import gathered
from kappabar.evaluate.compare.plan import ComparisonPlan
from kappabar.evaluate.compare.run import checked, settled
from kappabar.evaluate.compare.run_data import run_data
from kappabar.evaluate.compare.summary import is_lossless
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.kappa.tables import load_kappa
from kappabar.evaluate.quality.task.folds import FOLDS, Folds, folds
from kappabar.evaluate.quality.task.forms import form
from kappabar.evaluate.results.files import read_json, slug
from kappabar.grammars.errors import SourceError, SpecError
from kappabar.grammars.tree import System

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
        made = shared.domain.representation(SPECS[1], given_without(found, number))
        assert learned.vocabulary.tokens == made.vocabulary.tokens
    first, second = ({i.system.name for i in shared.task(n).items} for n in (0, 1))
    assert first and second and not first & second and found.within(0) == found.within(FOLDS)


def given_without(found: Folds, fold: int) -> list[System]:
    return [s for s in found.given if s.tree not in {t.tree for t in found.within(fold)}]


def test_each_expression_has_its_kappa_under_parts_that_never_saw_it(run: tuple[str, Path]) -> None:
    folder = run[1]
    shared = run_data(folder)
    found = folds(shared.domain, shared.systems)
    for spec in SPECS:
        kappa = load_kappa(folder / "parts", spec)
        assert kappa is not None and kappa.intrinsic is not None
        assert [m.name for m in kappa.measured] == [s.name for s in shared.systems]
        naive = []
        for i, (m, system) in enumerate(zip(kappa.measured, shared.systems, strict=True)):
            fold = next(k for k in range(FOLDS) if system.tree in {s.tree for s in found.within(k)})
            unseen = shared.domain.representation(spec, given_without(found, fold))
            assert kappa.intrinsic.texts(i) == tuple(unseen.vocabulary.tokens[t] for t in unseen.encode(system.tree))
            naive.append(m.n_tokens * math.log2(len(unseen.vocabulary)))
            if i % 10 == 0:
                metric = shared.domain.distance("bounded-l2")
                alone = measure_all(unseen, [system], shared.domain, metric, TokenEdits(), edits_per_expression=50)
                assert alone.means == pytest.approx(kappa.means[[i]], abs=1e-12)
                ids, own = alone.measured[0].tokens, m.tokens
                assert [unseen.vocabulary.tokens[t] for t in ids[ids >= 0]] == [
                    kappa.intrinsic.vocabulary[t] for t in own[own >= 0]
                ]
        assert kappa.intrinsic.naive_bits == pytest.approx(naive)
    rows = read_json(folder / "parts" / f"{slug(SPECS[1])}.1.training.json")["tokens"]
    assert {r["expression"] for r in rows} <= {s.name for s in found.within(1)}


def test_the_page_says_what_q_is_of(run: tuple[str, Path]) -> None:
    source, folder = run
    result = gathered(folder)
    words = " ".join(result.advice)
    assert "Q is of these data: 42 behaviors in 7 families" in words
    assert ("a sampler fitted to the others" in words) is (source == "like-data")
    assert "were fitted without its fold" in words
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
        ComparisonPlan(
            learn_from="sampler",
            representations=("prefix",),
            data=(own,),
            domain="ode",
            metric="bounded-l2",
            seeds=1,
            budget="tiny",
        )
    )


def test_where_nobody_says_what_to_learn_from_it_follows_from_the_data(own: str, tmp_path: Path, monkeypatch: Any) -> None:
    few = tmp_path / "few.txt"
    few.write_text("\n".join(LINES[:12]) + "\n", encoding="utf-8")

    def chosen(*data: str) -> str:
        plan = ComparisonPlan(
            learn_from="sampler",
            representations=("prefix",),
            data=data,
            domain="ode",
            metric="bounded-l2",
            seeds=1,
            budget="tiny",
        )
        return settled(plan)[0].learn_from

    assert [chosen("bank"), chosen("sample:40"), chosen(str(few)), chosen(own), chosen("bank", own)] == [
        "sampler", "sampler", "sampler", "like-data", "like-data",
    ]  # fmt: skip
    monkeypatch.setattr(own_data, "MANY", len(LINES))
    assert chosen(own) == "data"
    result = compare(["prefix | digits:2"], str(few), budget="tiny", out=tmp_path / "run")
    assert any("not of these data" in sentence for sentence in result.advice)
    assert "--learn-from sampler" in result.plan.command()


def test_a_domain_of_ones_own_learns_from_expressions_like_ones_own(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    forms = ("{} and {}", "{} or not {}", "not ({} or {})", "({} or {}) and a", "{} and not {} or c", "not {} and b or {}")
    pairs = [("a", "b"), ("b", "c"), ("a", "c")]
    path = tmp_path / "truth.txt"
    path.write_text("\n".join(f.format(*p) for f in forms for p in pairs) + "\n", encoding="utf-8")
    result = compare(["prefix", "infix"], str(path), domain="examples.boolean:BOOLEAN", budget="tiny", out=tmp_path / "run")
    assert result.plan.learn_from == "like-data" and not result.unfinished
    assert all(row["n_expressions"] for row in result.rows)


def test_what_loses_nothing_is_known_by_all_expressions_of_ones_own(run: tuple[str, Path]) -> None:
    """A fold may have no numbers to lose, or what no other fold has: its own round trip is no measure."""
    rows = {row["representation"]: row for row in gathered(run[1]).rows}
    assert [rows[spec]["lossless"] for spec in SPECS] == [rows[spec]["fidelity_error"] <= 1e-6 for spec in SPECS]
    assert {is_lossless(row | {"ceiling": 0.0}) for row in rows.values()} == {row["lossless"] for row in rows.values()}


def test_behaviors_of_more_equations_than_the_other_folds_have_are_counted() -> None:
    ode = domain("ode")
    plain = [replace(ode.parse(line), name=f"p{i}") for i, line in enumerate(LINES)]
    wide = [replace(ode.parse(f"x' = -{a}*x; y' = x - y @ x=1, y=0; T=3"), name=f"w{a}") for a in (0.4, 0.8)]
    assert own_data._larger(folds(ode, plain)) == 0
    assert own_data._larger(folds(ode, [*plain, *wide])) == 2
