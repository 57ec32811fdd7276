"""The figures of a study of the redundancy dial, from its rows."""

from __future__ import annotations

from ..study.ledger import Row, Tables
from .dial_scatter import scatter
from .style import Chart

_ARMS = {"yes": "written", "no": "only read"}
_SHOWN = {
    "quality": ("Normalized Q against κ̄ within words", "quality_share", "normalized Q"),
    "bits": ("Bits beyond free choice against κ̄ within words", "bits_beyond", "held-out bits, less those of free choice"),
}


def figures(tables: Tables) -> dict[str, tuple[str, Chart]]:
    """File name -> caption and chart."""
    rows, arms, each = tables["trainings"], list(_ARMS.values()), "with synonyms of digits of its own"
    return {
        name: (caption, scatter(rows, outcome, title, group=_arm, groups=arms, legend="synonyms", each=each))
        for name, (caption, outcome, title) in _SHOWN.items()
    }


def _arm(row: Row) -> str:
    return _ARMS[row["written"]]
