"""An expression that is shown, as a module: its tokens stand before the first that is written."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Prompt(nn.Module):
    """The embeddings of `length` tokens, by the model's own table: what is shown and what is written are of one language.

    `first`: the model's id of content id 0; a place before the first token, -1, has the model's id 0. It holds no weights.
    """

    def __init__(self, length: int, first: int) -> None:
        super().__init__()
        self.length, self.first = length, first

    def forward(self, samples: Tensor, scales: Tensor, table: nn.Embedding) -> Tensor:
        """samples (B, length, 1), content ids -> (B, length, d)."""
        ids = samples[..., 0]
        embeddings: Tensor = table(torch.where(ids < 0, 0, ids + self.first))
        return embeddings
