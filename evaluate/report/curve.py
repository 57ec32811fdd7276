"""The section of a page on curves: quality against distinct training systems and against FLOPs, and what they say in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from ..compare.curve import NO_CURVE, Curve, levels_shown
from ..compare.direction import INVERSE, Told
from ..results.format import number
from ..tables.column import Column, Row
from ..tables.curve import CURVE, EFFICIENCY
from .figures import Rows, span
from .style import INK, Chart, color, heading, shape

_WIDTH, _HEIGHT = 260, 170
_COSTS = {"systems": ("distinct training systems (log scale)", "~s"), "flops": ("FLOPs of the training (log scale)", ".0e")}
_MEASURES = {"quality": "Q of greedy samples", "quality_share": "Q share", "bits": "next-token loss (bits)"}
_FLOORS = {"floor_prior": "prior", "floor_nearest": "retrieval"}


def curve_panels(curves: Sequence[Curve], rows: Rows, told: Told = INVERSE) -> alt.VConcatChart:
    """A row of panels per measure: Q, Q share, bits. rows: of the table, for the names of all representations and the floors."""
    points = [_drawable(row) for curve in curves for row in curve.points()]
    names = [row["representation"] for row in rows]
    costs = [cost for cost in _COSTS if cost != "systems" or any(curve.over_examples for curve in curves)]
    named = _FLOORS | {"floor_constant": told.line}
    first = next(iter(rows), {})
    floors = [{"quality": first[name], "words": words} for name, words in named.items() if first.get(name) is not None]
    lines = [
        alt.hconcat(*(_panel(points, names, cost, measure, floors if measure == "quality" else []) for cost in costs))
        for measure in _MEASURES
    ]
    n = span(row["trainings"] for row in points)
    banded = any(row["quality_low"] is not None for row in points)
    note = (
        f"n = {n} training{'s' * (n != '1')} each. A point is the end of a training of that length, no checkpoint of a longer "
        f"one. {'Bands: 95 % intervals over trainings' if banded else 'No bands: they need three trainings'}. Q share: between "
        "prior sampling (0) and the representation's own round trip (1). Codes that round have fewer bits to predict."
    )
    chart: alt.VConcatChart = alt.vconcat(*lines).properties(title=heading("Quality against examples and cost", note))
    return chart


def _panel(points: Rows, names: Sequence[str], cost: str, measure: str, floors: Rows) -> Chart:
    shown = list(dict.fromkeys(row["representation"] for row in points))
    fields = ("representation", "step", "trainings", cost, measure, f"{measure}_low", f"{measure}_high")
    values = [{name: row[name] for name in fields} for row in points if row[measure] is not None and row[cost] is not None]
    words, digits = _COSTS[cost]
    x = alt.X(
        f"{cost}:Q",
        title=words,
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(format=digits, tickCount=4, labelOverlap=True),
    )
    even = alt.Axis(minExtent=34)  # so that panels below each other begin at one place
    y = alt.Y(f"{measure}:Q", title=_MEASURES[measure], scale=alt.Scale(zero=False), axis=even)
    layers: list[alt.Chart] = []
    if banded := [row for row in values if row[f"{measure}_low"] is not None]:
        band = alt.Chart(alt.Data(values=banded)).mark_area(opacity=0.15)
        ends = {"y": alt.Y(f"{measure}_low:Q", title=_MEASURES[measure], axis=even), "y2": f"{measure}_high:Q"}
        layers.append(band.encode(x=x, color=color(names, shown=shown), **ends))
    base = alt.Chart(alt.Data(values=values)).encode(x=x, y=y)
    tips = [alt.Tooltip(f"{name}:Q", format=".4g") for name in fields[3:]]
    layers.append(base.mark_line(strokeWidth=1.5).encode(color=color(names, shown=shown)))
    layers.append(
        base.mark_point(filled=True, size=45, opacity=1).encode(
            color=color(names, shown=shown),
            shape=shape(names, shown=shown),
            tooltip=["representation:N", "step:Q", "trainings:Q", *tips],
        )
    )
    if floors:
        rule = alt.Chart(alt.Data(values=list(floors)))
        layers.append(rule.mark_rule(strokeDash=[4, 4], color=INK, opacity=0.7).encode(y=y))
        layers.append(rule.mark_text(align="left", dx=3, dy=-5, fontSize=10).encode(y=y, x=alt.value(0), text="words:N"))
    together: Any = alt.layer(*layers)
    chart: Chart = together.properties(width=_WIDTH, height=_HEIGHT)
    return chart


def _drawable(row: Row) -> Row:
    """With None for what no axis has a place for."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}


def curve_tables(curves: Sequence[Curve], floor: float | None) -> dict[str, Any]:
    """What the section has as tables: one of numbers per representation, one of all points; and in a sentence why there is
    none."""
    if not curves:
        return {"none": NO_CURVE, "heads": [], "rows": [], "why": [], "points": [], "columns": []}
    levels = levels_shown(curves, floor)
    rows = []
    for curve in curves:
        row = curve.efficiency()
        cells = [_cell(row, EFFICIENCY["most_systems"]), _cell(row, EFFICIENCY["curve_area"])]
        cells += [curve.words_to(level) for level in levels]
        cells += [_cell(row, EFFICIENCY["last_gain"]), _cell(row, EFFICIENCY["ceiling_fitted"])]
        rows.append((curve.representation, cells))
    names = ("most_systems", "curve_area", *(f"examples_to_{level:g}" for level in levels), "last_gain", "ceiling_fitted")
    columns = [CURVE[name] for name in ("step", "systems", "flops", "trainings", "quality", "quality_share", "bits")]
    return {
        "none": "",
        "heads": [EFFICIENCY[name] for name in names],
        "rows": rows,
        "why": [(curve.representation, curve.ceiling.why) for curve in curves if curve.ceiling.why],
        "columns": columns,
        "points": [
            (row["representation"], [_cell(row, column) for column in columns]) for curve in curves for row in curve.points()
        ],
    }


def _cell(row: Row, column: Column) -> tuple[str, str]:
    """Text and interval."""
    value = row[column.name]
    if column.kind is int:
        return f"{value:,}", ""
    if not column.interval and column.digits == 0:
        return (f"{value:,.0f}" if abs(value) < 1e7 else f"{value:.3g}"), ""
    low, high = (row[name] for name in column.names[1:]) if column.interval else (None, None)
    return number(value, low, high, column.digits)
