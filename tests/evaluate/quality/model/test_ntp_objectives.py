from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.quality.model.model import BOS, EOS, PAD, SPECIAL, Model, ModelConfig
from kappabar.evaluate.quality.model.objectives import (
    EntropyWeighted,
    HighEntropy,
    MultiToken,
    Objective,
    Predictor,
    cross_entropy,
    objective,
    targets,
)
from kappabar.evaluate.quality.training.batches import groups, padded
from kappabar.grammars.errors import SpecError

POINTS, FEATURES, SCALES, VOCABULARY = 10, 3, 5, 9
SMALL = ModelConfig(d_model=32, layers=2, heads=2)
sentences = st.lists(st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=7), min_size=1, max_size=5)
objectives = st.one_of(
    st.integers(1, 5).map(lambda k: f"multi-token:{k}"),
    st.sampled_from([0.05, 0.2, 0.5, 1.0]).map(lambda share: f"entropy:{share}"),
    st.sampled_from(["next-token", "entropy-weighted"]),
)


def predictor(heads: int, seed: int = 0) -> Predictor:
    made = Predictor(Model(SMALL, VOCABULARY, POINTS, FEATURES, SCALES, seed=seed), heads, seed)
    with torch.no_grad():
        made.model.embedding.weight.mul_(20)  # distributions of different entropy
    return made


def inputs(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, POINTS, FEATURES, generator=generator), torch.randn(n, SCALES, generator=generator)


def loss(chosen: Objective, made: Predictor, sequences: list[list[int]], group: int = 99) -> torch.Tensor:
    """As training has it: a batch in groups."""
    samples, scales = inputs(len(sequences))
    lengths = [len(s) + 1 for s in sequences]
    counts = [sum(max(n - j, 0) for n in lengths) for j in range(chosen.heads)]
    total = torch.zeros(())
    for rows in groups(lengths, group):
        tokens = padded([sequences[i] for i in rows], 8)
        logits = made(samples[rows], scales[rows], tokens[:, :-1])
        nats = [cross_entropy(x, targets(tokens, j)) for j, x in enumerate(logits, start=1)]
        total = total + chosen.loss(logits, nats, counts)
    return total


def by_hand(name: str, made: Predictor, sequences: list[list[int]]) -> float:
    """Token by token, one sequence at a time, nothing padded: [(entropy, nats)] of each head, then the objective's own rule."""
    kind, _, argument = name.partition(":")
    heads = int(argument) if kind == "multi-token" else 1
    samples, scales = inputs(len(sequences))
    seen: list[list[tuple[float, float]]] = [[] for _ in range(heads)]
    for i, ids in enumerate(sequences):
        sentence = [BOS, *(k + SPECIAL for k in ids), EOS]
        logits = made(samples[i : i + 1], scales[i : i + 1], torch.tensor([sentence[:-1]]))
        for head in range(heads):
            for position in range(len(sentence) - 1 - head):
                p = torch.softmax(logits[head][0, position].double(), dim=0)
                entropy = -sum(float(x) * math.log(float(x)) for x in p if x > 0)
                seen[head].append((entropy, -math.log(float(p[sentence[position + 1 + head]]))))
    first = seen[0]
    if kind == "entropy":
        keep = max(1, math.ceil(float(argument) * len(first) - 1e-9))
        return sum(nats for _, nats in sorted(first, key=lambda pair: -pair[0])[:keep]) / keep
    if kind == "entropy-weighted":
        return sum(h * nats for h, nats in first) / sum(h for h, _ in first)
    return sum(sum(nats for _, nats in head) / len(head) for head in seen if head)


@given(objectives, sentences)
@torch.no_grad()
def test_a_loss_is_that_of_a_loop_over_tokens(name: str, sequences: list[list[int]]) -> None:
    chosen = objective(name)
    made = predictor(chosen.heads)
    assert float(loss(chosen, made, sequences)) == pytest.approx(by_hand(name, made, sequences), rel=1e-4)


@given(st.integers(1, 4), sentences, st.integers(1, 3))
def test_groups_of_a_batch_have_the_gradient_of_the_batch(k: int, sequences: list[list[int]], group: int) -> None:
    gradients = []
    for size in (group, 99):
        made = predictor(k)
        loss(MultiToken(k), made, sequences, size).backward()
        gradients.append([p.grad for p in made.parameters()])
    for a, b in zip(*gradients, strict=True):
        assert (a is None and b is None) or torch.allclose(a, b, rtol=1e-3, atol=1e-5)


