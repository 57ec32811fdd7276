"""The page of a comparison: its figures, drawn from the run's tables and parts, and the file that holds them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...grammars.files import write_text
from ..run_folder import read_json, slug
from ..summary import Row, Score
from ..trainings import Part
from ..writing import Writing
from .figures import (
    alignment_along_training,
    coupling_along_training,
    kappa_against_quality,
    kappa_distributions,
    quality_along_training,
    write_svg,
)
from .heat_map import heat_map
from .page import render

if TYPE_CHECKING:
    import altair as alt

    from ..compare import Comparison


def write_page(
    result: Comparison, header: dict[str, Any], scores: Sequence[Score | None], trained: dict[str, list[Part]]
) -> None:
    """Draw the figures of a comparison and build `report.html` from them, the tables and the parts in its folder."""
    rows = result.as_dict()["rows"]
    floor = next((s.floor_prior for s in scores if s is not None), None)
    figures = [
        (
            "kappa-distributions",
            "Roughness",
            "Each tick is one expression; box: quartiles; bar: median.",
            kappa_distributions(result.kappas),
        ),
    ]
    if any(s is not None for s in scores):
        history = result.training.to_dicts()
        along = quality_along_training(history, floor)
        figures += [
            ("kappa-against-quality", "Roughness against quality", "Rules are 95 % intervals.", kappa_against_quality(rows)),
            ("quality-along-training", "Compression and meaning", "One line per training; points are checkpoints.", along),
            *_along_training(rows, history),
        ]
    drawn = [
        {"id": name, "title": title, "caption": caption, "svg": write_svg(chart, result.folder / "figures" / f"{name}.svg")}
        for name, title, caption, chart in figures
    ]
    missing = [k.representation for k in result.kappas if not trained[k.representation]]
    missing += [spec for spec in result.plan.representations if spec not in {k.representation for k in result.kappas}]
    parts = result.folder / "parts"
    documents = [read_json(parts / f"{slug(k.representation)}.writing.json") or () for k in result.kappas]
    heat = heat_map(result.kappas, [[Writing.from_dict(d) for d in document] for document in documents])
    page = render(header, result.rows, result.kappas, drawn, result.verdict, result.skipped, ", ".join(missing), heat)
    write_text(result.folder / "report.html", page)


def _along_training(rows: Sequence[Row], history: Sequence[Row]) -> list[tuple[str, str, str, alt.Chart | alt.LayerChart]]:
    """The figures that need several checkpoints, where there are."""
    found = []
    if any(row["coupling"] is not None for row in rows):
        chart = coupling_along_training(rows, history)
        found.append(("coupling-along-training", "Does meaning follow compression?", "Ticks are single trainings.", chart))
    if any(row.get("gradient_alignment") is not None for row in history):
        caption = "Rules are standard errors; noise draws the cosine towards 0."
        found.append(("gradient-alignment", "Gradient alignment", caption, alignment_along_training(history)))
    return found
