"""Which synonyms a study of the redundancy dial adds, and how far each level turns κ̄.

Numbers are written in words of so many places, each with tokens of its own: `base` digits, and one more that no coefficient has,
the idle one: a word with an idle digit means a number far below all that are drawn. Each place has `added` tokens more for each
digit. At level 0 all of these say what the idle digit says; then one digit after the other gets its own, as synonyms. So the
vocabulary is the same at every level, and so is what decodes: a word is one token of each place, whatever they say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...streams import generator
from ..code.codes import Shape
from ..code.values import spaced

Floats = NDArray[np.float64]
Word = tuple[int, ...]

_IDLE_FROM, _IDLE_TO = 1e-4, 1e-2
"""What idle words mean, in units of the smallest coefficient: so little that what stands there hardly counts, and never so much
that an expression leaves all bounds, which would be another thing to be edited into."""


@dataclass(frozen=True, slots=True)
class Level:
    """`synonyms`: how many digits have synonyms. `written`: whether these are written, or only read."""

    synonyms: int
    written: bool

    @property
    def name(self) -> str:
        return f"{self.synonyms} {'written' if self.written else 'silent'}"


@dataclass(frozen=True, slots=True)
class Design:
    """`main`: trainings of each level whose synonyms are written, which are tested, `beside`: of each whose are only read.
    `added`: synonyms that a digit can have."""

    main: int
    beside: int
    added: int = 5
    shape: Shape = field(default_factory=lambda: Shape(4, 3))
    low: float = 0.05
    high: float = 20.0

    @property
    def drawn(self) -> tuple[float, ...]:
        """The values of coefficients, rising."""
        return spaced(self.shape.words, self.low, self.high)

    @property
    def values(self) -> tuple[float, ...]:
        """All that words mean, rising: those of idle words first."""
        return (*spaced(len(self.words) - self.shape.words, _IDLE_FROM * self.low, _IDLE_TO * self.low), *self.drawn)

    @property
    def words(self) -> tuple[Word, ...]:
        """The word of each value, by rank."""
        every = list(product(range(self.shape.base + 1), repeat=self.shape.places))
        return (*(w for w in every if self.idle in w), *(w for w in every if self.idle not in w))

    @property
    def idle(self) -> int:
        """The digit that no coefficient has."""
        return self.shape.base

    @property
    def digits(self) -> list[tuple[int, int]]:
        """(place, digit) of those that coefficients have."""
        return list(product(range(self.shape.places), range(self.shape.base)))

    @property
    def levels(self) -> tuple[Level, ...]:
        every = range(len(self.digits) + 1)
        return (*(Level(n, True) for n in every), *(Level(n, False) for n in every if n))

    @property
    def numbered(self) -> list[tuple[int, Level]]:
        """All trainings, in an order in which any first part has about equally many of every level."""
        turns = range(max(self.main, self.beside))
        every = (one for turn in turns for one in self.levels if turn < (self.main if one.written else self.beside))
        return list(enumerate(every))


def granted(design: Design, level: Level, seed: int, draw: int) -> frozenset[tuple[int, int]]:
    """The digits that have synonyms in training number `draw`: drawn, so that no level is one of certain digits."""
    digits = design.digits
    order = generator(seed, "synonyms", draw).permutation(len(digits))
    return frozenset(digits[i] for i in order[: level.synonyms])


@dataclass(frozen=True, slots=True)
class Turned:
    """What a level comes to, over replacements of one token of a number's word by another of its place, all drawn numbers equally
    likely. `kappa`: the mean distance. `redundancy`: the share that changes nothing. `choice`: bits of a number's free choice
    among synonyms, where they are written."""

    kappa: float
    redundancy: float
    choice: float


def turned(design: Design, chosen: frozenset[tuple[int, int]], distance: Floats) -> Turned:
    """distance: (K, K), between all values by rank, see `values.moved`."""
    rank = {word: i for i, word in enumerate(design.words)}
    drawn = [word for word in design.words if design.idle not in word]
    forms = [_forms(design, chosen, place) for place in range(design.shape.places)]
    moved, same, choice = [], [], []
    for word in drawn:
        for place, own in enumerate(word):
            others = sum(forms[place]) - 1
            each = [
                count * distance[rank[word], rank[(*word[:place], digit, *word[place + 1 :])]]
                for digit, count in enumerate(forms[place])
                if digit != own
            ]
            moved.append(sum(each) / others)
            same.append((forms[place][own] - 1) / others)
        choice.append(sum(math.log2(forms[place][own]) for place, own in enumerate(word)))
    return Turned(float(np.mean(moved)), float(np.mean(same)), float(np.mean(choice)))


def _forms(design: Design, chosen: frozenset[tuple[int, int]], place: int) -> Sequence[int]:
    """Tokens that say each digit of a place, the idle one last."""
    own = [1 + design.added * ((place, digit) in chosen) for digit in range(design.shape.base)]
    return [*own, 1 + design.added * sum((place, digit) not in chosen for digit in range(design.shape.base))]
