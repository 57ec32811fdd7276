from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from kappabar.evaluate.domains import sources
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.screen import SAMPLE_BOX
from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.evaluate.events import Advanced, Event, Finished, Started
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.errors import KappabarError, SourceError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.tree import Node, number, system, variable

DOMAINS = ("ode", "map", "function")


# ---------------------------------------------------------------- sampling


@pytest.mark.parametrize("name", DOMAINS)
def test_more_samples_only_append_and_batches_do_not_matter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = sample_systems(name, 30, seed=5), sample_systems(name, 100, seed=5)
    assert many[:30] == few
    monkeypatch.setattr(sources, "_BATCH", 7)
    assert sample_systems(name, 100, seed=5) == many
    assert sample_systems(name, 30, seed=6) != few


def test_threads_do_not_matter() -> None:
    one = replace(domain("ode"), semantics=Flow(threads=1))
    assert sample_systems(one, 60, seed=2) == sample_systems("ode", 60, seed=2)


@pytest.mark.parametrize("name", DOMAINS)
def test_samples_are_different_and_named(name: str) -> None:
    found = sample_systems(name, 200, seed=1)
    assert len({s.tree for s in found}) == 200
    assert [s.name for s in found[:2]] == ["sample-1-0", "sample-1-1"]


@pytest.mark.parametrize("name", DOMAINS)
def test_samples_reach_their_horizon_within_the_box_and_move(name: str) -> None:
    """Seen by a simulation with other settings than the one that chose them."""
    semantics = domain(name).semantics
    for found in sample_systems(name, 100, seed=3):
        y = semantics.simulate([found.tree], semantics.setting(found, points=401, rtol=1e-8)).y[0]
        assert np.abs(y).max() < 1.05 * SAMPLE_BOX
        assert (y.std(axis=1) > 0.9e-2 * np.abs(y).max(axis=1)).any(axis=1).all()


def value(node: Node, x: np.ndarray) -> float:
    """An evaluator of a few lines, independent of the engine."""
    if node.is_variable:
        return float(x[node.index])
    if node.is_number:
        return float(node.value or 0.0)
    a = [value(child, x) for child in node.children]
    binary = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power}
    return float((binary[node.symbol] if len(a) == 2 else getattr(np, {"neg": "negative"}.get(node.symbol, node.symbol)))(*a))


def test_scipy_agrees_that_sampled_flows_are_bounded() -> None:
    for found in sample_systems("ode", 15, seed=8):
        rhs = [lambda t, x, e=e: value(e, x) for e in found.equations]
        solved = solve_ivp(lambda t, x, rhs=rhs: [f(t, x) for f in rhs], (0, found.t_end), found.x0[0], rtol=1e-6, atol=1e-9)
        assert solved.success
        assert np.abs(solved.y).max() <= SAMPLE_BOX * 1.01


class Still:
    """A sampler of one system that never moves."""

    def draw(self, rng: np.random.Generator) -> sources.System:
        rng.random()
        return sources.System(system(number(0.0), variable(1)), ("a", "b"), "ode", ((1.0, 0.0),), 1.0)


def test_a_sampler_without_usable_candidates_ends_in_an_error() -> None:
    with pytest.raises(SourceError, match="only 0 of 3 systems found in 50 candidates: 50 are constant; ask for fewer"):
        sample_systems("ode", 3, sampler=Still(), max_attempts=50)


def test_a_sampler_of_one_system_repeats_itself() -> None:
    one = sample_systems("ode", 1)[0]

    class One:
        def draw(self, rng: np.random.Generator) -> sources.System:
            return one

    with pytest.raises(SourceError, match="only 1 of 2 systems found in 50 candidates: 49 repeat another"):
        sample_systems("ode", 2, sampler=One(), max_attempts=50)


def test_sampling_tells_how_far_it_is() -> None:
    events: list[Event] = []
    sample_systems("map", 40, listen=events.append)
    assert events[0] == Started("sampling", 40)
    assert events[-1] == Finished("sampling")
    assert sum(e.steps for e in events if isinstance(e, Advanced)) == 40


# ---------------------------------------------------------------- loading


