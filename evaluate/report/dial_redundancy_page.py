"""What a page of the redundancy dial says besides what pages of all dials do."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..dials.redundancy.plan import RedundancyPlan
from ..study.ledger import MISSING
from ..tables.column import Row
from ..tables.dials import REDUNDANCY_DIAL
from .table import markdown

_SHOWN = ("kappa", "redundancy", "kappa_edits", "validity", "choice", "bits", "bits_beyond", "quality", "quality_share")
_HOW = """Coefficients are drawn uniformly from {drawn} values and written in words of {places} tokens, each place with {base}
digits and one that no coefficient has, the idle one, with which a word means a number far below all of them. For each digit there
are {added} tokens more, at every level. At first they all say what the idle digit of their place says; a level gives so many
digits, drawn anew for each training, theirs as synonyms. Written: each is as often written as the digit itself, whatever stands
beside it; silent: it is read, and never written, so that κ̄ falls as much and nothing else changes. The tested slope is that on κ̄
within words among trainings whose synonyms are written, level 0 with them."""


def parts(plan: RedundancyPlan, rows: Sequence[Row]) -> tuple[str, ...]:
    """Behind the sentences and figures: the levels, and how they are made."""
    design = plan.design
    how = " ".join(_HOW.split())
    told = how.format(drawn=len(design.drawn), places=design.shape.places, base=design.shape.base, added=design.added)
    return ("## Levels", _levels(rows), "## How", told)


def _levels(rows: Sequence[Row]) -> str:
    """Means over the trainings of a level."""
    columns = [REDUNDANCY_DIAL[name] for name in _SHOWN]
    levels: dict[tuple[str, int], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["written"] == "no", row["synonyms"])):
        levels.setdefault((row["written"], row["synonyms"]), []).append(row)
    lines = []
    for (written, synonyms), own in levels.items():
        known = [[row[column.name] for row in own if row[column.name] is not None] for column in columns]
        cells = [f"{fmean(v):,.{c.digits}f}" if v else MISSING for c, v in zip(columns, known, strict=True)]
        lines.append([str(synonyms), written, str(len(own)), *cells])
    return markdown(("digits with synonyms", "written", "trainings", *(c.title for c in columns)), lines, words=2)
