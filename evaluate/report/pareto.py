"""The figure of a search: every trial, the front with its knee, and the line-up, over the objectives."""

from __future__ import annotations

from typing import Any

import altair as alt

from ..tables.search import objective as column_of

Rows = list[dict[str, Any]]

_KINDS = ("trial", "random search", "line-up", "front", "knee")
_COLORS = ("#56B4E9", "#B8B8B8", "#000000", "#0072B2", "#D55E00")
_SHAPES = ("circle", "triangle-up", "cross", "square", "diamond")


def title(objective: str, metric: str) -> str:
    """An axis title: what, and with which metric."""
    column = column_of(objective)
    return f"{column.title} ({metric})" if column.unit == "distance" else column.title


def pareto(rows: Rows, objectives: tuple[str, ...], metric: str, n: int) -> alt.Chart | alt.LayerChart:
    """`rows`: representation, kind (one of `_KINDS`), kappa_n and each objective's value on the searched half of `n` expressions.

    The first objective is y, the last x; the one between, of three or more the second, is the size of the mark.
    """
    x, y = (objectives[-1], objectives[0]) if len(objectives) > 1 else ("trial", objectives[0])
    third = objectives[1] if len(objectives) > 2 else None
    measured = [r for r in rows if r[y] is not None and r[x] is not None]
    present = [k for k in _KINDS if any(r["kind"] == k for r in measured)]
    palette = [_COLORS[_KINDS.index(k)] for k in present]
    shapes = [_SHAPES[_KINDS.index(k)] for k in present]
    encoding: dict[str, Any] = {
        "x": alt.X(f"{x}:Q", title=title(x, metric), scale=alt.Scale(zero=False, padding=12)),
        "y": alt.Y(f"{y}:Q", title=title(y, metric), scale=alt.Scale(zero=False, padding=12)),
        "color": alt.Color("kind:N", title=None, scale=alt.Scale(domain=present, range=palette)),
        "shape": alt.Shape("kind:N", title=None, scale=alt.Scale(domain=present, range=shapes)),
        "tooltip": [
            "representation:N",
            *(alt.Tooltip(f"{o}:Q", format=".3g") for o in objectives),
            alt.Tooltip("kappa_n:Q", title=f"expressions with κ, of {n}"),
        ],
        "order": alt.Order("layer:Q"),
    }
    if third is not None:
        encoding["size"] = alt.Size(f"{third}:Q", title=title(third, metric), scale=alt.Scale(range=[25, 260]))
    for row in measured:
        row["layer"] = _KINDS.index(row["kind"])
    chart: alt.Chart = (
        alt.Chart(alt.Data(values=measured))
        .mark_point(filled=True, opacity=0.8)
        .encode(**encoding)
        .properties(width=560, height=380, title=f"What the search measured (n = {n} expressions searched on)")
    )
    return chart
