"""What training minimizes. What is reported as next-token loss is the plain cross-entropy, whatever is minimized.

- `next-token`: mean cross-entropy over tokens.
- `multi-token:K` (Gloeckle et al. 2024, arXiv:2404.19737): K heads, the j-th for the token j further on; the losses of the heads
  are summed. As there, a head is one transformer block on the trunk's states and the unembedding is shared. The first head is the
  model's own last block, so that the model that writes has the same size under every objective; the others exist in training
  alone.
- `entropy:SHARE`: mean over the share of a batch's tokens whose predicted distribution has the highest entropy, after Wang et al.
  2025 (arXiv:2506.01939), who restrict a policy gradient so.
- `entropy-weighted`: mean weighted by that entropy. Neither selection nor weight has a gradient.

An objective of one's own needs the three members of `Objective`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ....grammars.errors import SpecError, did_you_mean
from .model import PAD, Block, Model, initialize


class Objective(Protocol):
    """`heads`: how many tokens ahead are predicted. `whole`: whether the loss needs a batch in one piece."""

    @property
    def heads(self) -> int: ...

    @property
    def whole(self) -> bool: ...

    def loss(self, logits: Sequence[Tensor], nats: Sequence[Tensor], counts: Sequence[int]) -> Tensor:
        """What a group of a batch adds to the loss that is minimized, a scalar.

        For each head: `logits` (B, L, V), float32; `nats` (B, L), the cross-entropy of its targets, 0 where there is none;
        `counts`, the number of targets in the whole batch.
        """
        ...


@dataclass(frozen=True, slots=True)
class MultiToken:
    """Mean cross-entropy of each head, summed. With one head, next-token prediction."""

    heads: int = 1
    whole: bool = False

    def loss(self, logits: Sequence[Tensor], nats: Sequence[Tensor], counts: Sequence[int]) -> Tensor:
        return torch.stack([n.sum() / max(c, 1) for n, c in zip(nats, counts, strict=True)]).sum()


@dataclass(frozen=True, slots=True)
class HighEntropy:
    """Mean over the `share` of the tokens with the highest entropy, at least one. Of equal ones the first."""

    share: float
    heads: int = 1
    whole: bool = True

    def loss(self, logits: Sequence[Tensor], nats: Sequence[Tensor], counts: Sequence[int]) -> Tensor:
        values = entropy(logits[0]).where(nats[0] > 0, -1.0).flatten()  # a target's cross-entropy is positive, a padding's 0
        keep = max(1, math.ceil(self.share * counts[0] - 1e-9))
        chosen = values.argsort(descending=True, stable=True)[:keep]
        return nats[0].flatten()[chosen].sum() / keep


@dataclass(frozen=True, slots=True)
class EntropyWeighted:
    """Mean weighted by entropy."""

    heads: int = 1
    whole: bool = True

    def loss(self, logits: Sequence[Tensor], nats: Sequence[Tensor], counts: Sequence[int]) -> Tensor:
        weight = entropy(logits[0]) * (nats[0] > 0)
        return (weight * nats[0]).sum() / weight.sum().clamp_min(1e-9)


NAMES = ("next-token", "multi-token:K", "entropy:SHARE", "entropy-weighted")


def objective(text: str) -> Objective:
    """The objective that a text names. Raises `SpecError`."""
    name, colon, argument = text.strip().partition(":")
    if name == "next-token" and not colon:
        return MultiToken()
    if name == "entropy-weighted" and not colon:
        return EntropyWeighted()
    if name == "multi-token":
        if not argument.isdecimal() or not 1 <= int(argument) <= 16:
            raise SpecError(f"objective {text!r} needs a number of heads from 1 to 16, for instance multi-token:4")
        return MultiToken(int(argument))
    if name == "entropy":
        return HighEntropy(_share(text, argument))
    known = [n.partition(":")[0] for n in NAMES]
    hint = "" if name in known else did_you_mean(name, known)
    raise SpecError(f"unknown objective {text!r}{hint}; there are {', '.join(NAMES)}")


def _share(text: str, argument: str) -> float:
    try:
        share = float(argument)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise SpecError(f"objective {text!r} needs a share of the tokens above 0 and at most 1, for instance entropy:0.2")
    return share


def entropy(logits: Tensor) -> Tensor:
    """logits (..., V) -> entropy of the predicted distribution in nats (...), without gradient."""
    log_p = torch.log_softmax(logits.detach(), dim=-1)
    return -(log_p.exp() * log_p).sum(dim=-1)


def targets(tokens: Tensor, ahead: int) -> Tensor:
    """tokens (B, L + 1), BOS first -> (B, L): the token `ahead` further on than each of the first L, PAD where there is none."""
    shifted = tokens[:, ahead:]
    return F.pad(shifted, (0, tokens.shape[1] - 1 - shifted.shape[1]), value=PAD)


def cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    """logits (B, L, V) and targets (B, L) -> nats (B, L), 0 where the target is PAD."""
    return F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=PAD, reduction="none").view(wanted.shape)


class Predictor(nn.Module):
    """A model with the heads that an objective adds in training. Their initial weights, too, are drawn by name."""

    def __init__(self, model: Model, heads: int, seed: int) -> None:
        super().__init__()
        self.model = model
        self.ahead = nn.ModuleList(Block(model.config) for _ in range(heads - 1))
        initialize(self.ahead, seed, model.config.layers, "ahead.")

    def extra(self) -> int:
        """Parameters that the model itself has not."""
        return sum(p.numel() for p in self.ahead.parameters())

    def to_bfloat16(self) -> Predictor:
        """Cast in place, the observer left out."""
        self.model.to_bfloat16()
        self.ahead.to(torch.bfloat16)
        return self

    def forward(self, samples: Tensor, scales: Tensor, tokens: Tensor) -> list[Tensor]:
        """tokens (B, L), BOS first -> logits (B, L, V) of each head, float32."""
        trunk, last, rotary = self.model.states(samples, scales, tokens)
        states = [last, *(block(trunk, rotary, None, 0) for block in self.ahead)]
        return [self.model.head(x[:, self.model.prefix :]).float() for x in states]
