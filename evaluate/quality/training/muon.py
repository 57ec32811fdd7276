"""Muon: steps of matrices whose singular values are made equal (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon).

The gradient's moving average, looked ahead as Nesterov does, is replaced by about the nearest orthogonal matrix, so that rare
directions are learned as fast as common ones. The step is as large as AdamW's typically are, 0.2 per weight in the root mean
square, so that one learning rate serves both (Liu et al. 2025, arXiv:2502.16982, Section 2.2).

`torch.optim.Muon` (from 2.9) does the same one matrix after another and always in bfloat16, 1.6 times as slowly at our sizes.
Here matrices of one shape go through together, in float32 where the processor has no bfloat16.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

_RMS = 0.2
_ITERATIONS = 5
_A, _B, _C = 3.4445, -4.775, 2.0315
"""Jordan's coefficients: singular values from 0.002 to 1 end between 0.7 and 1.2, which learns as well as 1 does."""


class Muon(torch.optim.Optimizer):
    """`params`: matrices. `momentum`: of the moving average. `kind`: of the products, "bfloat16" or "float32"."""

    def __init__(
        self, params: Sequence[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0, kind: str = "float32"
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self._dtype = torch.bfloat16 if kind == "bfloat16" else torch.float32

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            alike: dict[torch.Size, list[tuple[Tensor, Tensor]]] = defaultdict(list)
            for p in group["params"]:
                if p.grad is not None:
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    alike[p.shape].append((p, self._ahead(p, group["momentum"])))
            for shape, pairs in alike.items():
                steps = orthogonal(torch.stack([ahead for _, ahead in pairs]), self._dtype)
                for (p, _), step in zip(pairs, steps, strict=True):
                    p.add_(step, alpha=-group["lr"] * _RMS * max(shape) ** 0.5)

    def _ahead(self, p: Tensor, momentum: float) -> Tensor:
        """The moving average of p's gradients, brought up to date, and a step further on."""
        state = self.state[p]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(p)
        state["momentum_buffer"].lerp_(p.grad, 1 - momentum)
        return p.grad.lerp(state["momentum_buffer"], momentum)  # type: ignore[union-attr]


def orthogonal(matrices: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """matrices (K, n, m) -> about the nearest whose rows, or columns where there are fewer, are orthonormal, in their own type.

    By Newton and Schulz's iteration in `dtype`."""
    wide: Tensor = matrices if matrices.shape[1] <= matrices.shape[2] else matrices.mT
    x: Tensor = (wide / wide.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)).to(dtype)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C), x, beta=_A)
    return (x if wide is matrices else x.mT).to(matrices.dtype)
