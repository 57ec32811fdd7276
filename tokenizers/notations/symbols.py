"""Sequences of symbols: each is a token."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.errors import SpecError
from ...grammars.operators import Operators
from ...grammars.tree import Node, Path
from ..alphabet import Production, Scope, whole_numbers
from ..base import Token
from .derivation import MORE, Derivation
from .derived import Derived

_FIRST = 2


@dataclass(frozen=True, slots=True)
class Symbols(Derived):
    """`HPPH` -> `H P P H`: a sequence (`Operators.sequence`) as it is. Its symbols are the system's children, so a sequence may
    be as long as the alphabet says, whatever the depth of trees; an empty one is none.

    `closed`, `n_variables`, `operators`: see `Scope`. Raises `SpecError` where the alphabet is one of trees.
    """

    def _derive(self, scope: Scope) -> Derivation:
        if lack := no_sequence(scope.operators):
            raise SpecError(f"symbols {lack}")
        productions = [Production(h.text, h.kind, _FIRST, (h, MORE)) for h in scope.heads]
        productions += [Production(h.text, h.kind, MORE, (h, MORE), equations=1) for h in scope.heads]
        return Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            symbols=tuple((h.text, h.kind) for h in scope.heads),
            start=(_FIRST,),
            numbers={},
            slots={MORE: "a symbol or the end", _FIRST: "a symbol"},
            optional=frozenset((MORE,)),
        )

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        tokens.extend(self._symbol(node, path))

    def tokenize(self, tree: Node) -> list[Token]:
        """As of any notation, without asking each symbol anew what it is."""
        self.derivation.scope.check(tree)
        kinds = dict(self.derivation.symbols)
        return [Token(leaf.symbol, kinds[leaf.symbol], (i,)) for i, leaf in enumerate(tree.children)]

    def encode(self, tree: Node) -> list[int]:
        """As of any notation, without an object for each token."""
        self.derivation.scope.check(tree)
        ids = self.vocabulary.ids
        return [ids[leaf.symbol] for leaf in tree.children]


def no_sequence(alphabet: Operators) -> str:
    """What an alphabet lacks for this notation; '' where it is one of sequences."""
    return "" if alphabet.sequence else "writes sequences of symbols, and the domain's expressions are trees"


def no_numbers(alphabet: Operators) -> str:
    """What an alphabet lacks for a code of numbers; '' where it is one of sequences of whole numbers that rise."""
    return "" if whole_numbers(alphabet) else "writes sequences of whole numbers, and the domain's symbols are no such, rising"
