"""The Lark side of parsing: grammars compiled once, text to trees whose leaves a caller resolves.

`read_infix` is the fast way in, used by every text tokenizer for every edit: bare components over `x_0`, `x_1`, …
joined by `|`. It never raises; what is no expression comes back as a `Fault`. `parse.py` builds the texts that
people write on the same rules.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from ..errors import ParseError, did_you_mean
from ..tree import CONSTANTS, FUNCTIONS, MAX_DEPTH, NEGATE, NUMBER, SYSTEM, Node

MAX_LENGTH = 100_000
"""Longest text of one system, in characters."""

_COMPARED = "a comparison stands in parentheses, where it counts 1 or 0, or in if(x < 1, a, b)"
SIGNS = {
    "%": "'%' is a remainder, a step function, which no operator here writes; a comment begins with #",
    "?": "a choice is written if(x < 1, a, b)",
    "&": "conditions are joined by a product: (x > 0)*(x < 1)",
    "!": "'!' is a factorial or a negation, which no operator here writes",
    "[": "an index in brackets is a number, x[0]; what a function is of stands in parentheses",
    **dict.fromkeys("<>≤≥", _COMPARED),
}
"""Signs that stand in no text, or not where they were found, and what to write."""
MARK = "\u2064"
"""Stands before and behind a left side that has to be solved: see `sides.py`."""
ALIASES = {"ln": "log", "Abs": "abs"}
_NESTING = 2 * MAX_DEPTH
_COMMAND = re.compile(r"(?:\\d{1,3}ot\s*\{\s*)?(\\(?:(?:begin|end)\{[^{}]*\}|[A-Za-z]+))")
_ARROW = re.compile(r"->|-?→|\|->|-?↦")
_INTERVAL = re.compile(r"0(?:\.0*)?\s*<=?\s*t\s*<|t\s*(?:∈|in\b|<=|>=)")
_RANGE = re.compile(r"(?:[-\d.]+\s*<=?\s*(?=\w+\s*<))?([^\W\d]\w*)\s*(?:∈|in\b|<=)")
_CANONICAL_VARIABLE = re.compile(r"x_(0|[1-9]\d{0,4})\Z")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text is no expression, and at which character (0-based) that was seen."""

    reason: str
    offset: int


class FaultFound(Exception):  # control flow inside the parser, never seen outside this room
    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.fault = Fault(reason, offset)


Leaf = Callable[[str, tuple[int, int]], Node]


def canonical_leaf(name: str, span: tuple[int, int]) -> Node:
    """A name in the bare form: a variable `x_i`, or `pi` or `e`."""
    if name in CONSTANTS or _CANONICAL_VARIABLE.match(name):
        return Node(name, span=span)
    raise FaultFound(f"unknown variable {name!r}; this form has x_0, x_1, …, pi and e", span[0])


def span_of(token: Token) -> tuple[int, int]:
    """Its characters, half-open."""
    start = token.start_pos or 0
    return start, start + len(token)


def limited(node: Node, deepest: int = MAX_DEPTH) -> Node:
    """The node, unless it is nested too deeply."""
    if node.depth > deepest:
        raise FaultFound(f"nested deeper than {MAX_DEPTH} levels; split the expression", node.span[0] if node.span else 0)
    return node


def as_node(item: Node | Token) -> Node:
    """A literal stays a token until it is used, so that `-2` can be told from `-(2)`."""
    if isinstance(item, Node):
        return item
    value = float(item)
    if not math.isfinite(value):
        raise FaultFound(f"the number {_shorten(item)} is too large for a float", item.start_pos or 0)
    return Node(NUMBER, (), value, span_of(item))


@v_args(inline=True)
class ExpressionTransformer(Transformer[Token, Any]):
    """Rules of `expression.lark` to nodes; `leaf` decides what a name is."""

    deepest = MAX_DEPTH

    def __init__(self, leaf: Leaf) -> None:
        super().__init__()
        self.leaf = leaf

    def _binary(self, symbol: str, left: Node | Token, right: Node | Token) -> Node:
        a, b = as_node(left), as_node(right)
        return limited(Node(symbol, (a, b), None, (a.span[0], b.span[1]) if a.span and b.span else None), self.deepest)

    def add(self, left: Node | Token, right: Node | Token) -> Node:
        return self._binary("+", left, right)

    def sub(self, left: Node | Token, right: Node | Token) -> Node:
        return self._binary("-", left, right)

    def mul(self, left: Node | Token, right: Node | Token) -> Node:
        return self._binary("*", left, right)

    def div(self, left: Node | Token, right: Node | Token) -> Node:
        return self._binary("/", left, right)

    def pow(self, left: Node | Token, right: Node | Token) -> Node:
        return self._binary("^", left, right)

    def neg(self, minus: Token, operand: Node | Token) -> Node:
        node = as_node(operand)
        span = (minus.start_pos or 0, node.span[1] if node.span else 0)
        if isinstance(operand, Token):
            return Node(NUMBER, (), -(node.value or 0.0), span)
        return limited(Node(NEGATE, (node,), None, span), self.deepest)

    def paren(self, inner: Node | Token) -> Node:
        return as_node(inner)

    def name(self, name: Token, _now: Token | None = None) -> Node:
        return self.leaf(str(name), span_of(name))

    def call(self, name: Token, argument: Node | Token, closing: Token) -> Node:
        symbol = ALIASES.get(name, str(name))
        if symbol not in FUNCTIONS:
            hint = did_you_mean(str(name), (*FUNCTIONS, *ALIASES))
            raise FaultFound(f"unknown function {_shorten(str(name))!r}{hint}", name.start_pos or 0)
        span = (name.start_pos or 0, (closing.start_pos or 0) + 1)
        return limited(Node(symbol, (as_node(argument),), None, span), self.deepest)

    def bare(self, *components: Node | Token) -> Node:
        nodes = tuple(as_node(c) for c in components)
        span = (nodes[0].span[0], nodes[-1].span[1]) if nodes[0].span and nodes[-1].span else None
        return Node(SYSTEM, nodes, None, span)


