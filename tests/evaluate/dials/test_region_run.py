"""A study of the region dial, from the command's function to its page: few expressions, and trainings that learn little."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar import compare
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.dials.region import tasks
from kappabar.evaluate.dials.region.plan import RegionDial, RegionPlan
from kappabar.evaluate.dials.region.planting import edited, planted
from kappabar.evaluate.dials.run import Dialed
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.quality.task.outcomes import Item, score
from kappabar.evaluate.results.files import read_json, slug, write_json
from kappabar.evaluate.study.plan import STUDIES
from kappabar.evaluate.tables.dials import REGION_DIAL
from kappabar.grammars.errors import OutputError, SpecError
from kappabar.grammars.tree import Node

NAME = "dial:region"
SPECS = ("prefix | digits:3", "infix | chars")
TASK = slug("function")
SMALL = RegionDial(name=NAME, title="Small", domains=("function",), representations=SPECS, seeds=2, budget="tiny")


@pytest.fixture(scope="module")
def small() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, NAME, SMALL)
        yield patch


@pytest.fixture(scope="module")
def done(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Dialed:
    found = compare(study=NAME, out=tmp_path_factory.mktemp("dial") / "run", seed=3)
    assert isinstance(found, Dialed)
    return found


def test_every_test_expression_has_a_row_in_every_training(done: Dialed) -> None:
    trainings = {(row["draw"], row["representation"], row["seed"]) for row in done.rows}
    assert sorted(trainings) == [(0, SPECS[0], 0), (1, SPECS[1], 0), (2, SPECS[0], 1), (3, SPECS[1], 1)]
    for row in done.rows:
        assert row["status"] == "ok" and row["size"] >= row["depth"] >= 1 and row["tokens"] >= row["size"] - 1
        for name in ("quality", "planted", "retrieval", "prior", "ceiling", "nearest"):
            assert 0.0 <= row[name] <= 1.0
        assert row["kappa"] is None or 0.0 <= row["kappa"] <= 1.0
        assert row["nearest"] <= 1.0 - row["retrieval"] + 0.5


def test_what_needs_no_representation_is_the_same_for_all(done: Dialed) -> None:
    by = {(row["draw"], row["item"]): row for row in done.rows}
    for (draw, item), row in by.items():
        other = by[draw ^ 1, item]
        assert all(row[name] == other[name] for name in ("size", "depth", "nearest", "retrieval", "prior"))
    assert any(by[0, i]["kappa"] != by[1, i]["kappa"] for i in range(8)), "κ(s) is of the representation"
    assert any(by[0, i]["prior"] != by[2, i]["prior"] for i in range(8)), "tasks are drawn anew"


def test_the_nearest_behavior_is_at_least_as_near_as_any_other(done: Dialed) -> None:
    """Against all training expressions, simulated one by one: what looks most like a test need not be it, and seldom is far."""
    shared = tasks.SHARED.of(done.folder, "function", 0)
    task = shared.task
    least = np.full(len(task.items), 1.0)
    for tree in task.train.targets:
        q = [one.q for one in score(task.domain, task.items, [tree] * len(task.items))]
        least = np.minimum(least, 1.0 - np.array(q))
    found = np.array(shared.nearest)
    assert (found >= least - 1e-9).all() and np.median(found - least) < 0.05


def test_what_is_there_is_not_made_again_and_the_page_is_its_table(done: Dialed, tmp_path: Path) -> None:
    folder = done.folder
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    part = folder / "parts" / "0002.json"
    kept = part.read_bytes()
    for name in ("0002.json", f"{TASK}-001.json", f"{TASK}-001.safetensors"):
        (folder / "parts" / name).unlink()
    tasks.SHARED.forget()
    cut = report(folder)
    assert isinstance(cut, Dialed) and any(one.startswith("Not finished: 3 of 4") for one in cut.lines())
    assert "This run is not as its protocol has it" in cut.lines()[0] and "budget: quick, here tiny" in cut.lines()[0]
    again = compare(study=NAME, out=folder, seed=3, resume=True)
    assert part.read_bytes() == kept
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert again.lines() == done.lines() and done.to_frame().height == len(done.rows) and done.plot() is not None
    for name in ("study.json", REGION_DIAL.name, "protocol.toml"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    report(tmp_path)
    for name in ("index.md", "slopes.svg", "regions-1.svg"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.slow
def test_other_processes_find_the_same_numbers(done: Dialed, small: Any, tmp_path: Path) -> None:
    compare(study=NAME, out=tmp_path / "run", seed=3, jobs=2)
    for name in ("index.md", REGION_DIAL.name):
        assert (tmp_path / "run" / name).read_bytes() == (done.folder / name).read_bytes()


def test_what_was_not_made_in_a_study_is_no_part_of_it(done: Dialed, small: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(done.folder, tmp_path / "run"))
    beside = folder / "parts" / f"{TASK}-000.json"
    known = read_json(beside)
    (folder / "parts" / "0000.json").unlink()
    for wrong, words in (
        ({"nearest": known["nearest"][1:]}, f"{TASK}-000.json is damaged: it is not of 16 tests"),
        ({"nearest": "far"}, f"{TASK}-000.json is damaged"),
        ({"made": known["made"] | {"run": "0" * 16}}, f"{TASK}-000.json is of another run"),
    ):
        write_json(beside, known | wrong)
        tasks.SHARED.forget()
        with pytest.raises(OutputError, match=words):
            compare(study=NAME, out=folder, seed=3, resume=True)
    header = read_json(folder / "study.json")
    for more, words in (({"unheard": 1}, "unheard"), ({"domains": "function"}, "domains is no list")):
        write_json(folder / "study.json", header | {"arguments": header["arguments"] | more})
        with pytest.raises(OutputError, match=words):
            report(folder)


def test_what_the_protocol_sets_is_refused() -> None:
    with pytest.raises(SpecError, match="leave --seeds out"):
        compare(study=NAME, seeds=5)
    with pytest.raises(SpecError, match="leave -r and --data out"):
        compare(["prefix"], study=NAME)


def test_a_plan_comes_back_from_its_document() -> None:
    plan = SMALL.plan({"seed": 5})
    assert RegionPlan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    assert plan.tasks == [("function", 0), ("function", 1)] and len(plan.trainings) == 4


@pytest.fixture(scope="module")
def items() -> list[Item]:
    place = domain("function")
    systems = sample_systems(place, 12, 1)
    settings = [place.semantics.setting(s) for s in systems]
    return [Item(s, t, place.semantics.simulate([s.tree], t).y[0]) for s, t in zip(systems, settings, strict=True)]


def test_an_edit_more_is_one_edit_that_can_be_held_against_the_test(items: list[Item]) -> None:
    place = domain("function")
    chosen = place.representation("prefix | digits:3", [item.system for item in items])
    rng = np.random.default_rng(2)
    for item in items:
        ids = chosen.encode(item.target)
        for _ in range(5):
            changed = edited(chosen, ids, item, place, rng)
            tree = chosen.decode(changed)
            assert isinstance(tree, Node) and place.comparable(tree, item.system) and changed != ids
            assert changed in [whole for p in range(len(ids) + 1) for whole in one_edit(ids, p, len(chosen.vocabulary))]


def one_edit(ids: list[int], at: int, size: int) -> list[list[int]]:
    """All that one token's edit at a place gives, by hand."""
    inserted = [[*ids[:at], token, *ids[at:]] for token in range(size)]
    if at == len(ids):
        return inserted
    return [*inserted, [*ids[:at], *ids[at + 1 :]], *([*ids[:at], token, *ids[at + 1 :]] for token in range(size))]


@pytest.mark.parametrize("quality", [0.9, 0.5, 0.2])
def test_planted_errors_cost_what_the_models_do(items: list[Item], quality: float) -> None:
    place = domain("function")
    chosen = place.representation("prefix | digits:3", [item.system for item in items])
    found = planted(chosen, items, quality, place, np.random.default_rng(3))
    assert found.q.mean() == pytest.approx(quality) and 0 < found.edits < 8
    again = planted(chosen, items, quality, place, np.random.default_rng(3))
    assert (again.q == found.q).all()


def test_where_nothing_or_all_is_lost_it_is_none_or_many(items: list[Item]) -> None:
    place = domain("function")
    chosen = place.representation("prefix | digits:3", [item.system for item in items])
    none = planted(chosen, items, 1.0, place, np.random.default_rng(3))
    assert none.edits == 0 and none.q == pytest.approx(np.ones(len(items)), abs=0.05)
    many = planted(chosen, items, -1.0, place, np.random.default_rng(3))
    assert many.edits == 12 and many.q.mean() < 0.3
