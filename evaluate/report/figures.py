"""The figures of a run, as Altair charts: every axis says its unit and metric, every mark its interval."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt

if TYPE_CHECKING:
    from ..jobs import Simulation
    from ..kappa import Kappa
    from ..profile import Profile

Chart = alt.Chart | alt.LayerChart
Drawing = Chart | alt.VConcatChart
Rows = Sequence[dict[str, Any]]

# Okabe and Ito's palette: told apart by readers with any colour vision. Shapes repeat the distinction.
PALETTE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#6A3D9A",
    "#7F7F7F",
    "#B2182B",
    "#1B7837",
    "#999933",
    "#000000",
)
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left", "triangle-right")


def _color(specs: Sequence[str], legend: bool = True) -> alt.Color:
    scale = alt.Scale(domain=list(specs), range=[PALETTE[i % len(PALETTE)] for i in range(len(specs))])
    shown = alt.Legend(orient="right", labelLimit=280, symbolSize=90) if legend else None
    return alt.Color("representation:N", title="representation", scale=scale, legend=shown)


def _shape(specs: Sequence[str], legend: bool = True) -> alt.Shape:
    scale = alt.Scale(domain=list(specs), range=[SHAPES[i % len(SHAPES)] for i in range(len(specs))])
    shown = alt.Legend(orient="right", labelLimit=280, symbolSize=90) if legend else None
    return alt.Shape("representation:N", title="representation", scale=scale, legend=shown)


def kappa_distributions(results: Sequence[Kappa]) -> Chart:
    """Per representation, each expression's mean distance over its edits; the bar is the median, the box the quartiles."""
    rows = [
        {"representation": k.representation, "expression": m.name, "kappa": float(value)}
        for k in results
        for m, value in zip(k.measured, k.means, strict=True)
        if value == value
    ]
    specs = [k.representation for k in results]
    n = max((len(k.measured) for k in results), default=0)
    metric = results[0].metric if results else ""
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("representation:N", sort=specs, title=None, axis=alt.Axis(labelLimit=280)),
        x=alt.X("kappa:Q", title=f"κ mean per expression: distance moved by one edit ({metric})", scale=alt.Scale(zero=True)),
    )
    box = base.mark_boxplot(extent=1.5, size=16, opacity=0.35, outliers=False, median={"color": "black"}).encode(
        color=_color(specs, False)
    )
    points = base.mark_tick(thickness=1.2, size=9, opacity=0.7).encode(
        color=_color(specs, False), tooltip=["representation:N", "expression:N", alt.Tooltip("kappa:Q", format=".3f")]
    )
    chart: Chart = (box + points).properties(
        width=520, height=34 * max(len(specs), 1), title=f"How far one edit moves the meaning (n = {n} expressions)"
    )
    return chart


def kappa_against_quality(rows: Rows) -> Chart:
    """Each representation's κ mean against Q, with 95 % intervals both ways."""
    kept = [r for r in rows if r.get("quality") is not None and r.get("kappa_mean") is not None]
    specs = [r["representation"] for r in kept]
    metric = kept[0]["metric"] if kept else ""
    x = alt.X("kappa_mean:Q", title=f"κ mean ({metric}), 95 % interval over expressions", scale=alt.Scale(zero=False, padding=20))
    y = alt.Y("quality:Q", title="semantic quality Q, 95 % interval over test behaviors", scale=alt.Scale(zero=False, padding=20))
    base = alt.Chart(alt.Data(values=list(kept)))
    across = base.mark_rule(opacity=0.6).encode(
        y=y, x=alt.X("kappa_mean_low:Q", title=""), x2="kappa_mean_high:Q", color=_color(specs)
    )
    along = base.mark_rule(opacity=0.6).encode(x=x, y=alt.Y("quality_low:Q", title=""), y2="quality_high:Q", color=_color(specs))
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=x, y=y, color=_color(specs), shape=_shape(specs),
        tooltip=["representation:N", alt.Tooltip("kappa_mean:Q", format=".3f"), alt.Tooltip("quality:Q", format=".3f")],
    )  # fmt: skip
    n = len(specs)
    chart: Chart = (across + along + points).properties(
        width=520, height=340, title=f"Roughness against semantic quality (n = {n} representations)"
    )
    return chart


