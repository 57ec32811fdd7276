"""The fewest words that complete a stack where one word may complete several symbols: what masks near the limit of a length need.

`tables` adds up what completes each symbol by itself. A merged token may reach across symbols (`x_0 x_0` completes two operands),
so the sum is an upper bound, and a mask by it refuses prefixes that can be completed. Here a stack is read from its bottom up.
Beside the number of words stands where a word may be when the stack is reached: for each node of the trie of words, the words
needed from there on. Such vectors, less their first entry, are few, and a symbol leads from one to another: an automaton with
weights, made as it is needed.

A word that ends within a symbol leaves symbols of its rules behind, which are pushed in turn; `_DEPTH` says how often such a rest
is followed. At every depth the numbers are those of some completion, and a word along it leaves one less: no walk ends in a dead
end. Words that refer to definitions are in no completion, and with them a walk may be refused what could be completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .grammar import Rule

Vector = NDArray[np.int32]
Rest = tuple[int, ...]

FAR = 1 << 20
_DEPTH = 3
_ROOT = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A stack from its top down, with the state of the automaton and the fewest words that complete it, from the start of a
    word."""

    symbol: int
    below: Cell | None
    state: int
    need: int


@dataclass(frozen=True, slots=True)
class Edges:
    """What becomes of a symbol, from each node of the trie. Pairs of nodes `leave[k] -> enter[k]`: completed within a word. Pairs
    of a node and a rest: a word ends within it and leaves `rests[rest[k]]`."""

    leave: NDArray[np.int64]
    enter: NDArray[np.int64]
    at: NDArray[np.int64]
    rest: NDArray[np.int64]
    rests: tuple[Rest, ...]


@dataclass(slots=True)
class Shortest:
    """`rules`: by symbol and class. `least`: words that surely complete each. `below`: of each node of the trie, the root first,
    its classes and nodes; `word`: the word that ends there, or -1. `burn`: fuel that one word uses at most."""

    rules: Sequence[dict[int, Rule]]
    optional: Sequence[bool]
    least: Sequence[int]
    below: Sequence[dict[int, int]]
    word: Sequence[int]
    burn: int
    _edges: dict[int, Edges] = field(default_factory=dict)
    _vectors: list[Vector] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)
    _pushed: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        empty = np.full(len(self.word), FAR, np.int32)
        empty[[node for node, word in enumerate(self.word) if word >= 0]] = 1
        empty[_ROOT] = 0
        self._intern(empty)

    def cells(self, stack: Sequence[int]) -> Cell | None:
        """A stack whose top is last."""
        top: Cell | None = None
        for symbol in stack:
            top = self.push(top, int(symbol))
        return top

    def need(self, stack: Sequence[int]) -> int:
        """The fewest words that complete a stack, fuel aside."""
        top = self.cells(stack)
        return top.need if top is not None else 0

    def push(self, below: Cell | None, symbol: int) -> Cell:
        """A symbol on a stack."""
        state, need = (below.state, below.need) if below is not None else (0, 0)
        number, more = self._push(state, symbol, _DEPTH)
        return Cell(symbol, below, number, need + more)

    def widen(self, stack: Sequence[int], fuel: int, full: int, left: int, out: NDArray[np.bool_]) -> None:
        """Allow in `out` each word after which a stack can be completed by fewer than `left` words.

        Only where there is fuel for any words so many: it then lasts whatever they are, here and at every later step. `full`:
        fuel of an equation that begins."""
        if fuel >= self.burn * left:
            self._walk(_ROOT, self.cells(stack), fuel, full, left, out)

    def _walk(self, node: int, top: Cell | None, fuel: int, full: int, left: int, out: NDArray[np.bool_]) -> None:
        word = self.word[node]
        if word >= 0 and (top is None or top.need < left):
            out[word] = True
        for c, following in self.below[node].items():
            cell = top
            while cell is not None and c not in self.rules[cell.symbol] and self.optional[cell.symbol]:
                cell = cell.below
            rule = self.rules[cell.symbol].get(c) if cell is not None else None
            if cell is None or rule is None or rule.cost < 0:
                continue
            after = (full if rule.act else fuel) - rule.cost
            if after < 0:
                continue
            opened = cell.below
            for symbol in reversed(rule.opens):
                opened = self.push(opened, symbol)
            self._walk(following, opened, after, full, left, out)

    def _intern(self, vector: Vector) -> int:
        key = vector.tobytes()
        if key not in self._numbers:
            self._numbers[key] = len(self._vectors)
            self._vectors.append(vector)
        return self._numbers[key]

    def _push(self, state: int, symbol: int, depth: int) -> tuple[int, int]:
        """The state after a symbol, and how many words more it needs."""
        key = (state, symbol, depth)
        if key not in self._pushed:
            edges, vector = self._of(symbol), self._vectors[state]
            shortest = np.full(len(vector), FAR, np.int32)
            np.minimum.at(shortest, edges.leave, vector[edges.enter])
            rests = np.array([1 + self._finish(state, rest, depth) for rest in edges.rests], np.int32)
            np.minimum.at(shortest, edges.at, rests[edges.rest])
            more = int(shortest[_ROOT])
            self._pushed[key] = self._intern(np.where(shortest < FAR // 2, shortest - more, FAR).astype(np.int32)), more
        return self._pushed[key]

    def _finish(self, state: int, rest: Rest, depth: int) -> int:
        """Words that complete what a word has left behind."""
        if depth == 0:
            return sum(self.least[symbol] for symbol in rest)
        need = 0
        for symbol in reversed(rest):
            state, more = self._push(state, symbol, depth - 1)
            need += more
        return need

    def _of(self, symbol: int) -> Edges:
        if symbol not in self._edges:
            leave: list[tuple[int, int]] = []
            ends: list[tuple[int, int]] = []
            rests: dict[Rest, int] = {}
            for node in range(len(self.word)):
                inside: set[int] = set()
                left: set[Rest] = set()
                self._read(node, (symbol,), inside, left)
                leave += [(node, other) for other in sorted(inside)]
                ends += [(node, rests.setdefault(rest, len(rests))) for rest in sorted(left)]
            self._edges[symbol] = Edges(*_columns(leave), *_columns(ends), tuple(rests))
        return self._edges[symbol]

    def _read(self, node: int, stack: Rest, inside: set[int], left: set[Rest]) -> None:
        """The nodes at which a word has completed `stack`, and what words that end before that leave of it."""
        if all(self.optional[symbol] for symbol in stack):
            inside.add(node)
        if not stack:
            return
        if self.word[node] >= 0:
            left.add(stack)
        for c, following in self.below[node].items():
            rest = stack
            while rest and c not in self.rules[rest[0]] and self.optional[rest[0]]:
                rest = rest[1:]
            rule = self.rules[rest[0]].get(c) if rest else None
            if rule is not None and rule.cost >= 0:
                self._read(following, (*rule.opens, *rest[1:]), inside, left)


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
