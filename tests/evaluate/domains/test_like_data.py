"""Samplers like a person's data: what they keep, and that they stand in a domain's place."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.like_data import LikeData, like_data
from kappabar.evaluate.domains.screen import FIGURES, SAMPLE_BOX, Character, Screen, figures
from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.evaluate.quality.task.task import TaskConfig, build_task
from kappabar.grammars.draw.fitted.tilt import rake
from kappabar.grammars.errors import OutputError, SourceError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import System, coefficients


def infections(n: int) -> list[System]:
    """Epidemics in towns of 30,000 to 100,000: far beyond the built-in sampler's bounds."""
    rng = np.random.default_rng(0)
    rates = zip(10 ** rng.uniform(-6, -5.3, n), rng.uniform(0.05, 0.3, n), rng.integers(30_000, 100_000, n), strict=True)
    return [parse(f"s' = -{b:.3g}*s*i; i' = {b:.3g}*s*i - {g:.3g}*i @ s={town}, i=10; T=60") for b, g, town in rates]


@pytest.fixture(scope="module")
def towns() -> list[System]:
    return infections(40)


@pytest.fixture(scope="module")
def like_towns(towns: list[System]) -> LikeData:
    return like_data(towns)


@pytest.fixture(scope="module")
def drawn(like_towns: LikeData) -> list[System]:
    return sample_systems("ode", 30, 1, sampler=like_towns)


def test_draws_behave_within_the_users_own_ranges(towns: list[System], drawn: list[System]) -> None:
    """No limit of ±100. SciPy says how large they get."""

    def largest(s: System) -> float:
        beta, _, gamma = map(abs, coefficients(s.tree))
        solved = solve_ivp(lambda t, x: (-beta * x[0] * x[1], beta * x[0] * x[1] - gamma * x[1]), (0, 60), s.x0[0], rtol=1e-8)
        return float(np.abs(solved.y).max())

    given, ours = [largest(s) for s in towns], [largest(s) for s in drawn]
    assert min(ours) > SAMPLE_BOX
    margin = 1.01 * 10 ** (0.3 / np.sqrt(len(towns)))
    assert min(given) / margin <= min(ours) and max(ours) <= max(given) * margin
    assert all(start.is_integer() for s in drawn for start in s.x0[0])
    assert {s.tree for s in drawn}.isdisjoint(s.tree for s in towns)


def test_more_samples_only_append(like_towns: LikeData, drawn: list[System]) -> None:
    assert sample_systems("ode", 10, 1, sampler=like_towns) == drawn[:10]


def test_it_stands_in_the_place_of_a_domains_sampler(like_towns: LikeData, drawn: list[System]) -> None:
    ours = replace(domain("ode"), sampler=like_towns)
    assert sample_systems(ours, 30, 1) == drawn
    task = build_task(ours, TaskConfig(n_train=60, n_val=6, n_test=6, points=8), 0)
    assert len(task.train) > 30 and {len(s.equations) for s in task.train.systems} == {2}
    assert all(s.x0[0][0] > SAMPLE_BOX for s in task.test.systems)


def test_what_is_written_draws_and_keeps_the_same(like_towns: LikeData, drawn: list[System]) -> None:
    again = LikeData.from_json(like_towns.to_json())
    assert again == like_towns
    assert sample_systems("ode", 30, 1, sampler=again) == drawn


def test_it_goes_to_other_processes_with_its_domain(like_towns: LikeData) -> None:
    ours = replace(domain("ode"), sampler=like_towns)
    like_towns.draw(np.random.default_rng(0))
    there = pickle.loads(pickle.dumps(ours)).sampler
    assert there == like_towns and hash(there) == hash(like_towns)
    first, second = (x.draw(np.random.default_rng(7)) for x in (there, like_towns))
    assert first == second


@pytest.mark.parametrize("key", ["fitted", "screen"])
def test_what_is_damaged_is_refused_in_a_line(like_towns: LikeData, key: str) -> None:
    document = json.loads(like_towns.to_json())
    for damaged in ({**document, key: {}}, {k: v for k, v in document.items() if k != key}):
        with pytest.raises(OutputError, match="fit it again"):
            LikeData.from_json(json.dumps(damaged))
    document["screen"]["most"] = -1.0
    with pytest.raises(OutputError, match="nothing would pass"):
        LikeData.from_json(json.dumps(document))


def test_a_domain_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    boolean = domain("examples.boolean:BOOLEAN")
    given = sample_systems(boolean, 60, 1)
    ours = like_data(given, boolean)
    made = sample_systems(replace(boolean, sampler=ours), 40, 2)
    assert len({s.tree for s in made}) == 40 and {s.dim for s in made} == {s.dim for s in given}
    assert len({s.tree for s in made} - {s.tree for s in given}) > 20


