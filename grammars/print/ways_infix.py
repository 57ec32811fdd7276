"""Infix as people and tools write it: the ways in which a text differs from `print/infix.py`'s and means the same."""

from __future__ import annotations

from collections.abc import Sequence

from ..tree import NEGATE, NUMBER, Node
from . import ways
from .infix import infix_pieces
from .ways import Way, Written


def infix_ways(tree: Node) -> dict[str, str]:
    """`2*x_0-x_1` by each of `WAYS` that changes it: {"joined product": "2x_0-x_1", …}."""
    return ways.written_otherwise(tree, infix_pieces(tree), WAYS)


def _spaced(symbols: str, space: str) -> Way:
    """Space around operators with two operands, and between equations."""

    def way(line: Written) -> list[str]:
        return [f"{space}{p.text}{space}" if p.text in symbols and _joins(line, i) else p.text for i, p in enumerate(line.pieces)]

    return way


def _joins(line: Written, i: int) -> bool:
    return line.pieces[i].text == "|" or (line.pieces[i].kind == "operator" and line.node(i).symbol != NEGATE)


def _joined_product(line: Written) -> list[str]:
    """`2*x_0` -> `2x_0`, `3*(x_0+1)` -> `3(x_0+1)`: a number directly before what it multiplies. `2*exp(x_0)` stays, where an `e`
    would read as an exponent's."""
    texts = line.texts
    for i, piece in enumerate(line.pieces):
        if piece.text == "*" and line.node(i).children[0].symbol == NUMBER:
            following = line.after(i)
            if "e" not in texts[i - 1] and (following == "(" or (following[0].isalpha() and following[0] != "e")):
                texts[i] = ""
    return texts


def _spaced_product(line: Written) -> list[str]:
    """`2*x_0*x_1` -> `2 x_0 x_1`. Where it could be read otherwise the star stays: after a quotient, before a number or a sign,
    and between a name and a parenthesis, which is a call."""
    texts = line.texts
    for i, piece in enumerate(line.pieces):
        if piece.text == "*" and not _has_quotient(line.node(i).children[0]):
            following = line.after(i)
            called = following == "(" and (texts[i - 1][-1].isalnum() and line.pieces[i - 1].kind != "number")
            if not (called or following[0].isdigit() or following[0] in ".-"):
                texts[i] = " "
    return texts


def _has_quotient(node: Node) -> bool:
    """Whether the product that this stands first in divides at its own level."""
    while node.symbol == "*":
        node = node.children[0]
    return node.symbol == "/"


def _superscript(line: Written) -> list[str]:
    """`x_0^2` -> `x_0²`, of whole exponents."""
    texts = line.texts
    for i, piece in enumerate(line.pieces):
        if piece.text == "^" and (line.node(i).children[1].value or 0.5).is_integer() and "e" not in line.after(i):
            texts[i], texts[i + 1] = "", line.after(i).translate(ways.SUPERSCRIPTS)
    return texts


def _numbered(form: str, first: int = 0) -> Way:
    def names(n: int) -> Sequence[str]:
        return [form.format(first + i) for i in range(n)]

    return ways.named(names)


WAYS: dict[str, Way] = {
    "spaces": _spaced("+-*/|", " "),
    "spaces around sums": _spaced("+-|", " "),
    "double spaces": _spaced("+-*/|", "  "),
    "lines": ways.replaced("|", "\n", "structure"),
    "joined product": _joined_product,
    "spaced product": _spaced_product,
    "center dot": ways.replaced("*", "·"),
    "times sign": ways.replaced("*", "×"),
    "double star": ways.replaced("^", "**"),
    "superscript": _superscript,
    "minus sign": ways.minus_sign,
    "short exponent": ways.numbers(ways.short_exponent),
    "printed exponent": ways.numbers(ways.printed_exponent),
    "no exponent": ways.numbers(ways.no_exponent),
    "no leading zero": ways.numbers(ways.no_leading_zero),
    "trailing zero": ways.numbers(ways.trailing_zero),
    "point zero": ways.numbers(ways.point_zero),
    "bare point": ways.numbers(ways.bare_point),
    "letters": ways.named(ways.letters),
    "joined index": _numbered("x{}"),
    "bracketed index": _numbered("x[{}]"),
    "counted from one": _numbered("x_{}", 1),
    "terms in parentheses": ways.around_terms("(", ")"),
    "equations in parentheses": ways.around_equations("(", ")"),
    "ln": ways.replaced("log", "ln", "function"),
}
"""By name. Renamed variables mean the same to whoever is told the names: a text is a person's, and its names are theirs."""
