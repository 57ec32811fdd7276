"""Rounds of trainings: what they decide, and who goes on. A function of the parts that a run keeps, so that one that goes on
decides as it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..statistics.sequential import Pair, between, decide, more_rounds, unknown
from .trainings import TrainingRecord

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Decided:
    """What is known of every pair, after some rounds of at most `most`. `representations`: those that pairs number; `means`: Q of
    each training, (rounds, representations), NaN where there is none. `in_rounds`: False where all trainings are tested on the
    same behaviors: the limits are then Bonferroni's, for one look. `folds`: parts of the tests that rounds take in turn; before
    all were tested, none is given up."""

    representations: tuple[str, ...]
    pairs: tuple[Pair, ...]
    means: Floats
    most: int
    in_rounds: bool = True
    folds: int = 1

    def of(self, a: str, b: str) -> Pair:
        """What is known of a and b, a's side first. Raises ValueError for a name that takes no part."""
        return between(self.pairs, self.representations.index(a), self.representations.index(b))

    @property
    def open(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.outcome == "open"]

    @property
    def going(self) -> list[str]:
        """The representations that another round would train: of which a pair is open, and until every part was tested all."""
        if self.folds > 1 and len(self.means) < min(self.folds, self.most):
            return list(self.representations)
        undecided = {i for pair in self.open for i in (pair.a, pair.b)}
        return [name for i, name in enumerate(self.representations) if i in undecided]

    @property
    def rounds_more(self) -> float:
        """About how many more rounds the open pairs need, half of them sooner; infinite where that cannot be said."""
        count, parts = len(self.representations), strata(self.most, self.folds)
        return max((more_rounds(pair, count, self.most, parts) for pair in self.open), default=0.0)

    def as_list(self) -> list[dict[str, Any]]:
        """The pairs as JSON has them."""
        names = self.representations
        return [
            {
                "a": names[p.a],
                "b": names[p.b],
                "outcome": p.outcome,
                "difference": _finite(p.difference),
                "low": _finite(p.low),
                "high": _finite(p.high),
            }
            for p in self.pairs
        ]


def strata(most: int, folds: int) -> int:
    """Parts of the tests whose rounds are held against each other alone: all `folds` where each is tested twice; in fewer rounds
    there is no error to be had from that, and how much parts differ is the error."""
    return folds if most >= 2 * folds else 1


def decided(trained: Mapping[str, Sequence[TrainingRecord]], margin: float, most: int, folds: int = 1) -> Decided:
    """What the rounds have decided so far. A training that stopped early has no Q: its representation stays open. `folds`: parts
    of the tests that rounds take in turn."""
    rounds = 1 + max((part.number for parts in trained.values() for part in parts), default=-1)
    means = np.full((rounds, len(trained)), np.nan)
    for column, parts in enumerate(trained.values()):
        for part in parts:
            means[part.number, column] = round_quality(part)
    pairs = decide(means, margin, most, strata(most, folds)) if rounds else _nothing(len(trained), margin)
    return Decided(tuple(trained), pairs, means, most, folds=folds)


def round_quality(part: TrainingRecord) -> float:
    """Q of one training: the mean over its test behaviors; NaN where it has no samples."""
    return float(np.mean([row["q"] for row in part.samples])) if part.samples else float("nan")


def _nothing(count: int, margin: float) -> tuple[Pair, ...]:
    return tuple(unknown(a, b, margin) for a, b in combinations(range(count), 2))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
