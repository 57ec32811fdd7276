"""Sentences as sequences of characters: 26 letters, the apostrophe, and `▁` for a space."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_lowercase

from ....grammars.operators import sequences
from ....grammars.text.sequence import SequenceReader
from ....grammars.tree import SYSTEM, Node, System, system

NAME = "language"
SPACE = "▁"
"""As SentencePiece writes a space: a symbol has none in it."""
CHARACTERS = (*ascii_lowercase, "'", SPACE)
LONGEST = 64
"""Characters of a sentence, at most."""
STRANGE = f"a sentence is made of {', '.join(CHARACTERS)} alone"
_PUNCTUATION = str.maketrans(dict.fromkeys('.,;:!?"“”()[]*', "\0") | dict.fromkeys("—–-…", " ") | dict.fromkeys("’‘`", "'"))
_GAP = re.compile(r"(?<=[^\s\0▁])[\s\0]+(?=[^\s\0▁])")
_BETWEEN_WORDS = re.compile(r"(?<=[^▁])▁(?=[^▁])")


def text_of(tree: Node) -> str:
    """A sentence's text, with spaces. Raises ValueError for a tree that is none."""
    symbols = [child.symbol for child in tree.children]
    if tree.symbol != SYSTEM or not {*symbols} <= {*CHARACTERS} or any(child.children for child in tree.children):
        raise ValueError(STRANGE)
    return "".join(symbols).replace(SPACE, " ")


def system_of(text: str) -> System:
    """The system of a text of the alphabet, with spaces."""
    return System(system(*map(Node, text.replace(" ", SPACE))), (), NAME)


def plain(text: str) -> str:
    """What of a text is written, in as many characters: small letters, `▁` once for the white space and dashes between two
    words, blanks for what is left out, and everything else as it is, `▁` among it."""
    small = "".join(low if len(low := c.lower()) == 1 else c for c in text.translate(_PUNCTUATION))
    joined = _GAP.sub(lambda gap: (SPACE if set(gap[0]) - {"\0"} else " ").ljust(len(gap[0])), small)
    return joined.replace("\0", " ")


def written(tree: Node) -> str:
    """How a sentence is shown: spaces between words as such, and `▁` for those at its ends and side by side, which nobody would
    see otherwise. `SentenceReader` reads the same sentence from it."""
    text = "".join(leaf.symbol for leaf in tree.children) if tree.symbol == SYSTEM else tree.symbol
    return _BETWEEN_WORDS.sub(" ", text)


OPERATORS = sequences(*CHARACTERS, longest=LONGEST, write=written)


_SYMBOLS = SequenceReader(NAME, OPERATORS)


@dataclass(frozen=True, slots=True)
class SentenceReader:
    """The `parse` of sentences: text to `System`. Capitals are read as small letters, punctuation is left out but apostrophes, a
    run of white space is one space. Raises ParseError for digits and other signs, and for more than 64 characters."""

    def __call__(self, text: str) -> System:
        return _SYMBOLS(plain(text))
