"""The figures of a table of domains, from its rows."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..across.order import PAPER
from ..across.rows import kept
from ..tables.column import Row
from .style import PALETTE, SHAPES, Chart

_WIDTH = 420
_DRAWN = 0.9
"""Opacity of marks that lie on each other."""


def figures(rows: Sequence[Row], each: Sequence[Row]) -> dict[str, tuple[str, Chart]]:
    """File name -> caption and chart; none where nothing was measured."""
    if not kept(rows):
        return {}
    distributions = list(dict.fromkeys(row["distribution"] for row in kept(rows)))
    return {
        "relative": ("κ̄ over the distance of two independent expressions, by domain", _relative(rows)),
        **{
            f"within-{name}": (f"κ of expressions within each domain, {name} ones", _within(rows, each, name))
            for name in distributions
        },
        "redundancy": ("How far edits that move the meaning move it, and redundancy", _redundancy(rows)),
    }


def in_order(rows: Sequence[Row]) -> list[str]:
    """Domains in the paper's order, those without a row in Table 1 behind them."""
    known = [domain for _, _, domains in PAPER for domain in domains]
    there = list(dict.fromkeys(row["domain"] for row in rows))
    return [d for d in known if d in there] + [d for d in there if d not in known]


def _distribution(rows: Sequence[Row]) -> tuple[alt.Color, alt.Shape]:
    names = list(dict.fromkeys(row["distribution"] for row in rows))
    color = alt.Color("distribution:N", scale=alt.Scale(domain=names, range=list(PALETTE[: len(names)])), title="expressions")
    shape = alt.Shape("distribution:N", scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])), title="expressions")
    return color, shape


def _relative(rows: Sequence[Row]) -> Chart:
    """A point with its interval per representation, controls left out; a line where an edit is as another expression."""
    own = kept(rows)
    color, shape = _distribution(own)
    names = ("domain", "distribution", "representation", "mean_relative", "mean_relative_low", "mean_relative_high")
    base = alt.Chart(alt.Data(values=[{k: row[k] for k in names} for row in own])).encode(
        y=alt.Y("domain:N", sort=in_order(own), title=None), yOffset=alt.YOffset("distribution:N"), color=color
    )
    scale = alt.Scale(zero=True)
    ranged = base.transform_filter("isValid(datum.mean_relative_low)")
    alike = alt.Chart(alt.Data(values=[{"one": 1}])).mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x="one:Q")
    marks = (
        alike
        + ranged.mark_rule(opacity=0.35).encode(x=alt.X("mean_relative_low:Q", title="", scale=scale), x2="mean_relative_high:Q")
        + base.mark_point(filled=True, size=45, opacity=_DRAWN).encode(
            x=alt.X("mean_relative:Q", title="κ̄ over the distance of two independent expressions (95 %)", scale=scale),
            shape=shape,
        )
    )
    chart: Chart = marks.properties(width=_WIDTH, height=alt.Step(20), title="Domains in the paper's order")
    return chart


def _within(rows: Sequence[Row], each: Sequence[Row], distribution: str) -> Chart:
    """Of each domain's first representation, expressions in the order of their κ: bulk and tail."""
    first: dict[str, str] = {}
    for row in (row for row in kept(rows) if row["distribution"] == distribution):
        first.setdefault(row["domain"], row["representation"])
    values = []
    for domain in in_order([row for row in kept(rows) if row["domain"] in first]):
        own = sorted(
            row["kappa_mean"]
            for row in each
            if (row["domain"], row["distribution"], row["representation"]) == (domain, distribution, first[domain])
            and row["kappa_mean"] is not None
        )
        name = f"{domain}, {first[domain]}"
        values += [{"share": (i + 0.5) / len(own), "kappa": k, "domain": name} for i, k in enumerate(own)]
    names = list(dict.fromkeys(value["domain"] for value in values))
    colors = alt.Scale(domain=names, range=[PALETTE[i % len(PALETTE)] for i in range(len(names))])
    dashes = alt.Scale(domain=names, range=[[1, 0] if i < len(PALETTE) else [5, 3] for i in range(len(names))])
    legend = alt.Legend(title="domain, representation", labelLimit=300)
    chart: Chart = (
        alt.Chart(alt.Data(values=values))
        .mark_line(interpolate="step", strokeWidth=1.8)
        .encode(
            x=alt.X("share:Q", title="share of the domain's expressions, smoothest first", axis=alt.Axis(format="%")),
            y=alt.Y("kappa:Q", title="κ(s): mean distance of an expression's edits"),
            color=alt.Color("domain:N", scale=colors, sort=names, legend=legend),
            strokeDash=alt.StrokeDash("domain:N", scale=dashes, sort=names, legend=legend),
        )
        .properties(width=_WIDTH, height=280, title=f"Within domains: bulk and tail, {distribution} expressions")
    )
    return chart


def _redundancy(rows: Sequence[Row]) -> Chart:
    own = [row for row in kept(rows) if row["kappa_moving"] is not None and row["apart"]]
    _, shape = _distribution(own)
    order = in_order(own)
    values = [
        {
            "domain": row["domain"],
            "distribution": row["distribution"],
            "redundancy": row["redundancy"],
            "moved": row["kappa_moving"] / row["apart"],
            "vocabulary": row["vocabulary"],
        }
        for row in own
    ]
    colors = alt.Scale(domain=order, range=[PALETTE[i % len(PALETTE)] for i in range(len(order))])
    chart: Chart = (
        alt.Chart(alt.Data(values=values))
        .mark_point(filled=True, opacity=0.75)
        .encode(
            x=alt.X("redundancy:Q", title="redundancy: share of all edits that leave the meaning where it is"),
            y=alt.Y("moved:Q", title="κ̄ of the others, over two apart"),
            size=alt.Size("vocabulary:Q", scale=alt.Scale(type="log", range=[30, 320]), title="vocabulary"),
            color=alt.Color("domain:N", scale=colors, sort=order, title="domain"),
            shape=shape,
        )
        .properties(width=_WIDTH, height=300, title=f"n = {len(values)} encodings")
    )
    return chart
