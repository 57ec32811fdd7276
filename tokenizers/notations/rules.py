"""Grammar rules: a system as the leftmost derivation of its infix text, one token per production."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.tree import Node, Path
from ..alphabet import Production, Scope
from ..base import Token, TokenClass
from .derivation import Derivation
from .derived import Derived
from .levels import Levels, levels


@dataclass(frozen=True, slots=True)
class Rules(Derived):
    """`-x_0` -> `S→E E→T T→F F→-F F→P P→A A→x_0`.

        S → E | E '|' S          P → A^F | A^2 … A^9 | A
        E → E+T | E-T | T        A → (E) | sin(E) … | x_0 … | pi | e | N
        T → T*F | T/F | F        N → the codec's own tokens
        F → -F | P

    Source: Kusner et al. 2017 (Grammar variational autoencoder). Deviations: the grammar has precedence levels, so that
    parentheses stand only where infix needs them; numbers are the codec's; the sequence ends with the last production, without
    padding. Every token must be a production of the leftmost open nonterminal. Superfluous parentheses are valid and vanish; they
    are synonyms, as in infix. Another alphabet has one nonterminal per precedence, `E1` …, and `A`; parentheses where one of its
    operands may need them. `closed`, `n_variables`, `operators`: see `Scope`.
    """

    def _derive(self, scope: Scope) -> Derivation:
        hierarchy = levels(self.operators)
        root, first = hierarchy.root, hierarchy.first
        productions = [Production(hierarchy.last, TokenClass.STRUCTURE, root, (first,))]
        if scope.max_equations > 1:
            productions.append(Production(hierarchy.more, TokenClass.STRUCTURE, root, (first, root), equations=1))
        productions += [Production(hierarchy.chain(a), TokenClass.STRUCTURE, a, (b,)) for a, b in hierarchy.chains.items()]
        for head in scope.heads:
            own, below = hierarchy.place(head.symbol, head.exponent is not None, head.arity)
            productions.append(Production(hierarchy.text(head.text), head.kind, own, (*below, head)))
        if hierarchy.bracketed:
            productions.append(Production(hierarchy.parentheses, TokenClass.STRUCTURE, hierarchy.atom, (first,)))
        if self.operators.numbers:
            productions.append(Production(hierarchy.numbers, TokenClass.NUMBER, hierarchy.atom, (hierarchy.number,)))
        return Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            start=(root,),
            numbers={hierarchy.number: ()},
            slots=hierarchy.slots,
        )

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        tokens: list[Token] = []
        last, hierarchy = len(tree.children) - 1, levels(self.operators)
        for i, equation in enumerate(tree.children):
            tokens.append(Token(hierarchy.last if i == last else hierarchy.more, TokenClass.STRUCTURE, ()))
            self._write(equation, (i,), tokens)
        return tokens

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        hierarchy = levels(self.operators)
        self._write_at(node, path, hierarchy.first, tokens, hierarchy)

    def _write_at(self, node: Node, path: Path, slot: int, tokens: list[Token], hierarchy: Levels) -> None:
        own, below = hierarchy.place_of(node)
        if own < slot:  # binds too weakly to stand here
            _descend(hierarchy, slot, hierarchy.atom, path, tokens)
            tokens.append(Token(hierarchy.parentheses, TokenClass.STRUCTURE, path))
            slot = hierarchy.first
        _descend(hierarchy, slot, own, path, tokens)
        symbol = self._symbol(node, path)
        if node.is_number:
            tokens.extend((Token(hierarchy.numbers, TokenClass.NUMBER, path), *symbol))
            return
        tokens.append(Token(hierarchy.text(symbol[0].text), symbol[0].kind, path))
        for i, operand_slot in enumerate(below):
            self._write_at(node.children[i], (*path, i), operand_slot, tokens, hierarchy)


def _descend(hierarchy: Levels, slot: int, own: int, path: Path, tokens: list[Token]) -> None:
    """The chain productions that lead from one slot to another."""
    while slot != own:
        tokens.append(Token(hierarchy.chain(slot), TokenClass.STRUCTURE, path))
        slot = hierarchy.chains[slot]
