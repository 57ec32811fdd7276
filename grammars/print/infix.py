"""Trees to infix text, with the fewest parentheses that parse back to the same tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..operators import BUILT_IN, Operators
from ..tree import ARITY, FUNCTIONS, NEGATE, NUMBER, SYSTEM, Node, Path, is_whole_power
from .own_infix import raw_pieces

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

    With `atomic_numbers` a number is one symbol that needs no parentheses for its sign, and `^2` … `^9` (see `is_whole_power`)
    are one piece: the form in which a number codec writes the coefficients. A symbol that the alphabet does not have is written
    as a call, so that every tree has a text.
    """
    if tree.symbol != SYSTEM:
        return _expression(tree, (), atomic_numbers, alphabet)
    pieces: list[Piece] = []
    for i, equation in enumerate(tree.children):
        if i and not alphabet.sequence:
            pieces.append(Piece("|", "structure", ()))
        pieces.extend(_expression(equation, (i,), atomic_numbers, alphabet))
    return pieces


def _expression(node: Node, path: Path, atomic: bool, alphabet: Operators) -> list[Piece]:
    if alphabet.built_in:
        if not node.children and node.symbol != NUMBER:
            return [Piece(node.symbol, "variable" if node.is_variable else "number", path)]
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

    Components of a system are joined by ` | `. The bare form (no `names`) reads back as the same tree; that of another alphabet
    with the grammar of its domain, where that has the operators' texts and precedences.
    """
    return "".join(" | " if piece.text == "|" else text for piece, text in infix_texts(tree, names, alphabet))


def as_written(tree: Node, names: Sequence[str] | None = None, alphabet: Operators = BUILT_IN) -> str:
    """A tree as a person of its domain writes it: by the alphabet's own `write` where it has one, else as `to_infix` does.

    A picture is no result: where `write` raises, or gives no text, the infix is shown.
    """
    if alphabet.write is not None:
        try:
            text: object = alphabet.write(tree)
        except Exception:  # it may be the user's own
            text = None
        if isinstance(text, str):
            return text
    return to_infix(tree, names, alphabet)


def infix_texts(tree: Node, names: Sequence[str] | None = None, alphabet: Operators = BUILT_IN) -> list[tuple[Piece, str]]:
    """The pieces of a tree, each with its readable text: variables by their names, spaces around operators as a reader wants
    them.

    Of an alphabet of one's own, what would run together is kept apart, so that the text has one reading by its symbols: `- -x_0`,
    where `--` may be a symbol too, and `- 2`, where `-2` is a number.
    """
    pieces = infix_pieces(tree, alphabet=alphabet)
    bare = [_named(tree.at(p.path), names) if p.kind == "variable" and names is not None else p.text for p in pieces]
    apart = " " if alphabet.sequence and any(len(row.symbol) > 1 for row in alphabet.rows) else ""
    texts = []
    for i, (piece, text) in enumerate(zip(pieces, bare, strict=True)):
        if piece.kind == "structure" and text == ",":
            text = ", "
        elif alphabet.sequence:
            text = apart + text if i else text
        elif piece.kind == "operator" and alphabet.built_in:
            text = f" {text} " if tree.at(piece.path).symbol in ("+", "-") else text
        elif piece.kind == "operator":
            text = _spaced(i, pieces, bare, alphabet)
        texts.append((piece, text))
    return texts


def _named(node: Node, names: Sequence[str]) -> str:
    return names[node.index] if node.index < len(names) else node.symbol


def _spaced(i: int, pieces: Sequence[Piece], texts: Sequence[str], alphabet: Operators) -> str:
    """An operator of an alphabet of one's own, with spaces where it could be taken together with what stands beside it."""
    text = texts[i]
    row = alphabet.by_symbol[text]
    if row.infix:
        return f" {text} "
    if row.fixity == "prefix":
        operand, after = pieces[i + 1], texts[i + 1]
        apart = operand.kind == "operator" or not (after == "(" or after[0] == "_" or after[0].isalpha())
        return f"{text} " if _in_word(text[-1]) or apart else text
    operand, before = pieces[i - 1], texts[i - 1]
    # "2." is a number, whatever stands before the point.
    apart = operand.kind == "operator" or not (before == ")" or _in_word(before[-1])) or (text[0] == "." and before[-1].isdigit())
    return f" {text}" if _in_word(text[0]) or apart else text


def _in_word(character: str) -> bool:
    return character == "_" or character.isalnum()
