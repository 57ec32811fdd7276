"""The error-detecting control: one check token at the end.

Every single edit is noticed, so all neighbors of a sequence are invalid and none has another meaning: the counterpart
of `repeat`, where every neighbor has the same meaning. Nothing is added to meaning here either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...grammars.errors import SpecError
from ...grammars.tree import Node
from ..base import Invalid, Token, TokenClass, Tokenizer, Vocabulary
from ..notations.derivation import unreadable


@dataclass(frozen=True, slots=True)
class Checksum:
    """`checksum:0` over any tokenizer: the base's ids, then `CK0` … `CK{M-1}`, the sum of all (id + 1) modulo M.

    `modulus` 0 stands for M = V + 1, with V the size of the base's vocabulary. Then every single substitution, deletion
    and insertion, check tokens included, gives an invalid sequence: a substitution of b for a changes the sum by b - a, an
    insertion or deletion of a by a + 1, and both lie strictly between -M and M and are not 0; an edit of the check token itself
    leaves none at the end, two, or another one. (No position weights are needed for that; two edits that cancel, such as a swap,
    go unnoticed.) With M < V + 1 exactly these edits are missed: substituting base ids that are equal modulo M,
    and inserting or deleting a base id a with a + 1 divisible by M; what then decodes is what the base decodes.
    Raises `SpecError` where `modulus` is negative, or the base has a token `CK0` …, as another checksum does.
    """

    base: Tokenizer
    modulus: int = 0
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        base = self.base.vocabulary
        if self.modulus < 0:
            raise SpecError(f"checksum:{self.modulus} is out of range; checksum takes a modulus of at least 1, or 0 for V + 1")
        checks = tuple(f"CK{i}" for i in range(self.modulus or len(base) + 1))
        if clash := set(checks) & set(base.tokens):
            raise SpecError(f"checksum: the base has the token {min(clash)!r} already; only one checksum can be used")
        vocabulary = Vocabulary((*base.tokens, *checks), (*base.classes, *[TokenClass.STRUCTURE] * len(checks)))
        object.__setattr__(self, "vocabulary", vocabulary)

    def tokenize(self, tree: Node) -> list[Token]:
        tokens = self.base.tokenize(tree)
        ids = self.base.vocabulary.ids
        check = self._check([ids[token.text] for token in tokens])
        return [*tokens, Token(self.vocabulary.tokens[check], TokenClass.STRUCTURE, ())]

    def encode(self, tree: Node) -> list[int]:
        ids = self.base.encode(tree)
        return [*ids, self._check(ids)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        message = self.received(ids)
        return message if isinstance(message, Invalid) else self.base.decode(message)

    def received(self, ids: Sequence[int]) -> list[int] | Invalid:
        """The base ids before the check token, where it is theirs."""
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        first = len(self.base.vocabulary)
        end = next((i for i, token in enumerate(ids) if token >= first), len(ids))
        if end == len(ids):
            return Invalid("the sequence ends where a check token must follow", end)
        if end + 1 < len(ids):
            return Invalid("the check token is not the last one", end + 1)
        expected = self._check(ids[:end])
        if ids[end] != expected:
            tokens = self.vocabulary.tokens
            return Invalid(f"the check token is {tokens[ids[end]]}, but the others add up to {tokens[expected]}", end)
        return list(ids[:end])

    def _check(self, ids: Sequence[int]) -> int:
        """Id of the check token for these base ids."""
        first = len(self.base.vocabulary)
        return first + (sum(ids) + len(ids)) % (len(self.vocabulary) - first)
