"""Small trees of an alphabet in order of size, each once: what is tried before any tree is drawn.

Leaves, numbers at the edges of what floats are among them; as many variables as there may be; every symbol over every leaf, at
every operand; every symbol below every other, at every operand, for what only two together show.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import chain, product
from random import Random

from ...grammars.operators import Operators
from ...grammars.tree import Node, System, number, system, variable, variables
from ...tokenizers.alphabet import WHOLE_EXPONENTS
from ...tokenizers.base import Tokenizer
from .base import Attempt, Subject
from .strategies import DELETION, INSERTION, SUBSTITUTION, of_vocabulary

_NUMBERS = (1.0, -1.0, 0.0, 2.0, 2.5, -1.5, -1e-4)
_EDGES = (
    10.0,
    0.1,
    -9.995,
    99.95,
    -1e-5,
    1e-12,
    -1e12,
    1e22,
    123456.789,
    5e-324,
    -1e300,
    sys.float_info.max,
    -sys.float_info.max,
)
_EXPONENTS = (2.0, 3.0)
"""Of the powers that stand with other symbols; alone, all whole ones do."""
_EDITED, _PER_TREE = 60, 120
"""Trees whose sequences are edited, and about how many edits of each."""
_ALONE = 100
"""About how many tokens of a large vocabulary are tried alone."""
_LONG = 1500
"""Tokens of long sequences: what calls itself once a token does not come to their end."""
_Slot = Callable[[Node, Node], Node]
"""A symbol around one operand, with another for the rest."""


def small_trees(subject: Subject) -> Iterator[Node]:
    """Systems of the subject's domain, of one equation and as many others as its variables need."""
    seen: set[Node] = set()
    for tree in chain((placed(subject, leaf) for leaf in _plain(subject)), _wide(subject), _composed(subject)):
        if tree not in seen:
            seen.add(tree)
            yield tree


def placed(subject: Subject, expression: Node) -> Node:
    """As the first equation; in a closed domain each other variable stays as it is."""
    if not subject.domain.closed:
        return system(expression)
    return system(expression, *(variable(i) for i in range(1, max(variables(system(expression)), default=0) + 1)))


def _plain(subject: Subject) -> Iterator[Node]:
    alphabet = subject.domain.operators
    yield from _leaves(alphabet, subject.dim)
    yield from (number(v) for v in _EDGES if alphabet.numbers)
    if alphabet.built_in and subject.dim:
        yield from (Node("^", (variable(0), number(float(n)))) for n in WHOLE_EXPONENTS)


def _composed(subject: Subject) -> Iterator[Node]:
    leaves, slots = _leaves(subject.domain.operators, subject.dim), _slots(subject.domain.operators)
    rest = variable(min(1, subject.dim - 1)) if subject.dim else leaves[0]
    both = dict.fromkeys((leaves[0], rest))
    yield from (placed(subject, slot(leaf, other)) for slot, leaf, other in product(slots, leaves, both))
    yield from (placed(subject, outer(inner(leaves[0], rest), rest)) for outer, inner in product(slots, slots))


def _leaves(alphabet: Operators, dim: int) -> list[Node]:
    """The simplest first."""
    numbers = [number(v) for v in _NUMBERS] if alphabet.numbers else []
    named = [variable(i) for i in range(min(dim, 2))]
    return [*named[:1], *numbers, *(Node(c) for c in alphabet.constants), *named[1:]] or [variable(0)]


def _slots(alphabet: Operators) -> list[_Slot]:
    def slot(symbol: str, arity: int, place: int) -> _Slot:
        return lambda inner, rest: Node(symbol, tuple(inner if i == place else rest for i in range(arity)))

    def power(exponent: float) -> _Slot:
        return lambda inner, _: Node("^", (inner, number(exponent)))

    slots = [slot(row.symbol, row.arity, place) for row in alphabet.rows for place in range(row.arity)]
    return slots + ([power(n) for n in _EXPONENTS] if alphabet.built_in else [])


def _wide(subject: Subject) -> Iterator[Node]:
    """With many variables: x_10 is neither x_1 nor x_1 and a 0."""
    for n in range(3, subject.dim + 1):
        names = [variable(i) for i in reversed(range(n))]
        yield system(*names) if subject.domain.closed else system(names[0])


def small_systems(subject: Subject) -> Iterator[System]:
    """Every symbol over x_0, from below zero, from zero and from above: simulating one is dear. None where the alphabet is one's
    own."""
    if not subject.domain.operators.built_in:
        return
    x, rest = variable(0), variable(min(1, subject.dim - 1))
    for expression in (x, *(slot(x, rest) for slot in _slots(subject.domain.operators))):
        n = 1 + max(variables(expression), default=0)
        names = tuple(f"x_{i}" for i in range(n))
        if not subject.domain.closed:
            yield System(system(expression), names, subject.grammar, ranges=((-3.0, 3.0),) * n)
            continue
        tree = system(expression, *(variable(i) for i in range(1, n)))
        yield from (System(tree, names, subject.grammar, ((start, 1.25)[:n],), 1.0) for start in (-0.75, 0.0, 1.5))


def small_attempts(subject: Subject) -> Iterator[Attempt]:
    """What to decode: nothing, each token alone and very often, and small trees' sequences with one unit edit."""
    tokenizer: Tokenizer = subject.item
    size = len(tokenizer.vocabulary)
    yield Attempt(())
    alone = range(0, size, max(1, size // _ALONE))
    yield from (Attempt((token,) * times) for times in (1, _LONG) for token in alone)
    for tree, _ in zip(small_trees(subject), range(_EDITED), strict=False):
        if ids := of_vocabulary(tokenizer, tree):
            edits = [(SUBSTITUTION, at, token) for at in range(len(ids)) for token in range(size) if token != ids[at]]
            edits += [(INSERTION, at, token) for at in range(len(ids) + 1) for token in range(size)]
            edits += [(DELETION, at, -1) for at in range(len(ids))]
            drawn = Random(0).sample(edits, min(_PER_TREE, len(edits)))
            yield from (edited(tokenizer, tree, ids, edit) for edit in sorted(drawn, key=lambda e: (e[1], e[2])))


def edited(tokenizer: Tokenizer, tree: Node, ids: list[int], edit: tuple[str, int, int]) -> Attempt:
    """A tree's sequence after one unit edit."""
    kind, at, token = edit
    texts, end = tokenizer.vocabulary.tokens, at + (kind != INSERTION)
    changed = (*ids[:at], *([token] if token >= 0 else []), *ids[end:])
    old = texts[ids[at]] if at < end <= len(ids) else ""
    return Attempt(changed, tree, kind, at, old, texts[token] if token >= 0 else "")
