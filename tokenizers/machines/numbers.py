"""What a codec has read so far, as a trie that the compiled machines walk: most numbers of a neighborhood recur in the next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .kernels import HASH_FACTOR

_EMPTY = -1


_SIZE = 64


@dataclass(slots=True, eq=False)
class Readings:
    """Outcomes of `codec.read` by the tokens that decided them: those up to the number's end, or up to the position at which it
    was certain that there is none (the end of the sequence being one more token). That is what `NumberCodec` promises; where two
    readings contradict it, `trusted` becomes false and nothing here is used.

    keys, nexts: an open hash table from node * (V + 1) + token to the next node, or to -1 - outcome. value, reason: of outcomes;
    a reason of -1 is a number.
    """

    vocabulary_size: int
    trusted: bool = True
    nodes: int = 1
    keys: NDArray[np.int64] = field(default_factory=lambda: np.full(_SIZE, _EMPTY, np.int64))
    nexts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_SIZE, np.int64))
    value: NDArray[np.float64] = field(default_factory=lambda: np.zeros(_SIZE))
    reason: NDArray[np.int32] = field(default_factory=lambda: np.zeros(_SIZE, np.int32))
    outcomes: int = 0
    _entries: int = 0

    def add(self, path: list[int], value: float, reason: int) -> None:
        """What reading gave. `path`: the tokens that decided it, V for the end. `reason`: the number of an invalid one's
        message."""
        node = 0
        for token in path[:-1]:
            key = node * (self.vocabulary_size + 1) + token
            at = self._find(key)
            if self.keys[at] == _EMPTY:
                self._put(at, key, self.nodes)
                self.nodes += 1
                node = self.nodes - 1
            elif self.nexts[at] < 0:
                self.trusted = False
                return
            else:
                node = int(self.nexts[at])
        key = node * (self.vocabulary_size + 1) + path[-1]
        at = self._find(key)
        if self.keys[at] == _EMPTY:
            self._put(at, key, -1 - self._outcome(value, reason))
        elif (
            self.nexts[at] >= 0
            or self.value[-1 - self.nexts[at]] != value
            or (self.reason[-1 - self.nexts[at]] < 0) != (reason < 0)
        ):
            self.trusted = False

    def _outcome(self, value: float, reason: int) -> int:
        if self.outcomes == len(self.value):
            self.value, self.reason = np.resize(self.value, 2 * self.outcomes), np.resize(self.reason, 2 * self.outcomes)
        self.value[self.outcomes], self.reason[self.outcomes] = value, reason
        self.outcomes += 1
        return self.outcomes - 1

    def _find(self, key: int) -> int:
        """Where a key is, or belongs."""
        size = len(self.keys)
        at = ((key * HASH_FACTOR) >> 15) & (size - 1)
        while self.keys[at] not in (key, _EMPTY):
            at = (at + 1) & (size - 1)
        return at

    def _put(self, at: int, key: int, following: int) -> None:
        self.keys[at], self.nexts[at] = key, following
        self._entries += 1
        if 2 * self._entries > len(self.keys):
            keys, nexts = self.keys, self.nexts
            self.keys, self.nexts = np.full(2 * len(keys), _EMPTY, np.int64), np.zeros(2 * len(keys), np.int64)
            for old in np.flatnonzero(keys != _EMPTY):
                slot = self._find(int(keys[old]))
                self.keys[slot], self.nexts[slot] = keys[old], nexts[old]
