"""The main table: one list of rows, written as HTML cells, as Markdown and as LaTeX; summary.csv has the same numbers in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf, isnan

from ..compare.summary import is_lossless
from ..results.format import number
from ..tables.column import LIMITS, Column, Row
from ..tables.summary import BITS, MAIN, PLACES, SHOWN


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` and `interval` as shown; `value`: what summary.csv has, and what is sorted by ('' where there is nothing)."""

    column: Column
    text: str
    value: str
    interval: str = ""


def cells(row: Row, columns: Sequence[Column] = SHOWN) -> list[Cell]:
    """One cell per column."""
    return [_cell(row, column) for column in columns]


def _cell(row: Row, column: Column) -> Cell:
    value = row[column.name]
    if isinstance(value, str):
        placed = column in PLACES
        return Cell(column, value or "-" * placed, value.split("–")[0] if placed else value)
    if value is None or isnan(value):
        return Cell(column, "-", "")
    if isinf(value):
        return Cell(column, "∞" if value > 0 else "−∞", repr(float(value)))
    low, high = (row[column.name + end] if column.interval else None for end in LIMITS)
    text, interval = number(value, low, high, column.digits)
    text += "*" * (column is BITS and not is_lossless(row))
    return Cell(column, text, str(value) if isinstance(value, int) else repr(float(value)), interval)


def shown(rows: Sequence[Row]) -> list[tuple[Column, list[Cell]]]:
    """The main columns that have a value in some row."""
    table = [cells(row) for row in rows]
    columns = [(c, [line[i] for line in table]) for i, c in enumerate(SHOWN) if c.name in MAIN]
    return [(c, own) for c, own in columns if any(cell.value for cell in own)]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A Markdown table of texts as they are; the first columns are `words`, the others numbers."""
    lines = [head, ["---"] * words + ["---:"] * (len(head) - words), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def as_markdown(rows: Sequence[Row], caption: str) -> str:
    """The main columns as a Markdown table, intervals in brackets."""
    columns = shown(rows)
    lines = [[_markdown(c.title) for c, _ in columns], ["---" if c.is_text else "---:" for c, _ in columns]]
    lines += [[_md_cell(cells[i]) for _, cells in columns] for i in range(len(rows))]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + f"\n\n{_markdown(caption)}\n"


def _md_cell(cell: Cell) -> str:
    if cell.column.name == "representation":
        return "`" + " ".join(cell.text.split()).replace("`", "'").replace("|", "\\|") + "`"
    return _markdown(cell.text) + (f" ({cell.interval})" if cell.interval else "")


def _markdown(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#$" else c for c in flat)


def as_latex(rows: Sequence[Row], caption: str) -> str:
    """The main columns but the notes as a LaTeX table for the packages booktabs and, on older engines, textcomp; intervals as
    limits. Characters that pdfLaTeX may not know, in a name of the user's own, stand as they are: XeLaTeX and LuaLaTeX take
    them."""
    columns = [(c, cells) for c, cells in shown(rows) if c.name != "note"]
    head = " & ".join(_latex(c.title) for c, _ in columns)
    body = [" & ".join(_tex_cell(cells[i]) for _, cells in columns) + r" \\" for i in range(len(rows))]
    layout = "".join("l" if c.is_text else "r" for c, _ in columns)
    return "\n".join(
        [
            r"% needs \usepackage{booktabs}",
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_latex(caption)}}}",
            rf"\begin{{tabular}}{{{layout}}}",
            r"\toprule",
            head + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _tex_cell(cell: Cell) -> str:
    if cell.column.name == "representation":
        return rf"\texttt{{{_latex(cell.text)}}}"
    if not cell.interval:
        return "--" if cell.text == "-" else _latex(cell.text)
    low, high = cell.interval.split(" … ")
    return f"${cell.text}_{{{low}}}^{{{high}}}$"


_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "κ": r"$\kappa$", "Δ": r"$\Delta$", "–": "--", "₂": r"$_2$", "²": r"$^2$", "≤": r"$\leq$", "…": r"\dots{}", "−": "$-$",
    "ρ": r"$\rho$", "λ": r"$\lambda$", "φ": r"$\varphi$", "σ": r"$\sigma$", "μ": r"$\mu$", "π": r"$\pi$", "‖": r"$\Vert$",
    "×": r"$\times$",
    "≥": r"$\geq$", "′": "$'$", "→": r"$\rightarrow$", "“": "``", "”": "''", "’": "'", "·": r"$\cdot$", "±": r"$\pm$",
    "∞": r"$\infty$",
}  # fmt: skip


def _latex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in " ".join(text.split()))
