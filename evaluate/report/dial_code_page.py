"""What a page of the code dial says besides what pages of all dials do."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..dials.code.codes import KINDS
from ..dials.code.plan import CodePlan
from ..study.ledger import MISSING
from ..tables.column import Row
from ..tables.dials import CODE_DIAL

_SHOWN = ("kappa", "early", "arbitrary", "copy_examples", "bits", "quality", "quality_share")
_HOW = """Coefficients are drawn uniformly from {words} values and written in words of {places} tokens of {base}. A table says
which value a word means; vocabulary, length, validity and the entropy of whole sequences are the same under all. Main tables are
arbitrary: random ones, swapped until their level is a stated one, and such whose digits are permuted differently under whatever
stands before them. A model first copies values shown without noise until it writes {copied:.0%} of the words right, and is then
trained on expressions. The tested slope is that on κ̄ among main tables, with how early words say what their numbers are, and its
square, held."""


def parts(plan: CodePlan, rows: Sequence[Row]) -> tuple[str, ...]:
    """Behind the sentences and figures: the levels, and how they are made."""
    shape = plan.design.shape
    how = " ".join(_HOW.split()).format(words=shape.words, places=shape.places, base=shape.base, copied=plan.copied)
    kinds = "\n".join(f"- *{kind.name}* ({kind.role}): {kind.words}" for kind in KINDS.values())
    return ("## Levels", _levels(rows), kinds, "## How", how)


def _levels(rows: Sequence[Row]) -> str:
    """Means over the trainings of a level."""
    columns = [CODE_DIAL[name] for name in _SHOWN]
    lines = [
        "| level | role | trainings | " + " | ".join(c.title for c in columns) + " |",
        "|---|---|" + "---:|" * (1 + len(columns)),
    ]
    levels: dict[str, list[Row]] = {}
    for row in rows:
        levels.setdefault(row["level"], []).append(row)
    for name, own in sorted(levels.items(), key=lambda pair: fmean(row["kappa"] for row in pair[1])):
        cells = []
        for column in columns:
            values = [row[column.name] for row in own if row[column.name] is not None]
            cells.append(format(fmean(values), f",.{0 if column.kind is int else column.digits}f") if values else MISSING)
        lines.append(f"| {name} | {own[0]['role']} | {len(own)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
