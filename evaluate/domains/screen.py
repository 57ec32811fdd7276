"""What a drawn system must do to be kept: reach its horizon, within bounds, and move."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...grammars.draw.fitted.tilt import LEVEL, Rake
from ...grammars.draw.fitted.traits import Traits, traits
from ...grammars.errors import ConditionError
from ...grammars.operators import Operators
from ...grammars.tree import System
from ..semantics.base import Behaviors, Setting, Status
from .domain import Domain
from .references import lacking

Floats = NDArray[np.float64]

SAMPLE_BOX = 100.0
"""A sampled system's behavior stays within ±SAMPLE_BOX in every component."""
SAMPLE_STEPS = 2000
"""A sampled flow is integrated in at most this many steps: stiffer candidates are left out."""
POINTS = 101
_CONSTANT = 1e-2


@dataclass(frozen=True, slots=True)
class Character:
    """How often a system of its kind is kept, so that those kept are of as many kinds as those given were.

    `edges`: by name of a figure of behaviors (`figures`), where its classes begin; `sizes`, `counted`: of the traits of its
    equations (`grammars.draw.fitted.traits`); `rake`: factors of the classes and of the traits, found together.
    """

    edges: Mapping[str, tuple[float, ...]]
    sizes: tuple[int, ...] = ()
    counted: tuple[str, ...] = ()
    rake: Rake = LEVEL

    def kind(self, system: System, y: Floats, operators: Operators) -> Traits:
        """Of a system and its behavior (I, T, D): the class by each figure, and the traits."""
        classes = {name: str(sum(value >= edge for edge in self.edges[name])) for name, value in figures(y).items()}
        return classes | traits(system, operators, self.sizes, self.counted)


ANY = Character({})
"""Every system is kept."""


FIGURES = ("size", "least late change", "largest late change", "spread")


def figures(y: Floats) -> dict[str, float]:
    """What a behavior (I, T, D) is like, over all starts and dimensions: log10 of its largest |value|; how far the second half
    still goes up and down, the least and the largest, and the largest standard deviation, each in a component's own size."""
    columns = y.transpose(1, 0, 2).reshape(y.shape[1], -1)
    size = np.maximum(np.nanmax(np.abs(columns), axis=0), 1e-300)
    late = columns[len(columns) // 2 :]
    late = late if not np.isnan(late).all(axis=0).any() else columns
    moves = (np.nanmax(late, axis=0) - np.nanmin(late, axis=0)) / size
    values = (np.log10(size.max()), moves.min(), moves.max(), (np.nanstd(columns, axis=0) / size).max())
    return dict(zip(FIGURES, map(float, values), strict=True))


@dataclass(frozen=True, slots=True)
class Screen:
    """Kept is what reaches its horizon within ±`most` and `steps` from all its starts, its largest |value| being `least` or more,
    and in which some component's standard deviation over time exceeds 1e-2 of its largest |value|, where there is more than one
    point.

    `gaps`: whether a behavior that is no series may be undefined at some points, up to nine of ten (`references.lacking`).
    `character`: how often what is worth keeping is kept; by a number of the system's own (its digest), so that one system
    is always kept or never.
    """

    least: float = 0.0
    most: float = SAMPLE_BOX
    steps: int = SAMPLE_STEPS
    gaps: bool = False
    character: Character = ANY

    def refusals(self, domain: Domain, candidates: Sequence[System]) -> list[str]:
        """Why each candidate's behavior is not worth keeping; '' where it is."""
        settings: list[Setting] = []
        reasons = [""] * len(candidates)
        for i, candidate in enumerate(candidates):
            try:
                settings.append(replace(domain.semantics.setting(candidate, points=POINTS, box=self.most), max_steps=self.steps))
            except ConditionError:
                reasons[i] = "lack conditions, or start outside the bounds"
        rows = [i for i, reason in enumerate(reasons) if not reason]
        behaviors = domain.semantics.simulate([candidates[i].tree for i in rows], settings) if rows else []
        for i, behavior in zip(rows, behaviors, strict=True):
            reasons[i] = self._refusal(domain, behavior)
            if not reasons[i] and not self._wanted(domain, candidates[i], behavior.y[0]):
                reasons[i] = "are of a kind that there are enough of"
        return reasons

    def _wanted(self, domain: Domain, candidate: System, y: Floats) -> bool:
        character = self.character
        if not character.edges:
            return True
        return _lot(candidate) < character.rake.chance(character.kind(candidate, y, domain.operators))

    def _refusal(self, domain: Domain, behaviors: Behaviors) -> str:
        y: Floats = behaviors.y[0]  # (I, T, D)
        worst = Status(int(behaviors.status.max()))
        if worst == Status.UNDEFINED and self.gaps and not domain.series:
            if lacking(y, domain):
                return "are undefined nearly everywhere"
        elif worst != Status.OK:
            reasons = {Status.DIVERGED: f"leave ±{self.most:g}", Status.UNDEFINED: "are undefined somewhere"}
            return reasons.get(worst, f"are unresolved in {self.steps:,} steps")
        largest = np.nanmax(np.abs(y), axis=1)
        moving = np.nanstd(y, axis=1) > _CONSTANT * np.maximum(largest, 1e-6)
        if y.shape[1] > 1 and not moving.any(axis=1).all():  # of one point, nothing moves
            return "are constant"
        return "" if largest.max() >= self.least else f"stay within ±{self.least:g}"


def _lot(system: System) -> float:
    """A number in [0, 1) of a system's own."""
    words = repr((system.tree, system.x0, system.t_end, system.ranges))
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "big") / 2**64
