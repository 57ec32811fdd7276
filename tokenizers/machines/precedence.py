"""`precedence.Reader`, compiled: what may follow what in infix, and Dijkstra's shunting yard, in one pass."""

from __future__ import annotations

from typing import Any, NamedTuple

from .forest import NUMBER_ITEM, POWER
from .jit import bare
from .kernels import DEEP, ENDS, EXPECTED, MANY, MISFIT, OPENED, Out, accept, put, refuse

# `precedence.Sort`, and the states of `precedence.Reader`.
LEAF, BINARY, MINUS, WHOLE, FUNCTION, OPEN, CLOSE, BAR = range(8)
WANT, HAVE, CALL = range(3)
# State of the reader; NEGATED: whether the last symbol was a unary minus.
STATE, PARENTHESES, EQUATIONS, TOP, OPERATORS, OPERANDS, TOO_DEEP, NEGATED, AT, STATES = range(10)
NEGATION = 5
"""Item code of `neg`. On the stack of operators, PARENTHESIS is '(', and functions stand under theirs."""
PARENTHESIS = 1000
CLOSED, MAX_EQUATIONS, MAX_DEPTH = range(3)


class Yard(NamedTuple):
    """The reader's state (STATES,), its operators, and the depths of the operands that wait."""

    state: Any
    operators: Any
    depths: Any


@bare
def begin(yard: Yard, at: int) -> None:
    for k in range(STATES):
        yard.state[k] = 0
    yard.state[EQUATIONS], yard.state[TOP], yard.state[AT] = 1, -1, at


@bare
def strength(item: int) -> int:
    if item == PARENTHESIS:
        return 0
    if item < 2:
        return 1
    if item < 4:
        return 2
    return 3 if item == NEGATION else 4


@bare
def _apply(yard: Yard, out: Out, item: int, arity: int, limit: int) -> None:
    """Write an operator whose operands are written."""
    state, depths = yard.state, yard.depths
    below = depths[state[OPERANDS] - 1]
    if arity == 2:
        state[OPERANDS] -= 1
        below = max(below, depths[state[OPERANDS] - 1])
    depths[state[OPERANDS] - 1] = below + 1
    if below + 1 >= limit:
        state[TOO_DEEP] = 1
    state[AT] = put(out, state[AT], item, 0.0)


@bare
def _reduce(yard: Yard, out: Out, weaker: int, limit: int) -> None:
    """Apply the operators on top that bind more tightly than `weaker`."""
    state = yard.state
    while state[OPERATORS] and strength(yard.operators[state[OPERATORS] - 1]) > weaker:
        state[OPERATORS] -= 1
        item = yard.operators[state[OPERATORS]]
        _apply(yard, out, item, 1 if item == NEGATION else 2, limit)


@bare
def _operand(yard: Yard, out: Out, item: int, value: float) -> None:
    state = yard.state
    yard.depths[state[OPERANDS]] = 1
    state[OPERANDS] += 1
    state[AT] = put(out, state[AT], item, value)


@bare
def follows(state: int, sort: int) -> int:
    """The next state, or -1."""
    if state == WANT:
        if sort == LEAF:
            return HAVE
        if sort == FUNCTION:
            return CALL
        return WANT if sort in (MINUS, OPEN) else -1
    if state == CALL:
        return WANT if sort == OPEN else -1
    if sort in (WHOLE, CLOSE):
        return HAVE
    return WANT if sort in (BINARY, MINUS, BAR) else -1


@bare
def take(yard: Yard, out: Out, row: int, config: Any, sort: int, item: int, value: float, variable: int) -> bool:
    """Add one symbol; False where it cannot stand here. `item` of a WHOLE is its exponent, else what `put` writes."""
    state, operators, limit = yard.state, yard.operators, config[MAX_DEPTH]
    after = follows(state[STATE], sort)
    if after < 0 or (sort == CLOSE and not state[PARENTHESES]) or (sort == BAR and state[PARENTHESES]):
        return refuse(out, row, EXPECTED, state[STATE], 0)
    negated = 0
    if sort == LEAF:
        _operand(yard, out, item, value)
        state[TOP] = max(state[TOP], variable)
    elif sort == MINUS and state[STATE] == WANT:
        operators[state[OPERATORS]] = NEGATION
        state[OPERATORS] += 1
        negated = 1
    elif sort == WHOLE:
        _operand(yard, out, NUMBER_ITEM, item)
        _apply(yard, out, POWER, 2, limit)
    elif sort in (BINARY, MINUS):
        _reduce(yard, out, 4 if item == POWER else strength(item) - 1, limit)
        operators[state[OPERATORS]] = item
        state[OPERATORS] += 1
    elif sort in (FUNCTION, OPEN):
        operators[state[OPERATORS]] = PARENTHESIS if sort == OPEN else item
        state[OPERATORS] += 1
        state[PARENTHESES] += sort == OPEN
    elif sort == CLOSE:
        state[PARENTHESES] -= 1
        _reduce(yard, out, 0, limit)
        state[OPERATORS] -= 1
        if state[OPERATORS] and NEGATION < operators[state[OPERATORS] - 1] < PARENTHESIS:
            state[OPERATORS] -= 1
            _apply(yard, out, operators[state[OPERATORS]], 1, limit)
    else:
        state[EQUATIONS] += 1
        if state[EQUATIONS] > config[MAX_EQUATIONS]:
            return refuse(out, row, MANY, 0, 0)
        _reduce(yard, out, 0, limit)
    state[STATE], state[NEGATED] = after, negated
    return True


@bare
def finish(yard: Yard, out: Out, row: int, config: Any) -> bool:
    """After the last symbol: whether this is a system."""
    state = yard.state
    if state[STATE] != HAVE:
        return refuse(out, row, ENDS, state[STATE], 0)
    if state[PARENTHESES]:
        return refuse(out, row, OPENED, 0, 0)
    if config[CLOSED] and state[TOP] >= state[EQUATIONS]:
        return refuse(out, row, MISFIT, state[EQUATIONS], state[TOP])
    _reduce(yard, out, 0, config[MAX_DEPTH])
    if state[TOO_DEEP]:
        return refuse(out, row, DEEP, 0, 0)
    return accept(out, row, state[EQUATIONS], state[TOP])
