"""A point per training of a study that turns κ̄ by the words of numbers: an outcome against κ̄ within words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import altair as alt

from ..study.ledger import Row
from .style import PALETTE, SHAPES, Chart

_WIDTH, _HEIGHT = 520, 320


def scatter(
    rows: Sequence[Row],
    outcome: str,
    title: str,
    *,
    group: Callable[[Row], str],
    groups: Sequence[str],
    legend: str,
    each: str,
    scale: alt.Scale | None = None,
) -> Chart:
    """`group`: of a row, one of `groups`, each with a color and a shape, told by a legend of this title. `each`: what a training
    has of its own, said above the figure. Rows without the outcome are left out."""
    known = [row for row in rows if row[outcome] is not None and math.isfinite(row[outcome])]
    colors = alt.Scale(domain=groups, range=[PALETTE[i % len(PALETTE)] for i in range(len(groups))])
    shapes = alt.Scale(domain=groups, range=[SHAPES[i % len(SHAPES)] for i in range(len(groups))])
    explained = alt.Legend(title=legend, labelLimit=200)
    chart: Chart = (
        alt.Chart(alt.Data(values=[{"kappa": row["kappa"], outcome: row[outcome], "group": group(row)} for row in known]))
        .mark_point(filled=True, size=70, opacity=0.85)
        .encode(
            x=alt.X(
                "kappa:Q", title="κ̄ over replacements of one token of a number's word", scale=alt.Scale(zero=False, padding=15)
            ),
            y=alt.Y(f"{outcome}:Q", title=title, scale=scale or alt.Scale(zero=False, padding=15)),
            color=alt.Color("group:N", scale=colors, legend=explained),
            shape=alt.Shape("group:N", scale=shapes, legend=explained),
        )
        .properties(width=_WIDTH, height=_HEIGHT, title=f"n = {len(known)} trainings, each {each}")
    )
    return chart
