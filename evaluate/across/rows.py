"""The table of domains, from the rows of its expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compare.summary import is_control
from ..kappa.kappa import NOTHING
from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate
from ..tables.across import BY_DOMAIN, BY_EXPRESSION
from ..tables.column import Row

Floats = NDArray[np.float64]

_SHARES = ("silent", "validity", "redundancy", "near", "undefined")
_DISTANCES = ("kappa_mean", "kappa@16", "sup", "kappa_moving", "apart")
_RARE = ("kappa@16", "sup")
"""Figures that values which are seldom seen rule."""


def ratio(a: Sequence[float] | Floats, b: Sequence[float] | Floats, twice: bool = False) -> Estimate:
    """mean(a) / mean(b) over those that have both, (n,) each, with its 95 % interval for the choice of these: that of the mean of
    what each leaves of the ratio (the delta method). `twice`: whether b is of each held against the others of the same list, so
    that each is in the others' b as well, with as much weight (Hoeffding's projection of a U-statistic)."""
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[both], y[both]
    if not len(x) or not y.mean():
        return Estimate(np.nan, np.nan, np.nan)
    value = x.mean() / y.mean()
    found = mean_estimate(value + (x - value * (doubled(y) if twice else y)) / y.mean())
    return Estimate(float(value), max(found.low, 0.0), found.high)


def doubled(y: Floats) -> Floats:
    """The values with twice their deviations from the mean: what each adds to a mean of all pairs."""
    return np.asarray(2 * y - np.nanmean(y))


def domain_rows(parts: Iterable[tuple[str, str, Mapping[str, Any]]]) -> list[Row]:
    """One per representation of each part, (domain, distribution, what is kept of it); one without a representation for what is
    not installed."""
    rows = []
    for domain, distribution, part in parts:
        place = {"domain": domain, "distribution": distribution}
        if not part["measured"]:
            rows.append(_nothing(place, part["status"]))
        for known in part["measured"]:
            own = [row for row in part["expressions"] if row["representation"] == known["representation"]]
            rows.append(_row(place | known, own))
    return rows


def _row(known: Row, own: Sequence[Row]) -> Row:
    columns = {c.name: np.array([r[c.name] for r in own], dtype=float) for c in BY_EXPRESSION if c.kind is float}
    about = {
        name: known[name] for name in ("domain", "distribution", "representation", "metric", "exact", "n_given", "vocabulary")
    }
    if not (~np.isnan(columns["kappa_mean"])).any():
        return _nothing(about, "no expression has an edit that decodes")
    d_max, twice = float(known["d_max"]), known["among_themselves"]
    found = {name: _mean(name, values, d_max) for name, values in columns.items()}
    if twice:
        pairs = mean_estimate(doubled(columns["apart"]))
        found["apart"] = Estimate(found["apart"].value, max(pairs.low, 0.0), min(pairs.high, d_max))
    both = ~np.isnan(columns["kappa_mean"]) & ~np.isnan(columns["apart"])
    counts = {"n_expressions": int((~np.isnan(columns["kappa_mean"])).sum()), "n_compared": int(both.sum())}
    control = is_control(found["sup"].value, found["redundancy"].value)
    mean = ratio(columns["kappa_mean"], columns["apart"], twice)
    return BY_DOMAIN.row(about | found | counts | {"control": control, "mean_relative": mean, "status": "ok"})


def _mean(name: str, values: Floats, d_max: float) -> Estimate:
    """As `Kappa` has it: no interval where a metric has no largest distance, no κ@m that is known of some expressions alone."""
    if name == "kappa@16" and np.isnan(values).any():
        return NOTHING
    if name in _DISTANCES and not np.isfinite(d_max):
        return Estimate(mean_estimate(values).value, np.nan, np.nan)
    bounds = (0.0, d_max if name in _DISTANCES else 1.0 if name in _SHARES else np.inf)
    return mean_estimate(values, bounds, rare=name in _RARE)


def _nothing(place: Row, status: str) -> Row:
    empty = dict.fromkeys(BY_DOMAIN.stored)
    return {**empty, "representation": "", "n_expressions": 0, **place, "status": status}


def kept(rows: Sequence[Row]) -> list[Row]:
    """Those that were measured and stand for a domain."""
    return [row for row in rows if row["status"] == "ok" and not row["control"]]


def standings(rows: Sequence[Row]) -> list[str]:
    """A line per domain and distribution: over its representations, controls left out."""
    lines = []
    for domain, distribution in dict.fromkeys((row["domain"], row["distribution"]) for row in rows):
        there = [row for row in rows if (row["domain"], row["distribution"]) == (domain, distribution)]
        own = [row for row in kept(there) if row["mean_relative"] is not None]
        name = f"{domain}, {distribution}"
        if not own:
            lines.append(f"{name}: {there[0]['status']}")
            continue
        words = []
        for measure, title in (("mean_relative", "κ over two apart"), ("validity", "validity"), ("redundancy", "redundancy")):
            values = [row[measure] for row in own]
            words.append(f"{title} {min(values):.3f} to {max(values):.3f}")
        lines.append(f"{name}: {', '.join(words)}, {len(own)} representations")
    return lines
