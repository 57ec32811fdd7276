from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.quality.decoding.decode import sample
from kappabar.evaluate.quality.model.model import (
    BOS,
    EOS,
    MODEL_SIZES,
    PAD,
    SPECIAL,
    Model,
    ModelConfig,
    _attention,
    _rotary_table,
    _Rotated,
    model_size,
)
from kappabar.grammars.errors import SpecError

POINTS, FEATURES, SCALES = 10, 3, 5
SMALL = ModelConfig(d_model=32, layers=2, heads=2, patch=4)


def make(vocabulary: int = 11, seed: int = 0, config: ModelConfig = SMALL) -> Model:
    return Model(config, vocabulary, POINTS, FEATURES, SCALES, seed=seed)


def inputs(n: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, POINTS, FEATURES, generator=generator), torch.randn(n, SCALES, generator=generator)


def observations(n: int) -> Observations:
    samples, scales = inputs(n)
    return Observations(samples.numpy(), scales.numpy())


@torch.no_grad()
def test_cached_logits_equal_the_full_forward() -> None:
    model, (samples, scales) = make(), inputs(5)
    tokens = torch.randint(SPECIAL, 14, (5, 9), generator=torch.Generator().manual_seed(2))
    tokens[:, 0] = BOS
    full = model(samples, scales, tokens)
    logits, cache = model.prefill(samples, scales, max_length=9)
    torch.testing.assert_close(logits, full[:, 0], rtol=1e-4, atol=1e-5)
    for i in range(1, 9):
        torch.testing.assert_close(model.step(tokens[:, i], cache), full[:, i], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_cache_without_some_rows_goes_on_as_before() -> None:
    model, (samples, scales) = make(), inputs(4)
    tokens = torch.tensor([[BOS, 4, 5, 6]] * 4)
    _, cache = model.prefill(samples, scales, max_length=4)
    model.step(tokens[:, 1], cache)
    keep = torch.tensor([1, 3])
    logits = model.step(tokens[keep, 2], cache.select(keep))
    torch.testing.assert_close(logits, model(samples, scales, tokens)[keep, 2], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_token_changes_nothing_before_it_and_the_observation_changes_everything() -> None:
    model, (samples, scales) = make(), inputs(2)
    a = torch.tensor([[BOS, 4, 5, 6, 7]] * 2)
    b = a.clone()
    b[:, 3] = 9
    first, second = model(samples, scales, a), model(samples, scales, b)
    torch.testing.assert_close(first[:, :3], second[:, :3])
    assert not torch.allclose(first[:, 3:], second[:, 3:])
    moved = samples.clone()
    moved[:, -1] += 1.0
    assert (model(moved, scales, a) - first).abs().amax(dim=(0, 2)).min() > 0
    assert (model(samples, scales + 1.0, a) - first).abs().amax(dim=(0, 2)).min() > 0


def test_the_vocabulary_does_not_touch_the_other_weights() -> None:
    small, large = make(11).state_dict(), make(500).state_dict()
    for name, weight in small.items():
        if name == "embedding.weight":
            assert len(large[name]) == 500 + SPECIAL
        else:
            assert torch.equal(weight, large[name]), name
    assert make(11).size() == make(500).size()
    other = make(11, seed=1).state_dict()
    assert not torch.equal(small["blocks.0.qkv.weight"], other["blocks.0.qkv.weight"])


def test_initial_weights_ignore_the_global_generator() -> None:
    torch.manual_seed(1)
    first = make().state_dict()
    torch.manual_seed(2)
    assert all(torch.equal(a, b) for a, b in zip(first.values(), make().state_dict().values(), strict=True))


def test_the_default_has_about_a_million_parameters() -> None:
    assert 0.7e6 < Model(ModelConfig(), 70, 32, 7, 13, seed=0).size() < 1.3e6


def test_a_head_width_that_cannot_rotate_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of twice"):
        ModelConfig(d_model=36, heads=4)


@torch.no_grad()
def test_greedy_sampling_is_the_argmax_of_the_full_forward() -> None:
    model, seen = make(seed=3), observations(6)
    model.embedding.weight.mul_(20)  # far from uniform, so that no tie is near
    result = sample(model, seen, max_length=7)
    for row, (ids, finished) in enumerate(zip(result.ids, result.finished, strict=True)):
        tokens = torch.tensor([[BOS, *(i + SPECIAL for i in ids)]])
        logits = model(torch.from_numpy(seen.samples[row : row + 1]), torch.from_numpy(seen.scales[row : row + 1]), tokens)[0]
        logits[:, [PAD, BOS]] = float("-inf")
        assert (logits.argmax(dim=1)[: len(ids)] - SPECIAL).tolist() == ids
        log_p = torch.log_softmax(logits.double(), dim=1)
        total = sum(float(log_p[i, t + SPECIAL]) for i, t in enumerate(ids))
        if finished:
            assert int(logits[len(ids)].argmax()) == EOS
            total += float(log_p[len(ids), EOS])
        else:
            assert len(ids) >= 7
        assert result.log_probability[row] == pytest.approx(total, abs=1e-3)


def test_sampling_at_a_temperature_follows_its_generator() -> None:
    model, seen = make(), observations(40)

    def draw(seed: int) -> list[list[int]]:
        return sample(model, seen, 12, temperature=1.0, generator=torch.Generator().manual_seed(seed)).ids

    assert draw(0) == draw(0)
    assert draw(0) != draw(1)
    assert len({len(ids) for ids in draw(0)}) > 1, "sequences end at different lengths"
    assert all(0 <= i < 11 for ids in draw(0) for i in ids)
    with pytest.raises(ValueError, match="Generator"):
        sample(model, seen, 12, temperature=1.0)


def test_sizes_are_what_they_are_called() -> None:
    for name, config in MODEL_SIZES.items():
        with torch.device("meta"):  # shapes alone
            size = Model.size(_without_weights(config))
        assert size == pytest.approx(float(name[:-1]) * 1e6, rel=0.2), name
    assert model_size("3M") == MODEL_SIZES["3M"] and MODEL_SIZES["0.8M"] == ModelConfig()
    with pytest.raises(SpecError, match="did you mean '30M'"):
        model_size("30m")


def _without_weights(config: ModelConfig) -> Model:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kappabar.evaluate.quality.model.model.initialize", lambda *_: None)
        return Model(config, 70, 32, 7, 13, seed=0)


def rotated_by_hand(x: torch.Tensor, base: float) -> torch.Tensor:
    """x (B, L, H, d): pair i of position p turned by p * base^(-2i/d), as in Su et al. 2021, Eq. 15."""
    out = torch.empty_like(x)
    width = x.shape[-1]
    for p in range(x.shape[1]):
        for i in range(width // 2):
            angle = p * base ** (-2 * i / width)
            c, s = torch.cos(torch.tensor(angle)), torch.sin(torch.tensor(angle))
            a, b = x[:, p, :, 2 * i], x[:, p, :, 2 * i + 1]
            out[:, p, :, 2 * i], out[:, p, :, 2 * i + 1] = a * c - b * s, a * s + b * c
    return out


@pytest.mark.parametrize("length", [1, 6])
def test_rotation_and_its_gradient_are_those_written_out(length: int) -> None:
    config = ModelConfig(d_model=16, layers=1, heads=2)
    generator = torch.Generator().manual_seed(0)
    qkv = torch.randn(3, length, 3, 2, 8, generator=generator, requires_grad=True)
    found = _Rotated.apply(qkv, _rotary_table(0, length, config, qkv.device))
    q, k, v = qkv.unbind(2)
    hand = [rotated_by_hand(x, config.rotary_base) for x in (q, k)] + [v]
    for ours, theirs in zip(found, hand, strict=True):
        torch.testing.assert_close(ours, theirs.transpose(1, 2), rtol=1e-5, atol=1e-5)
    weights = [torch.randn(x.shape, generator=generator) for x in found]
    (ours,) = torch.autograd.grad(sum((x * w).sum() for x, w in zip(found, weights, strict=True)), qkv)
    (theirs,) = torch.autograd.grad(sum((x.transpose(1, 2) * w).sum() for x, w in zip(hand, weights, strict=True)), qkv)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("length", [1, 7, 192, 193])
def test_attention_and_its_gradient_are_those_of_pytorch(causal: bool, length: int) -> None:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(3, 2, length, 8, generator=generator, requires_grad=True) for _ in range(3))
    found, wanted = _attention(q, k, v, causal), F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    weights = torch.randn(found.shape, generator=generator)
    for ours, theirs in zip(*(torch.autograd.grad((y * weights).sum(), (q, k, v)) for y in (found, wanted)), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
