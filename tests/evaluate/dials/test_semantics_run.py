"""A study of the semantics dial, from the command's function to its page: few expressions, and trainings that learn little."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar import compare
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.dials.code.codes import Shape
from kappabar.evaluate.dials.parts import header_of, origin_of
from kappabar.evaluate.dials.run import Dialed
from kappabar.evaluate.dials.semantics import tasks
from kappabar.evaluate.dials.semantics.families import FAMILIES
from kappabar.evaluate.dials.semantics.judging import main_slope, unlike
from kappabar.evaluate.dials.semantics.plan import SemanticsDial, SemanticsPlan
from kappabar.evaluate.quality.training.batches import Stream
from kappabar.evaluate.results.files import read_json, write_json
from kappabar.evaluate.study.plan import STUDIES
from kappabar.evaluate.tables.dials import SEMANTICS_DIAL
from kappabar.grammars.errors import OutputError, SpecError

NAME = "dial:semantics"
LEVELS = (2.0, 8.0, 24.0)
SMALL = SemanticsDial(
    name=NAME,
    title="Small",
    seeds=2,
    budget="tiny",
    shape=Shape(2, 2),
    families=(replace(FAMILIES[0], levels=LEVELS), replace(FAMILIES[2], levels=LEVELS[:2])),
)
TRAININGS = 2 * (3 + 2)


@pytest.fixture(scope="module")
def small() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, NAME, SMALL)
        yield patch


@pytest.fixture(scope="module")
def batches() -> list[bytes]:
    """What `Stream.take` gave in the module's study, in its order."""
    return []


@pytest.fixture(scope="module")
def done(small: Any, batches: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Dialed:
    folder = tmp_path_factory.mktemp("dial") / "run"
    take = Stream.take
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stream, "take", lambda self: (batches.append((rows := take(self)).tobytes()), rows)[1])
        found = compare(study=NAME, out=folder, seed=3)
    assert isinstance(found, Dialed)
    return found


def test_every_training_has_a_row_for_every_level_that_is_scored(done: Dialed) -> None:
    assert len({row["draw"] for row in done.rows}) == TRAININGS and len(done.rows) == 2 * (3 * 3 + 2 * 2)
    for row in done.rows:
        assert row["status"] == "ok" and row["kappa"] < row["kappa_edits"], "numbers are the lesser part of what edits do"
        for name in ("quality", "drawn", "planted", "retrieval", "prior", "attainable", "posterior", "right", "valid"):
            assert 0.0 <= row[name] <= 1.0
        assert row["attainable"] >= row["posterior"] - 0.02 and row["attainable"] > row["prior"]
    for family in ("logistic", "pendulum"):
        kappas = [row["kappa"] for row in done.rows if row["family"] == family and row["draw"] in (0, 3)]
        assert kappas == sorted(kappas), "longer is rougher"


