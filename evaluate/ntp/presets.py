"""Sizes that go together: how much learning a comparison buys."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...grammars.errors import SpecError, did_you_mean
from .model import ModelConfig
from .quality import QualityConfig
from .task import TaskConfig
from .train import TrainConfig


@dataclass(frozen=True, slots=True)
class Preset:
    """Task, model, training and quality measurement of one budget."""

    task: TaskConfig = field(default_factory=TaskConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    quality: QualityConfig = field(default_factory=QualityConfig)


PRESETS = {
    # About 40 s a training on two cores with bfloat16 units, so that seven of them and their κ take less than ten minutes.
    "quick": Preset(),
    # About 15 minutes a training.
    "full": Preset(TaskConfig(n_train=200_000, n_val=1000, n_test=1000), ModelConfig(), TrainConfig(steps=16_000, probe=200)),
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises `SpecError`."""
    if name not in PRESETS:
        raise SpecError(f"unknown preset {name!r}{did_you_mean(name, PRESETS)}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
