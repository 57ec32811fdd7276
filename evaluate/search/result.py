"""What a search ends with: trials, front, knee, volumes, and what it has over the line-up, as tables, figure and specs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..results.notebook import displayed
from ..results.plots import drawn
from ..tables.search import QUALITY, fronts, trials
from .data import Measurement, SearchData
from .held_out import Dominance, Entry
from .limits import Limits
from .pareto import front, hypervolume
from .plan import SearchPlan

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One counted trial. `search`: the sampler's name; `warm`: from the catalog, not proposed by the sampler."""

    search: str
    number: int
    warm: bool
    measured: Measurement


@dataclass(frozen=True, slots=True)
class Volumes:
    """Hypervolumes over the searched half, as shares of the box from zero to `reference` (one value per objective).

    `search`; `random`: random search with as many trials; `start`: the catalog's plain entries that the search started from,
    alone; `random_from_start`: the start, and random trials up to the same number.
    """

    reference: tuple[float, ...]
    search: float
    random: float
    start: float
    random_from_start: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Q of one representation, with its interval over test items, and its next-token loss in bits per expression; or why there is
    none. `precision`: what the training computed in."""

    spec: str
    value: float | None
    low: float | None
    high: float | None
    bits: float | None
    reason: str = ""
    precision: str = ""

    def as_dict(self) -> dict[str, str | float | None]:
        return {
            "representation": self.spec, "quality": self.value, "quality_low": self.low, "quality_high": self.high,
            "bits": self.bits, "reason": self.reason, "precision": self.precision,
        }  # fmt: skip


@displayed("folder", "specs")
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A finished search. `front`: no trial dominates them in the objectives on the searched half; `knee` is one of them.

    All of the front keeps to `limits`, on the searched half. `local`: what merging and assigning codes made of
    `local_starts`, points of the front, beside it. `spent`: representations measured on the searched half, baseline and line-up
    included, edits judged for them, and seconds of one core that it took.
    """

    plan: SearchPlan
    data: SearchData
    trials: tuple[TrialRow, ...]
    baseline: tuple[TrialRow, ...]
    front: tuple[Entry, ...]
    knee: Entry | None
    line_up: tuple[Entry, ...]
    local: tuple[Entry, ...]
    local_starts: tuple[str, ...]
    dominance: tuple[Dominance, ...]
    volumes: Volumes
    spent: dict[str, float]
    limits: Limits
    folder: Path | None = None
    quality: tuple[Quality, ...] = ()

    @property
    def specs(self) -> list[str]:
        """The front's specs, for `-r`."""
        return [e.spec for e in self.front]

    @property
    def statements(self) -> list[str]:
        """What was found, in sentences."""
        v = self.volumes
        n_within = sum(self.limits.allows(t.measured) for t in self.trials)
        best = f"the knee is {self.knee.spec}" if self.knee else "no trial could be measured and keeps to the limits"
        lines = [
            f"{len(self.trials)} trials ({self.plan.sampler}), {n_within} within the limits, {len(self.front)} on the front; "
            f"{best}",
            f"limits: {self.limits}",
            f"hypervolume {v.search:.4f} of the box up to {_point(self.plan.objectives, v.reference)}; random search with as "
            "many "
            f"trials {v.random:.4f}, from the same start {v.random_from_start:.4f}; the start alone {v.start:.4f} (one seed: a "
            "difference of single searches decides nothing)",
        ]
        judged = [
            f"Q of {q.spec}: " + (q.reason if q.value is None else f"{q.value:.3f} ({q.low:.3f} to {q.high:.3f}), one training")
            for q in self.quality
        ]
        return lines + [str(d) for d in self.dominance] + judged

    def to_frame(self) -> pl.DataFrame:
        """The front, one row per representation: each column on the searched half, and held out with its 95 % interval."""
        still, table = held_out_front(self.front, self.plan.objectives), fronts(self.data.columns)
        return table.frame([table.row(self._values(e, e is self.knee, i in still)) for i, e in enumerate(self.front)])

    def line_up_frame(self) -> pl.DataFrame:
        """The line-up's entries, with the same columns."""
        table = fronts(self.data.columns, "line_up.csv")
        return table.frame([table.row(self._values(e, False, False)) for e in self.line_up])

    def local_frame(self) -> pl.DataFrame:
        """What the local searches made, with the same columns and the point that each began with."""
        table, made = fronts(self.data.columns, "local.csv"), zip(self.local, self.local_starts, strict=True)
        return table.frame([table.row({"made_of": start} | self._values(e, False, False)) for e, start in made])

    def quality_frame(self) -> pl.DataFrame:
        """What models made of some of the front: one row each."""
        return QUALITY.frame([QUALITY.row(q.as_dict()) for q in self.quality])

    def _values(self, entry: Entry, knee: bool, still: bool) -> dict[str, Any]:
        row: dict[str, Any] = {"representation": entry.spec, "origin": entry.origin, "knee": knee, "front_held_out": still}
        row |= {"kappa_n": entry.searched.kappa_n, "kappa_n_held_out": entry.held.kappa_n}
        row |= {"within_limits": self.limits.allows(entry.searched), "within_limits_held_out": self.limits.allows(entry.held)}
        for column in self.data.columns:
            estimate = entry.estimate(column)
            row |= {
                column: _finite(entry.searched.value(column)),
                f"{column}_held_out": _finite(estimate.value),
                f"{column}_low": _finite(estimate.low),
                f"{column}_high": _finite(estimate.high),
            }
        return row

    def trials_frame(self) -> pl.DataFrame:
        """Every counted trial of the search and of the baseline, in order, on the searched half."""
        chosen, table = set(self.specs), trials(self.data.columns)
        rows = [
            {"search": t.search, "trial": t.number, "representation": t.measured.spec, "start": t.warm}
            | {c: t.measured.value(c) for c in self.data.columns}
            | {"kappa_n": t.measured.kappa_n, "within_limits": self.limits.allows(t.measured)}
            | {"missing": t.measured.missing, "edits": t.measured.edits, "front": t.measured.spec in chosen}
            | {"reason": t.measured.why_not(self.plan.objectives)}
            for t in (*self.trials, *self.baseline)
        ]
        return table.frame([table.row(row) for row in rows])

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Trials, front, knee and line-up over the objectives."""
        on_front = set(self.specs)
        kinds = [("random search", t.measured) for t in self.baseline]
        kinds += [("trial", t.measured) for t in self.trials if t.measured.spec not in on_front]
        kinds += [("front", e.searched) for e in self.front if e is not self.knee]
        kinds += [("line-up", e.searched) for e in self.line_up]
        kinds += [("knee", self.knee.searched)] if self.knee else []
        rows: list[dict[str, Any]] = [
            {"representation": m.spec, "kind": kind, "trial": i, "kappa_n": m.kappa_n}
            | {o: _finite(m.value(o)) for o in self.plan.objectives}
            for i, (kind, m) in enumerate(kinds)
        ]
        chart: alt.Chart | alt.LayerChart = drawn(
            "pareto", "pareto", rows, self.plan.objectives, self.plan.metric, len(self.data.searched)
        )
        return chart

    def as_dict(self) -> dict[str, Any]:
        """The `search` document: the same for equal arguments, down to the byte."""
        v = self.volumes
        return {
            "arguments": self.plan.as_dict(),
            "n_searched": len(self.data.searched),
            "n_held_out": len(self.data.held_out),
            "limits": self.limits.as_dict(),
            "left_out": [{"what": what, "reason": reason} for what, reason in self.data.left_out],
            "front": self.to_frame().to_dicts(),
            "knee": self.knee.spec if self.knee else None,
            "hypervolume": {
                "reference": dict(zip(self.plan.objectives, v.reference, strict=True)),
                "search": v.search,
                "random": v.random,
                "start": v.start,
                "random_from_start": v.random_from_start,
            },
            "line_up": self.line_up_frame().to_dicts(),
            "local": self.local_frame().to_dicts(),
            "quality": [q.as_dict() for q in self.quality],
            "dominance": [_dominance(d) for d in self.dominance],
            "statements": self.statements,
        }


def points(rows: Sequence[Measurement], objectives: Sequence[str]) -> Floats:
    """(n, d): each measurement's objectives; NaN where they are not finite."""
    values = np.array([[m.value(o) for o in objectives] for m in rows], dtype=float).reshape(-1, len(objectives))
    values[~np.isfinite(values).all(axis=1)] = np.nan
    return values


def held_out_front(entries: Sequence[Entry], objectives: Sequence[str]) -> set[int]:
    """Which of the front's points none of the others dominates on the held-out half."""
    return set(front(points([e.held for e in entries], objectives)))


def share_of_box(rows: Sequence[Measurement], objectives: Sequence[str], reference: Sequence[float]) -> float:
    """Hypervolume as a share of the box between zero and the reference point."""
    values = points(rows, objectives)
    measured = values[~np.isnan(values).any(axis=1)]
    return hypervolume(measured, reference) / float(np.prod(reference)) if len(measured) else 0.0


def _dominance(dominance: Dominance) -> dict[str, Any]:
    document: dict[str, Any] = {"representation": dominance.entry.spec, "rivals_on_the_searched_half": dominance.rivals}
    if dominance.winner is None:
        return document | {"dominated_by": None}
    differences = {c: dominance.winner.difference(dominance.entry, c).as_dict() for c in ("mean", "fidelity", "tokens")}
    return document | {"dominated_by": dominance.winner.spec, "decided": dominance.decided, "differences": differences}


def _point(names: Sequence[str], values: Sequence[float]) -> str:
    return ", ".join(f"{n} {v:.4g}" for n, v in zip(names, values, strict=True))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
