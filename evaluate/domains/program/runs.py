"""φ of programs: their outputs on a fixed set of inputs, faults and timeouts among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node
from ....tokenizers.machines.forest import SYMBOL_ITEM, Forest
from ...semantics.alone import Alone, Found, rows
from ...semantics.base import Behaviors, Setting, Status, all_fit
from .inputs import ROWS, inputs
from .language import ARITIES, CODES
from .machine import FAULTS, INT, LARGEST, WIDTH, outputs

Codes = NDArray[np.int8]
Outputs = NDArray[np.int16]
Ints = NDArray[np.int64]
NONE_BOUND = np.zeros((ROWS, 0, WIDTH), np.int64)


def postfix(tree: Node, found: list[int]) -> None:
    """Append a program's codes: its operands, then its symbol. Raises ValueError for what is no part of one."""
    code = CODES.get(tree.symbol)
    if code is None or len(tree.children) != ARITIES[code]:
        raise ValueError(f"{tree.symbol!r} with {len(tree.children)} operands is no part of a program")
    for child in tree.children:
        postfix(child, found)
    found.append(code)


@lru_cache
def _given() -> Ints:
    """The inputs, as the machine takes them: (ROWS, WIDTH)."""
    table = np.zeros((ROWS, WIDTH), np.int64)
    for row, (n, xs) in zip(table, inputs(), strict=True):
        row[: 2 + len(xs)] = n, len(xs), *xs
    return table


def run(programs: Codes, starts: Ints, bound: Ints = NONE_BOUND) -> tuple[Outputs, NDArray[np.bool_]]:
    """Outputs (n, R, WIDTH) of programs in postfix, one behind the other: program i is programs[starts[i]:starts[i + 1]]. Of each
    whether it is too large to be run. bound (R, V, WIDTH): V variables, as outputs have them; the inputs are gone through again
    and again where R is more than their number."""
    given = _given()[np.arange(len(bound)) % ROWS]
    found = np.zeros((len(starts) - 1, len(bound), WIDTH), np.int16)
    large = np.zeros(len(found), np.int8)
    outputs()(programs, starts, given, bound, found, large)
    return found, large > 0


def ran(programs: Sequence[Node]) -> tuple[Outputs, NDArray[np.bool_]]:
    """`run`, of trees without a system around them."""
    items: list[int] = []
    starts = [0]
    for program in programs:
        postfix(program, items)
        starts.append(len(items))
    return run(np.array(items, np.int8), np.array(starts, np.int64))


def spelled(output: Sequence[float]) -> str:
    """An output as a person writes it: 7, [1, 2], or the name of a fault."""
    kind, size, *items = map(int, output)
    if kind in FAULTS:
        return f"{FAULTS[kind]} fault" if FAULTS[kind] != "timeout" else "timeout"
    return str(size) if kind == INT else str(items[:size])


def said(behavior: NDArray[np.float64]) -> str:
    """The table of a behavior (T, WIDTH): a line for each input."""
    given = [f"n={n}, xs={xs}" for n, xs in inputs()]
    return "\n".join(f"{put} → {spelled(row)}" for put, row in zip(given, behavior.tolist(), strict=False))


@dataclass(frozen=True, slots=True)
class Runs(Alone):
    """A `Semantics`: a behavior is (1, ROWS, WIDTH), an output for each input. Faults are outputs, so every program that can be
    run is OK; one that is nested beyond the machine's bounds is UNRESOLVED."""

    noun: ClassVar[str] = "a program"

    @property
    def place(self) -> Setting:
        return rows(ROWS, box=LARGEST)

    def behaviors(self, trees: Sequence[Node]) -> Found:
        all_fit(trees, 1)
        return _behaviors(*ran([tree.children[0] for tree in trees]))

    def simulate_forest(self, trees: Forest, setting: Setting) -> Behaviors:
        """See `OfForests`: a forest of programs has them in postfix."""
        all_fit(trees, 1)
        codes = np.array([CODES[symbol] for symbol, _ in trees.symbols], np.int8)
        if len(trees.items) and not (trees.items >= SYMBOL_ITEM).all():
            raise ValueError("a program is made of its alphabet alone")
        items = codes[trees.items - SYMBOL_ITEM] if len(trees.items) else np.zeros(0, np.int8)
        return Behaviors(setting.t, *_behaviors(*run(items, trees.starts.astype(np.int64))))


def _behaviors(found: Outputs, large: NDArray[np.bool_]) -> Found:
    """(n, ROWS, WIDTH) -> (n, 1, ROWS, WIDTH), and the status (n, 1)."""
    return found.astype(np.float64)[:, None], np.where(large, Status.UNRESOLVED, Status.OK).astype(np.int8)[:, None]
