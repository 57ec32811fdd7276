"""What a trained model writes for the tests of its task, in any study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...grammars.tree import Node
from ...representations.representation import Representation
from ...tokenizers.base import Invalid
from ..streams import number as stream

if TYPE_CHECKING:
    from ..quality.model.trained import Trained
    from ..quality.task.task import Task


def answers(
    task: Task, representation: Representation, done: Trained, seed: int, temperature: float = 0.0
) -> list[Node | Invalid]:
    """One for each test, greedy, or drawn at a temperature; the same seed gives the same ones."""
    import torch

    from ..quality.decoding.decode import sample
    from ..quality.measures.quality import decoded, length_limit

    observations, random = task.observations(task.test, "test-noise"), torch.Generator().manual_seed(stream(seed, "samples"))
    limit = length_limit(done.max_length)
    return decoded(representation, sample(done.model, observations, limit, temperature=temperature, generator=random))
