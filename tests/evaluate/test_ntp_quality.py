from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch

from kappabar.evaluate.domains import domain
from kappabar.evaluate.metrics import bounded_l2, relative_l2
from kappabar.evaluate.ntp.model import Model, ModelConfig
from kappabar.evaluate.ntp.observe import features
from kappabar.evaluate.ntp.quality import QualityConfig, quality, round_trip, skeleton
from kappabar.evaluate.ntp.score import Item, r_squared, score
from kappabar.evaluate.ntp.task import Task, TaskConfig, build_task, floors
from kappabar.evaluate.ntp.train import TrainConfig, Trained
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid, TokenClass, Vocabulary


def decay(rate: float) -> System:
    """x' = -rate x."""
    tree = system(Node("*", (number(-rate), variable(0))))
    return System(tree, ("x_0",), "ode", ((1.0,),), 2.0, name=f"decay {rate:g}")


@pytest.fixture(scope="module")
def task() -> Task:
    config = TaskConfig(n_train=20, n_val=4, n_test=6, times=63, points=16, separation=1e-6)
    return build_task(domain("ode"), config, 0, [decay(r) for r in np.linspace(0.2, 2.0, 60)])


@dataclass(frozen=True)
class Scripted:
    """A representation that reads, whatever is written, one given tree after the other."""

    script: Sequence[Node | Invalid]
    spec: str = "scripted"
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(("a", "b"), (TokenClass.OPERATOR,) * 2))
    said: list[int] = field(default_factory=list)

    def encode(self, tree: Node) -> list[int]:
        return [0, 1]

    def round_trip(self, tree: Node) -> Node:
        return tree

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        self.said.append(len(ids))
        return self.script[len(self.said) - 1]


def untrained(task: Task, ends: bool = True) -> Trained:
    model = Model(ModelConfig(d_model=16, layers=1, heads=2), 2, task.config.points, *features(task.columns), seed=0)
    weight = model.embedding.weight.data
    weight.zero_()  # all logits equal: greedy takes the least id that is allowed, EOS
    if not ends:
        weight[3], weight[4] = 1 + torch.arange(16.0), -1 - torch.arange(16.0)  # the larger of the two is never below EOS's 0
    return Trained(model, [], "scripted", "ok", 0, 5, model.size(), "float32", TrainConfig(), 0)


def test_every_outcome_is_counted(task: Task) -> None:
    truth = task.items[0].system.tree
    near = system(Node("*", (number(1.001 * task.items[1].system.tree.children[0].children[0].value), variable(0))))  # type: ignore[operator]
    script: list[Node | Invalid] = [
        truth,
        near,
        Invalid("no such thing", 0),
        system(variable(0), variable(0)),
        system(Node("^", (Node("*", (number(9.0), variable(0))), number(9)))),
        system(Node("sin", (Node("*", (number(1e9), variable(0))),))),
    ]
    result = quality(task, Scripted([*script]), untrained(task), known_floors=floors(task))  # type: ignore[arg-type]
    rows = result.rows
    assert [row["status"] for row in rows[:5]] == ["ok", "ok", "invalid", "invalid", "diverged"]
    assert [row["valid"] for row in rows] == [True, True, False, True, True, True]
    assert rows[0]["q"] == pytest.approx(1.0, abs=1e-6) and rows[0]["exact"] and rows[0]["skeleton"] and rows[0]["within_0.1"]
    assert rows[1]["skeleton"] and not rows[1]["exact"] and rows[1]["within_1"] and rows[1]["r2_above_0.9"]
    assert rows[2]["q"] == rows[3]["q"] == 0.0
    assert rows[2]["reason"] == "no such thing" and "2 equations" in rows[3]["reason"]
    assert rows[4]["q"] < 0.1
    assert rows[0]["text"] == rows[0]["target"] and rows[2]["text"] is None
    summary = result.summary
    assert summary["n_invalid"] == 2 and summary["n_diverged"] == 1
    assert summary["n_ok"] + summary["n_diverged"] + summary["n_unresolved"] + summary["n_invalid"] == 6 == summary["n_items"]
    assert summary["quality"] == pytest.approx(np.mean([row["q"] for row in rows]))
    assert summary["quality_low"] <= summary["quality"] <= summary["quality_high"]
    assert summary["exact"] == pytest.approx(1 / 6)


