"""Training one small model on one representation of a task.

For one seed every representation sees the same systems in the same batches with the same observation noise, for the same number of
steps, from the same initial weights (embeddings aside); only the target tokens differ.

On the CPU two runs with one seed, thread count and machine give the same numbers, bit for bit, and so does one that was killed at
any moment and taken up again from its checkpoint. No random number comes from PyTorch's global generator.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from . import checkpoint as kept
from .batches import bucketed, encode, padded
from .learning import BITS, Run, held_out_bits
from .model import ModelConfig
from .precision import one_thread, precision
from .task import Task
from .trained import Row, TrainConfig, Trained, load, measurements, schedule

if TYPE_CHECKING:
    from ...representations.representation import Representation


def train(
    task: Task,
    representation: Representation,
    model_config: ModelConfig | None = None,
    train_config: TrainConfig | None = None,
    seed: int = 0,
    on_step: Callable[[int, float], None] | None = None,
    checkpoints: Path | None = None,
    device: str = "cpu",
    tensorboard: Path | None = None,
) -> Trained:
    """Train, from the checkpoint in the folder `checkpoints` if there is one, and keep the last there. `device`: "cpu", "cuda" or "cuda:N".

    `on_step` hears the number of steps done and the batch's loss in bits per expression. `tensorboard`: a folder for the curves. A loss or
    gradient that is not finite ends training there, with the reason as the result's `status`.
    Raises `SpecError` for an unknown device, precision or objective, `OutputError` for a checkpoint of another training, or damaged.
    """
    run = Run(task, representation, model_config or ModelConfig(), train_config or TrainConfig(), seed, device)
    if checkpoints is not None:
        run.resume(checkpoints)
    show = _shower(tensorboard, run.step)
    measured, clock = measurements(run.config), kept.Clock(run.config.checkpoint_every, time.perf_counter())
    status = "ok"
    began = time.perf_counter()
    while run.step < run.config.steps and status == "ok":
        value, status = run.update()
        if on_step is not None:
            on_step(run.step, value)
        now = time.perf_counter()
        measure = run.step in measured
        folder = checkpoints if clock.due(run.step, now) else None
        if status != "ok" or not (measure or folder):
            continue
        run.seconds += now - began
        if measure:
            status = run.measure()
            if status == "ok":
                show(run.history[-1])
        if folder is not None and status == "ok":
            start = time.perf_counter()
            run.keep(folder)
            clock.wrote(start, time.perf_counter())
        began = time.perf_counter()
    return run.finish(status)


def _shower(tensorboard: Path | None, step: int) -> Callable[[Row], None]:
    if tensorboard is None:
        return lambda row: None
    from .curves import board

    return board(tensorboard, step)


__all__ = [
    "BITS", "TrainConfig", "Trained", "bucketed", "encode", "held_out_bits", "load", "one_thread", "padded", "precision", "schedule",
    "train",
]  # fmt: skip
