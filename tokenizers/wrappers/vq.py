"""Vector quantization: tokens for whole frames of numbers, out of a codebook that is fitted to a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import Node, system
from ..alphabet import whole_numbers
from ..base import Invalid, Token, TokenClass, Tokenizer, Vocabulary
from ..machines.machine import Machine
from .dct import directly_over
from .merged import decode_merged, merged_machine, merged_tokens

MAX_SIZE, MAX_FRAME = 4096, 16
_FRAMES, _ROUNDS, _AT_ONCE = 20_000, 20, 1 << 21
"""Frames that a codebook is fitted to, and rounds of it, at most; distances at once."""
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Vq:
    """`symbols | vq:256,4`: frames of 4 numbers, each written as the nearest of 256 codewords, which are such frames themselves;
    what is left at the end is written number by number, with the base's tokens.

    k-means by Lloyd's iteration (Lloyd 1982, IEEE Trans. Inf. Theory 28:129; Linde, Buzo & Gray 1980) with squared distances,
    then each codeword rounded to the alphabet's numbers, so that what is decoded is a run of the base's tokens, and is written
    back alike. The same corpus gives the same codebook; where it has fewer different frames, these are it. Of equally near
    codewords the first is taken; any codes, and numbers between them, decode.

    `codewords`: runs of base ids. Make one with `train`. Raises `SpecError` over anything but `symbols` of whole numbers that
    rise.
    """

    base: Tokenizer
    size: int
    frame: int
    codewords: tuple[tuple[int, ...], ...]
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    parts: tuple[tuple[int, ...], ...] = field(init=False, compare=False, repr=False)
    _numbers: Ints = field(init=False, compare=False, repr=False)
    _codebook: Ints = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        numbers = np.array(whole_numbers(directly_over(self.base, "vq").operators), np.int64)
        below, n = self.base.vocabulary, len(self.codewords)
        tokens = (*below.tokens, *(f"V{i}" for i in range(n)))
        object.__setattr__(self, "vocabulary", Vocabulary(tokens, (*below.classes, *[TokenClass.OPERATOR] * n)))
        object.__setattr__(self, "parts", (*((i,) for i in range(len(below))), *self.codewords))
        object.__setattr__(self, "_numbers", numbers)
        object.__setattr__(self, "_codebook", numbers[np.array(self.codewords, np.int64).reshape(n, self.frame)])

    @classmethod
    def train(cls, base: Tokenizer, corpus: Sequence[Node], size: int = 256, frame: int = 4) -> Vq:
        """Fit the codebook to the whole frames of a corpus' trees, or to 20,000 of them drawn at random. Raises `SpecError`, and
        what `base.encode` raises."""
        numbers = np.array(whole_numbers(directly_over(base, "vq").operators), np.int64)
        texts = [base.encode(tree) for tree in corpus]
        frames = [text[i : i + frame] for text in texts for i in range(0, len(text) - frame + 1, frame)]
        values = numbers[np.array(frames, np.int64).reshape(-1, frame)]
        centers = _centers(values, size)
        near = np.abs(centers[..., None] - numbers).argmin(axis=-1) if len(centers) else np.zeros((0, frame), np.int64)
        return cls(base, size, frame, tuple(tuple(map(int, codeword)) for codeword in np.unique(near, axis=0)))

    def tokenize(self, tree: Node) -> list[Token]:
        return merged_tokens(self.vocabulary, self.encode(tree), self.parts, self.base.tokenize(tree))

    def encode(self, tree: Node) -> list[int]:
        ids = self.base.encode(tree)
        whole = len(ids) - len(ids) % self.frame if len(self.codewords) else 0
        nearest = _nearest(self._numbers[ids[:whole]].reshape(-1, self.frame), self._codebook)
        return [len(self.base.vocabulary) + i for i in nearest.tolist()] + ids[whole:]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return decode_merged(self.base, self.parts, ids)

    def rounded(self, tree: Node) -> Node:
        """See `base.Lossy`: frame by frame the codeword that is nearest, the first of several."""
        leaves = list(tree.children)
        for start in range(0, len(leaves) - self.frame + 1 if len(self.codewords) else 0, self.frame):
            given = [int(leaf.symbol) for leaf in leaves[start : start + self.frame]]
            apart = [sum((a - b) ** 2 for a, b in zip(given, word, strict=True)) for word in self._codebook.tolist()]
            nearest = self.codewords[apart.index(min(apart))]
            leaves[start : start + self.frame] = [Node(self.base.vocabulary.tokens[i]) for i in nearest]
        return system(*leaves)

    def machine(self) -> Machine | None:
        """See `machines.machine.Bulk`: the base's."""
        return merged_machine(self.base, self.parts)


def _nearest(frames: Ints, codebook: Ints) -> Ints:
    """(n,): the first codeword at the least squared distance, in whole numbers, so that no rounding decides."""
    if not len(frames):
        return np.zeros(0, np.int64)
    step = max(1, _AT_ONCE // codebook.size)
    found = [((f[:, None] - codebook) ** 2).sum(axis=-1).argmin(axis=1) for f in np.split(frames, range(step, len(frames), step))]
    return np.concatenate(found)


def _centers(frames: Ints, size: int) -> NDArray[np.float64]:
    """Up to `size` centers of frames (n, FRAME)."""
    rng = np.random.default_rng(0)
    if len(frames) > _FRAMES:
        frames = frames[np.sort(rng.choice(len(frames), _FRAMES, replace=False))]
    different = np.unique(frames, axis=0)
    if len(different) <= size:
        return different.astype(np.float64)
    x = frames.astype(np.float64)
    centers = different[np.sort(rng.choice(len(different), size, replace=False))].astype(np.float64)
    for _ in range(_ROUNDS):
        apart = (x**2).sum(axis=1)[:, None] - 2.0 * x @ centers.T + (centers**2).sum(axis=1)
        which, least = apart.argmin(axis=1), apart.min(axis=1)
        counts = np.bincount(which, minlength=size)
        sums = np.stack([np.bincount(which, column, minlength=size) for column in x.T], axis=1)
        centers = sums / np.maximum(counts, 1)[:, None]
        empty = np.flatnonzero(counts == 0)
        centers[empty] = x[np.argsort(-least, kind="stable")[: len(empty)]]  # what is worst said gets a codeword of its own
    return np.asarray(centers)
