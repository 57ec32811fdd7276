"""Learning a table before anything else, and beginning a training with what was learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kappabar.evaluate.dials.code.codes import Shape, natural, scattered
from kappabar.evaluate.dials.code.copying import Copied, copied, copying_task, ends
from kappabar.evaluate.dials.code.values import OnValues, moved, spaced
from kappabar.evaluate.dials.code.writing import words, written
from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.metrics import bounded_l2
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.quality.model.model import ModelConfig
from kappabar.evaluate.quality.model.trained import TrainConfig
from kappabar.evaluate.quality.task.task import Task, TaskConfig, build_task
from kappabar.evaluate.quality.training.train import Run, train
from kappabar.grammars.draw.sampler import FunctionSampler
from kappabar.grammars.errors import OutputError
from kappabar.grammars.tree import coefficients, number, system
from kappabar.representations.representation import Representation

SHAPE, MODEL = Shape(2, 2), ModelConfig(d_model=32, layers=1, heads=2)
CONFIG = TrainConfig(steps=8, checkpoints=1, probe=2, lr=2.5e-3, precision="float32")
VALUES = spaced(SHAPE.words, 0.2, 5.0)


@pytest.fixture(scope="module")
def drawn() -> Domain:
    return replace(domain("function"), sampler=OnValues(FunctionSampler(), VALUES))


@pytest.fixture(scope="module")
def task(drawn: Domain) -> Task:
    return build_task(drawn, TaskConfig(n_train=40, n_val=4, n_test=4), 0)


@pytest.fixture(scope="module")
def representation(drawn: Domain) -> Representation:
    return written(drawn, scattered(SHAPE, np.random.default_rng(1)), SHAPE, VALUES, 1, "table")


@pytest.fixture(scope="module")
def learned(task: Task, representation: Representation) -> Copied:
    return copied(copying_task(task, VALUES), representation, MODEL, CONFIG, 0, share=0.99, most=1500)


def test_coefficients_are_the_values_all_as_often(drawn: Domain) -> None:
    found = [v for s in sample_systems(drawn, 400, 1) for v in coefficients(s.tree)]
    shares = np.array([found.count(v) for v in VALUES]) / len(found)
    assert set(found) == set(VALUES) and shares.sum() == 1.0
    assert shares == pytest.approx([0.25] * 4, abs=0.06), "what does not stay in bounds is drawn again, which is seldom"


def test_a_number_is_written_in_its_tables_word(drawn: Domain) -> None:
    for table in (natural(SHAPE), np.array([3, 1, 0, 2])):
        chosen, texts = written(drawn, table, SHAPE, VALUES, 1, "table"), words(table, SHAPE)
        assert len(chosen.vocabulary) == len(written(drawn, natural(SHAPE), SHAPE, VALUES, 1, "table").vocabulary)
        for word, rank in zip(np.ndindex(SHAPE.grid), table, strict=True):
            tree = system(number(VALUES[rank]))
            tokens = [chosen.vocabulary.tokens[i] for i in chosen.encode(tree)]
            assert tokens[-2:] == [f"C{place}.{digit}" for place, digit in enumerate(word)] and texts[rank] == word
            assert chosen.decode(chosen.encode(tree)) == tree


def test_sent_three_times_no_edit_of_a_token_changes_anything(drawn: Domain) -> None:
    """Whatever the table, and though the table itself is as rough as without."""
    systems = sample_systems(drawn, 4, 3)
    plain, corrected = (written(drawn, scattered(SHAPE, np.random.default_rng(1)), SHAPE, VALUES, 1, "t", n) for n in (1, 3))
    kappas = [measure_all(r, systems, drawn, drawn.quality, TokenEdits(), edits_per_expression=300) for r in (plain, corrected)]
    assert kappas[0].mean.value > 0.1 and kappas[0].validity.value < 1
    assert kappas[1].sup.value == 0 and kappas[1].validity.value == 1
    for one in systems:
        assert len(corrected.encode(one)) == 3 * len(plain.encode(one))
        assert corrected.decode(corrected.encode(one)) == plain.decode(plain.encode(one))


def test_how_far_the_meaning_moves_is_the_mean_over_places_and_systems(drawn: Domain) -> None:
    """y = a*x + b, by hand: of one system, the mean over its two places."""
    from kappabar.grammars.text.parse import parse

    one = replace(parse("0.2*x_0 + 5", domain="function"), ranges=((-5.0, 5.0),))
    found = moved(drawn, [one], VALUES)
    x = drawn.semantics.setting(one).x0[:, 0]
    for i, v in enumerate(VALUES):
        for j, w in enumerate(VALUES):
            both = []
            for a, b in ((v * x + 5, w * x + 5), (0.2 * x + v, 0.2 * x + w)):
                there, back = (bounded_l2(p[None, :, None], q[None, None, :, None])[0] for p, q in ((a, b), (b, a)))
                both.append((there + back) / 2)
            assert found.distance[i, j] == pytest.approx(np.mean(both), abs=1e-9)
    assert (found.places, found.left_out) == (2, 0)


def test_a_table_is_learned_by_copying(learned: Copied, task: Task) -> None:
    assert learned.share == 1.0 and learned.weights and learned.examples % CONFIG.batch_size == 0
    assert len(copying_task(task, VALUES).items) == len(VALUES)


def test_each_end_is_further_than_the_last() -> None:
    for most in (25, 200, 201, 1000):
        found = ends(most)
        assert found[-1] == most and found == sorted(set(found)) and found[0] == min(200, most)


def test_ends_that_were_tried_leave_nothing_behind(
    task: Task, representation: Representation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same weights, to the bit, as where none was tried before."""
    from kappabar.evaluate.dials.code import copying

    def after(first: int) -> Copied:
        monkeypatch.setattr(copying, "_FIRST", first)
        return copied(copying_task(task, VALUES), representation, MODEL, CONFIG, 0, share=0.99, most=1500)

    tried = after(10)
    length = tried.examples // CONFIG.batch_size
    once = after(length)
    assert length > 10 and once.examples == tried.examples
    assert all(torch.equal(once.weights[name], value) for name, value in tried.weights.items())


def test_what_is_not_learned_in_time_says_so(task: Task, representation: Representation) -> None:
    short = copied(copying_task(task, VALUES), representation, MODEL, CONFIG, 0, share=0.99, most=25)
    assert not short.weights and short.share < 0.99 and short.examples == 25 * CONFIG.batch_size


def test_a_training_begins_with_given_weights(
    task: Task, representation: Representation, learned: Copied, tmp_path: Path
) -> None:
    run = Run(task, representation, MODEL, CONFIG, 3)
    run.begin_with(learned.weights)
    assert all(torch.equal(run.model.state_dict()[name], value) for name, value in learned.weights.items())
    copying = copying_task(task, VALUES)
    before, after = (_first_loss(copying, representation, start) for start in (None, learned.weights))
    assert after < 0.5 < before, "what it learned already need not be learned again"
    train(task, representation, MODEL, replace(CONFIG, checkpoint_every=4), 0, checkpoints=tmp_path, start=learned.weights)
    other = {name: value + 0.01 for name, value in learned.weights.items()}
    with pytest.raises(OutputError, match="weights to begin with"):
        train(task, representation, MODEL, replace(CONFIG, checkpoint_every=4), 0, checkpoints=tmp_path, start=other)


def _first_loss(task: Task, representation: Representation, start: dict[str, torch.Tensor] | None) -> float:
    losses: list[float] = []
    train(task, representation, MODEL, CONFIG, 0, start=start, on_step=lambda step, loss: losses.append(loss))
    return losses[0]
