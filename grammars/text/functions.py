"""Functions beyond the alphabet that people write, by what the alphabet has: `log10(x)` is `log(x)/log(10)`."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from ..errors import did_you_mean
from ..tree import FUNCTIONS, MAX_DEPTH, Node, variables
from .reader import Fault, read_infix

NAMES = {
    "ln": "log", "Abs": "abs", "fabs": "abs", "sgn": "sign",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "tg": "tan", "ctg": "cot",
    "arctg": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "Max": "max", "Min": "min", "heav": "heaviside",
    "Heaviside": "heaviside", "power": "pow", "Pow": "pow", "Add": "add", "Mul": "mul", "where": "if", "ifelse": "if",
    "Integer": "float", "Rational": "div", "fmax": "max", "fmin": "min", "maximum": "max", "minimum": "min", "arctan2": "atan2",
    "multiply": "mul", "divide": "div", "subtract": "sub", "negative": "neg", "reciprocal": "inv", "sqr": "square",
    "cosec": "csc", "cotan": "cot", "logistic": "sigmoid",
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
    "clip": "(min + x_2 - abs(min - x_2))/2".replace("min", "(x_0 + x_1 + abs(x_0 - x_1))/2"),
    "hypot": "sqrt(x_0^2 + x_1^2)",
    "atan2": "2*atan(x_0/(x_1 + sqrt(x_0^2 + x_1^2)))",
    "cbrt": "sign(x_0)*abs(x_0)^(1/3)",
    "log10": "log(x_0)/log(10)",
    "log2": "log(x_0)/log(2)",
    "log1p": "log(1 + x_0)",
    "expm1": "exp(x_0) - 1",
    "exp2": "2^x_0",
    "exp10": "10^x_0",
    "softplus": "log(1 + exp(x_0))",
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
_NONE = ", which no operator here writes"
REFUSED = {
    **dict.fromkeys(
        ("floor", "ceil", "ceiling", "round", "trunc", "mod", "Mod", "fmod", "rem", "frac"),
        f"a step function{_NONE}; a step at 1 is if(x < 1, a, b)",
    ),
    "sinc": "sin(x)/x or sin(pi*x)/(pi*x); write the one that is meant",
    **dict.fromkeys(("erf", "erfc", "gamma", "Gamma", "besselj", "zeta", "factorial", "harmonic"), f"a special function{_NONE}"),
    **dict.fromkeys(("delay", "delays", "history"), f"a delay{_NONE}"),
    **dict.fromkeys(("noise", "randn", "rand", "random", "normal", "ran", "wiener"), f"noise{_NONE}"),
    **dict.fromkeys(("dirac", "DiracDelta"), f"an impulse{_NONE}"),
    **dict.fromkeys(("diff", "Derivative", "Integral", "int", "Sum", "Product"), f"calculus{_NONE}"),
}
"""Functions that the alphabet cannot write, and what they are."""
_PARAMETERS = frozenset({"gamma", "Gamma", "zeta", "normal", "frac", "int", "noise", "history"})
CALLS = (*FUNCTIONS, *FORMULAS, *NAMES, *(name for name in REFUSED if name not in _PARAMETERS))
"""Names that are functions wherever a parenthesis follows: `FUNCTION` in `written.lark`."""
HINTS = tuple(name for name in (*FUNCTIONS, *FORMULAS, *NAMES) if NAMES.get(name, name) != "float" and name != "Rational")
"""Functions that a person may have meant: none that is refused, and none that only programs print."""
PREFIXED = frozenset(name for name in HINTS if NAMES.get(name, name) in (
    "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch",
    "asin", "acos", "atan", "asinh", "acosh", "atanh", "exp", "log", "log10", "log2", "sqrt",
))  # fmt: skip
"""Functions that stand before an argument without parentheses: `sin x`."""
COMPARISONS = {">": "(1 + sign(x_0 - x_1))/2", "<": "(1 + sign(x_1 - x_0))/2"}
"""1 where it holds, 0 where it does not, 1/2 at its border; `>=` and `<=` alike."""
_BORDER = "at the border of a comparison a value is the mean of both sides'"
_LARGER = "min(a, b) is read as (a + b - |a - b|)/2, max likewise: exact to the rounding of the larger"
TOLD = {
    "heaviside": "heaviside(x) is read as (1 + sign(x))/2: one half at 0",
    **dict.fromkeys(("if", "Piecewise", "piecewise"), _BORDER),
    **dict.fromkeys(("min", "max", "clip"), _LARGER),
    "atan2": "atan2(y, x) is read as 2*atan(y/(x + sqrt(x^2 + y^2))): no value where y = 0 and x <= 0",
}
"""What a person should know of functions whose formula is not all that their name says."""
_NOTED = sorted({*TOLD, *(name for name, one in NAMES.items() if one in TOLD)}, key=len, reverse=True)
_CALL = re.compile(rf"(?<![^\W_])({'|'.join(_NOTED)})\}}?\s*\\?[({{]")
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


def hint(name: str) -> str:
    """`; did you mean 'sin'?`, or nothing where what is closest cannot be written."""
    if name not in HINTS and name.lower() in HINTS:
        return f"; did you mean {name.lower()!r}?"
    closest = did_you_mean(name, CALLS)
    return closest if closest == did_you_mean(name, HINTS) else ""


def refused(name: str) -> str:
    return f"unknown function {name!r}: {REFUSED[name]}"


def told(text: str) -> tuple[str, ...]:
    """What a person should know of how the functions that `text` calls are read."""
    found = {NAMES.get(name, name) for name in _CALL.findall(text)}
    return tuple(dict.fromkeys(note for name, note in TOLD.items() if name in found))


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
