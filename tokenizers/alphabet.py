"""The symbols that every notation writes, and the trees that a tokenizer of a given scope can hold.

Whole powers (`^2` … `^9`) are one unary symbol each, as in Lample & Charton 2020 (`pow2`, …): see `is_whole_power`.
Unlike theirs, subtraction and division are symbols of their own, because trees keep them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Protocol, runtime_checkable

from ..grammars.errors import EncodeError, SpecError
from ..grammars.operators import BUILT_IN, Operators, operand_count
from ..grammars.tree import MAX_DEPTH, SYSTEM, Node, is_whole_power, number, variable
from .base import NumberCodec, TokenClass, Vocabulary

WHOLE_EXPONENTS = tuple(range(2, 10))


@dataclass(frozen=True, slots=True)
class Head:
    """A symbol and what it builds: a leaf (`node`), or `symbol` over `arity` operands, `exponent` being
    a fixed second child (`^2` builds `^` over one operand and the number 2)."""

    text: str
    kind: TokenClass
    arity: int = 0
    node: Node | None = None
    symbol: str = ""
    exponent: Node | None = None

    @property
    def variable(self) -> int:
        """Index of the variable that it writes, or -1."""
        return self.node.index if self.node is not None and self.node.is_variable else -1


Part = int | Head
"""Of a production: a slot to fill, or what is built of the operands before it."""


@dataclass(frozen=True, slots=True)
class Production:
    """One token: the slot it fills, and what takes that slot's place, left to right. `equations`: how many equations it announces
    beyond the first. `refers`: the definition that it stands for, or -1. `takes`: slots of the same kind directly below that go
    too. `negates`: whether directly before a word that is a number it is its sign."""

    text: str
    kind: TokenClass
    slot: int
    then: tuple[Part, ...] = ()
    equations: int = 0
    refers: int = -1
    takes: int = 0
    negates: bool = False


_WHOLE = re.compile(r"0|-?[1-9]\d{0,8}")


def whole_numbers(alphabet: Operators) -> tuple[int, ...]:
    """The numbers that an alphabet's symbols are, where it is one of sequences and they are whole numbers that rise: levels, for
    what rounds or averages them. () where they are not, or are fewer than two."""
    symbols = alphabet.constants if alphabet.sequence else ()
    if len(symbols) < 2 or not all(map(_WHOLE.fullmatch, symbols)):
        return ()
    numbers = tuple(map(int, symbols))
    return numbers if all(a < b for a, b in pairwise(numbers)) else ()


LEVEL = 1 << 10
"""An entry of a pass's stack is a slot plus this times the depth of the node that will fill it; one below zero is a head,
-1 - its number."""


class Rule(NamedTuple):
    """A production as a pass applies it.

    `leaf`: what it begins with, if that is one; `pushes`: the entries of the rest, the last one on top, depths being those below
    the slot; `deeper`: the greatest of them, times `LEVEL`. `variable`: the highest, or -1. `counts`: whether any of what follows
    says something. `keeps`: whether what was built so far is a definition. `nodes`: how many more there surely are after it,
    where nodes are counted. The others: see `Production`."""

    leaf: Node | None
    pushes: tuple[int, ...]
    deeper: int
    variable: int
    negates: bool
    counts: bool
    equations: int
    refers: int
    keeps: bool
    nodes: int
    takes: int


def _heads(n_variables: int, alphabet: Operators) -> tuple[Head, ...]:
    symbols = []
    for row in alphabet.rows:
        kind = symbol_kind(row.symbol, row.arity, alphabet)
        leaf = None if row.arity else Node(row.symbol)
        symbols.append(Head(row.symbol, kind, row.arity, node=leaf, symbol=row.symbol if row.arity else ""))
    if alphabet.built_in:
        calls = next(i for i, head in enumerate(symbols) if head.kind is TokenClass.FUNCTION)
        powers = (Head(f"^{n}", TokenClass.OPERATOR, 1, symbol="^", exponent=number(n)) for n in WHOLE_EXPONENTS)
        symbols[calls:calls] = powers
    return (*symbols, *(Head(v.symbol, TokenClass.VARIABLE, node=v) for v in map(variable, range(n_variables))))


def symbol_kind(symbol: str, arity: int, alphabet: Operators = BUILT_IN) -> TokenClass:
    """The class of a symbol that is no variable: calls are functions, constants numbers, all else operators, a sequence's symbols
    among them."""
    if alphabet.sequence:
        return TokenClass.OPERATOR
    if not arity:
        return TokenClass.NUMBER
    row = alphabet.by_symbol.get(symbol)
    return TokenClass.FUNCTION if row is not None and row.fixity == "call" else TokenClass.OPERATOR


@dataclass(frozen=True, slots=True)
class Scope:
    """Which trees a tokenizer must write: variables `x_0` … `x_{n_variables-1}`, and how many equations.

    `closed`: every variable has its own equation (`ode`, `map`), so a tree has at most `n_variables` of them
    and none of its variables may lack one. Not closed (`function`): exactly one equation; of a sequence, as many as the
    alphabet says. `operators`: the domain's alphabet.
    Raises `SpecError` for fewer than one variable; an alphabet of one's own may have none where the domain is not closed.
    """

    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    heads: tuple[Head, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.n_variables < (self.closed or self.operators.built_in):
            raise SpecError(f"a tokenizer needs at least one variable, not {self.n_variables}")
        object.__setattr__(self, "heads", _heads(self.n_variables, self.operators))

    @property
    def max_equations(self) -> int:
        """Children of a system, at most; of a sequence its symbols."""
        return self.operators.sequence or (self.n_variables if self.closed else 1)

    @property
    def counted(self) -> str:
        """What a system has several of, in words."""
        return "symbols" if self.operators.sequence else "equations"

    def check(self, tree: Node) -> None:
        """Raise `EncodeError` where the tree is outside the scope or is no well-formed system."""
        if tree.symbol != SYSTEM:
            raise EncodeError(f"a tokenizer writes systems, not a bare {tree.symbol!r}; wrap the equations with `system(…)`")
        if tree.depth > MAX_DEPTH:
            raise EncodeError(f"the tree is nested {tree.depth} deep; at most {MAX_DEPTH} levels can be written")
        count = len(tree.children)
        if not 1 <= count <= self.max_equations:
            raise EncodeError(f"{count} {self.counted}; this tokenizer writes 1 to {self.max_equations}")
        if self.operators.sequence and all(
            not leaf.children and leaf.symbol in self.operators.by_symbol for leaf in tree.children
        ):
            return
        stack = list(tree.children)
        top = -1
        while stack:
            node = stack.pop()
            if node.is_variable:
                top = max(top, self._variable(node))
            else:
                _check_symbol(node, self.operators)
            stack.extend(node.children)
        if (reason := self.misfit(count, top)) is not None:
            raise EncodeError(reason)

    def _variable(self, node: Node) -> int:
        index = node.symbol[2:]
        if node.children or not index.isdecimal() or str(int(index)) != index:
            raise EncodeError(f"{node.symbol!r} is no variable; variables are x_0, x_1, …")
        if int(index) >= self.n_variables:
            known = ("no variables", "x_0")[self.n_variables] if self.n_variables < 2 else f"x_0 … x_{self.n_variables - 1}"
            raise EncodeError(f"{node.symbol} is not in the vocabulary ({known}); build the tokenizer for more variables")
        return int(index)

    def misfit(self, equations: int, top: int) -> str | None:
        """Why a system of so many equations cannot use variable `top`, or None where it can."""
        if self.closed and top >= equations:
            return f"x_{top} has no equation: the system has {equations}"
        return None


def _check_symbol(node: Node, alphabet: Operators) -> None:
    if node.is_number and alphabet.numbers:
        value = node.value
        if node.children or value is None or value - value != 0.0:
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
    elif len(node.children) != alphabet.arity(node.symbol):
        raise EncodeError(f"{node.symbol!r} with {operand_count(len(node.children))} is in no vocabulary")


@runtime_checkable
class Alphabetic(Protocol):
    """A notation for a domain's operators, which says whose."""

    @property
    def operators(self) -> Operators: ...


