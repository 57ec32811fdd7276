"""Subword merges over any tokenizer: BPE and Unigram, trained on the corpus by Hugging Face's `tokenizers`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grammars.errors import SpecError
from ...grammars.tree import Node
from ..base import Invalid, Textual, Token, Tokenizer, Vocabulary
from ..machines.machine import Machine
from .merged import LONGEST, check_base, decode_merged, merged_machine, merged_tokens, merged_vocabulary

if TYPE_CHECKING:
    from .hugging_face import Tokenizer as Engine

KINDS = ("bpe", "unigram")
_FIRST = 0xF0000  # start of a private-use plane: room for 65,534 base tokens
_MAX_BASE = 0xFFFD


@dataclass(frozen=True, slots=True)
class Subword:
    """`bpe:512`, `unigram:512`: frequent runs of base tokens become tokens of their own.

    Sources: Sennrich et al. 2016 (Neural machine translation of rare words with subword units), Kudo 2018 (Subword
    regularization; the most probable segmentation, no sampling). Deviations: the alphabet is the base tokenizer's
    tokens, not characters or bytes, all of them kept, so nothing is unknown; there is no pre-tokenizer, so merges may
    cross anything, equations included, up to 16 base tokens. Over `infix | chars` this is the usual BPE.

    A merged token's text is its parts' texts, joined by `·` unless all base tokens are single characters. Its class is
    that of its parts, or MIXED; its node the smallest that holds what it writes. Decoding expands the tokens, so any
    other segmentation of the same base tokens is a synonym. `size` was asked for; the vocabulary is smaller where the
    corpus has too few runs to merge. Train with `train`; `to_json` and `from_json` save and load.
    """

    base: Tokenizer
    kind: str
    size: int
    model: str
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    parts: tuple[tuple[int, ...], ...] = field(init=False, compare=False, repr=False)
    _engine: Engine = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        from .hugging_face import Tokenizer as Engine

        engine = Engine.from_str(self.model)
        pieces = sorted(engine.get_vocab().items(), key=lambda item: item[1])
        parts = tuple(tuple(ord(c) - _FIRST for c in text) for text, _ in pieces)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "vocabulary", merged_vocabulary(self.base.vocabulary, parts))
        object.__setattr__(self, "_engine", engine)

    @classmethod
    def train(cls, base: Tokenizer, corpus: Sequence[Node], kind: str = "bpe", size: int = 512) -> Subword:
        """Learn merges from the corpus' trees. The same corpus gives the same vocabulary.

        Raises `SpecError` where the kind is unknown or the base alone has `size` tokens or more, and what
        `base.encode` raises.
        """
        if kind not in KINDS:
            raise SpecError(f"unknown subword model {kind!r}; there are {', '.join(KINDS)}")
        alphabet = len(base.vocabulary)
        if alphabet >= size:
            raise SpecError(f"{kind}:{size} leaves no room for merges: the base has {alphabet} tokens already; use a larger size")
        if alphabet > _MAX_BASE:
            raise SpecError(f"{kind} works over at most {_MAX_BASE:,} base tokens, not {alphabet:,}")
        texts = [_text(base.encode(tree)) for tree in corpus]
        return cls(base, kind, size, _trained(kind, size, [chr(_FIRST + i) for i in range(alphabet)], texts))

    def tokenize(self, tree: Node) -> list[Token]:
        pieces = self.base.tokenize(tree)
        ids = self.base.vocabulary.ids
        merged = self.merge([ids[p.text] for p in pieces])
        return merged_tokens(self.vocabulary, merged, self.parts, pieces)

    def encode(self, tree: Node) -> list[int]:
        return self.merge(self.base.encode(tree))

    def encode_many(self, trees: Sequence[Node]) -> list[list[int]]:
        """`encode` of each tree, faster: see `merge_many`."""
        return self.merge_many([self.base.encode(tree) for tree in trees])

    def merge(self, ids: Sequence[int]) -> list[int]:
        """Base token ids to the ids of merged tokens."""
        merged: list[int] = self._engine.encode(_text(ids)).ids
        return merged

    def merge_many(self, sequences: Sequence[Sequence[int]]) -> list[list[int]]:
        """`merge` of each sequence, in one call of Hugging Face's parallel `encode_batch_fast`."""
        return [encoding.ids for encoding in self._engine.encode_batch_fast(_texts(sequences))]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return decode_merged(self.base, self.parts, ids)

    def other_ways(self, tree: Node) -> dict[str, str] | None:
        """See `base.Textual`: the base's, where it has some."""
        return self.base.other_ways(tree) if isinstance(self.base, Textual) else None

    def encode_text(self, text: str) -> list[int] | Invalid:
        """See `base.Textual`."""
        ids = self.base.encode_text(text) if isinstance(self.base, Textual) else Invalid("the tokens are of no text", 0)
        return ids if isinstance(ids, Invalid) else self.merge(ids)

    def machine(self) -> Machine | None:
        """See `machines.machine.Bulk`: the base's, where it has one."""
        return merged_machine(self.base, self.parts)

    def to_json(self) -> str:
        """Everything but the base tokenizer; `model` in it is Hugging Face's own JSON."""
        base = list(self.base.vocabulary.tokens)
        return json.dumps({"kind": self.kind, "size": self.size, "base": base, "model": json.loads(self.model)})

    @classmethod
    def from_json(cls, base: Tokenizer, text: str) -> Subword:
        """What `to_json` wrote. Raises `SpecError` where the base tokens are not those it was trained over."""
        saved = json.loads(text)
        check_base(base, saved["base"], f"the merges of this {saved['kind']} model were")
        return cls(base, saved["kind"], saved["size"], json.dumps(saved["model"]))


