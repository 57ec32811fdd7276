"""A survey's figures, from the rows of its tables."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..study.ledger import Row, Tables
from ..tables.survey import TOKENIZERS
from .style import PALETTE, SHAPES, Chart

_WIDTH = 460
_EVERY = "all"
_PADDING = {"left": 34, "right": 28, "top": 6, "bottom": 6}
"""Browsers set labels wider than they are measured here."""


def figures(tables: Tables) -> dict[str, tuple[str, Chart]]:
    """File name -> caption and chart."""
    rows = tables["tokenizers"]
    if not rows:
        return {}
    drawn: dict[str, tuple[str, Chart]] = {
        "kappa": ("κ mean by tokenizer and notation", dots(rows, "kappa_mean", "κ mean of token edits that decode")),
        "tokens": ("Tokens per expression by tokenizer and notation", dots(rows, "tokens", "tokens per expression")),
        "numbers": ("Tokens per number by tokenizer and notation", dots(rows, "number_fragments", "tokens per coefficient")),
    }
    for notation in dict.fromkeys(r["notation"] for r in tables["robustness"]):
        own = [r for r in tables["robustness"] if r["notation"] == notation]
        caption = f"Share of tokens kept by way of writing, {notation}"
        file = "".join(c if c.isalnum() else "-" for c in notation)
        drawn[f"kept-{file}"] = caption, kept(own, f"as {notation}: tokens kept when the text is written otherwise")
    return drawn


def dots(rows: Sequence[Row], measure: str, title: str) -> Chart:
    """A measure with its interval, a line per tokenizer, notations side by side."""
    names = (measure, f"{measure}_low", f"{measure}_high")
    values = [
        {"tokenizer": r["tokenizer"] + " (reference)" * r["reference"], "notation": r["notation"], **{n: r[n] for n in names}}
        for r in rows
    ]
    order = list(dict.fromkeys(v["tokenizer"] for v in values))
    notations = list(dict.fromkeys(v["notation"] for v in values))
    colors = alt.Scale(domain=notations, range=[PALETTE[i % len(PALETTE)] for i in range(len(notations))])
    shapes = alt.Scale(domain=notations, range=[SHAPES[i % len(SHAPES)] for i in range(len(notations))])
    y = alt.Y("tokenizer:N", sort=order, title=None, axis=alt.Axis(labelLimit=240))
    base = alt.Chart(alt.Data(values=values)).encode(
        y=y, yOffset=alt.YOffset("notation:N", sort=notations), color=alt.Color("notation:N", scale=colors, title="notation")
    )
    scale = alt.Scale(zero=False, padding=12)
    x = alt.X(f"{measure}:Q", title=f"{TOKENIZERS[measure].title} (95 % interval over expressions)", scale=scale)
    ranged = base.transform_filter(f"isValid(datum.{measure}_low)")
    shape = alt.Shape("notation:N", scale=shapes, title="notation")
    marks = ranged.mark_rule(strokeWidth=1.6).encode(
        x=alt.X(f"{measure}_low:Q", title="", scale=scale), x2=f"{measure}_high:Q"
    ) + base.mark_point(filled=True, size=70, opacity=1).encode(x=x, shape=shape)
    chart: Chart = marks.properties(width=_WIDTH, height=(18 * len(notations) + 8) * len(order), title=title, padding=_PADDING)
    return chart


def kept(rows: Sequence[Row], title: str) -> Chart:
    """A tile for each way and tokenizer; darker is more of the tokens kept, and the figure stands in it."""
    tokenizers = list(dict.fromkeys(r["tokenizer"] for r in rows))
    kinds = list(dict.fromkeys(r["kind"] for r in rows))
    values = [{k: r[k] for k in ("tokenizer", "kind", "kept")} for r in rows if r["kept"] is not None]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("tokenizer:N", sort=tokenizers, title=None, axis=alt.Axis(orient="top", labelAngle=-25, labelLimit=200)),
        y=alt.Y("kind:N", sort=[_EVERY, *(k for k in kinds if k != _EVERY)], title=None, axis=alt.Axis(labelLimit=240)),
    )
    fill = alt.Color("kept:Q", title="kept", scale=alt.Scale(scheme="blues", domain=[0.5, 1], clamp=True))
    ink = alt.condition("datum.kept > 0.78", alt.value("white"), alt.value("black"))
    marks = base.mark_rect().encode(color=fill) + base.mark_text(fontSize=10).encode(
        text=alt.Text("kept:Q", format=".2f"), color=ink
    )
    chart: Chart = marks.properties(width=96 * len(tokenizers), height=19 * len(kinds), title=title, padding=_PADDING)
    return chart
