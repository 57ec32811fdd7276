"""Learning a table before anything else: the number is shown without noise, and its word is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from ....representations.representation import Representation
from ...quality.decoding.decode import sample
from ...quality.model.model import ModelConfig
from ...quality.model.trained import TrainConfig
from ...quality.task.task import Task, shown_as_tested
from ...quality.training.train import Run
from .values import constants

LOOKS = 1.25
"""Each end that is tried is so much further than the one before."""
_FIRST = 200


@dataclass(frozen=True, slots=True)
class Copied:
    """`weights`: of the first end at which at least the share of the words that was asked for was right; empty where there was
    none within the steps allowed. `examples`: shown to the training that ends there, of the last one tried otherwise. `share`: of
    all words, right at that end."""

    weights: dict[str, Tensor]
    examples: int
    share: float


def copying_task(task: Task, values: tuple[float, ...]) -> Task:
    """All values as constants, over the inputs of the task's first system, without noise; observed as the task's are."""
    first = task.items[0].system
    config = replace(task.config, noise=0.0)
    return shown_as_tested(task.domain, config, task.seed, constants(values, first.ranges or ()))


def ends(most: int) -> list[int]:
    """The lengths that are tried, in steps."""
    found = [min(_FIRST, most)]
    while found[-1] < most:
        found.append(min(most, round(found[-1] * LOOKS)))
    return found


def copied(
    task: Task, representation: Representation, model: ModelConfig, config: TrainConfig, seed: int, *, share: float, most: int
) -> Copied:
    """Train on a copying task until `share` of the words are right, in at most `most` steps.

    While the learning rate is level a word here and there is wrong, so ends are tried as `train` branches: a copy of where it
    stands comes down, and is thrown away if too many words are still wrong.
    """
    run = Run(task, representation, model, replace(config, steps=most, warmup=50 / most, branches=0), seed)
    truth = [representation.encode(s.tree) for s in task.test.systems]
    right, length = 0.0, 0
    for length in ends(most):
        while run.step < length - round(run.config.decay * length):
            run.update()
        trunk, run.length = run.state(), length
        while run.step < length:
            run.update()
        written = sample(run.model, task.observations(task.test, "test-noise"), max(map(len, truth)))
        right = sum(a == b for a, b in zip(written.ids, truth, strict=True)) / len(truth)
        if right >= share:
            weights = {name: value.detach().clone() for name, value in run.model.state_dict().items()}
            return Copied(weights, length * config.batch_size, right)
        run.length = most
        run.restore(trunk)
    return Copied({}, length * config.batch_size, right)
