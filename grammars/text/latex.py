r"""LaTeX to trees: components over `x_{0}`, `x_{1}`, … joined by `\\`, the language of the notation `latex`. Texts that people
write are in `latex_text.py`.

A name is one letter, so that `x y` and `xy` are products; a Greek letter is a name spelled out (`\beta` is `beta`), a word is set
upright (`\mathrm{prey}`), an index belongs to it (`x_{0}` is `x_0`). `e` is Euler's number, as everywhere.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lark import Lark, Token, v_args

from ..tree import FUNCTIONS, Node
from .reader import ExpressionTransformer, Fault, FaultFound, as_node, canonical_leaf, limited, run_parser

_BRACES = re.compile(r"\^\s*\{|_\{(?![nkt]\b)")
UPRIGHT = "mathrm|mathit|mathbf|mathsf|mathcal|boldsymbol|textrm|textit|text"
"""Commands that set a word."""
_INDEX = re.compile(rf"((?:\\(?:{UPRIGHT})\s*\{{[^{{}}]*\}})|\\?[^\W\d_]+)\s*_\s*(.+)\Z", re.DOTALL)
_SET = re.compile(rf"\\(?:{UPRIGHT})(?![A-Za-z])|[{{}}\s\\]")
_WORD = re.compile(rf"\\(?:{UPRIGHT})\s*\{{((?:\w|\\_)+)\}}")
_FUNCTIONS = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "ln": "log"}
WORDS = frozenset(
    {*FUNCTIONS, *_FUNCTIONS, "cdot", "times", "ast", "frac", "tfrac", "dfrac", "sqrt", "left", "right", "lvert", "rvert"}
    | {size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")}
    | {"operatorname", "mathrm", "mathit", "text", "pi", "x", "quad", "qquad"}
    | {"begin", "end", "cases", "align", "aligned", "gathered", "equation"}
    | {"e" * n + x for n in range(65) for x in ("", "x") if n or x}
)
"""The runs of letters in texts of bare components: commands, their arguments, and products of `e` that are not too long."""
MARKS = "*/[]&$~,;:!"
"""Characters of texts of bare components that a printed one does not have."""
TEN = re.compile(r"\s*\\times\s*10\s*\^\s*\{\s*([+-]?\d+)\s*\}")


def is_latex(text: str) -> bool:
    """Whether a text is LaTeX: nothing else that is read here has a backslash, or braces but for a map's `x_{n}`."""
    return "\\" in text or _BRACES.search(text) is not None


@v_args(inline=True)
class LatexTransformer(ExpressionTransformer):
    """Rules of `latex.lark` to nodes, by those of `expression.lark`."""

    def NUMBER(self, token: Token) -> Token:
        return token.update(value=TEN.sub(r"e\1", token))

    def name(self, name: Token, _now: Token | None = None) -> Node:
        start = name.start_pos or 0
        return self.leaf(plain_name(name), (start, start + len(name)))

    def paren(self, *inner: Any) -> Node:
        return as_node(next(i for i in inner if not _is_mark(i)))

    def group(self, inner: Node | Token) -> Node:
        return as_node(inner)

    def mul(self, left: Any, *right: Any) -> Node:
        return super().mul(left, right[-1])

    def pow(self, left: Any, right: Any) -> Node:
        if isinstance(right, Token) and len(right) > 1:
            raise FaultFound(f"an exponent of several characters is set in braces: ^{{{right}}}", right.start_pos or 0)
        return super().pow(left, right)

    def single(self, inner: Node) -> Node:
        return inner

    def frac(self, _: Token, above: Node, below: Node) -> Node:
        return super().div(above, below)

    def sqrt(self, command: Token, inner: Node) -> Node:
        return self._called("sqrt", command, inner)

    def abs(self, opening: Token, inner: Node | Token, _: Token) -> Node:
        return self._called("abs", opening, as_node(inner))

    def apply(self, command: Token, argument: Node | Token) -> Node:
        name = command.removeprefix(r"\operatorname{").rstrip("}").lstrip("\\")
        return self._called(_FUNCTIONS.get(name, name), command, as_node(argument))

    def power_of(self, command: Token, exponent: Node | Token, argument: Node | Token) -> Node:
        raised = as_node(exponent)
        if raised.is_number and (raised.value or 0.0) < 0:
            raise FaultFound(
                "a function to a negative power may mean its inverse; write it as a fraction", command.start_pos or 0
            )
        return super().pow(self.apply(command, argument), raised)

    def _called(self, symbol: str, command: Token, argument: Node) -> Node:
        if symbol not in FUNCTIONS:
            raise FaultFound(f"unknown function {command!s}", command.start_pos or 0)
        return limited(Node(symbol, (argument,), None, (command.start_pos or 0, (argument.span or (0, 0))[1])))

    def bare(self, *components: Any) -> Node:
        return super().bare(*(c for c in components if not _is_mark(c)))


def plain_name(text: str, index_of_maps: str = "") -> str:
    r"""`\beta_{1}` -> `beta_1`. `index_of_maps`: an index that says nothing."""
    index = None if _WORD.fullmatch(text.strip()) else _INDEX.match(text.strip())
    head = (index.group(1) if index else text).strip()
    word = _WORD.fullmatch(head)
    plain = word.group(1).replace("\\_", "_") if word else head.lstrip("\\")
    below = _SET.sub("", index.group(2)).replace(",", "_") if index else index_of_maps
    return plain if below == index_of_maps else f"{plain}_{below}"


def _is_mark(item: object) -> bool:
    return isinstance(item, Token) and item.type != "NUMBER"


@cache
def bare_latex() -> Lark:
    """The parser of bare components."""
    return Lark.open_from_package(
        __package__, "latex.lark", parser="lalr", start="bare", transformer=LatexTransformer(canonical_leaf)
    )


def read_latex(text: str) -> Node | Fault:
    r"""`x_{1} \\ -2 \cdot x_{0}` to its system tree, or why not. Never raises."""
    return run_parser(bare_latex(), text)
