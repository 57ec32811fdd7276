"""Trees to LaTeX, in pieces that know their node: what `text/latex.py` reads back as the same tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..tree import NEGATE, NUMBER, SYSTEM, Node, Path
from .infix import Piece, format_number

_FUNCTION = {"asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "sign": r"\operatorname{sign}"}
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = 1, 2, 3, 4, 5


def latex_pieces(tree: Node, names: Sequence[str] | None = None) -> list[Piece]:
    r"""LaTeX of a system or an expression, with the parentheses that a reader needs and fractions set as fractions.

    Components of a system are joined by ` \\ `. `names`: those of the variables, else they are `x_{0}`, `x_{1}`, …
    """
    if tree.symbol != SYSTEM:
        return list(_pieces(tree, (), _SUM, names))
    pieces: list[Piece] = []
    for i, equation in enumerate(tree.children):
        if i:
            pieces.append(Piece(r" \\ ", "structure", ()))
        pieces.extend(_pieces(equation, (i,), _SUM, names))
    return pieces


def _pieces(node: Node, path: Path, weakest: int, names: Sequence[str] | None) -> Iterator[Piece]:
    if _level(node) < weakest:
        yield from _around(r"\left(", node, path, r"\right)", names)
        return
    symbol, children = node.symbol, node.children
    if symbol == NUMBER:
        yield Piece(_number(node.value or 0.0), "number", path)
    elif not children:
        yield Piece(latex_name(node, names), "variable" if node.is_variable else "number", path)
    elif symbol == NEGATE:
        yield Piece("-", "operator", path)
        # `-2` would read back as the number -2.
        literal = children[0].is_number and (children[0].value or 0.0) >= 0
        yield from _pieces(children[0], (*path, 0), _ATOM + 1 if literal else _SIGN, names)
    elif symbol in ("+", "-"):
        yield from _between(node, path, f" {symbol} ", (_SUM, _PRODUCT), names)
    elif symbol == "*":
        yield from _between(node, path, r" \cdot ", (_PRODUCT, _POWER), names)
    elif symbol == "/":
        yield Piece(r"\frac", "operator", path)
        yield from _around("{", children[0], (*path, 0), "}", names, owner=path)
        yield from _around("{", children[1], (*path, 1), "}", names, owner=path)
    elif symbol == "^":
        yield from _around("{", children[0], (*path, 0), "}", names, owner=path, weakest=_ATOM)
        yield Piece("^", "operator", path)
        yield from _around("{", children[1], (*path, 1), "}", names, owner=path)
    else:
        yield from _call(node, path, names)


def _call(node: Node, path: Path, names: Sequence[str] | None) -> Iterator[Piece]:
    opening, closing = {"sqrt": (r"\sqrt{", "}"), "abs": (r"\left|", r"\right|")}.get(node.symbol, (r"\left(", r"\right)"))
    if node.symbol == "sqrt":
        yield Piece(r"\sqrt", "function", path)
        opening = "{"
    elif node.symbol != "abs":
        yield Piece(_FUNCTION.get(node.symbol, chr(92) + node.symbol), "function", path)
    yield Piece(opening, "function" if node.symbol == "abs" else "structure", path)
    for i, child in enumerate(node.children):
        if i:
            yield Piece(", ", "structure", path)
        yield from _pieces(child, (*path, i), _SUM, names)
    yield Piece(closing, "function" if node.symbol == "abs" else "structure", path)


def _around(
    opening: str,
    node: Node,
    path: Path,
    closing: str,
    names: Sequence[str] | None,
    *,
    owner: Path | None = None,
    weakest: int = _SUM,
) -> Iterator[Piece]:
    """A node between two marks, which are of `owner`, or its own."""
    marks = path if owner is None else owner
    yield Piece(opening, "structure", marks)
    yield from _pieces(node, path, weakest, names)
    yield Piece(closing, "structure", marks)


def _between(node: Node, path: Path, mark: str, weakest: tuple[int, int], names: Sequence[str] | None) -> Iterator[Piece]:
    yield from _pieces(node.children[0], (*path, 0), weakest[0], names)
    yield Piece(mark, "operator", path)
    yield from _pieces(node.children[1], (*path, 1), weakest[1], names)


def _level(node: Node) -> int:
    if node.symbol == NUMBER:
        return _SIGN if (node.value or 0.0) < 0 else _ATOM
    if not node.children:
        return _ATOM
    return {"+": _SUM, "-": _SUM, "*": _PRODUCT, NEGATE: _SIGN, "/": _POWER, "^": _POWER}.get(node.symbol, _ATOM)


def _number(value: float) -> str:
    mantissa, _, exponent = format_number(value).partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def latex_name(node: Node, names: Sequence[str] | None) -> str:
    r"""Of a variable or a constant: `x_{0}`, `\pi`; one of `names` in italics where it is a letter, else upright."""
    if not node.is_variable:
        return r"\pi" if node.symbol == "pi" else node.symbol
    if names is None:
        return f"x_{{{node.index}}}"
    name = names[node.index]
    head, _, tail = name.partition("_")
    if len(name) == 1:
        return name
    return rf"{head}_{{{tail}}}" if tail and len(head) == 1 else rf"\mathrm{{{name}}}".replace("_", r"\_")
