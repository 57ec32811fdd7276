"""A fitted sampler's parts as what JSON has, and back: trees, systems, alphabets, choices, tilts. Data, and never code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from ...operators import BUILT_IN, Operator, Operators
from ...tree import MAX_DEPTH, NUMBER, Node, System, number, system
from .backoff import Chosen, Level, Order
from .labeling import KINDS, SIZED
from .magnitudes import MagnitudeLevel, SizeLevels
from .tilt import Rake, Tilt

_VARIABLE = re.compile(r"x_(0|[1-9]\d{0,5})")


def tree_document(node: Node) -> Any:
    """2*x_0 -> ["*", 2.0, "x_0"]."""
    if node.value is not None:
        return node.value
    return [node.symbol, *map(tree_document, node.children)] if node.children else node.symbol


def tree_of(document: Any, operators: Operators, depth: int = 1) -> Node:
    """A tree over an alphabet. Raises ValueError where it is none."""
    if depth > MAX_DEPTH:
        raise ValueError("a tree is nested too deep")
    if isinstance(document, int | float) and not isinstance(document, bool):
        return number(_finite(document))
    symbol, *below = document if isinstance(document, list) and document else [document]
    if not isinstance(symbol, str) or symbol == NUMBER:
        raise ValueError(f"{symbol!r:.40} is no symbol")
    arity = 0 if _VARIABLE.fullmatch(symbol) else operators.arity(symbol)
    if arity != len(below):
        raise ValueError(f"{symbol!r:.40} does not have {len(below)} operands")
    return Node(symbol, tuple(tree_of(d, operators, depth + 1) for d in below))


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{value!r:.40} is no finite number")
    return float(value)


def system_document(given: System) -> dict[str, Any]:
    """What is drawn like: equations, conditions, horizon, ranges. Names and citations are not kept."""
    return {
        "equations": [tree_document(e) for e in given.equations],
        "dim": given.dim,
        "x0": [list(start) for start in given.x0],
        "t_end": given.t_end,
        "ranges": [list(pair) for pair in given.ranges],
    }


def system_of(document: Mapping[str, Any], domain: str, operators: Operators) -> System:
    """The system of a document, its variables called x_0, x_1, …"""
    dim = int(document["dim"])
    made = system(*(tree_of(e, operators) for e in document["equations"]))
    starts = tuple(tuple(map(_finite, start)) for start in document["x0"])
    ranges = tuple((_finite(low), _finite(high)) for low, high in document["ranges"])
    if any(len(start) != dim for start in starts) or any(n.is_variable and n.index >= dim for _, n in made.walk()):
        raise ValueError("a system has more variables than it says")
    t_end = None if document["t_end"] is None else _finite(document["t_end"])
    return System(made, tuple(f"x_{i}" for i in range(dim)), domain, starts, t_end, ranges)


def alphabet_document(operators: Operators) -> dict[str, Any] | None:
    """None for the built-in one."""
    if operators.built_in:
        return None
    longest = {"sequence": operators.sequence} if operators.sequence else {}
    return {"rows": [row.document() for row in operators.rows], "numbers": operators.numbers, **longest}


def alphabet_of(document: Mapping[str, Any] | None) -> Operators:
    """The alphabet of a document."""
    if document is None:
        return BUILT_IN
    kinds = {"commutative": bool, "associative": bool, "binds": int, "bound": int}
    rows = [
        Operator(
            str(r["symbol"]),
            int(r["arity"]),
            str(r["fixity"]),
            int(r["precedence"]),
            **{name: kind(r[name]) for name, kind in kinds.items() if name in r},
        )
        for r in document["rows"]
    ]
    return Operators(tuple(rows), bool(document["numbers"]), int(document.get("sequence", 0)))


def labels_document(chosen: Mapping[str, Chosen]) -> dict[str, Any]:
    """Orders and their levels. Likelihoods that are not known are null."""
    return {
        kind: {
            "orders": [[o.weight, [[level.feature, level.discount, level.strength] for level in o.levels]] for o in c.orders],
            "held_out": c.held_out,
            "unigram": c.unigram,
        }
        for kind, c in chosen.items()
    }


def labels_of(document: Mapping[str, Any]) -> dict[str, Chosen]:
    """The choices of a document."""
    made = {}
    for kind in KINDS:
        row = document[kind]
        orders = tuple(Order(_finite(weight), tuple(_level(*level) for level in levels)) for weight, levels in row["orders"])
        if not orders or any(order.weight <= 0.0 or order.levels[0].feature for order in orders):
            raise ValueError(f"{kind} have no order")
        likelihoods = (None if row[key] is None else _finite(row[key]) for key in ("held_out", "unigram"))
        made[kind] = Chosen(orders, *likelihoods)
    return made


def sizes_document(chosen: Mapping[str, SizeLevels]) -> dict[str, Any]:
    def rows(levels: Sequence[MagnitudeLevel]) -> list[Any]:
        return [[level.feature, level.strength] for level in levels]

    return {
        kind: {"levels": rows(c.levels), "reference": c.reference, "sign": c.sign, "relative": rows(c.relative)}
        for kind, c in chosen.items()
    }


def sizes_of(document: Mapping[str, Any]) -> dict[str, SizeLevels]:
    """Raises ValueError for a ratio to something without its levels."""

    def levels(rows: Sequence[Any]) -> tuple[MagnitudeLevel, ...]:
        return tuple(MagnitudeLevel(str(f), _finite(t)) for f, t in rows)

    made = {}
    for kind in SIZED:
        row = document[kind]
        one = SizeLevels(levels(row["levels"]), str(row["reference"]), 1 if row["sign"] == 1 else -1, levels(row["relative"]))
        if bool(one.reference) != bool(one.relative):
            raise ValueError(f"{kind} have a reference without levels")
        made[kind] = one
    return made


def rake_document(rake: Rake) -> dict[str, Any]:
    return {"factors": {name: dict(row) for name, row in rake.factors.items()}, "large": rake.large}


def rake_of(document: Mapping[str, Any]) -> Rake:
    """The factors of a document. Raises ValueError where they would keep nothing."""
    factors = {str(name): {str(v): _finite(f) for v, f in row.items()} for name, row in document["factors"].items()}
    large = _finite(document["large"])
    if large <= 0.0 or any(f <= 0.0 for row in factors.values() for f in row.values()):
        raise ValueError("a tilt keeps nothing")
    return Rake(factors, large)


def tilt_document(tilt: Tilt) -> dict[str, Any]:
    return rake_document(tilt.rake) | {"sizes": list(tilt.sizes), "counted": list(tilt.counted)}


def tilt_of(document: Mapping[str, Any]) -> Tilt:
    return Tilt(rake_of(document), tuple(map(int, document["sizes"])), tuple(map(str, document["counted"])))


def _level(feature: str, discount: float, strength: float) -> Level:
    if not (0.0 <= _finite(discount) < 1.0 and _finite(strength) > 0.0):
        raise ValueError(f"discount {discount} and strength {strength} are none")
    return Level(str(feature), float(discount), float(strength))
