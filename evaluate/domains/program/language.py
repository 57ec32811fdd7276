"""The language of programs: its symbols, what types they have, and at how many variables a scope ends.

Programs are over integers and lists of integers. `n` and `xs` are the inputs; `map`, `filter`, `fold`, `repeat` and `let` bind
variables for their last operand, `a`, `b`, `c`, `d` from the outermost on (de Bruijn's levels), or `$0`, … `$3` from the
innermost on (his indices; N. G. de Bruijn, "Lambda calculus notation with nameless dummies", Indagationes Mathematicae 34, 1972).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ....grammars.operators import Operator

INT, LIST = 0, 1
"""The types."""
Scope = tuple[int, ...]
"""The types of the variables that are bound, the outermost first."""
Form = tuple[str, tuple[tuple[int, Scope], ...]]
"""A symbol with the type and the scope of each operand."""

NAMES = ("a", "b", "c", "d")
INDICES = ("$0", "$1", "$2", "$3")
INPUTS = {"n": INT, "xs": LIST}
NUMBERS = ("0", "1", "2", "3")
NIL = "nil"
ROWS = (
    *(Operator(symbol, 0) for symbol in (*INPUTS, NIL, *NUMBERS)),
    *(Operator(name, 0, bound=1 + level) for level, name in enumerate(NAMES)),
    *(Operator(index, 0, bound=-1 - k) for k, index in enumerate(INDICES)),
    Operator("=", 2, "infix", 1),
    Operator("<", 2, "infix", 1),
    Operator("++", 2, "infix-right", 2),
    Operator("+", 2, "infix", 3),
    Operator("-", 2, "infix", 3),
    Operator("*", 2, "infix", 4),
    Operator("/", 2, "infix", 4),
    Operator("%", 2, "infix", 4),
    *(Operator(symbol, 1) for symbol in ("head", "tail", "len", "range")),
    *(Operator(symbol, 2) for symbol in ("cons", "at")),
    Operator("if", 3),
    *(Operator(symbol, 2, binds=1) for symbol in ("let", "map", "filter")),
    *(Operator(symbol, 3, binds=2) for symbol in ("fold", "repeat")),
)
CODES = {row.symbol: code for code, row in enumerate(ROWS)}
ARITIES = tuple(row.arity for row in ROWS)
BINDS = {row.symbol: row.binds for row in ROWS if row.binds}
"""How many variables each has in its last operand. Of `fold` and `repeat` the first is what has been reached, the second the
element, or the number of the round."""


@lru_cache
def forms(kind: int, scope: Scope, most: int = len(NAMES)) -> tuple[Form, ...]:
    """All ways to make a value of a type, in a scope; no scope has more variables than `most`."""
    return tuple(
        (symbol, operands) for symbol, operands in _forms(kind, scope) if all(len(inner) <= most for _, inner in operands)
    )


def _forms(kind: int, scope: Scope) -> Iterator[Form]:
    a_number, a_list, same = (INT, scope), (LIST, scope), (kind, scope)
    for leaf in (*INPUTS, *NUMBERS, NIL):
        if INPUTS.get(leaf, LIST if leaf == NIL else INT) == kind:
            yield leaf, ()
    for name, own in zip(NAMES, scope, strict=False):
        if own == kind:
            yield name, ()
    if kind == INT:
        yield from ((symbol, (a_number, a_number)) for symbol in ("+", "-", "*", "/", "%", "=", "<"))
        yield "=", (a_list, a_list)
        yield from ((symbol, (a_list,)) for symbol in ("head", "len"))
        yield "at", (a_list, a_number)
    else:
        yield "tail", (a_list,)
        yield "range", (a_number,)
        yield "cons", (a_number, a_list)
        yield "++", (a_list, a_list)
        yield from ((symbol, (a_list, (INT, (*scope, INT)))) for symbol in ("map", "filter"))
    yield "if", (a_number, same, same)
    yield from (("let", (of, (kind, (*scope, of[0])))) for of in (a_number, a_list))
    yield from ((symbol, (of, same, (kind, (*scope, kind, INT)))) for symbol, of in (("fold", a_list), ("repeat", a_number)))
