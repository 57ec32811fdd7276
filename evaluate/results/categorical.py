"""Categorical columns: words, one small number each, so that what millions of edits have in common is written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Categorical(Sequence[str]):
    """n words: codes (n,) index `names`, which may hold words that do not occur."""

    codes: NDArray[np.int16]
    names: tuple[str, ...]

    @staticmethod
    def of(words: Sequence[str], names: Sequence[str] = ()) -> Categorical:
        """A column of these words; `names` come first among its names."""
        index = {name: i for i, name in enumerate(names)}
        codes = np.array([index.setdefault(word, len(index)) for word in words], dtype=np.int16)
        return Categorical(codes, tuple(index))

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return Categorical(self.codes[at], self.names)
        return self.names[int(self.codes[at])]

    def mask(self, word: str) -> NDArray[np.bool_]:
        """Where the word stands: (n,)."""
        where: NDArray[np.bool_] = self.codes == (self.names.index(word) if word in self.names else -1)
        return where

    def count(self, word: str) -> int:
        return int(self.mask(word).sum())

    def words(self) -> list[str]:
        """The names that occur, sorted."""
        return sorted(self.names[i] for i in np.unique(self.codes))

    def take(self, which: NDArray[np.int64]) -> Categorical:
        return Categorical(self.codes[which], self.names)
