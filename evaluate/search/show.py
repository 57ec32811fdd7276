"""A search on the terminal: its front as a table, what the local searches made, and what was found in sentences."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .held_out import Entry
from .result import SearchResult


def show_search(result: SearchResult) -> None:
    """Print it. Values are held out, with the searched half's in brackets."""
    found = Console(highlight=False)
    console = found if found.is_terminal else Console(highlight=False, width=200)
    objectives = result.plan.objectives
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("representation", overflow="fold")
    for name in objectives:
        table.add_column(name, justify="right")
    table.add_column("note")
    notes = {id(e): "knee" if e is result.knee else "" for e in result.front}
    for entry in (*result.front, *result.local):
        note = notes.get(id(entry), f"{entry.origin}, beside the front")
        table.add_row(Text(entry.spec), *(_cell(entry, o) for o in objectives), note)
    console.print(table)
    console.print(
        Text(f"held out, n = {len(result.bench.held)} expressions; in brackets: those searched on, {len(result.bench.searched)}")
    )
    for sentence in result.statements:
        console.print(Text(sentence))
    for what, reason in result.bench.left_out:
        console.print(Text(f"skipped {what}: {reason}"))
    if result.folder is not None:
        console.print(Text(f"specs: {result.folder / 'pareto.txt'}"))


def _cell(entry: Entry, objective: str) -> str:
    return f"{entry.held.value(objective):.3g} ({entry.searched.value(objective):.3g})"
