"""The settings of a training, and what comes of it: a model with its history, kept as safetensors and JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from .model import Model, ModelConfig

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """`lr` is reached after `warmup` (a share of the steps) and falls by a cosine to a twentieth. `clip`: norm of the gradient.

    `max_tokens`: longer sequences are left out of training and counted. `checkpoints`: measurements along training, at evenly
    spaced steps in the logarithm. `probe`: test items whose greedy Q is measured at each. `precision`: "float32", "bfloat16" or
    "auto", which takes bfloat16 where the processor multiplies it in hardware (AMX, or AVX-512's own instructions: 1.2 to 1.4
    times as fast there as ours in float32, and slower anywhere else) and `precision.FORBIDDEN` does not forbid it. `objective`:
    see `objectives`. `checkpoint_every`: steps between checkpoints to resume from; 0: as often as takes less than 2 % of the
    time. `alignment`: test items on which the gradient's alignment with that of Q is estimated at each measurement, 0 for none;
    it costs more than the measurement itself.
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
    objective: str = "next-token"
    checkpoint_every: int = 0
    alignment: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A trained model and its history.

    history: one row per measurement: step, train_loss_bits (next-token, per expression, mean since the last row), objective_loss
    (what is minimized, likewise), gradient_norm (before clipping, likewise), lr, val_bits_per_expression, val_bits_per_token,
    quality (greedy, on the first `probe` test items), seconds (training alone), tokens_seen, flops; with `TrainConfig.alignment`,
    what `Alignment.columns` gives. status: "ok", or why training stopped early. dropped: training sequences longer than the
    limit. max_length: longest sequence trained on, EOS left out. parameters: of the model that writes, without its embedding
    table.
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
        save_file({k: v.cpu().contiguous() for k, v in self.model.state_dict().items()}, folder / "model.safetensors")
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
    """What `Trained.save` wrote, on the CPU."""
    header = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    points, features, scales = header["shape"]
    model = Model(ModelConfig(**header["model"]), header["vocabulary"], points, features, scales, header["seed"])
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return Trained(model=model, config=TrainConfig(**header["train"]), **{k: header[k] for k in _PLAIN})


def schedule(step: int, config: TrainConfig) -> float:
    """The learning rate at a step (from 1) as a share of its peak."""
    warmup = max(1, round(config.warmup * config.steps))
    if step <= warmup:
        return step / warmup
    progress = (step - warmup) / max(1, config.steps - warmup)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress))


def measurements(config: TrainConfig) -> set[int]:
    """600 steps, 6 measurements -> {19, 38, 75, 150, 300, 600}: each twice the one before."""
    return {max(1, round(config.steps / 2**k)) for k in range(config.checkpoints)}
