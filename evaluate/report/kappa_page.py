"""The page of a run of κ alone: a comparison's, without what models make of it."""

from __future__ import annotations

from ...grammars.files.write import write_text
from ..compare.answer import answer, placed, rankings, smoother, words
from ..compare.verdict import verdict_of_kappa
from ..measuring.measured import Measured
from ..tables.column import Row
from ..tables.robustness import ROBUSTNESS
from ..tables.summary import MAIN, MEASURED, SHOWN
from .kappa_sections import TITLES, insides, of_kappa, rendered, sections
from .page import Section
from .table import Cell, as_latex, as_markdown, cells

_COLUMNS = tuple(c for c in SHOWN if c.name in (*MEASURED, "place_kappa"))
_WAYS = ("kind", "encoded", "stays", "moves", "unread", "kept", "longer", "n_expressions")
"""What the page has of natural edits."""
_SIDE = "The original's side of each distance is the behavior of"
_DECODED = f"{_SIDE} what its own sequence decodes to, so that rounding is not counted twice: it is the fidelity error"
_ITSELF = f"{_SIDE} the expression itself, so that no tokenizer has a part in it"
_LIKELY = "tokens in the place of others, as likely as a small model that was trained on such expressions finds them"
EDITS = {
    "token": f"one token substituted, inserted or deleted. {_DECODED}",
    "transpose": f"two neighboring tokens exchanged. {_DECODED}",
    "coefficient": f"one coefficient multiplied by 1.01 or 0.99. {_ITSELF}",
    "tree": f"one node of the tree relabeled, inserted or deleted. {_ITSELF}",
    "natural": f"the same text in the other ways in which people and tools write it. {_DECODED}",
    "plausible": f"{_LIKELY}, given the tokens before. {_DECODED}",
    "plausible-whole": f"{_LIKELY}, given all others. {_DECODED}",
}


def write_kappa_page(result: Measured) -> None:
    """Draw the figures of a run of κ alone and build `report.html`, `summary.md` and `summary.tex`, from its folder. Raises
    `OutputError`."""
    ranked = answer(result.kappas, [None] * len(result.kappas))
    rows = placed(result.rows, ranked)
    ways = _ways(result)
    # Of rewritings a table by way of writing says more than figures by kind, and no token is where one happens.
    plans = [p for p in of_kappa(result.kappas, result.drawable, ranked.controls) if not ways or p[0] != "breakdown"]
    drawn = sections(result.folder, plans, TITLES)
    inside = insides(result.folder, result.kappas)
    values = inside | {
        "heat": None if ways else inside["heat"],
        "run": result.header,
        "rows": rows,
        "columns": _COLUMNS,
        "main": MAIN,
        "cells": [cells(row, _COLUMNS) for row in rows],
        "lead": smoother(ranked),
        "rests_on": (),
        "standings": None,
        "pairs": (),
        "verdict": verdict_of_kappa(rows),
        "rankings": rankings(rows, ranked),
        "cautions": [(row["representation"], row["note"]) for row in rows if row["note"]],
        "figure_sections": drawn,
        "skipped": result.skipped,
        "missing": ", ".join(result.unfinished),
        "words": words(result.header, rows),
        "edits": EDITS.get(result.plan.edits, "edits of the user's own"),
        "ways": ways,
        "ways_heads": [ROBUSTNESS[name] for name in _WAYS],
    }
    listed = [*drawn, *([Section("ways", "The same text, written in other ways", ())] if ways else ())]
    write_text(result.folder / "report.html", rendered("kappa.html.j2", listed, values))
    caption = (
        f"{len(rows)} representations, domain {result.plan.domain}, metric {result.plan.metric}, edits {result.plan.edits}; such "
        f"as do not decode: {result.plan.invalid}. 95 % intervals. Places: what significant paired differences leave open."
    )
    write_text(result.folder / "summary.md", as_markdown(rows, caption))
    write_text(result.folder / "summary.tex", as_latex(rows, caption))


def _ways(result: Measured) -> list[tuple[str, list[Cell]]]:
    """The table of natural edits: representation and cells of each row; none of other edits."""
    columns = [ROBUSTNESS[name] for name in _WAYS]
    rows: list[Row] = [row for kappa in result.kappas for row in kappa.robustness.rows()]
    return [(row["representation"], cells(row, columns)) for row in rows]
