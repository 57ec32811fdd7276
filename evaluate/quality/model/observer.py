"""The fixed observer as a module: an observation becomes the embeddings that stand before the first token."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Observer(nn.Module):
    """One embedding for an observation's scales, then one for each patch of consecutive samples.

    `points`, `features`, `scales`: shape of an observation (see `observe.Observations`). `patch`: samples that share one
    embedding.
    """

    def __init__(self, d_model: int, patch: int, points: int, features: int, scales: int) -> None:
        super().__init__()
        self.patch, self.patches = patch, math.ceil(points / patch)
        wide = 2 * d_model
        self.observe = nn.Sequential(nn.Linear(patch * features, wide), nn.GELU("tanh"), nn.Linear(wide, d_model))
        self.scale = nn.Sequential(nn.Linear(scales, wide), nn.GELU("tanh"), nn.Linear(wide, d_model))

    @property
    def length(self) -> int:
        """Number of embeddings."""
        return self.patches + 1

    def forward(self, samples: Tensor, scales: Tensor, table: nn.Embedding) -> Tensor:
        """samples (B, P, F) and scales (B, S) -> (B, length, d). The `table` of tokens is for other observers."""
        b, points, features = samples.shape
        samples = F.pad(samples, (0, 0, 0, self.patches * self.patch - points))
        patches = self.observe(samples.reshape(b, self.patches, self.patch * features))
        return torch.cat([self.scale(scales)[:, None], patches], dim=1)
