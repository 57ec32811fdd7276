"""Figures and page of `reproduce`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt

from ...grammars.errors import OutputError
from ...grammars.files.write import write_text
from ..reproduce.flows import ATTRACTOR, COMMON
from ..reproduce.logistic import LONG
from ..reproduce.section import Reproduction, write_tables
from ..results.files import read_header
from ..results.sealed import check_files, checksums
from ..results.shape import check_shape
from .page import picture
from .page import render as render_page
from .style import INK, PALETTE, Chart, Drawing, drawing, heading, write_figure

Rows = Sequence[dict[str, Any]]
_BLUE, _ORANGE, _GREEN = PALETTE[0], PALETTE[1], PALETTE[2]
_GRAY = "#8d949b"  # seen on light and on dark ground

CAPTIONS = {
    "kappa": "κ of five flows beside the printed figures (gray).",
    "kappa-variants": "How κ moves with the step and the horizon.",
    "logistic": "The logistic map. Dashed lines are known edges, dots the spikes of κ that were found where the exponent is not "
    "positive.",
    "forecast": "How far a polynomial regression predicts.",
}
_EXACT = "Deterministic, hence without intervals."
_SECTIONS = {
    "verdict": "Verdict",
    "table": "Printed and measured",
    "figures": "Figures",
    "method": "Protocol",
    "variants": "How the figures move",
}


_CELL = (None, bool, str, float)
_ROWS = [{"*": (*_CELL, [_CELL])}]
_DOCUMENT = {
    "rows": [
        {
            "figure": str, "place": str, "printed": str, "measured": (None, float), "verdict": str, "moves_with": str,
            "ranges": str, "note": str,
        }
    ],
    "not_robust": [str], "protocol": {"*": str}, "seed": int, "flows": _ROWS, "flow_variants": _ROWS, "sweep_variants": _ROWS,
    "spikes": _ROWS, "edges": _ROWS, "forecasts": _ROWS, "forecast_variants": _ROWS, "figures?": {"*": str},
}  # fmt: skip
"""What a page needs of reproduce.json."""
_REPEAT = "get the run anew, or repeat kappabar reproduce in a new folder"


def write_reproduction(result: Reproduction) -> None:
    """Tables, figures and page of a reproduction."""
    figures = charts(result)
    drawn = {name: write_figure(chart, _file(result.folder, name)) for name, (_, chart) in figures.items()}
    write_tables(result, checksums(_file(result.folder, name) for name in figures))
    captions = {name: caption for name, (caption, _) in figures.items()}
    write_text(result.folder / "reproduce.html", render(result.as_dict(), drawn, captions))


def _file(folder: Path, name: str) -> Path:
    return folder / "figures" / f"{name}.svg"


def charts(result: Reproduction) -> dict[str, tuple[str, Drawing]]:
    """File name -> caption and chart."""
    drawn = {"kappa": _kappa, "kappa-variants": _variants, "logistic": _sweep, "forecast": _forecast}
    return {name: (CAPTIONS[name], draw(result)) for name, draw in drawn.items()}


def _kappa(result: Reproduction) -> Chart:
    rows: list[dict[str, Any]] = [
        {
            "system": flow.system.name,
            "low": row.printed.low,
            "high": row.printed.high,
            "measured": float(moved.worst.mean()),
            "least": float(moved.worst.min()),
            "greatest": float(moved.worst.max()),
            "horizon": label,
        }
        for flow, row in zip(result.flows, result.rows, strict=False)
        for label, moved in (("its own", flow.main), (f"T = {COMMON:g}", flow.common))
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("system:N", sort=[f.system.name for f in result.flows], title=None, axis=alt.Axis(minExtent=125))
    )
    scale = alt.Scale(type="log")
    band = base.mark_bar(size=18, color=_GRAY).encode(x=alt.X("low:Q", scale=scale, title=""), x2="high:Q")
    tick = base.mark_tick(size=18, thickness=3, color=_GRAY).encode(x=alt.X("low:Q", scale=scale, title=""))
    title = "κ: worst distance under a nudge of one coefficient by 1 % (relative-l2)"
    color = alt.Color(
        "horizon:N", title="horizon", sort=None, scale=alt.Scale(range=[_BLUE, _ORANGE]), legend=alt.Legend(orient="bottom")
    )
    offset = alt.YOffset("horizon:N", sort=None)
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=alt.X("measured:Q", scale=scale, title=title), color=color, yOffset=offset
    )
    reach = base.mark_rule().encode(x=alt.X("least:Q", scale=scale, title=title), x2="greatest:Q", color=color, yOffset=offset)
    chart: Chart = (band + tick + reach + dots).properties(
        width=520,
        height=220,
        title=heading(
            "κ of five flows: measured and printed",
            "n = 5 flows, each the worst over its coefficients nudged up and down. Dots: mean over starts; lines: from the "
            "least to the "
            "greatest start; gray: printed.",
        ),
    )
    return chart


def _variants(result: Reproduction) -> Chart:
    moved = [(flow, v) for flow in result.flows for v in flow.variants if v.starts == ATTRACTOR]
    rows = [
        v.as_dict() | {"system": flow.system.name, "factor": v.horizon / flow.main.horizon, "nudge": f"{v.step:.1%}"}
        for flow, v in moved
    ]
    chart: Chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("factor:Q", title="horizon / the rule's", scale=alt.Scale(type="log", base=2)),
            y=alt.Y("kappa_worst:Q", title="κ (relative-l2)", scale=alt.Scale(type="log")),
            color=alt.Color(
                "nudge:N",
                title="nudge of a coefficient",
                legend=alt.Legend(orient="bottom"),
                scale=alt.Scale(range=[_GREEN, _BLUE, _ORANGE]),
            ),
            column=alt.Column("system:N", title=None, sort=[f.system.name for f in result.flows]),
        )
        .properties(
            width=105,
            height=180,
            title=heading(
                "How κ moves with the step and the horizon",
                "One panel per flow; each point the worst over its coefficients nudged up and down, mean over starts.",
            ),
        )
    )
    return chart


def _sweep(result: Reproduction) -> Drawing:
    """Exponent above, κ below, as Figure 6 has them; κ on a logarithmic axis, on which the spikes of the calm side show."""
    swept = result.sweep
    x = alt.X("r:Q", title="parameter r", scale=alt.Scale(domain=[float(swept.r[0]), float(swept.r[-1])], nice=False))
    lengths = f"{swept.length}", f"{LONG}"
    color = alt.Color(
        "iterates:N",
        scale=alt.Scale(domain=list(lengths), range=[_BLUE, _ORANGE]),
        title="κ over iterates",
        legend=alt.Legend(orient="bottom"),
    )
    edges = alt.Chart(alt.Data(values=swept.edges)).mark_rule(strokeDash=[3, 3], color=_GRAY).encode(x=x)
    above = [{"r": float(r), "value": float(max(v, -2.0))} for r, v in zip(swept.r, swept.exponent, strict=True)]
    y = alt.Y("value:Q", title="Lyapunov exponent (1 / iterate)")
    exponent = alt.Chart(alt.Data(values=above)).mark_line(strokeWidth=0.9, color=INK).encode(x=x, y=y)
    zero = alt.Chart(alt.Data(values=[{"value": 0.0}])).mark_rule(color=_GRAY).encode(y="value:Q")
    below = [
        {"r": float(r), "kappa": max(float(v), 1e-5), "iterates": length}
        for length, values in zip(lengths, (swept.kappa, swept.kappa_long), strict=True)
        for r, v in zip(swept.r, values, strict=True)
    ]
    title = f"κ (relative-l2, r ± {swept.step:.3g})"
    y = alt.Y("kappa:Q", title=title, scale=alt.Scale(type="log"))
    lines = alt.Chart(alt.Data(values=below)).mark_line(strokeWidth=0.9).encode(x=x, y=y, color=color)
    spikes = [s | {"iterates": lengths[s["orbits"] != "protocol"]} for s in swept.spikes]
    dots = alt.Chart(alt.Data(values=spikes)).mark_point(filled=True, size=55, opacity=1, stroke=INK, strokeWidth=0.7)
    top: Chart = (edges + zero + exponent).properties(width=600, height=150)
    bottom: Chart = (edges + lines + dots.encode(x=x, y=y, color=color)).properties(width=600, height=220)
    note = f"n = {len(swept.r)} values of r. Dashed: known edges. Dots: spikes of κ where the exponent is not positive. {_EXACT}"
    stacked: Drawing = alt.vconcat(top, bottom).properties(title=heading("The logistic map: exponent and κ", note))
    return stacked


def _forecast(result: Reproduction) -> Chart:
    base = alt.Chart(alt.Data(values=list(result.forecasts)))
    x = alt.X("kappa:Q", title="κ (relative-l2)", scale=alt.Scale(type="log"))
    y = alt.Y("horizon:Q", title="valid prediction horizon (periods, or iterates; at most 30)")
    color = alt.Color(
        "chaotic:N",
        title="chaotic",
        legend=alt.Legend(orient="bottom"),
        scale=alt.Scale(domain=[False, True], range=[_BLUE, _ORANGE]),
    )
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=x, y=y, color=color, shape=alt.Shape("domain:N", title="domain", legend=alt.Legend(orient="bottom"))
    )
    names = base.mark_text(align="left", dx=8, fontSize=10, angle=25).encode(x=x, y=y, text="system:N")
    chart: Chart = (dots + names).properties(
        width=560,
        height=320,
        title=heading(
            "Prediction horizon against κ",
            f"n = {len(result.forecasts)} systems; each the median over starts behind the training and seeds of the noise, by "
            "polynomial regression.",
        ),
    )
    return chart


def render(document: dict[str, Any], drawn: dict[str, str], captions: dict[str, str]) -> str:
    """The page, from reproduce.json's document and the SVG of each figure. Every text from data is escaped by the template."""
    tables = {
        "κ over steps and horizons": document["flow_variants"],
        "Logistic map: correlation over edits and lengths": document["sweep_variants"],
        "Logistic map: known edges, and whether a spike was found there": document["edges"],
        "Logistic map: every spike found": document["spikes"],
        "Forecasts": document["forecasts"],
        "Forecasts: noise and sampling": document["forecast_variants"],
        "Flows: periods, exponents, horizons": document["flows"],
    }
    values = {
        "document": document,
        "figures": {name: picture(svg, captions[name]) for name, svg in drawn.items()},
        "captions": captions,
        "tables": tables,
        "verdicts": Counter(row["verdict"] for row in document["rows"]),
    }
    return render_page("reproduce.html.j2", list(_SECTIONS.items()), values, charts=False)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A reproduction's page, built again. `document`: reproduce.json."""

    folder: Path
    page: Path
    document: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return self.document


def is_reproduction(folder: Path) -> bool:
    """Whether a folder is what `reproduce` left."""
    return (folder / "reproduce.json").is_file()


def rebuild_reproduction(folder: Path) -> Rebuilt:
    """The page again, from the folder's reproduce.json and figures. Raises `OutputError` where it holds none, or a figure is more
    than that."""
    document = read_header(folder / "reproduce.json")
    if document is None:
        raise OutputError(f"{folder} holds no reproduce.json; give the folder of kappabar reproduce --out DIR")
    check_shape(document, _DOCUMENT, folder / "reproduce.json")
    check_files(folder / "figures", document.get("figures", {}), _REPEAT)
    drawn = {name: drawing(path) for name in CAPTIONS if (path := _file(folder, name)).is_file()}
    page = folder / "reproduce.html"
    write_text(page, render(document, drawn, CAPTIONS))
    return Rebuilt(folder, page, document)
