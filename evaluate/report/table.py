"""The main table: one list of rows, written as HTML cells, as Markdown and as LaTeX; summary.csv has the same numbers in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf, isnan
from typing import Any

from ..compare.summary import is_lossless
from ..results.format import number

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the main table: the row's field, what it is called, what it means. `digits`: decimals where there is no interval.

    `main`: shown at once, the others on demand. `better`: 'less', 'more' or ''.
    """

    field: str
    title: str
    help: str
    digits: int = 3
    text: bool = False
    main: bool = False
    better: str = ""


# fmt: off
COLUMNS = (
    Column("representation", "representation", "the spec, as -r takes it", text=True, main=True),
    Column("place_kappa", "place by κ", "places that significant differences of κ mean leave open; 1 is smoothest", text=True, main=True),
    Column("kappa_mean", "κ mean", "mean distance that one edit moves the meaning, averaged over expressions", main=True, better="less"),
    Column("fidelity_error", "fidelity error", "distance that encoding and decoding alone move the meaning", main=True, better="less"),
    Column("validity", "validity", "share of edits that decode to a system of the same dimension: of each expression, then "
           "averaged over expressions", main=True),
    Column("place_quality", "place by Q", "places that significant differences of Q leave open, 1 the best", text=True, main=True),
    Column("quality", "Q", "semantic quality of what the model writes (Eq. 3): 0 none, 1 perfect", main=True, better="more"),
    Column("bits", "NTP bits", "next-token loss of the model in bits per held-out expression, which is no count of tokens and no "
           "file size. * The code rounds, and what it drops need not be predicted: "
           "compare among those without a star", 1, main=True, better="less"),
    Column("tokens", "tokens", "tokens per expression", 1, main=True, better="less"),
    Column("redundancy", "redundancy", "share of edits within the metric's ε (0.01) of the original's behavior"),
    Column("vocabulary_size", "V", "content tokens in the vocabulary fitted to the data, which κ, fidelity error and tokens are of", 0, main=True),
    Column("kappa_difference", "Δκ", "paired difference of κ mean to the smoothest that is no control; the interval is for it alone"),
    Column("kappa@4", "κ@4", "expected maximum over 4 random valid edits (unbiased); none where an expression has too few"),
    Column("kappa@16", "κ@16", "expected maximum over 16 random valid edits (unbiased); none where an expression has too few"),
    Column("sup", "sup", "largest distance found per expression (Eq. 1); a lower bound where the neighborhood was sampled, or an "
           "edit has no distance"),
    Column("n_expressions", "expressions", "expressions that κ rests on: those with an edit that counts", 0),
    Column("n_edits", "edits", "edits drawn", 0),
    Column("n_undefined", "undefined", "edits that have no value somewhere where the original has one: such points count as far as can be", 0),
    Column("n_unresolved", "unresolved", "edits whose simulation could not be resolved: counted, without a distance", 0),
    Column("quality_share", "Q share", "Q between prior sampling (0) and the representation's own round trip (1)", 2),
    Column("quality_constrained", "Q constrained", "Q where the model may only write what the representation's grammar allows"),
    Column("vocabulary_learned", "V learned", "content tokens in the vocabulary fitted to the training expressions, which Q and bits are of", 0),
    Column("n_trained_on", "trained on", "expressions that κ was measured on and training happened to draw as well", 0),
    Column("r2_share", "R² > 0.9", "share of test behaviors fitted with R² above 0.9"),
    Column("within_10", "≤ 10 %", "share of test behaviors within 10 % relative error"),
    Column("within_1", "≤ 1 %", "share of test behaviors within 1 % relative error"),
    Column("within_0.1", "≤ 0.1 %", "share of test behaviors within 0.1 % relative error"),
    Column("sample_validity", "valid samples", "share of the model's samples that decode"),
    Column("quality_valid", "Q given valid", "Q over the samples that decode alone: Q is about this times the share that decodes", better="more"),
    Column("quality_new_form", "Q, new forms", "Q where training shows no equation that is the same but for order, signs and constants"),
    Column("quality_known_form", "Q, known forms", "Q where training shows the same equation but for order, signs and constants"),
    Column("floor_prior", "Q of the prior", "Q of sampling without learning: the floor"),
    Column("floor_nearest", "Q of retrieval", "Q of copying the nearest training behavior"),
    Column("n_test", "test behaviors", "behaviors that Q is measured on", 0),
    Column("seeds", "seeds", "trainings that Q is averaged over", 0),
    Column("unigram_bits", "unigram bits", "bits per expression under the tokens' own frequencies, no model: its average code "
           "length if tokens were independent", 1),
    Column("naive_bits", "L log₂ V", "bits per expression where every token of the vocabulary costs the same, no model", 1),
    Column("number_fragments", "tokens/number", "tokens that write part of a coefficient", 2),
    Column("operator_fragments", "tokens/operator", "tokens that write part of an operator's or function's name", 2),
    Column("alignment", "aligned", "share of tokens that write part of exactly one node of the tree; a merged token that reaches "
           "across a node's end is none of them", 2),
    Column("vocabulary_use", "V used", "share of the vocabulary that occurs", 2),
    Column("shannon_efficiency", "H / log₂ V", "Shannon entropy of the tokens over its largest value", 2),
    Column("renyi_efficiency", "Rényi eff.", "Rényi efficiency: the tokens' Rényi entropy of order 2.5 over its largest value, log₂ V; "
           "1 where all tokens are equally frequent, lower the more a few of them dominate (Zouhar et al. 2023)", 2),
    Column("note", "note", "when not to believe a row", text=True, main=True),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` and `interval` as shown; `value`: what summary.csv has, and what is sorted by ('' where there is nothing)."""

    column: Column
    text: str
    value: str
    interval: str = ""


def cells(row: Row) -> list[Cell]:
    """One cell per column."""
    return [_cell(row, column) for column in COLUMNS]


def _cell(row: Row, column: Column) -> Cell:
    value = row.get(column.field)
    if isinstance(value, str):
        first = value.split("–")[0] if column.field.startswith("place_") else value
        return Cell(column, value or ("-" if column.field.startswith("place_") else ""), first)
    if value is None or isnan(value):
        return Cell(column, "-", "")
    if isinf(value):
        return Cell(column, "∞" if value > 0 else "−∞", repr(float(value)))
    text, interval = number(value, row.get(f"{column.field}_low"), row.get(f"{column.field}_high"), column.digits)
    text += "*" * (column.field == "bits" and not is_lossless(row))
    return Cell(column, text, str(value) if isinstance(value, int) else repr(float(value)), interval)


def shown(rows: Sequence[Row]) -> list[tuple[Column, list[Cell]]]:
    """The main columns that have a value in some row."""
    table = [cells(row) for row in rows]
    columns = [(c, [line[i] for line in table]) for i, c in enumerate(COLUMNS) if c.main]
    return [(c, found) for c, found in columns if any(cell.value for cell in found)]


def as_markdown(rows: Sequence[Row], caption: str) -> str:
    """The main columns as a Markdown table, intervals in brackets."""
    columns = shown(rows)
    lines = [[_markdown(c.title) for c, _ in columns], ["---" if c.text else "---:" for c, _ in columns]]
    lines += [[_md_cell(found[i]) for _, found in columns] for i in range(len(rows))]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + f"\n\n{_markdown(caption)}\n"


def _md_cell(cell: Cell) -> str:
    if cell.column.field == "representation":
        return "`" + " ".join(cell.text.split()).replace("`", "'").replace("|", "\\|") + "`"
    return _markdown(cell.text) + (f" ({cell.interval})" if cell.interval else "")


def _markdown(text: str) -> str:
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#$" else c for c in flat)


def as_latex(rows: Sequence[Row], caption: str) -> str:
    """The main columns but the notes as a LaTeX table for the packages booktabs and, on older engines, textcomp; intervals as limits. Characters that
    pdfLaTeX may not know, in a name of the user's own, stand as they are: XeLaTeX and LuaLaTeX take them."""
    columns = [(c, found) for c, found in shown(rows) if c.field != "note"]
    head = " & ".join(_latex(c.title) for c, _ in columns)
    body = [" & ".join(_tex_cell(found[i]) for _, found in columns) + r" \\" for i in range(len(rows))]
    layout = "".join("l" if c.text else "r" for c, _ in columns)
    return "\n".join([
        r"% needs \usepackage{booktabs}",
        r"\begin{table}", r"\centering", rf"\caption{{{_latex(caption)}}}", rf"\begin{{tabular}}{{{layout}}}", r"\toprule", head + r" \\",
        r"\midrule", *body, r"\bottomrule", r"\end{tabular}", r"\end{table}", "",
    ])  # fmt: skip


def _tex_cell(cell: Cell) -> str:
    if cell.column.field == "representation":
        return rf"\texttt{{{_latex(cell.text)}}}"
    if not cell.interval:
        return "--" if cell.text == "-" else _latex(cell.text)
    low, high = cell.interval.split(" … ")
    return f"${cell.text}_{{{low}}}^{{{high}}}$"


_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "κ": r"$\kappa$", "Δ": r"$\Delta$", "–": "--", "₂": r"$_2$", "²": r"$^2$", "≤": r"$\leq$", "…": r"\dots{}", "−": "$-$",
    "ρ": r"$\rho$", "λ": r"$\lambda$", "φ": r"$\varphi$", "σ": r"$\sigma$", "μ": r"$\mu$", "π": r"$\pi$", "‖": r"$\Vert$", "×": r"$\times$",
    "≥": r"$\geq$", "′": "$'$", "→": r"$\rightarrow$", "“": "``", "”": "''", "’": "'", "·": r"$\cdot$", "±": r"$\pm$", "∞": r"$\infty$",
}  # fmt: skip


def _latex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in " ".join(text.split()))
