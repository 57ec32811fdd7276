"""A tokenizer with fewer tokens: those that occur in some expressions, for models that need not learn the many others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import EncodeError
from ...grammars.tree import Node
from ..base import Invalid, Partial, Pieced, Token, Tokenizer, Vocabulary
from ..notations.derivation import unknown_id
from .pretrained import Pretrained


@dataclass(frozen=True, slots=True)
class Restricted:
    """The tokens `kept` (ids of the base, rising) of another tokenizer, renumbered in their order. It writes and reads as the
    base does; what takes another token it cannot write."""

    base: Tokenizer
    kept: tuple[int, ...]
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _own: dict[int, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        whole = self.base.vocabulary
        texts = tuple(whole.tokens[i] for i in self.kept)
        object.__setattr__(self, "vocabulary", Vocabulary(texts, tuple(whole.classes[i] for i in self.kept)))
        object.__setattr__(self, "_own", {i: n for n, i in enumerate(self.kept)})

    @classmethod
    def to_occurring(cls, base: Tokenizer, trees: Iterable[Node]) -> Restricted:
        """With the tokens that the base writes these trees with, and those of single characters, with which anything can be
        written; a tree that the base cannot write adds none."""
        runs = base.runs if isinstance(base, Pretrained) else None
        kept = {i for i, run in enumerate(runs or ()) if len(run) == 1}
        for tree in trees:
            try:
                kept.update(base.encode(tree))
            except EncodeError:
                continue
        return cls(base, tuple(sorted(kept)))

    @property
    def possible(self) -> NDArray[np.int64]:
        """See `Partial`: those of the base, as far as they are kept."""
        known = set(self.base.possible.tolist()) if isinstance(self.base, Partial) else set(self.kept)
        return np.array([n for n, i in enumerate(self.kept) if i in known], np.int64)

    def tokenize(self, tree: Node) -> list[Token]:
        self.encode(tree)
        return self.base.tokenize(tree)

    def encode(self, tree: Node) -> list[int]:
        ids = self.base.encode(tree)
        missing = next((i for i in ids if i not in self._own), None)
        if missing is not None:
            text = self.base.vocabulary.tokens[missing]
            raise EncodeError(f"the token {text!r} is none of the {len(self.kept):,} that are kept")
        return [self._own[i] for i in ids]

    @property
    def runs(self) -> tuple[tuple[int, ...], ...] | None:
        """See `Pretrained.runs`: of the tokens that are kept, where all are runs of the base's characters, and each of these is
        one."""
        if not isinstance(self.base, Pretrained) or self.base.runs is None:
            return None
        kept = tuple(self.base.runs[i] for i in self.kept)
        single = {run[0] for run in kept if len(run) == 1}
        return kept if all(kept) and len(single) == len(self.base.base.vocabulary) else None

    def pieces(self, tree: Node) -> list[tuple[Token, ...]]:
        """See `Pieced`."""
        return self.base.pieces(tree) if isinstance(self.base, Pieced) else [(token,) for token in self.base.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unknown_id(ids, len(self.vocabulary))) is not None:
            return fault
        return self.base.decode([self.kept[i] for i in ids])
