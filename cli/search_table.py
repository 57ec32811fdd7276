"""A search on the terminal: its front as a table, what the local searches made, and what was found in sentences."""

from __future__ import annotations

from rich.text import Text

from ..evaluate.search.held_out import Entry
from ..evaluate.search.result import SearchResult
from .fitted import Fitted, console


def show_search(result: SearchResult) -> None:
    """Print it. Values are held out, with the searched half's in brackets."""
    out = console()
    objectives = result.plan.objectives
    table = Fitted("representation", *objectives, "κ of", "note", right=(*objectives, "κ of"))
    notes = {id(e): "knee" if e is result.knee else "" for e in result.front}
    for entry in (*result.front, *result.local):
        note = notes.get(id(entry), f"{entry.origin}, beside the front")
        table.add_row(Text(entry.spec), *(_cell(entry, o) for o in objectives), _counted(entry), note)
    out.print(table)
    out.print(
        Text(
            f"held out, n = {len(result.data.held_out)} expressions; in brackets: those searched on, "
            f"{len(result.data.searched)}. κ of: how many "
            "have a κ of their own; the others count as the largest distance"
        )
    )
    for sentence in result.statements:
        out.print(Text(sentence))
    for name, reason in result.data.left_out:
        out.print(Text(f"skipped {name}: {reason}"))
    if result.folder is not None:
        out.print(Text(f"specs: {result.folder / 'pareto.txt'}"))
        out.print(Text(f"report: {result.folder / 'report.html'}"))


def _counted(entry: Entry) -> str:
    return f"{entry.held.kappa_n} ({entry.searched.kappa_n})"


def _cell(entry: Entry, objective: str) -> str:
    return f"{entry.held.value(objective):.3g} ({entry.searched.value(objective):.3g})"
