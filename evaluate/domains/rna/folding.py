"""φ of RNA: the secondary structure of minimum free energy, as ViennaRNA finds it.

R. Lorenz et al., "ViennaRNA Package 2.0", Algorithms for Molecular Biology 6, 26 (2011), with its own parameters (Turner 2004,
37 °C). The package is no part of this one, whose licence it does not have: the extra `rna` installs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from types import ModuleType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import NotInstalledError
from ....grammars.tree import SYSTEM, Node
from ....tokenizers.machines.forest import SYMBOL_ITEM, Forest
from ...semantics.alone import Alone, Found, rows
from ...semantics.base import Behaviors, Setting, Status

BASES = "ACGU"
LONGEST = 60
"""Bases of a sequence, at most."""
UNPAIRED, OPENING, CLOSING = 1, 2, 3
SIGNS = ".()"
"""Of these, in dot-bracket notation."""
SYMBOLS = CLOSING + 1
"""Of a behavior: these, and 0 behind the end."""
ROWS = LONGEST + 1
"""Of a behavior: the structure, and its energy."""
_BOX = 1e3
_KEPT = 1 << 16


@cache
def vienna() -> ModuleType:
    """The module RNA. Raises NotInstalledError where the extra is not installed."""
    try:
        import RNA
    except ImportError:
        message = 'folding RNA needs the extra "rna" (ViennaRNA, under a licence of its own): pip install "kappabar[rna]"'
        raise NotInstalledError(message) from None
    module: ModuleType = RNA
    return module


@lru_cache(_KEPT)
def folded(sequence: str) -> tuple[bytes, float]:
    """Of a sequence of one base or more, its structure as symbols, and its energy in kcal/mol."""
    structure, energy = vienna().fold(sequence)
    return structure.translate(_SYMBOL_OF).encode("latin1"), round(float(energy), 2)


_SYMBOL_OF = {ord(sign): symbol for symbol, sign in enumerate(SIGNS, UNPAIRED)}


@dataclass(frozen=True, slots=True)
class MinimumFreeEnergy(Alone):
    """A `Semantics`: a behavior is (1, T, 1), T = `ROWS`: each base unpaired, or the first or the second one of a pair,
    `UNPAIRED`, `OPENING`, `CLOSING`, 0 behind the end; and in the last row the energy. A chain without a pair is a structure like
    any other, of energy 0. UNRESOLVED, and 0 throughout, where a sequence has more than `LONGEST` bases; UNDEFINED, and NaN,
    where it has none. Raises NotInstalledError where ViennaRNA is not installed."""

    noun: ClassVar[str] = "RNA"

    @property
    def place(self) -> Setting:
        return rows(ROWS, box=_BOX)

    def behaviors(self, trees: Sequence[Node]) -> Found:
        """Raises ValueError for a tree that is no sequence of bases."""
        return _behaviors([text_of(tree) for tree in trees])

    def simulate_forest(self, trees: Forest, setting: Setting) -> Behaviors:
        """See `OfForests`: a forest of sequences has their symbols in order."""
        said = [symbol for symbol, _ in trees.symbols]
        if len(trees.items) and not ((trees.items >= SYMBOL_ITEM).all() and {*said} <= {*BASES}):
            raise ValueError(_STRANGE)
        letters = np.array([ord(symbol) for symbol in said], np.uint8)
        text = letters[trees.items - SYMBOL_ITEM].tobytes().decode("ascii")
        ends = trees.starts.tolist()
        return Behaviors(setting.t, *_behaviors([text[i:j] for i, j in pairwise(ends)]))


_STRANGE = f"RNA is made of {', '.join(BASES)} alone"


def text_of(tree: Node) -> str:
    """A system of bases as its text. Raises ValueError for any other tree."""
    symbols = [child.symbol for child in tree.children]
    if tree.symbol != SYSTEM or not {*symbols} <= {*BASES} or any(child.children for child in tree.children):
        raise ValueError(_STRANGE)
    return "".join(symbols)


def _behaviors(sequences: Sequence[str]) -> Found:
    """Behaviors (n, 1, T, 1) and status (n, 1)."""
    y = np.zeros((len(sequences), 1, ROWS, 1))
    status = np.full((len(sequences), 1), Status.OK, np.int8)
    for i, sequence in enumerate(sequences):
        if not sequence:
            y[i], status[i] = np.nan, Status.UNDEFINED
        elif len(sequence) > LONGEST:
            status[i] = Status.UNRESOLVED
        else:
            structure, energy = folded(sequence)
            y[i, 0, : len(sequence), 0] = np.frombuffer(structure, np.uint8)
            y[i, 0, LONGEST, 0] = energy
    return y, status


def said(behavior: NDArray[np.float64]) -> str:
    """A structure as behaviors have it, (T, 1), in dot-bracket notation with its energy, as RNAfold prints it."""
    structure = "".join(SIGNS[int(symbol) - UNPAIRED] for symbol in behavior[:LONGEST, 0] if symbol > 0)
    return f"{structure} ({behavior[LONGEST, 0]:.2f} kcal/mol)" if structure else ""