@cache
def bare_parser() -> Lark:
    return Lark.open_from_package(
        __package__, "expression.lark", parser="lalr", start="bare", transformer=ExpressionTransformer(canonical_leaf)
    )


def read_infix(text: str) -> Node | Fault:
    """`x_1 | -2*x_0` to its system tree, or why not. Never raises."""
    return run_parser(bare_parser(), text)


def run_parser(parser: Lark, text: str, own: bool = False) -> Any | Fault:
    """What the parser makes of the text, or a `Fault`. `own`: a grammar of the user's, of which the messages know nothing."""
    if fault := _oversized(text):
        return fault
    try:
        return parser.parse(text)
    except FaultFound as e:
        return e.fault
    except UnexpectedInput as e:
        return _explain(e, text, own)


def located(fault: Fault, text: str) -> ParseError:
    """A fault with its line and column, both from 1."""
    before = text[: fault.offset]
    return ParseError(fault.reason, before.count("\n") + 1, fault.offset - (before.rfind("\n") + 1) + 1)


def too_long(text: str) -> Fault:
    return Fault(f"longer than {MAX_LENGTH:,} characters ({len(text):,}); give one system per line", MAX_LENGTH)


def _oversized(text: str) -> Fault | None:
    if len(text) > MAX_LENGTH:
        return too_long(text)
    depth = 0
    for match in re.finditer(r"[()]", text):
        depth += 1 if match.group() == "(" else -1
        if depth > _NESTING:
            return Fault(f"parentheses nested deeper than {_NESTING} levels", match.start())
    return None


def _explain(error: UnexpectedInput, text: str, own: bool) -> Fault:
    offset = error.pos_in_stream if error.pos_in_stream is not None else len(text)
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if at_end:
        offset = len(text)
    if (fault := _unbalanced(text, offset, at_end)) is not None:
        return fault
    if at_end:
        wanted = "more" if own else "a number, a name or '('"
        return Fault(f"the text ends where {wanted} must follow" if text.strip() else "the text is empty", offset)
    if not own and text[offset : offset + 1] == MARK:
        return Fault("an equation begins here, before what stands in front of it has ended", offset)
    if isinstance(error, UnexpectedCharacters) and text[offset - 2 : offset + 1] == "...":
        return Fault("three dots; a range has two: 0..5", offset)
    if not own and _ARROW.match(text, max(0, offset - 1)) is not None:
        return Fault("an arrow is no equals sign here; write x[n+1] = … for a map, x' = … for a rate", offset)
    if not own and _INTERVAL.match(text, offset) is not None:
        return Fault("how long a system runs is written T=10", offset)
    if not own and (interval := _RANGE.match(text, offset)) is not None:
        return Fault(f"a range is written @ {interval[1]}=0..1", offset)
    if not own and text[max(0, offset - 1) : offset + 1] == "//":
        return Fault("'//' is a whole quotient, a step function, which no operator here writes; a comment begins with #", offset)
    if not own and (meant := SIGNS.get(text[offset : offset + 1])) is not None:
        return Fault(meant, offset)
    if isinstance(error, UnexpectedCharacters) and not own and (command := _COMMAND.match(text, offset)) is not None:
        reason = f"{_shorten(command[1])} is no command that is read here; write what it stands for, or leave it out"
        return Fault(reason, command.start(1))
    if isinstance(error, UnexpectedCharacters):
        return Fault(f"unexpected character {text[offset : offset + 1]!r}", offset)
    if text[offset : offset + 2] == "==" and not own:
        return Fault("'==' holds at single points, which no operator here writes; compare by < or >", offset)
    if text[offset : offset + 1] == "=" and not own:
        return Fault(
            "unexpected '='; a left side is a derivative alone, x' or dx/dt (ode), x[n+1] (map), or y (function)", offset
        )
    return Fault(f"unexpected {_shorten(str(getattr(error, 'token', '')))!r}", offset)


def _unbalanced(text: str, offset: int, at_end: bool) -> Fault | None:
    """A parenthesis that explains the error better than the token at which the parser gave up."""
    opened: list[int] = []
    for i, character in enumerate(text):
        if character == "(":
            opened.append(i)
        elif character == ")":
            if not opened:
                return Fault("')' closes nothing; remove it or add '('", i) if i <= offset else None
            opened.pop()
    return Fault("'(' is never closed; add ')'", opened[-1]) if opened and at_end else None


def _shorten(text: str, limit: int = 24) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def resolve(tree: Node, leaf: Callable[[Node], Node]) -> Node:
    """Replace the childless, valueless nodes (names) of a tree; spans are kept."""
    return tree.map(lambda n: n if n.children or n.is_number else replace(leaf(n), span=n.span))
