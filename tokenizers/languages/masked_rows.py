"""Many sequences at once, each with its place in a language: what may follow, and what follows.

Compiled, because masks must cost little beside a small model; `benchmarks/decoding.py` measures that, and `llguidance` beside it.
What may follow depends on the top of the stack alone, as far down as any word reaches, unless fuel or room run short: so masks
are kept by what they depend on (`Masks`), and worked out anew near the limits only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from ..machines.jit import Kernel, bare, kernel
from .grammar import STORE, Shape
from .tables import Compiled, Ints, Tables

END, DROPPED = -1, -2
_BYTES = 1 << 26  # of masks to keep
_NODES = 1 << 15
_PLENTY = 1 << 20  # of fuel
NEVER = -(1 << 15)
_INNER, _OWN = -1, -2  # in place of a mask: look one symbol further down; depends on the definitions of the row
_SHALLOW, _BURNED, _REFERS = range(3)  # what a look at the trie notes: how far down it read, the fuel it used, whether it refers


class Kept(NamedTuple):
    """Masks by the top of the stack: a tree whose edges are symbols from the top down (`edges`, a hash table of node and symbol;
    `ends`, where each leads), with a mask at its leaves. A mask says how much each word adds to what is needed, or NEVER. Of a
    node, columns of `nodes`: its mask, the most that a word adds, the most fuel that one uses. sizes: nodes and masks so far."""

    edges: NDArray[np.int64]
    ends: Ints
    nodes: Ints
    masks: NDArray[np.int16]
    sizes: Ints


@dataclass(slots=True)
class Masks:
    """What walks in one language share. `shown`: the kept masks with a column for each token of the vocabulary."""

    compiled: Compiled
    before: int
    kept: Kept = field(init=False)
    columns: NDArray[np.int64] = field(init=False)
    shown: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        words, width = self.compiled.n_words, self.before + len(self.compiled.words)
        room = max(1, min(_NODES, _BYTES // (width + 2 * words)))
        nodes = np.zeros((_NODES, 3), np.int32)
        nodes[:, 0] = _INNER
        masks = np.empty((room, words), np.int16)  # rows are filled when they are used; untouched ones take no memory
        self.kept = Kept(
            np.full(4 * _NODES, -1, np.int64), np.zeros(4 * _NODES, np.int32), nodes, masks, np.array([1, 0], np.int32)
        )
        self.columns = np.concatenate([np.full(self.before, words), self.compiled.words])
        self.shown = np.zeros((0, width), np.bool_)

    def show(self, words: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Masks of words (n, words) as masks of tokens (n, before + V)."""
        return np.take(np.pad(words, ((0, 0), (0, 1))), self.columns, axis=1)

    def of(self, numbers: Ints) -> NDArray[np.bool_]:
        """Kept masks by number; anything for a negative one."""
        known, now = len(self.shown), int(self.kept.sizes[1])
        if now > known:
            self.shown = np.concatenate([self.shown, self.show(self.kept.masks[known:now] > NEVER)])
        if not now:
            return np.zeros((len(numbers), self.shown.shape[1]), np.bool_)
        return np.take(self.shown, np.maximum(numbers, 0), axis=0)


