"""The Lark side of texts that people write: `written.lark` with a domain's own rules, to raw trees.

A raw tree has leaves and operators that only the whole text can settle: `?x` is a name, `??x` one before a parenthesis, `?x'` a
derivative, `?beside` two factors side by side, `?paren` parentheses, `?signed` what has a plus in front, `?bare` a function of an
argument without parentheses, `?condition` what a comparison comes to, `?call f` a function of the text's own. `products.py`
settles factors, `names.py` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, ClassVar

from lark import Lark, Token, v_args

from ..tree import MAX_DEPTH, NUMBER, Node
from . import functions
from .reader import ExpressionTransformer, FaultFound, as_node, limited, span_of

NAMED, CALLED, TIMED = "?", "??", "(t)"
BESIDE, PAREN, BARE, CONDITION = "?beside", "?paren", "?bare", "?condition"
CALL, SIGNED = "?call ", "?signed"
_KIND = {"+": "+", "-": "+", "*": "*", "/": "*"}
_TURNED = {"+": "-", "-": "+", "*": "/", "/": "*"}
MOST_FLAT = 150
"""Terms of a sum, or factors of a product, beyond which it becomes one of several."""
_WORD = re.compile(r"[^\W\d]\w*")
_LEIBNIZ = re.compile(r"d(?:\^?\(?(\d)\)?)?([^\W\d]\w*?)(?:\(t\))?/dt(?:\^?\(?(\d)\)?)?\Z")
MOST_GROUPS = 20
"""Of these sums or products at most."""
SYMPY_DERIVATIVE = (
    r"Derivative\(\s*(?:Function\(\s*['\"][^\W\d]\w*['\"]\s*\)\(\s*Symbol\(\s*['\"]t['\"]\s*\)\s*\)|[^\W\d]\w*\(\s*t\s*\))\s*,\s*"
    r"(?:t|\(\s*t\s*,\s*\d\s*\)|Tuple\(\s*Symbol\(\s*['\"]t['\"]\s*\)\s*,\s*Integer\(\s*\d\s*\)\s*\))\s*\)"
)
_OF_TIME = re.compile(r"\)\s*\(.*\)\Z")
_QUOTED = re.compile(r"['\"]([^'\"]*)['\"]")


class Context:
    """What each `|` is: one where an operand must follow opens, the next at its depth closes; after an operand outside it
    separates components, or opens where the text has left sides (`-k|v|v`). And which names are functions that the text
    defines, from there on."""

    always_accept = ("BAR",)

    def __init__(self, macros: frozenset[str] = frozenset()) -> None:
        self.macros = macros

    _AFTER_OPERAND: ClassVar = frozenset(
        {
            "NUMBER",
            "INDEXED",
            "CONSTANT",
            "NAME",
            "TIMED",
            "PRIMED",
            "RATE",
            "SYMBOL",
            "FLOAT",
            "NOW",
            "RPAR",
            "RBRACE",
            "CLOSE_BAR",
            "RIGHT_BAR",
            "DERIVATIVE",
        }
    )

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        open_at: list[int] = []
        macros = set(self.macros)
        depth, operand, sided = 0, False, False
        for token in stream:
            kind = token.type
            if kind == "BAR":
                if not operand:
                    kind = "OPEN_BAR"
                elif open_at and open_at[-1] == depth:
                    kind = "CLOSE_BAR"
                else:
                    kind = "OPEN_BAR" if sided or depth else "SEPARATOR_BAR"
                if kind == "OPEN_BAR":
                    open_at.append(depth)
                elif kind == "CLOSE_BAR":
                    open_at.pop()
                token = Token.new_borrow_pos(kind, str(token), token)
            if kind == "SIDE":
                macros.add(_WORD.findall(token)[0])
            elif kind == "CALLED" and token in macros:
                token = Token.new_borrow_pos("FUNCTION", str(token), token)
            depth += (kind in ("LPAR", "LBRACE")) - (kind in ("RPAR", "RBRACE"))
            sided = sided or token in ("=", "~")
            operand = kind in self._AFTER_OPERAND and not (kind == "NAME" and token in functions.PREFIXED)
            yield token


@v_args(inline=True)
class WrittenTransformer(ExpressionTransformer):
    """Rules of `written.lark` to raw nodes."""

    deepest = 2 * MAX_DEPTH + 1  # with the parentheses, which go

    def __init__(self) -> None:
        super().__init__(raw)

    def _binary(self, symbol: str, left: Node | Token, right: Node | Token) -> Node:
        a, b = as_node(left), as_node(right)
        return super()._binary(symbol, a, b) if symbol not in _TURNED else self._limited(_appended(symbol, a, b))

    def _limited(self, node: Node) -> Node:
        return limited(node, self.deepest)

    def NUMBER(self, token: Token) -> Token:
        if re.search("[1-9]", re.split("[eE]", token)[0]) and float(token) == 0.0:
            raise FaultFound(f"the number {token} is too small for a float", token.start_pos or 0)
        return token

    def bare(self, *components: Any) -> Node:
        return super().bare(*(c for c in components if getattr(c, "type", "") != "SEPARATOR_BAR"))

    def plus(self, sign: Token, operand: Node | Token) -> Node:
        node = as_node(operand)
        return self._limited(Node(SIGNED, (node,), None, (sign.start_pos or 0, node.span[1] if node.span else 0)))

    def beside(self, left: Node | Token, right: Node | Token) -> Node:
        return self._binary(BESIDE, left, right)

    def called(self, name: Token) -> Node:
        return Node(CALLED + name, span=span_of(name))

    def timed(self, text: Token) -> Node:
        return raw("".join(text.split()), span_of(text))

    def primed(self, text: Token) -> Node:
        name, order = leibniz(text) if "/" in text else (_WORD.findall(text)[0], text.count("'"))
        return raw(name + "'" * order, span_of(text))

    def indexed(self, text: Token) -> Node:
        return raw(index_name(text), span_of(text))

    def constant(self, text: Token) -> Node:
        return Node(text.partition(".")[2].lower(), span=span_of(text))

    def differential(self, text: Token) -> Node:
        name, order = sympy_derivative(text)
        return raw(name + "'" * order, span_of(text))

    def delayed(self, text: Token) -> Node:
        raise FaultFound(f"{text} is an earlier value; delays are not supported, and a product has a star", text.start_pos or 0)

    def now(self, text: Token) -> Node:
        return raw(_WORD.findall(text.split("_{")[0])[0], span_of(text))

    def after(self, text: Token) -> Node:
        return raw(after_name(_WORD.findall(text.split("_{")[0])[0]), span_of(text))

    def symbol(self, text: Token) -> Node:
        if text.startswith("Function") and not _OF_TIME.search(text):
            name = _QUOTED.findall(text)[0]
            raise FaultFound(
                f"{name!r} is a function without a formula; write what it is, or its name alone", text.start_pos or 0
            )
        return raw(_QUOTED.findall(text)[0].strip(), span_of(text))

    def float(self, text: Token) -> Node:
        inner = _QUOTED.findall(text)[0]
        try:
            return as_node(text.update(value=str(float(inner))))
        except ValueError:
            raise FaultFound(f"{inner!r} is no number", text.start_pos or 0) from None

    def arguments(self, *given: Node | Token) -> tuple[Node, ...]:
        return tuple(as_node(g) for g in given)

    def comparison(self, left: Node | Token, symbol: Token, right: Node | Token) -> Node:
        a, b = as_node(left), as_node(right)
        span = (a.span[0], b.span[1]) if a.span and b.span else None
        return self._limited(Node(CONDITION, (functions.compared(str(symbol), a, b),), None, span))

    def function(self, name: Token, _: Token, arguments: Any, closing: Token) -> Node:
        return self._called(_without_module(name), arguments, closing)

    def _called(self, name: Token, arguments: tuple[Node, ...], closing: Token) -> Node:
        if functions.NAMES.get(name, name) == "if" and not _is_condition(arguments[0]):
            raise FaultFound(f"{name!s} has a comparison first, such as x < 1", name.start_pos or 0)
        if name not in functions.CALLS:
            return self._limited(Node(CALL + name, arguments, None, (name.start_pos or 0, (closing.start_pos or 0) + 1)))
        built = functions.called(str(name), arguments)
        if isinstance(built, str):
            raise FaultFound(built, name.start_pos or 0)
        if built.size > functions.MAX_SIZE:
            raise FaultFound(f"longer than {functions.MAX_SIZE:,} symbols as what it stands for", name.start_pos or 0)
        return self._limited(replace(built, span=(name.start_pos or 0, (closing.start_pos or 0) + 1)))

    def power_of(self, name: Token, exponent: Node | Token, _: Token, arguments: Any, closing: Token) -> Node:
        return self._raised(name, exponent, self._called(_without_module(name), arguments, closing))

    def _raised(self, name: Token, exponent: Node | Token, inner: Node) -> Node:
        """A power of a function, its exponent before its arguments."""
        raised = as_node(exponent)
        raised = raised.children[0] if raised.symbol == PAREN else raised
        if raised.symbol != NUMBER or (raised.value or 0.0) < 0:
            raise FaultFound("a function to a negative power may mean its inverse; write it as a fraction", name.start_pos or 0)
        return self._limited(Node("^", (inner, replace(raised, span=inner.span)), None, inner.span))

    def chosen(self, word: Token, *parts: Any) -> Node:
        arguments, one, other = (part for part in parts if not isinstance(part, Token) or part.type == "NUMBER")
        return self._called(word, (*arguments, as_node(one), as_node(other)), parts[-1])

    def case(self, _: Token, value: Node | Token, condition: Node | Token, closing: Token) -> tuple[Node, Node | None]:
        last = isinstance(condition, Token) and condition.type == "TRUE"
        return as_node(value), None if last else as_node(condition)

    def piecewise(self, word: Token, *cases: Any) -> Node:
        *chosen, (value, last) = cases[1:-1]
        if last is not None or any(condition is None for _, condition in chosen):
            raise FaultFound("a piecewise function ends with a case for all else, (…, True)", word.start_pos or 0)
        for one, condition in reversed(chosen):
            value = self._called(word.update(value="if"), (condition, one, value), cases[-1])
        whole: Node = value
        return replace(whole, span=(word.start_pos or 0, (cases[-1].start_pos or 0) + 1))

    def root(self, sign: Token, inner: Node | Token) -> Node:
        node = as_node(inner)
        return self._limited(Node("sqrt", (node,), None, (sign.start_pos or 0, node.span[1] if node.span else 0)))

    def bars(self, opening: Token, inner: Node | Token, closing: Token) -> Node:
        return self._limited(Node("abs", (as_node(inner),), None, (opening.start_pos or 0, (closing.start_pos or 0) + 1)))

    def grouped(self, opening: Token, inner: Node | Token, closing: Token) -> Node:
        node = as_node(inner)
        kept = node.children if node.symbol == PAREN else (node,)
        return Node(PAREN, kept, None, (opening.start_pos or 0, (closing.start_pos or 0) + 1))


def _appended(symbol: str, left: Node, right: Node) -> Node:
    """`left + right`, where `left` may be a sum of many terms: no nesting. So many of them as are flat are a sum of their own."""
    kind = _KIND[symbol]
    first, last = left.children if _KIND.get(left.symbol) == kind else (left, left)
    if first is not left and first.depth > MOST_FLAT and _KIND.get(first.symbol) == kind and last.depth <= MOST_FLAT:
        turned = symbol if left.symbol in "+*" else _TURNED[symbol]
        return replace(left, children=(first, Node(turned, (last, right), None, _over(last, right))), span=_over(left, right))
    if first is not left and first.depth > MOST_FLAT + MOST_GROUPS:
        raise FaultFound(
            f"more than {MOST_FLAT * MOST_GROUPS:,} terms or factors; split the expression", right.span[0] if right.span else 0
        )
    return Node(symbol, (left, right), None, _over(left, right))


def _over(left: Node, right: Node) -> tuple[int, int] | None:
    return (left.span[0], right.span[1]) if left.span and right.span else None


def after_name(name: str) -> str:
    """What a map's variable is called one step on: its equation says what that is."""
    return f"{name}[n+1]"