def operands(node: Node) -> tuple[Node, ...]:
    """The children that a notation writes: all, but for the exponent of a whole power."""
    return node.children[:1] if is_whole_power(node) else node.children


def head_text(node: Node) -> str:
    """The symbol of a node that is no coefficient: `x_0`, `sin`, `^2`, …"""
    return f"^{int(node.children[1].value or 0)}" if is_whole_power(node) else node.symbol


def kind_of(node: Node, alphabet: Operators = BUILT_IN) -> TokenClass:
    """What class the symbol of a node has: `sin` -> FUNCTION, `pi` and numbers -> NUMBER."""
    return TokenClass.VARIABLE if node.is_variable else symbol_kind(node.symbol, len(node.children), alphabet)


def make_vocabulary(
    symbols: Iterable[tuple[str, TokenClass]], codec: NumberCodec | None, first_number: int | None = None
) -> Vocabulary:
    """The symbols in their order, and the codec's tokens, or one for any number: at `first_number`, or behind all symbols. Raises
    `SpecError` where both use one text."""
    items = list(symbols)
    numbers: tuple[str, ...] = (ANY_NUMBER,) if codec is None else codec.tokens
    if codec is not None:
        if clash := {text for text, _ in items}.intersection(numbers):
            raise SpecError(
                f"number codec {codec.spec!r} uses the token {min(clash)!r}, which the notation already has; rename it"
            )
        if len(set(numbers)) != len(numbers):
            raise SpecError(f"number codec {codec.spec!r} has a token twice")
    at = len(items) if first_number is None else first_number
    items[at:at] = [(text, TokenClass.NUMBER) for text in numbers]
    texts, kinds = zip(*items, strict=True)
    return Vocabulary(texts, kinds)


ANY_NUMBER = "number"
"""In place of a codec's tokens, where numbers are words of their own."""


@lru_cache(maxsize=1 << 14)
def number_leaf(value: float) -> Node:
    """`number(value)`, shared: edits of one sequence decode the same few numbers again and again."""
    return number(value)