@pytest.mark.parametrize("name", ["map", pytest.param("function", marks=pytest.mark.nightly)])
def test_other_domains(name: str) -> None:
    given = sample_systems(name, 50, 1)
    made = sample_systems(name, 30, 2, sampler=like_data(given, name))
    assert {(len(s.x0), s.t_end, s.ranges) for s in made} == {(len(s.x0), s.t_end, s.ranges) for s in given}


def test_functions_with_gaps_are_kept_where_the_given_ones_have_gaps() -> None:
    rng = np.random.default_rng(1)
    given = [parse(f"{a:.2f}*log(x) + {b:.2f}*x", "function") for a, b in rng.uniform(1, 4, (20, 2))]
    ours = like_data(given, "function")
    assert ours.screen.gaps
    assert len(sample_systems("function", 10, 1, sampler=ours)) == 10
    whole = like_data([parse(f"{a:.2f}*x", "function") for a in rng.uniform(1, 4, 6)], "function")
    assert not whole.screen.gaps
    assert whole.screen.refusals(domain("function"), given[:1]) == ["are undefined somewhere"]


def test_systems_without_conditions_are_left_out() -> None:
    bare, whole = parse("x' = -x"), [parse(f"x' = -{k}.5*x @ x={k}; T=4") for k in range(1, 4)]
    assert len(like_data([bare, *whole]).fitted.corpus) == 3
    with pytest.raises(SourceError, match="none of 1 systems has what a simulation needs"):
        like_data([bare])


def test_the_plain_screen_gives_its_reasons() -> None:
    texts = {
        "x' = -x @ x=1; T=5": "",
        "x' = x @ x=1; T=9": "leave ±100",
        "x' = 0*x @ x=1; T=5": "are constant",
        "x' = -1/(x - 1)^0.5 @ x=0.5; T=5": "are undefined somewhere",
        "x' = -x": "lack conditions, or start outside the bounds",
        "x' = -x @ x=500; T=1": "lack conditions, or start outside the bounds",
    }
    assert Screen().refusals(domain("ode"), [parse(t) for t in texts]) == list(texts.values())
    small = Screen(least=5.0)
    assert small.refusals(domain("ode"), [parse("x' = -x @ x=1; T=5"), parse("x' = -x @ x=9; T=5")]) == ["stay within ±5", ""]


def test_figures_of_behaviors_worked_by_hand() -> None:
    rest = np.linspace(1.0, 0.0, 11).clip(0.5)  # comes to rest at half
    swing = np.tile([10.0, -10.0], 6)[:11]
    found = figures(np.stack([rest, swing], axis=1)[None])
    assert found["size"] == pytest.approx(1.0)
    assert found["least late change"] == pytest.approx(0.0) and found["largest late change"] == pytest.approx(2.0)
    assert found["spread"] == pytest.approx(swing.std() / 10)


def test_kinds_of_behavior_are_kept_as_often_as_they_were_given() -> None:
    """Half of the candidates swing and half decay; of those given, four of five swing."""
    rng = np.random.default_rng(2)
    swings = [parse(f"x' = y; y' = -{a:.4f}*x @ x=1, y=0; T=20") for a in rng.uniform(0.5, 4, 300)]
    decays = [parse(f"x' = y; y' = -{a:.4f}*y @ x=1, y=-1; T=20") for a in rng.uniform(0.5, 4, 300)]
    ode = domain("ode")

    def kinds(systems: list[System]) -> list[dict[str, str]]:
        settings = [ode.semantics.setting(s, points=101) for s in systems]
        behaviors = ode.semantics.simulate([s.tree for s in systems], settings)
        return [plain.kind(s, b.y[0], ode.operators) for s, b in zip(systems, behaviors, strict=True)]

    plain = Character(dict.fromkeys(FIGURES, (0.5,)))
    screen = Screen(character=replace(plain, rake=rake(kinds(swings[:240] + decays[:60]), kinds(swings + decays))))
    kept = [[not reason for reason in screen.refusals(ode, side)] for side in (swings, decays)]
    assert sum(kept[0]) / sum(map(sum, kept)) == pytest.approx(0.8, abs=0.06)
    assert 0.3 < sum(map(sum, kept)) / 600 < 0.7
    assert [not reason for reason in screen.refusals(ode, swings)] == kept[0], "one system is always kept or never"
    assert not any(Screen().refusals(ode, swings + decays))


@pytest.mark.nightly
def test_odebench_is_drawn_from(shared: Path) -> None:
    given = load([str(shared / "odebench.json")], "ode").systems
    made = sample_systems("ode", 100, 1, sampler=like_data(given))
    assert {len(s.equations) for s in made} >= {1, 2, 3}
    assert {len(s.x0) for s in made} == {2} and {s.t_end for s in made} == {10.0}
    assert all(c.is_integer() or abs(c) > 1e-5 for s in made for c in coefficients(s.tree))
