"""Semantic quality Q: what a trained model writes for observations it has not seen, held against the behavior observed.

Q = E[q(φ(s))], Eq. 3, with q = 1 - bounded-l2 distance to the true noise-free behavior, and 0 where what was written does not
decode, does not fit the observation, or cannot be simulated.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...grammars.errors import EncodeError
from ...grammars.infix import to_infix
from ...grammars.tree import Node, coefficient_paths, with_value
from ...tokenizers.base import Invalid
from ..statistics import bootstrap_mean
from .decode import Samples, sample
from .model import Model
from .observe import Observations
from .score import Outcome, score
from .task import Floors, Task, floors

if TYPE_CHECKING:
    from ...representations.representation import Representation
    from .train import Trained

Row = dict[str, Any]
_LENGTH_SLACK = 1.25
"""How much longer than the longest training sequence a sample may become."""


@dataclass(frozen=True, slots=True)
class QualityConfig:
    """`items`: test items used, 0 for all. `samples`: expressions per observation; with `temperature` 0 one greedy expression."""

    items: int = 0
    samples: int = 1
    temperature: float = 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """`rows`: one per test item and sample, for `samples.parquet`. `summary`: means over items, with intervals where they matter."""

    rows: list[Row]
    summary: Row


def quality(
    task: Task,
    representation: Representation,
    trained: Trained,
    config: QualityConfig | None = None,
    seed: int = 0,
    known_floors: Floors | None = None,
) -> Quality:
    """Sample, decode, simulate and compare for each test item. `known_floors`: from `floors`, which are the same for every
    representation of a task."""
    config = config or QualityConfig()
    n = _count(task, config)
    observations = _observations(task, n)
    ceiling = round_trip(task, representation)[:n]
    rows: list[Row] = []
    for draw in range(config.samples):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + draw)
        samples = sample(trained.model, observations, _limit(trained.max_length), config.temperature, generator)
        trees = decoded(representation, samples)
        outcomes = score(task.domain, task.items[:n], trees)
        rows += [_row(task, representation, seed, i, draw, samples, trees[i], outcomes[i]) for i in range(n)]
    base = known_floors or floors(task)
    return Quality(rows, summarize(rows, base, ceiling, seed))


def greedy_quality(task: Task, representation: Representation, model: Model, max_length: int, config: QualityConfig) -> float:
    """Q of greedy sampling alone, for a look along training."""
    n = _count(task, config)
    samples = sample(model, _observations(task, n), _limit(max_length))
    return statistics.fmean(o.q for o in score(task.domain, task.items[:n], decoded(representation, samples)))


def round_trip(task: Task, representation: Representation) -> list[Outcome]:
    """The ceiling: the outcome of each test expression after encoding and decoding."""
    return score(task.domain, task.items, [_rounded(representation, item.system.tree) for item in task.items])


def decoded(representation: Representation, samples: Samples) -> list[Node | Invalid]:
    """Trees of sampled sequences; one that never ended is invalid."""
    return [
        representation.decode(ids) if finished else Invalid("no end within the length limit", len(ids))
        for ids, finished in zip(samples.ids, samples.finished, strict=True)
    ]


def skeleton(tree: Node) -> Node:
    """The tree with every coefficient replaced by 1."""
    for path in coefficient_paths(tree):
        tree = with_value(tree, path, 1.0)
    return tree


def summarize(rows: Sequence[Row], base: Floors, ceiling: Sequence[Outcome], seed: int) -> Row:
    """Means over test items (over an item's samples first), Q's interval by bootstrap over items."""
    items = sorted({row["item"] for row in rows})

    def per_item(key: str) -> list[float]:
        return [statistics.fmean(float(row[key]) for row in rows if row["item"] == item) for item in items]

    q = bootstrap_mean(per_item("q"), seed)
    prior, top = float(base.prior[: len(items)].mean()), statistics.fmean(o.q for o in ceiling)
    nearest = base.nearest[: len(items)]
    span = top - prior
    summary: Row = {"n_items": len(items), "quality": q.value, "quality_low": q.low, "quality_high": q.high}
    summary |= {"floor_prior": prior, "floor_nearest": statistics.fmean(o.q for o in nearest), "ceiling": top}
    summary["quality_share"] = (q.value - prior) / span if span > 0 else None
    for key in ("r2_above_0.9", "within_10", "within_1", "within_0.1", "exact", "skeleton", "valid"):
        summary[key] = statistics.fmean(per_item(key))
    for key, limit in _WITHIN.items():
        summary[f"nearest_{key}"] = statistics.fmean(o.relative_l2 <= limit for o in nearest)
    for status in ("ok", "diverged", "unresolved", "invalid"):
        summary[f"n_{status}"] = sum(row["status"] == status for row in rows)
    return summary


_WITHIN = {"within_10": 0.1, "within_1": 0.01, "within_0.1": 0.001}


def _row(
    task: Task,
    representation: Representation,
    seed: int,
    i: int,
    draw: int,
    samples: Samples,
    tree: Node | Invalid,
    outcome: Outcome,
) -> Row:
    system = task.items[i].system
    valid = isinstance(tree, Node)
    target = _rounded(representation, system.tree)
    return {
        "representation": representation.spec,
        "seed": seed,
        "item": i,
        "sample": draw,
        "name": system.name,
        "dim": system.dim,
        "target": to_infix(system.tree),
        "text": to_infix(tree) if isinstance(tree, Node) else None,
        "status": outcome.status,
        "q": outcome.q,
        "r2": _finite(outcome.r2),
        "relative_l2": _finite(outcome.relative_l2),
        "r2_above_0.9": outcome.r2 > 0.9,
        **{key: outcome.relative_l2 <= limit for key, limit in _WITHIN.items()},
        "exact": tree == target,
        "skeleton": isinstance(tree, Node) and isinstance(target, Node) and skeleton(tree) == skeleton(target),
        "valid": valid,
        "reason": outcome.reason,
        "length": len(samples.ids[i]),
        "log_probability": samples.log_probability[i],
    }


def _rounded(representation: Representation, tree: Node) -> Node | Invalid:
    """The tree after its round trip; a tree that the vocabulary cannot write is invalid like one that cannot be read."""
    try:
        return representation.round_trip(tree)
    except EncodeError as error:
        return Invalid(str(error), 0)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _count(task: Task, config: QualityConfig) -> int:
    return min(config.items or len(task.items), len(task.items))


def _observations(task: Task, n: int) -> Observations:
    whole = task.observations(task.test, 1)
    return Observations(whole.samples[:n], whole.scales[:n])


def _limit(max_length: int) -> int:
    return int(max_length * _LENGTH_SLACK) + 4
