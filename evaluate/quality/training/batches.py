"""Batches: token ids of the systems, rows in a random order that can be written down, and padding.

Every representation sees the same rows in the same steps: batches are bucketed by tree size, which no representation changes.
What may differ between representations is how a batch is cut into groups of similar length, whose gradients are summed; that
changes rounding alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....grammars.errors import EncodeError
from ....grammars.tree import Node
from ....representations.representation import Representation
from ..model.model import BOS, EOS, PAD, SPECIAL

Rows = NDArray[np.int64]
WIDTH = 8
"""Batches are as wide as a multiple of this: each new shape costs the processor's library a kernel, in time and memory (0.6 GB
without)."""
_BUCKET = 16
"""Batches that are sorted by size together: enough for little padding, few enough to keep batches random."""


def encode(
    representation: Representation, targets: Sequence[Node], max_tokens: int, readable: Sequence[bool]
) -> tuple[list[list[int] | None], int]:
    """Content ids of each tree to be written, None where there are more than `max_tokens` or none at all (a vocabulary that
    cannot write the tree), or what it is of cannot be seen; and how many those are."""
    encoded: list[list[int] | None] = []
    for tree, seen in zip(targets, readable, strict=True):
        try:
            ids = representation.encode(tree) if seen else []
        except EncodeError:
            ids = []
        encoded.append(ids if 0 < len(ids) <= max_tokens else None)
    return encoded, sum(ids is None for ids in encoded)


def padded(sequences: Sequence[Sequence[int]], multiple: int = 1) -> Tensor:
    """[[5, 6], [7]] -> BOS 8 9 EOS, BOS 10 EOS PAD: (B, L + 2), where L + 1 is rounded up to a multiple."""
    width = -(-(max(map(len, sequences)) + 1) // multiple) * multiple + 1
    table = np.full((len(sequences), width), PAD, np.int64)
    table[:, 0] = BOS
    for row, ids in zip(table, sequences, strict=True):
        row[1 : len(ids) + 1] = ids
        row[1 : len(ids) + 1] += SPECIAL
        row[len(ids) + 1] = EOS
    return torch.from_numpy(table)


def groups(lengths: Sequence[int], size: int) -> list[Rows]:
    """Positions of a batch, shortest sequences first, in groups of about `size`: each is padded to its own longest."""
    order = np.argsort(np.asarray(lengths), kind="stable")
    return [g for g in np.array_split(order, max(1, round(len(order) / size))) if len(g)]


def bucketed(sizes: Rows, batch_size: int, rng: np.random.Generator) -> Iterator[Rows]:
    """One epoch of batches of similar sizes in random order; rows that do not fill a batch wait for another epoch."""
    batch_size = min(batch_size, len(sizes))
    order = rng.permutation(len(sizes))
    for start in range(0, len(order), batch_size * _BUCKET):
        bucket = order[start : start + batch_size * _BUCKET]
        bucket = bucket[np.argsort(sizes[bucket], kind="stable")]
        whole = len(bucket) // batch_size
        for i in rng.permutation(whole):
            yield bucket[i * batch_size : (i + 1) * batch_size]


class Stream:
    """Batches of rows, epoch after epoch, from a place that can be written down and gone back to."""

    def __init__(self, sizes: Rows, batch_size: int, rng: np.random.Generator) -> None:
        self._sizes, self._batch_size = sizes, batch_size
        self._rng = rng
        self._begin()

    def _begin(self) -> None:
        self._start: dict[str, Any] = dict(self._rng.bit_generator.state)
        self._taken = 0
        self._epoch = bucketed(self._sizes, self._batch_size, self._rng)

    def take(self) -> Rows:
        """Rows of the next batch, (B,)."""
        for rows in self._epoch:
            self._taken += 1
            return rows
        self._begin()
        return self.take()

    def position(self) -> dict[str, Any]:
        """Where the stream stands, as JSON: the generator as its epoch began, and the batches taken since."""
        return {"generator": self._start, "taken": self._taken}

    def go_to(self, position: dict[str, Any]) -> None:
        """Go to a `position` of a stream over the same sizes."""
        self._rng.bit_generator.state = position["generator"]
        self._begin()
        for _ in range(int(position["taken"])):
            self.take()
