"""Training one small model on one representation of a task.

For one seed every representation sees the same systems in the same batches with the same observation noise, for the same number of
steps, from the same initial weights (embeddings aside); only the target tokens differ. Batches are bucketed by tree size, which no
representation changes, so that little is padded.

On the CPU two runs with one seed, thread count and machine give the same numbers, bit for bit.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from ...grammars.errors import EncodeError
from .model import BOS, EOS, PAD, SPECIAL, Model, ModelConfig
from .observe import Observations, observe
from .observe import features as feature_counts
from .task import Part, Task

if TYPE_CHECKING:
    from ...representations.representation import Representation

Row = dict[str, Any]
BITS = 1 / math.log(2)
_WIDTH = 8
"""Batches are as wide as a multiple of this: each new shape costs the processor's library a kernel, in time and memory (0.6 GB
without)."""
_BUCKET = 16
"""Batches that are sorted by size together: enough for little padding, few enough to keep batches random."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """`lr` is reached after `warmup` (a share of the steps) and falls by a cosine to a twentieth. `clip`: norm of the gradient.

    `max_tokens`: longer sequences are left out of training and counted. `checkpoints`: measurements along training, at evenly spaced
    steps in the logarithm. `probe`: test items whose greedy Q is measured at each. `precision`: "float32", "bfloat16" or "auto", which
    takes bfloat16 where the processor multiplies it in hardware (1.7 times as fast there, and slower anywhere else).
    """

    steps: int = 550
    batch_size: int = 32
    lr: float = 1.5e-3
    warmup: float = 0.08
    clip: float = 1.0
    weight_decay: float = 0.02
    max_tokens: int = 512
    checkpoints: int = 6
    probe: int = 48
    precision: str = "auto"


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model and its history.

    history: one row per checkpoint: step, train_loss_bits (per expression, mean since the last row), val_bits_per_expression,
    val_bits_per_token, quality (greedy, on the first `probe` test items), seconds (training alone), tokens_seen, flops.
    status: "ok", or why training stopped early. dropped: training sequences longer than the limit. max_length: longest sequence
    trained on, EOS left out.
    """

    model: Model
    history: list[Row]
    representation: str
    status: str
    dropped: int
    max_length: int
    parameters: int
    precision: str
    config: TrainConfig
    seed: int

    def save(self, folder: Path) -> None:
        """Write `model.safetensors` and `model.json` into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({k: v.contiguous() for k, v in self.model.state_dict().items()}, folder / "model.safetensors")
        header = {
            "format": "kappabar ntp 1",
            "model": asdict(self.model.config),
            "vocabulary": self.model.vocabulary,
            "shape": list(self.model.shape),
            "train": asdict(self.config),
            **{k: getattr(self, k) for k in _PLAIN},
        }
        (folder / "model.json").write_text(json.dumps(header, indent=1, allow_nan=False) + "\n", encoding="utf-8")


_PLAIN = ("history", "representation", "status", "dropped", "max_length", "parameters", "precision", "seed")


def load(folder: Path) -> Trained:
    """What `Trained.save` wrote."""
    header = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    points, features, scales = header["shape"]
    model = Model(ModelConfig(**header["model"]), header["vocabulary"], points, features, scales, header["seed"])
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return Trained(model=model, config=TrainConfig(**header["train"]), **{k: header[k] for k in _PLAIN})


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: results then do not depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train(
    task: Task,
    representation: Representation,
    model_config: ModelConfig | None = None,
    train_config: TrainConfig | None = None,
    seed: int = 0,
    on_step: Callable[[int, float], None] | None = None,
) -> Trained:
    """Train from scratch. `on_step` hears the number of steps done and the batch's loss in bits per expression.

    A loss that is not finite ends training there, with the reason as the result's `status`.
    """
    config = train_config or TrainConfig()
    run = _Run.start(task, representation, model_config or ModelConfig(), config, seed)
    checkpoints, losses, status = _checkpoints(config), [], "ok"
    began = time.perf_counter()
    for step, rows in zip(range(1, config.steps + 1), run.batches(), strict=False):
        loss = run.step(step, rows)
        losses.append(loss)
        if on_step is not None:
            on_step(step, loss)
        if not math.isfinite(loss):
            status = f"the loss was {loss} at step {step} of {config.steps}"
            break
        if step in checkpoints:
            run.seconds += time.perf_counter() - began
            run.history.append(run.measure(step, float(np.mean(losses))))
            losses, began = [], time.perf_counter()
    return run.finish(status)


class _Run:
    """The state of one training."""

    def __init__(self, task: Task, representation: Representation, model: Model, config: TrainConfig, seed: int) -> None:
        self.task, self.representation, self.config, self.seed = task, representation, config, seed
        self.model = model
        self.precision = precision(config.precision)
        # Weights are kept in float32 and copied for each step: bfloat16 alone would round small updates away.
        self.fast = (
            model if self.precision == "float32" else Model(model.config, model.vocabulary, *model.shape, seed=seed).to_bfloat16()
        )
        decay = [p for p in model.parameters() if p.ndim > 1]
        rest = [p for p in model.parameters() if p.ndim <= 1]
        groups = [{"params": decay, "weight_decay": config.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98), fused=True)
        self.noise = np.random.default_rng([seed, 3])
        self.encoded, self.dropped = encode(representation, task.train, config.max_tokens)
        self.valid, _ = encode(representation, task.val, config.max_tokens)
        self.max_length = max((len(ids) for ids in self.encoded if ids is not None), default=0)
        self.history: list[Row] = []
        self.seconds, self.tokens, self.flops = 0.0, 0, 0.0

    @classmethod
    def start(cls, task: Task, representation: Representation, model: ModelConfig, config: TrainConfig, seed: int) -> _Run:
        size = (task.config.points, *feature_counts(task.columns))
        return cls(task, representation, Model(model, len(representation.vocabulary), *size, seed=seed), config, seed)

    def batches(self) -> Iterator[NDArray[np.int64]]:
        """Rows of the training part, epoch after epoch; the same for every representation."""
        rng = np.random.default_rng([self.seed, 5])
        sizes = np.array([s.tree.size for s in self.task.train.systems])
        while True:
            yield from bucketed(sizes, self.config.batch_size, rng)

    def step(self, step: int, rows: NDArray[np.int64]) -> float:
        """One update; the batch's loss in bits per expression."""
        observations = observe(self.task.train.curves.select(rows), self.task.config.noise, self.noise)
        keep = [i for i, row in enumerate(rows) if self.encoded[row] is not None]
        if not keep:
            return 0.0
        tokens = padded([ids for i in keep if (ids := self.encoded[rows[i]]) is not None], _WIDTH)
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.lr * schedule(step, self.config)
        loss = expression_loss(self.fast, observations, np.array(keep), tokens)
        value = float(loss.detach()) * BITS
        if not math.isfinite(value):
            return value
        # The mean over tokens scales gradients alike for long and short encodings.
        (loss * (len(keep) / float((tokens[:, 1:] != PAD).sum()))).backward()  # type: ignore[no-untyped-call]
        self._update()
        positions = tokens.shape[0] * (tokens.shape[1] - 1 + self.model.prefix)
        self.tokens += int((tokens[:, 1:] != PAD).sum())
        self.flops += 6.0 * self.model.size() * positions
        return value

    def _update(self) -> None:
        ours, theirs = list(self.model.parameters()), list(self.fast.parameters())
        if self.fast is not self.model:
            for p, q in zip(ours, theirs, strict=True):
                p.grad, q.grad = (None if q.grad is None else q.grad.float()), None
        nn.utils.clip_grad_norm_(ours, self.config.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.fast is not self.model:
            with torch.no_grad():
                for p, q in zip(ours, theirs, strict=True):
                    q.copy_(p)

    def measure(self, step: int, train_bits: float) -> Row:
        """A row of the history."""
        from .quality import QualityConfig, greedy_quality

        bits, tokens, count = held_out_bits(self.model, self.task.observations(self.task.val, 0), self.valid)
        probe = greedy_quality(
            self.task, self.representation, self.model, self.max_length, QualityConfig(items=self.config.probe)
        )
        return {
            "step": step,
            "train_loss_bits": train_bits,
            "val_bits_per_expression": bits / max(count, 1),
            "val_bits_per_token": bits / max(tokens, 1),
            "quality": probe,
            "seconds": self.seconds,
            "tokens_seen": self.tokens,
            "flops": self.flops,
        }

    def finish(self, status: str) -> Trained:
        return Trained(
            self.model, self.history, self.representation.spec, status, self.dropped, self.max_length, self.model.size(),
            self.precision, self.config, self.seed,
        )  # fmt: skip


def encode(representation: Representation, part: Part, max_tokens: int) -> tuple[list[list[int] | None], int]:
    """Content ids of each system, None where there are more than `max_tokens` or none at all (a vocabulary that cannot write the
    tree); and how many those are."""
    encoded: list[list[int] | None] = []
    for system in part.systems:
        try:
            ids = representation.encode(system.tree)
        except EncodeError:
            ids = []
        encoded.append(ids if 0 < len(ids) <= max_tokens else None)
    return encoded, sum(ids is None for ids in encoded)


def padded(sequences: Sequence[Sequence[int]], multiple: int = 1) -> Tensor:
    """[[5, 6], [7]] -> BOS 8 9 EOS, BOS 10 EOS PAD: (B, L + 2), where L + 1 is rounded up to a multiple."""
    rows = [[BOS, *(i + SPECIAL for i in ids), EOS] for ids in sequences]
    width = -(-(max(map(len, rows)) - 1) // multiple) * multiple + 1
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows])


