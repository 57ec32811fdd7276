"""The figures of a comparison's models and roughness, as Altair charts: every axis says its unit and metric, every mark its
interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from .style import INK, PALETTE, Chart, color, heading, shape

if TYPE_CHECKING:
    from ..expression.lyapunov import Lyapunov
    from ..expression.simulate import Simulation
    from ..kappa.kappa import Kappa
    from ..kappa.profile import Profile

Rows = Sequence[dict[str, Any]]
WIDTH, HEIGHT = 560, 340
MOST_TICKS = 250
POLICIES = {
    "exclude": "edits that do not decode left out",
    "worst": "edits that do not decode counted as the largest distance",
    "zero": "edits that do not decode counted as no distance",
}


def kappa_distributions(results: Sequence[Kappa]) -> Chart:
    """Per representation, each expression's mean distance over its edits; the bar is the median, the box the quartiles. Of more
    than `MOST_TICKS` expressions the boxes alone are drawn, so that a page's size does not grow with them."""
    specs = [k.representation for k in results]
    means = [k.means[np.isfinite(k.means)] for k in results]
    metric, policy = (results[0].metric, POLICIES[results[0].invalid]) if results else ("", "")
    title = f"κ mean of one expression: distance moved by an edit ({metric})"
    x = alt.X("kappa:Q", title=title, scale=alt.Scale(zero=True))
    y = alt.Y("representation:N", sort=specs, title=None, axis=alt.Axis(labelLimit=280))
    layers, ticked = _boxes(specs, means, x, y), max(map(len, means), default=0) <= MOST_TICKS
    if ticked:
        rows = [
            {"representation": k.representation, "expression": m.name, "kappa": float(value)}
            for k in results
            for m, value in zip(k.measured, k.means, strict=True)
            if isfinite(value)
        ]
        tips = ["representation:N", "expression:N", alt.Tooltip("kappa:Q", format=".3f")]
        ticks = alt.Chart(alt.Data(values=rows)).mark_tick(thickness=1.2, size=11, opacity=0.75)
        layers = layers + ticks.encode(x=x, y=y, color=color(specs, False), tooltip=tips)
    note = f"n = {span(k.n for k in results)} expressions; {policy}. "
    endless = sum(int(np.isinf(k.means).sum()) for k in results)
    note += f"{endless} infinite means have no place here. " if endless else ""
    note += "Each tick: one expression's mean over its edits. " * ticked
    note += "Box: quartiles; bar: median; whiskers: the farthest within 1.5 interquartile ranges."
    chart: Chart = layers.properties(
        width=WIDTH, height=34 * max(len(specs), 1), title=heading("How far one edit moves the meaning", note)
    )
    return chart


def _boxes(specs: Sequence[str], values: Sequence[NDArray[np.float64]], x: alt.X, y: alt.Y) -> alt.LayerChart:
    """Tukey's boxes, from their five numbers alone."""
    rows = []
    for spec, v in zip(specs, values, strict=True):
        if not len(v):
            continue
        low, middle, high = (float(q) for q in np.quantile(v, (0.25, 0.5, 0.75)))
        reach = 1.5 * (high - low)
        least, most = float(v[v >= low - reach].min()), float(v[v <= high + reach].max())
        rows.append({"representation": spec, "kappa": middle, "low": low, "high": high, "least": least, "most": most})
    base = alt.Chart(alt.Data(values=rows)).encode(y=y, color=color(specs, False))
    whiskers = base.mark_rule(opacity=0.6).encode(x=alt.X("least:Q", title=""), x2="most:Q")
    boxes = base.mark_bar(size=18, opacity=0.35).encode(x=alt.X("low:Q", title=""), x2="high:Q")
    medians = alt.Chart(alt.Data(values=rows)).mark_tick(color=INK, thickness=2, size=18).encode(x=x, y=y)
    layers: alt.LayerChart = whiskers + boxes + medians
    return layers


def span(values: Iterable[int]) -> str:
    """A sample size, or from the smallest to the largest: `71` or `68–71`."""
    ordered = sorted(set(values))
    return "–".join(map(str, dict.fromkeys((ordered[0], ordered[-1])))) if ordered else "0"


