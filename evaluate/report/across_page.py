"""index.md of a table of domains, built from its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...grammars.files.write import write_text
from ..across.order import PAPER, said
from ..across.run import Across
from ..study.ledger import MISSING
from ..tables.across import BY_DOMAIN
from ..tables.column import LIMITS, Row
from .across_figures import figures, in_order
from .style import write_svg
from .table import markdown

_TITLE = "How rough are the domains, and in the paper's order?"
_ABOUT = (
    """Made by a command, from the tables beside this page. Nothing is trained: κ̄, validity and redundancy are of token edits,
    and say nothing of any model's quality.""",
    """*κ mean* is a mean of distances by the domain's own metric and does not compare across domains; *κ over two apart* is it
    over the mean distance of two independent expressions of the same domain and distribution, and this, validity and
    redundancy are compared. It is above 1 where edits lead to meanings that no expression of the distribution has, an undefined
    one among them, which counts as far as can be. An edit that does not decode has no meaning: it counts in validity and
    redundancy, and not in κ. Redundancy hangs on each metric's own ε; *near* is the share of edits that move the meaning by no
    more than a twentieth of two apart. *Natural* expressions are such as people write or a rule of the domain keeps (a bank,
    shortest programs and proofs, sequences that fold), *uniform* ones are drawn without regard to that, of what has a meaning
    at all. In parentheses 95 % intervals over expressions, of one figure each.""",
)
_COLUMNS = (
    "mean_relative",
    "kappa_mean",
    "apart",
    "kappa@16",
    "sup",
    "silent",
    "kappa_moving",
    "undefined",
    "validity",
    "redundancy",
    "near",
)
_WITH_LIMITS = ("mean_relative", "kappa_mean", "apart")


def write_across_page(folder: Path, header: Mapping[str, Any], rows: Sequence[Row], each: Sequence[Row]) -> Across:
    """Figures and index.md, from the rows."""
    charts = figures(rows, each)
    for name, (_, chart) in charts.items():
        write_svg(chart, folder / f"{name}.svg")
    sentences = said(rows)
    parts = [
        f"# {_TITLE}",
        *(" ".join(text.split()) for text in _ABOUT),
        "\n".join(f"- {sentence}" for sentence in sentences),
        *(f"![{caption}]({name}.svg)" for name, (caption, _) in charts.items()),
        "## Table 1's rows",
        markdown(
            ["row of the paper", "its κ̄, by place", "measured as"], [(n, str(p), ", ".join(d)) for n, p, d in PAPER], words=3
        ),
        "## Domains, expressions, representations",
        _table(rows),
        f"`{header['repeat']}`",
    ]
    write_text(folder / "index.md", "\n\n".join(part for part in parts if part) + "\n")
    return Across(folder=folder, rows=tuple(rows), each=tuple(each), sentences=tuple(sentences))


def _table(rows: Sequence[Row]) -> str:
    head = ["domain", "expressions", "representation", *(BY_DOMAIN[name].title for name in _COLUMNS), "V", "n", "exact"]
    order = in_order(rows)
    return markdown(head, [_cells(row) for row in sorted(rows, key=lambda row: order.index(row["domain"]))], words=3)


def _cells(row: Row) -> list[str]:
    place = [row["domain"], row["distribution"]]
    if row["status"] != "ok":
        return [*place, f"{row['representation']} {row['status']}".strip(), *[MISSING] * (len(_COLUMNS) + 3)]
    name = f"`{row['representation']}`{' (control)' if row['control'] else ''}"
    values = [_value(row, column) for column in _COLUMNS]
    return [*place, name, *values, f"{row['vocabulary']:,}", str(row["n_expressions"]), "yes" if row["exact"] else "no"]


def _value(row: Row, name: str) -> str:
    value, low, high = (row[name + end] for end in ("", *LIMITS))
    if value is None or value != value:
        return MISSING
    text = f"{value:.3f}"
    return text if name not in _WITH_LIMITS or low is None else f"{text} ({low:.2f} to {high:.2f})"
