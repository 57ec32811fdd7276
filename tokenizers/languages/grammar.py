"""The language of the sequences that decode, as a grammar: what constrained decoding lets a model write.

A `Grammar` is deterministic and reads from the left (LL(1)): the symbol on top of a stack and the next token decide everything,
as in `derivation.py`. Its terminals are the tokens of a notation and its number codec; merged tokens are runs of these
(`Language.parts`). So one grammar serves three readers: tables for the compiled walk (`tables.py`), text for
`llguidance` (`lark_text.py`), and the tests, which go through the rules one by one.

The language of a shape (so many equations over at most so many variables) holds what `encode` gives for every tree of the shape
with at most `FUEL` operators in each equation, and nothing that does not decode to such a tree. It may be smaller than the set of
all sequences that decode; each notation's function says where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...grammars.errors import SpecError
from ...grammars.tree import MAX_DEPTH
from ..base import Tokenizer

FUEL = MAX_DEPTH - 2
"""Operators that one equation may have, references written out: no more are needed to be too deep, whatever the notation."""

FRESH, STORE = 1, 2
"""Acts of a rule. FRESH: an equation begins, with all its fuel. STORE + k: as FRESH, after noting what definition k has used."""


class Shape(NamedTuple):
    """Trees of `equations` equations over the variables `x_0` … `x_{variables-1}` at most."""

    equations: int
    variables: int


class Rule(NamedTuple):
    """What a token does: the symbols that it opens instead of its own (the first is read next), the operators that it commits to
    (negative: -1 - k, those of definition k), and an act."""

    opens: tuple[int, ...] = ()
    cost: int = 0
    act: int = 0


@dataclass(slots=True)
class Grammar:
    """Rules under construction. `rules[symbol][token]`; an `optional` symbol gives way where it has no rule for the next token.

    A symbol must have a completion that uses no fuel: an operator is paid for by the token after which it cannot be avoided any
    more. `known`: symbols that shapes share.
    """

    tokens: int
    names: list[str] = field(default_factory=list)
    rules: list[dict[int, Rule]] = field(default_factory=list)
    optional: list[bool] = field(default_factory=list)
    starts: dict[Shape, tuple[int, ...]] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    fuel: int = FUEL

    def symbol(self, name: str, optional: bool = False) -> int:
        """A new symbol without rules. The name is for people."""
        self.names.append(name)
        self.rules.append({})
        self.optional.append(optional)
        return len(self.names) - 1

    def add(self, symbol: int, tokens: int | Iterable[int], opens: Sequence[int] = (), cost: int = 0, act: int = 0) -> None:
        """The same rule for one token or several."""
        rule = Rule(tuple(opens), cost, act)
        for token in (tokens,) if isinstance(tokens, int) else tokens:
            if self.rules[symbol].setdefault(token, rule) != rule:
                raise ValueError(f"{self.names[symbol]} has two rules for token {token}")

    def copy(self, source: int, target: int, then: Sequence[int] = (), cost: int = 0, act: int = 0) -> None:
        """Give `target` the rules of `source`, followed by other symbols, at a further cost and with an act."""
        for token, rule in self.rules[source].items():
            if rule.cost < 0 and cost:
                raise ValueError("a reference cannot cost more than its definition")
            self.add(target, token, (*rule.opens, *then), rule.cost + cost, act or rule.act)


@dataclass(frozen=True, slots=True)
class Language:
    """A grammar, and for each token of the vocabulary the grammar's tokens that it stands for."""

    grammar: Grammar
    parts: tuple[tuple[int, ...], ...]


Writer = Callable[[Tokenizer, Grammar, Shape], tuple[int, ...]]
"""Adds the rules of a notation for a shape, and gives the symbols that stand for a whole sequence."""


def grammar_of(tokenizer: Tokenizer, shapes: Iterable[Shape], writers: Mapping[type, Writer]) -> Grammar | None:
    """The grammar of a notation for several shapes; None where no writer knows the tokenizer's class."""
    write = next((writer for kind, writer in writers.items() if isinstance(tokenizer, kind)), None)
    if write is None:
        return None
    grammar = Grammar(len(tokenizer.vocabulary))
    for shape in shapes:
        grammar.starts[shape] = write(tokenizer, grammar, shape)
    _prune(grammar)
    return grammar


def _prune(grammar: Grammar) -> None:
    """Leave out what nothing completes, as where an alphabet has no operators of two operands. Raises SpecError where that is
    all."""
    ending, found = {symbol for symbol, optional in enumerate(grammar.optional) if optional}, -1
    while found != len(ending):
        found = len(ending)
        for symbol, row in enumerate(grammar.rules):
            if any(ending.issuperset(rule.opens) for rule in row.values()):
                ending.add(symbol)
    for symbol, row in enumerate(grammar.rules):
        grammar.rules[symbol] = {token: rule for token, rule in row.items() if ending.issuperset(rule.opens)}
        if symbol not in ending:  # nothing opens it any more
            grammar.optional[symbol] = True
    for shape, start in grammar.starts.items():
        if not ending.issuperset(start):
            raise SpecError(f"no sequence is a system of {shape.equations} equations over {shape.variables} variables here")


def whole(grammar: Grammar) -> Language:
    """The language in which each token stands for itself."""
    return Language(grammar, tuple((i,) for i in range(grammar.tokens)))


def merged(language: Language, parts: Sequence[Sequence[int]]) -> Language:
    """The same under tokens that stand for runs of this language's."""
    return Language(language.grammar, tuple(tuple(b for p in piece for b in language.parts[p]) for piece in parts))
