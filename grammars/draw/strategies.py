"""Hypothesis strategies for trees and systems, for our tests and for users' own. Needs the extra `test`.

All shrink towards small trees over `x_0` and short numbers. A tree is drawn as a string of bytes, which are read as its nodes in
pre-order (`_Reading`): one draw per equation is some thirty times faster than one per node, and whatever bytes Hypothesis leaves
out or makes smaller, the rest is still a tree, and no larger. Texts of Lark grammars: `text_strategies.py`;
token sequences: `evaluate/check/strategies.py`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache, partial

from hypothesis import strategies as st

from ..errors import SourceError, did_you_mean
from ..operators import Operators
from ..text.parse import DOMAINS
from ..tree import BINARY, CONSTANTS, FUNCTIONS, NEGATE, Node, System, number, system, variable

_EDGES = (
    0.0,
    0.1,
    -0.1,
    1 / 3,
    9.995,
    1e-12,
    1e12,
    -1e300,
    1e300,
    5e-324,
    1.7976931348623157e308,
    0.5,
    99.95,
    -1e-5,
    1e22,
    123456.789,
)
_TAME_UNARY = (NEGATE, "sin", "cos", "tanh", "atan", "abs")
_UNARY = (*FUNCTIONS, NEGATE)
_TAME_BINARY = ("+", "-", "*")


def numbers() -> st.SearchStrategy[Node]:
    """Number leaves: whole, short decimal and arbitrary finite floats of either sign. Shrinks to 0 and whole numbers."""
    return st.one_of(
        st.integers(-12, 12).map(float),
        st.decimals(-1000, 1000, places=3, allow_nan=False, allow_infinity=False).map(float),
        st.floats(allow_nan=False, allow_infinity=False),
    ).map(number)


def expressions(dim: int = 3, max_leaves: int = 12, tame: bool = False) -> st.SearchStrategy[Node]:
    """Expressions over `x_0` … `x_{dim-1}` with every operator, function and kind of number of the grammar.

    `tame`: only what is smooth or nearly so, with coefficients up to 10, so that most behaviors stay finite for a while.
    Shrinks to `x_0`, through smaller trees and lower variables; numbers shrink to 0, 1, 2, … .
    """
    return _bytes(max_leaves).map(lambda data: _Reading(data, dim, max_leaves, tame).node())


@st.composite
def trees(draw: st.DrawFn, dim: int | None = None, max_dim: int = 3, max_leaves: int = 10, tame: bool = False) -> Node:
    """System trees with `dim` equations (drawn from 1 to `max_dim` where not given). Shrinks to the one equation `x_0`."""
    n = dim if dim is not None else draw(_integers(1, max_dim))
    data = _bytes(max_leaves)
    return system(*(_Reading(draw(data), n, max_leaves, tame).node() for _ in range(n)))


@st.composite
def systems(
    draw: st.DrawFn, domain: str = "ode", dim: int | None = None, max_dim: int = 3, max_leaves: int = 10, tame: bool = False
) -> System:
    """Systems of a built-in domain, complete: with initial conditions and a horizon, or for `function` with ranges of its inputs.

    Initial values are multiples of 1/4 from -2 to 4 (zero among them), the horizon is 1 to 8 time units or iterations, a range
    begins at a whole number from -5 to 5 and is 1 to 10 long. `dim`, `max_dim`: variables; `function` has one equation over them.
    Shrinks to one equation `x_0` with initial value 1 and horizon 1. Raises SourceError for another domain.
    """
    if domain not in DOMAINS:
        raise SourceError(
            f"no strategy for domain {domain!r}{did_you_mean(domain, DOMAINS)}; there is one for {', '.join(DOMAINS)}"
        )
    n = dim if dim is not None else draw(_integers(1, max_dim))
    data = _bytes(max_leaves)
    equations = [_Reading(draw(data), n, max_leaves, tame).node() for _ in range(1 if domain == "function" else n)]
    given = draw(_CONDITIONS)
    names = tuple(f"x_{i}" for i in range(n))
    if domain == "function":
        lows = [float(_at(given, i) % 11 - 5 if _at(given, i) else 0) for i in range(n)]
        ranges = tuple((low, low + 1.0 + _at(given, n + i) % 10) for i, low in enumerate(lows))
        return System(system(*equations), names, domain, ranges=ranges)
    x0 = tuple(_start(_at(given, i + 1)) for i in range(n))
    return System(system(*equations), names, domain, (x0,), 1.0 + _at(given, 0) % 8)


@cache  # building it takes longer than drawing from it
def own_expressions(alphabet: Operators, dim: int = 3, max_leaves: int = 12) -> st.SearchStrategy[Node]:
    """Expressions of a domain's own alphabet over `x_0` … `x_{dim-1}`, without variables where `dim` is 0. Shrinks to `x_0`,
    through smaller trees and lower variables. Raises SourceError where there is no leaf to begin with."""
    if not (dim or alphabet.constants or alphabet.numbers):
        raise SourceError("an alphabet without constants and numbers has no expression without variables")
    leaves = st.one_of(
        *([st.integers(0, dim - 1).map(variable)] if dim else []),
        *([st.sampled_from(alphabet.constants).map(Node)] if alphabet.constants else []),
        *([numbers()] if alphabet.numbers else []),
    )
    rows = [row for row in alphabet.rows if row.arity]

    def over(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        return st.one_of(*(st.tuples(*[below] * row.arity).map(partial(Node, row.symbol)) for row in rows))

    return st.recursive(leaves, over, max_leaves=max_leaves) if rows else leaves


@st.composite
def own_trees(
    draw: st.DrawFn, alphabet: Operators, closed: bool = True, max_dim: int = 3, max_leaves: int = 10, longest: int = 0
) -> Node:
    """System trees of a domain's own alphabet: as many equations as variables where it is `closed`, else one. `max_dim`: 0 for a
    domain that has no variables. Of an alphabet of sequences, those of up to `max_leaves` symbols; one in four of any length up
    to `longest`."""
    if alphabet.sequence:
        size = draw(_lengths(min(max_leaves, alphabet.sequence), min(longest, alphabet.sequence)))
        # All of its bytes at once: a draw for each of 512 symbols would take a hundred times as long.
        data, known = draw(st.binary(min_size=2 * size, max_size=2 * size)), alphabet.constants
        return system(*[Node(known[(256 * data[2 * i] + data[2 * i + 1]) % len(known)]) for i in range(size)])
    n = draw(_integers(1, max_dim)) if max_dim else 0
    return system(*(draw(own_expressions(alphabet, n, max_leaves)) for _ in range(max(n, 1) if closed else 1)))


@cache
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


@cache
def _lengths(few: int, longest: int) -> st.SearchStrategy[int]:
    """Shrinks to 1."""
    short = _integers(1, few)
    return st.one_of(short, short, short, _integers(1, longest)) if longest > few else short


@cache
def _bytes(max_leaves: int) -> st.SearchStrategy[bytes]:
    """Hypothesis draws short strings far more often than long ones, hence two in a row."""
    return st.tuples(st.binary(max_size=2 * max_leaves), st.binary(max_size=2 * max_leaves)).map(b"".join)


_First = tuple[str, str, int]
"""Kind of a node, its symbol, its index or value."""
_CONDITIONS = st.binary(max_size=7)


def _at(data: bytes, i: int) -> int:
    return data[i] if i < len(data) else 0


def _start(byte: int) -> float:
    """0 -> 1.0, then the other multiples of 1/4 from -2 to 4; zero for one byte in eight."""
    return 0.0 if byte % 8 == 7 else (byte // 8 % 25 - 8) / 4.0 if byte else 1.0


def _one(kind: str, symbol: str = "") -> _First:
    return kind, symbol, 0


def _variable(index: int) -> _First:
    return "variable", "", index


def _whole(value: int) -> _First:
    return "whole", "", value


def _table() -> tuple[_First, ...]:
    """What each first byte of a node stands for, the simplest first."""
    leaves = [_variable(i) for i in range(48)] + [_whole(i) for i in range(10)] + [_whole(-i) for i in range(1, 7)]
    leaves += [_one("short")] * 24 + [_one("edge")] * 8 + [_one("float")] * 8 + [_one("constant", c) for c in CONSTANTS] * 2
    unary = [_one("power", str(n)) for n in range(2, 10)] + [_one("power", "2"), _one("power", "3")] * 3
    unary += [_one("unary", NEGATE)] * 6 + [_one("unary", f) for f in FUNCTIONS] * 2
    count = (256 - len(leaves) - len(unary)) // len(BINARY) + 1
    binary = [_one("binary", symbol) for symbol in BINARY for _ in range(count)]
    return tuple([*leaves, *binary, *unary][:256])


_TABLE = _table()


@dataclass(slots=True)
class _Reading:
    """Bytes as the nodes of an expression in pre-order. Where they end, what is missing is `x_0`."""

    data: bytes
    dim: int
    leaves: int
    tame: bool
    position: int = 0

    def node(self) -> Node:
        kind, symbol, value = _TABLE[self._byte()]
        if kind == "binary" and self.leaves > 1:
            self.leaves -= 1
            left = self.node()
            chosen = _TAME_BINARY[BINARY.index(symbol) % 3] if self.tame else symbol
            return Node(chosen, (left, self.node()))
        if kind == "power":
            exponent = float(symbol)
            return Node("^", (self.node(), number(2.0 + exponent % 2 if self.tame else exponent)))
        if kind == "unary":
            chosen = _TAME_UNARY[_UNARY.index(symbol) % len(_TAME_UNARY)] if self.tame else symbol
            return Node(chosen, (self.node(),))
        return Node(symbol) if kind == "constant" else self._leaf(kind, value)

    def _leaf(self, kind: str, value: int) -> Node:
        if kind == "whole":
            return number(float(value))
        if kind == "short" or (self.tame and kind in ("edge", "float")):
            size = self._byte() + 256 * self._byte()
            return number((-size // 2 if size % 2 else size // 2) / (3276.8 if self.tame else 1000.0)) if size else number(0.5)
        if kind == "edge":
            return number(_EDGES[self._byte() % len(_EDGES)])
        if kind == "float":
            (drawn,) = struct.unpack(">d", bytes(self._byte() for _ in range(8)))
            return number(drawn if drawn - drawn == 0.0 else 0.0)
        return variable(value % self.dim)

    def _byte(self) -> int:
        self.position += 1
        return _at(self.data, self.position - 1)
