"""Many trees as flat arrays: what decoding in bulk gives, with no object per tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import BINARY, FUNCTIONS, NEGATE, SYSTEM, Node, variable
from ...grammars.tree import number as number_node

SYMBOLS = (*BINARY, NEGATE, *FUNCTIONS)
"""Symbols that have operands; an item below their number is one of them, by its index."""
POWER = SYMBOLS.index("^")
WHOLE_POWER = 64
"""Of a machine's tables alone: WHOLE_POWER + n stands for two items, the number n and `^`."""
NUMBER_ITEM = 128
VARIABLE_ITEM = 256
"""x_i is VARIABLE_ITEM + i."""
SYMBOL_ITEM = 1 << 24
"""Of an alphabet of one's own, symbol i is SYMBOL_ITEM + i."""


@dataclass(frozen=True, slots=True)
class Forest:
    """n systems in post-order. Constants (`pi`, `e`) are numbers here.

    items (m,): codes as above, all equations of a system in a row, each operator after its operands. values (m,): of number
    items, else 0. starts (n + 1,): where each system's items begin. equations, top (n,): how many equations, and the highest
    variable's index (-1: none). symbols: of an alphabet of one's own, its rows' symbols and operands; else none.
    """

    items: NDArray[np.int32]
    values: NDArray[np.float64]
    starts: NDArray[np.int64]
    equations: NDArray[np.int32]
    top: NDArray[np.int32]
    symbols: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.equations)

    def take(self, which: NDArray[np.int64]) -> Forest:
        """The systems at these indices, in this order: itself where these are all, as they stand."""
        if len(which) == len(self) and (which == np.arange(len(which))).all():
            return self
        lengths = (self.starts[1:] - self.starts[:-1])[which]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        at = np.repeat(self.starts[:-1][which] - starts[:-1], lengths) + np.arange(starts[-1])
        return Forest(self.items[at], self.values[at], starts, self.equations[which], self.top[which], self.symbols)

    def tree(self, i: int) -> Node:
        """One system as a tree."""
        stack: list[Node] = []
        for k in range(int(self.starts[i]), int(self.starts[i + 1])):
            item = int(self.items[k])
            if item >= SYMBOL_ITEM:
                symbol, arity = self.symbols[item - SYMBOL_ITEM]
                below = tuple(stack[len(stack) - arity :])
                del stack[len(stack) - arity :]
                stack.append(Node(symbol, below))
            elif item >= VARIABLE_ITEM:
                stack.append(variable(item - VARIABLE_ITEM))
            elif item == NUMBER_ITEM:
                stack.append(number_node(float(self.values[k])))
            else:
                right = stack.pop()
                operands = (stack.pop(), right) if item < len(BINARY) else (right,)
                stack.append(Node(SYMBOLS[item], operands))
        return Node(SYSTEM, tuple(stack))


def join(forests: Iterable[Forest]) -> Forest:
    """All systems of several forests, in order."""
    parts = list(forests)
    if len(parts) == 1:
        return parts[0]
    if not parts:
        none = np.zeros(0, np.int32)
        return Forest(none, np.zeros(0), np.zeros(1, np.int64), none, none)
    lengths = np.concatenate([f.starts[1:] - f.starts[:-1] for f in parts])
    return Forest(
        np.concatenate([f.items for f in parts]),
        np.concatenate([f.values for f in parts]),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        np.concatenate([f.equations for f in parts]),
        np.concatenate([f.top for f in parts]),
        parts[0].symbols,
    )
