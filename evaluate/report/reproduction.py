"""Figures and page of `reproduce`, and the running means of `lyapunov`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..reproduce.logistic import LONG
from .figures import PALETTE, Chart, Drawing

if TYPE_CHECKING:
    from ..lyapunov import Lyapunov
    from ..reproduce.section import Reproduction

Rows = Sequence[dict[str, Any]]
_BLUE, _ORANGE, _GREEN = PALETTE[0], PALETTE[1], PALETTE[2]


def charts(result: Reproduction) -> dict[str, tuple[str, Drawing]]:
    """File name -> caption and chart."""
    return {
        "kappa": ("κ of five flows beside the printed figures (gray).", _kappa(result)),
        "kappa-variants": ("How κ moves with the step and the horizon.", _variants(result)),
        "logistic": (
            "The logistic map. Dashed lines are known edges, dots the spikes of κ that were found where the exponent is not positive.",
            _sweep(result),
        ),
        "forecast": ("How far a polynomial regression predicts.", _forecast(result)),
    }


def _kappa(result: Reproduction) -> Chart:
    rows: list[dict[str, Any]] = [
        {"system": flow.system.name, "measured": flow.worst, "low": row.printed.low, "high": row.printed.high}
        for flow, row in zip(result.flows, result.rows, strict=False)
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("system:N", sort=[r["system"] for r in rows], title=None))
    scale = alt.Scale(type="log")
    band = base.mark_bar(size=18, color="#b8bdc2").encode(x=alt.X("low:Q", scale=scale, title=""), x2="high:Q")
    tick = base.mark_tick(size=18, thickness=3, color="#b8bdc2").encode(x=alt.X("low:Q", scale=scale, title=""))
    title = "κ: worst distance under a nudge of one coefficient by 1 % (relative-l2)"
    dots = base.mark_point(filled=True, size=90, color=_BLUE, opacity=1).encode(x=alt.X("measured:Q", scale=scale, title=title))
    chart: Chart = (band + tick + dots).properties(width=520, height=170, title="κ: measured (dots) and printed (gray)")
    return chart


def _variants(result: Reproduction) -> Chart:
    rows = [v | {"nudge": f"{v['step']:.1%}"} for flow in result.flows for v in flow.variants]
    chart: Chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("factor:Q", title="horizon / rule's", scale=alt.Scale(type="log", base=2)),
            y=alt.Y("kappa_worst:Q", title="κ (relative-l2)", scale=alt.Scale(type="log")),
            color=alt.Color("nudge:N", scale=alt.Scale(range=[_GREEN, _BLUE, _ORANGE])),
            column=alt.Column("system:N", title=None, sort=[f.system.name for f in result.flows]),
        )
        .properties(width=120, height=180)
    )
    return chart


def _sweep(result: Reproduction) -> Drawing:
    """Exponent above, κ below, as Figure 6 has them; κ on a logarithmic axis, on which the spikes of the calm side show."""
    swept = result.sweep
    x = alt.X("r:Q", title="r", scale=alt.Scale(domain=[float(swept.r[0]), float(swept.r[-1])], nice=False))
    lengths = f"{swept.length}", f"{LONG}"
    color = alt.Color("iterates:N", scale=alt.Scale(domain=list(lengths), range=[_BLUE, _ORANGE]), title="κ over iterates")
    edges = alt.Chart(alt.Data(values=swept.edges)).mark_rule(strokeDash=[3, 3], color="#999").encode(x=x)
    above = [{"r": float(r), "value": float(max(v, -2.0))} for r, v in zip(swept.r, swept.exponent, strict=True)]
    y = alt.Y("value:Q", title="Lyapunov exponent")
    exponent = alt.Chart(alt.Data(values=above)).mark_line(strokeWidth=0.9, color="#333").encode(x=x, y=y)
    zero = alt.Chart(alt.Data(values=[{"value": 0.0}])).mark_rule(color="#999").encode(y="value:Q")
    below = [
        {"r": float(r), "kappa": max(float(v), 1e-5), "iterates": length}
        for length, values in zip(lengths, (swept.kappa, swept.kappa_long), strict=True)
        for r, v in zip(swept.r, values, strict=True)
    ]
    title = f"κ (relative-l2, r ± {swept.step:.3g})"
    y = alt.Y("kappa:Q", title=title, scale=alt.Scale(type="log"))
    lines = alt.Chart(alt.Data(values=below)).mark_line(strokeWidth=0.9).encode(x=x, y=y, color=color)
    spikes = [s | {"iterates": lengths[s["orbits"] != "protocol"]} for s in swept.spikes]
    dots = alt.Chart(alt.Data(values=spikes)).mark_point(filled=True, size=55, opacity=1, stroke="black", strokeWidth=0.7)
    top: Chart = (edges + zero + exponent).properties(width=640, height=150)
    bottom: Chart = (edges + lines + dots.encode(x=x, y=y, color=color)).properties(width=640, height=220)
    stacked: Drawing = alt.vconcat(top, bottom)
    return stacked


def _forecast(result: Reproduction) -> Chart:
    base = alt.Chart(alt.Data(values=list(result.forecasts)))
    x = alt.X("kappa:Q", title="κ (relative-l2)", scale=alt.Scale(type="log"))
    y = alt.Y("horizon:Q", title="valid prediction horizon (periods, or iterates; at most 30)")
    color = alt.Color("chaotic:N", scale=alt.Scale(domain=[False, True], range=[_BLUE, _ORANGE]))
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=color, shape="domain:N")
    names = base.mark_text(align="left", dx=8, fontSize=10, angle=25).encode(x=x, y=y, text="system:N")
    chart: Chart = (dots + names).properties(width=520, height=320, title="Prediction horizon against κ")
    return chart


def running_exponents(result: Lyapunov) -> Chart:
    """Each exponent's mean over the walkers' first blocks, against the share of the run."""
    count = result.blocks.shape[1]
    running = np.cumsum(result.blocks.mean(axis=0), axis=0) / np.arange(1, count + 1)[:, None]
    rows = [
        {"t": result.t * (i + 1) / count, "exponent": str(j + 1), "value": float(v)}
        for i, row in enumerate(running)
        for j, v in enumerate(row)
    ]
    unit = "1 / iterate" if result.system.domain == "map" else "1 / time"
    chart: Chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line()
        .encode(
            x=alt.X("t:Q", title="averaged over"),
            y=alt.Y("value:Q", title=f"exponent ({unit})"),
            color=alt.Color("exponent:N", scale=alt.Scale(range=list(PALETTE))),
        )
        .properties(width=560, height=260)
    )
    return chart


def render(document: dict[str, Any], drawn: dict[str, str], captions: dict[str, str]) -> str:
    """The page. Every text from data is escaped by the template."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    tables = {
        "κ over steps and horizons": document["flow_variants"],
        "Logistic map: correlation over edits and lengths": document["sweep_variants"],
        "Logistic map: known edges, and whether a spike was found there": document["edges"],
        "Logistic map: every spike found": document["spikes"],
        "Forecasts": document["forecasts"],
        "Forecasts: noise and sampling": document["forecast_variants"],
        "Flows: periods, exponents, horizons": document["flows"],
    }
    template = environment.get_template("reproduce.html.j2")
    return template.render(document=document, figures=drawn, captions=captions, tables=tables)


def _number(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
