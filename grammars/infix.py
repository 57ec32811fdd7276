"""Trees to infix text, with the fewest parentheses that parse back to the same tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .operators import BUILT_IN, Operators
from .own_infix import raw_pieces
from .tree import ARITY, FUNCTIONS, NEGATE, NUMBER, SYSTEM, Node, Path, is_whole_power

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


def infix_pieces(tree: Node, atomic_numbers: bool = False, alphabet: Operators = BUILT_IN) -> list[Piece]:
    """The text of a system or an expression in pieces, without spaces.

    With `atomic_numbers` a number is one symbol that needs no parentheses for its sign, and `^2` … `^9` (see
    `is_whole_power`) are one piece: the form in which a number codec writes the coefficients. A symbol that the alphabet does not have
    is written as a call, so that every tree has a text.
    """
    if tree.symbol != SYSTEM:
        return _expression(tree, (), atomic_numbers, alphabet)
    pieces: list[Piece] = []
    for i, equation in enumerate(tree.children):
        if i:
            pieces.append(Piece("|", "structure", ()))
        pieces.extend(_expression(equation, (i,), atomic_numbers, alphabet))
    return pieces


def _expression(node: Node, path: Path, atomic: bool, alphabet: Operators) -> list[Piece]:
    if alphabet.built_in:
        return list(_pieces(node, path, _SUM, atomic))
    return [Piece(*piece) for piece in raw_pieces(node, path, alphabet)]


def _pieces(node: Node, path: Path, weakest: int, atomic: bool) -> Iterator[Piece]:
    if _level(node, atomic) < weakest:
        yield Piece("(", "structure", path)
        yield from _pieces(node, path, _SUM, atomic)
        yield Piece(")", "structure", path)
    elif node.symbol == NUMBER:
        yield Piece(format_number(node.value or 0.0), "number", path)
    elif node.symbol == NEGATE and len(node.children) == 1:
        yield Piece("-", "operator", path)
        (operand,) = node.children
        # `-2` would read back as the number -2.
        literal = operand.is_number and (atomic or (operand.value or 0.0) >= 0)
        yield from _pieces(operand, (*path, 0), _ATOM + 1 if literal and not atomic else _FACTOR, atomic)
    elif not node.children:
        yield Piece(node.symbol, "variable" if node.is_variable else "number", path)
    elif node.symbol in FUNCTIONS or len(node.children) != ARITY.get(node.symbol):  # the latter: of another alphabet
        yield from _call_pieces(node, path, atomic)
    else:
        yield from _binary_pieces(node, path, atomic)


def _call_pieces(node: Node, path: Path, atomic: bool) -> Iterator[Piece]:
    yield Piece(node.symbol, "function", path)
    yield Piece("(", "structure", path)
    for i, child in enumerate(node.children):
        if i:
            yield Piece(",", "structure", path)
        yield from _pieces(child, (*path, i), _SUM, atomic)
    yield Piece(")", "structure", path)


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
    return _LEVEL.get(node.symbol, _ATOM) if len(node.children) == ARITY.get(node.symbol) else _ATOM


def to_infix(tree: Node, names: Sequence[str] | None = None, alphabet: Operators = BUILT_IN) -> str:
    """Readable infix: `x_0*(1 - x_1)`; with `names`, those instead of `x_0`, `x_1`, ….

    Components of a system are joined by ` | `. The bare form (no `names`) reads back as the same tree; that of another alphabet with
    the grammar of its domain, where that has the operators' texts and precedences.
    """
    words = []
    for piece in infix_pieces(tree, alphabet=alphabet):
        node = tree.at(piece.path)
        if piece.kind == "variable" and names is not None and node.index < len(names):
            words.append(names[node.index])
        elif piece.text == "|":
            words.append(" | ")
        else:
            words.append(spaced(piece, node.symbol, alphabet))
    return "".join(words)


def spaced(piece: Piece, symbol: str, alphabet: Operators = BUILT_IN) -> str:
    """The text of a piece of the node `symbol`, with the spaces that a reader wants around it."""
    text = piece.text
    if piece.kind == "structure" and text == ",":
        return ", "
    if piece.kind != "operator":
        return text
    if alphabet.built_in:
        return f" {text} " if symbol in ("+", "-") else text
    row = alphabet.by_symbol[text]
    if row.infix:
        return f" {text} "
    word = text[-1].isalnum()
    return (f"{text} " if row.fixity == "prefix" else f" {text}") if word else text
