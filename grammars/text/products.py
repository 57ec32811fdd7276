"""Factors side by side to products, by the reading that all share; where there are two, both are shown.

2x^2         -> 2*x^2          1/2 x   -> 1/2*x: a fraction of two numbers, then a space
x(1 - x)^2   -> x*(1 - x)^2    1/2x    -> refused: 1/2*x or 1/(2*x)
x^0.5 y      -> x^0.5*y        a^b c   -> refused: a^b*c or a^(b*c)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..tree import CONSTANTS, NEGATE, Node
from .characters import APART, GREEK
from .functions import CALLS, refused
from .reader import FaultFound
from .written import BARE, BESIDE, CONDITION, NAMED, PAREN, SIGNED

_PREFIX = re.compile(r"\(\s*[+-]\s|\+\s")
_COMMAND = re.compile(r"(\\[A-Za-z]+\*?(\{[A-Za-z]+\d*\})?|[A-Za-z][A-Za-z\d]*)(\s*(\^|\*\*)\s*(\{[^}]*\}|\([^)]*\)|\d+))?\s*")
_LITERAL = re.compile(r"_|[dDeE][+-]?\d|(?<=(?<![\d.])0)[xXbBoO]\d")
_SUFFIXES = frozenset({NAMED + "f", NAMED + "F"})
"""Of numbers in C: `1.0f`."""
_FUNCTION = re.compile(rf"\\?({'|'.join(CALLS)}|operatorname|mathrm|text)(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Products:
    """Settles the raw trees of `text`. `ones`: whether a `1` behind a factor is a factor, as PySINDy prints constants.
    `latex`: whose lines mean nothing, and where `x 2` is a product. `known`:
    names that somebody declared, where others are inputs; None where others are refused anyway."""

    text: str
    ones: bool = False
    latex: bool = False
    known: frozenset[str] | None = None

    def settled(self, node: Node) -> Node:
        """The tree with `*` for each `?beside` and without `?paren`. Raises FaultFound where factors have two readings."""
        self._check_prefix(node)
        if node.symbol in (PAREN, BARE, CONDITION, SIGNED):
            return self.settled(node.children[0])
        if node.symbol in ("^", "/") and (last := _last(node.children[0])).symbol == BARE:
            raise self._unending(last, node.symbol, node.children[1])
        if node.symbol == "/" and node.children[1].symbol == BESIDE:
            return self._divided(node)
        if node.symbol == "*" and node.children[1].symbol == BESIDE:
            return self._multiplied(node)
        if node.symbol == BESIDE:
            self._check(*node.children)
            if self.ones and node.children[1].is_number:  # a one, as `_check` has seen
                return self.settled(node.children[0])
        children = tuple(self.settled(c) for c in node.children)
        return replace(node, symbol="*", children=children) if node.symbol == BESIDE else node.over(children)

    def _check_prefix(self, node: Node) -> None:
        """`(- x y)` and `+ x y` may be prefix notation."""
        inner = node.children[0] if node.symbol == PAREN else node
        operand = inner.children[0] if inner.symbol in (NEGATE, SIGNED) else inner
        prefixed = _PREFIX.match(self._written(node)) and (node.symbol == SIGNED or inner.symbol in (NEGATE, SIGNED))
        if prefixed and operand.symbol == BESIDE and self._gap(*operand.children).isspace():
            left, right = map(self._written, operand.children)
            sign = self._written(inner)[0]
            raise self._ambiguous(f"{sign}{left}*{right}", f"{left} {sign} {right}", node)

    def component(self, node: Node) -> Node:
        """A bare component, settled. Raises FaultFound where a line that begins with a sign may be the next component."""
        sums = [node]
        while sums:
            spine = sums.pop()
            if spine.symbol not in ("+", "-"):
                continue
            left, right = spine.children
            sums += [right, left]
            if not self.latex and "\n" in self._gap(left, right).rstrip().rstrip("+-"):
                one, other = _short(self._written(left)), _short(self._written(right))
                sign = spine.symbol
                raise self._ambiguous(f"{one} {sign} {other}", f"{one} | {sign if sign == '-' else ''}{other}", right)
        return self.settled(node)

    def _divided(self, node: Node) -> Node:
        """a/b c: of two numbers and a space the fraction times c, else refused."""
        above, below = node.children
        factors = _factors(below)
        for left, right in pairwise(factors):
            self._check(left, right)
        if not (_last(above).is_number and factors[0].is_number and self._gap(*factors[:2]) != ""):
            over, reading = self._written(above), "*".join(map(self._written, factors))
            raise self._ambiguous(f"{over}/{reading}", f"{over}/({reading})", above)
        first = replace(node, children=(self.settled(above), factors[0]))
        return self._in_turn(node, first, factors[1:])

    def _multiplied(self, node: Node) -> Node:
        """a*b c as a*b*c."""
        factors = _factors(node.children[1])
        for left, right in pairwise(factors):
            self._check(left, right)
        kept = [f for f in factors if not (self.ones and f.is_number) or f is factors[0]]
        return self._in_turn(node, self.settled(node.children[0]), kept)

    def _in_turn(self, node: Node, product: Node, factors: Sequence[Node]) -> Node:
        for factor in factors:
            product = replace(node, symbol="*", children=(product, self.settled(factor)))
        return product

    def _check(self, left: Node, right: Node) -> None:
        left = left.children[1] if left.symbol == BESIDE else left
        gap, behind = self._gap(left, right), _short(self._written(left))
        if "\n" in gap and not self.latex:
            reason = f"nothing stands between {behind!r} and the next line; write * for a product, ; between equations"
            raise FaultFound(reason, _start(right))
        if remainder := next((w for w in (left, right) if w.symbol.lower() == NAMED + "mod"), None):
            raise FaultFound(refused("mod"), _start(remainder))
        if right.is_number and not (self.ones and right.value == 1.0) and not (self.latex and not left.is_number):
            raise FaultFound(f"a number stands behind {behind!r}; write the sign between them", _start(right))
        if right.symbol == PAREN and right.children[0].is_number and gap.isspace():
            number = self._written(right)
            raise FaultFound(f"{number} may be the number of the equation; write * for a product", _start(right))
        for word in (left, right):
            name = word.symbol.lstrip(NAMED)
            if self.known is not None and name not in self.known and gap.isspace() and _is_word(word):
                reason = f"{name!r} may be a word and no input; write * for a product, or give it a range after '@'"
                raise FaultFound(reason, _start(word))
        of_c = "." in self._written(left) and right.symbol in _SUFFIXES
        if left.is_number and gap == "" and (of_c or _LITERAL.match(self.text, _start(right))):
            literal = self._written(left) + self._written(right)
            reason = f"{literal!r} may be a number of another program; write 1e5, or a product with *"
            raise FaultFound(reason, _start(left))
        if left.symbol == BARE and right.symbol != BARE and not _FUNCTION.match(self._written(right)):
            raise self._unending(left, " ", right)
        if left.symbol == "^" and self._is_open(left, gap):
            base, exponent = map(self._written, left.children)
            factor = self._written(right)
            raise self._ambiguous(f"{base}^{exponent}*{factor}", f"{base}^({exponent}*{factor})", left)

    def _is_open(self, power: Node, gap: str) -> bool:
        """Whether what follows may belong to the exponent. A number ends one, with or without a sign (`x^-2 y`, `10^-3 x`), but
        not of e, nor where the base is a number, too, and no space follows: `e^2 x`, `2^3x`."""
        base, exponent = power.children
        if exponent.is_number:
            return base.symbol == NAMED + "e" or (gap == "" and base.is_number)
        return exponent.symbol != PAREN and not self._written(exponent).endswith((")", "|"))

    def _unending(self, bare: Node, sign: str, right: Node) -> FaultFound:
        r"""`\sin x^2`: where does the argument end?"""
        written, rest = self._written(bare), self._written(right)
        command = _COMMAND.match(written)
        argument = written[command.end() :].strip() if command else written
        name = written[: len(written) - len(argument)].strip()
        return self._ambiguous(f"{name}({argument}){sign}{rest}", f"{name}({argument}{sign}{rest})", bare)

    def _ambiguous(self, one: str, other: str, node: Node) -> FaultFound:
        return FaultFound(f"two readings: {_short(one)} or {_short(other)}; write the one that is meant", _start(node))

    def _gap(self, left: Node, right: Node) -> str:
        return self.text[left.span[1] : right.span[0]].replace(APART, "") if left.span and right.span else ""

    def _written(self, node: Node) -> str:
        return " ".join(self.text[slice(*node.span)].replace(APART, " ").split()) if node.span else node.symbol


def _is_word(node: Node) -> bool:
    name = node.symbol.lstrip(NAMED)
    named = node.symbol.startswith(NAMED) and not node.children
    return named and len(name) > 2 and name.isalpha() and name.lower() not in (*GREEK, *CALLS, *CONSTANTS)


def _factors(node: Node) -> list[Node]:
    return [*_factors(node.children[0]), node.children[1]] if node.symbol == BESIDE else [node]


def _last(node: Node) -> Node:
    """The last factor of a product or quotient."""
    while node.symbol in ("*", "/"):
        node = node.children[1]
    return node


def _start(node: Node) -> int:
    return node.span[0] if node.span else 0


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
