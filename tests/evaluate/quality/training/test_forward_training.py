"""Training on a forward task: it learns sums of digits, goes on from a checkpoint bit for bit, and what it writes is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kappabar.evaluate.domains.arithmetic import ARITHMETIC
from kappabar.evaluate.quality.measures.quality import QualityConfig, greedy_quality, quality, round_trip
from kappabar.evaluate.quality.model.model import ModelConfig
from kappabar.evaluate.quality.model.trained import TrainConfig, load
from kappabar.evaluate.quality.task.outcomes import Item
from kappabar.evaluate.quality.task.task import Task, TaskConfig, build_task, floors
from kappabar.evaluate.quality.training.alignment import alignment
from kappabar.evaluate.quality.training.train import Run, train
from kappabar.grammars.tree import Node, System, number, system
from kappabar.representations.representation import Representation

SIZE = ModelConfig(d_model=32, layers=2, heads=2)
FAST = TrainConfig(steps=20, batch_size=16, checkpoints=3, probe=4, checkpoint_every=7, branches=1, precision="float32")


def sums() -> list[System]:
    """a + b and a - b below 10, both."""
    pairs = [(a, b) for a in range(10) for b in range(10)]
    return [
        System(system(Node(symbol, (number(float(a)), number(float(b))))), (), "arithmetic", name=f"{a}{symbol}{b}")
        for symbol in "+-"
        for a, b in pairs
    ]


@pytest.fixture(scope="module")
def task() -> Task:
    return build_task(ARITHMETIC, TaskConfig(n_train=120, n_val=8, n_test=12, points=2, times=2), 0, sums())


@pytest.fixture(scope="module")
def characters(task: Task) -> Representation:
    return ARITHMETIC.representation("infix | chars", task.train.expressions)


def test_it_learns_what_it_is_shown(task: Task, characters: Representation) -> None:
    """The answers of what it was trained on, by heart: only what is shown can tell one from another."""
    config = replace(FAST, steps=300, batch_size=40, lr=4e-3, branches=0, checkpoints=1, checkpoint_every=0)
    trained = train(task, characters, SIZE, config, seed=0)
    assert trained.status == "ok"
    known = replace(task, test=task.train.select(np.arange(12)), items=_items(task, 12))
    assert greedy_quality(known, characters, trained.model, trained.max_length, QualityConfig()) > 0.95


def _items(task: Task, n: int) -> tuple[Item, ...]:
    part = task.train.select(np.arange(n))
    settings = [ARITHMETIC.semantics.setting(s) for s in part.systems]
    behaviors = ARITHMETIC.semantics.simulate([s.tree for s in part.systems], settings)
    rows = zip(part.systems, settings, behaviors, part.answers, strict=True)
    return tuple(Item(s, setting, b.y[0], answer) for s, setting, b, answer in rows)


def test_one_that_goes_on_is_the_one_that_did_not_stop(task: Task, characters: Representation, tmp_path: Path) -> None:
    whole = train(task, characters, SIZE, FAST, seed=1)
    run = Run(task, characters, SIZE, FAST, 1)
    run.resume(tmp_path)
    for _ in range(7):
        run.update()
    run.keep(tmp_path)
    again = train(task, characters, SIZE, FAST, seed=1, checkpoints=tmp_path)
    for (name, ours), theirs in zip(whole.model.state_dict().items(), again.model.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs), name


def test_quality_is_of_values(task: Task, characters: Representation, tmp_path: Path) -> None:
    trained = train(task, characters, SIZE, FAST, seed=0)
    trained.save(tmp_path)
    found = quality(task, characters, trained, QualityConfig(choices=4), 0, floors(task))
    assert quality(task, characters, load(tmp_path), QualityConfig(choices=4), 0, floors(task)).rows == found.rows
    assert all(row["target"].count(" → ") == 1 for row in found.rows)
    assert found.rows[0]["target"].startswith(f"{task.items[0].system.tree.children[0].children[0].value:g} ")
    assert found.summary["ceiling"] == 1.0 and [o.q for o in round_trip(task, characters)] == [1.0] * len(task.items)
    assert {"q@1", "q@4"} <= found.rows[0].keys() and found.summary["floor_constant"] < 1.0
    assert found.summary["note_constrained"] == ""
    assert {row["valid_constrained"] for row in found.rows if row.get("valid_constrained") is not None} == {1.0}
    assert not found.written[0].x and "→" in found.written[0].target


def test_the_gradient_of_quality_can_be_asked_for(task: Task, characters: Representation) -> None:
    trained = train(task, characters, SIZE, FAST, seed=0)
    found = alignment(task, characters, trained.model, trained.max_length, 6, samples=4)
    assert found.n_items == 6 and 0 <= found.quality <= 1


def test_a_prompt_longer_than_the_limit_is_left_out_and_counted(task: Task, characters: Representation) -> None:
    run = Run(task, characters, SIZE, replace(FAST, max_tokens=2), 0)
    assert run.dropped == len(task.train) and run.max_length == 0
