"""What trainings say of regions: whether Q is lower where an expression's own κ is higher, beyond what needs no model.

κ(s) and q(s) are both read through φ, so that q falls with κ(s) wherever anything errs. So within each training q of the model,
and of each control, is regressed on κ(s), with size, depth, tokens and the distance to the nearest training behavior held, and
the control's slope is taken off the model's. The unit is the seed: its tasks are drawn anew, the mean over its trainings is the
seed's, and Student's interval is over seeds. (A mixed model with an intercept and a slope for each training, estimated in two
steps.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...statistics.estimate import LEVEL
from ..verdict import INTEREST, Slope, mean_over_seeds, verdict
from .plan import RegionPlan

Floats = NDArray[np.float64]
Rows = Sequence[Mapping[str, Any]]

CONTROLS = {
    "planted": "the truth with token edits, equally frequent everywhere, as many as cost what the model's errors cost",
    "retrieval": "the training expression whose observation is nearest",
    "prior": "expressions drawn from training",
}
_HELD = ("size", "depth", "tokens")
_NEAR = 1e-4
"""Added to distances before their logarithm is taken: two behaviors nearer than this are as good as equal."""


def usable(row: Mapping[str, Any]) -> bool:
    """Whether an item has all that the regression needs: a κ(s), and a q of everything."""
    return all(row[name] is not None for name in ("kappa", "quality", "nearest", *CONTROLS))


def training_slopes(rows: Rows) -> dict[str, float]:
    """Of the items of one training: the slope on κ(s) of the model's q and of each control's, as a share of what there is between
    prior and ceiling. Empty where too few items, or no spread, determine it."""
    known = [row for row in rows if usable(row)]
    names = ("kappa", *_HELD, "nearest", "ceiling", "quality", *CONTROLS)
    return fitted({name: np.array([row[name] for row in known], dtype=float) for name in names})


def fitted(columns: Mapping[str, Floats]) -> dict[str, float]:
    """As `training_slopes`, of columns (n,)."""
    kappa = columns["kappa"]
    held = [columns[name] for name in _HELD] + [np.log10(columns["nearest"] + _NEAR)]
    x = np.column_stack([kappa, np.ones(len(kappa)), *(h - h.mean() for h in held if len(h) and np.ptp(h) > 0)])
    if len(kappa) <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        return {}
    between = float(columns["ceiling"].mean() - columns["prior"].mean())
    if between <= 0:
        return {}
    y = np.column_stack([columns[name] for name in ("quality", *CONTROLS)])
    beta = np.linalg.lstsq(x, y, rcond=None)[0][0]
    return {name: float(b / between) for name, b in zip(("quality", *CONTROLS), beta, strict=True)}


def slopes(rows: Rows) -> dict[tuple[str, str, int], dict[str, float]]:
    """(domain, representation, seed) -> `training_slopes`, of trainings that have them."""
    trainings: dict[tuple[str, str, int], list[Mapping[str, Any]]] = {}
    for row in rows:
        trainings.setdefault((row["domain"], row["representation"], row["seed"]), []).append(row)
    return {key: found for key, own in trainings.items() if (found := training_slopes(own))}


def judged(rows: Rows) -> dict[str, Slope] | None:
    """The model's slope less each control's, over the seeds all of whose trainings have one; None for fewer than two."""
    found = slopes(rows)
    each = {(row["domain"], row["representation"]) for row in rows}
    seeds = [[found.get((*one, seed)) for one in each] for seed in sorted({row["seed"] for row in rows})]
    whole = [[one for one in own if one is not None] for own in seeds if None not in own]
    try:
        return {c: mean_over_seeds([fmean(one["quality"] - one[c] for one in own) for own in whole]) for c in CONTROLS}
    except ValueError:
        return None


def outcome(found: Sequence[Slope], interest: float = INTEREST) -> str:
    """The verdict on the hypothesis that q falls with κ(s) beyond every control.

    Supported, or contradicted: so beyond each of them, so that none has to be chosen. Equivalent to nothing: beyond some control
    the slope is not as steep as the smallest one of interest; which one is not said beforehand, so the 5 % are shared out.
    """
    each = [verdict(one, interest) for one in found]
    if all(one.limits()[1] < 0 for one in found) and "equivalent to nothing" not in each:
        return "supported"
    if all(one.limits()[0] > 0 for one in found):
        return "contradicted"
    shared = 1 - 2 * (1 - LEVEL) / len(found)
    return "equivalent to nothing" if any(one.limits(shared)[0] > -interest for one in found) else "undecided"


def below_chance(rows: Rows) -> list[str]:
    """Which representations, in which domain, have a mean q not above that of expressions drawn from training."""
    each: dict[str, list[float]] = {}
    for row in rows:
        if row["quality"] is not None:
            each.setdefault(f"{row['representation']} in {row['domain']}", []).append(row["quality"] - row["prior"])
    return [name for name, own in each.items() if fmean(own) <= 0]


def _in_words(found: Slope) -> str:
    low, high = found.limits()
    return f"{found.value / 10:+.3f} ({low / 10:+.3f} to {high / 10:+.3f})"


def said(rows: Rows, plan: RegionPlan) -> list[str]:
    """What the rows say, in sentences."""
    draws, planned = len({row["draw"] for row in rows}), len(plan.trainings)
    if draws < planned:
        return [f"Not finished: {draws} of {planned} trainings are there, and no verdict is given before all are."]
    if poor := below_chance(rows):
        return [f"No verdict: what has not learned says nothing of regions, and Q is not above the prior of {'; '.join(poor)}."]
    left_out = _left_out(rows)
    found = judged(rows)
    if found is None:
        return ["Undecided: fewer than two seeds have a slope in every training.", *left_out]
    told = "; ".join(f"{_in_words(one)} beyond {control}" for control, one in found.items())
    seeds = next(iter(found.values())).freedom + 1
    return [
        f"That Q is lower where an expression's own κ is higher, beyond what needs no model, at this budget: "
        f"{outcome(list(found.values()))}. Of normalized Q for 0.1 of κ(s): {told}; over {seeds} seeds of {len(plan.domains)} "
        f"domains and {len(plan.representations)} representations. Supported is what is so beyond each; a slope within "
        f"±{INTEREST / 10:g} is taken for nothing.",
        "Regions of one domain differ in more than κ(s), and what is held are size, depth, tokens and the distance to the "
        "nearest training behavior alone: this is a relation, and nothing was turned.",
        *left_out,
    ]


def _left_out(rows: Rows) -> list[str]:
    failed = {row["draw"]: row["status"] for row in rows if row["status"] != "ok"}
    lost = sum(not usable(row) for row in rows if row["status"] == "ok")
    told = [f"{len(failed)} trainings gave no quality: see their status; their seeds are left out."] if failed else []
    return told + ([f"{lost:,} of {len(rows):,} test expressions have no κ, and are left out."] if lost else [])
