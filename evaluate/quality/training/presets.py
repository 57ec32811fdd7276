"""Sizes that go together: how much learning a comparison buys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ....grammars.errors import SpecError, did_you_mean
from ..measures.quality import QualityConfig
from ..model.model import ModelConfig
from ..model.trained import TrainConfig
from ..task.task import TaskConfig

ROUND_TESTS = 1000
"""Test behaviors of a round."""
_FEWEST_TESTED = 100
_DRAWN = 1.3
"""To be drawn for each that is tested, roughly: of 1,000 drawn on `ode`, 177 are too near to what is trained on."""
OWN_SHARE = 0.4
"""Of a budget's steps, those of a training in rounds on a person's own expressions."""
_RENAMED = {"new_skeletons": "new_forms"}


@dataclass(frozen=True, slots=True)
class Preset:
    """Task, model, training and quality measurement of one budget."""

    task: TaskConfig = field(default_factory=TaskConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    quality: QualityConfig = field(default_factory=QualityConfig)

    def for_rounds(self, own: bool = False) -> Preset:
        """The same, tested on at least a thousand behaviors: each round has new ones, and so few as for one training would add
        as much noise as the trainings. Where a person's own are fewer, each is observed several times. What is written under the
        grammar and several times, which takes as long as training does, stays at the preset's own number. A preset that is for a
        look alone stays as it is.

        `own`: what is learned are a person's own expressions. Then every fold has to be tested twice before anything is decided,
        and trainings are shorter, `OWN_SHARE` of the preset's: more of them tell more (docs/quality.md)."""
        if self.task.n_test < _FEWEST_TESTED:
            return self
        train = replace(self.train, steps=round(OWN_SHARE * self.train.steps)) if own else self.train
        tested = replace(self.task, n_test=max(self.task.n_test, ROUND_TESTS))
        return replace(
            self, task=tested, train=train, quality=replace(self.quality, few=self.task.n_test, observed=tested.n_test)
        )

    def for_sampled_rounds(self) -> Preset:
        """The same for systems that a sampler draws, of which more are drawn to be tested, as some are too near training: each of
        a thousand is observed once then, where the 800 that would be left are observed twice."""
        rounds = self.for_rounds()
        if rounds is self:
            return self
        return replace(rounds, task=replace(rounds.task, n_test=round(_DRAWN * rounds.task.n_test)))

    @staticmethod
    def from_dict(document: dict[str, Any]) -> Preset:
        """What `dataclasses.asdict` made of a preset, also one of a version that held out skeletons where this one does forms."""
        return Preset(
            TaskConfig(**{_RENAMED.get(name, name): value for name, value in document["task"].items()}),
            ModelConfig(**document["model"]),
            TrainConfig(**document["train"]),
            QualityConfig(**document["quality"]),
        )


_SMALL = ModelConfig(d_model=96, layers=3, heads=3)
"""Better than more parameters while training is short: it sees more in the same time."""
_LEARNING = TrainConfig(lr=2.5e-3, branches=3)

PRESETS = {
    # Seconds: to see that all runs and what a run leaves. Its quality says nothing of a representation.
    "tiny": Preset(
        TaskConfig(n_train=300, n_val=32, n_test=16),
        ModelConfig(d_model=32, layers=1, heads=2),
        TrainConfig(steps=30, checkpoints=2, probe=8, branches=1),
        QualityConfig(choices=0),
    ),
    "quick": Preset(model=_SMALL, train=replace(_LEARNING, steps=1500), quality=QualityConfig(choices=4)),
    "study": Preset(TaskConfig(n_train=40_000), _SMALL, replace(_LEARNING, steps=2400), QualityConfig(choices=8)),
    "full": Preset(TaskConfig(n_train=200_000, n_test=400), _SMALL, replace(_LEARNING, steps=16_000, probe=100, alignment=32)),
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises `SpecError`."""
    if name not in PRESETS:
        raise SpecError(f"unknown preset {name!r}{did_you_mean(name, PRESETS)}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