def crossed(
    rows: Rows, names: Sequence[str], x: tuple[str, str], y: tuple[str, str], *, note: str, title: str, front: Rows = ()
) -> Chart:
    """A point per representation with its 95 % intervals both ways; x and y: column and axis title. `front`: points to join by
    steps. `names`: all of the run, so that each has its color here that it has elsewhere."""
    shown = [
        {k: r[k] for k in ("representation", *(f"{c}{e}" for c in (x[0], y[0]) for e in ("", "_low", "_high")))} for r in rows
    ]
    specs = [r["representation"] for r in shown]
    across = alt.X(f"{x[0]}:Q", title=x[1], scale=alt.Scale(zero=False, padding=20))
    up = alt.Y(f"{y[0]}:Q", title=y[1], scale=alt.Scale(zero=False, padding=20))
    base = alt.Chart(alt.Data(values=shown))
    layers: list[alt.Chart] = []
    # Few expressions may bear no interval; a layer of rules without any has no extent, of which the browser warns.
    if ranges := [r for r in shown if _bounded(r, x[0])]:
        rule = alt.Chart(alt.Data(values=ranges)).mark_rule(opacity=0.6, strokeWidth=1.5)
        ends = {"x": alt.X(f"{x[0]}_low:Q", title=x[1]), "x2": f"{x[0]}_high:Q"}
        layers.append(rule.encode(y=up, color=color(names, shown=specs), **ends))
    if ranges := [r for r in shown if _bounded(r, y[0])]:
        rule = alt.Chart(alt.Data(values=ranges)).mark_rule(opacity=0.6, strokeWidth=1.5)
        ends = {"y": alt.Y(f"{y[0]}_low:Q", title=y[1]), "y2": f"{y[0]}_high:Q"}
        layers.append(rule.encode(x=across, color=color(names, shown=specs), **ends))
    if front:
        line = alt.Chart(alt.Data(values=[{k: r[k] for k in (x[0], y[0])} for r in front]))
        layers.append(line.mark_line(interpolate="step-after", strokeDash=[5, 3], color=INK, opacity=0.7).encode(x=across, y=up))
    tip = [alt.Tooltip(f"{c}{e}:Q", format=".4g") for c in (x[0], y[0]) for e in ("", "_low", "_high")]
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=across, y=up, color=color(names, shown=specs), shape=shape(names, shown=specs), tooltip=["representation:N", *tip]
    )
    chart: Chart = alt.LayerChart(layer=[*layers, points]).properties(width=WIDTH, height=HEIGHT, title=heading(title, note))
    return chart


def _bounded(row: dict[str, Any], column: str) -> bool:
    """Whether a row has both limits of a column's interval."""
    return all((v := row.get(f"{column}{end}")) is not None and isfinite(v) for end in ("_low", "_high"))


def kappa_against_quality(rows: Rows) -> Chart:
    """Each representation's κ mean against Q, with 95 % intervals both ways."""
    measured = [r for r in rows if r.get("quality") is not None and r.get("kappa_mean") is not None]
    first = measured[0] if measured else {}
    n = counts(measured)
    note = (
        f"n = {len(measured)} representations{n}. Rules: 95 % intervals, of κ over expressions, of Q over test "
        "behaviors and seeds."
    )
    x = "kappa_mean", f"κ mean ({first.get('metric', '')})"
    names = [r["representation"] for r in rows]
    return crossed(
        measured,
        names,
        x,
        ("quality", "semantic quality Q (0: none, 1: perfect)"),
        note=note,
        title="Roughness against semantic quality",
    )


def counts(rows: Rows) -> str:
    """The sample sizes behind the rows, where they are known and the same for all."""
    words = {"n_expressions": "expressions", "n_test": "test behaviors", "seeds": "trainings"}
    counts = {name: sorted({r[name] for r in rows if r.get(name)}) for name in words}
    parts = [
        "–".join(map(str, dict.fromkeys((v[0], v[-1])))) + f" {words[name].removesuffix('s') if v == [1] else words[name]}"
        for name, v in counts.items()
        if v
    ]
    return f"; {', '.join(parts)} each" if parts else ""


def quality_along_training(rows: Rows, floor: float | None = None, names: Sequence[str] = ()) -> Chart:
    """Q against NTP loss at each checkpoint; training runs from right to left. `floor`: Q of prior sampling. `names`: all of the
    run's representations, so that each has one color in all figures."""
    measured = [r for r in rows if r.get("quality") is not None and r.get("bits") is not None]
    fields = ("representation", "seed", "step", "bits", "quality")
    measured = [{k: r[k] for k in fields if k in r} for r in measured]
    specs = list(dict.fromkeys(r["representation"] for r in measured))
    names = names or specs
    n = f"n = {len(measured)} checkpoints of {len({(r['representation'], r.get('seed')) for r in measured})} trainings"
    x = alt.X(
        "bits:Q",
        title="next-token loss on held-out expressions (bits per expression, log scale)",
        scale=alt.Scale(type="log", nice=False, padding=15),
    )
    y = alt.Y("quality:Q", title="semantic quality Q (subset of the test behaviors)", scale=alt.Scale(zero=False))
    base = alt.Chart(alt.Data(values=measured)).encode(x=x, y=y, detail=["representation:N", "seed:N"])
    lines = base.mark_line(strokeWidth=1.5).encode(color=color(names, shown=specs), order="step:Q")
    tips = [alt.Tooltip("bits:Q", format=".1f"), alt.Tooltip("quality:Q", format=".3f")]
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        color=color(names, shown=specs), shape=shape(names, shown=specs), tooltip=["representation:N", "seed:N", "step:Q", *tips]
    )
    layers = lines + points
    dashed = ""
    if floor is not None:
        rule = alt.Chart(alt.Data(values=[{"quality": floor}])).mark_rule(strokeDash=[4, 4], color=INK, opacity=0.7)
        layers = layers + rule.encode(y="quality:Q")
        dashed = " Dashed: prior sampling, which has learned nothing."
    note = (
        f"{n}; training runs to the left, one line each. Single measurements, without intervals. Codes that round have fewer "
        "bits "
        f"to predict.{dashed}"
    )
    chart: Chart = layers.properties(width=WIDTH, height=HEIGHT, title=heading("Compression and meaning along training", note))
    return chart


