"""What a classifier sees of a system when it tells drawn from given: counts, sizes, coefficients, conditions, behavior."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...grammars.draw.fitted.chains import CHAIN, View, groups, view
from ...grammars.draw.fitted.labels import digits
from ...grammars.draw.fitted.traits import repeated_terms
from ...grammars.errors import ConditionError
from ...grammars.operators import Operators
from ...grammars.tree import Node, System, coefficients, number, variables
from ..semantics.base import EDIT_STEPS, Behaviors
from .domain import Domain
from .screen import POINTS

Floats = NDArray[np.float64]
Row = dict[str, float]

_NONE = float("nan")
_EQUATIONS = 3
"""Equations that have features of their own."""


def features(domain: Domain, systems: Sequence[System]) -> tuple[tuple[str, ...], Floats]:
    """Names (F,) and values (n, F) of features; NaN where a system has none.

    Counts of each operator, of numbers and variables, and of pairs of an operator with the one above it; sizes and depths, of
    the whole and of each of the first equations; terms and factors, repeated terms; which variables an equation uses, its own
    and others', and inputs that none uses; of coefficients and initial values: how many, least, mean and largest magnitude,
    shares of negative and whole ones, digits, repetitions; horizon and ranges; of the behavior: size, mean, spread, turns,
    ends.
    """
    rows = [_tree(s, domain.operators) | _conditions(s) | b for s, b in zip(systems, _behaviors(domain, systems), strict=True)]
    names = tuple(sorted({name for row in rows for name in row}))
    counted = {name for name in names if name.startswith("count ")}
    return names, np.array([[row.get(name, 0.0 if name in counted else _NONE) for name in names] for row in rows])


def _tree(system: System, operators: Operators) -> Row:
    tree = system.tree
    row: Row = {"size": tree.size, "depth": tree.depth, "equations": len(system.equations), "dim": system.dim}
    symbols: Counter[str] = Counter()
    for node, above in _nodes(tree):
        kind = "number" if node.is_number else "variable" if node.is_variable else node.symbol
        symbols[f"count {kind}"] += 1
        if node.is_variable:
            symbols[f"count {node.symbol}"] += 1
        if above is not None:
            symbols[f"count {kind} in {above.symbol}"] += 1
    row |= {name: float(n) for name, n in symbols.items()}
    chain_of = groups(operators)
    for i, equation in enumerate(system.equations[:_EQUATIONS]):
        row |= {f"{name} of {i}": value for name, value in _equation(equation, i, chain_of).items()}
    used = [variables(e) for e in system.equations]
    row["unused inputs"] = float(system.dim - len(set().union(*used))) if used else 0.0
    row["couplings"] = float(sum(len(own - {i}) for i, own in enumerate(used)))
    row["count repeated terms"] = float(sum(repeated_terms(view(e, chain_of)) for e in system.equations))
    return row | _numbers("coefficient", coefficients(tree))


def _nodes(tree: Node) -> Iterator[tuple[Node, Node | None]]:
    stack: list[tuple[Node, Node | None]] = [(tree, None)]
    while stack:
        node, above = stack.pop()
        yield node, above
        stack.extend((child, node) for child in node.children)


def _equation(equation: Node, index: int, chain_of: Mapping[str, str]) -> Row:
    seen = view(equation, dict(chain_of))
    own = variables(equation)
    terms = seen.children if seen.joins and seen.symbol == min(chain_of.values(), key=_looseness) else (seen,)
    sizes = [_size(t) for t in terms]
    return {
        "size": equation.size,
        "depth": equation.depth,
        "terms": len(terms),
        "first term": sizes[0],
        "last term": sizes[-1],
        "largest term": max(sizes),
        "uses own": float(index in own),
        "variables": len(own),
        "numbers": len(coefficients(equation)),
    }


def _looseness(chain: str) -> int:
    """Sums before products: the precedence that a chain is named by."""
    return int(chain.removeprefix(CHAIN))


def _size(seen: View) -> int:
    return 1 + sum(map(_size, seen.children))


def _numbers(name: str, values: Sequence[float]) -> Row:
    sizes = np.log10([abs(v) for v in values if v])
    row: Row = {f"{name}s": float(len(values))}
    if values:
        row |= {
            f"negative {name}s": float(np.mean([v < 0 for v in values])),
            f"whole {name}s": float(np.mean([v.is_integer() for v in values])),
            f"{name}s that are 1": float(np.mean([abs(v) == 1 for v in values])),
            f"{name}s that are 0": float(np.mean([v == 0 for v in values])),
            f"most digits of {name}s": float(max(map(digits, values))),
            f"mean digits of {name}s": float(np.mean([digits(v) for v in values])),
            f"repeated {name}s": float(len(values) - len({abs(v) for v in values})),
        }
    if len(sizes):
        row |= {
            f"least {name}": float(sizes.min()),
            f"mean {name}": float(sizes.mean()),
            f"largest {name}": float(sizes.max()),
            f"spread of {name}s": float(np.ptp(sizes)),
            f"first {name}": float(sizes[0]),
            f"last {name}": float(sizes[-1]),
        }
    return row


def _conditions(system: System) -> Row:
    row = _numbers("initial value", [v for start in system.x0 for v in start])
    row["starts"] = float(len(system.x0))
    row["horizon"] = _NONE if system.t_end is None else system.t_end
    if system.ranges:
        row |= {"least input": min(low for low, _ in system.ranges), "largest input": max(high for _, high in system.ranges)}
    return row


def _behaviors(domain: Domain, systems: Sequence[System]) -> list[Row]:
    rows: list[Row] = [{} for _ in systems]
    settings = []
    there = []
    for i, system in enumerate(systems):
        try:
            settings.append(replace(domain.semantics.setting(system, points=POINTS), max_steps=EDIT_STEPS))
            there.append(i)
        except ConditionError:
            continue
    behaviors = domain.semantics.simulate([systems[i].tree for i in there], settings) if there else []
    for i, behavior in zip(there, behaviors, strict=True):
        rows[i] = _behavior(behavior)
    return rows


def _behavior(behaviors: Behaviors) -> Row:
    """Of the first start: each component in its own size, and what the extremes over components are."""
    y = behaviors.y[0, 0]  # (T, D)
    row: Row = {"status": float(behaviors.status.max()), "undefined": float(np.isnan(y).mean())}
    y = y[~np.isnan(y).any(axis=1)]
    if len(y) < 2:
        return row
    size = np.maximum(np.abs(y).max(axis=0), 1e-300)
    own: Mapping[str, Floats] = {
        "size": np.log10(size),
        "mean": y.mean(axis=0) / size,
        "spread": y.std(axis=0) / size,
        "change": (y[-1] - y[0]) / size,
        "late change": np.ptp(y[len(y) // 2 :], axis=0) / size,
        "turns": np.array([_turns(column) for column in y.T]),
    }
    for name, values in own.items():
        row |= {f"behavior's least {name}": float(values.min()), f"behavior's largest {name}": float(values.max())}
    return row


def _turns(column: Floats) -> float:
    """How often it turns around, by more than a thousandth of its size."""
    steps = np.diff(column)
    signs = np.sign(steps[np.abs(steps) > 1e-3 * max(np.abs(column).max(), 1e-300)])
    return float(sum(a != b for a, b in pairwise(signs.tolist())))


def form(system: System) -> Node:
    """The tree but for its numbers."""
    return system.tree.map(lambda node: number(1.0) if node.is_number else node)
