"""What notations have from their derivation: vocabulary, decoding, and the compiled machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Scope, head_text, kind_of
from ..base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import Derivation

if TYPE_CHECKING:
    from ..machines.machine import Machine


@dataclass(frozen=True, slots=True)
class Derived(ABC):
    """A notation that says what it is by a `Derivation`, and writes each equation. Equations are joined by bars where it does not
    write whole systems in its own way. `closed`, `n_variables`, `operators`: see `Scope`."""

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    derivation: Derivation = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        object.__setattr__(self, "derivation", self._derive(scope))

    @abstractmethod
    def _derive(self, scope: Scope) -> Derivation: ...

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
            if i and not self.operators.sequence:
                tokens.append(Token(SYSTEM, TokenClass.STRUCTURE, ()))
            self._write(equation, (i,), tokens)
        return tokens

    def _symbol(self, node: Node, path: Path) -> list[Token]:
        """The tokens of a number, or the one of any other node's symbol."""
        if node.is_number:
            return [Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0)]
        return [Token(head_text(node), kind_of(node, self.operators), path)]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return self.derivation.decode(ids)

    def machine(self) -> Machine | None:
        """See `machines.machine.Bulk`."""
        return self.derivation.machine()
