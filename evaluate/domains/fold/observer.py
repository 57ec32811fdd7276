"""What a model sees of a fold: its turns, and what follows from them, where each bead lies and which others it touches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import System
from ..observers.base import Curves, Floats, Observations
from ..observers.symbols import Symbols
from .walks import LEFT, LONGEST, RIGHT, TURNS

_TURNS = RIGHT + 1
_SEEN = Symbols(_TURNS, ordered=True, length=TURNS)
_REACH = LONGEST / 4
"""About as far as the beads of a fold lie from its middle."""


@dataclass(frozen=True, slots=True)
class Chain:
    """An `Observer` of walks: the turns are observed, as symbols, with their noise; each bead is shown with the turn at it, its
    place on the lattice, and those that it touches. What a turn observed wrongly makes of the rest of the walk, the model sees.
    """

    turns: Symbols = _SEEN

    def rows(self, system: System, times: int, points: int) -> NDArray[np.int64]:
        """The turns, the last one repeated where there are more points."""
        return self.turns.rows(system, times, points)

    def noisy(self, curves: Curves, noise: float, rng: np.random.Generator) -> Curves:
        """Each turn is another with probability `noise`."""
        return self.turns.noisy(curves, noise, rng)

    def features(self, columns: int) -> tuple[int, int]:
        """See `embed`."""
        return 5 + _TURNS + LONGEST, columns

    def embed(self, curves: Curves) -> Observations:
        """Point p shows bead p, as far as there are points. F = 5 + 4 + 18: the point's place from -1 to 1; whether the bead is
        there; its place, x and y from the middle of the walk; how many it touches, over 3; which turn is at it, 0 at the ends;
        and which beads it touches. S: whether the column is present. Raises SpecError where a behavior has values that are no
        symbols."""
        self.turns.check(curves)
        count, points = curves.values.shape[:2]
        turns = np.zeros((count, TURNS), np.int64)
        known = min(points, TURNS)
        turns[:, :known] = curves.values[:, :known, 0]
        there, place = laid(turns)
        touching = touched(there, place)
        at_bead = np.zeros((count, LONGEST), np.int64)
        at_bead[:, 1:-1] = turns
        every = np.concatenate(
            [
                there[..., None],
                place / _REACH,
                touching.sum(axis=2, keepdims=True) / 3.0,
                at_bead[..., None] == np.arange(_TURNS),
                touching,
            ],
            axis=2,
        )
        shown = np.zeros((count, points, every.shape[2] + 1), np.float32)
        shown[..., 0] = 2 * curves.time - 1
        shown[:, : min(points, LONGEST), 1:] = every[:, :points]
        return Observations(shown, curves.present)

    def nearest(self, train: Curves, others: Curves) -> Floats:
        """The share of turns that differ."""
        return self.turns.nearest(train, others)

    def error(self, observed: Floats, behavior: Floats) -> float:
        """The share of turns that differ."""
        return self.turns.error(observed, behavior)

    def fit(self, truth: Floats, behavior: Floats) -> tuple[float, float]:
        """1 where all turns are right, else -inf; and the share that is wrong."""
        return self.turns.fit(truth, behavior)

    def still(self, truth: Floats) -> Floats:
        """No fold."""
        return self.turns.still(truth)


def laid(turns: NDArray[np.int64]) -> tuple[NDArray[np.bool_], Floats]:
    """Of walks as turns (n, `TURNS`), 0 behind their end: which beads there are, (n, `LONGEST`), and where they lie from the
    middle of the walk, (n, `LONGEST`, 2); 0 where there is none."""
    size = np.where(turns[:, 0] > 0, 2 + (turns > 0).cumprod(axis=1).sum(axis=1), 0)
    there = np.arange(LONGEST) < size[:, None]
    quarter = np.cumsum((turns == LEFT).astype(np.int64) - (turns == RIGHT), axis=1)
    heading = np.concatenate([np.zeros((len(turns), 1), np.int64), quarter], axis=1) % 4
    steps = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])[heading] * there[:, 1:, None]
    place = np.concatenate([np.zeros((len(turns), 1, 2)), np.cumsum(steps, axis=1)], axis=1)
    middle = (place * there[..., None]).sum(axis=1) / np.maximum(size, 1)[:, None]
    return there, np.where(there[..., None], place - middle[:, None], 0.0)


def touched(there: NDArray[np.bool_], place: Floats) -> NDArray[np.bool_]:
    """Which beads lie side by side and do not follow each other: (n, `LONGEST`, `LONGEST`)."""
    apart = np.abs(place[:, :, None] - place[:, None]).sum(axis=-1)
    number = np.arange(LONGEST)
    strangers = np.abs(np.subtract.outer(number, number)) > 1
    found: NDArray[np.bool_] = (np.abs(apart - 1) < 1e-6) & strangers & there[:, :, None] & there[:, None]
    return found
