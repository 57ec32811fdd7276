"""Expression trees: the currency every room trades in.

A tree is a `Node`. An equation is a node; a system is a node with symbol `SYSTEM` whose children are
its equations, in the order of its state variables. Variables are written `x_0`, `x_1`, … whatever the
source called them, so that trees from different sources compare equal; the names a person wrote are
kept in `System.names`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from operator import is_
from typing import Any

NUMBER = "number"
SYSTEM = "|"

BINARY = ("+", "-", "*", "/", "^")
NEGATE = "neg"
FUNCTIONS = (
    "sin", "cos", "tan", "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log", "sqrt", "abs", "sign",
)  # fmt: skip
CONSTANTS = ("pi", "e")
VARIABLE_PREFIX = "x_"

ARITY = dict.fromkeys(BINARY, 2) | {NEGATE: 1} | dict.fromkeys(FUNCTIONS, 1)

# Deeper trees are refused where they enter (parser, decoders), so every recursion over a tree is safe.
MAX_DEPTH = 200

Path = tuple[int, ...]
"""Where a node sits in its tree: the child indices to follow from the root. `()` is the root."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an immutable, hashable tree. Equality ignores `span`.

    `symbol` is an operator, function or constant name, a variable (`x_0`), `NUMBER` (then `value` is its
    value) or `SYSTEM`. `span` is the half-open range of characters in the source text, if there was one.
    Numbers may be negative; zero has no sign.
    """

    symbol: str
    children: tuple[Node, ...] = ()
    value: float | None = None
    span: tuple[int, int] | None = field(default=None, compare=False, repr=False)
    depth: int = field(default=0, init=False, compare=False, repr=False)
    size: int = field(default=0, init=False, compare=False, repr=False)
    _hash: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.value == 0.0 and self.value is not None:
            object.__setattr__(self, "value", 0.0)
        object.__setattr__(self, "depth", 1 + max((c.depth for c in self.children), default=0))
        object.__setattr__(self, "size", 1 + sum(c.size for c in self.children))
        object.__setattr__(self, "_hash", hash((self.symbol, self.children, self.value)))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return self.infix()

    def infix(self, names: Sequence[str] | None = None) -> str:
        """Readable infix, with `names` for `x_0`, `x_1`, …; symbols that are not arithmetic's as calls: see `to_infix`."""
        return _printed("infix.to_infix", self, names)

    @property
    def is_number(self) -> bool:
        return self.symbol == NUMBER

    @property
    def is_variable(self) -> bool:
        return self.symbol.startswith(VARIABLE_PREFIX)

    @property
    def index(self) -> int:
        """Index of a variable node: `x_3` -> 3."""
        return int(self.symbol[len(VARIABLE_PREFIX) :])

    def at(self, path: Path) -> Node:
        """The node at `path`."""
        node = self
        for i in path:
            node = node.children[i]
        return node

    def walk(self) -> Iterator[tuple[Path, Node]]:
        """All nodes with their paths, in pre-order."""
        stack: list[tuple[Path, Node]] = [((), self)]
        while stack:
            path, node = stack.pop()
            yield path, node
            if node.children:
                stack.extend([((*path, i), node.children[i]) for i in range(len(node.children) - 1, -1, -1)])

    def map(self, f: Callable[[Node], Node]) -> Node:
        """Rebuild bottom-up: `f` gets each node with its children already rebuilt."""
        children = tuple(c.map(f) for c in self.children)
        return f(self if children == self.children else self.over(children))

    def over(self, children: tuple[Node, ...]) -> Node:
        """The same node over other children; itself where these are its own. It is made for every node of every text that is
        read: `replace` takes three times as long."""
        same = len(children) == len(self.children) and all(map(is_, children, self.children))
        return self if same else Node(self.symbol, children, self.value, self.span)


def number(value: float) -> Node:
    return Node(NUMBER, (), float(value))


def variable(index: int) -> Node:
    return Node(f"{VARIABLE_PREFIX}{index}")


def system(*equations: Node) -> Node:
    return Node(SYSTEM, tuple(equations))


