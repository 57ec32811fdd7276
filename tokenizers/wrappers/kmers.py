"""k-mers: tokens for all runs of k symbols, taken one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from ...grammars.errors import SpecError
from ...grammars.tree import Node
from ..base import Invalid, Token, Tokenizer, Vocabulary
from ..machines.machine import Machine
from .merged import decode_merged, merged_machine, merged_tokens, merged_vocabulary

MAX_K, MOST = 16, 60_000
"""Symbols in a run, and tokens in all, at most."""


@dataclass(frozen=True, slots=True)
class Kmers:
    """`kmers:3`: `AUGGCUAA` -> `AUG GCU A A`. All runs of `k` base tokens are tokens, whether an expression holds them or not,
    and what is left at the end is written one by one. Nothing is learned.

    Non-overlapping k-mers as in the Nucleotide Transformer (Dalla-Torre et al. 2025, Nature Methods 22:287); overlapping ones, as
    in DNABERT (Ji et al. 2021), say each symbol k times. Any other way to cut the same symbols decodes too: it is a synonym.
    Raises `SpecError` where there would be more than 60,000 tokens.
    """

    base: Tokenizer
    k: int
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    parts: tuple[tuple[int, ...], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        n = len(self.base.vocabulary)
        if n**self.k > MOST:
            raise SpecError(f"kmers:{self.k} over {n} tokens would be {n**self.k:,} runs; up to {MOST:,} are supported")
        parts = (*((i,) for i in range(n)), *product(range(n), repeat=self.k))
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "vocabulary", merged_vocabulary(self.base.vocabulary, parts))

    def tokenize(self, tree: Node) -> list[Token]:
        return merged_tokens(self.vocabulary, self.encode(tree), self.parts, self.base.tokenize(tree))

    def encode(self, tree: Node) -> list[int]:
        ids = self.base.encode(tree)
        whole = len(ids) - len(ids) % self.k
        return [self._run(ids[i : i + self.k]) for i in range(0, whole, self.k)] + ids[whole:]

    def _run(self, ids: Sequence[int]) -> int:
        """The token of a run: runs follow the base's tokens in the order of their digits."""
        n, number = len(self.base.vocabulary), 0
        for i in ids:
            number = number * n + i
        return n + number

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return decode_merged(self.base, self.parts, ids)

    def machine(self) -> Machine | None:
        """See `machines.machine.Bulk`: the base's, where it has one."""
        return merged_machine(self.base, self.parts)
