r"""LaTeX as people and tools write it: the ways in which a text differs from `print/latex.py`'s and means the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..tree import FUNCTIONS, NEGATE, NUMBER, Node
from . import ways
from .latex import latex_pieces
from .ways import Way, Written

_TIMES = r" \times 10^"
_CDOT = r" \cdot "


def latex_ways(tree: Node) -> dict[str, str]:
    r"""`2 \cdot x_{0}` by each of `WAYS` that changes it: {"joined product": "2x_{0}", …}."""
    return ways.written_otherwise(tree, latex_pieces(tree), WAYS)


def _no_spaces(line: Written) -> list[str]:
    r"""`a+b`, `2\cdot x_{0}`: a space stays where it ends the name of a command."""
    texts = []
    for i, piece in enumerate(line.pieces):
        text = piece.text.replace(" ", "")
        texts.append(text + " " if text == _CDOT.strip() and line.after(i)[0].isalpha() else text)
    return texts


def _double_spaces(line: Written) -> list[str]:
    return [text.replace(" ", "  ") for text in line.texts]


def _product(mark: str, beside: str | None = None) -> Way:
    r"""`mark` for `\cdot`, where nothing else could be read: not between numbers, nor between a number and a fraction, which is a
    mixed number. `beside`: of products of a number alone, with this instead."""

    def way(line: Written) -> list[str]:
        texts = line.texts
        for i, piece in enumerate(line.pieces):
            if piece.text != _CDOT or line.after(i)[0].isdigit() or line.after(i)[0] == "{":
                continue
            left = line.node(i).children[0]
            if left.symbol == NUMBER and (line.after(i) == r"\frac" or _TIMES in texts[i - 1]):
                continue
            if beside is None or left.symbol == NUMBER:
                texts[i] = mark if beside is None else beside
        return texts

    return way


def _slash(line: Written) -> list[str]:
    r"""`\frac{x_{0}}{x_{1}}` -> `x_{0}/x_{1}`, with the parentheses that this needs."""
    texts = line.texts
    for i, piece in enumerate(line.pieces):
        if piece.text == r"\frac":
            above, below = line.node(i).children
            marks = [j for j in range(i, len(texts)) if line.pieces[j].path == piece.path and line.pieces[j].text in "{}"][:4]
            texts[i] = ""
            for mark, text in zip(marks, (*_marks(_open(above, "+-/")), *_marks(_open(below, "+-*/"))), strict=True):
                texts[mark] = text
            texts[marks[1]] += "/"
    return texts


def _open(node: Node, symbols: str) -> bool:
    """Whether a slash would tear a node apart."""
    if node.symbol == NUMBER:
        return (node.value or 0.0) < 0 or "e" in repr(node.value)
    return node.symbol == NEGATE or (len(node.children) == 2 and node.symbol in symbols)


def _marks(needed: bool) -> tuple[str, str]:
    return (r"\left(", r"\right)") if needed else ("", "")


def _braces(line: Written, i: int, ahead: bool) -> tuple[int, int]:
    """The braces of the operand after (or before) a `^`."""
    path = line.pieces[i].path
    places = range(i + 1, len(line.pieces)) if ahead else range(i - 1, -1, -1)
    first, second = [j for j in places if line.pieces[j].path == path and line.pieces[j].text in "{}"][:2]
    return min(first, second), max(first, second)


def _bare_exponent(line: Written) -> list[str]:
    """`x^{2}` -> `x^2`, of one digit."""
    return _unbraced(line, ahead=True, bare=lambda first, alone: alone and len(first) == 1 and first.isdigit())


def _bare_base(line: Written) -> list[str]:
    r"""`{x_{0}}^{2}` -> `x_{0}^{2}`, `{\left(x_{0} + 1\right)}^{2}` -> `\left(x_{0} + 1\right)^{2}`."""
    return _unbraced(line, ahead=False, bare=lambda first, alone: (alone and _TIMES not in first) or first == r"\left(")


def _unbraced(line: Written, *, ahead: bool, bare: Callable[[str, bool], bool]) -> list[str]:
    """Without the braces behind or before each `^` that may go: `bare` of their first text, and whether it is the only one."""
    texts = line.texts
    for i, piece in enumerate(line.pieces):
        if piece.text == "^":
            opening, closing = _braces(line, i, ahead=ahead)
            if bare(texts[opening + 1], closing == opening + 2):
                texts[opening] = texts[closing] = ""
    return texts


def _bare_argument(line: Written) -> list[str]:
    r"""`\sin\left(x_{0}\right)` -> `\sin x_{0}`."""
    texts = line.texts
    for i, piece in enumerate(line.pieces):
        node = line.node(i)
        if piece.kind == "function" and line.after(i) == r"\left(" and node.symbol in FUNCTIONS and node.children[0].is_variable:
            texts[i + 1], texts[i + 3] = " ", ""
    return texts


def _plain(text: str) -> str:
    r"""The literal without its setting: `2.5 \times 10^{-7}` -> `2.5e-7`."""
    mantissa, _, exponent = text.partition(_TIMES)
    return f"{mantissa}e{exponent[1:-1]}" if exponent else mantissa


def _short_exponent(text: str) -> str:
    return ways.short_exponent(_plain(text))


def _power_of_ten(text: str) -> str:
    mantissa, mark, exponent = ways.short_exponent(_plain(text)).partition("e")
    return rf"{mantissa}{_TIMES}{{{exponent}}}" if mark else text


def _no_exponent(text: str) -> str:
    return ways.no_exponent(_plain(text)) if _TIMES in text else text


def _if_plain(text: str) -> bool:
    return _TIMES not in text


def _numbered(form: str, first: int = 0) -> Way:
    def names(n: int) -> Sequence[str]:
        return [form.format(first + i) for i in range(n)]

    return ways.named(names)


def _bare_index(line: Written) -> list[str]:
    """`x_{0}` -> `x_0`, of one digit."""
    return [
        f"x_{line.node(i).index}" if piece.kind == "variable" and line.node(i).index < 10 else piece.text
        for i, piece in enumerate(line.pieces)
    ]


def _plain_parentheses(line: Written) -> list[str]:
    return [{r"\left(": "(", r"\right)": ")"}.get(text, text) for text in line.texts]


WAYS: dict[str, Way] = {
    "no spaces": _no_spaces,
    "double spaces": _double_spaces,
    "joined product": _product("", beside=""),
    "spaced product": _product(" "),
    "thin space": _product(r"\, "),
    "times command": ways.replaced(_CDOT, r" \times "),
    "star": ways.replaced(_CDOT, " * "),
    "slash": _slash,
    "display fraction": ways.replaced(r"\frac", r"\dfrac"),
    "bare exponent": _bare_exponent,
    "bare base": _bare_base,
    "minus sign": ways.minus_sign,
    "short exponent": ways.numbers(_short_exponent),
    "power of ten": ways.numbers(_power_of_ten),
    "no exponent": ways.numbers(_no_exponent),
    "no leading zero": ways.numbers(lambda text: ways.no_leading_zero(text) if _if_plain(text) else text),
    "trailing zero": ways.numbers(lambda text: ways.trailing_zero(text) if _if_plain(text) else text),
    "point zero": ways.numbers(lambda text: ways.point_zero(text) if _if_plain(text) else text),
    "letters": ways.named(ways.letters),
    "bare index": _bare_index,
    "counted from one": _numbered("x_{{{}}}", 1),
    "plain parentheses": _plain_parentheses,
    "terms in parentheses": ways.around_terms(r"\left(", r"\right)"),
    "equations in parentheses": ways.around_equations(r"\left(", r"\right)"),
    "bare argument": _bare_argument,
    "ln": ways.replaced(r"\log", r"\ln", "function"),
}
"""By name, as in `ways_infix.py`."""
