"""The same text in other ways: what the writings of `ways_infix.py` and `ways_latex.py` share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..tree import NUMBER, Node, Path, variables
from .infix import Piece

LETTERS = ("x", "y", "z", "w")
MINUS = "\N{MINUS SIGN}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALL, _LARGE = 0.1, 1000.0
_LONGEST = 18
"""Digits of a number that a person still writes without a power of ten."""


@dataclass(frozen=True, slots=True)
class Written:
    """A tree's text in pieces, each of which knows its node."""

    tree: Node
    pieces: tuple[Piece, ...]

    @property
    def texts(self) -> list[str]:
        return [piece.text for piece in self.pieces]

    def node(self, i: int) -> Node:
        return self.tree.at(self.pieces[i].path)

    def after(self, i: int) -> str:
        """The text of the next piece."""
        return self.pieces[i + 1].text if i + 1 < len(self.pieces) else ""

    def span(self, path: Path) -> tuple[int, int]:
        """The first and the last piece that write a node or what is below it, its own parentheses included."""
        inside = [i for i, piece in enumerate(self.pieces) if piece.path[: len(path)] == path]
        return inside[0], inside[-1]

    def numbers(self) -> Iterator[int]:
        """The pieces that are literals, whole exponents left out."""
        for i, piece in enumerate(self.pieces):
            if piece.kind == "number" and self.node(i).symbol == NUMBER and not self._is_exponent(piece.path):
                yield i

    def _is_exponent(self, path: Path) -> bool:
        return bool(path) and path[-1] == 1 and self.tree.at(path[:-1]).symbol == "^"


Way = Callable[[Written], list[str]]
"""New texts, one for each piece: together they are the tree's text. The old ones where there is nothing to rewrite."""


def written_otherwise(tree: Node, pieces: Sequence[Piece], ways: Mapping[str, Way]) -> dict[str, str]:
    """A tree's text by each way, all that can be written so at once; without those that leave it as it is, or give what an
    earlier one gives."""
    line = Written(tree, tuple(pieces))
    found: dict[str, str] = {}
    seen = {"".join(line.texts)}
    for name, way in ways.items():
        text = "".join(way(line))
        if text not in seen:
            found[name] = text
            seen.add(text)
    return found


def replaced(old: str, new: str, kind: str = "operator") -> Way:
    """Every piece of a kind that has this text, with another."""

    def way(line: Written) -> list[str]:
        return [new if piece.text == old and piece.kind == kind else piece.text for piece in line.pieces]

    return way


def numbers(write: Callable[[str], str]) -> Way:
    """Every literal by what `write` makes of its text."""

    def way(line: Written) -> list[str]:
        texts = line.texts
        for i in line.numbers():
            texts[i] = write(texts[i])
        return texts

    return way


def named(names: Callable[[int], Sequence[str]]) -> Way:
    """Variables by other names: `names` gives those of so many, none where there are too many for them."""

    def way(line: Written) -> list[str]:
        texts, given = line.texts, names(1 + max(variables(line.tree), default=-1))
        for i, piece in enumerate(line.pieces):
            if piece.kind == "variable" and given:
                texts[i] = given[line.node(i).index]
        return texts

    return way


def letters(n: int) -> Sequence[str]:
    return LETTERS[:n] if n <= len(LETTERS) else ()


def minus_sign(line: Written) -> list[str]:
    """`−`, of operators and before literals; an exponent in a literal keeps its hyphen."""
    return [
        MINUS + piece.text[1:] if piece.text.startswith("-") else piece.text.replace(" - ", f" {MINUS} ") for piece in line.pieces
    ]


def around_terms(opening: str, closing: str) -> Way:
    """Marks around each product and quotient that is a term of a sum."""

    def way(line: Written) -> list[str]:
        texts = line.texts
        for path, node in line.tree.walk():
            if path and node.symbol in ("*", "/") and line.tree.at(path[:-1]).symbol in ("+", "-"):
                first, last = line.span(path)
                texts[first], texts[last] = opening + texts[first], texts[last] + closing
        return texts

    return way


def around_equations(opening: str, closing: str) -> Way:
    """Marks around each equation that is more than a symbol."""

    def way(line: Written) -> list[str]:
        texts = line.texts
        for i, equation in enumerate(line.tree.children):
            if equation.children:
                first, last = line.span((i,))
                texts[first], texts[last] = opening + texts[first], texts[last] + closing
        return texts

    return way


def short_exponent(text: str) -> str:
    """`0.001` -> `1e-3`, as people type numbers that are small or large."""
    mantissa, exponent = scientific(text)
    size = abs(float(text))
    return f"{mantissa}e{exponent}" if 0 < size < _SMALL or size >= _LARGE else text


def printed_exponent(text: str) -> str:
    """`0.5` -> `5.0e-01`, as programs print numbers that are not whole."""
    if float(text).is_integer():
        return text
    mantissa, exponent = scientific(text)
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent:+03d}"


def no_exponent(text: str) -> str:
    """`2.5e-07` -> `0.00000025`, where that is not too long."""
    plain = format(Decimal(text), "f")
    return plain if "e" in text and len(plain) <= _LONGEST else text


def no_leading_zero(text: str) -> str:
    """`0.5` -> `.5`."""
    sign, size = _signed(text)
    return f"{sign}{size[1:]}" if size.startswith("0.") and "e" not in size else text


def trailing_zero(text: str) -> str:
    """`0.5` -> `0.50`."""
    return f"{text}0" if "." in text and "e" not in text else text


def point_zero(text: str) -> str:
    """`2` -> `2.0`."""
    return f"{text}.0" if _signed(text)[1].isdigit() else text


def bare_point(text: str) -> str:
    """`2` -> `2.`."""
    return f"{text}." if _signed(text)[1].isdigit() else text


def scientific(text: str) -> tuple[str, int]:
    """Mantissa and power of ten of the same value: `0.0025` -> `2.5`, -3."""
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    rest = "".join(map(str, digits[1:]))
    return f"{'-' * sign}{digits[0]}{'.' * bool(rest)}{rest}", len(digits) - 1 + int(exponent)


def _signed(text: str) -> tuple[str, str]:
    return ("-", text[1:]) if text.startswith("-") else ("", text)
