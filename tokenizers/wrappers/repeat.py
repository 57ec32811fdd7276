"""The error-correcting control: every token sent several times.

Any single edit decodes to the original tree, so token κ is 0 and nothing is added to meaning. It is a falsifier for
"smoother means easier to learn", not an encoding that anybody should use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...grammars.errors import SpecError
from ...grammars.tree import Node
from ..base import Invalid, Token, Tokenizer, Vocabulary


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat:3` over any tokenizer: `x_1` -> `x_1 x_1 x_1`. The vocabulary is the base's.

    The repetition code, decoded to the nearest code word: by majority in each group where the length fits; where
    it is one too many or one too few, by the one deletion or insertion that leaves every group unanimous (for an odd number of
    repetitions there is never more than one reading, as the runs of a code word are multiples of it). Anything else is invalid.
    Raises `SpecError` where `times` is even or less than 3, which could not correct an error.
    """

    base: Tokenizer
    times: int = 3

    def __post_init__(self) -> None:
        if self.times < 3 or self.times % 2 == 0:
            raise SpecError(f"repeat:{self.times} cannot correct an error; repeat takes an odd number of at least 3")

    @property
    def vocabulary(self) -> Vocabulary:
        return self.base.vocabulary

    def tokenize(self, tree: Node) -> list[Token]:
        return [token for token in self.base.tokenize(tree) for _ in range(self.times)]

    def encode(self, tree: Node) -> list[int]:
        return [i for i in self.base.encode(tree) for _ in range(self.times)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        message = self.received(ids)
        if isinstance(message, Invalid):
            return message
        tree = self.base.decode(message)
        # After a corrected insertion or deletion the position may be off by that one token.
        return Invalid(tree.reason, min(tree.position * self.times, len(ids))) if isinstance(tree, Invalid) else tree

    def received(self, ids: Sequence[int]) -> list[int] | Invalid:
        """The base ids that were most likely sent."""
        ids = list(ids)
        if not ids:
            return Invalid("the sequence is empty", 0)
        excess = len(ids) % self.times
        first = self._first_split(ids)
        if excess == 0:
            return ids[:: self.times] if first is None else self._vote(ids, first)
        start = len(ids) - excess if first is None else first
        if excess == 1:
            repairs = [ids[:i] + ids[i + 1 :] for i in range(start, min(start + self.times, len(ids)))]
        elif excess == self.times - 1:
            # What is left of a shortened group still begins with its own token.
            repairs = [[*ids[:start], ids[start], *ids[start:]]]
        else:
            return Invalid(f"{len(ids)} tokens are not groups of {self.times}, even up to one edit", len(ids))
        for repair in repairs:
            if self._first_split(repair) is None:
                return repair[:: self.times]
        return Invalid(f"no single edit makes the groups of {self.times} unanimous", start)

    def _first_split(self, ids: list[int]) -> int | None:
        """Where the first full group starts that is not unanimous."""
        full = len(ids) - len(ids) % self.times
        head = ids[: full : self.times]
        if all(ids[k : full : self.times] == head for k in range(1, self.times)):
            return None
        return next(i for i in range(0, full, self.times) if len({*ids[i : i + self.times]}) > 1)

    def _vote(self, ids: list[int], first: int) -> list[int] | Invalid:
        """What each group has most of. `first`: where the first group starts that is not unanimous."""
        message = ids[: first : self.times]
        for i in range(first, len(ids), self.times):
            group = ids[i : i + self.times]
            token = next((token for token in group if 2 * group.count(token) > self.times), None)
            if token is None:
                return Invalid(f"no token has a majority in its group of {self.times}", i)
            message.append(token)
        return message
