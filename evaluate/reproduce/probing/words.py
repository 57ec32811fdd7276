"""Edits of one word of a sentence: to a word that means the same, to one that is plausible there, and to one at random.

What is plausible, and how far a model's next-word distribution moves, a small model says: a bigram model of the sentences, in
which a word's successors are counted and mixed with the words of all of them (Jelinek & Mercer 1980).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KEPT = 0.7
"""The share of its next-word distribution that a bigram model takes from the word before; the rest is that of all words."""
LONGEST = 64
"""Characters of an edited sentence, at most: those of the domain `language`."""


@dataclass(frozen=True, slots=True)
class Bigrams:
    """`words`: all of them, in alphabetical order; `share` (W,): how often each is there; `next`: of each word its successors,
    (ids, shares)."""

    words: tuple[str, ...]
    share: Floats
    next: Mapping[str, tuple[NDArray[np.int64], Floats]]

    @staticmethod
    def of(sentences: Sequence[str]) -> Bigrams:
        split = [sentence.split() for sentence in sentences]
        counts = Counter(word for words in split for word in words)
        known = tuple(sorted(counts))
        place = {word: i for i, word in enumerate(known)}
        pairs: dict[str, Counter[int]] = {}
        for words in split:
            for a, b in pairwise(words):
                pairs.setdefault(a, Counter())[place[b]] += 1
        after = {}
        for word, each in pairs.items():
            ids = np.array(sorted(each), np.int64)
            numbers = np.array([each[int(i)] for i in ids], float)
            after[word] = ids, numbers / numbers.sum()
        share = np.array([counts[word] for word in known], float)
        return Bigrams(known, share / share.sum(), after)

    def following(self, word: str) -> Floats:
        """The distribution of the next word, (W,)."""
        if word not in self.next:
            return self.share
        found = (1 - KEPT) * self.share
        ids, shares = self.next[word]
        found[ids] += KEPT * shares
        return found

    def moved(self, word: str, other: str) -> float:
        """How far the next-word distribution moves where one word stands for another: total variation, in [0, 1]."""
        return float(np.abs(self.following(word) - self.following(other)).sum() / 2)


@dataclass(frozen=True, slots=True)
class WordEdit:
    """One word of a sentence, and what may stand for it: of each kind one word."""

    sentence: str
    place: int
    synonym: str
    plausible: str
    random: str

    @property
    def word(self) -> str:
        return self.sentence.split()[self.place]

    def text(self, other: str) -> str:
        words = self.sentence.split()
        return " ".join([*words[: self.place], other, *words[self.place + 1 :]])


def word_edits(
    sentences: Sequence[str], model: Bigrams, alike: Mapping[str, Sequence[str]], n: int, rng: np.random.Generator
) -> list[WordEdit]:
    """`n` sentences with one word each that has a synonym, drawn, and not the first, so that one stands before it. The plausible
    word is drawn by the model from what follows the word before, the random one from all words alike; neither is the word
    itself. Fewer where there are fewer such sentences."""
    found: list[WordEdit] = []
    for i in rng.permutation(len(sentences)).tolist():
        if len(found) == n:
            break
        words = sentences[i].split()
        places = [k for k in range(1, len(words)) if alike.get(words[k])]
        if not places:
            continue
        k = places[int(rng.integers(len(places)))]
        own = words[k]
        likely = model.following(words[k - 1]) * np.array([word != own for word in model.words])
        plausible = model.words[int(rng.choice(len(likely), p=likely / likely.sum()))]
        random = own
        while random == own:
            random = model.words[int(rng.integers(len(model.words)))]
        synonym = alike[own][int(rng.integers(len(alike[own])))]
        one = WordEdit(sentences[i], k, synonym, plausible, random)
        if max(len(one.text(other)) for other in (synonym, plausible, random)) <= LONGEST:
            found.append(one)
    return found
