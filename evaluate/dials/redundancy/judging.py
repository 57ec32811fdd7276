"""What trainings with more and fewer synonyms say.

What is tested is the slope of normalized Q on κ̄ among levels whose synonyms are written, as words of a language are. There κ̄ and
the free choice among synonyms go together (their correlation is nearly -1), so what is found is of redundancy as it comes, choice
included: a Q that rises with it may rise by either. Synonyms that are only read turn κ̄ over uniform edits alone, by tokens that a
model never meets: what is learned is the same, so a slope there would be one of κ̄'s definition, and none is expected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...tables.column import Row
from ..verdict import INTEREST, Slope, not_learned, slope, verdict
from .plan import RedundancyPlan

ARMS = {"written": "yes", "silent": "no"}


def judged(rows: Sequence[Mapping[str, Any]], arm: str = "written") -> Slope:
    """The slope of normalized Q on κ̄ within words in one of `ARMS`; level 0, at which there are no synonyms, belongs to both.
    That of the first is tested. Raises ValueError for too few trainings."""
    own = of_arm(rows, arm)
    return slope([float(row["quality_share"]) for row in own], [float(row["kappa"]) for row in own], [])


def of_arm(rows: Sequence[Mapping[str, Any]], arm: str) -> list[Mapping[str, Any]]:
    """Its trainings, and those of level 0, that have a quality."""
    return [r for r in rows if r["quality_share"] is not None and (r["written"] == ARMS[arm] or not r["synonyms"])]


def slopes(rows: Sequence[Row]) -> dict[str, Slope | None]:
    """`judged` of each arm; None where there are too few trainings."""
    found: dict[str, Slope | None] = {}
    for arm in ARMS:
        try:
            found[arm] = judged(rows, arm)
        except ValueError:
            found[arm] = None
    return found


def said(rows: Sequence[Row], plan: RedundancyPlan) -> list[str]:
    """What the rows say, in sentences."""
    planned = len(plan.design.numbered)
    if len(rows) < planned:
        return [f"Not finished: {len(rows)} of {planned} trainings are there, and no verdict is given before all are."]
    if len({(row["vocabulary"], row["validity"]) for row in rows}) > 1:
        return ["No verdict: vocabulary or validity is not the same at every level, so more than κ̄ was turned."]
    found, own = slopes(rows), of_arm(rows, "written")
    first, second = found["written"], found["silent"]
    if first is None:
        return ["Undecided: too few trainings with written synonyms have a quality to estimate a slope from."]
    if poor := not_learned([row["quality_share"] for row in own], [row["kappa"] for row in own]):
        return poor
    sentences = [
        f"That Q falls where κ̄ is turned up by fewer synonyms, so that redundancy helps, at this budget: {verdict(first)}. "
        f"{_in_words(first)} of normalized Q for 0.1 of κ̄ within words, over {len(own)} trainings whose synonyms are written; a "
        f"slope within ±{INTEREST / 10:g} is taken for nothing.",
        "With synonyms comes a free choice among them, which a model has to learn to be free; the two are not told apart here. "
        "Vocabulary, length and validity are the same at every level. Nothing is said of a ceiling that more data would not "
        "lift.",
    ]
    if second is not None:
        sentences.append(
            f"Beside it, tested by nothing: {_in_words(second)} where synonyms are only read, so that κ̄ over uniform edits falls "
            "as much by tokens that no model meets."
        )
    failed = [row for row in rows if row["status"] != "ok"]
    if failed:
        sentences.append(f"{len(failed)} of {len(rows)} trainings gave no quality and are left out of it: see their status.")
    return sentences


def _in_words(found: Slope) -> str:
    low, high = found.limits()
    return f"{found.value / 10:+.3f} ({low / 10:+.3f} to {high / 10:+.3f})"
