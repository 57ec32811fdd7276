"""A tokenizer that people have: any of Hugging Face's, over the text of the expression."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import EncodeError, SpecError
from ...grammars.tree import Node
from ..base import Invalid, Textual, Token, TokenClass, Tokenizer, Vocabulary
from ..notations.derivation import unknown_id
from ..notations.symbols import Symbols
from .merged import common_class, merged_token
from .possible import bodies, context_free, is_possible
from .pretrained_files import read_pretrained
from .spelled import Spelled

if TYPE_CHECKING:
    from .hugging_face import Tokenizer as Engine

_PROBES = ("x_0*x_1-x_0", "2.5e-07*x_0", "sin(x_0)/3", "-x_0|x_1+1", "x_1^2")
"""Texts by which is seen whether a tokenizer puts spaces of its own between tokens."""


@runtime_checkable
class ReadsText(Tokenizer, Protocol):
    """A tokenizer whose tokens are the characters of a text, which it also reads as people write it."""

    @property
    def characters(self) -> frozenset[str]:
        """Those that a text of it can hold, but for white space."""
        ...

    @property
    def names(self) -> frozenset[str] | None:
        """The runs of letters that a text of it can hold, whole; None for any."""
        ...

    def read_text(self, text: str) -> Node | Invalid:
        """The tree of a text that may have white space between its symbols. `Invalid.position` counts characters."""
        ...


@dataclass(frozen=True, slots=True)
class Pretrained:
    """`hf:tokenizer.json`, `hf:FOLDER`, `hf:PACKAGE`: the ids that a tokenizer of Hugging Face's gives for the expression's text.

    `model` is its `tokenizer.json`, `source` the name under which it was found. The vocabulary is all of its own, special and
    added tokens included, in the order of its ids; an id that it leaves out is `<no token 7>`, and in no expression.
    `encode` adds no special tokens. `decode` gives the text back, as that library does, and what the notation makes of that text:
    white space between symbols says nothing, and what is no text of an expression, a special token's among them, is `Invalid`.
    Where the library's decoder puts spaces between tokens (as WordPiece does, or after added tokens), white space says nothing
    anywhere. Over `symbols` of an alphabet with `▁`, which is a space in the text, white space is a symbol like others.

    `possible` are the ids of tokens that some expression's text may hold. Of the others, most of a language model's vocabulary,
    each has a character that no expression has, or letters that are part of no name, wherever it stands: a sequence with one
    never decodes. `runs`: the base's characters that each token stands for, none where it has others or white space; None where
    that depends on what stands before it. `blank`: how many of the possible ones write white space and nothing else. Raises
    `SpecError` where the library cannot read the model, or the base is not written
    in characters.
    """

    base: ReadsText
    source: str
    model: str = field(repr=False)
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    possible: NDArray[np.int64] = field(init=False, compare=False, repr=False)
    runs: tuple[tuple[int, ...], ...] | None = field(init=False, compare=False, repr=False)
    blank: int = field(init=False, compare=False, repr=False)
    _engine: Engine = field(init=False, compare=False, repr=False)
    _spaced: bool = field(init=False, compare=False, repr=False)
    _unknown: int = field(init=False, compare=False, repr=False)
    _missing: frozenset[int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        engine, document = _loaded(self.model, self.source)
        pieces = engine.get_vocab(with_added_tokens=True)
        size = 1 + max(pieces.values(), default=-1)
        texts = [f"<no token {i}>" for i in range(size)]
        for text, i in pieces.items():
            texts[i] = text
        alphabet, names = self.base.characters, self.base.names
        added = [text for t in document.get("added_tokens") or () if set(text := str(t["content"])) <= alphabet]
        speaks = isinstance(self.base, Spelled) and self.base.spaces
        spaced = not speaks and _puts_spaces(engine, (*_PROBES, *(f"1{text}1" for text in added)))
        found = bodies(engine, document, size, spaced)
        kinds = _classes(self.base, found)
        missing = frozenset(range(size)) - set(pieces.values())
        sure = context_free(document)
        possible = [i for i in range(size) if i not in missing and (not sure or is_possible(found[i], alphabet, names))]
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(texts), kinds))
        object.__setattr__(self, "possible", np.array(possible, np.int64))
        object.__setattr__(self, "runs", None if spaced or speaks or not sure else _runs(self.base, found))
        object.__setattr__(self, "blank", sum(bool(body := found[i]) and not _bare(body or "") for i in possible))
        object.__setattr__(self, "_engine", engine)
        object.__setattr__(self, "_spaced", spaced)
        object.__setattr__(self, "_unknown", _unknown_token(document, pieces))
        object.__setattr__(self, "_missing", missing)

    @classmethod
    def load(cls, base: Tokenizer, source: str) -> Pretrained:
        """The tokenizer of that name: see `read_pretrained`. Raises `SpecError`."""
        return cls(_readable(base), source, read_pretrained(source))

    def tokenize(self, tree: Node) -> list[Token]:
        return [merged_token(self.vocabulary.tokens[i], list(parts)) for i, parts in self._written(tree)]

    def encode(self, tree: Node) -> list[int]:
        return [i for i, _ in self._written(tree)]

    def pieces(self, tree: Node) -> list[tuple[Token, ...]]:
        """Of each token the characters of the base that it writes."""
        return [parts for _, parts in self._written(tree)]

    def _written(self, tree: Node) -> list[tuple[int, tuple[Token, ...]]]:
        """Ids, each with the characters that it stands for; of one that stands for none (a space that the library puts before the
        text) the one that it stands at. Raises `EncodeError` where the tokenizer has no token for a character."""
        characters = self.base.tokenize(tree)
        text = "".join([c.text for c in characters])
        pieces = self._cut(text)
        if isinstance(pieces, Invalid):
            raise EncodeError(f"the tokenizer {self.source} {pieces.reason}")
        written = []
        for i, (start, end) in pieces:
            first = min(start, len(text) - 1)
            written.append((i, tuple(characters[first : max(end, first + 1)])))
        return written

    def _cut(self, text: str) -> list[tuple[int, tuple[int, int]]] | Invalid:
        """Ids, each with the characters that it stands for, or why the tokenizer cannot write a text."""
        try:
            encoding = self._engine.encode(text, add_special_tokens=False)
        except Exception as e:  # the library raises bare Exception where it has no token and none for what has none
            return Invalid(f"cannot write {text[:60]!r}: {' '.join(str(e).split())}", 0)
        pieces = list(zip(encoding.ids, encoding.offsets, strict=True))
        lost = next((at for i, at in pieces if i == self._unknown), None)
        return pieces if lost is None else Invalid(f"has no token for {text[slice(*lost)]!r}", lost[0])

    def other_ways(self, tree: Node) -> dict[str, str] | None:
        """See `base.Textual`: the base's, where it has some."""
        return self.base.other_ways(tree) if isinstance(self.base, Textual) else None

    def encode_text(self, text: str) -> list[int] | Invalid:
        """See `base.Textual`."""
        pieces = self._cut(text)
        return pieces if isinstance(pieces, Invalid) else [i for i, _ in pieces]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unknown_id(ids, len(self.vocabulary))) is not None:
            return fault
        if not self._missing.isdisjoint(ids):  # the library passes over them
            return Invalid("an id without a token", next(k for k, i in enumerate(ids) if i in self._missing))
        text = _decoded(self._engine, ids)
        tree = self.base.read_text(_bare(text) if self._spaced else text)
        return Invalid(tree.reason, self._token_at(ids, tree.position)) if isinstance(tree, Invalid) else tree

    def _token_at(self, ids: Sequence[int], position: int) -> int:
        """The token that writes the character of a text at a position: the first with which the text is longer."""

        def length(n: int) -> int:
            text = _decoded(self._engine, ids[: n + 1])
            return len(_bare(text) if self._spaced else text)

        return bisect_left(range(len(ids)), position + 1, key=length)

    @property
    def exact(self) -> str:
        """The `tokenizer.json` of what it does: `model` without padding, truncation and merges dropped at random."""
        text: str = self._engine.to_str()
        return text

    def to_json(self) -> str:
        """Everything but the base tokenizer; `model` in it is Hugging Face's own JSON."""
        return json.dumps({"source": self.source, "model": json.loads(self.model)})

    @classmethod
    def from_json(cls, base: Tokenizer, text: str) -> Pretrained:
        """What `to_json` wrote."""
        saved = json.loads(text)
        return cls(_readable(base), saved["source"], json.dumps(saved["model"]))


