"""The settings of a training, and what comes of it: a model with its history, kept as safetensors and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save

from ....grammars.errors import OutputError
from ....grammars.files.write import write_bytes
from ...results.files import read_json, write_json
from ...results.sealed import check_files, checksums
from ...results.shape import check_shape
from .model import Model, ModelConfig

Row = dict[str, Any]
END_PROBE = 200
"""Test items whose greedy Q is measured where a training ends, a branch's end included."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """`lr` is reached after `warmup`, held, and falls to nothing over the last `decay`, both shares of the steps. `clip`: norm of
    the gradient. `optimizer`: "muon" or "adamw", see `training.optimizer`.

    `max_tokens`: longer sequences are left out of training and counted. `checkpoints`: measurements along training, at evenly
    spaced steps in the logarithm, and `branches`: how many of these, the end not counted, are ends of shorter trainings: half of
    the steps, a quarter, … with the same share of decay, on a copy that is then thrown away. `probe`: test items whose greedy Q
    is measured at the others; at ends it is `END_PROBE`. `precision`: "float32", "bfloat16" or "auto", which takes bfloat16 where
    the processor multiplies it in hardware (AMX, or AVX-512's own instructions: 1.2 to 1.4 times as fast there as ours in
    float32, and slower anywhere else) and `precision.FORBIDDEN` does not forbid it. `objective`: see `objectives`.
    `checkpoint_every`: steps between checkpoints to resume from; 0: as often as takes less than 2 % of the time. `alignment`:
    test items on which the gradient's alignment with that of Q is estimated at each measurement, 0 for none; it costs more than
    the measurement itself.
    """

    steps: int = 550
    batch_size: int = 32
    lr: float = 1.5e-3
    warmup: float = 0.02
    clip: float = 1.0
    weight_decay: float = 0.02
    max_tokens: int = 512
    checkpoints: int = 6
    probe: int = 48
    precision: str = "auto"
    objective: str = "next-token"
    checkpoint_every: int = 0
    alignment: int = 0
    decay: float = 0.15
    branches: int = 0
    optimizer: str = "muon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A trained model and its history.

    history: one row per measurement: step, train_loss_bits (next-token, per expression, mean since the last row), objective_loss
    (what is minimized, likewise), gradient_norm (before clipping, likewise), lr, val_bits_per_expression, val_bits_per_token,
    quality (greedy, on the first test items), seconds (training alone), tokens_seen, systems (different ones seen), flops, ended
    (whether a training of so many steps ends like this, its learning rate come down; all of a branch is as of that training
    alone); with `TrainConfig.alignment`, what `Alignment.columns` gives. status: "ok", or why training stopped early. dropped:
    training sequences longer than the limit. max_length: longest sequence trained on, EOS left out. parameters: of the model that
    writes, without its embedding table.
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
        """Write `model.safetensors` and `model.json` into a folder. Raises as `write_bytes` does."""
        tensors = {k: v.cpu().contiguous() for k, v in self.model.state_dict().items()}
        write_bytes(folder / "model.safetensors", save(tensors))
        header = {
            "format": "kappabar ntp 1",
            "model": asdict(self.model.config),
            "vocabulary": self.model.vocabulary,
            "shape": list(self.model.shape),
            "train": asdict(self.config),
            **{k: getattr(self, k) for k in _PLAIN},
        }
        write_json(folder / "model.json", header | {"files": checksums([folder / "model.safetensors"])})


_PLAIN = ("history", "representation", "status", "dropped", "max_length", "parameters", "precision", "seed")


def load(folder: Path) -> Trained:
    """What `Trained.save` wrote, on the CPU. Raises `OutputError` where it is missing or damaged."""
    header, otherwise = read_json(folder / "model.json"), f"delete {folder} and the training of its name, and train it again"
    if header is None:
        raise OutputError(f"{folder} holds no model.json; {otherwise}")
    check_shape(header, {"files?": {"*": str}}, folder / "model.json", otherwise)
    check_files(folder, header.get("files", {}), otherwise)
    points, features, scales = header["shape"]
    model = Model(ModelConfig(**header["model"]), header["vocabulary"], points, features, scales, header["seed"])
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return Trained(model=model, config=TrainConfig(**header["train"]), **{k: header[k] for k in _PLAIN})


def schedule(step: int, config: TrainConfig, length: int | None = None) -> float:
    """The learning rate at a step (from 1) of a training of that many steps (None: all), as a share of its peak: up, level, and
    down to nothing.

    What a training does before it comes down is the same whatever its length, so that one can end at several: Hu et al. 2024
    (arXiv:2404.06395) and Hägele et al. 2024 (arXiv:2405.18392), who find it as good as a cosine of each length.
    """
    length = config.steps if length is None else length
    warmup, fall = max(1, round(config.warmup * config.steps)), tail(length, config)
    return min(1.0, step / warmup, (length - step + 1) / (fall + 1))


def tail(length: int, config: TrainConfig) -> int:
    """The last steps of a training of that length, in which the learning rate falls."""
    return max(1, round(config.decay * length))


def branches(config: TrainConfig) -> dict[int, int]:
    """After which step a training of which shorter length branches off.

    600 steps, 2 branches, decay 0.15 -> {128: 150, 255: 300}.
    """
    lengths = [round(config.steps / 2**k) for k in range(config.branches, 0, -1)]
    return {n - tail(n, config): n for n in lengths if n > tail(n, config)}


def measurements(config: TrainConfig) -> set[int]:
    """Steps after which is measured, ends of branches left out: 600 steps, 6 measurements -> {19, 38, 75, 150, 300, 600}, each
    twice the one before."""
    steps = {max(1, round(config.steps / 2**k)) for k in range(config.checkpoints)}
    return steps - set(branches(config).values())


def steps_with_branches(config: TrainConfig) -> int:
    """How many steps a training takes in all."""
    return config.steps + sum(length - start for start, length in branches(config).items())
