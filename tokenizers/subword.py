"""Subword merges over any tokenizer: BPE and Unigram, trained on the corpus by Hugging Face's `tokenizers`.

The only file that imports that library, and only when a function needs it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..grammars.errors import SpecError
from ..grammars.tree import Node, Path
from .base import Invalid, Token, TokenClass, Tokenizer, Vocabulary
from .bulk.machine import Bulk, Machine

if TYPE_CHECKING:
    import tokenizers

KINDS = ("bpe", "unigram")
_FIRST = 0xF0000  # start of a private-use plane: room for 65,534 base tokens
_MAX_BASE = 0xFFFD
_JOIN = "·"
_LONGEST = 16  # base tokens in a token: without words, nothing else keeps whole systems from becoming one token


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
    _engine: tokenizers.Tokenizer = field(init=False, compare=False, repr=False)
    _ids: list[int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        import tokenizers

        engine = tokenizers.Tokenizer.from_str(self.model)
        pieces = sorted(engine.get_vocab().items(), key=lambda item: item[1])
        # Base tokens keep their ids and come first; merges follow in the order in which they were learned.
        merged = [text for text, _ in pieces if len(text) > 1]
        alphabet = [chr(_FIRST + i) for i in range(len(self.base.vocabulary))]
        ids = {text: i for i, text in enumerate([*alphabet, *merged])}
        parts = tuple(tuple(ord(c) - _FIRST for c in text) for text in ids)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "vocabulary", _vocabulary(self.base.vocabulary, parts))
        object.__setattr__(self, "_engine", engine)
        object.__setattr__(self, "_ids", [ids[text] for text, _ in pieces])

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
        tokens, at = [], 0
        for i in self._merge([ids[p.text] for p in pieces]):
            end = at + len(self.parts[i])
            kinds, paths = zip(*((p.kind, p.path) for p in pieces[at:end]), strict=True)
            tokens.append(Token(self.vocabulary.tokens[i], _common(kinds), _join(paths)))
            at = end
        return tokens

    def encode(self, tree: Node) -> list[int]:
        return self._merge(self.base.encode(tree))

    def _merge(self, ids: Sequence[int]) -> list[int]:
        found: list[int] = self._engine.encode(_text(ids)).ids
        return [self._ids[i] for i in found]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if ids and (min(ids) < 0 or max(ids) >= len(self.parts)):
            position = next(i for i, token in enumerate(ids) if not 0 <= token < len(self.parts))
            return Invalid(f"token id {ids[position]} is outside the vocabulary of {len(self.parts)}", position)
        tree = self.base.decode([part for token in ids for part in self.parts[token]])
        if not isinstance(tree, Invalid):
            return tree
        end = 0
        for position, token in enumerate(ids):
            end += len(self.parts[token])
            if tree.position < end:
                return Invalid(tree.reason, position)
        return Invalid(tree.reason, len(ids))

    def machine(self) -> Machine | None:
        """See `bulk.machine.Bulk`: the base's, where it has one."""
        below = self.base.machine() if isinstance(self.base, Bulk) else None
        return None if below is None else below.merged(self.parts)

    def to_json(self) -> str:
        """Everything but the base tokenizer; `model` in it is Hugging Face's own JSON."""
        base = list(self.base.vocabulary.tokens)
        return json.dumps({"kind": self.kind, "size": self.size, "base": base, "model": json.loads(self.model)})

    @classmethod
    def from_json(cls, base: Tokenizer, text: str) -> Subword:
        """What `to_json` wrote. Raises `SpecError` where the base tokens are not those it was trained over."""
        saved = json.loads(text)
        if saved["base"] != list(base.vocabulary.tokens):
            raise SpecError(f"this {saved['kind']} model was trained over other base tokens; use the base of its training")
        return cls(base, saved["kind"], saved["size"], json.dumps(saved["model"]))


def _text(ids: Sequence[int]) -> str:
    return "".join([chr(_FIRST + i) for i in ids])


def _trained(kind: str, size: int, alphabet: list[str], texts: list[str]) -> str:
    """Hugging Face's JSON of a model in which every character of the alphabet is a piece."""
    from tokenizers import Tokenizer as Engine
    from tokenizers import models, trainers

    options: dict[str, Any] = {"vocab_size": size, "initial_alphabet": alphabet, "special_tokens": [], "show_progress": False}
    if kind == "bpe":
        engine = Engine(models.BPE())
        trainer: Any = trainers.BpeTrainer(min_frequency=2, max_token_length=_LONGEST, **options)
    else:
        engine = Engine(models.Unigram())
        trainer = trainers.UnigramTrainer(max_piece_length=_LONGEST, **options)
    with _one_thread():  # sums of floats in another order could give another vocabulary
        if texts:
            engine.train_from_iterator(texts, trainer)
    return _complete(json.loads(engine.to_str()), kind, alphabet)


def _complete(saved: dict[str, Any], kind: str, alphabet: list[str]) -> str:
    """The model with every character of the alphabet, whether or not the corpus has it, and nothing left to chance."""
    model = saved["model"]
    if kind == "bpe":
        vocabulary = model["vocab"]
        for character in alphabet:
            vocabulary.setdefault(character, len(vocabulary))
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


def _vocabulary(base: Vocabulary, parts: Sequence[tuple[int, ...]]) -> Vocabulary:
    join = "" if all(len(text) == 1 for text in base.tokens) else _JOIN
    texts: list[str] = []
    taken: set[str] = set()
    for i, piece in enumerate(parts):
        text = join.join(base.tokens[p] for p in piece)
        text = text if text not in taken else f"{text}{_JOIN}{i}"
        taken.add(text)
        texts.append(text)
    return Vocabulary(tuple(texts), tuple(_common([base.classes[p] for p in piece]) for piece in parts))


def _common(kinds: Sequence[TokenClass]) -> TokenClass:
    return kinds[0] if len(set(kinds)) == 1 else TokenClass.MIXED


def _join(paths: Sequence[Path]) -> Path:
    """The smallest subtree that holds all: (0, 1), (0, 1, 0) -> (0, 1)."""
    first, last = min(paths), max(paths)
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:common]
