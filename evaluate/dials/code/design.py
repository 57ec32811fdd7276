"""Which tables a study of the code dial trains on, and how often."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...streams import generator
from .codes import KINDS, Shape, Table, early, level, natural, out_of_place, table_of, toward
from .values import spaced

Floats = NDArray[np.float64]

SHARES = (0.15, 0.22, 0.29, 0.37, 0.46, 0.55, 0.64, 0.73, 0.82, 0.9, 0.97)
"""How far between the natural table's level and the worst one's those levels lie that random tables are swapped to. Below 0.15
swaps from a random table find none; random tables lie at about 0.7."""


@dataclass(frozen=True, slots=True)
class Level:
    """A kind of table with the share at which its level is to lie (NaN where it has none), and how many trainings it gets, each
    on a table of its own."""

    kind: str
    share: float
    trainings: int

    @property
    def name(self) -> str:
        return self.kind if math.isnan(self.share) else f"{self.kind} {self.share:.2f}"

    @property
    def role(self) -> str:
        return KINDS[self.kind].role


@dataclass(frozen=True, slots=True)
class Design:
    """`main`: trainings of each level whose slope is tested; `beside`: of each control and contrast; `corrected`: of each level
    with the error-correcting control; `longer`: of the lowest and the highest level, trained longer. `values`: how many are told
    apart, from `low` to `high`."""

    main: int
    beside: int
    shape: Shape = field(default_factory=Shape)
    low: float = 0.05
    high: float = 20.0
    corrected: int = 0
    longer: int = 0

    @property
    def values(self) -> tuple[float, ...]:
        return spaced(self.shape.words, self.low, self.high)

    @property
    def levels(self) -> tuple[Level, ...]:
        """All of them, the main ones first."""
        main = [k for k in KINDS.values() if k.role == "main" and k.name != "annealed"]
        rest = [k for k in KINDS.values() if k.role in ("control", "contrast")]
        return (
            *(Level(kind.name, float("nan"), self.main) for kind in main),
            *(Level("annealed", share, self.main) for share in SHARES),
            *(Level(kind.name, float("nan"), self.beside) for kind in rest),
            *(Level("corrected", share, self.corrected) for share in SHARES if self.corrected),
            *(Level("longer", share, self.longer) for share in dict.fromkeys((SHARES[0], SHARES[-1])) if self.longer),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One training of a design: `draw` is the number of its table and of its seed. `kappa`: the table's level; `early`,
    `arbitrary`: see `codes.early` and `codes.out_of_place`."""

    level: Level
    draw: int
    table: Table
    kappa: float
    early: float
    arbitrary: float


def numbered(design: Design) -> list[tuple[int, Level]]:
    """All trainings, in an order in which any first part has about equally many of every level."""
    turns = max(one.trainings for one in design.levels)
    return list(enumerate(one for turn in range(turns) for one in design.levels if turn < one.trainings))


def planned(design: Design, distance: Floats, seed: int = 0) -> list[Planned]:
    """All trainings of a design, with their tables; the same seed gives the same ones. distance: (K, K), see `values.moved`."""
    low, high = ends(design, distance, seed)
    return [training(design, distance, draw, one, (low, high), seed) for draw, one in numbered(design)]


def ends(design: Design, distance: Floats, seed: int) -> tuple[float, float]:
    """The natural table's level and the worst one's that is found."""
    worst = toward(float(distance.max()), design.shape, distance, natural(design.shape), generator(seed, "tables"))
    return level(natural(design.shape), design.shape, distance), level(worst, design.shape, distance)


def training(design: Design, distance: Floats, draw: int, one: Level, between: tuple[float, float], seed: int) -> Planned:
    """One training of a level. `between`: `ends`."""
    low, high = between
    target = 0.0 if math.isnan(one.share) else low + one.share * (high - low)
    table = table_of(one.kind, design.shape, distance, target, seed, draw)
    return Planned(
        level=one,
        draw=draw,
        table=table,
        kappa=level(table, design.shape, distance),
        early=early(table, design.shape),
        arbitrary=out_of_place(table),
    )
