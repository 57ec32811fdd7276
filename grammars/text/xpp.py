"""Models of XPPAUT: what its `.ode` files hold, by the grammar of all texts (`xpp.lark`).

    par a=0.7, b=0.8, i0=0.5
    v' = v - v^3/3 - w + i0
    w' = 0.08*(v + a - b*w)
    init v=-1, w=1
    @ total=200, meth=qualrk
    done

Names are of lower case, variables start at 0 and run to 20, as there, where nothing is said.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lark import Lark, Token, v_args

from ..tree import Node, number
from .functions import CALLS
from .reader import Fault, FaultFound, run_parser
from .sections import Assignment, Equation, Macro, Parts, Sections
from .written import Context, WrittenTransformer, grammar

_STATEMENT = re.compile(r"^[ \t]*(?:(?:params?|par|p|init|i|number|aux)[ \t]+[^\W\d]\w*[ \t]*=|(?:done|d)[ \t]*$)", re.M | re.I)
_MACRO = re.compile(r"^[ \t]*([^\W\d]\w*)[ \t]*\([ \t]*[^\W\d][^()=]*\)[ \t]*=", re.M)
_REFUSED = {
    **dict.fromkeys(("wiener", "w", "markov"), "noise"),
    **dict.fromkeys(("table", "tabular"), "a table of values"),
    **dict.fromkeys(("vector", "array"), "an array"),
    **dict.fromkeys(("b", "bdry", "bnd", "bndry"), "a boundary condition"),
    **dict.fromkeys(("0", "solv"), "a constraint"),
    **dict.fromkeys(("volt", "volterra"), "an integral"),
    **dict.fromkeys(("special", "network"), "an operation on arrays"),
    **{"global": "a reset", "export": "a call of others' code", "mksol": "a solver for constraints"},
}
"""Statements that have no counterpart here, and what they are."""
HORIZON = 20.0


def is_xpp(text: str) -> bool:
    """Whether a text is a model of XPPAUT: it has a line with one of its statements, which no other text here has."""
    return _STATEMENT.search(text) is not None


@v_args(inline=True)
class XppTransformer(Sections, WrittenTransformer):
    """Rules of `xpp.lark` to the parts of a text. `domain`: map for models with `meth=discrete`."""

    def __init__(self, domain: str) -> None:
        super().__init__()
        self.domain = domain

    def parameters(self, _: Token, *entries: Assignment | Token) -> list[Assignment]:  # type: ignore[override]
        return [e for e in entries if isinstance(e, Assignment)]

    def inits(self, _: Token, *entries: Assignment | Token) -> list[Assignment]:
        return [Assignment(e.name, e.low, initial=True) for e in entries if isinstance(e, Assignment)]

    def zero(self, name: Token) -> Assignment:
        return Assignment(name, number(0.0))

    def settings(self, *given: Token) -> list[Assignment]:
        found: list[Assignment] = []
        for token in given:
            key, _, value = (part.strip() for part in token.partition("="))
            if key.startswith("meth") and value.startswith("d") != (self.domain == "map"):
                other = "map" if value.startswith("d") else "ode"
                raise FaultFound(f"{token} is a model of domain {other!r} (--domain {other})", token.start_pos or 0)
            if key == "total":
                found.append(Assignment(token.update(value="T"), self._value(token, value), after_semicolon=True))
        return found

    def _value(self, token: Token, text: str) -> Node:
        try:
            return number(float(text))
        except ValueError:
            raise FaultFound(f"total is a number, not {text!r}", token.start_pos or 0) from None

    def refused_line(self, text: Token) -> Any:
        word = re.split(r"[\s\[=]", text)[0]
        kind = "an array" if text[len(word)] == "[" or word == "%" else _REFUSED[word]
        raise FaultFound(f"{word!r} is {kind} of XPPAUT, which is not supported", text.start_pos or 0)

    def integral(self, text: Token) -> Any:
        raise FaultFound(f"{text} is an integral over the past, which is not supported", text.start_pos or 0)

    def summed(self, text: Token) -> Any:
        raise FaultFound(f"{text} is a sum over an array, which is not supported", text.start_pos or 0)

    def line(self, statement: Any = None) -> Any:
        return statement

    def start(self, *lines: Any) -> Parts:
        items = [item for line in lines if line is not None for item in (line if isinstance(line, list) else [line])]
        horizons = [i for i in items if isinstance(i, Assignment) and i.after_semicolon]
        kept: list[Equation | Assignment | Macro] = [i for i in items if i not in horizons]
        parts: Parts = self.named(*kept)
        last = horizons[-1:] or [Assignment(Token("NAME", "T"), number(HORIZON), after_semicolon=True)]
        return Parts(
            equations=parts.equations,
            definitions=parts.definitions,
            macros=parts.macros,
            conditions=(*parts.conditions, *last),
            at_rest=True,
            notes=() if horizons else (f"the horizon is that of XPPAUT, {HORIZON:g}",),
        )


def read_xpp(text: str, domain: str) -> Parts | Fault:
    """The parts of a model, whose functions may stand below what calls them. Never raises."""
    return run_parser(_parser(domain, frozenset(_MACRO.findall(text)) - set(CALLS)), text)


@lru_cache(maxsize=16)
def _parser(domain: str, macros: frozenset[str]) -> Lark:
    postlex = Context(macros)
    return Lark(grammar("xpp"), parser="lalr", start="start", postlex=postlex, transformer=XppTransformer(domain))
