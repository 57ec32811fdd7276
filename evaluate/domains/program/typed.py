"""Typed programs: how many there are of each size, any of them drawn with equal chance, and the types within one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ....grammars.tree import Node, Path
from .language import INT, LIST, Scope, forms

Operands = tuple[tuple[int, Scope], ...]


@lru_cache(maxsize=1 << 14)
def number(kind: int, scope: Scope, size: int) -> int:
    """How many programs of a type have so many symbols, in a scope."""
    return sum(_number(operands, size - 1) for _, operands in forms(kind, scope))


@lru_cache(maxsize=1 << 16)
def _number(operands: Operands, size: int) -> int:
    """In how many ways operands have so many symbols together."""
    if not operands:
        return int(size == 0)
    (kind, scope), *rest = operands
    return sum(number(kind, scope, first) * _number(tuple(rest), size - first) for first in range(1, size + 1 - len(rest)))


def drawn(rng: np.random.Generator, kind: int, scope: Scope, size: int) -> Node:
    """One of them, all with equal chance."""
    at = _below(rng, number(kind, scope, size))
    for symbol, operands in forms(kind, scope):
        if at < (own := _number(operands, size - 1)):
            return Node(symbol, tuple(_drawn(rng, operands, size - 1)))
        at -= own
    raise ValueError(f"no program has {size} symbols")


def _drawn(rng: np.random.Generator, operands: Operands, size: int) -> list[Node]:
    if not operands:
        return []
    (kind, scope), *rest = operands
    at = _below(rng, _number(operands, size))
    for first in range(1, size + 1 - len(rest)):
        if at < (own := number(kind, scope, first) * _number(tuple(rest), size - first)):
            break
        at -= own
    return [drawn(rng, kind, scope, first), *_drawn(rng, tuple(rest), size - first)]


def _below(rng: np.random.Generator, most: int) -> int:
    """A number from 0 to most - 1, which may be too large for a generator of 64 bits."""
    if most <= 1 << 62:
        return int(rng.integers(most)) if most else 0
    return int.from_bytes(rng.bytes(2 + (most.bit_length() + 7) // 8), "big") % most


def type_of(node: Node, scope: Scope = ()) -> int:
    """The type of a typed program in a scope; of one that has none see `operands_of`."""
    return next(kind for kind in (INT, LIST) if operands_of(node, kind, scope) is not None)


def operands_of(node: Node, kind: int, scope: Scope = ()) -> Operands | None:
    """The types and scopes of a program's operands, where it is of that type in that scope; None where it is not."""
    for symbol, operands in forms(kind, scope, len(scope) + 2):
        if symbol == node.symbol and all(
            operands_of(child, *place) is not None for child, place in zip(node.children, operands, strict=True)
        ):
            return operands
    return None


def places(node: Node, kind: int, scope: Scope = (), path: Path = ()) -> list[tuple[Path, int, Scope]]:
    """Every part of a program of a type with its own type and scope, in pre-order."""
    found = [(path, kind, scope)]
    for i, (child, place) in enumerate(zip(node.children, operands_of(node, kind, scope) or (), strict=True)):
        found += places(child, *place, (*path, i))
    return found
