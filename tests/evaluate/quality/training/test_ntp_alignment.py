from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.quality.decoding.decode import Samples, sample
from kappabar.evaluate.quality.model.model import BOS, EOS, PAD, SPECIAL, Model, ModelConfig
from kappabar.evaluate.quality.task.task import TaskConfig, build_task
from kappabar.evaluate.quality.training import alignment as module
from kappabar.evaluate.quality.training.alignment import alignment, leave_one_out, log_probability, measure, score_gradient
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.representation import representation

LENGTH = 1
"""Samples take LENGTH + 1 choices at most."""


def tiny(n: int) -> tuple[Model, Observations]:
    model = Model(ModelConfig(d_model=8, layers=1, heads=2, patch=2), 2, 4, 3, 5, seed=1)
    with torch.no_grad():
        model.embedding.weight.mul_(15)  # so that the model is far from uniform, and differs between observations
    rng = np.random.default_rng(0)
    draw = [rng.standard_normal(shape).astype(np.float32) for shape in ((n, 4, 3), (n, 5))]
    return model, Observations(*draw)


def outcomes() -> list[tuple[list[int], bool]]:
    """Everything that can be drawn: ids, and whether it ended."""
    ended = [(list(ids), True) for k in range(LENGTH + 1) for ids in itertools.product(range(2), repeat=k)]
    return ended + [(list(ids), False) for ids in itertools.product(range(2), repeat=LENGTH + 1)]


def worth(ids: list[int], row: int) -> float:
    """A reward without pattern, in [0, 1]."""
    return (math.sin(7.0 * sum((3 * i + 1) ** k for k, i in enumerate(ids, 1)) + row) + 1) / 2


def reward(drawn: Samples, rows: np.ndarray) -> np.ndarray:
    return np.array([worth(ids, int(row)) for ids, row in zip(drawn.ids, rows, strict=True)])


def flat(value: torch.Tensor, model: Model) -> torch.Tensor:
    found = torch.autograd.grad(value, list(model.parameters()), allow_unused=True)
    return torch.cat(
        [(torch.zeros_like(p) if g is None else g).flatten() for p, g in zip(model.parameters(), found, strict=True)]
    )


def step_by_step(model: Model, seen: Observations, row: int, ids: list[int], ended: bool) -> torch.Tensor:
    """Log-probability of one sequence, a choice at a time."""
    total = torch.zeros(())
    for k in range(len(ids) + ended):
        tokens = torch.tensor([[BOS, *(i + SPECIAL for i in ids[:k])]])
        logits = model(torch.from_numpy(seen.samples[[row]]), torch.from_numpy(seen.scales[[row]]), tokens)[0, -1]
        allowed = torch.tensor([i for i in range(len(logits)) if i not in (PAD, BOS)])
        chosen = ids[k] + SPECIAL if k < len(ids) else EOS
        total = total + logits[chosen] - torch.logsumexp(logits[allowed], dim=0)
    return total


def exact_gradient(model: Model, seen: Observations, n: int) -> torch.Tensor:
    """∇ of the mean over observations of Σ p(s) q(s), by enumeration."""
    q = torch.zeros(())
    for row in range(n):
        for ids, ended in outcomes():
            q = q + step_by_step(model, seen, row, ids, ended).exp() * worth(ids, row) / n
    return flat(q, model)


def test_probabilities_of_all_samples_sum_to_one_and_are_the_models() -> None:
    model, seen = tiny(2)
    every = outcomes()
    drawn = Samples([ids for ids, _ in every], [0.0] * len(every), [ended for _, ended in every])
    for row in range(2):
        rows = np.full(len(every), row)
        found = log_probability(model, seen, drawn, rows, np.arange(len(every)))
        assert float(found.detach().exp().sum()) == pytest.approx(1.0, abs=1e-5)
        slow = [float(step_by_step(model, seen, row, ids, ended).detach()) for ids, ended in every]
        np.testing.assert_allclose(found.detach().numpy(), slow, atol=1e-4)


def test_the_probability_is_the_samplers() -> None:
    model, seen = tiny(3)
    rows = np.repeat(np.arange(3), 50)
    many = Observations(seen.samples[rows], seen.scales[rows])
    drawn = sample(model, many, LENGTH, temperature=1.0, generator=torch.Generator().manual_seed(0))
    found = log_probability(model, seen, drawn, rows, np.arange(len(rows)))
    np.testing.assert_allclose(found.detach().numpy(), drawn.log_probability, atol=1e-4)
    assert len(set(drawn.finished)) == 2


