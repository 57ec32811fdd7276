"""The figures of a study of the region dial, from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import altair as alt

from ..dials.region.judging import CONTROLS, slopes, usable
from ..study.ledger import Row, Tables
from .style import PALETTE, SHAPES, Chart

_WIDTH, _HEIGHT = 360, 260
_BINS = 8
"""Parts of a domain's expressions by κ(s), of equal size."""
_LINES = ("model", *CONTROLS)


def figures(tables: Tables) -> dict[str, tuple[str, Chart]]:
    """File name -> caption and chart."""
    rows = tables["trainings"]
    domains = enumerate(dict.fromkeys(row["domain"] for row in rows), 1)
    return {
        "slopes": ("Slope of q on κ(s), of the model and of what needs none", _slopes(rows)),
        **{f"regions-{i}": (f"q by κ(s), of the model and beside it, in {name}", _regions(rows, name)) for i, name in domains},
    }


def _color() -> alt.Color:
    colors = alt.Scale(domain=list(_LINES), range=[PALETTE[i] for i in range(len(_LINES))])
    return alt.Color("of:N", scale=colors, legend=alt.Legend(title=""))


def _shape() -> alt.Shape:
    shapes = alt.Scale(domain=list(_LINES), range=[SHAPES[i] for i in range(len(_LINES))])
    return alt.Shape("of:N", scale=shapes, legend=alt.Legend(title=""))


def _slopes(rows: Sequence[Row]) -> Chart:
    """A point per training and line."""
    values = [
        {"of": name, "slope": one["quality" if name == "model" else name] / 10, "where": f"{domain}, {spec}"}
        for (domain, spec, _), one in slopes(rows).items()
        for name in _LINES
    ]
    chart: Chart = (
        alt.Chart(alt.Data(values=values))
        .mark_point(filled=True, size=60, opacity=0.8)
        .encode(
            x=alt.X("slope:Q", title="normalized q for 0.1 of κ(s), all else held", scale=alt.Scale(zero=True)),
            y=alt.Y("where:N", title=None, sort=None, axis=alt.Axis(labelLimit=320, minExtent=190)),
            color=_color(),
            shape=_shape(),
        )
        .properties(width=_WIDTH + 160, height=alt.Step(34), title=f"n = {len(values) // len(_LINES)} trainings")
    )
    return chart


def _regions(rows: Sequence[Row], domain: str) -> Chart:
    """Means over a domain's expressions in a part of κ(s), representations together."""
    there = [row for row in rows if row["domain"] == domain and usable(row)]
    own, values = sorted(there, key=lambda row: row["kappa"]), []
    for part in range(_BINS):
        there = own[part * len(own) // _BINS : (part + 1) * len(own) // _BINS]
        for name in _LINES if there else ():
            q = fmean(row["quality" if name == "model" else name] for row in there)
            values.append({"kappa": fmean(row["kappa"] for row in there), "q": q, "of": name})
    chart: Chart = (
        alt.Chart(alt.Data(values=values))
        .mark_line(point=alt.OverlayMarkDef(size=45))
        .encode(
            x=alt.X("kappa:Q", title="κ(s), mean of an eighth of the expressions", scale=alt.Scale(zero=False)),
            y=alt.Y("q:Q", title="q", scale=alt.Scale(zero=False, padding=15)),
            color=_color(),
            shape=_shape(),
        )
        .properties(width=_WIDTH, height=_HEIGHT, title=f"n = {len(own):,}")
    )
    return chart
