"""Numbers beside the tokens, not in them: one token `NUM` for every number, and the values in a channel of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, TypeVar

from ...grammars.errors import EncodeError
from ...grammars.tree import Node
from ..base import Coding, Invalid, Tokenizer, Wrapping

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


@dataclass(frozen=True, slots=True)
class XVal:
    """`xval`: every number is the token `NUM`; the n-th `NUM` in reading order takes the n-th of `values`.

    Source: Golkar et al. 2023 (xVal: a continuous number encoding), where the value scales the token's embedding. Token ids carry
    no values, so `decode(ids)` needs them from elsewhere: `bind_values(tokenizer, tree)` gives a tokenizer that keeps those of
    one tree. It decodes that tree's ids and their edits; without it every `NUM` is invalid, and a later one than there are values
    always is. A token edit cannot touch a value; deleting, inserting or replacing a `NUM` moves the later values to other places,
    and what is then left over is dropped. (In the published model a value belongs to a position, which ids alone do not know
    after an edit, and a `NUM` without one counts as 1.)

    Range: all finite floats. Exact but for -0, which becomes 0: `reach` ends at the largest float and `worst_error` is 0. No
    measurement over token edits sees what the values contribute; compare it with the other codecs with this in mind.
    """

    values: tuple[float, ...] = ()

    @property
    def spec(self) -> str:
        return "xval"

    @property
    def tokens(self) -> tuple[str, ...]:
        return (NUM,)

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`: all floats."""
        return math.ulp(0.0), math.nextafter(math.inf, 0.0)

    @property
    def worst_error(self) -> float:
        return 0.0

    def bound(self, values: Sequence[float]) -> XVal:
        """The codec that reads these values, in this order."""
        return XVal(tuple(map(self.round, values)))

    def write(self, value: float) -> list[str]:
        return [NumberText.of(self.round(value))]

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        if start >= len(tokens):
            return Invalid("the sequence ends where a number must follow", len(tokens))
        if tokens[start] != NUM:
            return Invalid(f"expected {NUM}, found {tokens[start]!r}", start)
        rank = list(tokens[:start]).count(NUM)
        if rank >= len(self.values):
            return Invalid(f"no value for this {NUM}", start)
        return self.values[rank], start + 1

    def round(self, value: float) -> float:
        if not math.isfinite(value):
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
        return value + 0.0


T = TypeVar("T", bound=Tokenizer)


def is_continuous(tokenizer: Tokenizer) -> bool:
    """Whether values travel beside the tokens, so that no token edit can touch them."""
    if isinstance(tokenizer, Wrapping):
        return is_continuous(tokenizer.base)
    return isinstance(tokenizer, Coding) and isinstance(tokenizer.codec, XVal)


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
