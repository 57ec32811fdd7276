"""Gradient alignment (Section 4.1 of the paper): does a step that predicts tokens better also raise semantic quality?

The cosine between the step that next-token prediction wants, -∇L, and ∇Q on the same observations. L is the mean over
expressions of the summed cross-entropy; Q = E[q(φ(s))] over the model's own samples (Eq. 3) at temperature 1. ∇Q is estimated by
the score function (REINFORCE, Williams 1992) with a leave-one-out baseline (Kool et al. 2019): unbiased, since a sample's
baseline does not depend on it. Gradients are of all parameters, before the optimizer scales them.

The estimate of ∇Q is noisy, and a cosine with a noisy vector is drawn towards 0 by the noise's share of its length. So the
samples of each observation make two independent halves, and the corrected cosine divides by sqrt(g₁·g₂), whose square is an
unbiased estimate of |∇Q|², in place of |g|. Where g₁·g₂ is not told from what noise alone gives there is no corrected value, and
the plain one says nothing. Both are of these observations; their standard errors are for drawing other ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ...domains.observers.base import Observations
from ...streams import number
from ..decoding.decode import Samples, sample
from ..measures.quality import decoded, length_limit
from ..model.model import BOS, EOS, PAD, Model
from ..task.outcomes import score
from ..task.sight import sight
from .batches import encode, padded

if TYPE_CHECKING:
    from ....representations.representation import Representation
    from ..task.task import Task

Floats = NDArray[np.float64]
Reward = Callable[[Samples, NDArray[np.int64]], Floats]
"""(samples, their rows among the observations) -> q of each."""

GROUPS = 8
_CHUNK = 128
_COLUMNS = 1 << 18
_ANY_LENGTH = 1 << 30
_TOLD_APART = 2.0
"""g₁·g₂ must be that many times what noise alone gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """cosine: of -∇L and the estimated ∇Q; drawn towards 0 by noise. corrected: without that, see the module; NaN where not
    estimable (`note` says why); noise may take it beyond 1. Standard errors by a jackknife over `n_groups` groups of
    observations. quality: mean q of the samples. norm_ntp, norm_q: lengths of the gradients, the latter NaN where not
    estimable."""

    cosine: float
    standard_error: float
    corrected: float
    corrected_error: float
    n_items: int
    n_samples: int
    n_groups: int
    quality: float
    norm_ntp: float
    norm_q: float
    note: str = ""

    def columns(self) -> dict[str, Any]:
        """Columns of a row of the history; None for NaN."""
        values = {
            "gradient_alignment": self.cosine,
            "gradient_alignment_se": self.standard_error,
            "gradient_alignment_corrected": self.corrected,
            "gradient_alignment_corrected_se": self.corrected_error,
            "gradient_quality": self.quality,
        }
        columns: dict[str, Any] = {k: v if math.isfinite(v) else None for k, v in values.items()}
        return columns | {"gradient_items": self.n_items, "gradient_samples": self.n_samples, "gradient_note": self.note}


def alignment(
    task: Task, representation: Representation, model: Model, max_length: int, items: int, samples: int = 8, seed: int = 0
) -> Alignment:
    """The alignment on the first `items` test observations, with `samples` expressions drawn for each (an even number from 4).

    `max_length`: of the trained sequences, as `Trained` has it. Test items that the vocabulary cannot write are left out. Leaves
    the model and PyTorch's own generator as they were. Raises ValueError for another number of samples, or fewer than two items.
    """
    seen = sight(task, representation, model.shape[0], model.shape)
    encoded, _ = encode(representation, task.test.targets[:items], _ANY_LENGTH, seen.readable("test")[:items])
    targets = [ids for ids in encoded if ids is not None]
    indices = [i for i, ids in enumerate(encoded) if ids is not None]
    observations = _take(seen.held_out("test"), np.array(indices, dtype=np.int64))

    def reward(drawn: Samples, rows: NDArray[np.int64]) -> Floats:
        outcomes = score(task.domain, [task.items[indices[int(r)]] for r in rows], decoded(representation, drawn))
        return np.array([o.q for o in outcomes])

    return measure(model, observations, targets, reward, length_limit(max_length), samples=samples, seed=seed)


