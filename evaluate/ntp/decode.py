"""Batched sampling with a key-value cache: greedy or by temperature, each sequence until its own EOS."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .model import BOS, EOS, PAD, SPECIAL, Model
from .observe import Observations

COMPACT = 0.7
"""The cache is copied without its ended sequences once no more than this share of them still grows."""


@dataclass(frozen=True, slots=True)
class Samples:
    """ids: content ids of each sequence, EOS left out. log_probability: nats, of each whole sequence, EOS included, as the model
    gives it at temperature 1. finished: whether EOS came within the limit."""

    ids: list[list[int]]
    log_probability: list[float]
    finished: list[bool]


@torch.inference_mode()
def sample(
    model: Model,
    observations: Observations,
    max_length: int,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
    batch_size: int = 256,
) -> Samples:
    """One sequence for each observation. Temperature 0 is greedy; otherwise `generator` is needed.

    Raises ValueError for a temperature without a generator.
    """
    if temperature > 0 and generator is None:
        raise ValueError("sampling at a temperature needs a torch.Generator")
    samples, scales = torch.from_numpy(observations.samples), torch.from_numpy(observations.scales)
    result = Samples([], [], [])
    for start in range(0, len(samples), batch_size):
        rows = slice(start, start + batch_size)
        part = _sample_batch(model, samples[rows], scales[rows], max_length, temperature, generator)
        result.ids.extend(part.ids)
        result.log_probability.extend(part.log_probability)
        result.finished.extend(part.finished)
    return result


def _sample_batch(
    model: Model, samples: Tensor, scales: Tensor, max_length: int, temperature: float, generator: torch.Generator | None
) -> Samples:
    n = len(samples)
    logits, cache = model.prefill(samples, scales, max_length)
    rows, running = torch.arange(n), torch.ones(n, dtype=torch.bool)  # of the cache: which sequence, and whether it still grows
    tokens = torch.full((n, max_length + 1), PAD)
    log_probability = torch.zeros(n, dtype=torch.float64)
    finished = torch.zeros(n, dtype=torch.bool)
    for position in range(max_length + 1):
        chosen, log_p = _choose(logits, temperature, generator)
        chosen = chosen.where(running, PAD)
        tokens[rows, position] = chosen
        log_probability[rows] += log_p.where(running, 0.0)
        finished[rows] |= chosen == EOS
        running = running & (chosen != EOS)
        if not bool(running.any()) or position == max_length:
            break
        if int(running.sum()) <= COMPACT * len(rows):
            keep = running.nonzero()[:, 0]
            rows, running, chosen, cache = rows[keep], running[keep], chosen[keep], cache.select(keep)
        logits = model.step(chosen, cache)
    lengths = ((tokens != PAD) & (tokens != EOS)).sum(dim=1).tolist()
    ids = [[t - SPECIAL for t in row[:length]] for row, length in zip(tokens.tolist(), lengths, strict=True)]
    return Samples(ids, log_probability.tolist(), finished.tolist())


def _choose(logits: Tensor, temperature: float, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """A token for each row (B, V), and its log-probability. PAD and BOS are no tokens of the language."""
    logits = logits.float()
    logits[:, [PAD, BOS]] = float("-inf")
    log_p = torch.log_softmax(logits, dim=1)
    chosen = logits.argmax(dim=1)
    if temperature > 0:
        chosen = torch.multinomial(torch.softmax(logits / temperature, dim=1), 1, generator=generator)[:, 0]
    return chosen, log_p.gather(1, chosen[:, None])[:, 0].double()
