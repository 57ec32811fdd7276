"""The figures of a study of the semantics dial, from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import altair as alt

from ..dials.semantics.judging import against_middle, gain
from ..study.ledger import Row, Tables
from ..tables.dials import SEMANTICS_DIAL
from .style import PALETTE, SHAPES, Chart

_WIDTH, _HEIGHT = 520, 320
_KAPPA = "κ̄ over substitutions of a token of a coefficient"
LINES = ("quality", "planted", "attainable", "posterior", "retrieval", "prior")
"""What stands beside a model, and the model."""


def figures(tables: Tables) -> dict[str, tuple[str, Chart]]:
    """File name -> caption and chart; of what is observed and scored at the same level."""
    rows = [row for row in tables["trainings"] if row["observed"] == row["scored"] and row["quality"] is not None]
    return {
        "gain": ("Q beyond the middle level's errors, as a share of the attainable, against κ̄", _gains(tables["trainings"])),
        "quality": ("Q of the model and beside it, against κ̄", _lines(rows)),
    }


def _gains(rows: Sequence[Row]) -> Chart:
    """A point per training. `rows`: of all levels."""
    known = [row for row in against_middle(rows) if row["planted"] is not None and row["quality"] is not None]
    values = [{"kappa": row["kappa"], "gain": gain(row), "family": row["family"]} for row in known]
    families = list(dict.fromkeys(row["family"] for row in rows))
    color, shape = _marked("family:N", "family", families)
    chart: Chart = (
        alt.Chart(alt.Data(values=values))
        .mark_point(filled=True, size=70, opacity=0.85)
        .encode(
            x=alt.X("kappa:Q", title=_KAPPA, scale=alt.Scale(zero=False, padding=15)),
            y=alt.Y("gain:Q", title="(Q - planted) / attainable", scale=alt.Scale(zero=False, padding=15)),
            color=color,
            shape=shape,
        )
        .properties(width=_WIDTH, height=_HEIGHT, title=f"n = {len(values)} trainings")
    )
    return chart


def _lines(rows: Sequence[Row]) -> Chart:
    """Means over the seeds of a family and level."""
    cells: dict[tuple[str, float], list[Row]] = {}
    for row in rows:
        cells.setdefault((row["family"], row["kappa"]), []).append(row)
    values = [
        {"kappa": kappa, "line": SEMANTICS_DIAL[name].title, "family": family, "q": fmean(known)}
        for (family, kappa), own in sorted(cells.items())
        for name in LINES
        if (known := [row[name] for row in own if row[name] is not None])
    ]
    color, _ = _marked("line:N", "", [SEMANTICS_DIAL[name].title for name in LINES])
    families = list(dict.fromkeys(row["family"] for row in rows))
    _, shape = _marked("family:N", "family", families)
    chart: Chart = (
        alt.Chart(alt.Data(values=values))
        .mark_line(point=alt.OverlayMarkDef(filled=True, size=45))
        .encode(
            x=alt.X("kappa:Q", title=_KAPPA, scale=alt.Scale(zero=False, padding=15)),
            y=alt.Y("q:Q", title="Q", scale=alt.Scale(zero=False, padding=15)),
            color=color,
            shape=shape,
            strokeDash=alt.StrokeDash("family:N", legend=None, scale=alt.Scale(domain=families)),
        )
        .properties(width=_WIDTH, height=_HEIGHT, title="observed and scored at the same level, means over seeds")
    )
    return chart


def _marked(field: str, title: str, names: Sequence[str]) -> tuple[alt.Color, alt.Shape]:
    legend = alt.Legend(title=title or None, labelLimit=200)
    colors = alt.Scale(domain=list(names), range=[PALETTE[i % len(PALETTE)] for i in range(len(names))])
    shapes = alt.Scale(domain=list(names), range=[SHAPES[i % len(SHAPES)] for i in range(len(names))])
    return alt.Color(field, scale=colors, legend=legend), alt.Shape(field, scale=shapes, legend=legend)
