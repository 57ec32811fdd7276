"""index.md of a study that turns κ̄ alone, built from its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from ...grammars.files.write import write_text
from ..dials.codes import KINDS
from ..dials.design import numbered
from ..dials.plan import DialPlan
from ..dials.run import Dialed, said
from ..study.ledger import MISSING
from ..study.plan import STUDIES
from ..tables.column import Row
from ..tables.dials import DIAL
from .dial_figures import figures
from .style import write_svg

_SHOWN = ("kappa", "early", "arbitrary", "copy_examples", "bits", "quality", "quality_share")
_HOW = """Coefficients are drawn uniformly from {words} values and written in words of {places} tokens of {base}. A table says
which value a word means; vocabulary, length, validity and the entropy of whole sequences are the same under all. Main tables are
arbitrary: random ones, swapped until their level is a stated one, and such whose digits are permuted differently under whatever
stands before them. A model first copies values shown without noise until it writes {copied:.0%} of the words right, and is then
trained on expressions. The tested slope is that on κ̄ among main tables, with how early words say what their numbers are, and its
square, held."""


def write_dial_page(folder: Path, header: Mapping[str, Any], rows: Sequence[Row]) -> Dialed:
    """Figures and index.md of a study, from its rows."""
    plan = DialPlan.from_dict(header["arguments"])
    charts = figures({"trainings": rows})
    for name, (_, chart) in charts.items():
        write_svg(chart, folder / f"{name}.svg")
    sentences = said(rows, len(numbered(plan.design)))
    title = STUDIES[header["study"]].title
    shape = plan.design.shape
    how = " ".join(_HOW.split()).format(words=shape.words, places=shape.places, base=shape.base, copied=plan.copied)
    parts = [
        f"# {title}",
        "Made by a command, from the table beside this page.",
        "\n".join(f"- {sentence}" for sentence in sentences),
        *(f"![{caption}]({name}.svg)" for name, (caption, _) in charts.items()),
        "## Levels",
        _levels(rows),
        "\n".join(f"- *{kind.name}* ({kind.role}): {kind.words}" for kind in KINDS.values()),
        "## How",
        how,
        f"`{header['repeat']}`; trained in {header['precision']}.",
    ]
    write_text(folder / "index.md", "\n\n".join(parts) + "\n")
    return Dialed(folder, tuple(rows), {"title": title, "sentences": sentences, "repeat": header["repeat"]})


def _levels(rows: Sequence[Row]) -> str:
    """Means over the trainings of a level."""
    columns = [DIAL[name] for name in _SHOWN]
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
