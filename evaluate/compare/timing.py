"""How many rounds fit into a time: a short timing of what a round is made of, once, before the first."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..streams import number as stream
from .plan import MOST_ROUNDS, ComparisonPlan

if TYPE_CHECKING:
    from ..quality.measures.quality import QualityConfig

_STEPS, _WRITTEN = 12, 64
"""Steps of training and expressions written that are timed."""
_AROUND = 1.05
"""What else a training takes: checkpoints, looks along it, tables. Measured: 1.02 of the steps and the test, on two cores without
other work."""


def rounds_within(folder: Path, plan: ComparisonPlan, *, spent: float, drawing: float, jobs: int) -> int:
    """How many rounds are done in `plan.minutes`, of which `spent` seconds have gone, `drawing` of them for the first task: at
    least one, for all representations. The first round has its task already.

    Rounds that train fewer, as others are decided, are shorter: the time is an upper limit but for the first round.
    """
    begun = time.monotonic()
    trained = [_seconds(folder, spec) for spec in plan.representations]
    with_ends, without = (sum(one[i] for one in trained) * _AROUND + drawing for i in range(2))
    side_by_side = min(jobs or os.cpu_count() or 1, len(plan.representations), os.cpu_count() or 1)
    left = (60 * (plan.minutes or 0.0) - spent - (time.monotonic() - begun)) * side_by_side + drawing
    rounds = 0
    while rounds < MOST_ROUNDS and (left := left - (with_ends if plan.ends(rounds) else without)) >= 0:
        rounds += 1
    return max(1, rounds)


def _seconds(folder: Path, spec: str) -> tuple[float, float]:
    """About how long one training on a representation takes, its test with it: with the ends of shorter ones, and without."""
    import torch

    from ..domains.observers.base import Observations
    from ..quality.decoding.decode import sample
    from ..quality.measures.quality import looks
    from ..quality.model.precision import one_thread
    from ..quality.model.trained import steps_with_branches
    from ..quality.task.outcomes import score
    from ..quality.training.train import Run
    from .run_data import run_data

    shared = run_data(folder)
    task, chosen, sizes = shared.task(), shared.fit_learned(spec), shared.sizes
    with one_thread():
        run = Run(task, chosen, sizes.model, sizes.train, 0)
        run.update()  # the first step prepares what later ones use
        steps = _timed(lambda: [run.update() for _ in range(_STEPS)]) / _STEPS
        few = min(_WRITTEN, len(task.items))
        seen = run.sight.held_out("test")
        observations = Observations(seen.samples[:few], seen.scales[:few])
        generator = torch.Generator().manual_seed(stream(0, "samples"))
        length = max(1, sum(len(chosen.encode(i.target)) for i in task.items[:few]) // few)
        writing = _timed(lambda: sample(run.model, observations, length, temperature=1.0, generator=generator)) / few
        simulating = _timed(lambda: score(task.domain, task.items[:few], [i.target for i in task.items[:few]])) / few
    written = expressions_written(sizes.quality, len(task.items), looks(task, sizes.quality))
    tested = written * (writing + simulating)
    return steps_with_branches(sizes.train) * steps + tested, sizes.train.steps * steps + tested


def expressions_written(quality: QualityConfig, items: int, looks: int) -> int:
    """How many expressions the test of one training takes, where each item is observed so often."""
    few = quality.few or items
    return items * (quality.samples + looks - 1) + few * (quality.constrained + quality.choices)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