def quality_along_training(rows: Rows, floor: float | None = None) -> Chart:
    """Q against NTP loss at each checkpoint; training runs from right to left. `floor`: Q of prior sampling."""
    kept = [r for r in rows if r.get("quality") is not None and r.get("bits") is not None]
    specs = list(dict.fromkeys(r["representation"] for r in kept))
    n = f"n = {len(kept)} checkpoints of {len({(r['representation'], r.get('seed')) for r in kept})} trainings"
    x = alt.X(
        "bits:Q",
        title=f"next-token loss on held-out expressions (bits per expression, log scale; training runs to the left; {n})",
        scale=alt.Scale(type="log", nice=False, padding=15),
    )
    y = alt.Y("quality:Q", title="semantic quality Q (subset of the test behaviors)", scale=alt.Scale(zero=False))
    base = alt.Chart(alt.Data(values=list(kept))).encode(x=x, y=y, detail=["representation:N", "seed:N"])
    lines = base.mark_line(strokeWidth=1.5).encode(color=_color(specs), order="step:Q")
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        color=_color(specs),
        shape=_shape(specs),
        tooltip=[
            "representation:N",
            "seed:N",
            "step:Q",
            alt.Tooltip("bits:Q", format=".1f"),
            alt.Tooltip("quality:Q", format=".3f"),
        ],
    )
    layers = lines + points
    if floor is not None:
        rule = alt.Chart(alt.Data(values=[{"quality": floor}])).mark_rule(strokeDash=[4, 4], color="#555").encode(y="quality:Q")
        layers = layers + rule
    note = "" if floor is None else " (dashed: prior sampling)"
    chart: Chart = layers.properties(width=520, height=340, title=f"Compression and meaning along training{note}")
    return chart


def coupling_along_training(rows: Rows, histories: Rows) -> Chart:
    """Whether Q rises as the loss falls: per representation the rank correlation along training, with its interval; each training a tick.

    rows: of the table; histories: of training.parquet.
    """
    from ..trainings import along_training

    kept = [r for r in rows if r.get("coupling") is not None]
    specs = [r["representation"] for r in kept]
    trainings: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in histories:
        trainings.setdefault((row["representation"], row["seed"]), []).append(row)
    ticks: list[dict[str, Any]] = [
        {"representation": spec, "seed": seed, "coupling": along_training([part], 0)["coupling"].value}
        for (spec, seed), part in trainings.items()
    ]
    sizes = sorted({len(part) for part in trainings.values()})
    n = (
        f"{'–'.join(map(str, dict.fromkeys((sizes[0], sizes[-1]))))} checkpoints each, {len(trainings)} trainings"
        if sizes
        else "none"
    )
    title = f"Spearman's ρ of compression (−bits per expression) with Q along training; bar: 95 % interval (n = {n})"
    x = alt.X("coupling:Q", title=title, scale=alt.Scale(domain=[-1, 1]))
    y = alt.Y("representation:N", sort=specs, title=None, axis=alt.Axis(labelLimit=280))
    base = alt.Chart(alt.Data(values=list(kept))).encode(y=y)
    bars = base.mark_rule(opacity=0.6).encode(
        x=alt.X("coupling_low:Q", title=""), x2="coupling_high:Q", color=_color(specs, False)
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=x, color=_color(specs, False), tooltip=["representation:N", alt.Tooltip("coupling:Q", format=".2f")]
    )
    single = alt.Chart(alt.Data(values=[t for t in ticks if isfinite(t["coupling"])])).mark_tick(thickness=1.5, size=12)
    each = single.encode(y=y, x=x, color=_color(specs, False), tooltip=["representation:N", "seed:N"])
    chart: Chart = (bars + each + points).properties(
        width=520, height=34 * max(len(specs), 1), title="Does meaning follow compression? (1: always, 0: decoupled)"
    )
    return chart


