"""Where RNA comes from: stems with loops, and any sequences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....grammars.tree import Node, System, system
from .folding import BASES, LONGEST

NAME = "rna"
PAIRS = ("GC", "CG", "AU", "UA", "GU", "UG")
_PAIRED = (0.275, 0.275, 0.175, 0.175, 0.05, 0.05)
_UNPAIRED = (0.4, 0.2, 0.2, 0.2)
_TALLEST, _SHORTEST_LOOP = 7, 3


def system_of(text: str) -> System:
    """The system of a sequence's text, such as GGGGAAAACCCC."""
    return System(system(*map(Node, text)), (), NAME)


@dataclass(frozen=True, slots=True)
class Stems:
    """Sequences made to fold, as RNAs with a function are: of `least` to `most` bases, one stem with a loop, or, where there is
    room, as often two side by side. A stem has 3 to 7 pairs, 55 % of them of G and C, 35 % of A and U, 10 % of G and U; a loop 3
    to 7 bases; what is left stands before, between and behind, and as a bulge in a stem. Two of five unpaired bases are A. The
    natural distribution; what each folds to is φ's to say. No longer than what a model is shown of a structure."""

    least: int = 16
    most: int = 32

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        size = self.least + int(rng.integers(self.most - self.least + 1))
        stems = 2 if size >= 2 * self.least - 8 and rng.random() < 0.5 else 1
        share = size // stems
        parts = [self._stem(rng, share) for _ in range(stems)]
        left = size - sum(map(len, parts))
        cuts = np.sort(rng.integers(left + 1, size=stems)).tolist()
        gaps = np.diff([0, *cuts, left]).tolist()
        text = "".join(self._loop(rng, gap) + part for gap, part in zip(gaps, [*parts, ""], strict=True))
        return system_of(text)

    def _stem(self, rng: np.random.Generator, room: int) -> str:
        tallest = min(_TALLEST, (room - _SHORTEST_LOOP) // 2)
        pairs = 3 + int(rng.integers(max(tallest - 2, 1)))
        loop = _SHORTEST_LOOP + int(rng.integers(min(5, max(room - 2 * pairs - 2, 1))))
        chosen = [PAIRS[i] for i in rng.choice(len(PAIRS), size=pairs, p=_PAIRED)]
        rising = [pair[0] for pair in chosen]
        if room > 2 * pairs + loop and rng.random() < 0.3:
            rising.insert(1 + int(rng.integers(pairs - 1)), self._loop(rng, 1))
        return "".join(rising) + self._loop(rng, loop) + "".join(pair[1] for pair in reversed(chosen))

    def _loop(self, rng: np.random.Generator, size: int) -> str:
        return "".join(BASES[i] for i in rng.choice(len(BASES), size=size, p=_UNPAIRED))


@dataclass(frozen=True, slots=True)
class Random:
    """Any sequences of `least` to `most` bases: all lengths alike, all bases alike."""

    least: int = 16
    most: int = LONGEST

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        size = self.least + int(rng.integers(self.most - self.least + 1))
        return system_of("".join(BASES[i] for i in rng.integers(len(BASES), size=size)))
