"""What trainings on tables of the code dial say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from ...tables.column import Row
from ..verdict import INTEREST, Slope, not_learned, slope, verdict
from .learning import ENDS, STATED

OUTCOMES = {"quality_share": "normalized Q", "copy_examples": "doublings of the examples to copy"}
"""What is judged: the first is what the study asks, the other is shown beside it."""


def judged(rows: Sequence[Mapping[str, float | str]], outcome: str = "quality_share", role: str = "main") -> Slope:
    """The slope over the trainings of a role, whose tables are all arbitrary, on the level of each one's own table, with how
    early words say what their numbers are held, and its square: what is lost by it need not be in proportion. That of the main
    ones is tested. Rows need `role`, `kappa`, `early` and the outcome. Raises ValueError for too few."""
    own = [row for row in rows if row["role"] == role]
    column = {name: [float(row[name]) for row in own] for name in ("kappa", "early", outcome)}
    return slope(column[outcome], column["kappa"], [column["early"], [e**2 for e in column["early"]]])


def outcome_values(rows: Sequence[Row], outcome: str) -> list[Row]:
    """Rows that have an outcome, with it as it is judged: examples in doublings."""
    known = [row for row in rows if row[outcome] is not None and (outcome != "copy_examples" or row["copied"] is not None)]
    return [row | {outcome: math.log2(row[outcome])} for row in known] if outcome == "copy_examples" else known


def slopes(rows: Sequence[Row]) -> dict[str, Slope | None]:
    """The slope on κ̄ of each of `OUTCOMES`; None where there are too few trainings."""
    found: dict[str, Slope | None] = {}
    for outcome in OUTCOMES:
        try:
            found[outcome] = judged(outcome_values(rows, outcome), outcome)
        except ValueError:
            found[outcome] = None
    return found


def said(rows: Sequence[Row], planned: int) -> list[str]:
    """What the rows say, in sentences."""
    found = slopes(rows)
    first = found["quality_share"]
    if len(rows) < planned:
        return [f"Not finished: {len(rows)} of {planned} trainings are there, and no verdict is given before all are."]
    if first is None:
        return ["Undecided: too few trainings of arbitrary tables have a quality to estimate a slope from."]
    own = [row for row in outcome_values(rows, "quality_share") if row["role"] == "main"]
    if poor := not_learned([row["quality_share"] for row in own], [row["kappa"] for row in own]):
        return poor
    low, high = first.limits()
    words = f"{first.value / 10:+.3f} ({low / 10:+.3f} to {high / 10:+.3f}) of normalized Q for 0.1 of κ̄ within words"
    sentences = [
        f"That Q falls where κ̄ alone is turned up, at this budget: {verdict(first)}. {words}, over {len(own)} trainings, each on "
        f"an arbitrary table of its own; a slope within ±{INTEREST / 10:g} is taken for nothing.",
        "A recoding leaves the best predictor as it is: this says something of sample efficiency and capacity, nothing of a "
        "ceiling that more data would not lift.",
    ]
    if (second := found["copy_examples"]) is not None:
        low, high = second.limits()
        sentences.append(
            f"Beside it, tested by nothing: {second.value / 10:+.2f} ({low / 10:+.2f} to {high / 10:+.2f}) doublings of the "
            "examples that copying a table takes for 0.1 of κ̄."
        )
    sentences += [*_corrected(rows), *_longer(rows)]
    failed = [row for row in rows if row["status"] != "ok"]
    if failed:
        sentences.append(f"{len(failed)} of {len(rows)} trainings gave no quality and are left out of it: see their status.")
    return sentences


def _corrected(rows: Sequence[Row]) -> list[str]:
    """Of the error-correcting control, at the same levels: its slope, less that of the main tables."""
    try:
        found, main = (judged(outcome_values(rows, "quality_share"), role=role) for role in ("corrected", "main"))
    except ValueError:
        return []
    apart = Slope(found.value - main.value, math.hypot(found.error, main.error), min(found.freedom, main.freedom))
    value, other = (f"{one.value / 10:+.3f} ({_interval(one)})" for one in (found, apart))
    return [
        "The control, tested by nothing: where each token is sent three times, so that every edit of one token is corrected and "
        f"κ̄ over token edits is 0 at every level, the slope on the table's own level is {value} of normalized Q for 0.1; less "
        f"the tested one {other}. Sequences are three times as long there, so that levels of Q do not compare."
    ]


def _interval(found: Slope) -> str:
    low, high = found.limits()
    return f"{low / 10:+.3f} to {high / 10:+.3f}"


def _longer(rows: Sequence[Row]) -> list[str]:
    """Whether the gap between the lowest and the highest level closes."""
    levels: dict[str, list[Row]] = {}
    whole = [r for r in rows if r["role"] == "longer" and r["status"] == "ok" and None not in [r[f"share_{n}"] for n in ENDS]]
    for row in sorted(whole, key=lambda r: r["kappa"]):
        levels.setdefault(row["level"], []).append(row)
    if len(levels) != 2:
        return []
    low, high = levels.values()
    each = [[fmean(row[f"share_{n}"] for row in own) for own in (low, high)] for n in ENDS]
    gaps = ", ".join(f"{a:.3f} and {b:.3f} at {n}" for n, (a, b) in zip(ENDS, each, strict=True))
    return [
        f"What longer training does, tested by nothing ({len(low)} and {len(high)} trainings, of which others of one level "
        f"differ as the figure shows): normalized Q of tables of the lowest and the highest level is {gaps} times the budget; "
        f"examples after copying until it is {STATED:g}: {_examples(low)} and {_examples(high)}."
    ]


def _examples(rows: Sequence[Row]) -> str:
    """At the first end that was looked at, it may have been reached before."""
    known = [row["examples_to"] for row in rows if row["examples_to"] is not None]
    if len(known) < len(rows):
        return "not reached by all"
    soon = "at most " if any(row["share_1"] >= STATED for row in rows) else ""
    return f"{soon}{2 ** fmean(map(math.log2, known)):,.0f}"
