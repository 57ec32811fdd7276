"""Grammar rules: a system as the leftmost derivation of its infix text, one token per production."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..grammars.tree import FUNCTIONS, NEGATE, Node, Path, is_whole_power
from .alphabet import Head, Scope, head_text, kind_of
from .base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import Derivation, Production

if TYPE_CHECKING:
    from .bulk.machine import Machine

_S, _E, _T, _F, _P, _A, _N = range(1, 8)
_LETTERS = {_S: "S", _E: "E", _T: "T", _F: "F", _P: "P", _A: "A", _N: "N"}
_SLOTS = {slot: f"a production of {letter}" for slot, letter in _LETTERS.items()} | {_N: "a number"}

# Each binary operator: the level whose production writes it, and the levels of its two operands.
_BINARY = {"+": (_E, _E, _T), "-": (_E, _E, _T), "*": (_T, _T, _F), "/": (_T, _T, _F), "^": (_P, _A, _F)}
_CHAINS = {_E: _T, _T: _F, _F: _P, _P: _A}
_PARENTHESES = "A→(E)"
_NUMBER = "A→N"


@dataclass(frozen=True, slots=True)
class Rules:
    """`-x_0` -> `S→E E→T T→F F→-F F→P P→A A→x_0`.

        S → E | E '|' S          P → A^F | A^2 … A^9 | A
        E → E+T | E-T | T        A → (E) | sin(E) … | x_0 … | pi | e | N
        T → T*F | T/F | F        N → the codec's own tokens
        F → -F | P

    Source: Kusner et al. 2017 (Grammar variational autoencoder). Deviations: the grammar has precedence levels, so
    that parentheses stand only where infix needs them; numbers are the codec's; the sequence ends with the last
    production, without padding. Every token must be a production of the leftmost open nonterminal. Superfluous
    parentheses are valid and vanish; they are synonyms, as in infix.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    _machine: Derivation = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed)
        productions = [Production("S→E", TokenClass.STRUCTURE, _S, (_E,))]
        if scope.max_equations > 1:
            productions.append(Production("S→E|S", TokenClass.STRUCTURE, _S, (_E, _S), equations=1))
        productions += [Production(_chain(a, b), TokenClass.STRUCTURE, a, (b,)) for a, b in _CHAINS.items()]
        productions += [_production(head) for head in scope.heads]
        productions.append(Production(_PARENTHESES, TokenClass.STRUCTURE, _A, (_E,)))
        productions.append(Production(_NUMBER, TokenClass.NUMBER, _A, (_N,)))
        machine = Derivation(scope, self.codec, tuple(productions), (_S,), _N, _SLOTS)
        object.__setattr__(self, "_machine", machine)

    @property
    def vocabulary(self) -> Vocabulary:
        return self._machine.vocabulary

    def tokenize(self, tree: Node) -> list[Token]:
        self._machine.scope.check(tree)
        tokens: list[Token] = []
        last = len(tree.children) - 1
        for i, equation in enumerate(tree.children):
            tokens.append(Token("S→E" if i == last else "S→E|S", TokenClass.STRUCTURE, ()))
            self._derive(equation, (i,), _E, tokens)
        return tokens

    def _derive(self, node: Node, path: Path, slot: int, tokens: list[Token]) -> None:
        own, below = _place(node.symbol, is_whole_power(node), len(node.children))
        if own < slot:  # binds too weakly to stand here
            while slot != _A:
                slot = self._descend(slot, path, tokens)
            tokens.append(Token(_PARENTHESES, TokenClass.STRUCTURE, path))
            slot = _E
        while slot != own:
            slot = self._descend(slot, path, tokens)
        if node.is_number:
            tokens.append(Token(_NUMBER, TokenClass.NUMBER, path))
            tokens.extend(Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0))
            return
        tokens.append(Token(_text(head_text(node)), kind_of(node), path))
        for i, operand_slot in enumerate(below):
            self._derive(node.children[i], (*path, i), operand_slot, tokens)

    @staticmethod
    def _descend(slot: int, path: Path, tokens: list[Token]) -> int:
        tokens.append(Token(_chain(slot, _CHAINS[slot]), TokenClass.STRUCTURE, path))
        return _CHAINS[slot]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return self._machine.decode(ids)

    def machine(self) -> Machine:
        """See `bulk.machine.Bulk`."""
        return self._machine.machine()


def _place(symbol: str, whole_power: bool, arity: int) -> tuple[int, tuple[int, ...]]:
    """The level whose production writes a node, and the levels of its operands."""
    if whole_power:
        return _P, (_A,)
    if symbol in _BINARY:
        own, left, right = _BINARY[symbol]
        return own, (left, right)
    if symbol == NEGATE:
        return _F, (_F,)
    return _A, (_E,) * arity


def _text(head: str) -> str:
    """Text of the production that introduces a symbol: '+' -> 'E→E+T', 'sin' -> 'A→sin(E)', '^2' -> 'P→A^2'."""
    if head in _BINARY:
        own, left, right = (_LETTERS[slot] for slot in _BINARY[head])
        return f"{own}→{left}{head}{right}"
    if head == NEGATE:
        return "F→-F"
    if head in FUNCTIONS:
        return f"A→{head}(E)"
    return f"P→A{head}" if head.startswith("^") else f"A→{head}"


def _production(head: Head) -> Production:
    own, below = _place(head.symbol, head.exponent is not None, head.arity)
    return Production(_text(head.text), head.kind, own, below, head)


def _chain(upper: int, lower: int) -> str:
    return f"{_LETTERS[upper]}→{_LETTERS[lower]}"