def is_whole_power(node: Node) -> bool:
    """Whether `node` is `base ^ n` with n a whole number from 2 to 9.

    Such a power is a symbol, and its exponent no number: no codec rounds it, because x^1.98 is another kind of thing than x^2
    (undefined for x < 0).
    """
    if node.symbol != "^" or not node.children[1].is_number:
        return False
    value = node.children[1].value
    return value is not None and value in _WHOLE_EXPONENTS


_WHOLE_EXPONENTS = frozenset(float(n) for n in range(2, 10))


def whole_exponent(node: Node) -> int | None:
    """n of `base ^ n` where n is a whole number of any sign and size, None of any other node.

    All of these are structure: no nudge moves them, no codec is fitted to them. `is_whole_power` says which have a symbol of
    their own; an exponent that is no whole number is a coefficient.
    """
    if node.symbol != "^" or len(node.children) != 2:
        return None
    value = node.children[1].value
    return int(value) if value is not None and value.is_integer() else None


def number_paths(tree: Node) -> list[Path]:
    """Paths of the numbers that a codec writes: all but the exponents of whole powers (`is_whole_power`), in pre-order."""
    return [
        path
        for path, node in tree.walk()
        if node.is_number and not (path and path[-1] == 1 and is_whole_power(tree.at(path[:-1])))
    ]


def coefficient_paths(tree: Node) -> list[Path]:
    """Paths of the numbers that are coefficients: all but whole exponents (`whole_exponent`), in pre-order."""
    return [
        path
        for path, node in tree.walk()
        if node.is_number and not (path and path[-1] == 1 and whole_exponent(tree.at(path[:-1])) is not None)
    ]


def coefficients(tree: Node) -> list[float]:
    """Values at `coefficient_paths`."""
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        if node.symbol == NUMBER and node.value is not None:
            found.append(node.value)
        if node.children:
            stack.extend(reversed(node.children[:1] if whole_exponent(node) is not None else node.children))
    return found


def with_value(tree: Node, path: Path, value: float) -> Node:
    """The tree with the number at `path` replaced by `value`."""
    if not path:
        return number(value)
    head, *rest = path
    children = list(tree.children)
    children[head] = with_value(children[head], tuple(rest), value)
    return replace(tree, children=tuple(children))


def variables(tree: Node) -> set[int]:
    """Indices of the variables that occur in the tree."""
    return {node.index for _, node in tree.walk() if node.is_variable}


@dataclass(frozen=True, slots=True)
class System:
    """An expression tree with what is needed to give it a behavior.

    `tree`: root `SYSTEM`. For `ode` and `map`, equation i is the derivative, or next value, of `x_i`. For
    `function`, the one equation is the value and the `x_i` are its inputs.
    `names`: the variables' names as written. `x0`: initial conditions (dim floats each); empty where none
    were given. `t_end`: horizon, in the system's own time units for `ode`, in iterations for `map`.
    `ranges`: for `function`, the interval of each input. `name`, `citation`, `regime`: for people.
    `notes`: what a person should be told of how the text was taken; equality ignores them.
    """

    tree: Node
    names: tuple[str, ...]
    domain: str = "ode"
    x0: tuple[tuple[float, ...], ...] = ()
    t_end: float | None = None
    ranges: tuple[tuple[float, float], ...] = ()
    name: str = ""
    citation: str = ""
    regime: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def dim(self) -> int:
        """Number of variables: state variables, or inputs of a function."""
        return len(self.names)

    @property
    def equations(self) -> tuple[Node, ...]:
        return self.tree.children

    def __str__(self) -> str:
        return self.infix()

    def infix(self) -> str:
        """Its equations as one text, with the names and conditions as they were written."""
        return _printed("systems.system_text", self)

    def _repr_latex_(self) -> str:
        """For notebooks."""
        return _printed("systems.system_latex", self)


def _printed(printer: str, *parts: Any) -> str:
    """What `print.FILE.FUNCTION` makes of it. Printers lie above what they print, and load when something is shown."""
    file, function = printer.split(".")
    text: str = getattr(import_module(f"kappabar.grammars.print.{file}"), function)(*parts)
    return text