class MaskedRows:
    """Rows of ids under construction. `allowed`, `take` and `select` in turn; a row that has ended allows everything and takes
    nothing."""

    def __init__(self, masks: Masks, shapes: Sequence[Shape], max_length: int) -> None:
        """`max_length`: tokens that a row may have, its end not counted. Raises ValueError where a shape needs more."""
        self.masks, compiled = masks, masks.compiled
        t = compiled.tables
        n = len(shapes)
        starts = [compiled.starts[shape] for shape in shapes]
        deepest = max(map(len, starts), default=1)
        # What is open needs part of a token each, but for optional symbols; those lie between others that do.
        self._stack = np.zeros((n, deepest + 2 * max_length * compiled.longest + compiled.scratch), np.int32)
        stored = max(0, int(t.act.max(initial=0)) - STORE + 1)
        self._state = np.zeros((n, 4 + stored), np.int32)  # height, need, fuel, tokens left; then the definitions' costs
        for i, start in enumerate(starts):
            self._stack[i, : len(start)] = start
            self._state[i, :4] = len(start), sum(int(t.least[s]) for s in start), t.fuel[0], max_length
        if n and (need := int(self._needs(np.arange(n)).max())) > max_length:
            raise ValueError(f"no sequence of at most {max_length} tokens is complete; the shortest has {need}")

    def __len__(self) -> int:
        return len(self._state)

    def allowed(self) -> NDArray[np.bool_]:
        """(n, before + V): the tokens that may follow, and in the last column before them whether the row may end."""
        m = self.masks
        numbers, words = np.zeros(len(self), np.int32), np.zeros((len(self), m.compiled.n_words), np.bool_)
        _allowed_kernel()(m.compiled.tables, m.kept, self._stack, self._state, m.compiled.scratch, numbers, words)
        out = m.of(numbers)
        own = np.flatnonzero(numbers < 0)
        if len(own):
            self._widen(own, words)
            out[own] = m.show(words[own])
        out[:, m.before - 1] = self._state[:, 1] == 0
        out[self._state[:, 0] < 0] = True
        return out

    def take(self, ids: NDArray[np.int64]) -> None:
        """Append an id, END or DROPPED to each row; a dropped row has ended wherever it was. Raises ValueError where a row does
        not allow its id; the walk is then broken."""
        compiled = self.masks.compiled
        words = np.where(ids < 0, ids, compiled.words[np.maximum(ids, 0)])
        bad = _take_kernel()(compiled.tables, self._stack, self._state, compiled.scratch, words, compiled.shortest is None)
        if bad < 0:
            long = np.flatnonzero(self._state[:, 1] > self._state[:, 3])
            over = long[self._needs(long) > self._state[long, 3]]
            bad = int(over[0]) if len(over) else -1
        if bad >= 0:
            raise ValueError(f"row {bad} does not allow the token {ids[bad]}")

    def _needs(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The fewest words that complete each of these rows. Those that have ended need none."""
        shortest = self.masks.compiled.shortest
        if shortest is None:
            return np.where(self._state[rows, 0] < 0, 0, self._state[rows, 1])
        return np.array([shortest.need(self._stack[r, : max(self._state[r, 0], 0)].tolist()) for r in rows], np.int64)

    def _widen(self, rows: NDArray[np.int64], words: NDArray[np.bool_]) -> None:
        """Where words reach across symbols, allow what the sum over symbols takes for too long."""
        compiled = self.masks.compiled
        if compiled.shortest is None:
            return
        full = int(compiled.tables.fuel[0])
        for r in rows:
            height, _, fuel, left = (int(v) for v in self._state[r, :4])
            if height >= 0:
                compiled.shortest.widen(self._stack[r, :height].tolist(), fuel, full, left, words[r])

    def select(self, rows: NDArray[np.int64]) -> None:
        """Keep these rows, in this order; a row may come twice."""
        self._stack, self._state = self._stack[rows], self._state[rows]


@bare
def _step(
    t: Any,
    stack: Any,
    symbols: Any,
    parents: Any,
    used: int,
    top: int,
    need: int,
    fuel: int,
    c: int,
    definitions: Any,
    notes: Any,
) -> tuple[bool, int, int, int, int]:
    """One token of class c. `top` points into the stack or, beyond its end, into the scratch; -1: nothing is open."""
    size = len(stack)
    rule, symbol = -1, 0
    while True:
        if top < notes[_SHALLOW]:
            notes[_SHALLOW] = top
        if top < 0:
            return False, used, top, need, fuel
        if top < size:
            symbol = stack[top]
            top -= 1
        else:
            symbol = symbols[top - size]
            top = parents[top - size]
        rule = t.transitions[symbol, c]
        if rule >= 0:
            break
        if t.least[symbol] > 0:
            return False, used, top, need, fuel
    act = t.act[rule]
    if act >= STORE:
        definitions[act - STORE] = t.fuel[0] - fuel
    if act > 0:
        fuel = t.fuel[0]
    cost = t.cost[rule]
    if cost < 0:
        notes[_REFERS] = 1
        cost = definitions[-1 - cost]
    fuel -= cost
    if fuel < 0:
        return False, used, top, need, fuel
    if fuel > t.fuel[0] and _PLENTY - fuel > notes[_BURNED]:
        notes[_BURNED] = _PLENTY - fuel
    need += t.need[rule] - t.least[symbol]
    for j in range(t.first[rule], t.first[rule + 1]):
        symbols[used] = t.opens[j]
        parents[used] = top
        top = size + used
        used += 1
    return True, used, top, need, fuel


@bare
def _look(
    t: Any, stack: Any, height: int, need: int, fuel: int, room: int, symbols: Any, parents: Any, levels: Any, definitions: Any,
    notes: Any, out: Any,
) -> int:  # fmt: skip
    """Set what each word that may follow adds to `need`, where at most `room` may be needed after it; the most that one adds."""
    levels[0, 0], levels[0, 1], levels[0, 2], levels[0, 3] = 0, height - 1, need, fuel
    rise, i = 0, 0
    while i < len(t.node_class):
        d = t.node_depth[i]
        for j in range(definitions.shape[1]):
            definitions[d + 1, j] = definitions[d, j]
        fits, used, top, needed, left = _step(
            t, stack, symbols, parents, levels[d, 0], levels[d, 1], levels[d, 2], levels[d, 3], t.node_class[i],
            definitions[d + 1], notes,
        )  # fmt: skip
        if not fits:
            i = t.node_end[i]
            continue
        levels[d + 1, 0], levels[d + 1, 1], levels[d + 1, 2], levels[d + 1, 3] = used, top, needed, left
        if t.node_word[i] >= 0:
            if needed <= room:
                out[t.node_word[i]] = needed - need
            rise = max(rise, needed - need)
        i += 1
    return rise


@bare
def _edge(kept: Any, node: int, symbol: int, symbols: int, make: bool) -> int:
    """The node that an edge leads to; -1 where there is none, or no room to make it."""
    key = node * symbols + symbol
    place = (key * 0x9E3779B1) % len(kept.edges)
    while kept.edges[place] >= 0:
        if kept.edges[place] == key:
            return int(kept.ends[place])
        place = (place + 1) % len(kept.edges)
    if not make or kept.sizes[0] == len(kept.nodes):
        return -1
    kept.edges[place], kept.ends[place] = key, kept.sizes[0]
    kept.sizes[0] += 1
    return int(kept.ends[place])


def _allowed_source(stamp: int) -> Kernel:
    def allowed(t: Any, kept: Any, stack: Any, state: Any, scratch: int, numbers: Any, out: Any) -> int:
        symbols, parents = np.empty(scratch, np.int32), np.empty(scratch, np.int32)
        deepest = 2
        for d in t.node_depth:
            deepest = max(deepest, d + 2)
        levels = np.empty((deepest, 4), np.int32)  # scratch used, top, need, fuel
        definitions = np.zeros((deepest, state.shape[1] - 4), np.int32)
        notes, rises = np.zeros(3, np.int32), np.empty(out.shape[1], np.int16)
        bottom = len(t.least)
        for r in range(len(stack)):
            height, need, fuel, left = state[r, 0], state[r, 1], state[r, 2], state[r, 3]
            numbers[r] = 0
            if height < 0:
                continue
            node, at = 0, height
            while node >= 0 and kept.nodes[node, 0] == _INNER and at >= 0:
                at -= 1
                node = _edge(kept, node, stack[r, at] if at >= 0 else bottom, bottom + 1, False)
            if node < 0 and kept.sizes[1] < len(kept.masks):
                row = kept.masks[kept.sizes[1]]
                row[:] = NEVER
                notes[_SHALLOW], notes[_BURNED], notes[_REFERS] = height, 0, 0
                rise = _look(t, stack[r], height, need, _PLENTY, _PLENTY, symbols, parents, levels, definitions, notes, row)
                node = 0
                for k in range(height - 1, notes[_SHALLOW] - 1, -1):
                    if node >= 0:
                        node = _edge(kept, node, stack[r, k] if k >= 0 else bottom, bottom + 1, True)
                if node >= 0:
                    kept.nodes[node, 0] = _OWN if notes[_REFERS] else kept.sizes[1]
                    kept.nodes[node, 1], kept.nodes[node, 2] = rise, notes[_BURNED]
                    kept.sizes[1] += 1 - notes[_REFERS]
            if node > 0 and kept.nodes[node, 0] >= 0 and need + kept.nodes[node, 1] < left and fuel >= kept.nodes[node, 2]:
                numbers[r] = kept.nodes[node, 0]
                continue
            numbers[r] = -1
            if node > 0 and kept.nodes[node, 0] >= 0 and fuel >= kept.nodes[node, 2]:
                added = kept.masks[kept.nodes[node, 0]]
                for w in range(len(added)):
                    out[r, w] = added[w] > NEVER and need + added[w] < left
                continue
            row = rises
            row[:] = NEVER
            definitions[0] = state[r, 4:]
            _look(t, stack[r], height, need, fuel, left - 1, symbols, parents, levels, definitions, notes, row)
            for w in range(len(row)):
                out[r, w] = row[w] > NEVER
        return stamp

    return allowed


def _take_source(stamp: int) -> Kernel:
    def take(t: Any, stack: Any, state: Any, scratch: int, words: Any, strict: bool) -> int:
        symbols, parents = np.empty(scratch, np.int32), np.empty(scratch, np.int32)
        opened, notes = np.empty(scratch, np.int32), np.zeros(3, np.int32)
        for r in range(len(stack)):
            if state[r, 0] < 0:
                continue
            if words[r] < 0:
                if words[r] == END and state[r, 1] > 0:
                    return r
                state[r, 0] = -1
                continue
            if words[r] >= len(t.spans) - 1:
                return r
            used, top, need, fuel = 0, state[r, 0] - 1, state[r, 1], state[r, 2]
            for j in range(t.spans[words[r]], t.spans[words[r] + 1]):
                fits, used, top, need, fuel = _step(
                    t, stack[r], symbols, parents, used, top, need, fuel, t.classes[j], state[r, 4:], notes
                )
                if not fits:
                    return r
            if strict and need > state[r, 3] - 1:
                return r
            size, n = stack.shape[1], 0
            while top >= size:
                opened[n] = symbols[top - size]
                top = parents[top - size]
                n += 1
            for j in range(n):
                stack[r, top + 1 + j] = opened[n - 1 - j]
            state[r, 0], state[r, 1], state[r, 2] = top + 1 + n, need, fuel
            state[r, 3] -= 1
        return -1 + 0 * stamp

    return take


_VECTOR, _TABLE, _BOOLS = types.Array(types.int32, 1, "C"), types.Array(types.int32, 2, "C"), types.Array(types.boolean, 2, "C")
_types: Any = types  # numba's types are untyped
_TABLES = _types.NamedTuple([_TABLE] + [_VECTOR] * (len(Tables._fields) - 1), Tables)
_KEPT = _types.NamedTuple([types.Array(types.int64, 1, "C"), _VECTOR, _TABLE, types.Array(types.int16, 2, "C"), _VECTOR], Kept)


def _allowed_kernel() -> Kernel:
    signature = types.int64(_TABLES, _KEPT, _TABLE, _TABLE, types.int64, _VECTOR, _BOOLS)
    return kernel(_allowed_source, signature, (sys.modules[__name__],))


def _take_kernel() -> Kernel:
    signature = types.int64(_TABLES, _TABLE, _TABLE, types.int64, types.Array(types.int64, 1, "C"), types.boolean)
    return kernel(_take_source, signature, (sys.modules[__name__],))
