"""A domain of strings in one file: a string over A, B, C and D means a graph, in which an edge goes from each letter to the next.

    kappabar compare --domain examples.strings:STRINGS --data sample:50

Expressions are sequences of symbols and no trees; their behaviors are lists of edges, as long as the graph has edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kappabar import Domain, Meaning, Metric, Node, SequenceReader, Symbols, System, sequences, system

LETTERS = "ABCD"

# 1. The alphabet: the symbols, and how many an expression has at most.
OPERATORS = sequences(*LETTERS, longest=24)


# 2. The semantic map φ: the edges of the graph, numbered from 1 on, in order. A letter alone has none: it means nothing.
def edges(string: Node) -> list[int] | None:
    places = [LETTERS.index(letter.symbol) for letter in string.children]
    return sorted({1 + a * len(LETTERS) + b for a, b in pairwise(places)}) or None


# 3. The metric: edges that one of two graphs has, over those that either has. Arrays are (..., T, D); behind the last edge is 0.
def apart(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    known = np.arange(1, 1 + len(LETTERS) ** 2)
    ours, theirs = ((graph[..., None] == known).any(axis=(-3, -2)) for graph in (reference, other))
    return (ours ^ theirs).sum(axis=-1) / np.maximum((ours | theirs).sum(axis=-1), 1)


# 4. Where strings come from.
@dataclass(frozen=True)
class Strings:
    """Random strings of `least` to `most` letters."""

    least: int = 3
    most: int = 16

    def draw(self, rng: np.random.Generator) -> System:
        letters = rng.choice(list(LETTERS), size=int(rng.integers(self.least, self.most + 1)))
        return System(system(*map(Node, map(str, letters))), (), "strings")


# 5. What a person of the domain looks at.
def graph(behavior: np.ndarray) -> str:
    numbers = [int(n) - 1 for n in behavior[:, 0] if n]
    return ", ".join(f"{LETTERS[n // len(LETTERS)]}→{LETTERS[n % len(LETTERS)]}" for n in numbers)


STRINGS = Domain(
    name="strings",
    parse=SequenceReader("strings", OPERATORS),
    semantics=Meaning(edges, longest=len(LETTERS) ** 2),
    metric="edges",
    metrics=(Metric("edges", apart, d_max=1.0),),
    closed=False,  # a sequence has no equations
    operators=OPERATORS,
    sampler=Strings(),
    observer=Symbols(1 + len(LETTERS) ** 2, ordered=True),  # a model sees the edges, and 0 behind the last
    line_up=("symbols", "symbols | kmers:2", "symbols | bpe:32", "symbols | repeat:3"),
    say=graph,
)
