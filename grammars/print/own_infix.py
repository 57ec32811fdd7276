"""Infix text of an alphabet of one's own (`operators.py`): pieces with the fewest parentheses."""

from __future__ import annotations

from collections.abc import Iterator

from ..operators import Operator, Operators
from ..tree import NUMBER, SYSTEM, Node, Path

LOOSEST, _ATOM = -(10**9), 10**9
OPEN, CLOSE, COMMA = "(", ")", ","
STRUCTURE = (OPEN, CLOSE, COMMA, SYSTEM)

RawPiece = tuple[str, str, Path]
"""Text, kind and path: see `infix.Piece`."""


def raw_pieces(node: Node, path: Path, alphabet: Operators, weakest: int = LOOSEST) -> Iterator[RawPiece]:
    """The pieces of an expression; a symbol that the alphabet does not have is written as a call, so that any tree has a text."""
    row = _row(node, alphabet)
    if _level(row) < weakest:
        yield OPEN, "structure", path
        yield from raw_pieces(node, path, alphabet)
        yield CLOSE, "structure", path
    elif not node.children:
        text = _number(node) if node.symbol == NUMBER else node.symbol
        yield text, "variable" if node.is_variable else "number", path
    elif row is None or row.fixity == "call":
        yield from _call(node, path, alphabet)
    else:
        bounds = _operands(row)
        for i, child in enumerate(node.children):
            if i or row.fixity == "prefix":
                yield node.symbol, "operator", path
            yield from raw_pieces(child, (*path, i), alphabet, bounds[i])
        if row.fixity == "postfix":
            yield node.symbol, "operator", path


def _call(node: Node, path: Path, alphabet: Operators) -> Iterator[RawPiece]:
    yield node.symbol, "function", path
    yield OPEN, "structure", path
    for i, child in enumerate(node.children):
        if i:
            yield COMMA, "structure", path
        yield from raw_pieces(child, (*path, i), alphabet)
    yield CLOSE, "structure", path


def _row(node: Node, alphabet: Operators) -> Operator | None:
    row = alphabet.by_symbol.get(node.symbol)
    return row if row is not None and row.arity == len(node.children) else None


def _level(row: Operator | None) -> int:
    return _ATOM if row is None or row.fixity == "call" or not row.arity else row.precedence


def _operands(row: Operator) -> tuple[int, ...]:
    """The loosest binding that each operand may have without parentheses."""
    p = row.precedence
    return {"infix": (p, p + 1), "infix-right": (p + 1, p)}.get(row.fixity, (p,))


def _number(node: Node) -> str:
    text = repr(float(node.value or 0.0))
    return text[:-2] if text.endswith(".0") else text