def alignment_along_training(histories: Rows) -> Chart:
    """Cosine of the next-token step with the gradient of Q at each checkpoint, plus or minus a standard error."""
    kept = [dict(r) for r in histories if r.get("gradient_alignment") is not None]
    for row in kept:
        error = row.get("gradient_alignment_se") or 0.0
        row["low"], row["high"] = row["gradient_alignment"] - error, row["gradient_alignment"] + error
    specs = list(dict.fromkeys(r["representation"] for r in kept))
    n = f"n = {kept[0]['gradient_items']} observations, {kept[0]['gradient_samples']} samples each" if kept else "n = 0"
    x = alt.X("step:Q", title=f"training step (log scale; {n})", scale=alt.Scale(type="log", nice=False, padding=15))
    y = alt.Y("gradient_alignment:Q", title="cosine of next-token step and gradient of Q, ± s.e.")
    base = alt.Chart(alt.Data(values=kept)).encode(x=x, detail=["representation:N", "seed:N"])
    bars = base.mark_rule(opacity=0.5).encode(y=alt.Y("low:Q", title=""), y2="high:Q", color=_color(specs))
    lines = base.mark_line(strokeWidth=1.5).encode(y=y, color=_color(specs))
    points = base.mark_point(filled=True, size=55, opacity=1).encode(y=y, color=_color(specs), shape=_shape(specs))
    chart: Chart = (bars + lines + points).properties(
        width=520, height=300, title="Gradient alignment along training (noise draws it towards 0)"
    )
    return chart


def time_series(simulation: Simulation) -> alt.Chart:
    """The behavior of one system: one panel per initial condition, one line per variable."""
    frame = simulation.to_frame()
    names = list(frame.columns[2:])
    rows = [
        {"start": f"initial condition {row[0] + 1}", "t": row[1], "variable": name, "value": value}
        for row in frame.iter_rows()
        for name, value in zip(names, row[2:], strict=True)
    ]
    unit = {"ode": "time", "map": "iteration", "function": "sample"}.get(simulation.system.domain, "time")
    chart: alt.Chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=1.3)
        .encode(
            x=alt.X("t:Q", title=unit),
            y=alt.Y("value:Q", title="value"),
            color=alt.Color("variable:N", scale=alt.Scale(range=list(PALETTE))),
            row=alt.Row("start:N", title=None),
        )
        .properties(width=560, height=200)
    )
    return chart


def sensitivity_strip(profile: Profile) -> Chart:
    """The tokens of one expression side by side, colored by the mean distance of the edits at each; gray where none counts."""
    rows = profile.rows()
    top = profile.d_max if isfinite(profile.d_max) else alt.Undefined
    scale = alt.Scale(scheme="yellowgreenblue", domainMin=0.0, domainMax=top)
    base = alt.Chart(alt.Data(values=rows)).encode(x=alt.X("position:O", axis=None))
    ground = base.mark_rect(stroke="white", color="#e5e5e5")
    tiles = base.mark_rect(stroke="white").encode(
        color=alt.Color("mean:Q", title=f"mean distance ({profile.metric})", scale=scale),
        tooltip=["position:O", "token:N", "class:N", alt.Tooltip("mean:Q", format=".3f"), "n_counted:Q", "n:Q", "worst_token:N"],
    )
    texts = base.mark_text(fontSize=11, baseline="top").encode(text="token:N", y=alt.value(36))
    chart: Chart = (ground + tiles + texts).properties(
        width=alt.Step(34),
        height=30,
        title=f"{profile.expression}, {profile.representation}: how far edits at each token move it",
    )
    return chart


def as_svg(chart: Drawing) -> str:
    """The chart as SVG text, drawn offline."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_styled(chart).to_dict()))


def _styled(chart: Drawing) -> Drawing:
    font = "Helvetica, Arial, sans-serif"
    styled: Drawing = (
        chart.configure(font=font, background="white")
        .configure_axis(labelFontSize=11, titleFontSize=12, titleFontWeight="normal", gridColor="#e8e8e8")
        .configure_title(fontSize=14, anchor="start", fontWeight="bold")
        .configure_view(stroke=None)
    )
    return styled


def write_svg(chart: Drawing, path: Path) -> str:
    """Write the chart to `path` and return its SVG text."""
    svg = as_svg(chart)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(svg, encoding="utf-8")
    return svg
