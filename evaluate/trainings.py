"""The trainings of a comparison as the run's folder keeps them: one part per representation and seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from .run_folder import read_json, slug
from .summary import Row, Score


@dataclass(frozen=True, slots=True)
class Part:
    """One finished training: `history` rows for training.parquet, `samples` rows for samples.parquet, `summary` of its quality."""

    number: int
    history: Sequence[Row]
    samples: Sequence[Row]
    summary: Mapping[str, Any]
    parameters: int
    problems: Sequence[str]


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
