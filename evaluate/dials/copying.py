"""Learning a table before anything else: the number is shown without noise, and its word is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from ...representations.representation import Representation
from ..quality.decoding.decode import sample
from ..quality.model.model import ModelConfig
from ..quality.model.trained import TrainConfig
from ..quality.task.task import Task, shown_as_tested
from ..quality.training.train import Run
from .values import constants

EVERY = 25
"""Steps between two looks at how many words are right."""


@dataclass(frozen=True, slots=True)
class Copied:
    """`weights`: of the model at the first look at which it wrote at least the share of the words that was asked for; empty where
    it did not within the steps allowed. `examples`: shown until then. `share`: of all words, right at the last look."""

    weights: dict[str, Tensor]
    examples: int
    share: float


def copying_task(task: Task, values: tuple[float, ...]) -> Task:
    """All values as constants, over the inputs of the task's first system, without noise; observed as the task's are."""
    first = task.items[0].system
    config = replace(task.config, noise=0.0)
    return shown_as_tested(task.domain, config, task.seed, constants(values, first.ranges or ()))


def copied(
    task: Task, representation: Representation, model: ModelConfig, config: TrainConfig, seed: int, *, share: float, most: int
) -> Copied:
    """Train on a copying task until `share` of the words are right, at most `most` steps. The learning rate does not fall, for
    nobody knows the end; weights are those of that moment."""
    level = replace(config, steps=most, warmup=50 / most, decay=1 / most, branches=0)
    run = Run(task, representation, model, level, seed)
    truth = [representation.encode(s.tree) for s in task.test.systems]
    right = 0.0
    while run.step < most:
        if run.update()[1] != "ok":
            break
        if run.step % EVERY:
            continue
        written = sample(run.model, task.observations(task.test, "test-noise"), max(map(len, truth)))
        right = sum(a == b for a, b in zip(written.ids, truth, strict=True)) / len(truth)
        if right >= share:
            weights = {name: value.detach().clone() for name, value in run.model.state_dict().items()}
            return Copied(weights, run.step * config.batch_size, right)
    return Copied({}, run.step * config.batch_size, right)
