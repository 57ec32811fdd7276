"""Functions beyond the alphabet that people write, by what the alphabet has: `log10(x)` is `log(x)/log(10)`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from ..tree import FUNCTIONS, MAX_DEPTH, Node, variables
from .reader import Fault, read_infix

NAMES = {
    "ln": "log", "Abs": "abs", "fabs": "abs", "sgn": "sign",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "tg": "tan", "ctg": "cot",
    "arctg": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "Max": "max", "Min": "min", "heav": "heaviside",
    "Heaviside": "heaviside", "power": "pow", "Pow": "pow", "Add": "add", "Mul": "mul", "where": "if", "ifelse": "if",
    "Integer": "float", "Rational": "div",
}  # fmt: skip
"""Other names of functions."""
FORMULAS = {
    "add": "x_0 + x_1",
    "sub": "x_0 - x_1",
    "mul": "x_0*x_1",
    "div": "x_0/x_1",
    "pow": "x_0^x_1",
    "neg": "-x_0",
    "inv": "1/x_0",
    "square": "x_0^2",
    "cube": "x_0^3",
    "float": "x_0",
    "min": "(x_0 + x_1 - abs(x_0 - x_1))/2",
    "max": "(x_0 + x_1 + abs(x_0 - x_1))/2",
    "hypot": "sqrt(x_0^2 + x_1^2)",
    "cbrt": "sign(x_0)*abs(x_0)^(1/3)",
    "log10": "log(x_0)/log(10)",
    "log2": "log(x_0)/log(2)",
    "log1p": "log(1 + x_0)",
    "expm1": "exp(x_0) - 1",
    "sec": "1/cos(x_0)",
    "csc": "1/sin(x_0)",
    "sech": "1/cosh(x_0)",
    "csch": "1/sinh(x_0)",
    "coth": "1/tanh(x_0)",
    "asinh": "log(x_0 + sqrt(x_0^2 + 1))",
    "acosh": "log(x_0 + sqrt(x_0^2 - 1))",
    "atanh": "log((1 + x_0)/(1 - x_0))/2",
    "heaviside": "(1 + sign(x_0))/2",
    "sigmoid": "1/(1 + exp(-x_0))",
    "relu": "(x_0 + abs(x_0))/2",
    "if": "x_2 + (x_1 - x_2)*x_0",
}
"""What they are of their arguments x_0, x_1, …. At the border of a comparison a value is the mean of both sides'."""
OF_TWO = {"log": "log(x_0)/log(x_1)"}
"""Functions of the alphabet that people also give a second argument."""
FOLDED = frozenset({"add", "mul", "min", "max"})
"""Of any number of arguments."""
REFUSED = {
    **dict.fromkeys(("floor", "ceil", "ceiling", "round", "trunc", "mod", "Mod", "fmod", "rem", "frac"), "a step function"),
    **dict.fromkeys(("atan2", "arctan2"), "an angle of two numbers"),
    **dict.fromkeys(("erf", "erfc", "gamma", "Gamma", "besselj", "zeta", "factorial"), "a special function"),
    **dict.fromkeys(("delay", "delays", "history"), "a delay"),
    **dict.fromkeys(("noise", "randn", "rand", "random", "normal", "ran", "wiener"), "noise"),
    **dict.fromkeys(("dirac", "DiracDelta"), "an impulse"),
    **dict.fromkeys(("diff", "Derivative", "Integral", "int", "Sum", "Product"), "calculus"),
}
"""Functions that the alphabet cannot write, and what they are."""
_PARAMETERS = frozenset({"gamma", "Gamma", "zeta", "normal", "frac", "int", "noise", "history"})
CALLS = (*FUNCTIONS, *FORMULAS, *NAMES, *(name for name in REFUSED if name not in _PARAMETERS))
"""Names that are functions wherever a parenthesis follows: `FUNCTION` in `written.lark`."""
COMPARISONS = {">": "(1 + sign(x_0 - x_1))/2", "<": "(1 + sign(x_1 - x_0))/2"}
"""1 where it holds, 0 where it does not, 1/2 at its border; `>=` and `<=` alike."""
MAX_SIZE = 20_000
"""Symbols of one equation: formulas repeat their arguments."""


def compared(symbol: str, left: Node, right: Node) -> Node:
    """What a comparison comes to."""
    return _filled(COMPARISONS[symbol[0]], (left, right))


def called(name: str, arguments: tuple[Node, ...]) -> Node | str:
    """A function of its arguments, or why there is none."""
    if name in REFUSED:
        return refused(name)
    symbol, given = NAMES.get(name, name), len(arguments)
    if symbol in FUNCTIONS and given == 1:
        return Node(symbol, arguments)
    if symbol in OF_TWO and given == 2:
        return _filled(OF_TWO[symbol], arguments)
    taken = 1 if symbol in FUNCTIONS else len(variables(_formula(FORMULAS[symbol])))
    if given == taken:
        return _filled(FORMULAS[symbol], arguments)
    if symbol not in FOLDED:
        return f"{name!r} takes {taken} argument{'s' * (taken != 1)}, not {given}"
    made = arguments[0]
    for argument in arguments[1:]:
        made = _filled(FORMULAS[symbol], (made, argument))
        if made.size > MAX_SIZE or made.depth > MAX_DEPTH:
            return f"{name!r} of so many arguments is too long here; write it in parts"
    return made


def refused(name: str) -> str:
    return f"unknown function {name!r}: {REFUSED[name]}, which no operator here writes"


@cache
def _formula(text: str) -> Node:
    read = read_infix(text)
    if isinstance(read, Fault):
        raise ValueError(f"{text}: {read.reason}")
    return read.children[0]


def _filled(text: str, arguments: tuple[Node, ...]) -> Node:
    def node(n: Node) -> Node:  # not `Node.map`, to which trees that differ in spans are equal
        return arguments[n.index] if n.is_variable else replace(n, children=tuple(map(node, n.children)), span=None)

    return node(_formula(text))
