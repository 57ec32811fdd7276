"""The curve of quality over examples and cost: what trainings of several lengths came to, each measured at its end.

A schedule of one plateau has short decays branched off it, and each end of these is what a training of that length gives. A
checkpoint amid a decay is not, and is no point here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..statistics.ceiling import Ceiling, fitted_ceiling
from ..statistics.curves import Reached, apart, area, examples_to, point_estimates
from ..statistics.estimate import Estimate, plain
from ..tables.column import Row
from ..tables.curve import CURVE, EFFICIENCY, LEVELS, level_name
from .trainings import TrainingRecord

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

NO_CURVE = "No curve: its points would be ends of trainings of several lengths, and the trainings of this run have one end each."
_FEWEST = 2
_SHARE, _BITS = (-math.inf, 1.0), (0.0, math.inf)


@dataclass(frozen=True)
class Curve:
    """Ends of one representation's trainings. `numbers`: (trainings,), which they are; `steps`: (lengths,), rising; the others
    are (trainings, lengths), NaN where an end is missing: distinct `systems` seen, `flops` spent, `quality` (Q of greedy
    samples), `share` (Q between prior sampling and the representation's round trip), `bits` (held-out loss per expression)."""

    representation: str
    numbers: tuple[int, ...]
    steps: tuple[int, ...]
    systems: Floats
    flops: Floats
    quality: Floats
    share: Floats
    bits: Floats

    @cached_property
    def examples(self) -> Floats:
        """(lengths,): distinct systems that a training of each length sees, mean over trainings."""
        return np.asarray(np.nanmean(self.systems, axis=0))

    @cached_property
    def area(self) -> Estimate:
        return area(*self._distinct)

    @cached_property
    def reached(self) -> tuple[Reached, ...]:
        """For each of `LEVELS`."""
        return tuple(examples_to(level, *self._distinct) for level in LEVELS)

    @cached_property
    def ceiling(self) -> Ceiling:
        """None where the models do no better than prior sampling: what they have yet to learn, no curve shows."""
        fitted = fitted_ceiling(*self._distinct)
        if fitted.estimate is not None and not float(np.nanmean(self.share[:, -1])) > 0:
            return replace(fitted, estimate=None, why="its models do no better than prior sampling")
        return fitted

    @property
    def over_examples(self) -> bool:
        """Whether its lengths saw different numbers of them."""
        return len(self._distinct[0]) > 1

    @property
    def _distinct(self) -> tuple[Floats, Floats]:
        """Examples and Q of the lengths that see more than the one before."""
        last = apart(self.examples)
        return self.examples[last], self.quality[:, last]

    def words_to(self, level: float) -> tuple[str, str]:
        """The examples to one of `LEVELS` in words, with their interval: `12,300`, `> 38,400` where it is not reached, `≤ 4,800`
        where the least that was tried reaches it."""
        one, least = self.reached[LEVELS.index(level)], float(self._distinct[0][0])
        if math.isnan(one.value):
            low = f"perhaps from {_count(one.low) if one.low > least else f'≤ {_count(least)}'}"
            return f"> {_count(one.most)}", low if one.low < one.most else ""
        text = f"≤ {_count(least)}" if one.value <= least else _count(one.value)
        if math.isnan(one.low):
            return text, ""
        if one.high <= least * (1 + 1e-9):
            return text, ""
        low = f"≤ {_count(least)}" if one.low < least else _count(one.low)
        high = _count(one.high) if math.isfinite(one.high) else f"> {_count(one.most)}"
        return text, f"{low} … {high}"

    def points(self) -> list[Row]:
        """Rows of curve.csv."""
        measures = (point_estimates(v, w) for v, w in ((self.quality, (0.0, 1.0)), (self.share, _SHARE), (self.bits, _BITS)))
        rows = []
        for i, (quality, share, bits) in enumerate(zip(*measures, strict=True)):
            values = {
                "representation": self.representation,
                "step": self.steps[i],
                "systems": float(self.examples[i]),
                "flops": float(np.nanmean(self.flops[:, i])),
                "quality": quality,
                "quality_share": share,
                "bits": bits,
                "trainings": int(np.isfinite(self.quality[:, i]).sum()),
            }
            rows.append(CURVE.row(values))
        return rows

    def efficiency(self) -> Row:
        """A row of efficiency.csv."""
        nothing = Estimate(math.nan, math.nan, math.nan)
        values: dict[str, Any] = {
            "representation": self.representation,
            "most_systems": float(self.examples[-1]),
            "curve_area": self.area,
            **{level_name(level): one.estimate for level, one in zip(LEVELS, self.reached, strict=True)},
            "last_gain": self.ceiling.gain,
            "ceiling_fitted": self.ceiling.estimate or nothing,
            "ceiling_note": self.ceiling.why,
        }
        return EFFICIENCY.row(values)

    def as_row(self) -> dict[str, Any]:
        """What a row of the comparison's JSON has of it: Q -> examples, None where it was not reached."""
        reached = {f"{level:g}": None if math.isnan(r.value) else r.value for level, r in zip(LEVELS, self.reached, strict=True)}
        estimate = self.ceiling.estimate
        return {"examples_to": reached, "ceiling_fitted": None if estimate is None else estimate.as_dict()}

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: points, the area under it, examples to each Q with their limits, why there is no ceiling."""
        reached = {f"{level:g}": one.estimate.as_dict() for level, one in zip(LEVELS, self.reached, strict=True)}
        points = [
            {k: plain(v) if isinstance(v, float) else v for k, v in row.items() if k != "representation"} for row in self.points()
        ]
        return {
            "representation": self.representation,
            "points": points,
            "area": self.area.as_dict(),
            "examples_to": reached,
            "most_examples": float(self.examples[-1]),
            "last_gain": plain(self.ceiling.gain),
            "why_no_ceiling": self.ceiling.why,
        }


NOTHING: dict[str, Any] = {"examples_to": {}, "ceiling_fitted": None}
"""As `Curve.as_row`, where there is no curve."""


def levels_shown(found: Sequence[Curve], floor: float | None) -> list[float]:
    """Of `LEVELS` those that are above the prior's Q and that some curve reaches, and the first that none does."""
    above = [i for i, level in enumerate(LEVELS) if floor is None or level > floor]
    reached = [i for i in above if any(not math.isnan(curve.reached[i].value) for curve in found)]
    last = max(reached, default=above[0] - 1 if above else -1) + 1
    return [LEVELS[i] for i in above if i <= last]


def curves(trained: Mapping[str, Sequence[TrainingRecord]]) -> tuple[Curve, ...]:
    """The curves of those representations whose trainings have ends of several lengths. Trainings that stopped early have no part
    in them, and those that have one end alone: all points of a curve are of the same trainings."""
    found = (_curve(spec, [p for p in parts if p.samples and len(_ends(p)) >= _FEWEST]) for spec, parts in trained.items())
    return tuple(curve for curve in found if curve is not None)


def _ends(part: TrainingRecord) -> dict[int, Row]:
    """By steps, the rows of a history that are ends; none of an older version's."""
    return {row["step"]: row for row in part.history if row.get("ended")}


def _curve(spec: str, parts: Sequence[TrainingRecord]) -> Curve | None:
    steps = tuple(sorted({step for part in parts for step in _ends(part)}))
    if len(steps) < _FEWEST:
        return None
    ends = [_ends(part) for part in parts]

    def column(name: str) -> Floats:
        values = [[one[step].get(name) if step in one else None for step in steps] for one in ends]
        return np.array([[math.nan if v is None else float(v) for v in line] for line in values])

    floors, tops = (np.array([[float(p.summary[name] or 0.0)] for p in parts]) for name in ("floor_prior", "ceiling"))
    quality = column("quality")
    share = np.divide(quality - floors, tops - floors, out=np.full_like(quality, math.nan), where=tops > floors)
    return Curve(
        representation=spec,
        numbers=tuple(part.number for part in parts),
        steps=steps,
        systems=column("systems"),
        flops=column("flops"),
        quality=quality,
        share=share,
        bits=column("bits"),
    )


def _count(examples: float) -> str:
    """Three digits of a number of examples."""
    return f"{float(f'{examples:.3g}'):,.0f}"


def curve_frame(found: Sequence[Curve]) -> pl.DataFrame:
    """curve.csv."""
    return CURVE.frame([row for curve in found for row in curve.points()])


def efficiency_frame(found: Sequence[Curve]) -> pl.DataFrame:
    """efficiency.csv."""
    return EFFICIENCY.frame([curve.efficiency() for curve in found])
