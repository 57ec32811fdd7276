"""φ of sounds: the waveform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import ConditionError
from ....grammars.tree import Node, System
from ....tokenizers.machines.forest import SYMBOL_ITEM, Forest
from ...semantics.base import ATOL, OVERFLOW_BOX, RTOL, Behaviors, Setting, Status
from .levels import FULL, LONGEST, RATE

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Waveforms:
    """A `Semantics`: a behavior is (1, T, 1), T = `longest`, each number over full scale, and silence, 0, behind a sound's end.
    Time is in milliseconds. Everything has a waveform. There is nothing to choose: no start, no horizon, no box."""

    longest: int = LONGEST

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
        """See `Semantics.setting`. Raises ConditionError for a start or a horizon."""
        if x0 or t_end is not None:
            raise ConditionError("a sound has no start and no horizon: leave x0 and t_end out")
        return Setting(np.zeros((self.longest, 0)), 1000.0 * np.arange(self.longest) / RATE, np.array([OVERFLOW_BOX]), rtol, atol)

    @overload
    def simulate(self, trees: Sequence[Node], settings: Setting) -> Behaviors: ...
    @overload
    def simulate(self, trees: Sequence[Node], settings: Sequence[Setting]) -> list[Behaviors]: ...
    def simulate(self, trees: Sequence[Node], settings: Setting | Sequence[Setting]) -> Behaviors | list[Behaviors]:
        """See `Semantics.simulate`. Raises ValueError for what is no sequence of whole numbers, and a longer one than there is
        time for."""
        values = np.array([int(leaf.symbol) for tree in trees for leaf in tree.children], np.float64)
        y = self._placed(values, np.array([len(tree.children) for tree in trees], np.int64))
        status = np.full((len(trees), 1), np.int8(Status.OK))
        if isinstance(settings, Setting):
            return Behaviors(settings.t, y, status)
        return [Behaviors(own.t, y[i : i + 1], status[i : i + 1]) for i, own in enumerate(settings)]

    def simulate_forest(self, trees: Forest, setting: Setting) -> Behaviors:
        """See `OfForests`: a symbol is its number."""
        numbers = np.array([int(symbol) for symbol, _ in trees.symbols], np.float64)
        values = numbers[trees.items - SYMBOL_ITEM] if len(trees.items) else np.zeros(0)
        y = self._placed(values, np.diff(trees.starts))
        return Behaviors(setting.t, y, np.full((len(trees), 1), np.int8(Status.OK)))

    def _placed(self, values: Floats, lengths: NDArray[np.int64]) -> Floats:
        """All sounds' numbers in a row, and how many each has -> (n, 1, T, 1)."""
        if lengths.max(initial=0) > self.longest:
            raise ValueError(f"a sound of {lengths.max()} samples; there is time for {self.longest}")
        y = np.zeros((len(lengths), self.longest))
        y[np.arange(self.longest) < lengths[:, None]] = values / FULL
        return y[:, None, :, None]
