"""What trainings with more and fewer synonyms say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...tables.column import Row
from ..verdict import INTEREST, Slope, not_learned, slope, verdict
from .plan import RedundancyPlan

ARMS = {"written": "yes", "silent": "no"}
"""Synonyms that are written, as words of a language are; and such as are only read, so that κ̄ falls as much and nothing else
changes."""


def judged(rows: Sequence[Mapping[str, Any]]) -> Slope:
    """The tested slope: of normalized Q on κ̄ within words over all trainings, with the bits of the free choice among synonyms
    held, their square, and whether there are any: what free choice costs need not be in proportion. Written synonyms turn κ̄ and
    choice, silent ones κ̄ alone, so that the two are told apart. Raises ValueError where they are not."""
    column = {name: [float(row[name]) for row in rows] for name in ("quality_share", "kappa", "choice")}
    choice = column["choice"]
    return slope(column["quality_share"], column["kappa"], [choice, [c**2 for c in choice], [float(c > 0) for c in choice]])


def of_arm(rows: Sequence[Mapping[str, Any]], arm: str) -> Slope:
    """The slope on κ̄ within one of `ARMS`; level 0, at which there are no synonyms, belongs to both. Raises ValueError for too
    few trainings."""
    own = [row for row in rows if row["written"] == ARMS[arm] or not row["synonyms"]]
    return slope([float(row["quality_share"]) for row in own], [float(row["kappa"]) for row in own], [])


def slopes(rows: Sequence[Row]) -> dict[str, Slope | None]:
    """`judged`, under "all", and `of_arm`, of the trainings that have a quality; None where there are too few."""
    known = [row for row in rows if row["quality_share"] is not None]
    found: dict[str, Slope | None] = {}
    for name in ("all", *ARMS):
        try:
            found[name] = judged(known) if name == "all" else of_arm(known, name)
        except ValueError:
            found[name] = None
    return found


def said(rows: Sequence[Row], plan: RedundancyPlan) -> list[str]:
    """What the rows say, in sentences."""
    planned = len(plan.design.numbered)
    if len(rows) < planned:
        return [f"Not finished: {len(rows)} of {planned} trainings are there, and no verdict is given before all are."]
    if len({(row["vocabulary"], row["validity"]) for row in rows}) > 1:
        return ["No verdict: vocabulary or validity is not the same at every level, so more than κ̄ was turned."]
    found = slopes(rows)
    first = found["all"]
    if first is None:
        return ["Undecided: too few trainings have a quality to estimate a slope from."]
    if poor := not_learned([row["quality_share"] for row in rows if row["quality_share"] is not None]):
        return poor
    sentences = [
        f"That Q falls where κ̄ alone is turned up, by fewer synonyms, at this budget: {verdict(first)}. {_in_words(first)} of "
        f"normalized Q for 0.1 of κ̄ within words, over {len(rows)} trainings, with the bits of the free choice among synonyms "
        f"held; a slope within ±{INTEREST / 10:g} is taken for nothing.",
        "Vocabulary, length and validity are the same at every level; what is turned says something of sample efficiency and "
        "capacity, nothing of a ceiling that more data would not lift.",
    ]
    arms = [f"{_in_words(one)} where synonyms are {name}" for name in ARMS if (one := found[name]) is not None]
    if arms:
        sentences.append(f"Beside it, tested by nothing: {'; '.join(arms)}.")
    failed = [row for row in rows if row["status"] != "ok"]
    if failed:
        sentences.append(f"{len(failed)} of {len(rows)} trainings gave no quality and are left out of it: see their status.")
    return sentences


def _in_words(found: Slope) -> str:
    low, high = found.limits()
    return f"{found.value / 10:+.3f} ({low / 10:+.3f} to {high / 10:+.3f})"
