"""What stands beside a model at every level: how rough φ is there, and what is had without a model, or at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....representations.representation import Representation
from ...domains.observers.base import Curves
from ...edits.token import TokenEdits
from ...kappa.kappa import Kappa, measure_all
from ...quality.task.task import Floors, Task, nearest_training
from .posterior import best_answers, posterior, qualities
from .space import Meaning, Space, Split, kappa

Floats = NDArray[np.float64]

_LEVEL = {"level": float, "kappa": float, "kappa_edits": float, "prior": float}
_CELL = {"retrieval": float, "attainable": float, "posterior": float}
SHAPE = {"levels": [_LEVEL], "cells": [[_CELL]]}


@dataclass(frozen=True, slots=True)
class Level:
    """`kappa`: over substitutions of a coefficient's tokens (`space.kappa`); `kappa_edits`: over all edits of a token that
    decode. `prior`: Q of an expression drawn from training."""

    level: float
    kappa: float
    kappa_edits: float
    prior: float


@dataclass(frozen=True, slots=True)
class Cell:
    """Of what is observed at one level and scored at another, mean q. `retrieval`: of the training expression whose observation
    is nearest. `attainable`: of the posterior's best answer; `posterior`: of a draw from it."""

    retrieval: float
    attainable: float
    posterior: float


@dataclass(frozen=True, slots=True)
class Lines:
    """`cells`: by the level that is observed, then by that which is scored."""

    levels: tuple[Level, ...]
    cells: tuple[tuple[Cell, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        return {"levels": [asdict(one) for one in self.levels], "cells": [[asdict(one) for one in row] for row in self.cells]}

    @staticmethod
    def from_dict(document: dict[str, Any]) -> Lines:
        """What `as_dict` gave; its shape is `SHAPE`."""
        levels = tuple(Level(**one) for one in document["levels"])
        return Lines(levels, tuple(tuple(Cell(**one) for one in row) for row in document["cells"]))


@dataclass(frozen=True, slots=True)
class Learned:
    """A level as it is learned at. `every`: the curves of all expressions."""

    meaning: Meaning
    every: Curves
    task: Task
    floors: Floors


def edited(whole: Space, of: Meaning, rows: Sequence[int], representation: Representation, limit: int, seed: int) -> Kappa:
    """κ of some expressions over their token edits."""
    systems = [of.systems[i] for i in rows]
    metric = whole.domain.quality
    return measure_all(
        representation, systems, whole.domain, metric, TokenEdits(), edits_per_expression=limit, seed=seed, condense=True
    )


def lines(
    whole: Space, levels: Sequence[Learned], parts: Split, representation: Representation, *, rows: int, limit: int, seed: int
) -> Lines:
    """Of a family. `rows`, `limit`: expressions whose edits are measured, and edits of each, for `kappa_edits`."""
    chosen = parts.train[:rows].tolist()
    likely, found = zip(*(_known(one, parts) for one in levels), strict=True)
    told: list[Level] = []
    columns: list[list[Cell]] = []
    for one in levels:
        q = qualities(one.meaning.y)
        own = q[parts.test].astype(np.float64)
        at = np.arange(len(own))
        columns.append(
            [
                Cell(
                    retrieval=float(own[at, rows].mean()),
                    attainable=float(own[at, best_answers(p, q)].mean()),
                    posterior=float((p * own).sum(axis=1).mean()),
                )
                for p, rows in zip(likely, found, strict=True)
            ]
        )
        every = edited(whole, one.meaning, chosen, representation, limit, seed)
        prior = float(one.floors.prior.mean())
        told.append(Level(one.meaning.level, kappa(whole, one.meaning), every.mean.value, prior))
    return Lines(tuple(told), tuple(zip(*columns, strict=True)))


def _known(one: Learned, parts: Split) -> tuple[Floats, NDArray[np.int64]]:
    """What the tests' observations tell: the posterior over all, (n, N), and the training expression that is nearest, (n,)."""
    task = one.task
    likely = posterior(one.every, task.observed(task.test, "test-noise"), task.config.noise)
    return likely, parts.train[nearest_training(task)]
