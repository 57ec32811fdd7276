"""Sampling and beam search against plain ways to do the same: the whole prefix again for every token, and exhaustive search."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.domains.observers.numbers import NUMBERS
from kappabar.evaluate.quality.decoding.decode import _choose, beam, sample
from kappabar.evaluate.quality.measures.choose import best_of, observed_errors
from kappabar.evaluate.quality.model.model import BOS, EOS, PAD, SPECIAL, Model, ModelConfig
from kappabar.evaluate.quality.task.observe import curves
from kappabar.evaluate.quality.task.outcomes import Item
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, number, system, variable
from kappabar.tokenizers.base import Invalid

CONTENT = 3


def model_of(seed: int, content: int = CONTENT, spread: float = 8.0) -> Model:
    model = Model(ModelConfig(d_model=16, layers=2, heads=2), content, 8, 3, 5, seed).eval()
    model.embedding.weight.data *= spread  # an untrained model has hardly any preference
    return model


def observations(n: int, seed: int = 0) -> Observations:
    rng = np.random.default_rng(seed)
    return Observations(rng.standard_normal((n, 8, 3)).astype(np.float32), rng.standard_normal((n, 5)).astype(np.float32))


def log_probabilities(model: Model, seen: Observations, i: int, ids: tuple[int, ...]) -> torch.Tensor:
    """(len(ids) + 1, V) of what follows each beginning, computed from scratch."""
    tokens = torch.tensor([[BOS, *(t + SPECIAL for t in ids)]])
    with torch.no_grad():
        logits = model(torch.from_numpy(seen.samples[i : i + 1]), torch.from_numpy(seen.scales[i : i + 1]), tokens)[0].double()
    logits[:, [PAD, BOS]] = -torch.inf
    return logits.log_softmax(dim=1)


def whole(model: Model, seen: Observations, i: int, ids: tuple[int, ...]) -> float:
    """The log-probability of a finished sequence."""
    log_p = log_probabilities(model, seen, i, ids)
    return float(log_p[torch.arange(len(ids) + 1), torch.tensor([*(t + SPECIAL for t in ids), EOS])].sum())


def test_greedy_is_greedy() -> None:
    model, seen = model_of(1, 9), observations(12)
    samples = sample(model, seen, 15)
    for i, ids in enumerate(samples.ids):
        log_p = log_probabilities(model, seen, i, tuple(ids))
        best = log_p.argmax(dim=1).tolist()
        assert best[: len(ids)] == [t + SPECIAL for t in ids]
        assert samples.finished[i] == (best[len(ids)] == EOS)
        if samples.finished[i]:
            assert samples.log_probability[i] == pytest.approx(whole(model, seen, i, tuple(ids)), abs=1e-3)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_one_beam_is_greedy(penalty: float) -> None:
    model, seen = model_of(2, 9), observations(30)
    greedy, one = sample(model, seen, 20), beam(model, seen, 20, 1, length_penalty=penalty, batch_size=7)
    assert one.ids == greedy.ids and one.finished == greedy.finished
    assert one.log_probability == pytest.approx(greedy.log_probability, abs=1e-3)


@pytest.mark.parametrize("penalty", [0.0, 0.7, 1.0])
def test_with_as_many_beams_as_sequences_the_best_one_is_found(penalty: float) -> None:
    length, seen = 3, observations(5)
    model = model_of(3)
    found = beam(model, seen, length, (CONTENT + 1) ** (length + 1), length_penalty=penalty, batch_size=600)
    for i, ids in enumerate(found.ids):
        every = [ids for n in range(length + 1) for ids in product(range(CONTENT), repeat=n)]
        score = [whole(model, seen, i, word) / (len(word) + 1) ** penalty for word in every]
        assert found.finished[i]
        assert tuple(ids) == every[int(np.argmax(score))]
        assert found.log_probability[i] == pytest.approx(whole(model, seen, i, tuple(ids)), abs=1e-3)


def test_samples_depend_on_the_generator_alone() -> None:
    model, seen = model_of(5, 9), observations(16)
    first, again, other = (
        sample(model, seen, 12, temperature=1.0, generator=torch.Generator().manual_seed(s)) for s in (0, 0, 1)
    )
    assert first.ids == again.ids != other.ids
    with pytest.raises(ValueError, match="Generator"):
        sample(model, seen, 12, temperature=1.0)
    with pytest.raises(ValueError, match="width"):
        beam(model, seen, 12, 0)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_tokens_are_drawn_as_likely_as_they_are(temperature: float) -> None:
    p = torch.tensor([0.0, 0.0, 0.0, 0.2, 0.3, 0.5]).log()
    chosen, log_p, lost = _choose(p.repeat(40_000, 1), None, temperature, torch.Generator().manual_seed(0))
    counts = torch.bincount(chosen, minlength=6) / 40_000
    assert (counts - (p / temperature).softmax(dim=0)).abs().max() < 0.01 and not counts[:3].any()
    assert torch.allclose(log_p.float(), p[chosen]) and not lost.any()


def test_the_chosen_one_has_the_least_error_among_the_first() -> None:
    errors = np.array([[0.5, np.inf, 0.2], [0.5, np.inf, 0.3], [0.1, 0.4, 0.2], [0.2, 0.3, 0.1], [0.05, 0.9, np.inf]])
    likely = np.array([[-2.0, -3.0, -1.0], [-1.0, -2.0, -1.0], [-9.0, -9.0, -0.5], [-1.0, -1.0, -1.0], [-1.0, -1.0, -1.0]])
    chosen = best_of(errors, likely)
    assert chosen.counts == (1, 2, 4, 5)
    assert chosen.samples.tolist() == [[0, 0, 0], [1, 1, 0], [2, 3, 3], [4, 3, 3]]
    q = np.arange(15.0).reshape(5, 3)
    assert chosen.curve(q).tolist() == [1.0, (3 + 4 + 2) / 3, (6 + 10 + 11) / 3, (12 + 10 + 11) / 3]
    with pytest.raises(ValueError, match="samples by items"):
        best_of(errors, likely[:2])


@pytest.mark.parametrize("place", ["ode", "function"])
def test_errors_are_against_what_was_observed(place: str) -> None:
    where = domain(place)
    text = "x' = -0.5*x @ x=1; T=4" if place == "ode" else "y = 2*x^2 + 1 @ x=-2..2"
    s = parse(text, place)
    setting = where.semantics.setting(s, points=40)
    truth = where.semantics.simulate([s.tree], [setting])[0].y[0]
    clean = curves(where, [s], [setting], [truth], 16, 1 if place == "ode" else 2)
    item = Item(s, setting, truth)
    seen = NUMBERS.noisy(clean, 0.05, np.random.default_rng(0))
    trees: list[Node | Invalid] = [
        s.tree,
        system(Node("neg", (variable(0),))),
        Invalid("no", 0),
        system(variable(0), variable(0)),
    ]
    right, wrong, none, misfit = observed_errors(where, [item] * 4, trees, seen.select([0] * 4))
    assert observed_errors(where, [item], [s.tree], clean)[0] < 1e-6
    assert 0 < right < wrong < none == misfit == np.inf
    # The truth is not looked at: with other points observed, another tree is right.
    flipped = NUMBERS.noisy(
        curves(where, [s], [setting], [np.full_like(truth, 3.0)], 16, 1 if place == "ode" else 2), 0.0, np.random.default_rng(0)
    )
    constant = system(number(3.0)) if place == "function" else system(number(0.0))
    errors = observed_errors(where, [item] * 2, [s.tree, constant], flipped.select([0] * 2))
    assert errors[1] < errors[0]
