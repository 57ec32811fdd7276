"""Tokens that say the same: a vocabulary of one size in which more or fewer tokens are synonyms."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ....grammars.tree import Node
from ....tokenizers.base import Invalid, Token, Tokenizer, Vocabulary


@dataclass(frozen=True, slots=True)
class Synonyms:
    """A tokenizer with tokens more: additional token k says what token `says[k]` of the base says, whatever that is.

    Where they are `written`, each token of a sequence is one of those that say the same, all equally likely, by a digest of the
    sequence and the place: the same expression is always written in the same way. Else they are read, and never written.
    """

    base: Tokenizer
    says: tuple[int, ...]
    written: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _forms: tuple[tuple[int, ...], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        known, size = self.base.vocabulary, len(self.base.vocabulary)
        forms = [[i] for i in range(size)]
        for k, meaning in enumerate(self.says):
            forms[meaning].append(size + k)
        tokens = (*known.tokens, *(f"S{k}" for k in range(len(self.says))))
        classes = (*known.classes, *(known.classes[meaning] for meaning in self.says))
        object.__setattr__(self, "vocabulary", Vocabulary(tokens, classes))
        object.__setattr__(self, "_forms", tuple(map(tuple, forms)))

    def forms(self, token: int) -> tuple[int, ...]:
        """The tokens that say what a token of the base says, itself the first."""
        return self._forms[token]

    def choice_bits(self, tree: Node) -> float:
        """Entropy of the free choice among synonyms in what is written for a tree."""
        return sum(math.log2(len(self._forms[i])) for i in self.base.encode(tree)) if self.written else 0.0

    def tokenize(self, tree: Node) -> list[Token]:
        texts = self.vocabulary.tokens
        told = self.base.tokenize(tree)
        return [Token(texts[i], token.kind, token.path) for i, token in zip(self.encode(tree), told, strict=True)]

    def encode(self, tree: Node) -> list[int]:
        ids = self.base.encode(tree)
        if not self.written:
            return ids
        whole = hashlib.blake2b(repr(ids).encode(), digest_size=16)
        return [self._chosen(i, whole, place) for place, i in enumerate(ids)]

    def _chosen(self, token: int, whole: hashlib.blake2b, place: int) -> int:
        forms = self._forms[token]
        if len(forms) == 1:
            return token
        own = whole.copy()
        own.update(b"%d" % place)
        return forms[int.from_bytes(own.digest()[:8], "little") % len(forms)]

    def received(self, ids: Sequence[int]) -> list[int] | Invalid:
        """What the base would have written: see `machines.machine.Received`."""
        size = len(self.base.vocabulary)
        return [i if i < size else self.says[i - size] for i in ids]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        sent = self.received(ids)
        return sent if isinstance(sent, Invalid) else self.base.decode(sent)
