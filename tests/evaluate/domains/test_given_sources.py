"""What Python may give where the command line names a source: texts, paths, systems, and several of these."""

from __future__ import annotations

import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest

import kappabar
from kappabar.evaluate.domains.domain import domain, domain_word
from kappabar.evaluate.domains.sources import listed, load, named, one
from kappabar.grammars.errors import KappabarError, SourceError, SpecError
from kappabar.grammars.tree import System

DECAY = "x' = -2*x @ x=1; T=3"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.txt"
    path.write_text(f"{DECAY}\nx' = x - x^3 @ x=0.1; T=20\nx' = = 2\n", encoding="utf-8")
    return path


def test_a_file_is_read_as_a_sequence_that_says_what_it_left_out(file: Path) -> None:
    found = kappabar.read(file)
    assert len(found) == 2 and found[0] == found.systems[0] and list(found) == list(found.systems)
    assert [skip.where for skip in found.skipped] == ["line 3, column 6"]
    assert repr(found) == "<2 systems, 1 skipped>"
    with pytest.raises(SourceError, match="line 3, column 6"):
        kappabar.read(file, strict=True)


def test_texts_paths_and_systems_are_one_and_the_same(file: Path) -> None:
    system = kappabar.parse(DECAY)
    by_text, by_path, itself = (load([source]).systems[0] for source in (DECAY, file, system))
    assert replace(by_text, name="") == replace(itself, name="") == system
    assert by_path.tree == system.tree and by_path.x0 == system.x0 and by_path.t_end == system.t_end
    assert [s.tree for s in load([system, file, DECAY, "sample:2"]).systems][:2] == [system.tree] * 2


def test_systems_that_stand_together_have_one_word_in_a_plan() -> None:
    system = kappabar.parse(DECAY)
    assert named([system, system, "bank", Path("a.txt"), system]) == ("given:2", "bank", "a.txt", "given:1")
    with pytest.raises(SourceError, match="given in Python"):
        load(["given:2"])


@pytest.mark.parametrize(
    "function", [kappabar.parse, kappabar.simulate, kappabar.lyapunov, kappabar.sensitivities, kappabar.nudge]
)
def test_one_expression_comes_as_text_system_or_path(function: object, tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(DECAY + "\n", encoding="utf-8")

    def system(result: object) -> System:
        found = result if isinstance(result, System) else result.system  # type: ignore[attr-defined]
        assert isinstance(found, System)
        return found

    trees = {system(function(source)).tree for source in (DECAY, kappabar.parse(DECAY), path)}
    assert len(trees) == 1


def test_a_file_of_several_is_no_one_expression(file: Path) -> None:
    file.write_text(f"{DECAY}\nx' = x @ x=1; T=1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="holds 2 systems"):
        one(file, domain("ode"))


@pytest.mark.parametrize("wrong", [5, None, [3.0], b"x' = x", {"a": 1}.values(), object()])
def test_what_can_be_no_source_is_the_users_mistake_in_one_line(wrong: object) -> None:
    with pytest.raises(KappabarError) as told:
        kappabar.read(wrong)  # type: ignore[arg-type]
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x' = 2*", "cannot be read as a text"),
        ("x' = y", "cannot be read as a text"),
        ("no/such.txt", "no such file"),
        ("no=such.csv", "no such file"),
        ("bnak", "did you mean 'bank'"),
    ],
)
def test_a_text_that_is_none_is_told_from_a_file_that_is_not_there(source: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        load([source])


def test_a_file_wins_over_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x=2.txt").write_text(DECAY + "\n", encoding="utf-8")
    assert len(load(["x=2.txt"]).systems) == 1


def test_kappa_is_of_a_text_what_it_is_of_the_system() -> None:
    a, b = (kappabar.kappa("prefix", data, edits_per_expression=30) for data in (DECAY, [kappabar.parse(DECAY)]))
    assert isinstance(a, kappabar.Kappa) and isinstance(b, kappabar.Kappa)
    assert a.mean == b.mean


def test_none_means_the_default() -> None:
    assert listed(None, ("bank",)) == ("bank",)
    assert listed("bank") == ("bank",) and listed(Path("a")) == (Path("a"),)


# ---------------------------------------------------------------- domains by their words


def test_a_domain_is_named_by_its_word_or_by_the_module_that_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [domain_word(name) for name in ("map", domain("ode"), domain("arithmetic"))] == ["map", "ode", "arithmetic"]
    own = kappabar.Domain("mine", domain("ode").parse, domain("ode").semantics)
    with pytest.raises(SpecError, match="module"):
        domain_word(own)
    module = types.ModuleType("a_module_of_mine")
    module.OWN = own  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_module_of_mine", module)
    assert domain_word(own) == "a_module_of_mine:OWN"
    assert domain(domain_word(own)) is own