def _readable(base: Tokenizer) -> ReadsText:
    """The tokenizer, if its tokens are characters of a text; of sequences of symbols, that text. Raises `SpecError`."""
    if isinstance(base, Symbols):
        return Spelled(base)
    if not isinstance(base, ReadsText):
        raise SpecError("hf reads the text of an expression, character by character; put it after 'infix | chars', or 'symbols'")
    return base


def _loaded(model: str, source: str) -> tuple[Engine, dict[str, Any]]:
    """The library's tokenizer, made to give the same ids each time and all of them, and its document. Raises `SpecError`."""
    from .hugging_face import Tokenizer as Engine

    try:
        document = json.loads(model)
        if not isinstance(document.get("model"), dict):
            raise ValueError("it has no model")
        if document["model"].get("dropout"):
            document["model"]["dropout"] = None  # which drops merges at random, for training
        engine = Engine.from_str(json.dumps(document))
    except Exception as e:  # the library raises bare Exception
        raise SpecError(f"hf:{source} is no tokenizer of Hugging Face's ({' '.join(str(e).split())[:200]})") from None
    engine.no_padding()
    engine.no_truncation()
    return engine, document


def _decoded(engine: Engine, ids: Sequence[int]) -> str:
    text: str = engine.decode(list(ids), skip_special_tokens=False)
    return text


def _puts_spaces(engine: Engine, texts: Iterable[str]) -> bool:
    """Whether one of these comes back with spaces in it that it did not have."""

    def puts(text: str) -> bool:
        try:
            back = _decoded(engine, engine.encode(text, add_special_tokens=False).ids)
        except Exception:  # it cannot write this one
            return False
        return back != text and _bare(back) == text

    return any(map(puts, texts))


def _bare(text: str) -> str:
    return "".join(text.split())


def _unknown_token(document: dict[str, Any], pieces: dict[str, int]) -> int:
    """The id that stands for what has no token, -1 where there is none."""
    model = document["model"]
    if isinstance(model.get("unk_id"), int):
        return int(model["unk_id"])
    return pieces.get(model.get("unk_token") or "", -1)


def _runs(base: Tokenizer, found: Sequence[str | None]) -> tuple[tuple[int, ...], ...]:
    ids = base.vocabulary.ids
    return tuple(tuple(ids[c] for c in body) if body and all(c in ids for c in body) else () for body in found)


def _classes(base: Tokenizer, found: Sequence[str | None]) -> tuple[TokenClass, ...]:
    """That of a token's characters, where it has some of the base's alone."""
    vocabulary = base.vocabulary
    kinds = dict(zip(vocabulary.tokens, vocabulary.classes, strict=True))
    out = []
    for body in found:
        of = [kinds.get(c) for c in _bare(body or "")]
        known = [k for k in of if k is not None]
        out.append(common_class(known) if known and len(known) == len(of) else TokenClass.MIXED)
    return tuple(out)
