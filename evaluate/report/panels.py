"""Figures that break a comparison down: small multiples by edit and token, fidelity with its Pareto front, tolerance curves."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import altair as alt

from ..quality.measures.written import KINDS, Written
from ..tables.measures import TOLERANCES
from .figures import HEIGHT, POLICIES, WIDTH, Rows, crossed, span
from .style import INK, PALETTE, Chart, color, heading, shape

if TYPE_CHECKING:
    from ..kappa.kappa import Kappa


def written_beside_truth(written: Sequence[tuple[str, Written]]) -> Chart:
    """A row per representation: what its first model wrote best, at the median and worst, over the true behavior."""
    specs, rows = list(dict.fromkeys(spec for spec, _ in written)), list[dict[str, Any]]()
    for spec, one in written:
        panel = {"representation": spec, "kind": one.kind}
        for which, curves in (("true", one.truth), ("written", one.own)):
            for dimension, curve in enumerate(curves):
                points = [(x, y) for x, y in zip(one.x, curve, strict=True) if y is not None]
                rows += [panel | {"which": which, "line": f"{which} {dimension}", "x": x, "y": y} for x, y in points]
    scale = alt.Scale(domain=["true", "written"], range=[INK, PALETTE[0]])
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=1.6)
        .encode(
            x=alt.X("x:Q", title=None, axis=alt.Axis(tickCount=3)),
            y=alt.Y("y:Q", title=None, axis=alt.Axis(tickCount=3), scale=alt.Scale(zero=False)),
            detail="line:N",
            color=alt.Color("which:N", scale=scale, title=None),
            strokeDash=alt.StrokeDash("which:N", scale=alt.Scale(domain=["true", "written"], range=[[1, 0], [5, 3]]), title=None),
        )
        .properties(width=190, height=90)
    )
    header = alt.Header(labelFontWeight="bold", title=None, labelLimit=220)
    row = alt.Row("representation:N", sort=specs, header=header)
    column = alt.Column("kind:N", sort=list(KINDS), header=header)
    note = "Of each one's first training, over its test behaviors. What does not decode has no curve."
    chart: Chart = lines.facet(row=row, column=column).resolve_scale(x="independent", y="independent")
    chart = chart.properties(title=heading("What the models wrote beside the truth", note))
    return chart


def small_multiples(
    rows: Rows, specs: Sequence[str], order: Sequence[str], x: str | None, title: alt.TitleParams, shared: bool = True
) -> alt.FacetChart:
    """A panel per group, a line per representation. rows: representation, group, value, low, high, note; None where there is
    none. `x`: axis title, None where the groups' names say it; `shared`: whether the panels have one scale."""
    width = max(90, min(190, WIDTH // max(len(order), 1)))
    # Narrow panels have their metric on a second line.
    words: Any = x.replace(" (", "\n(", 1).split("\n") if x is not None and width < 130 else x
    y = alt.Y("representation:N", sort=list(specs), title=None, axis=alt.Axis(labelLimit=280))
    base = alt.Chart().encode(y=y, color=color(specs, False))
    scale = alt.Scale(zero=True, nice=True)
    rules = base.mark_rule(opacity=0.6, strokeWidth=1.5).encode(x=alt.X("from:Q", title=words, scale=scale), x2="to:Q")
    tips = ["representation:N", "group:N", *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("value", "low", "high")), "note:N"]
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X("value:Q", title=words, scale=scale), tooltip=tips)
    # A panel of rules without any interval would have no extent, of which the browser warns: they have no length then.
    measured = [
        r | {"from": r["value"] if r["low"] is None else r["low"], "to": r["value"] if r["low"] is None else r["high"]}
        for r in rows
        if r["value"] is not None
    ]
    layers = (rules + points).properties(width=width, height=22 * max(len(specs), 1))
    header = alt.Header(labelFontWeight="bold")
    data = alt.Data(values=measured)
    chart: alt.FacetChart = layers.facet(column=alt.Column("group:N", sort=list(order), title=None, header=header), data=data)
    chart = chart.properties(title=title)
    return chart if shared else chart.resolve_scale(x="independent")


def breakdown_panels(kappas: Sequence[Kappa], groups: Sequence[dict[str, dict[str, Any]]], grouping: str) -> alt.FacetChart:
    """κ mean by edit kind or token class. `groups`: `Kappa.by` of each; `grouping`: 'kind of edit' or the like."""
    specs = [k.representation for k in kappas]
    order = sorted({name for group in groups for name in group})
    rows: list[dict[str, Any]] = [
        {
            "representation": spec,
            "group": name,
            **entry["mean"],
            "note": f"{entry['n_edits']} edits, {_share(entry['validity'])} decode",
        }
        for spec, group in zip(specs, groups, strict=True)
        for name, entry in group.items()
    ]
    n = max((k.n for k in kappas), default=0)
    first = kappas[0]
    note = (
        f"n = up to {n} expressions each, those with such edits; {POLICIES[first.invalid]}. Rules: 95 % intervals over "
        "expressions."
    )
    title = heading(f"How far an edit moves the meaning, by {grouping}", note)
    return small_multiples(rows, specs, order, f"κ mean ({first.metric})", title)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def validity_panels(rows: Rows) -> alt.FacetChart:
    """The shares of edits that decode and that change nothing, and of a model's samples that decode."""
    columns = {
        "validity": "edits that decode",
        "redundancy": "edits that change nothing",
        "sample_validity": "model's samples that decode",
    }
    shown = {c: t for c, t in columns.items() if any(r.get(c) is not None for r in rows)}
    values = [
        {
            "representation": r["representation"],
            "group": text,
            "value": r[c],
            "low": r[f"{c}_low"],
            "high": r[f"{c}_high"],
            "note": "",
        }
        for r in rows
        for c, text in shown.items()
    ]
    n, tests = span(r["n_expressions"] for r in rows), span(r["n_test"] for r in rows if r["n_test"])
    models = f", of samples over {tests} test behaviors and seeds" if "sample_validity" in shown else ""
    metric = rows[0]["metric"] if rows else ""
    note = (
        f"Changing nothing: within 0.01 of the original ({metric}). Rules: 95 % intervals, of edits over n = {n} "
        f"expressions{models}."
    )
    title = heading("Validity and redundancy", note)
    return small_multiples(values, [r["representation"] for r in rows], list(shown.values()), "share", title)


