"""Batched decoding with a key-value cache: greedy, by temperature, and by beams, free or within a language (`constrain.py`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ...domains.observers.base import Observations
from ..model.model import BOS, EOS, PAD, SPECIAL, Cache, Model
from .constrained_rows import ConstrainedRows, Constraint

COMPACT = 0.7
"""The cache is copied without its ended sequences once no more than this share of them still grows."""
_NEVER = float("-inf")
_LITTLE = 1e-20
"""Where a constraint leaves less probability than this, single-precision probabilities no longer tell its tokens apart."""
_Run = Callable[[Tensor, Tensor, ConstrainedRows | None], "Samples"]


@dataclass(frozen=True, slots=True)
class Samples:
    """ids: content ids of each sequence, EOS left out. log_probability: nats, of each whole sequence, EOS included, as the model
    gives it at temperature 1 and without any constraint. finished: whether EOS came within the limit. seconds: of wall time, for
    all. removed: the probability that the constraint took from the model, mean over a sequence's tokens, EOS included; empty
    without one.
    """

    ids: list[list[int]]
    log_probability: list[float]
    finished: list[bool]
    seconds: float = 0.0
    removed: list[float] = field(default_factory=list)

    def part(self, rows: slice) -> Samples:
        """Some of the sequences, with their share of the time."""
        ids = self.ids[rows]
        seconds = self.seconds * len(ids) / max(len(self.ids), 1)
        return Samples(ids, self.log_probability[rows], self.finished[rows], seconds, self.removed[rows])


def sample(
    model: Model,
    observations: Observations,
    max_length: int,
    *,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
    batch_size: int = 256,
    constraint: Constraint | None = None,
) -> Samples:
    """One sequence for each observation. Temperature 0 is greedy; otherwise `generator` is needed.

    `max_length`: content tokens. `constraint`: a language for each observation; what it does not allow is never drawn, and the
    rest is drawn as likely as the model has it, renormalized. Raises ValueError for a temperature without a generator or a
    constraint on another number of observations, and SpecError where `max_length` is too short for any sequence of a language.
    """
    if temperature > 0 and generator is None:
        raise ValueError("sampling at a temperature needs a torch.Generator")

    def run(samples: Tensor, scales: Tensor, walk: ConstrainedRows | None) -> Samples:
        return _sample(model, samples, scales, max_length, temperature=temperature, generator=generator, walk=walk)

    return _in_batches(model, observations, batch_size, constraint, max_length, run)


def beam(
    model: Model,
    observations: Observations,
    max_length: int,
    width: int,
    constraint: Constraint | None = None,
    length_penalty: float = 0.0,
    batch_size: int = 256,
) -> Samples:
    """The best sequence that a search with `width` beams finds for each observation: a finished one if there is any.

    Best by log-probability / length ** `length_penalty`, EOS counted; 0 compares the probabilities themselves. `batch_size`
    counts beams. Width 1 is greedy decoding; ties go to the lower beam and id. Raises as `sample` does, and ValueError where
    `width` is not positive.
    """
    if width < 1:
        raise ValueError(f"a beam search needs a width of at least 1, not {width}")

    def run(samples: Tensor, scales: Tensor, walk: ConstrainedRows | None) -> Samples:
        return _Beams(model, samples, scales, max_length, width=width, walk=walk, penalty=length_penalty).search()

    return _in_batches(model, observations, max(1, batch_size // width), constraint, max_length, run)


def _in_batches(
    model: Model, observations: Observations, size: int, constraint: Constraint | None, max_length: int, run: _Run
) -> Samples:
    samples, scales = (torch.from_numpy(a).to(model.device) for a in (observations.samples, observations.scales))
    if constraint is not None and len(constraint) != len(samples):
        raise ValueError(f"a constraint on {len(constraint)} observations cannot hold for {len(samples)}")
    began = time.perf_counter()
    gathered = Samples([], [], [])
    with torch.inference_mode():
        for start in range(0, len(samples), size):
            rows = range(len(samples))[start : start + size]
            walk = None if constraint is None else constraint.start(rows, max_length)
            part = run(samples[start : start + size], scales[start : start + size], walk)
            gathered.ids.extend(part.ids)
            gathered.log_probability.extend(part.log_probability)
            gathered.finished.extend(part.finished)
            gathered.removed.extend(part.removed if walk is not None else ())
    return Samples(gathered.ids, gathered.log_probability, gathered.finished, time.perf_counter() - began, gathered.removed)


def _sample(
    model: Model,
    samples: Tensor,
    scales: Tensor,
    max_length: int,
    *,
    temperature: float,
    generator: torch.Generator | None,
    walk: ConstrainedRows | None,
) -> Samples:
    n, device = len(samples), model.device
    logits, cache = model.prefill(samples, scales, max_length)
    rows = torch.arange(n, device=device)  # of the cache: which sequence
    running, finished = torch.ones_like(rows, dtype=torch.bool), torch.zeros_like(rows, dtype=torch.bool)
    tokens = torch.full((n, max_length + 1), PAD, device=device)
    log_probability, removed = torch.zeros((2, n), dtype=torch.float64, device=device)
    for position in range(max_length + 1):
        chosen, log_p, lost = _choose(logits, walk, temperature, generator)
        log_probability[rows] += log_p.double().where(running, 0.0)
        removed[rows] += lost.double().where(running, 0.0)
        chosen = chosen.where(running, PAD)
        tokens[rows, position] = chosen
        finished[rows] |= chosen == EOS
        running = running & (chosen != EOS)
        if not bool(running.any()) or position == max_length:
            break
        if walk is not None:
            walk.take(chosen.cpu())
        if int(running.sum()) <= COMPACT * len(rows):
            keep = running.nonzero()[:, 0]
            rows, running, chosen, cache = rows[keep], running[keep], chosen[keep], cache.select(keep)
            if walk is not None:
                walk.select(keep.cpu())
        logits = model.step(chosen, cache)
    return _samples(tokens, log_probability, finished, removed)


def _choose(
    logits: Tensor, walk: ConstrainedRows | None, temperature: float, generator: torch.Generator | None
) -> tuple[Tensor, Tensor, Tensor]:
    """For logits (B, V): a token for each row, its log-probability to the model, and the probability that the walk removed, (B,)
    each."""
    if temperature == 1.0:  # one pass does for the draw, its probability and what was removed: large vocabularies feel it
        p = torch.softmax(_open(logits), dim=1)
        if walk is not None:
            p.masked_fill_(~walk.allowed().to(p.device), 0.0)
        sums = p.cumsum(dim=1, dtype=torch.float64)
        if bool((sums[:, -1] > _LITTLE).all()):
            chosen = _drawn(sums, generator)
            lost = (1.0 - sums[:, -1]).clamp(min=0.0) if walk is not None else torch.zeros_like(sums[:, -1])
            return chosen, p.gather(1, chosen[:, None])[:, 0].double().log(), lost
    log_p, lost = _scored(logits, walk)
    if temperature > 0:
        chosen = _drawn(torch.softmax(log_p / temperature, dim=1).cumsum(dim=1, dtype=torch.float64), generator)
    else:
        chosen = log_p.argmax(dim=1)
    return chosen, log_p.gather(1, chosen[:, None])[:, 0], lost


def _open(logits: Tensor) -> Tensor:
    """Without PAD and BOS, which are no tokens of any language."""
    logits = logits.float()
    logits[:, [PAD, BOS]] = _NEVER
    return logits


def _scored(logits: Tensor, walk: ConstrainedRows | None) -> tuple[Tensor, Tensor]:
    """For logits (B, V): log-probabilities, -inf where the walk allows nothing, and the probability that this removes (B,)."""
    logits = _open(logits)
    log_p = torch.log_softmax(logits, dim=1)
    if walk is None:
        return log_p, log_p.new_zeros(len(log_p))
    forbidden = ~walk.allowed().to(log_p.device)
    # By softmax, as the exponential of a large matrix with -inf in it takes several times as long.
    share = torch.softmax(logits, dim=1).masked_fill_(forbidden, 0.0).sum(dim=1)
    return log_p.masked_fill_(forbidden, _NEVER), (1.0 - share).clamp(min=0.0)


def _drawn(sums: Tensor, generator: torch.Generator | None) -> Tensor:
    """One token for each row of running sums of weights (B, V), by one number each: ten times as fast as torch.multinomial where
    V is thousands."""
    unit = torch.rand((len(sums), 1), dtype=torch.float64, device=sums.device, generator=generator)
    # To the right of equal sums: a token of weight 0 is never drawn.
    return torch.searchsorted(sums, unit * sums[:, -1:], right=True)[:, 0].clamp(max=sums.shape[1] - 1)


def _samples(tokens: Tensor, log_probability: Tensor, finished: Tensor, removed: Tensor) -> Samples:
    """tokens (B, L): each row's content, then EOS if it ended, then PAD. removed: sums over tokens."""
    lengths = ((tokens != PAD) & (tokens != EOS)).sum(dim=1)
    ids = [[t - SPECIAL for t in row[:length]] for row, length in zip(tokens.tolist(), lengths.tolist(), strict=True)]
    mean = removed / (lengths + finished).clamp(min=1)
    return Samples(ids, log_probability.tolist(), finished.tolist(), removed=mean.tolist())