def expression_loss(model: Model, observations: Observations, rows: NDArray[np.int64], tokens: Tensor) -> Tensor:
    """Mean over expressions of the summed cross-entropy of their tokens, EOS included, in nats. tokens: as from `padded`."""
    samples, scales = torch.from_numpy(observations.samples[rows]), torch.from_numpy(observations.scales[rows])
    logits = model(samples, scales, tokens[:, :-1]).float()
    total = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=PAD, reduction="sum")
    return total / len(tokens)


@torch.inference_mode()
def held_out_bits(
    model: Model, observations: Observations, encoded: Sequence[list[int] | None], batch_size: int = 128
) -> tuple[float, int, int]:
    """Summed bits, tokens (EOS included) and expressions of a held-out part."""
    order = sorted((i for i, ids in enumerate(encoded) if ids is not None), key=lambda i: len(encoded[i] or ()))
    bits, tokens = 0.0, 0
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = padded([ids for i in rows if (ids := encoded[i]) is not None], _WIDTH)
        bits += float(expression_loss(model, observations, np.array(rows), batch)) * len(rows) * BITS
        tokens += int((batch[:, 1:] != PAD).sum())
    return bits, tokens, len(order)


def bucketed(sizes: NDArray[np.int64], batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """One epoch of batches of similar sizes in random order; rows that do not fill a batch wait for another epoch."""
    batch_size = min(batch_size, len(sizes))
    order = rng.permutation(len(sizes))
    for start in range(0, len(order), batch_size * _BUCKET):
        bucket = order[start : start + batch_size * _BUCKET]
        bucket = bucket[np.argsort(sizes[bucket], kind="stable")]
        whole = len(bucket) // batch_size
        for i in rng.permutation(whole):
            yield bucket[i * batch_size : (i + 1) * batch_size]


def schedule(step: int, config: TrainConfig) -> float:
    """The learning rate at a step (from 1) as a share of its peak."""
    warmup = max(1, round(config.warmup * config.steps))
    if step <= warmup:
        return step / warmup
    progress = (step - warmup) / max(1, config.steps - warmup)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress))


def _checkpoints(config: TrainConfig) -> set[int]:
    """600 steps, 6 checkpoints -> {19, 38, 75, 150, 300, 600}: each twice the one before."""
    return {max(1, round(config.steps / 2**k)) for k in range(config.checkpoints)}


def precision(asked: str) -> str:
    """The precision that `TrainConfig.precision` means on this machine."""
    if asked != "auto":
        return asked
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # not in older releases
    return "bfloat16" if capabilities.get("amx_bf16", False) else "float32"
