from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from kappabar.evaluate.quality.model.cost import Shape, forward_flops, sampling_flops, shape_of, training_flops
from kappabar.evaluate.quality.model.model import SPECIAL, Model, ModelConfig

POINTS, FEATURES, SCALES, VOCABULARY = 8, 3, 5, 11
MODEL = Model(ModelConfig(d_model=16, layers=2, heads=2, patch=4), VOCABULARY, POINTS, FEATURES, SCALES, seed=0)


def test_by_hand() -> None:
    """d = 16, 2 layers, 3 positions of observation, 5 tokens: written out product by product."""
    shape = Shape(body=2 * 12 * 16 * 16, observer=0, prefix=3, layers=2, d_model=16, head=14)
    per_layer = 0
    per_layer += 2 * 8 * 16 * 48  # queries, keys, values of 8 positions
    per_layer += 2 * 8 * 8 * 16  # query · key
    per_layer += 2 * 8 * 8 * 16  # weights · value
    per_layer += 2 * 8 * 16 * 16  # back together
    per_layer += 2 * 8 * 16 * 64 + 2 * 8 * 64 * 16  # up and down
    assert forward_flops(shape, 5) == 2 * per_layer + 2 * 5 * 16 * 14
    assert training_flops(shape, 7, 5) == 7 * 3 * forward_flops(shape, 5)


def test_the_shape_is_the_models() -> None:
    shape = shape_of(MODEL)
    assert shape.body == 2 * (3 + 1 + 4 + 4) * 16 * 16
    assert (shape.head, shape.prefix, shape.layers, shape.d_model) == (VOCABULARY + SPECIAL, MODEL.prefix, 2, 16)
    assert shape.body + shape.observer <= MODEL.size()


def test_products_are_what_pytorch_counts() -> None:
    """Without attention's own, which PyTorch does not count on every processor, and with the observer as an upper bound."""
    tokens = torch.full((1, 6), 4)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        MODEL(torch.zeros(1, POINTS, FEATURES), torch.zeros(1, SCALES), tokens)
    products = sum(
        n for op, n in counter.get_flop_counts()["Global"].items() if "attention" not in str(op) and "bmm" not in str(op)
    )
    shape = shape_of(MODEL)
    positions = shape.prefix + 6
    ours = forward_flops(shape, 6) - 4 * shape.layers * shape.d_model * positions**2
    without_observer = ours - 2 * shape.observer * shape.prefix
    assert without_observer < products <= ours


def test_sampling_is_the_sum_of_its_steps() -> None:
    shape = shape_of(MODEL)
    for length in (0, 1, 5):
        total = forward_flops(shape, 1)
        for i in range(length):
            context = shape.prefix + 1 + i + 1
            total += 2 * shape.body + 2 * shape.d_model * shape.head + 4 * shape.layers * shape.d_model * context
        assert sampling_flops(shape, [length]) == pytest.approx(total)
    assert sampling_flops(shape, [3, 4]) == pytest.approx(sampling_flops(shape, [3]) + sampling_flops(shape, [4]))
