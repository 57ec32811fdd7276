"""Frequent tree patterns with holes, by greedy compression of a corpus: what `Macros` are made of.

Source: TreeRePair (Lohrey, Maneth & Mennicke 2013, XML tree structure compression using RePair): the pair of a symbol
and one of its children that saves most becomes a symbol of its own, again and again; a symbol so made is a linear
pattern whose holes are its operands. It is byte-pair encoding on trees. What a pair saves is weighed as in Stitch
(Bowers et al. 2023): tokens saved in the corpus, less those of the pattern, written with the earlier ones. Own code and
not `stitch-core`, which searches lambda terms, knows no numbers of several tokens, and states no license.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .merged import LONGEST

HOLE = -1
Template = tuple[int, ...]
Pair = tuple[int, int, int]
"""A symbol, which of its operands, and the symbol there; (s, -1, -1): the number s alone."""

_MAX_ARITY = 4  # as in TreeRePair
_TREES = 2  # in which a pattern must occur: what is frequent in one system alone says nothing about the language
_TREES_CONSTANT = 3  # the same for patterns with a number in them; holes are the default for numbers


@dataclass(frozen=True, slots=True)
class Term:
    """A node of an expression as prefix notation writes it: `label` is its symbol, or the code of its number; it
    starts at token `start`."""

    label: Template
    children: tuple[Term, ...]
    start: int
    number: bool


@dataclass(slots=True)
class _Corpus:
    """All terms, as columns indexed by node, and where each pair of symbols occurs (by the upper node)."""

    templates: list[Template] = field(default_factory=list)
    constant: list[bool] = field(default_factory=list)
    width: list[int] = field(default_factory=list)
    symbols: dict[tuple[Template, bool], int] = field(default_factory=dict)
    symbol: list[int] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    tree: list[int] = field(default_factory=list)
    positions: dict[Pair, dict[int, None]] = field(default_factory=dict)

    def name(self, template: Template, width: int, constant: bool) -> int:
        """The symbol of a template; a number's code and the macro for it are two symbols of one template."""
        key = (template, width == 1)
        if key not in self.symbols:
            self.symbols[key] = len(self.templates)
            self.templates.append(template)
            self.width.append(width)
            self.constant.append(constant)
        return self.symbols[key]

    def add(self, term: Term, tree: int, parent: int = -1) -> int:
        node = len(self.symbol)
        template = (*term.label, *[HOLE] * len(term.children))
        self.symbol.append(self.name(template, len(term.label), term.number))
        self.children.append([])
        self.parent.append(parent)
        self.tree.append(tree)
        self.children[node] = [self.add(child, tree, node) for child in term.children]
        self.note(node)
        return node

    def pairs(self, node: int) -> Iterator[Pair]:
        """The pairs of which this node is the upper part."""
        symbol = self.symbol[node]
        if self.width[symbol] > 1:
            yield symbol, -1, -1
        for i, child in enumerate(self.children[node]):
            yield symbol, i, self.symbol[child]

    def note(self, node: int) -> None:
        for pair in self.pairs(node):
            self.positions.setdefault(pair, {})[node] = None

    def forget(self, node: int) -> None:
        for pair in self.pairs(node):
            del self.positions[pair][node]

    def merged(self, pair: Pair) -> Template:
        """The pattern of a pair."""
        upper, slot, lower = pair
        template = self.templates[upper]
        if slot < 0:
            return template
        at = [i for i, token in enumerate(template) if token == HOLE][slot]
        return (*template[:at], *self.templates[lower], *template[at + 1 :])

    def saved(self, pair: Pair) -> int:
        """Tokens that a macro for this pair would save, less those that define it with the macros there are."""
        upper, slot, lower = pair
        size = self.width[upper] + (self.width[lower] if slot >= 0 else 0)
        return (size - 1) * len(self.positions[pair]) - size

    def replace(self, pair: Pair, symbol: int) -> None:
        """Write every place of the pair with one symbol; in a chain of them, from the top."""
        slot = pair[1]
        for node in sorted(self.positions[pair]):
            if node not in self.positions[pair]:
                continue
            child = self.children[node][slot] if slot >= 0 else -1
            touched = [n for n in (self.parent[node], node, child) if n >= 0]
            for n in touched:
                self.forget(n)
            self.symbol[node] = symbol
            if child >= 0:
                self.children[node][slot : slot + 1] = self.children[child]
                for below in self.children[child]:
                    self.parent[below] = node
            for n in touched[: len(touched) - (child >= 0)]:
                self.note(n)
        self.positions.pop(pair, None)


def mine(corpus: Sequence[Sequence[Term]], limit: int, numbers: bool = True) -> list[Template]:
    """Up to `limit` patterns, in the order in which they were found, as prefix-ordered tokens with `HOLE`s.

    Deterministic: of pairs that save the same, the one whose symbols came first. `numbers`: whether patterns may have some; else
    all are left as holes.
    """
    columns = _Corpus()
    for tree, terms in enumerate(corpus):
        for term in terms:
            columns.add(term, tree)
    templates: list[Template] = []
    while len(templates) < limit and (pair := _best(columns, numbers)) is not None:
        template = columns.merged(pair)
        constant = columns.constant[pair[0]] or (pair[1] >= 0 and columns.constant[pair[2]])
        symbol = columns.name(template, 1, constant)
        if template not in templates:
            templates.append(template)
        columns.replace(pair, symbol)
    return templates


def _best(columns: _Corpus, numbers: bool) -> Pair | None:
    """The pair that saves most, or None where none saves anything."""
    gains = sorted((-gain, pair) for pair in columns.positions if (gain := columns.saved(pair)) > 0)
    for _, pair in gains:
        template = columns.merged(pair)
        constant = columns.constant[pair[0]] or (pair[1] >= 0 and columns.constant[pair[2]])
        trees = {columns.tree[node] for node in columns.positions[pair]}
        short = len(template) - template.count(HOLE) <= LONGEST and template.count(HOLE) <= _MAX_ARITY
        if short and (numbers or not constant) and len(trees) >= (_TREES_CONSTANT if constant else _TREES):
            return pair
    return None