def test_unresolved_is_no_distance() -> None:
    place = domain("ode")
    stiff = System(system(Node("*", (number(-1.0), variable(0)))), ("x_0",), "ode", ((1.0,),), 1.0)
    setting = place.semantics.setting(stiff, points=20)
    truth = place.semantics.simulate([stiff.tree], setting).y[0]
    item = Item(stiff, replace(setting, max_steps=3), truth)
    [outcome] = score(place, [item], [system(Node("*", (number(-1e7), Node("sin", (Node("*", (number(1e7), variable(0))),)))))])
    assert (outcome.status, outcome.q) == ("unresolved", 0.0)
    assert np.isnan(outcome.r2) and np.isnan(outcome.relative_l2)


def test_a_sequence_without_an_end_is_invalid(task: Task) -> None:
    rows = quality(task, Scripted([]), untrained(task, ends=False), QualityConfig(items=2), known_floors=floors(task)).rows  # type: ignore[arg-type]
    assert [row["status"] for row in rows] == ["invalid", "invalid"]
    assert {row["reason"] for row in rows} == {"no end within the length limit"}


def test_scores_are_the_metrics(task: Task) -> None:
    trees = [decay(0.9).tree] * len(task.items)
    for item, outcome in zip(task.items, score(task.domain, task.items, trees), strict=True):
        t, rate = item.setting.t, -item.system.tree.children[0].children[0].value  # type: ignore[operator]
        truth, found = np.exp(-rate * t)[None, :, None], np.exp(-0.9 * t)[None, :, None]
        assert outcome.q == pytest.approx(1 - float(bounded_l2(truth, found)[0]), abs=1e-5)
        assert outcome.relative_l2 == pytest.approx(float(relative_l2(truth, found)[0]), abs=1e-5)
        assert outcome.r2 == pytest.approx(1 - ((truth - found) ** 2).sum() / ((truth - truth.mean()) ** 2).sum(), abs=1e-4)


def test_r_squared_of_a_behavior_at_rest() -> None:
    rest = np.ones((1, 5, 1))
    assert r_squared(rest, rest) == 1.0
    assert r_squared(rest, rest + 1) == float("-inf")


def test_the_ceiling_is_the_round_trip(task: Task) -> None:
    exact, rough = (
        [o.q for o in round_trip(task, representation(spec, corpus=list(task.train.systems)))]
        for spec in ("prefix | digits:6", "prefix | digits:1")
    )
    assert np.allclose(exact, 1.0, atol=1e-3)
    assert np.mean(rough) < np.mean(exact)


def test_a_skeleton_has_no_coefficients_but_keeps_its_powers() -> None:
    tree = system(Node("+", (Node("*", (number(2.5), variable(0))), Node("^", (variable(0), number(3))))))
    other = system(Node("+", (Node("*", (number(-7.0), variable(0))), Node("^", (variable(0), number(3))))))
    square = system(Node("+", (Node("*", (number(2.5), variable(0))), Node("^", (variable(0), number(2))))))
    assert skeleton(tree) == skeleton(other) != skeleton(square)


def test_several_samples_are_averaged_per_item(task: Task) -> None:
    script: list[Node | Invalid] = []
    for draw in range(2):
        script += [item.system.tree if draw == 0 else Invalid("no", 0) for item in task.items]
    result = quality(task, Scripted(script), untrained(task), QualityConfig(samples=2), known_floors=floors(task))  # type: ignore[arg-type]
    assert len(result.rows) == 2 * len(task.items)
    assert result.summary["quality"] == pytest.approx(0.5, abs=1e-6)
    assert result.summary["exact"] == 0.5