class _Beams:
    """Beams of n observations side by side, (n, k): k is 1 before the first token, `width` after."""

    def __init__(
        self,
        model: Model,
        samples: Tensor,
        scales: Tensor,
        max_length: int,
        *,
        width: int,
        walk: ConstrainedRows | None,
        penalty: float,
    ) -> None:
        self.model, self.width, self.walk, self.penalty, self.max_length = model, width, walk, penalty, max_length
        self.logits, self.cache = model.prefill(samples, scales, max_length)
        n, device = len(samples), model.device
        self.tokens = torch.full((n, 1, max_length + 1), PAD, device=device)
        self.score, self.removed = torch.zeros((2, n, 1), dtype=torch.float64, device=device)
        self.length = torch.zeros_like(self.score, dtype=torch.int64)
        self.ended = torch.zeros_like(self.score, dtype=torch.bool)

    def search(self) -> Samples:
        for position in range(self.max_length + 1):
            chosen = self._grow(position)
            if bool(self.ended.all()) or position == self.max_length:
                break
            self.logits = self.model.step(chosen, self.cache)
        finished = self.ended & self.score.isfinite()
        rank = self._ranked(self.score, self.length)
        # An unfinished beam counts only where none is finished.
        best = rank.where(finished | ~finished.any(dim=1, keepdim=True), _NEVER).argmax(dim=1)
        rows = torch.arange(len(best), device=best.device)
        return _samples(self.tokens[rows, best], self.score[rows, best], finished[rows, best], self.removed[rows, best])

    def _grow(self, position: int) -> Tensor:
        """One more token; what each beam of the cache, reordered, took."""
        n, k = self.score.shape
        log_p, lost = _scored(self.logits, self.walk)
        step = log_p.double().view(n, k, -1)
        step[self.ended] = _NEVER
        step[..., PAD][self.ended] = 0.0
        score = self.score[..., None] + step
        length = self.length + (~self.ended).long()
        width = min(self.width, score[0].numel())
        order = self._ranked(score, length[..., None]).flatten(1).sort(dim=1, descending=True, stable=True).indices[:, :width]
        parent, token = order // score.shape[2], order % score.shape[2]
        self.score = score.flatten(1).gather(1, order)
        self.removed = (self.removed + lost.double().view(n, k).where(~self.ended, 0.0)).gather(1, parent)
        self.length, ended = length.gather(1, parent), self.ended.gather(1, parent)
        dropped = ~self.score.isfinite()  # fewer continuations than beams
        token = token.where(~dropped, PAD)
        self.tokens = self.tokens.gather(1, parent[..., None].expand(-1, -1, self.tokens.shape[2]))
        self.tokens[..., position] = token
        self.ended = ended | dropped | (token == EOS)
        rows = (torch.arange(n, device=parent.device)[:, None] * k + parent).flatten()
        self.cache = _reordered(self.cache, rows)
        if self.walk is not None:
            self.walk.select(rows.cpu())
            self.walk.take(token.flatten().cpu())
        taken: Tensor = token.flatten()
        return taken

    def _ranked(self, score: Tensor, length: Tensor) -> Tensor:
        return score / torch.pow(length.double().clamp(min=1), self.penalty)


def _reordered(cache: Cache, rows: Tensor) -> Cache:
    """`cache.select(rows)`, in place where the number of rows stays: what is not written yet need not be copied."""
    if len(rows) != cache.keys.shape[1]:
        return cache.select(rows)
    if not torch.equal(rows, torch.arange(len(rows), device=rows.device)):
        cache.keys[:, :, :, : cache.length] = cache.keys[:, rows, :, : cache.length]
        cache.values[:, :, :, : cache.length] = cache.values[:, rows, :, : cache.length]
    return cache
