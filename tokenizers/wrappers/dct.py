"""Transform coding: blocks of numbers as coefficients of cosines, each rounded to whole steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import SpecError
from ...grammars.tree import Node, system
from ..alphabet import whole_numbers
from ..base import Invalid, Token, TokenClass, Tokenizer, Vocabulary
from ..notations.derivation import unknown_id
from ..notations.symbols import Symbols, no_numbers
from .merged import common_path

MAX_BLOCK, MAX_LEVELS = 64, 1000
END = "/"
"""The token behind the last coefficient of a block that is not 0."""


@dataclass(frozen=True, slots=True)
class Dct:
    """`symbols | dct:16,63`: for each block of 16 numbers its coefficients, lowest frequency first, in tokens `-63` … `63`; `/`
    where all others of the block are 0; and `=5` at the end where the last block is heard for 5 numbers only.

    The orthonormal DCT-II (Ahmed, Natarajan & Rao 1974, IEEE Trans. Computers C-23:90), without overlap. One uniform quantizer
    for all coefficients: its step is √BLOCK times the alphabet's largest |number| over LEVELS, so that none is beyond. A last
    block is filled up with 0. Lossy: what is decoded is the alphabet's numbers that are nearest to the sum of cosines. A block
    may also be written with zeros before its `/`. Decoded in NumPy, as it has no compiled machine.

    Raises `SpecError` over anything but `symbols` of whole numbers that rise, and where BLOCK does not divide the most numbers
    that a sequence has.
    """

    base: Tokenizer
    block: int
    levels: int
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _numbers: NDArray[np.float64] = field(init=False, compare=False, repr=False)
    _cosines: NDArray[np.float64] = field(init=False, compare=False, repr=False)
    _step: float = field(init=False, compare=False, repr=False)
    _leaves: tuple[Node, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        spec, alphabet = f"dct:{self.block},{self.levels}", directly_over(self.base, "dct").operators
        if alphabet.sequence % self.block:
            raise SpecError(
                f"{spec}: sequences have up to {alphabet.sequence} numbers, which are no whole blocks of {self.block}"
            )
        numbers = np.array(whole_numbers(alphabet), np.float64)
        coefficients = [str(q) for q in range(-self.levels, self.levels + 1)]
        rests = [f"={n}" for n in range(1, self.block)]
        kinds = [TokenClass.OPERATOR] * (len(coefficients) + 1) + [TokenClass.STRUCTURE] * len(rests)
        object.__setattr__(self, "vocabulary", Vocabulary((*coefficients, END, *rests), tuple(kinds)))
        object.__setattr__(self, "_numbers", numbers)
        object.__setattr__(self, "_cosines", cosines(self.block))
        object.__setattr__(self, "_step", float(np.sqrt(self.block) * np.abs(numbers).max() / self.levels))
        object.__setattr__(self, "_leaves", tuple(map(Node, alphabet.constants)))

    @property
    def end(self) -> int:
        """The id of `/`; coefficients stand before it, and the lengths of a last block behind."""
        return 2 * self.levels + 1

    @property
    def blocks(self) -> int:
        """How many there are at most."""
        return directly_over(self.base, "dct").operators.sequence // self.block

    def tokenize(self, tree: Node) -> list[Token]:
        tokens: list[Token] = []
        for i, ids in enumerate(self._written(self._quantized(tree))):
            places = range(i * self.block, min((i + 1) * self.block, len(tree.children)))
            path = common_path([(k,) for k in places])
            tokens += [Token(self.vocabulary.tokens[t], TokenClass.OPERATOR, path) for t in ids]
        if rest := len(tree.children) % self.block:
            tokens.append(Token(f"={rest}", TokenClass.STRUCTURE, ()))
        return tokens

    def encode(self, tree: Node) -> list[int]:
        ids = [t for block in self._written(self._quantized(tree)) for t in block]
        rest = len(tree.children) % self.block
        return [*ids, self.end + rest] if rest else ids

    def _quantized(self, tree: Node) -> NDArray[np.int64]:
        """(blocks, BLOCK) coefficients in steps."""
        numbers = self._numbers[self.base.encode(tree)]
        blocks = np.pad(numbers, (0, -len(numbers) % self.block)).reshape(-1, 1, self.block)
        found = np.rint((blocks * self._cosines).sum(axis=-1) / self._step)
        return np.asarray(np.clip(found, -self.levels, self.levels), np.int64)

    def _written(self, quantized: NDArray[np.int64]) -> list[list[int]]:
        """The ids of each block."""
        blocks = []
        for block in quantized:
            last = int(np.flatnonzero(block)[-1]) + 1 if block.any() else 0
            ids = [int(q) + self.levels for q in block[:last]]
            blocks.append(ids if last == self.block else [*ids, self.end])
        return blocks

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unknown_id(ids, len(self.vocabulary))) is not None:
            return fault
        whole: list[list[int]] = []
        open_block: list[int] = []
        rest = 0
        for position, token in enumerate(ids):
            if rest:
                return Invalid("nothing follows the length of the last block", position)
            if token > self.end:
                if open_block or not whole:
                    return Invalid("a length stands behind a whole block", position)
                rest = token - self.end
                continue
            if not open_block and len(whole) == self.blocks:
                return Invalid(f"more than {self.blocks} blocks", position)
            if token != self.end:
                open_block.append(token - self.levels)
            if token == self.end or len(open_block) == self.block:
                whole.append(open_block + [0] * (self.block - len(open_block)))
                open_block = []
        if open_block or not whole:
            return Invalid("the sequence ends within a block", len(ids))
        return self._read(np.array(whole, np.int64), len(whole) * self.block - (self.block - rest if rest else 0))

    def _read(self, quantized: NDArray[np.int64], length: int) -> Node:
        """The first `length` numbers of blocks of coefficients in steps, each the nearest of the alphabet, the lower of two."""
        values = (quantized[:, :, None] * self._cosines).sum(axis=1).reshape(-1)[:length] * self._step
        between = (self._numbers[1:] + self._numbers[:-1]) / 2
        return system(*(self._leaves[i] for i in np.searchsorted(between, values).tolist()))

    def rounded(self, tree: Node) -> Node:
        """See `base.Lossy`."""
        return self._read(self._quantized(tree), len(tree.children))


def cosines(n: int) -> NDArray[np.float64]:
    """(n, n): the orthonormal DCT-II, a row for each frequency."""
    frequency, place = np.ogrid[:n, :n]
    rows = np.sqrt(2.0 / n) * np.cos(np.pi * frequency * (2 * place + 1) / (2 * n))
    rows[0] /= np.sqrt(2.0)
    return np.asarray(rows)


def directly_over(base: Tokenizer, name: str) -> Symbols:
    """The base of a code of numbers. Raises `SpecError` where it is not `symbols` of an alphabet of whole numbers that rise."""
    if not isinstance(base, Symbols):
        raise SpecError(f"{name} codes numbers as they are: put it directly behind the notation symbols")
    if lack := no_numbers(base.operators):
        raise SpecError(f"{name} {lack}")
    return base
