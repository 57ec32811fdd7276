"""What makes steps of gradients: AdamW, and Muon for the matrices of the blocks."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ....grammars.errors import SpecError, did_you_mean
from ..model.model import Block
from ..model.objectives import Predictor
from ..model.trained import TrainConfig
from .muon import Muon

OPTIMIZERS = ("muon", "adamw")


class Optimizer:
    """One learning rate for all. `kind`: the training's precision. Raises `SpecError` for an unknown name."""

    def __init__(self, predictor: Predictor, config: TrainConfig, kind: str) -> None:
        if config.optimizer not in OPTIMIZERS:
            raise SpecError(
                f"unknown optimizer {config.optimizer!r}{did_you_mean(config.optimizer, OPTIMIZERS)}; there are "
                f"{', '.join(OPTIMIZERS)}"
            )
        self._lr, self._parameters = config.lr, dict(predictor.named_parameters())
        matrices = _matrices(predictor) if config.optimizer == "muon" else []
        taken = set(map(id, matrices))
        others = [p for p in self._parameters.values() if id(p) not in taken]
        groups = [
            {"params": [p for p in others if p.ndim > 1], "weight_decay": config.weight_decay},
            {"params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self._parts: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98), fused=True)]
        if matrices:
            self._parts.append(Muon(matrices, config.lr, weight_decay=config.weight_decay, kind=kind))

    def step(self, share: float) -> None:
        """One step at that share of the learning rate; gradients are taken away."""
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = self._lr * share
            part.step()
            part.zero_grad()

    def state(self) -> dict[str, dict[str, Tensor]]:
        """What is remembered of each parameter, by its name."""
        return {name: state for name, p in self._parameters.items() for part in self._parts if (state := part.state.get(p))}

    def restore(self, state: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Remember copies of what `state` gave."""
        names = {id(p): name for name, p in self._parameters.items()}
        for part in self._parts:
            part.state.clear()
            for p in (p for group in part.param_groups for p in group["params"]):
                if (kept := state.get(names[id(p)])) is not None:
                    part.state[p] = {key: value.to(p.device, copy=True) for key, value in kept.items()}


def _matrices(predictor: Predictor) -> list[Tensor]:
    return [p for block in predictor.modules() if isinstance(block, Block) for p in block.parameters() if p.ndim == 2]
