"""Numbers beside the tokens, not in them: one token `NUM` for every number, and the values in a channel of their own.

What the codecs of this kind (`xval`, `fone`) share. A codec is one of them by what it can do (`Beside`), not by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass, replace
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from ...grammars.tree import Node
from ..base import Coding, Invalid, NumberCodec, Tokenizer, Wrapping

NUM = "NUM"


class NumberText(str):
    """The text `NUM`, remembering the value that it stands for: how values get past a notation to `bind_values`."""

    __slots__ = ("value",)
    value: float

    @classmethod
    def of(cls, value: float) -> NumberText:
        text = cls(NUM)
        text.value = value
        return text


@runtime_checkable
class Beside(NumberCodec, Protocol):
    """A number codec whose values are beside the tokens: its ids decode under the codec that is `bound` to their values.

    Token ids carry no values, so `decode(ids)` needs them from elsewhere: `bind_values(tokenizer, tree)` gives a tokenizer that
    keeps those of one tree. It decodes that tree's ids and their edits; without it every `NUM` is invalid, and a later one than
    there are values always is. A token edit cannot touch a value; deleting, inserting or replacing a `NUM` moves the later values
    to other places, and what is then left over is dropped. (In the published models a value belongs to a position, which ids
    alone do not know after an edit.)
    """

    def bound(self, values: Sequence[float]) -> Self:
        """The codec that reads these values, in this order."""
        ...


def read_value(values: Sequence[float], tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
    """The n-th `NUM` in reading order takes the n-th of the values."""
    if start >= len(tokens):
        return Invalid("the sequence ends where a number must follow", len(tokens))
    if tokens[start] != NUM:
        return Invalid(f"expected {NUM}, found {tokens[start]!r}", start)
    rank = list(tokens[:start]).count(NUM)
    if rank >= len(values):
        return Invalid(f"no value for this {NUM}", start)
    return values[rank], start + 1


T = TypeVar("T", bound=Tokenizer)


def is_continuous(tokenizer: Tokenizer) -> bool:
    """Whether values travel beside the tokens, so that no token edit can touch them."""
    if isinstance(tokenizer, Wrapping):
        return is_continuous(tokenizer.base)
    return isinstance(tokenizer, Coding) and isinstance(tokenizer.codec, Beside)


def bind_values(tokenizer: T, tree: Node) -> T:
    """The tokenizer that decodes the ids of `tree`, and edits of them: itself where values are in the tokens.

    Vocabulary and ids are the same. Wrappers and notations are rebuilt by `dataclasses.replace`, through their fields `base` and
    `codec`; a notation must pass on the codec's texts as they are. Raises `EncodeError` where the tree cannot be written.
    """
    if not is_continuous(tokenizer) or not is_dataclass(tokenizer):
        return tokenizer
    item: Any = tokenizer
    if isinstance(item, Wrapping):
        rebuilt: T = replace(item, base=bind_values(item.base, tree))
        return rebuilt
    values = [token.text.value for token in tokenizer.tokenize(tree) if isinstance(token.text, NumberText)]
    bound: T = replace(item, codec=item.codec.bound(values))
    return bound
