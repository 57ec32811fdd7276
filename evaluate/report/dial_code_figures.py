"""The figures of a study of the code dial, from its rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from ..study.ledger import Row, Tables
from .style import PALETTE, SHAPES, Chart

_WIDTH, _HEIGHT = 520, 320
_ROLES = ("main", "control", "contrast")


def figures(tables: Tables) -> dict[str, tuple[str, Chart]]:
    """File name -> caption and chart."""
    rows = tables["trainings"]
    return {
        "quality": ("Normalized Q against κ̄ within words", _against(rows, "quality_share", "normalized Q")),
        "copying": (
            "Examples that copying a table takes, against κ̄ within words",
            _against(
                rows, "copy_examples", "examples until 99 % of the words are copied", scale=alt.Scale(type="log", nice=False)
            ),
        ),
    }


def _against(rows: Sequence[Row], outcome: str, title: str, scale: alt.Scale | None = None) -> Chart:
    """A point per training: filled where its slope is tested, by kind otherwise."""
    known = [row for row in rows if row[outcome] is not None and math.isfinite(row[outcome])]
    kinds = list(dict.fromkeys(row["kind"] for row in sorted(known, key=lambda row: _ROLES.index(row["role"]))))
    legend = alt.Legend(title="table", labelLimit=200)
    colors = alt.Scale(domain=kinds, range=[PALETTE[i % len(PALETTE)] for i in range(len(kinds))])
    shapes = alt.Scale(domain=kinds, range=[SHAPES[i % len(SHAPES)] for i in range(len(kinds))])
    values = [{"kappa": row["kappa"], outcome: row[outcome], "kind": row["kind"]} for row in known]
    chart: Chart = (
        alt.Chart(alt.Data(values=values))
        .mark_point(filled=True, size=70, opacity=0.85)
        .encode(
            x=alt.X(
                "kappa:Q", title="κ̄ over replacements of one token of a number's word", scale=alt.Scale(zero=False, padding=15)
            ),
            y=alt.Y(f"{outcome}:Q", title=title, scale=scale or alt.Scale(zero=False, padding=15)),
            color=alt.Color("kind:N", scale=colors, legend=legend),
            shape=alt.Shape("kind:N", scale=shapes, legend=legend),
        )
        .properties(width=_WIDTH, height=_HEIGHT, title=f"n = {len(known)} trainings, each on a table of its own")
    )
    return chart
