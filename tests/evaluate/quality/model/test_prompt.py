"""A model that is shown tokens: the same in any batch, step by step, and with the weights that any model has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.quality.decoding.decode import beam, sample
from kappabar.evaluate.quality.model.cost import shape_of
from kappabar.evaluate.quality.model.model import BOS, PAD, SPECIAL, Model, ModelConfig

SIZE = ModelConfig(d_model=32, layers=2, heads=2)
LENGTH, WORDS = 11, 9


@pytest.fixture
def model() -> Model:
    made = Model(SIZE, WORDS, LENGTH, 0, 0, 3).eval()
    made.embedding.weight.data *= 20  # an untrained model has hardly any preference
    return made


def shown(n: int, seed: int = 0) -> Observations:
    rng = np.random.default_rng(seed)
    table = np.full((n, LENGTH, 1), -1, np.int64)
    for row in table:
        size = int(rng.integers(1, LENGTH + 1))
        row[-size:, 0] = rng.integers(0, WORDS, size)
    return Observations(table, np.zeros((n, 0), np.float32))


def logits(model: Model, seen: Observations, rows: list[int], tokens: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.from_numpy(seen.samples[rows]), torch.from_numpy(seen.scales[rows]), tokens[rows])


def test_alone_is_as_in_a_batch(model: Model) -> None:
    seen = shown(7)
    tokens = torch.cat([torch.full((7, 1), BOS), torch.randint(SPECIAL, SPECIAL + WORDS, (7, 5))], dim=1)
    together = logits(model, seen, list(range(7)), tokens)
    for i in range(7):
        torch.testing.assert_close(logits(model, seen, [i], tokens)[0], together[i], atol=1e-5, rtol=1e-5)
    padded = torch.cat([tokens, torch.full((7, 4), PAD)], dim=1)
    torch.testing.assert_close(logits(model, seen, list(range(7)), padded)[:, :6], together, atol=1e-5, rtol=1e-5)


def test_what_is_shown_decides_what_is_written_and_order_counts(model: Model) -> None:
    seen = shown(2, 1)
    seen.samples[1] = seen.samples[0]
    tokens = torch.full((2, 1), BOS)
    assert torch.equal(*logits(model, seen, [0, 1], tokens))
    seen.samples[0, -2:, 0], seen.samples[1, -2:, 0] = (1, 2), (2, 1)
    assert not torch.allclose(*logits(model, seen, [0, 1], tokens), atol=1e-3)


def test_shown_tokens_have_the_embeddings_of_written_ones(model: Model) -> None:
    seen = shown(3)
    embedded = model.prefix_embeddings(torch.from_numpy(seen.samples), torch.from_numpy(seen.scales))
    ids = torch.from_numpy(np.where(seen.samples[..., 0] < 0, PAD, seen.samples[..., 0] + SPECIAL))
    assert torch.equal(embedded, model.embedding(ids)) and model.prefix == LENGTH


def test_step_by_step_is_at_once(model: Model) -> None:
    seen = shown(5)
    written = sample(model, seen, 8)
    for i, ids in enumerate(written.ids):
        tokens = torch.tensor([[BOS, *(t + SPECIAL for t in ids)]])
        with torch.no_grad():
            at_once = model(torch.from_numpy(seen.samples[[i]]), torch.from_numpy(seen.scales[[i]]), tokens)[0]
        at_once[:, [PAD, BOS]] = -torch.inf
        assert at_once.argmax(dim=1)[: len(ids)].tolist() == [t + SPECIAL for t in ids]
    assert beam(model, seen, 8, 1).ids == written.ids
    assert sample(model, seen, 8, batch_size=2).ids == written.ids


def test_the_weights_are_those_of_any_model_but_for_the_observers(model: Model) -> None:
    other = Model(SIZE, WORDS, 8, 3, 5, 3)
    ours = dict(Model(SIZE, WORDS, LENGTH, 0, 0, 3).named_parameters())
    theirs = {name: p for name, p in other.named_parameters() if not name.startswith("observer.")}
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert shape_of(model).observer == 0 and shape_of(model).prefix == LENGTH


def test_gradients_reach_the_table_through_what_is_shown(model: Model, tmp_path: Path) -> None:
    seen = shown(1)
    seen.samples[0, :, 0] = [0] * LENGTH
    tokens = torch.tensor([[BOS]])
    out = model(torch.from_numpy(seen.samples), torch.from_numpy(seen.scales), tokens)
    torch.nn.functional.cross_entropy(out[:, -1], torch.tensor([SPECIAL + 1])).backward()
    assert model.embedding.weight.grad is not None and model.embedding.weight.grad[SPECIAL].abs().sum() > 0