def pareto_front(rows: Rows, x: str, y: str) -> list[dict[str, Any]]:
    """The rows that no other has less of both than, in order of x. Rows without a value are never there."""
    measured = sorted((r for r in rows if r[x] is not None and r[y] is not None), key=lambda r: (r[x], r[y]))
    front: list[dict[str, Any]] = []
    for row in measured:
        if not front or row[y] < front[-1][y]:
            front.append(row)
    return front


def fidelity_against_kappa(rows: Rows, controls: Sequence[str]) -> Chart:
    """Fidelity error against κ mean. The front joins what nothing beats in both; controls are left out, as their κ of 0 would
    squeeze the axis and says nothing."""
    plain = [r for r in rows if r["representation"] not in controls] or rows
    measured = [r for r in plain if r["kappa_mean"] is not None and r["fidelity_error"] is not None]
    front = pareto_front(measured, "kappa_mean", "fidelity_error")
    metric = rows[0]["metric"] if rows else ""
    n = span(r["n_expressions"] for r in measured)
    aside = f" Left out: {', '.join(controls)}, which corrects every edit (κ = 0)." if len(plain) < len(rows) else ""
    joined = "Dashed steps: the Pareto front, where nothing is better in both"
    if len(front) == 1:
        joined = f"{front[0]['representation']} is the least in both"
    note = (
        f"n = {len(measured)} representations, {n} expressions. Rules: 95 % intervals over expressions. Lower left is "
        f"better. {joined}.{aside}"
    )
    x = "kappa_mean", f"κ mean ({metric})"
    y = "fidelity_error", f"fidelity error: what encoding alone loses ({metric})"
    return crossed(
        measured,
        [r["representation"] for r in rows],
        x,
        y,
        note=note,
        title="Smoothness against fidelity",
        front=front if len(front) > 1 else (),
    )


def tolerance_curves(rows: Rows) -> Chart:
    """The share of test behaviors that a model's expression meets within each relative error, and what retrieval reaches."""
    measured = [r for r in rows if r.get("within_10") is not None]
    specs, names = [r["representation"] for r in measured], [r["representation"] for r in rows]
    # Side by side, so that one interval does not hide the next.
    aside = {spec: 1.02 ** (i - (len(specs) - 1) / 2) for i, spec in enumerate(specs)}
    values = [
        {"representation": r["representation"], "at": 100 * width * aside[r["representation"]], "error": f"{100 * width:g} %"}
        | {"share": r[c], "low": r[f"{c}_low"], "high": r[f"{c}_high"]}
        for r in measured
        for c, width in TOLERANCES.items()
    ]
    x = alt.X(
        "at:Q",
        title="relative error allowed (%, log scale)",
        scale=alt.Scale(type="log", reverse=True, nice=False, padding=15),
        axis=alt.Axis(values=[10, 5, 2, 1, 0.5, 0.2, 0.1], format="~g"),
    )
    y = alt.Y("share:Q", title="share of test behaviors met (one sample each)", scale=alt.Scale(zero=True))
    base = alt.Chart(alt.Data(values=values)).encode(x=x)
    lines = base.mark_line(strokeWidth=1.5).encode(y=y, color=color(names, shown=specs))
    rules = base.mark_rule(opacity=0.35).encode(y=alt.Y("low:Q", title=""), y2="high:Q", color=color(names, shown=specs))
    tips = ["representation:N", "error:N", *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("share", "low", "high"))]
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        y=y, color=color(names, shown=specs), shape=shape(names, shown=specs), tooltip=tips
    )
    layers = lines + rules + points
    shares = nearest(rows)
    dashed = ""
    if shares:
        layers = layers + alt.Chart(alt.Data(values=shares)).mark_line(strokeDash=[5, 3], color=INK, opacity=0.8).encode(x=x, y=y)
        dashed = " Dashed: retrieval of the nearest training behavior, whatever the representation."
    tests, seeds = (span(r[c] for r in measured) for c in ("n_test", "seeds"))
    n = f"n = {tests} test behaviors, {seeds} training{'s' * (seeds != '1')} each"
    note = f"{n}. Rules: 95 % intervals over both, side by side at each error.{dashed}"
    title = heading("How exactly models find the behavior", note)
    chart: Chart = layers.properties(width=WIDTH, height=HEIGHT, title=title)
    return chart


def nearest(rows: Rows) -> list[dict[str, float]]:
    """What retrieval reaches at each tolerance: the same for every representation, so the first's."""
    for row in rows:
        shares = [(100 * width, row.get(f"nearest_{c}")) for c, width in TOLERANCES.items()]
        if all(share is not None and isfinite(share) for _, share in shares):
            return [{"at": error, "share": float(share)} for error, share in shares if share is not None]
    return []
