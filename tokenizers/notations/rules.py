"""Grammar rules: a system as the leftmost derivation of its infix text, one token per production."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import Node, Path
from ..alphabet import Production, Scope, head_text, kind_of
from ..base import NumberCodec, Token, TokenClass
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

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    derivation: Derivation = field(init=False, compare=False, repr=False)
    _levels: Levels = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope, hierarchy = Scope(self.n_variables, self.closed, self.operators), levels(self.operators)
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
        derivation = Derivation(
            scope=scope,
            codec=self.codec,
            productions=tuple(productions),
            start=(root,),
            numbers={hierarchy.number: ()},
            slots=hierarchy.slots,
        )
        object.__setattr__(self, "derivation", derivation)
        object.__setattr__(self, "_levels", hierarchy)

    def tokenize(self, tree: Node) -> list[Token]:
        self.derivation.scope.check(tree)
        tokens: list[Token] = []
        last = len(tree.children) - 1
        for i, equation in enumerate(tree.children):
            tokens.append(Token(self._levels.last if i == last else self._levels.more, TokenClass.STRUCTURE, ()))
            self._write(equation, (i,), tokens)
        return tokens

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        self._derive(node, path, self._levels.first, tokens)

    def _derive(self, node: Node, path: Path, slot: int, tokens: list[Token]) -> None:
        hierarchy = self._levels
        own, below = hierarchy.place_of(node)
        if own < slot:  # binds too weakly to stand here
            while slot != hierarchy.atom:
                slot = self._descend(slot, path, tokens)
            tokens.append(Token(hierarchy.parentheses, TokenClass.STRUCTURE, path))
            slot = hierarchy.first
        while slot != own:
            slot = self._descend(slot, path, tokens)
        if node.is_number:
            tokens.append(Token(hierarchy.numbers, TokenClass.NUMBER, path))
            tokens.extend(Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0))
            return
        tokens.append(Token(hierarchy.text(head_text(node)), kind_of(node, self.operators), path))
        for i, operand_slot in enumerate(below):
            self._derive(node.children[i], (*path, i), operand_slot, tokens)

    def _descend(self, slot: int, path: Path, tokens: list[Token]) -> int:
        tokens.append(Token(self._levels.chain(slot), TokenClass.STRUCTURE, path))
        return self._levels.chains[slot]
