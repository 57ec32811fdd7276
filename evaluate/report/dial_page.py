"""index.md of a study that turns κ̄ alone, built from its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...grammars.files.write import write_text
from ..dials.protocol import lines, protocol_of, told
from ..dials.run import Dialed, kind_of
from ..study.ledger import Tables
from ..study.plan import STUDIES
from ..tables.column import Row
from . import (
    dial_code_figures,
    dial_code_page,
    dial_redundancy_figures,
    dial_redundancy_page,
    dial_region_figures,
    dial_region_page,
    dial_semantics_figures,
    dial_semantics_page,
)
from .style import Chart, write_svg
from .table import markdown

_FIGURES: dict[str, Callable[[Tables], dict[str, tuple[str, Chart]]]] = {
    "dial:code": dial_code_figures.figures,
    "dial:semantics": dial_semantics_figures.figures,
    "dial:redundancy": dial_redundancy_figures.figures,
    "dial:region": dial_region_figures.figures,
}
_PARTS: dict[str, Callable[[Any, Sequence[Row]], tuple[str, ...]]] = {
    "dial:code": dial_code_page.parts,
    "dial:semantics": dial_semantics_page.parts,
    "dial:redundancy": dial_redundancy_page.parts,
    "dial:region": dial_region_page.parts,
}


def write_dial_page(folder: Path, header: Mapping[str, Any], rows: Sequence[Row]) -> Dialed:
    """Figures and index.md of a study, from its rows."""
    study, kind = header["study"], kind_of(header)
    plan = kind.read(header["arguments"])
    charts = _FIGURES[study]({"trainings": rows})
    for name, (_, chart) in charts.items():
        write_svg(chart, folder / f"{name}.svg")
    protocol = protocol_of(folder)
    held = None if protocol is None else lines(protocol, header, kind.trainings(plan), rows)
    sentences = [*told(held), *kind.said(rows, plan)]
    title = STUDIES[study].title
    parts = [
        f"# {title}",
        "Made by a command, from the table beside this page.",
        "\n".join(f"- {sentence}" for sentence in sentences),
        *(f"![{caption}]({name}.svg)" for name, (caption, _) in charts.items()),
        *(
            ()
            if held is None
            else (
                "## Protocol",
                markdown(("", "protocol", "this run"), [(one.name, one.said, one.done) for one in held], words=3),
            )
        ),
        *_PARTS[study](plan, rows),
        f"`{header['repeat']}`; trained in {header['precision']}.",
    ]
    write_text(folder / "index.md", "\n\n".join(parts) + "\n")
    return Dialed(study, folder, tuple(rows), {"title": title, "sentences": sentences, "repeat": header["repeat"]})