def test_one_head_is_next_token_prediction_to_the_bit() -> None:
    sequences = [[1, 2, 3], [4], [0, 8, 8, 8, 1]]
    assert objective("multi-token:1") == objective("next-token")
    made = predictor(3)
    alone = made.model(*inputs(3), padded(sequences)[:, :-1])
    assert torch.equal(made(*inputs(3), padded(sequences)[:, :-1])[0], alone)


def test_more_heads_leave_the_model_as_it_is() -> None:
    one, four = predictor(1), predictor(4)
    assert one.extra() == 0 and four.extra() > 0
    assert one.model.size() == four.model.size()
    assert [n for n, _ in one.model.named_parameters()] == [n for n, _ in four.model.named_parameters()]
    for a, b in zip(one.model.parameters(), four.model.parameters(), strict=True):
        assert torch.equal(a, b)
    two = dict(predictor(2).ahead.named_parameters())
    for name, weight in two.items():
        assert torch.equal(weight, dict(four.ahead.named_parameters())[name]), "weights are drawn by name"
    weights = [p for n, p in four.ahead.named_parameters() if n.endswith("qkv.weight")]
    assert not torch.equal(weights[0], weights[1])


def test_the_heads_teach_the_trunk() -> None:
    sequences = [[1, 2, 3, 4], [5, 6, 7]]
    plain, many = predictor(1), predictor(3)
    loss(MultiToken(1), plain, sequences).backward()
    loss(MultiToken(3), many, sequences).backward()
    first = (m.model.get_parameter("blocks.0.up.weight").grad for m in (plain, many))
    assert not torch.allclose(*first)
    last = (m.model.get_parameter("blocks.1.up.weight").grad for m in (plain, many))
    torch.testing.assert_close(*last)  # the last block is the first head's own


def test_neither_choice_nor_weight_has_a_gradient() -> None:
    """With the weights written down as constants the gradient is the same."""
    sequences = [[1, 2, 3, 4], [5, 6, 7]]
    tokens = padded(sequences)
    for chosen in (HighEntropy(0.3), EntropyWeighted()):
        made = predictor(1)
        logits = made(*inputs(2), tokens[:, :-1])[0].detach().requires_grad_()
        nats = cross_entropy(logits, targets(tokens, 1))
        chosen.loss([logits], [nats], [9]).backward()
        p = torch.softmax(logits.detach(), dim=-1)
        weight = torch.zeros(2, 5)
        entropy = -(p * p.log()).sum(dim=-1) * (tokens[:, 1:] != PAD)
        if isinstance(chosen, HighEntropy):
            weight.view(-1)[entropy.flatten().topk(3).indices] = 1 / 3
        else:
            weight = entropy / entropy.sum()
        one_hot = torch.nn.functional.one_hot(tokens[:, 1:], VOCABULARY + SPECIAL)
        torch.testing.assert_close(logits.grad, weight[..., None] * (p - one_hot), rtol=1e-4, atol=1e-6)


@given(sentences, st.integers(1, 6))
def test_targets(sequences: list[list[int]], ahead: int) -> None:
    tokens = padded(sequences)
    found = targets(tokens, ahead)
    assert found.shape == tokens[:, 1:].shape
    for row, sentence in zip(found.tolist(), tokens.tolist(), strict=True):
        assert row == [(sentence[i + ahead] if i + ahead < len(sentence) else PAD) for i in range(len(row))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nxt-token", "did you mean 'next-token'"),
        ("multi-tokens:3", "did you mean 'multi-token'"),
        ("multi-token", "number of heads"),
        ("multi-token:0", "number of heads"),
        ("multi-token:two", "number of heads"),
        ("entropy:0", "share of the tokens"),
        ("entropy:1.5", "share of the tokens"),
        ("entropy:nan", "share of the tokens"),
        ("entropy", "share of the tokens"),
        ("next-token:2", "there are next-token"),
        ("", "there are next-token"),
    ],
)
def test_a_wrong_name_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as error:
        objective(text)
    assert "\n" not in str(error.value)
