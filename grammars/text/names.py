"""What the names of a text are: variables, parameters, definitions, constants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from ..constant import constant_value
from ..errors import did_you_mean
from ..tree import CONSTANTS, VARIABLE_PREFIX, Node, number, variable, variables
from .functions import CALLS, MAX_SIZE, REFUSED, hint, refused
from .reader import FaultFound, resolve
from .sections import Assignment
from .written import CALLED, NAMED, TIMED

MAX_VARIABLES = 1000
SAME = {"Pi": "pi", "PI": "pi"}
"""Other names of constants, where no variable or parameter has them."""
NO_NUMBERS = frozenset({"inf", "Inf", "INF", "infinity", "Infinity", "oo", "zoo", "nan", "NaN", "NAN", "None", "True", "False"})
_NOISE = frozenset({"dW", "dB", "dw"})
_DERIVATIVES = ("", "_dot", "_ddot", "_dddot")
_JOINED = re.compile(r"(sin|cos|tan|exp|log|ln|sqrt|sinh|cosh|tanh)(\w+)")
_DERIVED = re.compile(r"(.+)_[123]{1,6}")
_INDEXED = re.compile(r"[A-Za-z]_?\d+")
_NUMBERED = re.compile(r"(.*?)(0|[1-9]\d{0,8})\Z", re.ASCII)


def derivative(name: str, order: int) -> str:
    """The name of a derivative that is a variable: x, `x_dot`, `x_ddot`, …"""
    return name + _DERIVATIVES[order] if order < len(_DERIVATIVES) else f"{name}_d{order}"


@dataclass(slots=True)
class Names:
    """Resolves raw trees. `orders`: of the equations' variables. `used`: definitions and parameters that are needed.
    `joined`: whether a name that consists of known ones is their product,
    of which `products` tells."""

    domain: str
    variables: tuple[str, ...]
    orders: dict[str, int] = field(default_factory=dict)
    definitions: dict[str, Node] = field(default_factory=dict)
    parameters: dict[str, Node] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    joined: bool = False
    products: dict[str, str] = field(default_factory=dict)
    _values: dict[str, Node] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def resolved(self, node: Node) -> Node:
        found = resolve(node, self._leaf)
        if found.size > MAX_SIZE:
            raise FaultFound(f"longer than {MAX_SIZE:,} symbols with its definitions in their places", _start(node))
        return found

    def value(self, name: str) -> Node:
        """What a definition that is used comes to."""
        return self._values[name]

    def constant(self, node: Node) -> float:
        """The value of a tree over parameters. Raises FaultFound."""
        known = replace(self, variables=(), orders={}, used=self.used)
        value = constant_value(known.resolved(node))
        if value is None:
            raise FaultFound("this value is not a finite number", _start(node))
        return value

    def _leaf(self, raw: Node) -> Node:
        if not raw.symbol.startswith(NAMED):
            return raw
        name = raw.symbol.removeprefix(CALLED).removeprefix(NAMED)
        if name.endswith("'"):
            return variable(self.variables.index(self._of_derivative(name, raw)))
        if name.endswith(TIMED):
            name = self._of_time(name.removesuffix(TIMED), raw)
        if name not in self.variables and self.domain == "map" and (shorter := re.sub(r"_[nktij]\Z", "", name)) in self.variables:
            name = shorter
        if name in self.variables:
            return variable(self.variables.index(name))
        if name in self.definitions or name in self.parameters:
            self.used.add(name)
            return self._value(name, raw)
        if SAME.get(name, name) in CONSTANTS and not raw.symbol.startswith(CALLED):
            return Node(SAME.get(name, name))
        if self.joined and (factors := self._factors(name)):
            self.products[name] = "*".join(factors)
            parts = [self._leaf(replace(raw, symbol=NAMED + factor)) for factor in factors]
            return reduce(lambda left, right: Node("*", (left, right)), parts)
        raise self._unknown(name, raw)

    def _value(self, name: str, raw: Node) -> Node:
        if name in self._open:
            raise FaultFound(f"{name!r} is defined by itself", _start(raw))
        if name not in self._values:
            self._open.append(name)
            of_variables = name in self.definitions
            given = self.definitions[name] if of_variables else self.parameters[name]
            value = self.resolved(given) if of_variables else number(self.constant(given))
            if not variables(value) and not value.is_number:
                value = number(self.constant(given))
            self._values[name] = value
            self._open.pop()
        return self._values[name]

    def _of_time(self, name: str, raw: Node) -> str:
        """`x(t)` is x where t is the time."""
        if self.domain == "function" or not {"t"}.isdisjoint((*self.orders, *self.definitions, *self.parameters)):
            raise FaultFound(
                f"two readings: {name}, a function of t, or the product {name}*t; write the one that is meant", _start(raw)
            )
        if name not in self.variables:
            raise FaultFound(
                f"{name}(t) is none of the variables ({self._listed()}); noise and signals without a formula are not supported",
                _start(raw),
            )
        return name

    def _of_derivative(self, name: str, raw: Node) -> str:
        base, order = name.rstrip("'"), name.count("'")
        if base not in self.orders or self.domain != "ode":
            raise FaultFound(f"{name} stands on the right, and {base!r} has no equation", _start(raw))
        if order >= self.orders[base]:
            raise FaultFound(f"{name} stands on the right; solve the equations for the highest derivatives", _start(raw))
        return derivative(base, order)

    def _listed(self) -> str:
        return ", ".join(self.variables[:8]) or "none"

    def _unknown(self, name: str, raw: Node) -> FaultFound:
        at = _start(raw)
        if name in REFUSED or name in _NOISE:
            return FaultFound(refused(name) if name in REFUSED else f"{name!r} is noise, which is not supported", at)
        if raw.symbol.startswith(CALLED):
            meant = hint(name) if len(name) > 2 else ""
            product = "*".join(self._factors(name)) or _shorten(name)
            return FaultFound(f"unknown function {_shorten(name)!r}{meant}; a product is written {product}*(…)", at)
        if name in CALLS:
            return FaultFound(f"unknown variable {name!r}; the function is written {name}(…)", at)
        if name in NO_NUMBERS:
            return FaultFound(f"{name!r} is no finite number", at)
        meant = (
            "; for Euler's number write e"
            if name == "E"
            else did_you_mean(name, [*self.variables, *self.definitions, *self.parameters])
        )
        if name == "t" and self.domain == "ode":
            meant = "; for explicit time write left sides, or add a variable: t' = 1"
        if (derived := _DERIVED.fullmatch(name)) and (derived.group(1) in self.variables or self._factors(derived.group(1))):
            meant = "; derivatives in space are not supported"
        if factors := self._factors(name):
            meant = f"; did you mean the product {'*'.join(factors)}?"
        return FaultFound(
            f"unknown variable {_shorten(name)!r} (variables: {self._listed()}); give it a value after 'with'{meant}", at
        )

    def _factors(self, name: str) -> list[str]:
        """`xy` -> x, y where both are known."""
        known = {*self.variables, *self.definitions, *self.parameters, *(("t",) if self.domain == "ode" else ())}
        one = "|".join(sorted(map(re.escape, known), key=len, reverse=True)) or "(?!)"
        factors = re.findall(one, name) if len(name) < 24 and re.fullmatch(f"(?:{one})+", name) else []
        return factors if len(factors) > 1 else []


def names_in(nodes: Sequence[Node]) -> Iterator[tuple[str, Node]]:
    """The names of raw trees with their leaves, in order."""
    for node in nodes:
        for _, leaf in node.walk():
            if leaf.symbol.startswith(NAMED) and not leaf.children:
                yield leaf.symbol.removeprefix(CALLED).removeprefix(NAMED).removesuffix(TIMED).rstrip("'"), leaf


def input_names(
    rights: Sequence[Node], known: Sequence[Assignment], ranges: Sequence[str], listed: tuple[str, ...], own: str
) -> tuple[str, ...]:
    """The inputs of a function: as `f(x, y)` lists them, else in the order of their ranges, else of first use, and numbered ones
    of one stem by their numbers. `x_0`, `x_1`, … without ranges have no gaps.

    Raises FaultFound for a name that is surely none, or may be something else.
    """
    given = {str(a.name): a.low for a in known}
    used: dict[str, Node] = {}
    plain: set[str] = set()
    _collect(rights, given, used, plain)
    declared = listed or tuple(dict.fromkeys(ranges))
    for name, leaf in used.items():
        if name not in declared:
            _may_be_input(name, leaf, plain, listed, own)
    names = tuple(dict.fromkeys((*declared, *used)))
    if len(names) > MAX_VARIABLES:
        raise FaultFound(f"{len(names)} variables; at most {MAX_VARIABLES} are supported", 0)
    return _by_number(names, bool(declared))


def _collect(rights: Sequence[Node], given: dict[str, Node], used: dict[str, Node], plain: set[str]) -> None:
    """Names in order of first use, those of definitions where these stand."""
    seen: set[str] = set()

    def collect(nodes: Sequence[Node]) -> None:
        for name, leaf in names_in(nodes):
            if name in given:
                if name not in seen:
                    seen.add(name)
                    collect([given[name]])
            elif name not in CONSTANTS and name not in SAME:
                used.setdefault(name, leaf)
                if not leaf.symbol.startswith(CALLED):
                    plain.add(name)

    collect(rights)


def _may_be_input(name: str, leaf: Node, plain: set[str], listed: tuple[str, ...], own: str) -> None:
    at = _start(leaf)
    if name == own:
        raise FaultFound(f"{name!r} stands on both sides; give another name to one of them", at)
    if name in CALLS:
        raise FaultFound(f"{name!r} is a function, written {name}(…)", at)
    if name in NO_NUMBERS:
        raise FaultFound(f"{name!r} is no finite number; an input of this name needs a range after '@'", at)
    if (joined := _JOINED.fullmatch(name)) and joined.group(2) in plain:
        one = f"{joined.group(1)}({joined.group(2)})"
        raise FaultFound(f"two readings: {one}, or an input {name}, which then needs a range after '@'", at)
    if len(parts := _INDEXED.findall(name)) > 1 and "".join(parts) == name:
        raise FaultFound(f"two readings: {'*'.join(parts)}, or an input {name}, which then needs a range after '@'", at)
    if name == "E":
        raise FaultFound("two readings: Euler's number, written e, or an input E, which then needs a range after '@'", at)
    if name not in plain:
        meant = hint(name) if len(name) > 2 else ""
        raise FaultFound(f"unknown function {_shorten(name)!r}{meant}; a product is written {_shorten(name)}*(…)", at)
    if listed:
        raise FaultFound(f"{name!r} is none of the inputs ({', '.join(listed)}); give it a value after 'with'", at)


def _by_number(names: tuple[str, ...], declared: bool) -> tuple[str, ...]:
    found = [_NUMBERED.match(name) for name in names]
    stems = {match.group(1) for match in found if match is not None}
    if not names or None in found or len(stems) != 1:
        return names
    (stem,) = stems
    numbers = sorted(int(match.group(2)) for match in found if match is not None)
    if stem == VARIABLE_PREFIX and not declared:
        return tuple(f"{stem}{i}" for i in range(min(numbers[-1], MAX_VARIABLES) + 1))
    return names if declared and stem != VARIABLE_PREFIX else tuple(f"{stem}{i}" for i in numbers)


def _start(node: Node) -> int:
    return node.span[0] if node.span else 0


def _shorten(text: str, limit: int = 24) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
