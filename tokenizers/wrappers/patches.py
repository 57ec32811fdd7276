"""Entropy patches over any tokenizer: tokens begin where a small causal model finds the next base token hard to guess."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...grammars.errors import SpecError
from ...grammars.tree import Node
from ..base import Invalid, Token, Tokenizer, Vocabulary
from ..machines.machine import Machine
from .entropy import Context, entropies, surprises
from .merged import LONGEST, check_base, decode_merged, merged_machine, merged_tokens, merged_vocabulary

MAX_PATCH = LONGEST // 2
"""The greatest target: nearer to the longest patch, the threshold would decide nothing."""
_REPEATED = 2  # a patch seen once says more about its system than about the language


@dataclass(frozen=True, slots=True)
class Patches:
    """`patches:512,2`: runs of base tokens, of 2 on average, that begin where the next token is uncertain.

    Source: Pagnoni et al. 2024 (Byte Latent Transformer: patches scale better than tokens), the global threshold: token
    i begins a patch where the entropy of the next-token distribution given tokens 0 … i-1 exceeds it. Deviations: an
    n-gram model of base tokens (`entropies`) stands for their transformer over bytes; there is no end-of-sequence
    token; a patch holds at most 16 base tokens; patches become tokens of a finite vocabulary: those most frequent in
    the corpus, up to `size` together with the base tokens, at least twice; others are written as base tokens, so that
    nothing is unknown. Boundaries depend on what stands to the left in the same sequence only.

    `patch`: the mean length that the threshold is set to on the corpus; `mean_patch`: the nearest that was found. New
    expressions are less expected, so their patches are shorter. Texts, classes, nodes and synonyms: as in `Subword`.
    `model`: JSON of threshold, entropies and patches. Train with `train`; `to_json` and `from_json` save and load.
    """

    base: Tokenizer
    size: int
    patch: int
    model: str
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    parts: tuple[Context, ...] = field(init=False, compare=False, repr=False)
    threshold: float = field(init=False, compare=False, repr=False)
    mean_patch: float = field(init=False, compare=False, repr=False)
    _entropies: dict[Context, float] = field(init=False, compare=False, repr=False)
    _tokens: dict[Context, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        saved = json.loads(self.model)
        alphabet = [(i,) for i in range(len(self.base.vocabulary))]
        parts = (*alphabet, *map(tuple, saved["patches"]))
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "vocabulary", merged_vocabulary(self.base.vocabulary, parts))
        object.__setattr__(self, "threshold", saved["threshold"])
        object.__setattr__(self, "mean_patch", saved["mean_patch"])
        object.__setattr__(self, "_entropies", {tuple(context): value for context, value in saved["entropies"]})
        object.__setattr__(self, "_tokens", {part: i for i, part in enumerate(parts)})

    @classmethod
    def train(cls, base: Tokenizer, corpus: Sequence[Node], size: int = 512, patch: int = 2) -> Patches:
        """Fit model, threshold and vocabulary to the corpus' trees. The same corpus gives the same vocabulary.

        Raises `SpecError` where the base alone has `size` tokens or more or no patch can be that long, and what
        `base.encode` raises.
        """
        alphabet = len(base.vocabulary)
        spec = f"patches:{size},{patch}"
        if alphabet >= size:
            raise SpecError(f"{spec} leaves no room for patches: the base has {alphabet} tokens already; use a larger size")
        if not 2 <= patch <= MAX_PATCH:
            raise SpecError(f"{spec} is out of range; the mean patch is from 2 to {MAX_PATCH} base tokens")
        texts = [base.encode(tree) for tree in corpus]
        table = entropies(texts, alphabet)
        surprising = [surprises(text, table) for text in texts]
        threshold = _threshold(surprising, patch)
        pieces = [p for text, values in zip(texts, surprising, strict=True) for p in _split(text, starts(values, threshold))]
        counts = Counter(p for p in pieces if len(p) > 1)
        frequent = sorted((p for p, n in counts.items() if n >= _REPEATED), key=lambda p: (-counts[p], p))
        model = {
            "threshold": threshold,
            "mean_patch": sum(map(len, pieces)) / max(len(pieces), 1),
            "patches": frequent[: size - alphabet],
            "entropies": sorted(table.items()),
        }
        return cls(base, size, patch, json.dumps(model))

    def tokenize(self, tree: Node) -> list[Token]:
        pieces = self.base.tokenize(tree)
        ids = self.base.vocabulary.ids
        return merged_tokens(self.vocabulary, self.merge([ids[p.text] for p in pieces]), self.parts, pieces)

    def encode(self, tree: Node) -> list[int]:
        return self.merge(self.base.encode(tree))

    def merge(self, ids: Sequence[int]) -> list[int]:
        """Base token ids to the ids of patches, and of base tokens where a patch is not in the vocabulary."""
        merged: list[int] = []
        for piece in _split(ids, self.boundaries(ids)):
            token = self._tokens.get(piece)
            merged.extend(piece if token is None else (token,))
        return merged

    def boundaries(self, ids: Sequence[int]) -> list[int]:
        """Where the patches of a sequence of base tokens begin; those of its first part are the first of these."""
        return starts(surprises(ids, self._entropies), self.threshold)

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return decode_merged(self.base, self.parts, ids)

    def machine(self) -> Machine | None:
        """See `machines.machine.Bulk`: the base's, where it has one."""
        return merged_machine(self.base, self.parts)

    def to_json(self) -> str:
        """Everything but the base tokenizer."""
        saved = {"kind": "patches", "size": self.size, "patch": self.patch, "base": list(self.base.vocabulary.tokens)}
        return json.dumps({**saved, "model": json.loads(self.model)})

    @classmethod
    def from_json(cls, base: Tokenizer, text: str) -> Patches:
        """What `to_json` wrote. Raises `SpecError` where the base tokens are not those it was trained over."""
        saved = json.loads(text)
        check_base(base, saved["base"], "these patches were")
        return cls(base, saved["size"], saved["patch"], json.dumps(saved["model"]))


def starts(values: Sequence[float], threshold: float) -> list[int]:
    """Where patches begin: at 0, where the entropy exceeds the threshold, and after `LONGEST` tokens without that."""
    first: list[int] = []
    for i, value in enumerate(values):
        if not first or value > threshold or i - first[-1] == LONGEST:
            first.append(i)
    return first


def _threshold(sequences: Sequence[Sequence[float]], patch: int) -> float:
    """The threshold with the mean patch nearest to `patch` tokens, by bisection between the entropies that occur.

    The mean never falls as the threshold rises: with a boundary less, two patches become one or, if that is too long,
    no more than they were.
    """
    levels = sorted({value for values in sequences for value in values[1:]})
    if not levels:
        return 0.0
    total = sum(map(len, sequences))
    cuts = [levels[0] - 1.0, *((a + b) / 2 for a, b in pairwise(levels)), levels[-1] + 1.0]

    def mean(cut: float) -> float:
        return total / sum(len(starts(values, cut)) for values in sequences)

    above = min(bisect_left(cuts, float(patch), key=mean), len(cuts) - 1)
    return min(cuts[max(above - 1, 0) : above + 1], key=lambda cut: abs(mean(cut) - patch))


def _split(ids: Sequence[int], begins: Sequence[int]) -> list[Context]:
    return [tuple(ids[a:b]) for a, b in pairwise([*begins, len(ids)])]
