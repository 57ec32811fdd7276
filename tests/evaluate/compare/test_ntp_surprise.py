from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
import torch

from kappabar.evaluate.compare.surprise import teacher_forced, token_rows
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.domains.observers.numbers import NUMBERS
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.kappa import Kappa, measure_all
from kappabar.evaluate.kappa.tables import edit_frame
from kappabar.evaluate.quality.model.model import BOS, EOS, PAD, SPECIAL, Model, ModelConfig
from kappabar.evaluate.quality.task.task import Task, TaskConfig, build_task
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.representation import Representation, representation


def decay(rate: float, name: str = "", conditions: bool = True) -> System:
    tree = system(Node("*", (number(-round(rate, 3)), variable(0))))
    x0, t_end = (((1.0,),), 2.0) if conditions else ((), None)
    return System(tree, ("x_0",), "ode", x0, t_end, name=name or f"decay {rate:g}")


@pytest.fixture(scope="module")
def task() -> Task:
    config = TaskConfig(n_train=30, n_val=4, n_test=6, times=63, points=16, separation=1e-6)
    return build_task(domain("ode"), config, 0, [decay(float(r)) for r in np.linspace(0.2, 2.0, 60)])


@pytest.fixture(scope="module")
def measured() -> dict[str, System]:
    three = System(system(variable(1), variable(2), variable(0)), ("a", "b", "c"), "ode", ((1.0, 0.0, 0.0),), 1.0, name="three")
    return {s.name: s for s in (three, decay(0.37), decay(1.51))}


@pytest.fixture(scope="module")
def chosen(task: Task, measured: dict[str, System]) -> Representation:
    return representation("prefix | digits:2", corpus=[*task.train.systems, *measured.values()])


@pytest.fixture(scope="module")
def kappa(chosen: Representation, measured: dict[str, System]) -> Kappa:
    return measure_all(
        chosen,
        list(measured.values()),
        domain("ode"),
        metric("bounded-l2"),
        TokenEdits(),
        invalid="exclude",
        edits_per_expression=300,
        seed=0,
    )


def make(task: Task, vocabulary: int) -> Model:
    return Model(
        ModelConfig(d_model=16, layers=1, heads=2),
        vocabulary,
        task.config.points,
        *NUMBERS.features(task.columns),
        seed=0,
    )


@torch.no_grad()
def test_entropy_and_surprisal_one_token_at_a_time() -> None:
    model = Model(ModelConfig(d_model=16, layers=1, heads=2), 7, 8, 3, 5, seed=0)
    model.embedding.weight.mul_(20)
    rng = np.random.default_rng(0)
    seen = Observations(*(rng.standard_normal(s).astype(np.float32) for s in ((3, 8, 3), (3, 5))))
    encoded = [[0, 1, 2, 3], [6], [5, 5]]
    entropy, surprisal = teacher_forced(model, seen, encoded)
    for row, ids in enumerate(encoded):
        assert len(entropy[row]) == len(surprisal[row]) == len(ids)
        for k, token in enumerate(ids):
            prefix = torch.tensor([[BOS, *(i + SPECIAL for i in ids[:k])]])
            logits = model(torch.from_numpy(seen.samples[[row]]), torch.from_numpy(seen.scales[[row]]), prefix)[0, -1]
            logits = logits.double().numpy()
            p = np.exp(logits - logits.max())
            p[[PAD, BOS]] = 0
            p /= p.sum()
            assert entropy[row][k] == pytest.approx(-sum(x * math.log2(x) for x in p if x > 0), abs=1e-4)
            assert surprisal[row][k] == pytest.approx(-math.log2(p[token + SPECIAL]), abs=1e-4)
            assert p[EOS] > 0


@torch.no_grad()
def test_a_model_that_knows_nothing_is_as_uncertain_as_can_be(task: Task, chosen: Representation) -> None:
    model = make(task, len(chosen.vocabulary))
    model.embedding.weight.zero_()
    seen = task.observations(task.test, "test-noise")
    entropy, surprisal = teacher_forced(model, Observations(seen.samples[:2], seen.scales[:2]), [[0, 1], [2]])
    whole = math.log2(len(chosen.vocabulary) + 1)  # the end is one more
    assert np.allclose(np.concatenate([*entropy, *surprisal]), whole, atol=1e-6)


def test_rows_are_joined_to_the_edits_at_each_token(
    task: Task, chosen: Representation, kappa: Kappa, measured: dict[str, System]
) -> None:
    rows = token_rows(task, chosen, make(task, len(chosen.vocabulary)), kappa, measured, seed=0)
    assert {row["expression"] for row in rows} == {"decay 0.37", "decay 1.51"}, "three equations are more than the task observes"
    edits = edit_frame(kappa)
    for row in rows:
        own = edits.filter(pl.col("item") == row["item"])
        ids = chosen.encode(measured[row["expression"]].tree)
        assert ids[row["position"]] == row["token"]
        at = own.filter(pl.min_horizontal(pl.col("position"), pl.lit(len(ids) - 1)) == row["position"])
        found = at["distance"].drop_nulls()
        assert row["n_edits"] == len(found)
        if len(found):
            assert row["sensitivity"] == pytest.approx(found.mean())
        else:
            assert row["sensitivity"] is None
        assert 0 <= row["entropy"] <= math.log2(len(chosen.vocabulary) + 1) + 1e-9
        assert row["surprisal"] >= 0
    assert rows == token_rows(task, chosen, make(task, len(chosen.vocabulary)), kappa, measured, seed=0)


def test_what_cannot_be_observed_is_left_out(task: Task, chosen: Representation, kappa: Kappa) -> None:
    model = make(task, len(chosen.vocabulary))
    without = {"decay 0.37": decay(0.37, conditions=False)}
    assert token_rows(task, chosen, model, kappa, without, seed=0) == []
