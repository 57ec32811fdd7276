"""The learning half of a comparison: one task for all representations, one training per representation and seed, kept as parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ..grammars.tree import System
from ..representations.representation import Representation
from .domains import Domain
from .events import Advanced, Finished, Listener, Started
from .run_folder import read_json, slug, write_json
from .summary import Row, Score

if TYPE_CHECKING:
    from .ntp.task import Floors, Task


@dataclass(frozen=True, slots=True)
class Bench:
    """The task that all representations share, and what needs no model: its floors."""

    task: Task
    floors: Floors

    @property
    def train(self) -> tuple[System, ...]:
        return self.task.train.systems


@dataclass(frozen=True, slots=True)
class Part:
    """One finished training: `history` rows for training.parquet, `samples` rows for samples.parquet, `summary` of its quality."""

    number: int
    history: Sequence[Row]
    samples: Sequence[Row]
    summary: Mapping[str, Any]
    parameters: int
    problems: Sequence[str]


def _preset(name: str) -> tuple[Any, Any, Any]:
    """Sizes of the task, the model and the training. `quick`: under a minute a training on two cores; `full`: many minutes."""
    from .ntp.model import ModelConfig
    from .ntp.task import TaskConfig
    from .ntp.train import TrainConfig

    if name == "full":
        return TaskConfig(n_train=100_000, n_val=1000, n_test=1000), ModelConfig(), TrainConfig(steps=10_000, probe=200)
    return TaskConfig(), ModelConfig(), TrainConfig()


def build(place: Domain, preset: str, seed: int, listen: Listener) -> Bench:
    """Sample, simulate and split the systems that models learn from."""
    from .ntp.task import build_task, floors

    stage = "sampling systems to learn from"
    listen(Started(stage, 2))
    task = build_task(place, _preset(preset)[0], seed)
    listen(Advanced(stage))
    found = Bench(task, floors(task))
    listen(Finished(stage))
    return found


def learn(
    folder: Path, bench: Bench, representation: Representation, preset: str, seed: int, number: int, listen: Listener
) -> None:
    """Train seed `number` on one representation, measure its quality, and keep both in the run's folder."""
    from .ntp.quality import quality
    from .ntp.train import train

    _, model, training = _preset(preset)
    own_seed = seed * 1000 + number
    stage = f"training on {representation.spec}" + (f", seed {number}" if number else "")
    listen(Started(stage, training.steps))
    trained = train(
        bench.task, representation, model, training, own_seed, lambda _step, loss: listen(Advanced(stage, 1, f"{loss:.1f} bits"))
    )
    listen(Finished(stage))
    result = quality(bench.task, representation, trained, seed=own_seed, known_floors=bench.floors)
    name = f"{slug(representation.spec)}.{number}"
    trained.save(folder / "checkpoints" / name)
    problems = [] if trained.status == "ok" else [trained.status]
    if trained.dropped:
        problems.append(f"{trained.dropped} training expressions longer than {training.max_tokens} tokens left out")
    document = {
        "number": number,
        "history": [
            {"representation": representation.spec, "seed": number, "bits": row["val_bits_per_expression"], **row}
            for row in trained.history
        ],
        "samples": [row | {"seed": number} for row in result.rows],
        "summary": result.summary,
        "parameters": trained.parameters,
        "problems": problems,
    }
    # Last, so that a part that is there is whole.
    write_json(folder / "parts" / f"{name}.training.json", document)


def load_part(parts: Path, spec: str, number: int) -> Part | None:
    """The training kept for a spec and seed, or None."""
    document = read_json(parts / f"{slug(spec)}.{number}.training.json")
    return None if document is None else Part(**document)


_MEASURES = {
    "q": "q",
    "r2": "r2_above_0.9",
    "within_10": "within_10",
    "within_1": "within_1",
    "within_0.1": "within_0.1",
    "exact": "exact",
    "skeleton": "skeleton",
    "valid": "valid",
}


def pooled(parts: Sequence[Part]) -> Score | None:
    """The trainings of one representation as one score: per test item, means over seeds and samples."""
    if not parts:
        return None
    samples = [row for part in parts for row in part.samples]
    items = sorted({row["item"] for row in samples})
    by_item = {i: [row for row in samples if row["item"] == i] for i in items}
    first = parts[0].summary
    finished = [part.history[-1] for part in parts if part.history]
    return Score(
        items={key: [fmean(float(row[column]) for row in by_item[i]) for i in items] for key, column in _MEASURES.items()},
        bits=[row["bits"] for row in finished],
        floor_prior=first["floor_prior"],
        floor_nearest=first["floor_nearest"],
        ceiling=first["ceiling"],
        parameters=parts[0].parameters,
        flops=fmean(row["flops"] for row in finished) if finished else float("nan"),
        n_test=len(items),
        seeds=len(parts),
        problems=sorted({p for part in parts for p in part.problems}),
    )