def coupling_along_training(rows: Rows, histories: Rows) -> Chart:
    """Whether Q rises as the loss falls: per representation the rank correlation along training; each training a tick. An
    interval over trainings where there are several.

    rows: of the table; histories: of training.parquet.
    """
    from ..compare.trainings import along_training

    measured = [r for r in rows if r.get("coupling") is not None]
    specs, every = [r["representation"] for r in measured], [r["representation"] for r in rows]
    trainings: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in histories:
        trainings.setdefault((row["representation"], row["seed"]), []).append(row)
    ticks: list[dict[str, Any]] = [
        {"representation": spec, "seed": seed, "coupling": along_training([part])["coupling"].value}
        for (spec, seed), part in trainings.items()
    ]
    sizes = sorted({len(part) for part in trainings.values()})
    n = (
        f"{'–'.join(map(str, dict.fromkeys((sizes[0], sizes[-1]))))} checkpoints each, {len(trainings)} trainings"
        if sizes
        else "none"
    )
    x = alt.X(
        "coupling:Q",
        title="Spearman's ρ of compression (−bits per expression) with Q along training",
        scale=alt.Scale(domain=[-1, 1]),
    )
    y = alt.Y("representation:N", sort=specs, title=None, axis=alt.Axis(labelLimit=280))
    names = ("representation", "coupling", "coupling_low", "coupling_high")
    base = alt.Chart(alt.Data(values=[{k: r.get(k) for k in names} for r in measured])).encode(y=y)
    ranges = [{k: r[k] for k in names} for r in measured if r.get("coupling_low") is not None and isfinite(r["coupling_low"])]
    bars = (
        alt.Chart(alt.Data(values=ranges))
        .mark_rule(opacity=0.6, strokeWidth=1.5)
        .encode(y=y, x=alt.X("coupling_low:Q", title=""), x2="coupling_high:Q", color=color(every, False))
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=x, color=color(every, False), tooltip=["representation:N", alt.Tooltip("coupling:Q", format=".2f")]
    )
    single = alt.Chart(alt.Data(values=[t for t in ticks if isfinite(t["coupling"]) and t["representation"] in specs])).mark_tick(
        thickness=1.5, size=12
    )
    each = single.encode(y=y, x=x, color=color(every, False), tooltip=["representation:N", "seed:N"])
    title = heading(
        "Does meaning follow compression?",
        f"n = {n}. 1: Q rises whenever the loss falls; 0: decoupled. Tick: one training; dot: their mean; rule: 95 % interval "
        "over "
        "trainings. A description: loss and Q both go with the steps.",
    )
    chart: Chart = (bars + each + points).properties(width=WIDTH, height=34 * max(len(specs), 1), title=title)
    return chart


def alignment_along_training(histories: Rows, names: Sequence[str] = ()) -> Chart:
    """Cosine of the next-token step with the gradient of Q at each checkpoint, plus or minus a standard error."""
    measured = [dict(r) for r in histories if r.get("gradient_alignment") is not None]
    for row in measured:
        error = row.get("gradient_alignment_se") or 0.0
        row["low"], row["high"] = row["gradient_alignment"] - error, row["gradient_alignment"] + error
    specs = list(dict.fromkeys(r["representation"] for r in measured))
    n = (
        f"n = {measured[0]['gradient_items']} observations, {measured[0]['gradient_samples']} samples each"
        if measured
        else "n = 0"
    )
    fields = ("representation", "seed", "step", "gradient_alignment", "low", "high")
    x = alt.X("step:Q", title="training step (log scale)", scale=alt.Scale(type="log", nice=False, padding=15))
    y = alt.Y("gradient_alignment:Q", title="cosine of next-token step and gradient of Q")
    base = alt.Chart(alt.Data(values=[{k: r[k] for k in fields if k in r} for r in measured])).encode(
        x=x, detail=["representation:N", "seed:N"]
    )
    bars = base.mark_rule(opacity=0.5).encode(y=alt.Y("low:Q", title=""), y2="high:Q", color=color(names or specs, shown=specs))
    lines = base.mark_line(strokeWidth=1.5).encode(y=y, color=color(names or specs, shown=specs))
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        y=y, color=color(names or specs, shown=specs), shape=shape(names or specs, shown=specs)
    )
    title = heading("Gradient alignment along training", f"{n}. Rules: ± one standard error; noise draws the cosine towards 0.")
    chart: Chart = (bars + lines + points).properties(width=WIDTH, height=300, title=title)
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


def running_exponents(result: Lyapunov) -> Chart:
    """Each exponent's mean over the first blocks, against the time that they take."""
    count = len(result.blocks)
    running = np.cumsum(result.blocks, axis=0) / np.arange(1, count + 1)[:, None]
    rows = [
        {"t": result.t * (i + 1) / count, "exponent": str(j + 1), "value": float(v)}
        for i, row in enumerate(running)
        for j, v in enumerate(row)
        if np.isfinite(v)
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