def measure(
    model: Model,
    observations: Observations,
    targets: Sequence[Sequence[int]],
    reward: Reward,
    max_length: int,
    *,
    samples: int,
    seed: int,
    groups: int = GROUPS,
) -> Alignment:
    """`alignment` of content ids `targets` and a `reward`, whatever they mean."""
    n = len(targets)
    if samples < 4 or samples % 2:
        raise ValueError(f"the two halves need two samples each: an even number from 4, not {samples}")
    if n < 2:
        raise ValueError(f"a standard error needs at least two expressions, not {n}")
    rows = np.repeat(np.arange(n), samples)
    drawn = sample(
        model,
        _take(observations, rows),
        max_length,
        temperature=1.0,
        generator=torch.Generator().manual_seed(number(seed, "alignment")),
    )
    q = reward(drawn, rows)
    advantage = leave_one_out(q.reshape(n, 2, samples // 2)).reshape(-1)
    parts = np.array_split(np.arange(n), min(groups, n))
    vectors = [_ntp_step(model, observations, targets, part) for part in parts]
    for half in range(2):
        chosen = (np.arange(len(rows)) % samples) // (samples // 2) == half
        for part in parts:
            own = (chosen & np.isin(rows, part)).nonzero()[0]
            vectors.append(score_gradient(model, observations, drawn, rows, advantage, own))
    weights = np.array([len(p) / n for p in parts])
    return _from_gram(_gram(vectors), weights, n, samples, float(q.mean()))


def leave_one_out(q: Floats) -> Floats:
    """Each value less the mean of the others along the last axis."""
    k = q.shape[-1]
    centered: Floats = (q - q.mean(axis=-1, keepdims=True)) * (k / (k - 1))
    return centered


def log_probability(
    model: Model, observations: Observations, drawn: Samples, rows: NDArray[np.int64], own: NDArray[np.int64]
) -> Tensor:
    """Log-probability in nats of the samples `own` as `sample` draws them at temperature 1, (len(own),), with its gradient.

    A sample that did not end is the tokens it has, without EOS.
    """
    tokens = padded([drawn.ids[int(j)] for j in own])
    for row, j in enumerate(own):
        if not drawn.finished[int(j)]:
            tokens[row, len(drawn.ids[int(j)]) + 1] = PAD
    logits = _logits(model, observations, rows[own], tokens)
    barred = torch.zeros(logits.shape[-1], dtype=torch.bool)
    barred[[PAD, BOS]] = True
    written = tokens[:, 1:] != PAD
    log_p = torch.log_softmax(logits.masked_fill(barred, float("-inf")), dim=2)
    chosen = log_p.gather(2, tokens[:, 1:].where(written, torch.tensor(EOS))[..., None])[..., 0]
    return chosen.where(written, torch.zeros(())).sum(dim=1)


def score_gradient(
    model: Model, observations: Observations, drawn: Samples, rows: NDArray[np.int64], advantage: Floats, own: NDArray[np.int64]
) -> Tensor:
    """Mean over the samples `own` of advantage · ∇ log π: (parameters,)."""
    total: Tensor | None = None
    for start in range(0, len(own), _CHUNK):
        part = own[start : start + _CHUNK]
        weight = torch.from_numpy(advantage[part]).float()
        gradient = _flat_gradient((log_probability(model, observations, drawn, rows, part) * weight).sum() / len(own), model)
        total = gradient if total is None else total + gradient
    if total is None:
        raise ValueError("no samples to take the gradient of")
    return total


def _ntp_step(model: Model, observations: Observations, targets: Sequence[Sequence[int]], part: NDArray[np.int64]) -> Tensor:
    """-∇L over some of the expressions."""
    total: Tensor | None = None
    for start in range(0, len(part), _CHUNK):
        own = part[start : start + _CHUNK]
        tokens = padded([targets[int(i)] for i in own])
        logits = _logits(model, observations, own, tokens)
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=PAD, reduction="sum")
        gradient = _flat_gradient(-loss / len(part), model)
        total = gradient if total is None else total + gradient
    if total is None:
        raise ValueError("no expressions to take the gradient of")
    return total


def _logits(model: Model, observations: Observations, rows: NDArray[np.int64], tokens: Tensor) -> Tensor:
    """Of the tokens after each, (len(rows), L - 1, V), on the processor wherever the model is."""
    device = model.embedding.weight.device
    samples, scales = (torch.from_numpy(a[rows]).to(device) for a in (observations.samples, observations.scales))
    logits: Tensor = model(samples, scales, tokens[:, :-1].to(device)).float().cpu()
    return logits


def _flat_gradient(value: Tensor, model: Model) -> Tensor:
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(value, parameters, allow_unused=True)
    return torch.cat(
        [(torch.zeros_like(p) if g is None else g).flatten() for p, g in zip(parameters, gradients, strict=True)]
    ).cpu()


def _gram(vectors: Sequence[Tensor]) -> Floats:
    """Inner products in double precision, a stretch of the parameters at a time."""
    total = torch.zeros(len(vectors), len(vectors), dtype=torch.float64)
    for start in range(0, len(vectors[0]), _COLUMNS):
        block = torch.stack([v[start : start + _COLUMNS] for v in vectors]).double()
        total += block @ block.T
    return np.asarray(total.numpy())


def _from_gram(gram: Floats, weights: Floats, n: int, samples: int, quality: float) -> Alignment:
    """gram: (3 G, 3 G) over the G groups' -∇L, then ∇Q of the first and of the second half; weights: (G,), summing to 1."""
    whole = _products(gram, weights)
    subsets = [np.where(np.arange(len(weights)) == g, 0.0, weights) for g in range(len(weights))]
    without = [_products(gram, w / w.sum()) for w in subsets]
    cosine, error = _jackknife(_cosine(whole), [_cosine(p) for p in without])
    corrected, corrected_error = _jackknife(_corrected(whole), [_corrected(p) for p in without])
    square, noise = whole[3], _noise(gram, weights)
    note = ""
    if not math.isfinite(cosine):
        note = "no gradient of Q: every observation's samples score alike"
    elif not square > _TOLD_APART * noise:
        note = f"the gradient of Q is not told from noise: |∇Q|² = {square:.2g}, by chance ± {noise:.2g}"
    elif not math.isfinite(corrected_error):
        note = "the gradient of Q rests on a few observations"
    if note:
        corrected = corrected_error = float("nan")
    norm_q = math.sqrt(square) if not note else float("nan")
    size = len(weights)
    return Alignment(
        cosine=cosine,
        standard_error=error,
        corrected=corrected,
        corrected_error=corrected_error,
        n_items=n,
        n_samples=samples,
        n_groups=size,
        quality=quality,
        norm_ntp=math.sqrt(whole[0]),
        norm_q=norm_q,
        note=note,
    )


def _products(gram: Floats, weights: Floats) -> tuple[float, float, float, float]:
    """|N|², N·g, |g|² and g₁·g₂, where g is the mean of the halves."""
    g = len(weights)
    block = gram.reshape(3, g, 3, g)
    dot = np.einsum("agbh,g,h->ab", block, weights, weights)
    both = (dot[1, 1] + dot[2, 2] + 2 * dot[1, 2]) / 4
    return float(dot[0, 0]), float((dot[0, 1] + dot[0, 2]) / 2), float(both), float(dot[1, 2])


def _noise(gram: Floats, weights: Floats) -> float:
    """Standard deviation of g₁·g₂ if both were noise alone.

    The halves of a group differ by noise alone, d, of twice the variance; of two groups it is independent. So the products d·d'
    of different groups are as those of the halves' noise, and Var(e₁·e₂) = Σ w² w'² (d·d' / 2)², scaled up for the groups' own
    pairs.
    """
    g = len(weights)
    block = gram.reshape(3, g, 3, g)
    d = block[1, :, 1] + block[2, :, 2] - block[1, :, 2] - block[2, :, 1]
    off = (np.outer(weights, weights) * d / 2) ** 2
    np.fill_diagonal(off, 0.0)
    return float(np.sqrt(off.sum() * g / (g - 1))) if g > 1 else float("nan")


def _cosine(p: tuple[float, float, float, float]) -> float:
    return p[1] / math.sqrt(p[0] * p[2]) if p[0] > 0 and p[2] > 0 else float("nan")


def _corrected(p: tuple[float, float, float, float]) -> float:
    return p[1] / math.sqrt(p[0] * p[3]) if p[0] > 0 and p[3] > 0 else float("nan")


def _jackknife(value: float, without: Sequence[float]) -> tuple[float, float]:
    """The value and its standard error from those without one group each (Efron & Tibshirani 1993, Eq. 11.5)."""
    x = np.asarray(without)
    g = len(x)
    return value, float(np.sqrt((g - 1) / g * ((x - x.mean()) ** 2).sum())) if g > 1 else float("nan")


def _take(observations: Observations, rows: NDArray[np.int64]) -> Observations:
    return Observations(observations.samples[rows], observations.scales[rows])
