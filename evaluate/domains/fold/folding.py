"""φ of HP sequences: the native structure, as the turns of a walk on the square lattice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import SYSTEM, Node
from ....tokenizers.machines.forest import SYMBOL_ITEM, Forest
from ...semantics.alone import Alone, Found, rows
from ...semantics.base import Behaviors, Setting, Status
from .tables import folds
from .walks import LEFT, LONGEST, RIGHT, SHORTEST, TURNS

HYDROPHOBIC, POLAR = "H", "P"
SYMBOLS = RIGHT + 1
"""Of a behavior: the turns, and 0 behind the end."""
ROWS = TURNS + 1
"""Of a behavior: the turns, and the folding temperature."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Folding(Alone):
    """A `Semantics`: a behavior is (1, T, 1), T = `ROWS`: the native structure's turns, `walks.FORWARD`, `LEFT` and `RIGHT`, 0
    behind its end; and in the last row its folding temperature (`tables.folding_temperatures`). NaN throughout, and UNDEFINED,
    where there is no native structure: where several walks have the least energy, as all have where no two H can meet.
    UNRESOLVED, and 0 throughout, where a sequence is longer than any that is enumerated, `walks.LONGEST`."""

    noun: ClassVar[str] = "a fold"

    @property
    def place(self) -> Setting:
        return rows(ROWS, box=SYMBOLS)

    def behaviors(self, trees: Sequence[Node]) -> Found:
        """Raises ValueError for a tree that is no sequence of H and P."""
        lengths = np.array([len(tree.children) for tree in trees], np.int64)
        return folded(np.array([number_of(tree) for tree in trees], np.int64), lengths)

    def simulate_forest(self, trees: Forest, setting: Setting) -> Behaviors:
        """See `OfForests`: a forest of sequences has their symbols in order."""
        said = [symbol for symbol, _ in trees.symbols]
        if len(trees.items) and not ((trees.items >= SYMBOL_ITEM).all() and {*said} <= {HYDROPHOBIC, POLAR}):
            raise ValueError(_STRANGE)
        lengths = np.diff(trees.starts).astype(np.int64)
        bits = np.array([symbol == HYDROPHOBIC for symbol in said], np.int64)[trees.items - SYMBOL_ITEM]
        place = np.arange(len(bits)) - np.repeat(trees.starts[:-1], lengths)
        until = np.concatenate([np.zeros(1, np.int64), np.cumsum(bits << np.minimum(place, LONGEST))])
        y, status = folded(until[trees.starts[1:]] - until[trees.starts[:-1]], lengths)
        return Behaviors(setting.t, y, status)


_STRANGE = f"a sequence is made of {HYDROPHOBIC} and {POLAR} alone"


def number_of(tree: Node) -> int:
    """A system of symbols as the number of its sequence (`ground`); of a longer one than `walks.LONGEST`, none that says
    anything. Raises ValueError for any other tree."""
    symbols = [child.symbol for child in tree.children]
    if tree.symbol != SYSTEM or not {*symbols} <= {HYDROPHOBIC, POLAR} or any(child.children for child in tree.children):
        raise ValueError(_STRANGE)
    return sum(1 << i for i, symbol in enumerate(symbols[:LONGEST]) if symbol == HYDROPHOBIC)


def text_of(sequence: int, beads: int) -> str:
    """A sequence's number as its text."""
    return "".join(HYDROPHOBIC if sequence >> i & 1 else POLAR for i in range(beads))


def folded(sequences: Ints, lengths: Ints) -> Found:
    """Behaviors (n, 1, T, 1) and status (n, 1) of sequences (n,) of these lengths (n,)."""
    if not len(lengths):
        return np.zeros((0, 1, ROWS, 1)), np.zeros((0, 1), np.int8)
    known = _known(min(int(lengths.max()), LONGEST))
    row = known.row[np.where(lengths > LONGEST, 0, sequences | 1 << np.minimum(lengths, LONGEST))]
    return known.behaviors[row][:, None, :, None], known.status[row][:, None]


@dataclass(frozen=True, slots=True)
class _Known:
    """All sequences up to some length in one table. row: by a sequence's number with a 1 behind its last bead, and by 0 for what
    is too long. behaviors (n, `ROWS`), status (n,): first those of what folds to nothing, and of what is too long."""

    row: NDArray[np.int32]
    behaviors: NDArray[np.float64]
    status: NDArray[np.int8]


@cache
def _known(longest: int) -> _Known:
    row = np.zeros(2 << longest, np.int32)
    row[0] = 1
    behaviors = [np.full((1, ROWS), np.nan), np.zeros((1, ROWS))]
    count = 2
    for beads in range(SHORTEST, longest + 1):
        table = folds(beads)
        row[1 << beads | table.sequences] = np.arange(count, count + len(table.sequences))
        count += len(table.sequences)
        behaviors.append(table.behaviors)
    status = np.full(count, Status.OK, np.int8)
    status[:2] = Status.UNDEFINED, Status.UNRESOLVED
    return _Known(row, np.concatenate(behaviors), status)


def said(behavior: NDArray[np.float64]) -> str:
    """The picture of a fold as behaviors have it, (T, 1): beads on the lattice with their bonds, the first bead `@`, the others
    `o`; below it the folding temperature."""
    turns = [int(turn) for turn in behavior[:TURNS, 0] if turn > 0]
    return f"{drawn(turns)}\nfolds below T = {behavior[TURNS, 0]:.3f}" if turns else ""


def drawn(turns: Sequence[int]) -> str:
    """A walk's picture."""
    x, y, dx, dy = 2, 0, 2, 0
    marks = {(0, 0): "@", (1, 0): "-", (2, 0): "o"}
    for turn in turns:
        if turn in (LEFT, RIGHT):
            dx, dy = (-dy, dx) if turn == LEFT else (dy, -dx)
        marks[x + dx // 2, y + dy // 2] = "|" if dy else "-"
        x, y = x + dx, y + dy
        marks[x, y] = "o"
    across, down = sorted({x for x, _ in marks}), sorted({y for _, y in marks}, reverse=True)
    rows = ("".join(marks.get((i, j), " ") for i in range(across[0], across[-1] + 1)) for j in range(down[0], down[-1] - 1, -1))
    return "\n".join(row.rstrip() for row in rows)
