"""What a model sees of a task: the behavior that is observed, or in a forward domain the expression that is shown, in the tokens
of the representation that is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import EncodeError
from ....grammars.tree import System
from ...domains.observers.base import Observations, observe
from .task import PARTS, Task

if TYPE_CHECKING:
    from ....representations.representation import Representation

Shape = tuple[int, int, int]
Rows = NDArray[np.int64]


class Sight(Protocol):
    """`shape`: of an observation, points, features and scales, as a model is built for. `training`: what is seen of some training
    rows, with what is random about it from `rng`. `held_out`: of all of "val" or "test", the same for the
    same `look`, each with noise of its own. `readable`: whether
    each system of a part is seen at all. `ids`: content ids of what is shown, by part; none of what is observed."""

    @property
    def shape(self) -> Shape: ...

    def training(self, rows: Rows, rng: np.random.Generator) -> Observations: ...

    def held_out(self, part: str, look: int = 0) -> Observations: ...

    def readable(self, part: str) -> list[bool]: ...

    def ids(self) -> list[list[list[int] | None]]: ...


@dataclass(frozen=True, slots=True)
class Observed:
    """Behaviors with noise, the same numbers whatever the representation."""

    task: Task

    @property
    def shape(self) -> Shape:
        return (self.task.config.points, *self.task.domain.observer.features(self.task.columns))

    def training(self, rows: Rows, rng: np.random.Generator) -> Observations:
        return observe(self.task.domain.observer, self.task.train.curves.select(rows), self.task.config.noise, rng)

    def held_out(self, part: str, look: int = 0) -> Observations:
        noise = {"val": "validation-noise", "test": "test-noise"}[part]
        return self.task.observations(self.task.part(part), noise, look)

    def readable(self, part: str) -> list[bool]:
        return [True] * len(self.task.part(part))

    def ids(self) -> list[list[list[int] | None]]:
        return []


@dataclass(frozen=True)
class Shown:
    """Expressions as content ids, (n, length, 1), with -1 before their first; those of at most `longest` tokens. All are as wide
    as the longest of the task, or as a trained model has it (`width`), so that nothing depends on what else is in a batch.
    """

    task: Task
    representation: Representation
    longest: int
    width: int | None = None
    _known: dict[str, list[list[int] | None]] = field(default_factory=dict, repr=False)

    @property
    def shape(self) -> Shape:
        return (self.length, 0, 0)

    @cached_property
    def length(self) -> int:
        if self.width is not None:
            return self.width
        return max((len(ids) for part in PARTS for ids in self._ids(part) if ids), default=1)

    def training(self, rows: Rows, rng: np.random.Generator) -> Observations:
        return self._padded([self._ids("train")[int(i)] for i in rows])

    def held_out(self, part: str, look: int = 0) -> Observations:
        return self._padded(self._ids(part))

    def readable(self, part: str) -> list[bool]:
        return [ids is not None for ids in self._ids(part)]

    def ids(self) -> list[list[list[int] | None]]:
        return [self._ids(part) for part in PARTS]

    def _ids(self, part: str) -> list[list[int] | None]:
        if part not in self._known:
            most = self.longest if self.width is None else self.width
            self._known[part] = [
                ids if 0 < len(ids) <= most else None for ids in map(self._encoded, self.task.part(part).systems)
            ]
        return self._known[part]

    def _encoded(self, system: System) -> list[int]:
        try:
            return self.representation.encode(system.tree)
        except EncodeError:
            return []

    def _padded(self, rows: Sequence[list[int] | None]) -> Observations:
        table = np.full((len(rows), self.length, 1), -1, np.int64)
        for row, ids in zip(table, rows, strict=True):
            if ids:
                row[-len(ids) :, 0] = ids
        return Observations(table, np.zeros((len(rows), 0), np.float32))


def sight(task: Task, representation: Representation, longest: int, shape: Shape | None = None) -> Sight:
    """What a model learning a representation sees of a task. `longest`: tokens of a shown expression at most. `shape`: that of a
    model which is there already."""
    if task.domain.forward:
        return Shown(task, representation, longest, None if shape is None else shape[0])
    return Observed(task)