def test_the_estimate_is_unbiased() -> None:
    """Its mean over many draws is the exact gradient, component by component, within standard errors."""
    n, k, repeats = 2, 4, 500
    model, seen = tiny(n)
    exact = exact_gradient(model, seen, n).double().numpy()
    rows = np.repeat(np.arange(n), k)
    many = Observations(seen.samples[rows], seen.scales[rows])
    found = []
    for seed in range(repeats):
        drawn = sample(model, many, LENGTH, temperature=1.0, generator=torch.Generator().manual_seed(seed))
        advantage = leave_one_out(reward(drawn, rows).reshape(n, k)).reshape(-1)
        found.append(score_gradient(model, seen, drawn, rows, advantage, np.arange(n * k)).double().numpy())
    estimates = np.array(found)
    error = estimates.std(axis=0, ddof=1) / math.sqrt(repeats)
    live = error > 1e-7
    z = (estimates.mean(axis=0) - exact)[live] / error[live]
    assert live.sum() > 300
    assert np.sqrt((z**2).mean()) < 1.6  # 1 where unbiased; components are correlated, so this is a wide gate
    # Along the exact gradient, one number that a bias (a baseline of all samples, say: 3/4 of the length) would move.
    along = estimates @ exact / (exact @ exact)
    assert along.mean() == pytest.approx(1.0, abs=3.5 * along.std(ddof=1) / math.sqrt(repeats))
    assert along.std(ddof=1) / math.sqrt(repeats) < 0.05


def test_leave_one_out() -> None:
    q = np.array([[0.0, 1.0, 5.0]])
    np.testing.assert_allclose(leave_one_out(q), [[0 - 3.0, 1 - 2.5, 5 - 0.5]])
    assert (leave_one_out(np.full((3, 4), 0.7)) == 0).all()


def test_the_corrected_cosine_finds_the_exact_one_where_the_plain_one_is_drawn_to_zero() -> None:
    n = 6
    model, seen = tiny(n)
    targets = [[0], [1], [], [0], [1], []]
    exact = exact_gradient(model, seen, n)
    loss = -sum((step_with_all(model, seen, i, ids) for i, ids in enumerate(targets)), torch.zeros(())) / n
    want = float(torch.nn.functional.cosine_similarity(-flat(loss, model), exact, dim=0))
    plain = [measure(model, seen, targets, reward, LENGTH, samples=4, seed=seed).cosine for seed in range(20)]
    accurate = [
        measure(model, seen, targets, reward, LENGTH, samples=2000, seed=seed) for seed in range(5)
    ]  # each within some 0.04 of the truth
    assert np.mean([a.cosine for a in accurate]) == pytest.approx(want, abs=0.05)
    assert abs(np.mean(plain)) < 0.9 * abs(want)
    assert np.mean([a.corrected for a in accurate]) == pytest.approx(want, abs=0.05)
    assert np.mean([a.norm_q for a in accurate]) == pytest.approx(float(exact.norm()), rel=0.1)


def step_with_all(model: Model, seen: Observations, row: int, ids: list[int]) -> torch.Tensor:
    """Log-probability under the softmax over the whole table, as training has it."""
    tokens = torch.tensor([[BOS, *(i + SPECIAL for i in ids), EOS]])
    logits = model(torch.from_numpy(seen.samples[[row]]), torch.from_numpy(seen.scales[[row]]), tokens[:, :-1])[0]
    return torch.log_softmax(logits, dim=1).gather(1, tokens[0, 1:, None]).sum()


def test_equal_gradients_have_cosine_one_and_opposite_ones_minus_one() -> None:
    rng = np.random.default_rng(0)
    ntp = rng.standard_normal((5, 40)) + 3
    weights = np.full(5, 0.2)
    for sign in (1.0, -2.0):
        vectors = np.concatenate([ntp, sign * ntp, sign * ntp])
        found = module._from_gram(vectors @ vectors.T, weights, 5, 4, 0.5)
        assert found.cosine == pytest.approx(np.sign(sign)) and found.corrected == pytest.approx(np.sign(sign))
        assert found.standard_error == pytest.approx(0.0, abs=1e-6)
        assert found.norm_ntp == pytest.approx(np.linalg.norm(ntp.mean(axis=0)))