def index_name(text: str) -> str:
    """`x[0]` -> `x_0`."""
    name, _, index = text.partition("[")
    return f"{name.strip()}_{int(index.strip(' ]'))}"


def leibniz(text: Token) -> tuple[str, int]:
    """`d^2x/dt^2` -> x, 2."""
    quotient = _LEIBNIZ.match("".join(text.split()))
    above, name, below = quotient.groups() if quotient else ("0", text, "0")
    if above != below or above == "0":
        raise FaultFound(f"{text} has two orders; write d^{above or 1}{name}/dt^{above or 1}", text.start_pos or 0)
    return name, int(above or 1)


def sympy_derivative(text: str) -> tuple[str, int]:
    """`Derivative(x(t), (t, 2))` -> x, 2."""
    inside = text[text.index("Derivative(") + len("Derivative(") :]
    quoted = _QUOTED.match(inside.removeprefix("Function("))
    orders = re.findall(r"(?<!\w)\d(?!\w)", inside)
    return quoted.group(1) if quoted else _WORD.findall(inside)[0], int(orders[-1]) if orders else 1


def _without_module(name: Token) -> Token:
    """`np.sin` -> `sin`."""
    return name.update(value=name.rpartition(".")[2])


def _is_condition(node: Node) -> bool:
    return node.symbol == CONDITION or (node.symbol == PAREN and _is_condition(node.children[0]))


