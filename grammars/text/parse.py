"""Text written by a person to a `System`: equations, `with` parameters, `@` conditions.

    x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z  @ x=1, y=1, z=1; T=20

Names become `x_0`, `x_1`, … in the order of their equations (functions: of their ranges, else of first use). Parameters are
replaced by their values, and signs and whole exponents brought into one form (`canonical`). Every constant part must have a
finite value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, v_args

from ..constant import constant_value
from ..errors import SpecError, did_you_mean
from ..tree import CONSTANTS, SYSTEM, VARIABLE_PREFIX, Node, System, number, variables
from .canonical import canonical
from .latex import LatexTransformer, is_latex, latex_parser, left_side
from .reader import ExpressionTransformer, Fault, FaultFound, as_node, domain_parser, located, resolve, run_parser

DOMAINS = ("ode", "map", "function")
MAX_VARIABLES = 1000


@dataclass(frozen=True, slots=True)
class _Assignment:
    name: Token
    low: Node
    high: Node | None
    after_semicolon: bool = False


@v_args(inline=True)
class _Sections(Transformer[Token, Any]):
    """The rules around the expressions: equations, `with` and `@`."""

    def equation(self, left: Token, right: Node | Token) -> tuple[Token, Node]:
        return left, as_node(right)

    def named(self, *equations: tuple[Token, Node] | Token) -> list[tuple[Token, Node]]:
        return [e for e in equations if not isinstance(e, Token)]

    def start(self, *parts: Any) -> tuple[Any, ...]:
        return parts

    def assignment(self, name: Token, value: Node | Token) -> _Assignment:
        return _Assignment(name, as_node(value), None)

    def range(self, name: Token, low: Node | Token, high: Node | Token) -> _Assignment:
        return _Assignment(name, as_node(low), as_node(high))

    def parameters(self, *items: _Assignment) -> tuple[str, list[_Assignment]]:
        return "parameters", list(items)

    def conditions(self, *items: _Assignment | Token) -> tuple[str, list[_Assignment]]:
        marked: list[_Assignment] = []
        separator = ""
        for item in items:
            if isinstance(item, Token):
                separator = str(item)
            else:
                marked.append(_Assignment(item.name, item.low, item.high, separator == ";"))
        return "conditions", marked


class _SystemTransformer(_Sections, ExpressionTransformer):
    """Texts of a domain."""


class _LatexSystemTransformer(_Sections, LatexTransformer):
    """The same in LaTeX."""

    def __init__(self, domain: str) -> None:
        super().__init__(_raw, "n" if domain == "map" else "")
        self._domain = domain

    @v_args(inline=True)
    def equation(self, left: Token, right: Node | Token) -> tuple[Token, Node]:
        return left_side(self._domain, left), as_node(right)


def _raw(name: str, span: tuple[int, int]) -> Node:
    """A name is a node whose symbol starts with "?", resolved once all equations are known."""
    return Node("?" + name, span=span)


@cache
def _parser(domain: str) -> Lark:
    return domain_parser(domain, _SystemTransformer(_raw))


@cache
def _latex_parser(domain: str) -> Lark:
    return latex_parser(_LatexSystemTransformer(domain), "start")


def parse(text: str, domain: str = "ode") -> System:
    """The system that `text` describes, in the words of its domain or in LaTeX (see `latex.py`).

    Raises `ParseError` (with line and column) where the text is not a system of the domain, names something
    unknown, or holds a constant without a finite value; `SpecError` for an unknown domain.
    """
    if domain not in DOMAINS:
        raise SpecError(f"unknown grammar {domain!r}{did_you_mean(domain, DOMAINS)}; there are {', '.join(DOMAINS)}")
    result = run_parser(_latex_parser(domain) if is_latex(text) else _parser(domain), text)
    try:
        if isinstance(result, Fault):
            raise FaultFound(result.reason, result.offset)
        return _assemble(domain, *result)
    except FaultFound as e:
        raise located(e.fault, text) from None


def _assemble(domain: str, body: Any, *rest: tuple[str, list[_Assignment]]) -> System:
    sections = dict(rest)
    parameters = _constants(sections.get("parameters", []))
    conditions = sections.get("conditions", [])
    if isinstance(body, Node):
        names, raw = _bare_names(domain, body), list(body.children)
    else:
        names, raw = _left_sides(domain, body, parameters, conditions), [right for _, right in body]
    if len(names) > MAX_VARIABLES:
        raise FaultFound(f"{len(names)} variables; at most {MAX_VARIABLES} are supported", 0)
    tree = Node(SYSTEM, tuple(_resolved(node, names, parameters) for node in raw))
    if domain == "function" and len(raw) != 1:
        raise FaultFound(
            "a function is one expression; '|' separates the components of systems", raw[1].span[0] if raw[1].span else 0
        )
    _check_constants(tree)
    x0, t_end, ranges = _read_conditions(domain, names, conditions)
    return System(canonical(tree), names, domain, x0, t_end, ranges)


def _bare_names(domain: str, body: Node) -> tuple[str, ...]:
    if domain != "function":
        return tuple(f"{VARIABLE_PREFIX}{i}" for i in range(len(body.children)))
    used = [n.symbol[1:] for _, n in body.walk() if n.symbol.startswith("?")]
    return _input_names(used, {}, [])


def _left_sides(
    domain: str, equations: list[tuple[Token, Node]], parameters: dict[str, float], conditions: list[_Assignment]
) -> tuple[str, ...]:
    if domain == "function":
        used = [n.symbol[1:] for _, right in equations for _, n in right.walk() if n.symbol.startswith("?")]
        return _input_names(used, parameters, conditions)
    names: list[str] = []
    for left, _ in equations:
        name = left.strip()
        if left.type == "PRIME":
            name = name[:-1].strip()
        elif left.type == "LEIBNIZ":
            name = name.split("/")[0].strip()[1:]
        else:
            name = name.split("[")[0].strip()
        if name in names:
            raise FaultFound(f"a second equation for {name!r}", left.start_pos or 0)
        names.append(name)
    return tuple(names)


def _input_names(used: list[str], parameters: dict[str, float], conditions: list[_Assignment]) -> tuple[str, ...]:
    inputs = [str(c.name) for c in conditions if c.high is not None]
    inputs += [n for n in used if n not in parameters and n not in CONSTANTS]
    names = tuple(dict.fromkeys(inputs))
    if names and all(n.startswith(VARIABLE_PREFIX) and n[len(VARIABLE_PREFIX) :].isdecimal() for n in names):
        highest = max(int(n[len(VARIABLE_PREFIX) :]) for n in names)
        return tuple(f"{VARIABLE_PREFIX}{i}" for i in range(min(highest, MAX_VARIABLES) + 1))
    return names


def _resolved(node: Node, names: tuple[str, ...], parameters: dict[str, float]) -> Node:
    index = {name: i for i, name in enumerate(names)}

    def leaf(raw: Node) -> Node:
        name = raw.symbol[1:]
        if name in index:
            return Node(f"{VARIABLE_PREFIX}{index[name]}")
        if name in parameters:
            return number(parameters[name])
        if name in CONSTANTS:
            return Node(name)
        known = ", ".join(names[:8]) or "none"
        hint = "; for explicit time add a variable: t' = 1" if name == "t" else did_you_mean(name, [*names, *parameters])
        raise FaultFound(f"unknown variable {name!r} (variables: {known}); give it a value after 'with'{hint}", _start(raw))

    return resolve(node, leaf)


def _start(node: Node) -> int:
    return node.span[0] if node.span else 0


def _constants(items: list[_Assignment]) -> dict[str, float]:
    values: dict[str, float] = {}
    for item in items:
        if str(item.name) in values:
            raise FaultFound(f"parameter {str(item.name)!r} is given twice", item.name.start_pos or 0)
        values[str(item.name)] = _constant(item.low, values)
    return values


def _constant(node: Node, parameters: dict[str, float]) -> float:
    value = constant_value(_resolved(node, (), parameters))
    if value is None:
        raise FaultFound("this value is not a finite number", _start(node))
    return value


def _check_constants(tree: Node) -> None:
    if variables(tree) and tree.symbol != SYSTEM and len(tree.children) == 0:
        return
    for child in tree.children:
        if not variables(child):
            if constant_value(child) is None:
                raise FaultFound("this constant has no finite value; is an exponent or a divisor wrong?", _start(child))
        else:
            _check_constants(child)


def _read_conditions(
    domain: str, names: tuple[str, ...], conditions: list[_Assignment]
) -> tuple[tuple[tuple[float, ...], ...], float | None, tuple[tuple[float, float], ...]]:
    values: dict[str, float] = {}
    ranges: dict[str, tuple[float, float]] = {}
    t_end: float | None = None
    for item in conditions:
        name, at = str(item.name), item.name.start_pos or 0
        low = _constant(item.low, {})
        if name == "T" and (item.after_semicolon or name not in names):
            if low <= 0:
                raise FaultFound(f"the horizon T must be positive, not {low:g}", at)
            t_end = low
        elif name not in names:
            raise FaultFound(f"a condition for unknown variable {name!r}{did_you_mean(name, names)}", at)
        elif name in values or name in ranges:
            raise FaultFound(f"a second condition for {name!r}", at)
        elif (item.high is not None) != (domain == "function"):
            form = f"{name}=LOW..HIGH" if domain == "function" else f"{name}=VALUE"
            raise FaultFound(f"a condition of domain {domain!r} is written {form}", at)
        elif item.high is not None:
            high = _constant(item.high, {})
            if not low < high:
                raise FaultFound(f"the range of {name!r} is empty: {low:g}..{high:g}", at)
            ranges[name] = (low, high)
        else:
            values[name] = low
    chosen = ranges if domain == "function" else values
    if chosen and (missing := [n for n in names if n not in chosen]):
        last = conditions[-1].name.start_pos or 0
        raise FaultFound(f"no condition for {', '.join(map(repr, missing))}; give one for every variable after '@'", last)
    x0 = (tuple(values[n] for n in names),) if values else ()
    return x0, t_end, tuple(ranges[n] for n in names) if ranges else ()
