"""Trees to infix text, with the fewest parentheses that parse back to the same tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .tree import FUNCTIONS, NEGATE, NUMBER, SYSTEM, Node, Path, is_whole_power

_SUM, _PRODUCT, _FACTOR, _POWER, _ATOM = 1, 2, 3, 4, 5
_LEVEL = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, NEGATE: _FACTOR, "^": _POWER}
# The weakest binding that each operand may have without parentheses: the rules of expression.lark.
_OPERANDS = {
    "+": (_SUM, _PRODUCT),
    "-": (_SUM, _PRODUCT),
    "*": (_PRODUCT, _FACTOR),
    "/": (_PRODUCT, _FACTOR),
    "^": (_ATOM, _FACTOR),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of infix text: what it stands for (`operator`, `function`, `variable`, `number`, `structure`)
    and the node that it writes."""

    text: str
    kind: str
    path: Path


def format_number(value: float) -> str:
    """Shortest text that reads back as the same float: 2.0 -> '2', 0.1 -> '0.1'."""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def infix_pieces(tree: Node, atomic_numbers: bool = False) -> list[Piece]:
    """The text of a system or an expression in pieces, without spaces.

    With `atomic_numbers` a number is one symbol that needs no parentheses for its sign, and `^2` … `^9` (see
    `is_whole_power`) are one piece: the form in which a number codec writes the coefficients.
    """
    if tree.symbol != SYSTEM:
        return list(_pieces(tree, (), _SUM, atomic_numbers))
    pieces: list[Piece] = []
    for i, equation in enumerate(tree.children):
        if i:
            pieces.append(Piece("|", "structure", ()))
        pieces.extend(_pieces(equation, (i,), _SUM, atomic_numbers))
    return pieces


def _pieces(node: Node, path: Path, weakest: int, atomic: bool) -> Iterator[Piece]:
    if _level(node, atomic) < weakest:
        yield Piece("(", "structure", path)
        yield from _pieces(node, path, _SUM, atomic)
        yield Piece(")", "structure", path)
    elif node.symbol == NUMBER:
        yield Piece(format_number(node.value or 0.0), "number", path)
    elif node.symbol == NEGATE:
        yield Piece("-", "operator", path)
        (operand,) = node.children
        # `-2` would read back as the number -2.
        literal = operand.is_number and (atomic or (operand.value or 0.0) >= 0)
        yield from _pieces(operand, (*path, 0), _ATOM + 1 if literal and not atomic else _FACTOR, atomic)
    elif node.symbol in FUNCTIONS:
        yield Piece(node.symbol, "function", path)
        yield Piece("(", "structure", path)
        yield from _pieces(node.children[0], (*path, 0), _SUM, atomic)
        yield Piece(")", "structure", path)
    elif not node.children:
        yield Piece(node.symbol, "variable" if node.is_variable else "number", path)
    else:
        yield from _binary_pieces(node, path, atomic)


def _binary_pieces(node: Node, path: Path, atomic: bool) -> Iterator[Piece]:
    left, right = _OPERANDS[node.symbol]
    yield from _pieces(node.children[0], (*path, 0), left, atomic)
    if atomic and is_whole_power(node):
        yield Piece(f"^{int(node.children[1].value or 0)}", "operator", path)
        return
    yield Piece(node.symbol, "operator", path)
    yield from _pieces(node.children[1], (*path, 1), right, atomic)


def _level(node: Node, atomic: bool) -> int:
    if node.symbol == NUMBER and not atomic and (node.value or 0.0) < 0:
        return _FACTOR
    return _LEVEL.get(node.symbol, _ATOM)


def to_infix(tree: Node, names: Sequence[str] | None = None) -> str:
    """Readable infix: `x_0*(1 - x_1)`; with `names`, those instead of `x_0`, `x_1`, ….

    Components of a system are joined by ` | `. The bare form (no `names`) reads back as the same tree.
    """
    words = []
    pieces = infix_pieces(tree)
    for piece in pieces:
        node = tree.at(piece.path)
        if piece.kind == "variable" and names is not None:
            words.append(names[node.index])
        elif piece.text == "|" or (piece.kind == "operator" and node.symbol in ("+", "-")):
            words.append(f" {piece.text} ")
        else:
            words.append(piece.text)
    return "".join(words)