def raw(name: str, span: tuple[int, int]) -> Node:
    """A name is a node whose symbol starts with "?", resolved once all equations are known."""
    return Node(NAMED + name, span=span)


@cache
def grammar(domain: str) -> str:
    """The rules of a domain's texts: its own file, then `written.lark` with the names of functions."""
    own, shared = (resources.files(__package__).joinpath(f"{name}.lark").read_text("utf-8") for name in (domain, "written"))
    names = "|".join(sorted(functions.CALLS, key=len, reverse=True))
    first = re.search("^%(extend|override)", own, re.MULTILINE)
    at = first.start() if first else len(own)
    text = f"{own[:at]}\n{shared.replace('__FUNCTIONS__', names)}\n{own[at:]}"
    return text.replace("<S>", SYMPY_DERIVATIVE.replace("/", r"\/"))


@cache
def plain_grammar(domain: str) -> Lark:
    """The grammar of `domain`'s texts as it stands, for who wants its rules and no tree."""
    return Lark(grammar(domain), parser="lalr", start="start", postlex=Context())


def domain_parser(domain: str, transformer: WrittenTransformer) -> Lark:
    """The parser of `domain`'s texts."""
    return Lark(grammar(domain), parser="lalr", start="start", postlex=Context(), transformer=transformer)