def test_sources_are_joined_in_order(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("x' = -x @ x=1; T=1\nx' = nonsense(x)\n")
    loaded = load([str(file), "bank", "sample:5:3"], "ode")
    assert [s.name for s in loaded.systems] == ["mine:1", *(s.name for s in bank("ode")), *(f"sample-3-{i}" for i in range(5))]
    (skip,) = loaded.skipped
    assert (skip.source, skip.where) == (str(file), "line 2, column 6")
    with pytest.raises(SourceError, match="line 2, column 6"):
        load([str(file)], "ode", strict=True)


def test_what_files_repeat_is_skipped_whatever_its_names(tmp_path: Path) -> None:
    file, other = tmp_path / "mine.txt", tmp_path / "more.txt"
    file.write_text("x' = -x @ x=1; T=2\ny' = -y @ y=1; T=2\nx' = -x @ x=2; T=2\nx' = -x @ x=1; T=3\n")
    other.write_text("x' = -x @ x=2; T=2\nx' = -2*x @ x=1; T=2\n")
    loaded = load([str(file), str(other)], "ode", strict=True)
    assert [s.name for s in loaded.systems] == ["mine:1", "mine:3", "mine:4", "more:2"]
    found = [(s.source, s.where, s.reason) for s in loaded.skipped]
    assert found == [(str(file), "mine:2", "the same as mine:1"), (str(other), "more:1", "the same as mine:3")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("equations;x0\nx' = -x;1\n", "separate columns by commas"),
        ("equations,x0\nx' = -x,(1)\n", r"'x0', column 1: write a list, such as \[1, 0\]"),
        ('equations,x0\n"x\' = y; y\' = -x","1,0"\n', r"'x0', column 2: write a list, such as \[1, 0\]"),
    ],
)
def test_tables_written_in_another_way_say_how(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(SourceError, match=said):
        load([str(file)], "ode")


@pytest.mark.parametrize("name", DOMAINS)
def test_the_bank_loads_for_every_domain(name: str) -> None:
    assert load(["bank"], domain(name)).systems == bank(name)


def test_a_sample_without_a_seed_takes_the_callers() -> None:
    assert load(["sample:4"], "ode", seed=11).systems == load(["sample:4:11"], "ode", seed=0).systems


def test_every_system_has_a_name_of_its_own() -> None:
    names = [s.name for s in load(["bank", "bank", "sample:3:1", "sample:3:1"], "map").systems]
    assert len(set(names)) == len(names)
    assert "henon-map (2)" in names


MALFORMED = ["sample", "sample:", "sample:abc", "sample:-3", "sample:0", "sample:1e3", "sample:5:", "sample:5:x", "sample:5:-1"]


@pytest.mark.parametrize("word", [*MALFORMED, "sample:5:1:1", "sample:٣", "sample:99999999999999999999", "sample: 5"])
def test_malformed_samples_say_the_form(word: str) -> None:
    with pytest.raises(SourceError, match="write sample:N or sample:N:SEED"):
        load([word], "ode")


HINTS = [("bnak", "did you mean 'bank'"), ("smaple:10", "did you mean 'sample'"), ("", "a source is bank")]


@pytest.mark.parametrize(("word", "hint"), HINTS)
def test_unknown_sources_get_a_hint(word: str, hint: str) -> None:
    with pytest.raises(SourceError, match="unknown source") as found:
        load([word], "ode")
    assert hint in str(found.value)


def test_no_source_is_an_error() -> None:
    with pytest.raises(SourceError, match="no source of expressions"):
        load([], "ode")


def test_missing_files_are_files() -> None:
    with pytest.raises(SourceError, match=r"nowhere/systems\.txt: no such file"):
        load(["nowhere/systems.txt"], "ode")


def test_a_users_domain_has_neither_bank_nor_sampler_but_files(tmp_path: Path) -> None:
    own = replace(domain("ode"), name="lab", bank=None)
    for word in ("bank", "sample:3"):
        with pytest.raises(SourceError, match="domain 'lab' has no"):
            load([word], own)
    file = tmp_path / "a.txt"
    file.write_text("x' = -x\n")
    assert len(load([str(file)], own).systems) == 1


def test_odebench_loads(shared: Path) -> None:
    loaded = load([str(shared / "odebench.json")], "ode")
    assert len(loaded.systems) == 63
    assert not loaded.skipped


@settings(max_examples=40)
@given(st.text(max_size=30).filter(lambda s: not s.strip().startswith("sample:") and s.strip() != "bank"))
def test_no_word_raises_anything_but_our_errors(word: str) -> None:
    with pytest.raises(KappabarError) as found:
        load([word], "ode")
    assert "\n" not in str(found.value)


def test_what_a_file_of_systems_without_conditions_needs_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "bare.txt"
    path.write_text("x' = -x @ x=1\nx' = -2*x @ x=1\nx' = -3*x @ x=1; T=1\n")
    (note,) = load([str(path)], "ode").notes
    assert note.reason.startswith("2 of 3 systems have no horizon")
    assert "T=20" in note.reason
    path.write_text("x' = -x\nx' = -2*x @ x=1; T=1\n")
    assert not load([str(path)], "ode").notes
    path.write_text("y = x\ny = 2*x\n")
    assert not load([str(path)], "function").notes
