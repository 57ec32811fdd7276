"""What a tokenizer must say of itself to be decoded in bulk: tables for one of the compiled machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..base import Invalid, NumberCodec, Tokenizer

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Machine:
    """The machine's tables, as its kernel (`pushdown.py`) reads them: `config` (int64); `table` (slots × tokens); `rules`,
    `slots` and `heads` (each × columns); `opens`; `values` of heads; `codes` of characters and `words`.

    `texts`: base tokens. `codec`: reads numbers, which begin with one of the tokens `numbers`; None where the kernel reads them
    itself. `widest`: items that one token writes, at most; `most`: items of any sequence, where that is limited instead.
    `symbols`: of an alphabet of one's own, each with its operands, numbered from `forest.SYMBOL_ITEM` on. `offsets` (V + 1,),
    `parts`: the base tokens that each token stands for; every token for itself where no subword stage is above.
    """

    config: NDArray[np.int64]
    table: Ints
    texts: tuple[str, ...]
    codec: NumberCodec | None
    numbers: range
    rules: Ints
    slots: Ints
    heads: Ints
    opens: Ints
    values: NDArray[np.float64]
    widest: int = 2
    most: int = 0
    codes: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    words: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    symbols: tuple[tuple[str, int], ...] = ()
    offsets: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    parts: Ints = field(default_factory=lambda: np.zeros(0, np.int32))

    def __post_init__(self) -> None:
        if not len(self.offsets):
            object.__setattr__(self, "offsets", np.arange(len(self.texts) + 1, dtype=np.int32))
            object.__setattr__(self, "parts", np.arange(len(self.texts), dtype=np.int32))

    def room(self, width: int) -> int:
        """Items that a sequence of so many base tokens writes, at most."""
        return self.most or self.widest * width

    def merged(self, parts: tuple[tuple[int, ...], ...]) -> Machine:
        """The same under tokens that stand for several of this machine's."""
        below = [np.concatenate([self.parts[self.offsets[p] : self.offsets[p + 1]] for p in piece]) for piece in parts]
        offsets = np.concatenate([[0], np.cumsum([len(piece) for piece in below])]).astype(np.int32)
        return replace(self, offsets=offsets, parts=np.concatenate(below).astype(np.int32))


@runtime_checkable
class Bulk(Protocol):
    """A tokenizer that can be decoded in bulk; `machine()` is None where a part of it cannot."""

    def machine(self) -> Machine | None: ...


@runtime_checkable
class Received(Protocol):
    """A tokenizer that sends another one's sequences in a code of its own, and decodes what it takes to have been sent."""

    @property
    def base(self) -> Tokenizer: ...

    def received(self, ids: Sequence[int]) -> list[int] | Invalid:
        """The base's ids that these are taken for."""
        ...