def _text(ids: Sequence[int]) -> str:
    return "".join([chr(_FIRST + i) for i in ids])


def _texts(sequences: Sequence[Sequence[int]]) -> list[str]:
    """`_text` of each, made as one long string and then cut: several times faster than character by character."""
    ids = np.fromiter(chain.from_iterable(sequences), dtype="<u4")
    text = (ids + np.uint32(_FIRST)).tobytes().decode("utf-32-le")
    ends = list(accumulate(map(len, sequences), initial=0))
    return [text[start:end] for start, end in pairwise(ends)]


def _trained(kind: str, size: int, alphabet: list[str], texts: list[str]) -> str:
    """Hugging Face's JSON of a model in which every character of the alphabet is a piece."""
    from .hugging_face import Tokenizer as Engine
    from .hugging_face import models, trainers

    options: dict[str, Any] = {"vocab_size": size, "initial_alphabet": alphabet, "special_tokens": [], "show_progress": False}
    if kind == "bpe":
        engine = Engine(models.BPE())
        trainer: Any = trainers.BpeTrainer(min_frequency=2, max_token_length=LONGEST, **options)
    else:
        engine = Engine(models.Unigram())
        trainer = trainers.UnigramTrainer(max_piece_length=LONGEST, **options)
    with _one_thread():  # sums of floats in another order could give another vocabulary
        if texts:
            engine.train_from_iterator(texts, trainer)
    return _complete(json.loads(engine.to_str()), kind, alphabet)


def _complete(saved: dict[str, Any], kind: str, alphabet: list[str]) -> str:
    """The model with every character of the alphabet, whether or not the corpus has it, and nothing left to chance."""
    model = saved["model"]
    if kind == "bpe":
        vocabulary = model["vocab"]
        merged = sorted((text for text in vocabulary if len(text) > 1), key=vocabulary.__getitem__)
        # Base tokens keep their ids and come first; merges follow in the order in which they were learned.
        model["vocab"] = {text: i for i, text in enumerate([*alphabet, *merged])}
    else:
        model["unk_id"] = None
        model["vocab"] = _settled(dict(model["vocab"]), alphabet)
    return json.dumps(saved)


def _settled(pieces: dict[str, float], alphabet: list[str]) -> list[tuple[str, float]]:
    """Unigram pieces in a fixed order with reproducible scores.

    The trainer goes through hash tables with a random seed. That moves sums by about 1e-11, and gives characters that
    it would have dropped scores of 0.0001, 0.0002, … above the lowest in random order: those all get the lowest.
    """
    known = {text: score for text, score in pieces.items() if text and set(text) <= set(alphabet)}
    lowest = round(min(known.values(), default=0.0), 4)
    rare = lowest + 1e-4 * (len(alphabet) + 1)
    singles = [(c, score if (score := round(known.get(c, lowest), 4)) > rare else lowest) for c in alphabet]
    merged = sorted((len(text), text) for text in known if len(text) > 1)
    return [*singles, *((text, round(known[text], 4)) for _, text in merged)]


@contextmanager
def _one_thread() -> Iterator[None]:
    name = "TOKENIZERS_PARALLELISM"
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