def test_noise_attenuates_the_plain_cosine_and_not_the_corrected_one() -> None:
    """Known vectors with known noise: the corrected estimate is right on average, its standard error about its scatter."""
    rng = np.random.default_rng(1)
    dim, groups = 300, 8
    a = rng.standard_normal(dim)
    b = 0.6 * a / np.linalg.norm(a) + 0.8 * (other := rng.standard_normal(dim)) / np.linalg.norm(other)
    true = float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    found = []
    for _ in range(60):
        noisy = [b + 0.12 * rng.standard_normal((groups, dim)) for _ in range(2)]
        vectors = np.concatenate([np.tile(a, (groups, 1)), *noisy])
        found.append(module._from_gram(vectors @ vectors.T, np.full(groups, 1 / groups), groups, 4, 0.5))
    kept = [f for f in found if math.isfinite(f.corrected)]
    assert len(kept) > 50
    assert np.mean([f.corrected for f in kept]) == pytest.approx(true, abs=0.03)
    drawn = true / math.sqrt(1 + 0.12**2 * dim / (2 * groups) / float(b @ b))  # by the noise in the mean of both halves
    assert drawn < true - 0.05
    assert np.mean([f.cosine for f in found]) == pytest.approx(drawn, abs=0.015)
    scatter = np.std([f.cosine for f in found], ddof=1)
    assert 0.6 < np.mean([f.standard_error for f in found]) / scatter < 1.7


def test_the_noise_of_the_square_is_what_it_scatters_by() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(200):
        vectors = np.concatenate([rng.standard_normal((8, 60)) for _ in range(3)])
        gram, weights = vectors @ vectors.T, np.full(8, 1 / 8)
        found.append((module._products(gram, weights)[3], module._noise(gram, weights)))
    squares, noises = np.array(found).T
    assert np.sqrt((noises**2).mean()) == pytest.approx(squares.std(), rel=0.15)


def test_pure_noise_is_said_not_to_be_estimable() -> None:
    rng = np.random.default_rng(2)
    found = []
    for _ in range(40):
        vectors = np.concatenate([rng.standard_normal((8, 200)) for _ in range(3)])
        found.append(module._from_gram(vectors @ vectors.T, np.full(8, 1 / 8), 8, 4, 0.5))
    silent = [f for f in found if not math.isfinite(f.corrected)]
    assert len(silent) > 32
    assert all("not told from noise" in f.note for f in silent)
    assert (
        dict.fromkeys(("gradient_alignment_corrected", "gradient_alignment_corrected_se")).items() <= silent[0].columns().items()
    )


def test_where_all_samples_score_alike_there_is_no_gradient() -> None:
    model, seen = tiny(4)
    found = measure(model, seen, [[0]] * 4, lambda drawn, rows: np.full(len(rows), 0.5), LENGTH, samples=4, seed=0)
    assert math.isnan(found.cosine) and math.isnan(found.corrected) and "alike" in found.note
    assert found.quality == 0.5


def test_it_needs_two_halves_and_two_expressions() -> None:
    model, seen = tiny(2)
    for samples in (2, 5):
        with pytest.raises(ValueError, match="even number from 4"):
            measure(model, seen, [[0], [1]], reward, LENGTH, samples=samples, seed=0)
    with pytest.raises(ValueError, match="at least two"):
        measure(model, seen, [[0]], reward, LENGTH, samples=4, seed=0)


def test_on_a_task_it_leaves_everything_as_it_was() -> None:
    systems = [
        System(system(Node("*", (number(-round(float(r), 3)), variable(0)))), ("x_0",), "ode", ((1.0,),), 2.0, name=f"{r:g}")
        for r in np.linspace(0.2, 2.0, 60)
    ]
    task = build_task(domain("ode"), TaskConfig(n_train=30, n_val=4, n_test=6, times=63, points=16, separation=1e-6), 0, systems)
    chosen = representation("prefix | digits:2", corpus=list(task.train.systems))
    curves = task.observations(task.test, "test-noise")
    size = (curves.samples.shape[1], curves.samples.shape[2], curves.scales.shape[1])
    model = Model(ModelConfig(d_model=16, layers=1, heads=2), len(chosen.vocabulary), *size, seed=0)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    state = torch.get_rng_state()
    found = alignment(task, chosen, model, 12, items=4, samples=4, seed=3)
    assert found == alignment(task, chosen, model, 12, items=4, samples=4, seed=3) or math.isnan(found.cosine)
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert (found.n_items, found.n_samples, found.n_groups) == (4, 4, 4)
    assert 0.0 <= found.quality <= 1.0
