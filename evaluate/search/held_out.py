"""The end of a search: its front scored again on expressions that it never saw, and what it has over the default line-up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate, paired_difference
from .data import Measurement
from .objectives import NO_LOSS, objective, ruled_by_few


@dataclass(frozen=True, slots=True)
class Entry:
    """A representation on both halves. `origin`: start, search, line-up, merge or assign. `most`: the metric's largest
    distance."""

    spec: str
    origin: str
    searched: Measurement
    held: Measurement
    most: float

    def estimate(self, column: str) -> Estimate:
        """The held-out mean with its interval, over expressions; of distances without a largest one there is none."""
        kind, most = objective(column), self.most if objective(column).bounded else math.inf
        estimate = mean_estimate(self.held.arrays[column], (0.0, most), ruled_by_few(column))
        return Estimate(estimate.value, math.nan, math.nan) if kind.bounded and math.isinf(most) else estimate

    def difference(self, other: Entry, column: str) -> Estimate:
        """This one's held-out mean minus the other's, paired by expression; of κ, over those that have one under both."""
        ours, theirs = (m.own(column) if column == "mean" else m.arrays[column] for m in (self.held, other.held))
        difference = paired_difference(ours, theirs)
        return (
            Estimate(difference.value, math.nan, math.nan) if objective(column).bounded and math.isinf(self.most) else difference
        )


@dataclass(frozen=True, slots=True)
class Dominance:
    """Whether the search found something better than one entry of the line-up: `winner`'s mean κ is lower, at no larger fidelity
    error and at no more tokens, on the held-out half. `rivals`: points of the front for which that held on the searched half;
    the winner is the first of them, by κ there, for which it holds here too. `winner` is None where there is none.
    """

    entry: Entry
    winner: Entry | None
    rivals: int

    @property
    def decided(self) -> bool:
        """Whether the interval of the difference in mean κ lies below zero."""
        return self.winner is not None and self.winner.difference(self.entry, "mean").high < 0

    def __str__(self) -> str:
        if self.winner is None:
            if self.entry.held.value("mean") == 0.0:
                why = "its κ is zero, and nothing lies below; a code that corrects errors adds nothing to meaning"
            elif self.rivals:
                why = f"{self.rivals} of the front were better on the searched half, and none on the held-out one"
            else:
                why = "no point of the front has a lower mean κ at equal or better fidelity and no more tokens"
            return f"{self.entry.spec} is not dominated: {why}"
        d, n = self.winner.difference(self.entry, "mean"), self._pairs()
        pairs = ", ".join(
            f"{name} {_short(self.winner.held.value(c))} against {_short(self.entry.held.value(c))}"
            for c, name in (("mean", "mean κ"), ("fidelity", "fidelity error"), ("tokens", "tokens"))
        )
        if n < 2:
            decision = f"{n or 'no'} expression has κ under both, so this is not decided"
        elif not np.isfinite(d.low):
            decision = f"κ differs by {d.value:+.3f}, without an interval, so this is not decided"
        else:
            note = "" if self.decided else "; the interval holds zero, so this is not decided"
            decision = f"κ differs by {d.value:+.3f}, 95 % interval {d.low:+.3f} to {d.high:+.3f}, n = {n}{note}"
        return f"{self.entry.spec} is dominated by {self.winner.spec}: {pairs} ({decision})"

    def _pairs(self) -> int:
        """Expressions of which the interval of the difference is made."""
        if self.winner is None:
            return 0
        ours, theirs = self.winner.held.own("mean"), self.entry.held.own("mean")
        return int((np.isfinite(ours) & np.isfinite(theirs)).sum())


def dominance(entry: Entry, front: Sequence[Entry]) -> Dominance:
    """What the front has over one entry of the line-up."""
    rivals = [e for e in front if _better(e.searched, entry.searched)]
    rivals.sort(key=lambda e: (e.searched.value("mean"), e.spec))
    winner = next((e for e in rivals if _better(e.held, entry.held)), None)
    return Dominance(entry, winner, len(rivals))


def _better(a: Measurement, b: Measurement) -> bool:
    """κ is compared over the expressions that have one under both. Comparisons with NaN are false: what could not be measured
    dominates nothing, and is not dominated.

    Fidelity errors that differ by less than what behaviors are simulated to are equal: a rewrite that adds in another order moves
    a trajectory in its last bits.
    """
    apart = a.own("mean") - b.own("mean")
    both = apart[~np.isnan(apart)]
    return (
        len(both) > 0
        and float(both.mean()) < 0.0
        and a.value("fidelity") <= b.value("fidelity") + NO_LOSS
        and a.value("tokens") <= b.value("tokens")
    )


def _short(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "none"
