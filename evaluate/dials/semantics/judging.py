"""What trainings at several levels of φ say, crossed: what is observed against what is scored.

*mechanical*: observed at one level, the middle one, and scored at every one, so that one model's answers are read through ever
rougher φ. *information*: scored at the middle level, observed at every one. *both*: observed and scored at the same level. The
unit is the seed: its trainings have batches and noise in common over all levels. Each gives one slope on κ̄ over the levels of
every family, the mean over families is the seed's, and Student's interval is over seeds.

What is tested is *both*, beyond the errors of the same seed's model of the middle level, planted and scored at each: what rougher
φ makes of the same errors counts for nothing, and that a model errs oftener or worse where φ is rougher counts. Errors planted at
each level's own rates would take the second off as well, and only leave whether errors depend on what was observed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from ...tables.column import Row
from ..verdict import INTEREST, Slope, mean_over_seeds, not_learned, verdict
from .plan import SemanticsPlan

Points = Sequence[tuple[float, float]]
Value = Callable[[Mapping[str, Any]], float]

CROSSINGS = {
    "mechanical": "observed at the middle level, scored at every one",
    "information": "scored at the middle level, observed at every one",
    "both": "observed and scored at the same level",
}


def gain(row: Mapping[str, Any]) -> float:
    """Q beyond that of planted errors, as a share of what is attainable."""
    return float((row["quality"] - row["planted"]) / row["attainable"])


def normalized(row: Mapping[str, Any]) -> float:
    """Q as a share of what is attainable."""
    return float(row["quality"] / row["attainable"])


def middle(rows: Iterable[Mapping[str, Any]]) -> float:
    """The level of a family's that (a) observes and (b) scores."""
    levels = sorted({row["observed"] for row in rows})
    return float(levels[len(levels) // 2])


def crossed(rows: Sequence[Row], crossing: str) -> list[Row]:
    """The rows of one of `CROSSINGS`, of one family, by level."""
    at = middle(rows)
    there: dict[str, Callable[[Row], bool]] = {
        "mechanical": lambda row: row["observed"] == at,
        "information": lambda row: row["scored"] == at,
        "both": lambda row: row["observed"] == row["scored"],
    }
    return sorted((row for row in rows if there[crossing](row)), key=lambda row: (row["observed"], row["scored"]))


def slopes(rows: Sequence[Row], crossing: str = "both", value: Value = gain) -> dict[str, dict[int, float]]:
    """Family -> seed -> its slope of `value` on κ̄ over the levels. A seed without the quality of some training has none."""
    found: dict[str, dict[int, float]] = {}
    for family in dict.fromkeys(row["family"] for row in rows):
        own = crossed([row for row in rows if row["family"] == family], crossing)
        predictor = "kappa_observed" if crossing == "information" else "kappa"
        seeds, levels = sorted({row["seed"] for row in own}), len({row[predictor] for row in own})
        points = {s: [row for row in own if row["seed"] == s] for s in seeds}
        found[family] = {
            s: _fitted([(row[predictor], value(row)) for row in those])
            for s, those in points.items()
            if len(those) == levels > 1 and all(row["quality"] is not None and row["planted"] is not None for row in those)
        }
    return found


def _fitted(points: Points) -> float:
    x, y = np.array(points).T
    x = x - x.mean()
    return float((x * y).sum() / (x**2).sum())


def over_seeds(found: Mapping[str, Mapping[int, float]]) -> Slope:
    """The mean over seeds of the mean over families, of seeds that all families have. Raises ValueError for fewer than two."""
    seeds = set.intersection(*(set(own) for own in found.values())) if found else set()
    return mean_over_seeds([fmean(own[seed] for own in found.values()) for seed in sorted(seeds)])


def judged(rows: Sequence[Row], crossing: str = "both", value: Value = gain) -> Slope | None:
    """The slope of `value`; None where there are too few seeds."""
    try:
        return over_seeds(slopes(rows, crossing, value))
    except ValueError:
        return None


def main_slope(rows: Sequence[Row]) -> Slope | None:
    """The slope that the verdict is on; None where there are too few seeds."""
    return judged(against_middle(rows))


def against_middle(rows: Sequence[Mapping[str, Any]], column: str = "planted") -> list[Row]:
    """What is observed and scored at the same level, with what the same seed's model of the middle level has there in the place
    of planted errors: by default, its own ones planted."""
    at = {family: middle(row for row in rows if row["family"] == family) for family in {row["family"] for row in rows}}
    fixed = {(r["family"], r["seed"], r["scored"]): r[column] for r in rows if r["observed"] == at[r["family"]]}
    own = [row for row in rows if row["observed"] == row["scored"]]
    return [dict(row) | {"planted": fixed.get((row["family"], row["seed"], row["scored"]))} for row in own]


def unlike(rows: Sequence[Row]) -> list[str]:
    """What should have been the same at every level, and was not."""
    wrong = []
    sequences: dict[tuple[str, int], set[str]] = {}
    weights: dict[int, set[str]] = {}
    for row in rows:
        sequences.setdefault((row["family"], row["seed"]), set()).add(row["sequences"])
        weights.setdefault(row["draw"], set()).add(row["weights"] or "")
    wrong += [f"sequences and batches of {f}, seed {s}" for (f, s), told in sequences.items() if len(told) > 1]
    return wrong + [f"weights of training {draw}" for draw, told in weights.items() if len(told) > 1]


def _in_words(found: Slope, of: str) -> str:
    low, high = found.limits()
    return f"{found.value / 10:+.3f} ({low / 10:+.3f} to {high / 10:+.3f}) {of} for 0.1 of κ̄"


def said(rows: Sequence[Row], plan: SemanticsPlan) -> list[str]:
    """What the rows say, in sentences."""
    draws, planned = len({row["draw"] for row in rows}), len(plan.trainings)
    if draws < planned:
        return [f"Not finished: {draws} of {planned} trainings are there, and no verdict is given before all are."]
    if wrong := unlike(rows):
        return [f"No verdict: what should be the same at every level was not ({'; '.join(wrong[:4])})."]
    failed = {row["draw"] for row in rows if row["status"] != "ok"}
    left_out = (
        [f"{len(failed)} of {draws} trainings gave no quality: see their status; their seeds are left out."] if failed else []
    )
    first = main_slope(rows)
    if first is None:
        return ["Undecided: fewer than two seeds have a quality at every level.", *left_out]
    own = [row for row in crossed(rows, "both") if row["quality"] is not None]
    above = [(row["quality"] - row["prior"]) / row["attainable"] for row in own]
    if poor := not_learned(above, [row["kappa"] for row in own]):
        return [*poor, *left_out]
    seeds = first.freedom + 1
    return [
        f"That Q falls where the roughness of φ alone is turned up, at this budget: {verdict(first)}. "
        f"{_in_words(first, 'of attainable Q')}, beyond the middle level's errors planted in other tests, over {seeds} seeds of "
        f"{len(plan.families)} families; a slope within ±{INTEREST / 10:g} is taken for nothing.",
        "Planted errors are those of the same seed's model of the middle level, as many and as large at every level: what φ "
        "makes of the same errors counts for nothing, and that a model errs oftener or worse where φ is rougher counts.",
        *_beside(rows),
        _turned(rows),
        *left_out,
    ]


def _turned(rows: Sequence[Row]) -> str:
    """By how much κ̄ was turned, over the edits that are turned and over all."""
    told = []
    for family in dict.fromkeys(row["family"] for row in rows):
        own = [row for row in rows if row["family"] == family]
        ends = min(own, key=lambda row: row["scored"]), max(own, key=lambda row: row["scored"])
        few, every = (f"{ends[0][name]:.2f} to {ends[1][name]:.2f}" for name in ("kappa", "kappa_edits"))
        told.append(f"{family} {few} ({every})")
    return f"κ̄ over substitutions of a coefficient's tokens (over all edits), first level to last: {'; '.join(told)}."


def _beside(rows: Sequence[Row]) -> list[str]:
    """Other slopes, which nothing tests."""
    told = [(f"{name} ({words})", judged(rows, name, normalized)) for name, words in CROSSINGS.items()]
    sentences = [
        f"Beside it, tested by nothing, of Q as a share of the attainable: {words}: {_in_words(found, 'of it')}."
        for words, found in told
        if found is not None
    ]
    for words, more in (
        ("beyond errors planted at each level's own rates (which leaves errors by what was observed)", judged(rows)),
        ("both less mechanical (the model of the middle level, scored at each)", judged(against_middle(rows, "quality"))),
    ):
        if more is not None:
            sentences.append(f"Tested by nothing, {words}: {_in_words(more, 'of attainable Q')}.")
    return sentences
