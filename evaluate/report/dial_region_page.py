"""What a page of the region dial says besides what pages of all dials do."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..dials.region.judging import CONTROLS, slopes, usable
from ..dials.region.plan import RegionPlan
from ..study.ledger import MISSING
from ..tables.column import Row
from ..tables.dials import REGION_DIAL
from .table import markdown

_SHOWN = ("kappa", "tokens", "nearest", "quality", "planted", "retrieval", "prior", "ceiling")
_HOW = """A task of each domain and seed is drawn anew; all representations learn and are tested on the same. κ(s) is the mean
distance of {edits} drawn token edits of a test expression that decode, under the representation that writes it. In each
training q is regressed on κ(s) over the test expressions, by least squares, with size, depth, tokens and the logarithm of the
distance to the nearest training behavior held (of {nearest} training expressions that look most like the test), over what there
is between the prior and the round trip; so is q of every control, and its slope is taken off. The unit is the seed. Supported and
contradicted: the 95 % interval of each difference lies on that side of 0. Equivalent to nothing: beyond one control at least the
slope is not as steep as 0.02 for 0.1 of κ(s), at 5 % shared out over the controls."""
_UNDER = "Of normalized q for 0.1 of κ(s), means over seeds; what is beyond a control is the first less that one."


def parts(plan: RegionPlan, rows: Sequence[Row]) -> tuple[str, ...]:
    """Behind the sentences and figures: slopes and means, and how they are made."""
    how = " ".join(_HOW.split()).format(edits=plan.edits, nearest=plan.nearest)
    controls = "\n".join(f"- *{name}*: {meant}" for name, meant in CONTROLS.items())
    return ("## Slopes", _slopes(rows), _UNDER, controls, "## Means", _means(rows), "## How", how)


def _slopes(rows: Sequence[Row]) -> str:
    """By domain and representation, of the model and of every control."""
    found, lines = slopes(rows), []
    for domain, spec in dict.fromkeys(key[:2] for key in found):
        own = [one for key, one in found.items() if key[:2] == (domain, spec)]
        cells = [f"{fmean(one[name] for one in own) / 10:+.3f}" for name in ("quality", *CONTROLS)]
        lines.append([domain, f"`{spec}`", str(len(own)), *cells])
    return markdown(("domain", "representation", "seeds", "model", *CONTROLS), lines, words=2)


def _means(rows: Sequence[Row]) -> str:
    """By domain and representation, over the test expressions that are used."""
    columns = [REGION_DIAL[name] for name in _SHOWN]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["domain"], row["representation"]), []).append(row)
    lines = []
    for (domain, spec), every in groups.items():
        own = [row for row in every if usable(row)]
        cells = [format(fmean(row[c.name] for row in own), ".3f") if own else MISSING for c in columns]
        lines.append([domain, f"`{spec}`", f"{len(every):,}", f"{len(own):,}", *cells])
    return markdown(("domain", "representation", "tests", "used", *(c.title for c in columns)), lines, words=2)
