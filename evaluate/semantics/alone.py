"""Semantics of expressions that are all there is: no start, no horizon, nothing to choose."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, overload

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError
from ...grammars.tree import Node, System
from .base import ATOL, RTOL, Behaviors, Floats, Setting

Found = tuple[Floats, NDArray[np.int8]]
"""Behaviors (N, 1, T, D) of N trees, and their status (N, 1)."""


class Alone(ABC):
    """A `Semantics` whose expressions have one behavior each. `noun`: what one is called."""

    __slots__ = ()
    noun: ClassVar[str]

    @property
    @abstractmethod
    def place(self) -> Setting:
        """The setting of every expression, as `rows` makes it."""

    @abstractmethod
    def behaviors(self, trees: Sequence[Node]) -> Found:
        """Raises ValueError for a tree that is none of the domain."""

    def refusal(self, system: System) -> str:
        """Why `system` is none that can be simulated; '' where it is."""
        return ""

    def setting(
        self,
        system: System,
        *,
        points: int = 201,
        rtol: float = RTOL,
        atol: float = ATOL,
        x0: Sequence[Sequence[float]] | None = None,
        t_end: float | None = None,
        box: float | None = None,
    ) -> Setting:
        """See `Semantics.setting`; `points` and `box` are not used. Raises ConditionError for a start or a horizon, and for what
        `refusal` says."""
        given = x0 is not None or t_end is not None
        if why := f"{self.noun} has no start and no horizon: leave x0 and t_end out" if given else self.refusal(system):
            raise ConditionError(why)
        return replace(self.place, rtol=rtol, atol=atol)

    @overload
    def simulate(self, trees: Sequence[Node], settings: Setting) -> Behaviors: ...
    @overload
    def simulate(self, trees: Sequence[Node], settings: Sequence[Setting]) -> list[Behaviors]: ...
    def simulate(self, trees: Sequence[Node], settings: Setting | Sequence[Setting]) -> Behaviors | list[Behaviors]:
        """See `Semantics.simulate` and `behaviors`."""
        y, status = self.behaviors(trees)
        if isinstance(settings, Setting):
            return Behaviors(settings.t, y, status)
        return [Behaviors(own.t, a[None], b[None]) for own, a, b in zip(settings, y, status, strict=True)]


def rows(count: int, columns: int = 1, *, box: float, step: float = 1.0) -> Setting:
    """Where behaviors are `count` rows of `columns` numbers, `step` apart, none beyond `box`; there are no inputs."""
    return Setting(np.zeros((count, 0)), step * np.arange(count, dtype=np.float64), np.full(columns, float(box)))
