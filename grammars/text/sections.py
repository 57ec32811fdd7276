"""What a text consists of: equations, definitions, `with` parameters, `@` conditions, from the rules around the expressions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lark import Token, Transformer, v_args

from ..tree import Node
from .functions import CALLS
from .reader import FaultFound, as_node
from .written import index_name, leibniz, sympy_derivative

_WORD = re.compile(r"[^\W\d]\w*")
MOST_ORDER = 9


@dataclass(frozen=True, slots=True)
class Equation:
    """`order`: of the derivative on the left, 1 for maps, 0 for functions. `inputs`: those that `f(x, y) = …` lists. `left`: a
    left side that is still to be solved for its derivative, whose name and order are not known before."""

    name: str
    order: int
    right: Node
    at: int
    inputs: tuple[str, ...] = ()
    left: Node | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A definition, parameter or condition; a range has `high`."""

    name: Token
    low: Node
    high: Node | None = None
    after_semicolon: bool = False
    initial: bool = False


@dataclass(frozen=True, slots=True)
class Macro:
    """A function that a text defines: `f(x, y) = …`."""

    name: str
    arguments: tuple[str, ...]
    body: Node
    at: int


@dataclass(frozen=True, slots=True)
class Parts:
    """A text. `bare`: its components, where it has no left sides. `at_rest`: variables start at 0 where nothing is said.
    `printed`: by PySINDy, whose products may have no space."""

    bare: tuple[Node, ...] = ()
    equations: tuple[Equation, ...] = ()
    definitions: tuple[Assignment, ...] = ()
    parameters: tuple[Assignment, ...] = ()
    conditions: tuple[Assignment, ...] = ()
    macros: tuple[Macro, ...] = ()
    at_rest: bool = False
    printed: bool = False
    notes: tuple[str, ...] = ()


@v_args(inline=True)
class Sections(Transformer[Token, Any]):
    """The rules around the expressions, of every grammar of texts."""

    def equation(self, left: Token, right: Node | Token, _: Token | None = None) -> Equation:
        name, order = _left(left)
        inputs = tuple(_WORD.findall(left)[1:]) if left.type == "SIDE" else ()
        _check_arguments(inputs, left)
        return Equation(name, order, as_node(right), left.start_pos or 0, inputs)

    def implicit(self, left: Node | Token, right: Node | Token) -> Equation:
        side = as_node(left)
        return Equation("", 0, as_node(right), side.span[0] if side.span else 0, left=side)

    def rate(self, left: Token, right: Node | Token) -> Equation:
        if not left.startswith("d") or len(left) == 1:
            raise FaultFound(f"a left side of @ode_def is dx, not {str(left)!r}", left.start_pos or 0)
        return Equation(left[1:], 1, as_node(right), left.start_pos or 0)

    def definition(self, name: Token, value: Node | Token) -> Assignment:
        return Assignment(name, as_node(value))

    def initial(self, name: Token, value: Node | Token) -> Assignment:
        return Assignment(name, as_node(value), initial=True)

    def macro(self, side: Token, body: Node | Token) -> Macro:
        name, *arguments = _WORD.findall(side)
        _check_arguments(arguments, side)
        if name in CALLS:
            raise FaultFound(f"{name!r} is a function already; give this one another name", side.start_pos or 0)
        return Macro(name, tuple(arguments), as_node(body), side.start_pos or 0)

    def named(self, *items: Equation | Assignment | Macro | Token) -> Parts:
        equations = tuple(i for i in items if isinstance(i, Equation))
        assigned = [i for i in items if isinstance(i, Assignment)]
        return Parts(
            equations=equations,
            definitions=tuple(a for a in assigned if not a.initial),
            conditions=tuple(a for a in assigned if a.initial),
            macros=tuple(i for i in items if isinstance(i, Macro)),
        )

    def julia(self, _: Token, *items: Equation | Token) -> Parts:
        return self.named(*items)

    def start(self, body: Node | Parts, *rest: tuple[str, tuple[Assignment, ...]] | Token) -> Parts:
        parts = body if isinstance(body, Parts) else Parts(bare=body.children)
        given = dict(section for section in rest if not isinstance(section, Token))
        conditions = parts.conditions + given.get("conditions", ())
        return replace(parts, parameters=given.get("parameters", ()), conditions=conditions)

    def assignment(self, name: Token, value: Node | Token) -> Assignment:
        return Assignment(name, as_node(value))

    def range(self, name: Token, low: Node | Token, high: Node | Token) -> Assignment:
        return Assignment(name, as_node(low), as_node(high))

    def parameters(self, *items: Assignment | Token) -> tuple[str, tuple[Assignment, ...]]:
        return "parameters", tuple(i for i in items if isinstance(i, Assignment))

    def conditions(self, *items: Assignment | Token) -> tuple[str, tuple[Assignment, ...]]:
        marked: list[Assignment] = []
        separator = ""
        for item in items:
            if isinstance(item, Token):
                separator = str(item)
            else:
                marked.append(Assignment(item.name, item.low, item.high, separator == ";"))
        return "conditions", tuple(marked)


def _check_arguments(names: Sequence[str], side: Token) -> None:
    if len(set(names)) < len(names):
        raise FaultFound(f"{side} has an argument twice", side.start_pos or 0)


def _left(left: Token) -> tuple[str, int]:
    """The variable of a left side, and the order of its derivative: `d^2x/dt^2` -> x, 2."""
    words = _WORD.findall(left)
    if left.type == "LEIBNIZ":
        return leibniz(left)
    if left.type == "EQUALITY":
        return sympy_derivative(left)
    if left.type == "ELEMENT":
        return index_name(left[1:]), 1
    if left.type == "OPERATOR":
        return words[1 if left.startswith("D") else 2], 1
    if left.type == "NEXT":
        return (words[0] if left.rstrip()[-1] in "])" else re.sub(r"_[nktij]?\Z", "", words[0])), 1
    if left.type == "PRIME" and left.count("'") > MOST_ORDER:
        raise FaultFound(f"a derivative of order {left.count(chr(39))}; at most {MOST_ORDER} is supported", left.start_pos or 0)
    return words[0], left.count("'") if left.type == "PRIME" else 0


def variable_of(name: Token) -> str:
    """What a condition is of: `x'(0)` -> `x'`."""
    word: str = _WORD.findall(name)[0]
    return word + "'" * name.count("'")
