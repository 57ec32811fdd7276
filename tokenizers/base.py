"""What every tokenizer and number codec is, and the words they share.

Follows the usual decomposition of a tokenizer into replaceable stages: a *notation* writes a tree as base
tokens, a *number codec* writes each coefficient in it, and an optional *subword* stage merges or repeats
base tokens. Decoding is total: it returns a tree, or `Invalid` with a reason and a position. It never
raises on any sequence of ids below the vocabulary's size, and never guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..grammars.errors import SpecError
from ..grammars.tree import Node, Path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TokenClass(StrEnum):
    """What a token stands for. `MIXED` is for merged tokens whose parts differ in class."""

    OPERATOR = "operator"
    FUNCTION = "function"
    VARIABLE = "variable"
    NUMBER = "number"
    STRUCTURE = "structure"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an encoded tree: its text, its class, and the node of the tree that it writes."""

    text: str
    kind: TokenClass
    path: Path


@dataclass(frozen=True, slots=True)
class Invalid:
    """Why a sequence is no tree. `position` indexes the token at which that was certain (0-based; the
    sequence's length where it ended too early)."""

    reason: str
    position: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Content tokens, in id order, and the class each one usually has. No padding, BOS or EOS.

    Raises SpecError where two are the same: a symbol of one's own alphabet may be written as something else is, such as the
    constant `N` in the notation `rules`, whose `A→N` is a number.
    """

    tokens: tuple[str, ...]
    classes: tuple[TokenClass, ...]
    ids: dict[str, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.tokens) != len(self.classes):
            raise ValueError(f"{len(self.tokens)} tokens but {len(self.classes)} classes")
        ids = {t: i for i, t in enumerate(self.tokens)}
        if len(ids) != len(self.tokens):
            twice = next(t for i, t in enumerate(self.tokens) if ids[t] != i)
            raise SpecError(f"the vocabulary holds the token {twice!r} twice; rename the symbol that is written so")
        object.__setattr__(self, "ids", ids)

    def __len__(self) -> int:
        return len(self.tokens)


@runtime_checkable
class Tokenizer(Protocol):
    """Trees to tokens and back.

    `tokenize` gives the tokens with class and node; `encode` their ids. `decode(encode(tree))` is the tree
    up to the declared rounding of its numbers. Raises `EncodeError` on a tree outside the vocabulary.
    """

    @property
    def vocabulary(self) -> Vocabulary: ...

    def tokenize(self, tree: Node) -> list[Token]: ...

    def encode(self, tree: Node) -> list[int]: ...

    def decode(self, ids: Sequence[int]) -> Node | Invalid: ...


@runtime_checkable
class Wrapping(Protocol):
    """A tokenizer over another one."""

    @property
    def base(self) -> Tokenizer: ...


@runtime_checkable
class Lossy(Protocol):
    """A tokenizer that writes what is near a tree instead of the tree, as codes of sounds do. `rounded(tree)`: exactly what
    `decode(encode(tree))` gives, as `NumberCodec.round` is of a number."""

    def rounded(self, tree: Node) -> Node: ...


@runtime_checkable
class Partial(Protocol):
    """A tokenizer that knows of some of its tokens that they stand in no sequence that decodes. `possible`: the ids of the
    others, rising; those of everything that it encodes are among them."""

    @property
    def possible(self) -> NDArray[np.int64]: ...


@runtime_checkable
class Pieced(Protocol):
    """A tokenizer whose tokens stand for several of a notation's: `pieces(tree)` gives these, for each token in turn."""

    def pieces(self, tree: Node) -> list[tuple[Token, ...]]: ...


@runtime_checkable
class Textual(Protocol):
    """A tokenizer that may write a text, as people write it in other ways."""

    def other_ways(self, tree: Node) -> dict[str, str] | None:
        """By the name of each way that changes it, the tree's text in that way; None where the tokens are of no such text."""
        ...

    def encode_text(self, text: str) -> list[int] | Invalid:
        """The ids that any text has, or the first character that has none. `Invalid.position` counts characters."""
        ...


def character_ids(vocabulary: Vocabulary, text: str) -> list[int] | Invalid:
    """Of a vocabulary of characters, the ids of a text: what `Textual.encode_text` asks for."""
    foreign = next((i for i, character in enumerate(text) if character not in vocabulary.ids), None)
    return [vocabulary.ids[c] for c in text] if foreign is None else Invalid(f"has no token for {text[foreign]!r}", foreign)


@runtime_checkable
class Coding(Protocol):
    """A notation with a number codec."""

    @property
    def codec(self) -> NumberCodec: ...


@runtime_checkable
class NumberCodec(Protocol):
    """A finite number to tokens and back.

    `tokens` is the codec's own vocabulary; its texts never collide with operators, functions, variables or
    structure. Codes are self-delimiting: `read` finds the end of the number by itself. `round` is the
    declared rounding: what `read(write(v))` gives, for every finite v, values outside the range included.
    """

    @property
    def spec(self) -> str: ...

    @property
    def tokens(self) -> tuple[str, ...]: ...

    def write(self, value: float) -> list[str]: ...

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        """The number that starts at `start`, and the position after it."""
        ...

    def round(self, value: float) -> float: ...


def unexpected(what: str, tokens: Sequence[str], position: int) -> Invalid:
    """What a codec says where `what` had to stand at `position`: the token there, or the end, is none."""
    if position >= len(tokens):
        return Invalid(f"the sequence ends where {what} must follow", len(tokens))
    return Invalid(f"expected {what}, found {tokens[position]!r}", position)
