"""The figures of a study of the code dial, from its rows."""

from __future__ import annotations

import altair as alt

from ..study.ledger import Row, Tables
from .dial_scatter import scatter
from .style import Chart

_ROLES = ("main", "control", "contrast", "corrected", "longer")
_SHOWN = {
    "quality": ("Normalized Q against κ̄ within words", "quality_share", "normalized Q", None),
    "copying": (
        "Examples that copying a table takes, against κ̄ within words",
        "copy_examples",
        "examples until 99 % of the words are copied",
        alt.Scale(type="log", nice=False),
    ),
}


def figures(tables: Tables) -> dict[str, tuple[str, Chart]]:
    """File name -> caption and chart, a color for each kind of table, those whose slope is tested first."""
    rows = tables["trainings"]
    found = {}
    for name, (caption, outcome, title, scale) in _SHOWN.items():
        known = sorted((row for row in rows if row[outcome] is not None), key=lambda row: _ROLES.index(row["role"]))
        kinds, each = list(dict.fromkeys(map(_kind, known))), "on a table of its own"
        chart = scatter(rows, outcome, title, group=_kind, groups=kinds, legend="table", each=each, scale=scale)
        found[name] = caption, chart
    return found


def _kind(row: Row) -> str:
    return str(row["kind"])
