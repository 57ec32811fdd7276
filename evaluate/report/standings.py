"""The figure of a comparison's first screen: what a model makes of each representation, at what price, and which pairs that
decides."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import altair as alt

from ..compare.direction import INVERSE, Told
from .figures import Rows, counts
from .style import INK, PALETTE, Chart, Drawing, color, heading

if TYPE_CHECKING:
    from ..compare.rounds import Decided

_ROW, _WIDTH = 26, 330
_FLOORS = {
    "floor_nearest": ("retrieval", [1, 0]),
    "floor_constant": ("", [6, 3]),
    "floor_prior": ("prior", [2, 3]),
}
_SIGNS = {"better": "+", "worse": "−", "equal": "=", "open": "?"}
_COLORS = {"better": PALETTE[2], "worse": PALETTE[1], "equal": PALETTE[5], "open": "#9a9fa6"}


def standings(rows: Rows, decided: Decided | None, told: Told = INVERSE) -> Drawing:
    """Q of each representation, best first, with its interval, and lines for retrieval, a constant and the prior; tokens and
    training FLOPs; and, where trainings can be held against each other, what the row is to the column."""
    shown = sorted((r for r in rows if r.get("quality") is not None), key=lambda r: -r["quality"])
    order = [r["representation"] for r in shown]
    parts: list[Chart] = [_quality(shown, order, [r["representation"] for r in rows], told), _price(shown, order)]
    note = f"n = {len(shown)} representations{counts(shown)}. "
    note += "Rules: 95 % intervals of Q over test behaviors and trainings. "
    note += f"Lines: what needs no model; {told.note}."
    pairs = decided is not None and len(decided.means) > 1 and len(order) > 1
    if decided is not None and pairs:
        parts.append(_pairs(decided, order))
        note += (
            " Right: whether the row's Q is ahead of (+), behind (−), equal within the margin to (=) the column's, or open (?), "
            "with one error for all pairs."
        )
    chart: Drawing = (
        alt.hconcat(*parts, spacing=14)
        .resolve_scale(color="independent")
        .properties(title=heading("What a model makes of each, and the price", note))
    )
    return chart


def _rank(order: list[str], labels: bool) -> alt.Y:
    return alt.Y("representation:N", sort=order, title=None, axis=alt.Axis(labelLimit=260) if labels else None)


def _quality(shown: Rows, order: list[str], names: list[str], told: Told) -> Chart:
    columns = ("quality", "quality_low", "quality_high")
    data = [{k: r[k] for k in ("representation", *columns)} for r in shown]
    scale, y = alt.Scale(zero=False, padding=14), _rank(order, labels=True)
    x = alt.X("quality:Q", title="semantic quality Q", scale=scale)
    base = alt.Chart(alt.Data(values=data)).encode(y=y, color=color(names, legend=False, shown=order))
    layers: list[alt.Chart] = []
    if any(_known(r, "quality_low") for r in data):
        bounded = [r for r in data if _known(r, "quality_low")]
        ends = alt.Chart(alt.Data(values=bounded)).encode(y=y, color=color(names, legend=False, shown=order))
        layers.append(
            ends.mark_rule(strokeWidth=1.8, opacity=0.7).encode(x=alt.X("quality_low:Q", scale=scale), x2="quality_high:Q")
        )
    tips = ["representation:N", *(alt.Tooltip(f"{c}:Q", format=".3f") for c in columns)]
    layers.append(base.mark_point(filled=True, size=90, opacity=1).encode(x=x, tooltip=tips))
    for name, (label, dash) in _FLOORS.items():
        # Of rounds that train fewer the floors are over fewer tasks: the mean is close, and is all that a line can say.
        values = [r[name] for r in shown if _known(r, name)]
        if values:
            line = alt.Chart(alt.Data(values=[{"at": sum(values) / len(values), "line": label or told.line}]))
            at = alt.X("at:Q", scale=scale, title="semantic quality Q")
            tip = ["line:N", alt.Tooltip("at:Q", format=".3f")]
            layers.append(line.mark_rule(color=INK, opacity=0.65, strokeDash=dash).encode(x=at, tooltip=tip))
            # Lines that lie close have their words at different ends.
            end: dict[str, Any] = (
                {"align": "left", "dx": 2, "y": "height"} if name == "floor_constant" else {"align": "right", "dx": -2, "y": 0}
            )
            layers.append(line.mark_text(color=INK, angle=270, dy=-6, fontSize=10, **end).encode(x=at, text="line:N"))
    chart: Chart = alt.LayerChart(layer=layers).properties(width=_WIDTH, height=_ROW * max(len(order), 4))
    return chart


def _price(shown: Rows, order: list[str]) -> alt.Chart:
    heads = ("tokens", "training, TFLOP")
    cells = [
        {"representation": r["representation"], "what": head, "text": text}
        for r in shown
        for head, text in zip(heads, (f"{r['tokens']:.1f}", f"{r['flops'] / 1e12:.3g}"), strict=True)
    ]
    axis = alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False, grid=False)
    x = alt.X("what:N", sort=list(heads), title="price", axis=axis)
    text = alt.Chart(alt.Data(values=cells)).mark_text(color=INK, fontSize=11)
    chart: alt.Chart = text.encode(x=x, y=_rank(order, labels=False), text="text:N")
    return chart.properties(width=170, height=_ROW * max(len(order), 4))


def _pairs(decided: Decided, order: list[str]) -> alt.LayerChart:
    """A cell for each pair, twice."""
    numbers = {name: str(i + 1) for i, name in enumerate(order)}
    cells: list[dict[str, Any]] = []
    for a in order:
        for b in order:
            if a != b and {a, b} <= set(decided.representations):
                pair = decided.of(a, b)
                difference = round(pair.difference, 4) if isfinite(pair.difference) else None
                cell = {"representation": a, "against": numbers[b], "other": b, "outcome": pair.outcome}
                cells.append(cell | {"sign": _SIGNS[pair.outcome], "difference": difference})
    axis = alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False, grid=False)
    x = alt.X("against:N", sort=list(numbers.values()), title="against the one at place", axis=axis)
    base = alt.Chart(alt.Data(values=cells)).encode(x=x, y=_rank(order, labels=False))
    shades = alt.Scale(domain=list(_COLORS), range=list(_COLORS.values()))
    tips = ["representation:N", "outcome:N", "other:N", alt.Tooltip("difference:Q", format="+.3f")]
    boxes = base.mark_rect(opacity=0.35, stroke=INK, strokeOpacity=0.15).encode(
        color=alt.Color("outcome:N", scale=shades, legend=None), tooltip=tips
    )
    chart: alt.LayerChart = (boxes + base.mark_text(color=INK, fontSize=13).encode(text="sign:N", tooltip=tips)).properties(
        width=30 * len(order), height=_ROW * max(len(order), 4)
    )
    return chart


def _known(row: dict[str, Any], name: str) -> bool:
    return (value := row.get(name)) is not None and isfinite(value)
