"""What a page of the semantics dial says besides what pages of all dials do."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..dials.semantics.judging import CROSSINGS, judged, main_slope, normalized
from ..dials.semantics.plan import SemanticsPlan
from ..study.ledger import MISSING
from ..tables.column import Row
from ..tables.dials import SEMANTICS_DIAL

_SHOWN = (
    "kappa", "kappa_edits", "bits", "quality", "drawn", "right", "planted", "retrieval", "prior", "attainable", "posterior",
)  # fmt: skip
_HOW = """All expressions of a family are enumerated: {words} values for each coefficient, written in words of {places} tokens of
{base}. A level is a horizon: what is observed is the noisy behavior up to it, what is scored is the distance of behaviors up to
it. Expressions, tokens, batches, noise, model and first weights of a seed are the same at every level. Expressions are split by
chance, and not by behavior, as what is near depends on the level: retrieval says what that is worth. Planted errors are by how
many ranks the model moved the coefficients of a test expression, given to another one. The attainable is the best answer by the
exact posterior over all expressions given the noisy observation, for the level that is scored; a draw from that posterior is
where next-token prediction ends with unlimited data."""
_UNDER = "Of attainable Q for 0.1 of κ̄, with standard errors over seeds; the first is tested, over all families."


def parts(plan: SemanticsPlan, rows: Sequence[Row]) -> tuple[str, ...]:
    """Behind the sentences and figures: levels and crossings of each family, and how they are made."""
    how = " ".join(_HOW.split()).format(words=plan.shape.words, places=plan.places, base=plan.base)
    told = [text for family in plan.families for text in _of_family(family.name, family.text, rows)]
    crossings = "\n".join(f"- *{name}*: {meant}" for name, meant in CROSSINGS.items())
    return (*told, "## Slopes", _slopes(rows), _UNDER, crossings, "## How", how)


def _of_family(name: str, text: str, rows: Sequence[Row]) -> tuple[str, ...]:
    own = [row for row in rows if row["family"] == name]
    if not own:
        return ()
    return (f"## {name}", f"`{text}`", "Observed and scored at the same level:", _levels(own), "Q by both:", _crossed(own))


def _mean(rows: Sequence[Row], name: str, digits: int = 3) -> str:
    known = [row[name] for row in rows if row[name] is not None]
    return format(fmean(known), f",.{digits}f") if known else MISSING


def _levels(rows: Sequence[Row]) -> str:
    """Means over seeds, by level."""
    columns = [SEMANTICS_DIAL[name] for name in _SHOWN]
    lines = ["| level | seeds | " + " | ".join(c.title for c in columns) + " |", "|" + "---:|" * (2 + len(columns))]
    for level in sorted({row["scored"] for row in rows}):
        own = [row for row in rows if row["scored"] == level == row["observed"]]
        cells = [_mean(own, column.name, column.digits) for column in columns]
        lines.append(f"| {level:g} | {len(own)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _crossed(rows: Sequence[Row]) -> str:
    """The model's Q, means over seeds: a line for what is observed, a column for what is scored."""
    levels = sorted({row["scored"] for row in rows})
    heads = " | ".join(f"scored to {level:g}" for level in levels)
    lines = [f"| observed to | {heads} |", "|" + "---:|" * (1 + len(levels))]
    for observed in levels:
        cells = [
            _mean([row for row in rows if row["observed"] == observed and row["scored"] == scored], "quality")
            for scored in levels
        ]
        lines.append(f"| {observed:g} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _slopes(rows: Sequence[Row]) -> str:
    """By family and crossing, for 0.1 of κ̄, each by its seeds alone."""
    families = list(dict.fromkeys(row["family"] for row in rows))
    heads = " | ".join(("tested: beyond the middle level's errors", *CROSSINGS))
    lines = [f"| family | {heads} |", "|---|" + "---:|" * (1 + len(CROSSINGS))]
    for family in families:
        own = [row for row in rows if row["family"] == family]
        found = [main_slope(own), *(judged(own, name, normalized) for name in CROSSINGS)]
        cells = [MISSING if one is None else f"{one.value / 10:+.3f} ± {one.error / 10:.3f}" for one in found]
        lines.append(f"| {family} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
