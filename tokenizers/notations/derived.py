"""What notations have from their derivation: vocabulary, decoding, and the compiled machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...grammars.tree import SYSTEM, Node, Path
from ..base import Invalid, Token, TokenClass, Vocabulary
from .derivation import Derivation

if TYPE_CHECKING:
    from ..machines.machine import Machine


class Derived(ABC):
    """A notation that says what it is by a `Derivation`, and writes each equation. Equations are joined by bars where it does not
    write whole systems in its own way."""

    __slots__ = ()
    derivation: Derivation

    @abstractmethod
    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        """Add the tokens of one equation, or of a part of it."""

    @property
    def vocabulary(self) -> Vocabulary:
        return self.derivation.vocabulary

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        tokens: list[Token] = []
        for i, equation in enumerate(tree.children):
            if i:
                tokens.append(Token(SYSTEM, TokenClass.STRUCTURE, ()))
            self._write(equation, (i,), tokens)
        return tokens

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return self.derivation.decode(ids)

    def machine(self) -> Machine | None:
        """See `machines.machine.Bulk`."""
        return self.derivation.machine()
