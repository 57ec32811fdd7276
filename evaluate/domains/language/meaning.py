"""φ of the domain: a sentence's embedding, as a behavior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node
from ....tokenizers.machines.forest import SYMBOL_ITEM, Forest
from ...semantics.alone import Alone, Found, rows
from ...semantics.base import Behaviors, Setting, Status
from .embedding import SIZE, sentence_model
from .reading import CHARACTERS, LONGEST, SPACE, STRANGE, text_of

ROWS, COLUMNS = 32, 12
"""Of a behavior, which has the 384 numbers of an embedding in order."""
_BOX = 1e3


@dataclass(frozen=True, slots=True)
class SentenceMeaning(Alone):
    """A `Semantics`: a behavior is (1, 32, 12), the numbers of an embedding of length 1, row by row. What is no sentence in any
    language has an embedding like any other. UNRESOLVED, and 0 throughout, where a sentence has more than `LONGEST` characters;
    UNDEFINED, and NaN, where it has none. Raises NotInstalledError where the extra is not installed."""

    noun: ClassVar[str] = "a sentence"

    @property
    def place(self) -> Setting:
        return rows(ROWS, COLUMNS, box=_BOX)

    def behaviors(self, trees: Sequence[Node]) -> Found:
        """Raises ValueError for a tree that is no sequence of the alphabet."""
        return _behaviors([text_of(tree) for tree in trees])

    def simulate_forest(self, trees: Forest, setting: Setting) -> Behaviors:
        """See `OfForests`: a forest of sequences has their symbols in order."""
        said = [symbol for symbol, _ in trees.symbols]
        if len(trees.items) and not ((trees.items >= SYMBOL_ITEM).all() and {*said} <= {*CHARACTERS}):
            raise ValueError(STRANGE)
        letters = np.array([ord(" " if symbol == SPACE else symbol) for symbol in said], np.uint8)
        text = letters[trees.items - SYMBOL_ITEM].tobytes().decode("ascii")
        return Behaviors(setting.t, *_behaviors([text[i:j] for i, j in pairwise(trees.starts.tolist())]))


def _behaviors(texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Behaviors (n, 1, 32, 12) and status (n, 1)."""
    lengths = np.array([len(text) for text in texts], np.int64)
    status = np.where(lengths > LONGEST, Status.UNRESOLVED, np.where(lengths, Status.OK, Status.UNDEFINED)).astype(np.int8)
    y = np.zeros((len(texts), SIZE))
    y[status == Status.UNDEFINED] = np.nan
    there = np.flatnonzero(status == Status.OK)
    if len(there):
        y[there] = sentence_model().embed([texts[i] for i in there.tolist()])
    return y.reshape(-1, 1, ROWS, COLUMNS), status[:, None]
