"""φ of sounds: the waveform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node
from ....tokenizers.machines.forest import SYMBOL_ITEM, Forest
from ...semantics.alone import Alone, Found, rows
from ...semantics.base import OVERFLOW_BOX, Behaviors, Setting, Status
from .levels import FULL, LONGEST, RATE

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Waveforms(Alone):
    """A `Semantics`: a behavior is (1, T, 1), T = `longest`, each number over full scale, and silence, 0, behind a sound's end.
    Time is in milliseconds. Everything has a waveform."""

    noun: ClassVar[str] = "a sound"
    longest: int = LONGEST

    @property
    def place(self) -> Setting:
        return rows(self.longest, box=OVERFLOW_BOX, step=1000.0 / RATE)

    def behaviors(self, trees: Sequence[Node]) -> Found:
        """Raises ValueError for what is no sequence of whole numbers, and a longer one than there is time for."""
        values = np.array([int(leaf.symbol) for tree in trees for leaf in tree.children], np.float64)
        y = self._placed(values, np.array([len(tree.children) for tree in trees], np.int64))
        return y, np.full((len(trees), 1), np.int8(Status.OK))

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
