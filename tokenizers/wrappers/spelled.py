"""Sequences of symbols as a text that tokenizers of people's own read: character by character, with spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ...grammars.errors import SpecError
from ...grammars.tree import Node
from ..base import Invalid, Token, Vocabulary
from ..notations.symbols import Symbols

SPACE = "▁"
"""The symbol that an alphabet has for a space, as SentencePiece writes one: no symbol holds white space."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """`symbols`, with a space where a sequence has `▁`: what `Pretrained` takes for a text (`ReadsText`). `spaces`: whether the
    alphabet has that symbol; then white space is a character like any other, and else it says nothing.

    Raises `SpecError` where a symbol has several characters.
    """

    base: Symbols
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        own = self.base.vocabulary
        if wide := next((text for text in own.tokens if len(text) != 1), None):
            raise SpecError(f"hf reads an expression's text, character by character; the symbol {wide!r} is no character")
        tokens = tuple(_character(text) for text in own.tokens)
        object.__setattr__(self, "vocabulary", Vocabulary(tokens, own.classes))

    @property
    def spaces(self) -> bool:
        return SPACE in self.base.vocabulary.ids

    @property
    def characters(self) -> frozenset[str]:
        """See `ReadsText`."""
        return frozenset(self.vocabulary.tokens) - {" "}

    @property
    def names(self) -> frozenset[str] | None:
        """Any."""
        return None

    def tokenize(self, tree: Node) -> list[Token]:
        return [replace(token, text=_character(token.text)) for token in self.base.tokenize(tree)]

    def encode(self, tree: Node) -> list[int]:
        return self.base.encode(tree)

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return self.base.decode(ids)

    def read_text(self, text: str) -> Node | Invalid:
        """See `ReadsText`."""
        ids = self.vocabulary.ids
        places = [i for i, character in enumerate(text) if self.spaces or not character.isspace()]
        if (strange := next((i for i in places if text[i] not in ids), None)) is not None:
            return Invalid(f"{text[strange]!r} is no symbol", strange)
        found = self.base.decode([ids[text[i]] for i in places])
        if not isinstance(found, Invalid):
            return found
        return Invalid(found.reason, places[found.position] if found.position < len(places) else len(text))


def _character(symbol: str) -> str:
    return " " if symbol == SPACE else symbol
