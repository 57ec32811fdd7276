"""Training one small model on one representation of a task.

For one seed every representation sees the same systems in the same batches with the same observation noise, for the same number
of steps, from the same initial weights (embeddings aside); only the target tokens differ.

On the CPU two runs with one seed, thread count and machine give the same numbers, bit for bit, and so does one that was killed at
any moment and taken up again from its checkpoint. No random number comes from PyTorch's global generator.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...domains.observers.base import Observations
from ...streams import generator
from ..model.model import PAD, Model, ModelConfig
from ..model.objectives import Predictor, cross_entropy, objective, targets
from ..model.precision import Twin, precision, products
from ..model.precision import device as find_device
from ..model.trained import END_PROBE, Row, TrainConfig, Trained, branches, measurements, schedule
from ..task.sight import sight
from ..task.task import Task
from . import checkpoint as kept
from .batches import WIDTH, Stream, encode, groups, padded
from .optimizer import Optimizer

if TYPE_CHECKING:
    from ....representations.representation import Representation

BITS = 1 / math.log(2)
_GROUP = 32
"""Sequences computed together on the CPU: fewer are padded less, more cost fewer calls."""


def train(
    task: Task,
    representation: Representation,
    model_config: ModelConfig | None = None,
    train_config: TrainConfig | None = None,
    seed: int = 0,
    *,
    on_step: Callable[[int, float], None] | None = None,
    checkpoints: Path | None = None,
    device: str = "cpu",
    tensorboard: Path | None = None,
    start: Mapping[str, Tensor] | None = None,
) -> Trained:
    """Train, from the checkpoint in the folder `checkpoints` if there is one, and keep the last there. `device`: "cpu", "cuda" or
    "cuda:N".

    `start`: weights of a model of this shape to begin with, instead of drawn ones. `on_step` hears the number of steps done and
    the batch's loss in bits per expression. `tensorboard`: a folder for the curves.
    A loss or gradient that is not finite ends training there, with the reason as the result's `status`. Raises `SpecError` for an
    unknown device, precision or objective, `OutputError` for a checkpoint of another training, or damaged.
    """
    run = Run(task, representation, model_config or ModelConfig(), train_config or TrainConfig(), seed, device)
    if start is not None:
        run.begin_with(start)
    if checkpoints is not None:
        run.resume(checkpoints)
    show = _shower(tensorboard, run.step)
    measured, branching = measurements(run.config), branches(run.config)
    clock = kept.Clock(run.config.checkpoint_every, time.perf_counter())
    status = "ok"
    while run.step < run.config.steps and status == "ok":
        value, status = run.update()
        if on_step is not None:
            on_step(run.step, value)
        looks = len(run.history)
        if status == "ok" and run.step in branching:
            status = run.branch(branching[run.step])
        if status == "ok" and run.step in measured:
            status = run.measure()
        for row in run.history[looks:]:
            show(row)
        if checkpoints is not None and status == "ok" and clock.due(run.step, time.perf_counter()):
            began = time.perf_counter()
            run.keep(checkpoints)
            clock.wrote(began, time.perf_counter())
    return run.finish(status)


def _shower(tensorboard: Path | None, step: int) -> Callable[[Row], None]:
    if tensorboard is None:
        return lambda row: None
    from .curves import board

    return board(tensorboard, step)


@dataclass(slots=True)
class _Since:
    """What was seen in each step since the last measurement."""

    loss: list[float] = field(default_factory=list)
    objective: list[float] = field(default_factory=list)
    norm: list[float] = field(default_factory=list)


class Run:
    """The state of one training."""

    def __init__(
        self, task: Task, representation: Representation, model: ModelConfig, config: TrainConfig, seed: int, device: str = "cpu"
    ) -> None:
        self.task, self.representation, self.config, self.seed = task, representation, config, seed
        self.device, self.objective = find_device(device), objective(config.objective)
        self.precision = precision(config.precision, self.device)
        self.sight = sight(task, representation, config.max_tokens)
        self.model = Model(model, len(representation.vocabulary), *self.sight.shape, seed=seed).to(self.device)
        predictor = Predictor(self.model, self.objective.heads, seed).to(self.device)
        self.twin = Twin(predictor, self.precision)
        self.optimizer = Optimizer(predictor, config, self.precision)
        self.noise = generator(seed, "training-noise")
        sizes = np.array([s.tree.size for s in task.train.systems])
        self.stream = Stream(sizes, config.batch_size, generator(seed, "batches"))
        self.encoded, self.dropped = encode(representation, task.train.targets, config.max_tokens, self.sight.readable("train"))
        self.valid, _ = encode(representation, task.val.targets, config.max_tokens, self.sight.readable("val"))
        self.max_length = max((len(ids) for ids in self.encoded if ids is not None), default=0)
        self.group = config.batch_size if self.objective.whole or self.device.type != "cpu" else _GROUP
        self.cost = 6.0 * (self.model.size() + predictor.extra())
        self.history: list[Row] = []
        self.since = _Since()
        self.length = config.steps
        self.step, self.seconds, self.tokens, self.flops = 0, 0.0, 0, 0.0
        self.seen = np.zeros(len(task.train), np.bool_)
        self.fingerprint: dict[str, str] = {}
        self.begun_with = ""

    def begin_with(self, weights: Mapping[str, Tensor]) -> None:
        """Stand at these weights, before the first step."""
        self.model.load_state_dict(dict(weights))
        self.twin.publish()
        self.begun_with = kept.digest(weights)

    @products()
    def update(self) -> tuple[float, str]:
        """One step: the batch's next-token loss in bits per expression, and "ok" or why training cannot go on."""
        began = time.perf_counter()
        found = self._step()
        self.seconds += time.perf_counter() - began
        return found

    def _step(self) -> tuple[float, str]:
        rows = self.stream.take()
        self.step += 1
        observations = self.sight.training(rows, self.noise)
        keep = [(i, ids) for i, row in enumerate(rows) if (ids := self.encoded[row]) is not None]
        if not keep:
            return 0.0, "ok"
        self.seen[[rows[i] for i, _ in keep]] = True
        minimized, plain = self._gradients(observations, [i for i, _ in keep], [ids for _, ids in keep])
        value = plain * BITS / len(keep)
        norm = float(nn.utils.clip_grad_norm_(self.twin.exact.parameters(), self.config.clip))
        for name, number in (("loss", value), ("objective's loss", minimized), ("gradient's norm", norm)):
            if not math.isfinite(number):
                return value, f"the {name} was {number} at step {self.step} of {self.config.steps}"
        self.optimizer.step(schedule(self.step, self.config, self.length))
        self.twin.publish()
        self.since.loss.append(value)
        self.since.objective.append(minimized)
        self.since.norm.append(norm)
        return value, "ok"

    def _gradients(self, observations: Observations, rows: Sequence[int], encoded: Sequence[list[int]]) -> tuple[float, float]:
        """Sum the groups' gradients; what is minimized, and the summed next-token cross-entropy in nats."""
        lengths = [len(ids) + 1 for ids in encoded]
        counts = [sum(max(n - j, 0) for n in lengths) for j in range(self.objective.heads)]
        minimized, plain = torch.zeros((), device=self.device), torch.zeros((), device=self.device)
        for group in groups(lengths, self.group):
            tokens = padded([encoded[i] for i in group], WIDTH)
            self.flops += self.cost * tokens.shape[0] * (tokens.shape[1] - 1 + self.model.prefix)
            tokens = tokens.to(self.device)
            samples, scales = _on(self.device, observations, np.asarray(rows)[group])
            logits = self.twin.fast(samples, scales, tokens[:, :-1])
            nats = [cross_entropy(x, targets(tokens, j)) for j, x in enumerate(logits, start=1)]
            loss = self.objective.loss(logits, nats, counts)
            loss.backward()  # type: ignore[no-untyped-call]
            self.twin.gather()
            minimized += loss.detach()
            plain += nats[0].detach().sum()
        self.tokens += counts[0]
        return float(minimized), float(plain)

    def measure(self) -> str:
        """Add a row to the history; "ok", or why training cannot go on."""
        from ..measures.quality import QualityConfig, greedy_quality

        bits, tokens, count = held_out_bits(self.model, self.sight.held_out("val"), self.valid)
        if not math.isfinite(bits):
            return f"the held-out loss was {bits} after step {self.step} of {self.config.steps}"
        ended = self.step == self.length
        items = min(END_PROBE, len(self.task.items)) if ended else self.config.probe
        probe = greedy_quality(self.task, self.representation, self.model, self.max_length, QualityConfig(items=items))
        row: Row = {
            "step": self.step,
            "train_loss_bits": _mean(self.since.loss),
            "val_bits_per_expression": bits / max(count, 1),
            "val_bits_per_token": bits / max(tokens, 1),
            "quality": probe,
            "seconds": self.seconds,
            "tokens_seen": self.tokens,
            "systems": int(self.seen.sum()),
            "flops": self.flops,
            "ended": ended,
            "objective": self.config.objective,
            "objective_loss": _mean(self.since.objective),
            "gradient_norm": _mean(self.since.norm),
            "lr": self.config.lr * schedule(self.step, self.config, self.length),
        }
        if self.config.alignment:
            from .alignment import alignment

            row |= alignment(
                self.task, self.representation, self.model, self.max_length, self.config.alignment, seed=self.seed
            ).columns()
        self.history.append(row)
        self.since = _Since()
        return "ok"

    def branch(self, length: int) -> str:
        """Add to the history the end of a training of that length, which until now was like this one, and go back to where it
        stands; "ok", or why training cannot go on."""
        trunk, status = self.state(), "ok"
        self.length = length
        while self.step < length and status == "ok":
            status = self.update()[1]
        if status == "ok":
            status = self.measure()
        ended, self.length = self.history[len(trunk.state["history"]) :], self.config.steps
        self.restore(trunk)
        self.history += ended
        return status

    def state(self) -> kept.Checkpoint:
        """Where it stands: copies."""
        tensors = {"seen": torch.from_numpy(np.packbits(self.seen))}
        for name, p in self.twin.exact.named_parameters():
            tensors[f"weight {name}"] = p.detach().clone()
        for name, values in self.optimizer.state().items():
            tensors |= {f"{key} {name}": value.clone() for key, value in values.items()}
        plain = {"seconds": self.seconds, "tokens": self.tokens, "flops": self.flops, "history": list(self.history)}
        random = {"stream": self.stream.position(), "noise": self.noise.bit_generator.state}
        return kept.Checkpoint(self.step, tensors, plain | random | {"since": asdict(self.since)})

    @torch.no_grad()
    def restore(self, at: kept.Checkpoint) -> None:
        """Stand where `state` was asked."""
        remembered: dict[str, dict[str, Tensor]] = {}
        parameters = dict(self.twin.exact.named_parameters())
        for words, value in at.tensors.items():
            key, _, name = words.partition(" ")
            if key == "weight":
                parameters[name].copy_(value)
            elif name:
                remembered.setdefault(name, {})[key] = value
        self.optimizer.restore(remembered)
        self.twin.publish()
        self.seen = np.unpackbits(at.tensors["seen"].numpy(), count=len(self.seen)).astype(np.bool_)
        state = at.state
        self.step, self.seconds, self.tokens, self.flops = at.step, state["seconds"], state["tokens"], state["flops"]
        self.history, self.since = list(state["history"]), _Since(**state["since"])
        self.stream.go_to(state["stream"])
        self.noise.bit_generator.state = state["noise"]

    def keep(self, folder: Path) -> None:
        """Write a checkpoint. Raises `OutputError`."""
        kept.write(folder, self.fingerprint, self.state())

    def resume(self, folder: Path) -> None:
        """Go on from the folder's checkpoint, if there is one. Raises `OutputError`."""
        config = asdict(self.config)
        # The one changes nothing but when to write; of the other counts what it came to: "auto" is the training that it names
        # here.
        del config["checkpoint_every"], config["precision"]
        settings = {"model": asdict(self.model.config), "configuration": config, "seed": {"seed": self.seed}}
        if self.begun_with:
            settings["weights to begin with"] = {"sha256": self.begun_with}
        settings["kind of machine"] = {
            "device": self.device.type,
            "precision": self.precision,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }
        self.fingerprint = kept.fingerprint(self.task, (self.encoded, self.valid, *self.sight.ids()), settings)
        checkpoint = kept.read(folder, self.fingerprint)
        if checkpoint is not None:
            self.restore(checkpoint)

    def finish(self, status: str) -> Trained:
        return Trained(
            model=self.model,
            history=self.history,
            representation=self.representation.spec,
            status=status,
            dropped=self.dropped,
            max_length=self.max_length,
            parameters=self.model.size(),
            precision=self.precision,
            config=self.config,
            seed=self.seed,
        )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _on(device: torch.device, observations: Observations, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    samples, scales = torch.from_numpy(observations.samples[rows]), torch.from_numpy(observations.scales[rows])
    return samples.to(device), scales.to(device)


@products()
@torch.inference_mode()
def held_out_bits(
    model: Model, observations: Observations, encoded: Sequence[list[int] | None], batch_size: int = 128
) -> tuple[float, int, int]:
    """Summed bits, tokens (EOS included) and expressions of a held-out part, computed where the model is."""
    order = sorted((i for i, ids in enumerate(encoded) if ids is not None), key=lambda i: len(encoded[i] or ()))
    bits, tokens = 0.0, 0
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = padded([ids for i in rows if (ids := encoded[i]) is not None], WIDTH).to(model.device)
        logits = model(*_on(model.device, observations, np.array(rows)), batch[:, :-1]).float()
        bits += float(cross_entropy(logits, batch[:, 1:]).sum()) * BITS
        tokens += int((batch[:, 1:] != PAD).sum())
    return bits, tokens, len(order)
