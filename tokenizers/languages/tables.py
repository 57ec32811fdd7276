"""A language as tables: what the compiled walk (`masked_rows.py`) reads.

Tokens that no rule tells apart are one *class*; tokens of a vocabulary whose parts have the same classes are one *word*. The
words form a trie over classes, so that one walk through it finds all that may follow: with 27,000 one-token numbers, one step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .grammar import Grammar, Language, Rule, Shape
from .shortest import Shortest

Ints = NDArray[np.int32]
Trie = dict[int, "Branch"]


class Tables(NamedTuple):
    """For the walk.

    transitions: (symbols, classes) rule, or -1. least: (symbols,) tokens that surely complete one. need, cost, act: (rules,),
    need being the least of what a rule opens. first: (rules + 1,) into opens, where the symbol of a rule that is read next comes
    last. Trie in pre-order, for each node its class, depth (from 0), the node after its subtree, and its word or -1. spans:
    (words + 1,) into the words' classes. fuel: (1,).
    """

    transitions: Ints
    least: Ints
    need: Ints
    cost: Ints
    act: Ints
    first: Ints
    opens: Ints
    node_class: Ints
    node_depth: Ints
    node_end: Ints
    node_word: Ints
    spans: Ints
    classes: Ints
    fuel: Ints


@dataclass(slots=True)
class Branch:
    """A node of the trie under construction."""

    word: int
    below: Trie


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Compiled:
    """`words`: (V,) the word of each token; tokens that nothing allows share the number `n_words`. `starts`: stacks, the next
    symbol last. `scratch`: symbols that the words on one path of the trie can open together. `longest`: classes of a word at
    most. `shortest`: the fewest words that complete a stack; None where each is one class, and the sum over symbols says it."""

    tables: Tables
    words: NDArray[np.int64]
    n_words: int
    starts: Mapping[Shape, tuple[int, ...]]
    scratch: int
    longest: int
    shortest: Shortest | None


def compiled(language: Language) -> Compiled:
    """The tables of a language. Raises ValueError where one of its symbols has no end."""
    grammar = language.grammar
    rules = list(dict.fromkeys(rule for row in grammar.rules for rule in row.values()))
    class_of, transitions = _classes(grammar, {rule: i for i, rule in enumerate(rules)})
    words, spelled = _words(language, class_of)
    trie: Trie = {}
    for word, classes in enumerate(spelled):
        branches = trie
        for c in classes[:-1]:
            branches = branches.setdefault(c, Branch(-1, {})).below
        branches.setdefault(classes[-1], Branch(-1, {})).word = word
    least = _least(grammar, class_of, trie)
    opens = [tuple(reversed(rule.opens)) for rule in rules]
    node_class, node_depth, node_end, node_word = _flat(trie)
    tables = Tables(
        transitions=transitions,
        least=_ints(least),
        need=_ints([sum(least[s] for s in rule.opens) for rule in rules]),
        cost=_ints([rule.cost for rule in rules]),
        act=_ints([rule.act for rule in rules]),
        first=_offsets(opens),
        opens=_ints([s for those in opens for s in those]),
        node_class=node_class,
        node_depth=node_depth,
        node_end=node_end,
        node_word=node_word,
        spans=_offsets(spelled),
        classes=_ints([c for those in spelled for c in those]),
        fuel=_ints([grammar.fuel]),
    )
    widest = max((len(those) for those in opens), default=1)
    longest = max((len(those) for those in spelled), default=1)
    starts = {shape: tuple(reversed(symbols)) for shape, symbols in grammar.starts.items()}
    shortest = None if longest < 2 else _shortest(grammar, class_of, trie, least)
    return Compiled(
        tables=tables,
        words=words,
        n_words=len(spelled),
        starts=starts,
        scratch=widest * longest + 1,
        longest=longest,
        shortest=shortest,
    )


def _shortest(grammar: Grammar, class_of: list[int], trie: Trie, least: list[int]) -> Shortest:
    below: list[dict[int, int]] = [{}]
    word = [-1]
    burn: list[int] = [0]
    cost = [0] * (max(class_of, default=0) + 1)
    for row in grammar.rules:
        for token, rule in row.items():
            cost[class_of[token]] = max(cost[class_of[token]], rule.cost)

    def visit(branches: Trie, node: int) -> None:
        for c, branch in branches.items():
            below[node][c] = len(word)
            word.append(branch.word)
            below.append({})
            burn.append(burn[node] + cost[c])
            visit(branch.below, len(word) - 1)

    visit(trie, 0)
    by_class = [{class_of[token]: rule for token, rule in row.items()} for row in grammar.rules]
    return Shortest(by_class, grammar.optional, least, below, word, max(burn))


def _classes(grammar: Grammar, numbered: Mapping[Rule, int]) -> tuple[list[int], Ints]:
    """The class of each token (-1: no rule has it), and the transitions."""
    columns: list[list[tuple[int, int]]] = [[] for _ in range(grammar.tokens)]
    for symbol, row in enumerate(grammar.rules):
        for token, rule in row.items():
            columns[token].append((symbol, numbered[rule]))
    known: dict[tuple[tuple[int, int], ...], int] = {}
    class_of = [known.setdefault(tuple(column), len(known)) if column else -1 for column in columns]
    transitions = np.full((len(grammar.rules), max(len(known), 1)), -1, np.int32)
    for column, c in known.items():
        for symbol, rule_number in column:
            transitions[symbol, c] = rule_number
    return class_of, transitions


def _words(language: Language, class_of: list[int]) -> tuple[NDArray[np.int64], list[tuple[int, ...]]]:
    known: dict[tuple[int, ...], int] = {}
    indices: list[int] = []
    for piece in language.parts:
        classes = tuple(class_of[p] for p in piece)
        indices.append(-1 if -1 in classes or not classes else known.setdefault(classes, len(known)))
    words = np.array(indices, np.int64)
    words[words < 0] = len(known)
    return words, list(known)


def _least(grammar: Grammar, class_of: list[int], trie: Trie) -> list[int]:
    """The fewest tokens of the vocabulary that complete each symbol by itself and without fuel; 0 where it is optional.

    So a sum over symbols may be more than the least, where a merged token completes several; never less. `shortest` knows.
    """
    by_class = [{class_of[token]: rule for token, rule in row.items()} for row in grammar.rules]
    after = [_after((symbol,), trie, by_class, grammar.optional) for symbol in range(len(by_class))]
    least = [0.0 if optional else math.inf for optional in grammar.optional]
    changed = True
    while changed:
        changed = False
        for symbol, rests in enumerate(after):
            best = min((1 + sum(least[s] for s in rest) for rest in rests), default=math.inf)
            if best < least[symbol]:
                least[symbol], changed = best, True
    if math.inf in least:
        raise ValueError(f"no sequence ever completes {grammar.names[least.index(math.inf)]!r}")
    return [int(n) for n in least]


def _after(stack: tuple[int, ...], trie: Trie, by_class: list[dict[int, Rule]], optional: list[bool]) -> set[tuple[int, ...]]:
    """What is open after one word that begins within `stack` (the next symbol first), uses no fuel and does not reach beyond."""
    classes: set[tuple[int, ...]] = set()
    for c, branch in trie.items():
        rest = stack
        while rest and c not in by_class[rest[0]] and optional[rest[0]]:
            rest = rest[1:]
        rule = by_class[rest[0]].get(c) if rest else None
        if rule is not None and not rule.cost:
            following = rule.opens + rest[1:]
            if branch.word >= 0:
                classes.add(following)
            if branch.below:
                classes |= _after(following, branch.below, by_class, optional)
    return classes


def _flat(trie: Trie) -> tuple[Ints, Ints, Ints, Ints]:
    """Class, depth, end of the subtree, and word of each node."""
    rows: list[list[int]] = []

    def visit(branches: Trie, depth: int) -> None:
        for c, branch in branches.items():
            row = [c, depth, 0, branch.word]
            rows.append(row)
            visit(branch.below, depth + 1)
            row[2] = len(rows)

    visit(trie, 0)
    columns = np.array(rows, np.int32).reshape(-1, 4).T
    a, b, c, d = (np.ascontiguousarray(column) for column in columns)
    return a, b, c, d


def _ints(values: list[int]) -> Ints:
    return np.array(values, np.int32)


def _offsets(runs: list[tuple[int, ...]]) -> Ints:
    return np.concatenate([[0], np.cumsum([len(run) for run in runs])]).astype(np.int32)
