"""Comparisons of expressions that Python gives: a run holds them, and needs no file again."""

from __future__ import annotations

from pathlib import Path

import pytest

import kappabar
from kappabar.evaluate.compare import run
from kappabar.evaluate.compare.plan import ComparisonPlan, spec_words
from kappabar.evaluate.compare.run import measure, settled
from kappabar.evaluate.compare.run_data import EXPRESSIONS, forget, run_data
from kappabar.evaluate.domains.sources import Source, named
from kappabar.evaluate.options.work import Work
from kappabar.evaluate.results.trees import read_systems, write_systems
from kappabar.grammars.errors import OutputError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.operators import BUILT_IN, Operator, operators


def plan(given: list[Source]) -> ComparisonPlan:
    return ComparisonPlan(
        representations=("prefix | digits:3",),
        data=named(given),
        domain="ode",
        metric="bounded-l2",
        seeds=1,
        learn_from="sampler",
        budget="tiny",
    )


@pytest.fixture(autouse=True)
def nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(run, "_run", lambda *_: 0.0)


def test_a_run_holds_what_it_was_given(tmp_path: Path) -> None:
    given: list[Source] = list(bank("ode")[:5])
    measure(plan(given), tmp_path / "run", Work(), given)
    assert run_data(tmp_path / "run").systems == tuple(given)
    assert named(given) == ("given:5",)


def test_a_file_may_go_once_a_run_has_begun(tmp_path: Path) -> None:
    file = tmp_path / "own.txt"
    file.write_text("x' = -x @ x=1; T=4\n", encoding="utf-8")
    measure(plan([file]), tmp_path / "run", Work(), [file])
    file.unlink()
    (found,) = run_data(tmp_path / "run").systems
    assert str(found) == "x' = -x  @ x=1; T=4"


def test_other_systems_are_refused_on_resume(tmp_path: Path) -> None:
    given: list[Source] = list(bank("ode")[:3])
    measure(plan(given), tmp_path / "run", Work(), given)
    measure(plan(given), tmp_path / "run", Work(resume=True), given)
    others: list[Source] = list(bank("ode")[3:6])
    with pytest.raises(OutputError, match="not those that"):
        measure(plan(others), tmp_path / "run", Work(resume=True), others)


@pytest.mark.parametrize("damage", ["flipped", "another run's", "cut"])
def test_expressions_that_are_not_the_runs_are_told(tmp_path: Path, damage: str) -> None:
    given: list[Source] = list(bank("ode")[:3])
    measure(plan(given), tmp_path / "run", Work(), given)
    path = tmp_path / "run" / EXPRESSIONS
    content = bytearray(path.read_bytes())
    if damage == "another run's":
        write_systems(path, bank("ode")[4:6])
    else:
        content[-20] ^= 1
        path.write_bytes(content if damage == "flipped" else content[:-7])
    forget()
    with pytest.raises(OutputError) as told:
        run_data(tmp_path / "run")
    assert "\n" not in str(told.value) and str(tmp_path) in str(told.value)


def test_systems_of_ones_own_are_learned_from_as_a_files_are() -> None:
    given: list[Source] = list(bank("ode"))
    assert settled(plan(given), given)[0].learn_from == "like-data"


def test_what_a_plan_was_settled_by_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Source] = list(bank("ode"))
    ours, read = settled(plan(given), given)
    assert ours.own and read is not None and read.systems == tuple(bank("ode"))
    counted = []
    monkeypatch.setattr(run, "load", lambda *_, **__: counted.append("read"))
    monkeypatch.setattr(run, "folds", lambda *_: counted.append("in folds"))
    monkeypatch.setattr(run, "execute", lambda folder, plan, loaded, *_: counted.append(len(loaded)))
    measure(ours, tmp_path / "run", Work(), given, read)
    assert counted == [len(given)]
    assert settled(plan(["sample:3"]))[1] is None


def test_representations_stand_for_their_specs() -> None:
    made = kappabar.representation("prefix")
    assert spec_words([made, "infix"]) == ("prefix | digits:3", "infix")
    assert spec_words(made) == ("prefix | digits:3",) and spec_words("infix") == ("infix",) and spec_words(None) is None


def test_trees_of_another_alphabet_are_no_expressions_of_this_one(tmp_path: Path) -> None:
    write_systems(tmp_path / "x.safetensors", bank("ode")[:3])
    assert read_systems(tmp_path / "x.safetensors", BUILT_IN) == tuple(bank("ode")[:3])
    with pytest.raises(OutputError, match="operands"):
        read_systems(tmp_path / "x.safetensors", operators(Operator("pair", 2)))
    assert read_systems(tmp_path / "none.safetensors", BUILT_IN) is None


def test_a_name_that_was_altered_is_told_by_the_digest_alone(tmp_path: Path) -> None:
    """The expressions are still those that the run was begun with: no other check sees it."""
    path = tmp_path / "x.safetensors"
    write_systems(path, bank("ode")[:3])
    content = path.read_bytes()
    assert content.count(b"harmonic") >= 1
    path.write_bytes(content.replace(b"harmonic", b"harmonik", 1))
    with pytest.raises(OutputError, match="damaged"):
        read_systems(path, BUILT_IN)