def test_what_should_be_the_same_at_every_level_is(done: Dialed, batches: list[bytes]) -> None:
    """Sequences and batches by a digest, which is held to the batches themselves; weights by bytes."""
    assert unlike(done.rows) == []
    seeds = {(row["family"], row["seed"]): row["sequences"] for row in done.rows}
    assert len(set(seeds.values())) == 4, "families and seeds differ"
    # Each training takes its batches, which are then taken again for the digest.
    steps = len(batches) // TRAININGS
    each = [batches[i * steps : (i + 1) * steps] for i in range(TRAININGS)]
    assert steps % 2 == 0 and all(one[: steps // 2] == one[steps // 2 :] for one in each)
    assert each[0] == each[1] == each[2] != each[5]
    weights = {row["draw"]: row["weights"] for row in done.rows}
    assert len(set(weights.values())) == TRAININGS


def test_token_sequences_and_noise_are_those_of_every_level(done: Dialed) -> None:
    origin = origin_of(header_of(done.folder))
    assert origin.run
    shared = tasks.SHARED.of(done.folder, "logistic")
    ids = [[shared.given.representation.encode(t) for t in task.train.targets] for task in shared.tasks]
    assert ids[0] == ids[1] == ids[2] and len({len(one) for one in ids[0]}) == 1
    assert len({task.train.curves.values.shape for task in shared.tasks}) == 1
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(shared.tasks[0].train.curves.values, shared.tasks[2].train.curves.values)


def test_what_is_there_is_not_made_again_and_the_page_is_its_table(done: Dialed, small: Any) -> None:
    folder = done.folder
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    part, shared = folder / "parts" / "0004.json", folder / "parts" / "pendulum-01.safetensors"
    kept, task = part.read_bytes(), shared.read_bytes()
    part.unlink()
    shared.unlink()
    tasks.SHARED.forget()
    cut = report(folder)
    assert isinstance(cut, Dialed) and any(one.startswith("Not finished: 9 of 10") for one in cut.lines())
    again = compare(study=NAME, out=folder, seed=3, resume=True)
    assert part.read_bytes() == kept and shared.read_bytes() == task
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert again.lines() == done.lines() and "## logistic" in (folder / "index.md").read_text(encoding="utf-8")
    assert json.loads(json.dumps(done.as_dict()))["rows"][0]["family"] == "logistic"
    assert done.to_frame().height == len(done.rows) and done.plot() is not None
    with pytest.raises(OutputError, match="holds another study"):
        compare(study=NAME, out=folder, seed=4, resume=True)


def test_what_is_kept_of_a_study_is_enough_for_its_page(done: Dialed, small: Any, tmp_path: Path) -> None:
    for name in ("study.json", SEMANTICS_DIAL.name):
        (tmp_path / name).write_bytes((done.folder / name).read_bytes())
    report(tmp_path)
    for name in ("index.md", "gain.svg", "quality.svg"):
        assert (tmp_path / name).read_bytes() == (done.folder / name).read_bytes()


@pytest.mark.slow
def test_other_processes_find_the_same_numbers(done: Dialed, small: Any, tmp_path: Path) -> None:
    """What a study keeps is all that its workers have of it."""
    found = compare(study=NAME, out=tmp_path / "run", seed=3, jobs=2)
    for name in ("index.md", SEMANTICS_DIAL.name):
        assert (tmp_path / "run" / name).read_bytes() == (done.folder / name).read_bytes()
    assert isinstance(found, Dialed) and main_slope(found.rows) == main_slope(done.rows)


@pytest.mark.nightly
def test_a_cluster_finds_the_same_numbers(done: Dialed, small: Any, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster:
        compare(study=NAME, out=tmp_path / "run", seed=3, scheduler=cluster.scheduler_address)
    for name in ("index.md", SEMANTICS_DIAL.name):
        assert (tmp_path / "run" / name).read_bytes() == (done.folder / name).read_bytes()


def test_what_was_not_made_in_a_study_is_no_part_of_it(done: Dialed, small: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(done.folder, tmp_path / "run"))
    part, beside = folder / "parts" / "0002.json", folder / "parts" / "logistic.json"
    whole, lines = part.read_bytes(), read_json(beside)

    def told(words: str, *, page: bool = True) -> None:
        for ask in [lambda: compare(study=NAME, out=folder, seed=3, resume=True), *[lambda: report(folder)] * page]:
            tasks.SHARED.forget()
            with pytest.raises(OutputError, match=words) as caught:
                ask()
            assert "\n" not in str(caught.value)

    part.write_bytes(whole.replace(b'"kappa": 0.', b'"kappa": 1.', 1))
    told("cannot read .*0002")
    write_json(part, read_json(folder / "parts" / "0001.json"))
    told("0002.json is damaged: it is of another training")
    write_json(part, {"rows": []})
    told("0002.json is damaged: it has no rows")
    part.write_bytes(whole)
    write_json(beside, lines | {"made": lines["made"] | {"run": "0" * 16}})
    told("logistic.json is of another run", page=False)
    write_json(beside, lines | {"cells": lines["cells"][1:]})
    told("logistic.json is damaged: it is not of 3 levels", page=False)
    write_json(beside, lines | {"levels": "many"})
    told("logistic.json is damaged", page=False)
    header = read_json(folder / "study.json")
    arguments, families = header["arguments"], header["arguments"]["families"]
    for other, words in (
        ({"study": "dial:none"}, "there are dial:code, dial:semantics"),
        ({"arguments": arguments | {"unheard": 1}}, "study.json is damaged: .*unheard"),
        ({"arguments": arguments | {"families": [families[0] | {"more": 1}]}}, "study.json is damaged: .*more"),
        ({"arguments": arguments | {"families": [families[0] | {"levels": "2"}]}}, "study.json is damaged: .*levels is no list"),
    ):
        write_json(folder / "study.json", header | other)
        with pytest.raises(OutputError, match=words):
            report(folder)


@pytest.mark.parametrize(("wrong", "words"), [({"model": "3M"}, "leave --model out"), ({"budget": "huge"}, "unknown budget")])
def test_what_the_protocol_sets_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        compare(study=NAME, **wrong)
    with pytest.raises(SpecError, match="leave -r and --data out"):
        compare(["prefix"], study=NAME)


def test_a_plan_comes_back_from_its_document() -> None:
    plan = SMALL.plan({"seed": 5})
    assert SemanticsPlan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    assert len(plan.trainings) == TRAININGS and plan.domains == ("map", "ode")
    first = [(one.family.name, one.level) for one in plan.trainings[: TRAININGS // 2]]
    assert len(set(first)) == len(first), "a study that is cut short has all levels"
