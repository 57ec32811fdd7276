r"""Whole texts in LaTeX, by the grammar of all texts with the terminals of papers (`latex_text.lark`), to the same raw trees.

\ddot{\theta} + … is refused; \ddot{\theta} = -\sin\theta - k\dot\theta with k=0.1  @ theta=1, theta'=0; T=20
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from lark import Lark, Token, v_args
from lark.load_grammar import FromPackageLoader
from lark.visitors import merge_transformers

from ..tree import Node, number
from . import functions
from .latex import TEN, UPRIGHT, plain_name
from .reader import ExpressionTransformer, FaultFound, as_node, span_of
from .sections import Equation, Sections
from .written import BARE, CALLED, PAREN, TIMED, Context, WrittenTransformer, after_name, grammar, raw

_GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|vartheta|iota|kappa|lambda|mu|nu|xi|pi|varpi|rho|varrho|sigma|varsigma|"
    "tau|ell|upsilon|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega"
)
_GREEK_LETTER = rf"\\(?:{_GREEK})(?![A-Za-z])"
_BASE = rf"(?:[A-Za-z]|{_GREEK_LETTER}|\\(?:{UPRIGHT})\s*\{{(?!\d)(?:\w|\\_)+\}})"
_SET_INDEX = rf"\\(?:{UPRIGHT})\s*\{{\s*\w+\s*\}}"
_INDEX = rf"(?:\s*_\s*(?:\{{\s*(?:\w+|{_SET_INDEX}|{_GREEK_LETTER})(?:\s*,\s*\w+)*\s*\}}|{_SET_INDEX}|{_GREEK_LETTER}|\w(?!\w)))"
NAME = rf"{_BASE}{_INDEX}?"
_D = r"(?:d|\\mathrm\s*\{\s*d\s*\}|\\partial)"
_ORDER = r"(?:\s*\^\s*(?:\{\s*\d\s*\}|\d))?"
_OPEN, _CLOSE = r"(?:\\left|\\[bB]igg?l?)?\s*[(\[]", r"(?:\\right|\\[bB]igg?r?)?\s*[)\]]"
_TIME = rf"(?:\s*{_OPEN}\s*t\s*{_CLOSE})?"
OPENED_TIME = _TIME
_FRAC = r"\\[dtc]?frac\s*"
_DV = r"\\[op]?dv\s*(?:\[\s*\d\s*\]\s*)?"
_DT = r"\\partial\s*_\s*(?:\{\s*t\s*\}|t(?!\w))\s*"
DERIVATIVE = "|".join(
    (
        rf"\\d{{1,3}}ot(?![A-Za-z])\s*(?:\{{\s*{NAME}\s*\}}|{NAME}){_INDEX}?",
        rf"{NAME}\s*(?:'+|\^\s*(?:\{{\s*(?:\\prime\s*)+\}}|\\prime(?![A-Za-z])))",
        rf"{_FRAC}\{{\s*{_D}{_ORDER}\s*{NAME}{_TIME}\s*\}}\s*\{{\s*{_D}\s*t{_ORDER}\s*\}}",
        rf"{_FRAC}\{{\s*{_D}{_ORDER}\s*\}}\s*\{{\s*{_D}\s*t{_ORDER}\s*\}}\s*{NAME}",
        rf"{_D}{_ORDER}\s*{NAME}{_TIME}\s*\/\s*{_D}\s*t{_ORDER}(?![A-Za-z])",
        rf"{_DV}\{{\s*{NAME}{_TIME}\s*\}}\s*\{{\s*t\s*\}}",
        rf"{_DT}{NAME}",
    )
)
_ENVIRONMENT = (
    r"\\(?:begin|end)\{(?:[dr]?cases|(?:fl)?align(?:ed)?|alignat|gather(?:ed)?|multline|equation|subequations|split|eqnarray|array|"
    r"math|displaymath)\*?\}(?:\[[tcb]\])?(?:\{[lcr|@{} \d]*\})?"
)
SET = (
    rf"[&$~]|\\[,;:! ]|\\q?quad(?![A-Za-z])|{_ENVIRONMENT}|\\[\[\]()]|\\left\s*(?:\\\{{|\\lbrace)|\\right\s*\.|"
    r"\\(?:label|tag\*?|hspace\*?|vspace\*?)\{[^{}]*\}|\\(?:nonumber|notag|displaystyle|textstyle|hfill)(?![A-Za-z])"
)
"""What only sets a text."""
_NAME = re.compile(NAME)
_BEFORE_NAME = re.compile(
    rf"\\d{{1,3}}ot\s*\{{?\s*|{_FRAC}\{{\s*{_D}{_ORDER}\s*\}}\s*\{{\s*{_D}\s*t{_ORDER}\s*\}}\s*|{_FRAC}\{{\s*{_D}{_ORDER}\s*|"
    rf"{_DV}\{{\s*|{_DT}|{_D}{_ORDER}\s*(?=[^/]+/)"
)
_POWER_OF_D = re.compile(rf"{_D}\s*\^\s*\{{?\s*(\d)|\\[op]?dv\s*\[\s*(\d)")
_FORMS = {
    "ode": (("LEFT",), r"\dot{x}, x' or \frac{dx}{dt}"),
    "map": (("STEP",), "x_{n+1}"),
    "function": (("SIDE",), "y or f(x)"),
}


def derivative_of(text: str) -> tuple[str, int]:
    r"""`\frac{d^2 x}{dt^2}` -> x, 2."""
    before = _BEFORE_NAME.match(text)
    start = before.end() if before else 0
    found = _NAME.match(text, start)
    name = text[start : found.end()] if found else text[start:]
    if dots := re.match(r"\\(d{1,3})ot(?![A-Za-z])", text):
        index = re.match(rf"\s*\}}\s*({_INDEX})", text[start + len(name) :])
        return plain_name(name + (index.group(1) if index else "")), len(dots.group(1))
    if power := _POWER_OF_D.search(text):
        return plain_name(name), int(power[1] or power[2])
    return plain_name(name), max(1, text.count("'"), text.count("\\prime"))


@v_args(inline=True)
class LatexTextTransformer(Sections, WrittenTransformer):
    """Rules of `latex_text.lark` to raw nodes. `domain`: whose texts; a map's index n says nothing."""

    def __init__(self, domain: str) -> None:
        super().__init__()
        self.domain, self._index = domain, "n" if domain == "map" else ""

    def NUMBER(self, token: Token) -> Token:
        return super().NUMBER(token.update(value=TEN.sub(r"e\1", token)))

    def COMPARISON(self, token: Token) -> Token:
        return token.update(value="<" if token.startswith(("<", "\\l")) else ">")

    def DEFINED(self, token: Token) -> Token:
        return token.update(value=plain_name(token))

    def INITIAL(self, token: Token) -> Token:
        name, order = derivative_of(token)
        return token.update(value=name + "'" * (order if re.match(DERIVATIVE, token) else 0))

    def equation(self, left: Token, right: Node | Token, _: Token | None = None) -> Equation:
        kinds, form = _FORMS[self.domain]
        if left.type not in kinds:
            raise FaultFound(f"a left side of domain {self.domain!r} is written {form}", left.start_pos or 0)
        at, inputs = left.start_pos or 0, tuple(map(plain_name, _NAME.findall(left)[1:])) if left.type == "SIDE" else ()
        name, order = derivative_of(left) if left.type == "LEFT" else (plain_name(_NAME.findall(left)[0]), 0)
        if left.type == "STEP":
            name, order = plain_name(left[: left.rindex("_")]), 1
        return Equation(name, order, as_node(right), at, inputs)

    def bare(self, *components: Any) -> Node:
        return ExpressionTransformer.bare(self, *(c for c in components if not _is_mark(c)))

    def name(self, name: Token, _now: Token | None = None) -> Node:
        return raw(plain_name(name, self._index), span_of(name))

    def called(self, name: Token) -> Node:
        return Node(CALLED + plain_name(name, self._index), span=span_of(name))

    def timed(self, text: Token) -> Node:
        found = _NAME.match(text)
        return raw(plain_name(found.group() if found else text, self._index) + TIMED, span_of(text))

    def derivative(self, text: Token) -> Node:
        name, order = derivative_of(text)
        return raw(name + "'" * order, span_of(text))

    def after(self, text: Token) -> Node:
        return raw(after_name(plain_name(text[: text.rindex("_")])), span_of(text))

    def refused(self, text: Token) -> Node:
        raise FaultFound(f"{text} is nothing that an operator here writes; it is not supported", text.start_pos or 0)

    def times(self, left: Any, _: Token, right: Any) -> Node:
        return self.mul(left, right)

    def raised(self, left: Any, right: Any) -> Node:
        if isinstance(right, Token) and len(right) > 1:
            raise FaultFound(f"an exponent of several characters is set in braces: ^{{{right}}}", right.start_pos or 0)
        node = as_node(right)
        return self.pow(left, node if node.symbol == PAREN else Node(PAREN, (node,), None, node.span))

    def over(self, part: Node | Token) -> Node:
        if isinstance(part, Token) and len(part) > 1:
            raise FaultFound(f"a part of a fraction of several characters is set in braces: {{{part}}}", part.start_pos or 0)
        return as_node(part)

    def frac(self, command: Token, above: Node, below: Node) -> Node:
        return replace(self.div(above, below), span=_over(command, below))

    def digits(self, text: Token) -> Node:
        above, below = re.findall(r"\d", text)
        return Node("/", (number(float(above)), number(float(below))), None, span_of(text))

    def square_root(self, command: Token, inner: Node | Token) -> Node:
        if isinstance(inner, Token) and len(inner) > 1:
            raise FaultFound(f"what a root of several characters is of is set in braces: {{{inner}}}", inner.start_pos or 0)
        return self._of(command, "sqrt", as_node(inner))

    def nth_root(self, command: Token, _: Token, n: Token, __: Token, inner: Node) -> Node:
        if n == "3":
            return self._of(command, "cbrt", inner)
        exponent = Node("/", (number(1.0), as_node(n)), None, span_of(n))
        return self._limited(Node("^", (inner, exponent), None, _over(command, inner)))

    def apply(self, command: Token, argument: Node | Token) -> Node:
        bare = isinstance(argument, Token)
        applied = self._of(command, self._function(command), self.name(argument) if isinstance(argument, Token) else argument)
        return Node(BARE, (applied,), None, applied.span) if bare else applied

    def apply_frac(self, command: Token, frac: Token, above: Node, below: Node) -> Node:
        return self._of(command, self._function(command), self.frac(frac, above, below))

    def apply_number(self, command: Token, value: Token) -> Node:
        applied = self._of(command, self._function(command), as_node(value))
        return Node(BARE, (applied,), None, applied.span)

    def power_apply(self, command: Token, exponent: Node | Token, argument: Node | Token) -> Node:
        inner = self.apply(command, argument)
        raised = self._raised(command, exponent, inner.children[0] if inner.symbol == BARE else inner)
        return Node(BARE, (raised,), None, raised.span) if inner.symbol == BARE else raised

    def log_of(self, command: Token, argument: Node | Token) -> Node:
        inner = self.name(argument) if isinstance(argument, Token) else argument
        base = as_node(command.update(value="".join(re.findall(r"\d", command))))
        built = functions.called("log", (inner, replace(base, span=None)))
        return self._limited(replace(built, span=_over(command, inner))) if isinstance(built, Node) else inner

    def call(self, name: Token, argument: Node | Token, closing: Token) -> Node:
        return self._called(name, (as_node(argument),), closing)  # in a value, which is plain text

    def _function(self, command: Token) -> str:
        return command.split("{")[-1].strip("}\\ *")

    def _called(self, name: Token, arguments: tuple[Node, ...], closing: Token) -> Node:
        plain = self._function(name)
        if plain not in functions.CALLS and plain not in functions.REFUSED:
            raise FaultFound(f"unknown function {name!s}{functions.hint(plain)}", name.start_pos or 0)
        return super()._called(name.update(value=plain), arguments, closing)

    def _of(self, command: Token, name: str, argument: Node) -> Node:
        end = Token("RPAR", ")", start_pos=(argument.span or (0, 1))[1] - 1)
        return self._called(command.update(value=name), (argument,), end)


def _over(command: Token, last: Node) -> tuple[int, int]:
    return command.start_pos or 0, (last.span or (0, 0))[1]


def _is_mark(item: object) -> bool:
    return isinstance(item, Token) and item.type != "NUMBER"


@cache
def latex_text_parser(domain: str) -> Lark:
    """The parser of a domain's texts in LaTeX."""
    transformer = LatexTextTransformer(domain)
    return Lark(
        _grammar(),
        parser="lalr",
        start="start",
        postlex=Context(),
        transformer=merge_transformers(transformer, expression=transformer),
        import_paths=[FromPackageLoader(__package__)],
    )


def _grammar() -> str:
    words = "|".join(sorted(functions.CALLS, key=len, reverse=True))
    text = grammar("latex_text")
    for mark, pattern in (("N", NAME), ("B", _BASE), ("D", DERIVATIVE), ("F", words), ("O", _OPEN), ("C", _CLOSE), ("SET", SET)):
        text = text.replace(f"<{mark}>", pattern)
    return text
