"""A study's figures, from the rows of its tables."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ..study.ledger import Row, Tables
from ..study.predictors import BOTH, PREDICTORS, TARGETS
from .style import PALETTE, SHAPES, Chart

_WIDTH, _HEIGHT = 520, 340


def figures(tables: Tables) -> dict[str, tuple[str, Chart]]:
    """File name -> caption and chart."""
    drawn: dict[str, tuple[str, Chart]] = {}
    for row in tables["domains"]:
        domain = row["domain"]
        file = domain.replace(":", "-")
        own = [
            r
            for r in tables["representations"]
            if r["domain"] == domain and r["quality"] is not None and r["kappa_mean"] is not None
        ]
        single = [r for r in tables["study"] if r["domain"] == domain and r["quality"] is not None]
        if own:
            drawn[f"kappa-against-quality-{file}"] = f"κ mean against Q, domain {domain}", against(own, row)
        if single:
            drawn[f"quality-{file}"] = f"Q by representation and seed, domain {domain}", by_seed(single, row)
    rows = [
        r for r in tables["predictors"] if r["target"] == TARGETS[0] and r["control"] and not r["given"] and r["rho"] is not None
    ]
    if rows:
        drawn["predictors"] = "Rank correlation of each predictor with Q", dots(rows)
    return drawn


def _palette(specs: Sequence[str]) -> tuple[alt.Color, alt.Shape]:
    legend = alt.Legend(orient="right", labelLimit=280, symbolSize=90)
    colors = alt.Scale(domain=list(specs), range=[PALETTE[i % len(PALETTE)] for i in range(len(specs))])
    shapes = alt.Scale(domain=list(specs), range=[SHAPES[i % len(SHAPES)] for i in range(len(specs))])
    return (
        alt.Color("representation:N", title="representation", scale=colors, legend=legend),
        alt.Shape("representation:N", title="representation", scale=shapes, legend=legend),
    )


def against(rows: Sequence[Row], domain: Row) -> Chart:
    """κ mean against Q, intervals both ways, and the roughness of tree edits."""
    specs = [r["representation"] for r in rows]
    color, shape = _palette(specs)
    names = ("representation", *(f"{c}{s}" for c in ("kappa_mean", "quality") for s in ("", "_low", "_high")))
    base = alt.Chart(alt.Data(values=[{k: r[k] for k in names} for r in rows]))
    x = alt.X(
        "kappa_mean:Q",
        title=f"κ mean, uniform token edits ({domain['metric']}; 95 % interval over expressions)",
        scale=alt.Scale(zero=False, nice=False, padding=20),
    )
    y = alt.Y(
        "quality:Q", title="semantic quality Q (95 % interval over test items and seeds)", scale=alt.Scale(zero=False, padding=20)
    )
    marks = (
        base.mark_rule(opacity=0.6).encode(y=y, x=alt.X("kappa_mean_low:Q", title=""), x2="kappa_mean_high:Q", color=color)
        + base.mark_rule(opacity=0.6).encode(x=x, y=alt.Y("quality_low:Q", title=""), y2="quality_high:Q", color=color)
        + base.mark_point(filled=True, size=110, opacity=1).encode(x=x, y=y, color=color, shape=shape)
    )
    dashed = ""
    if domain["kappa_tree"] is not None:
        rule = alt.Chart(alt.Data(values=[{"kappa_mean": domain["kappa_tree"]}]))
        marks = marks + rule.mark_rule(strokeDash=[4, 4], color="#555").encode(x="kappa_mean:Q")
        dashed = "; dashed: tree edits"
    title = f"{domain['domain']}: roughness against quality (n = {len(rows)} representations, {domain['seeds']} seeds{dashed})"
    chart: Chart = marks.properties(width=_WIDTH, height=_HEIGHT, title=title)
    return chart


def by_seed(rows: Sequence[Row], domain: Row) -> Chart:
    """A point per training, a bar at the mean; the dashed rule is prior sampling."""
    values = [{"representation": r["representation"], "seed": str(r["seed"]), "quality": r["quality"]} for r in rows]
    means = {
        spec: [v["quality"] for v in values if v["representation"] == spec]
        for spec in dict.fromkeys(v["representation"] for v in values)
    }
    order = sorted(means, key=lambda spec: -sum(means[spec]) / len(means[spec]))
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("representation:N", sort=order, title=None, axis=alt.Axis(labelLimit=280)),
        x=alt.X("quality:Q", title="semantic quality Q of one training", scale=alt.Scale(zero=False, padding=15)),
    )
    seeds = alt.Scale(range=list(PALETTE))
    points = base.mark_point(filled=True, size=60, opacity=0.9).encode(color=alt.Color("seed:N", scale=seeds), shape="seed:N")
    bars = base.mark_tick(thickness=2, size=18, color="black").encode(x="mean(quality):Q")
    marks = points + bars
    dashed = ""
    if domain["floor_prior"] is not None:
        rule = alt.Chart(alt.Data(values=[{"quality": domain["floor_prior"]}]))
        marks = marks + rule.mark_rule(strokeDash=[4, 4], color="#555").encode(x="quality:Q")
        dashed = "; dashed: prior sampling"
    title = f"{domain['domain']}: Q by seed (n = {len(order)} representations, {domain['n_test']} test items{dashed})"
    chart: Chart = marks.properties(width=_WIDTH, height=24 * max(len(order), 1), title=title)
    return chart


def dots(rows: Sequence[Row]) -> Chart:
    """Rank correlations with intervals, by predictor and domain."""
    labels = {p.name: p.words for p in PREDICTORS}
    order = [p.words for p in PREDICTORS]
    domains = list(dict.fromkeys(r["domain"] for r in rows))
    values = [{"predictor": labels[r["predictor"]], **{k: r[k] for k in ("domain", "rho", "low", "high")}} for r in rows]
    counts = ", ".join(f"{d}: n = {max(r['n'] for r in rows if r['domain'] == d)}" for d in domains)
    y = alt.Y("predictor:N", sort=order, title=None, axis=alt.Axis(labelLimit=320))
    offset = alt.YOffset("domain:N", sort=domains)
    scale = alt.Scale(domain=domains, range=list(PALETTE[: len(domains)]))
    title = f"domain ({BOTH}: ranked apart)"
    color = alt.Color("domain:N", scale=scale, title=title)
    shape = alt.Shape("domain:N", scale=alt.Scale(domain=domains, range=list(SHAPES[: len(domains)])), title=title)
    base = alt.Chart(alt.Data(values=values)).encode(y=y, yOffset=offset, color=color)
    x = alt.X(
        "rho:Q",
        title="Spearman's ρ with Q (95 % interval over representations, whole, and seeds)",
        scale=alt.Scale(domain=[-1, 1]),
    )
    ranged = base.transform_filter("isValid(datum.low)")
    marks = (
        ranged.mark_rule(strokeWidth=1.5).encode(x=alt.X("low:Q", title="", scale=alt.Scale(domain=[-1, 1])), x2="high:Q")
        + base.mark_point(filled=True, size=60, opacity=1).encode(x=x, color=color, shape=shape)
        + alt.Chart(alt.Data(values=[{"rho": 0.0}])).mark_rule(color="#555").encode(x="rho:Q")
    )
    height = (14 * len(domains) + 8) * len(order)
    chart: Chart = marks.properties(width=_WIDTH, height=height, title=f"What ranks representations as Q does ({counts})")
    return chart
