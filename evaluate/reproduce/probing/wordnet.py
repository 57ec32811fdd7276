"""Words that mean the same, from WordNet's database files (Miller 1995; Princeton's licence, which allows any use).

No package of PyPI ships them. Debian's `wordnet-base` does, and puts them where `PLACE` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ....grammars.errors import NotInstalledError, SourceError

PLACE = Path("/usr/share/wordnet")
_FILES = ("data.noun", "data.verb", "data.adj", "data.adv")
_WORD = re.compile(r"[a-z]+")


def synonyms(folder: Path | None = None) -> Mapping[str, tuple[str, ...]]:
    """Of each word, those that share a synset with it, in alphabetical order; words of several parts, and such with capitals or
    signs, left out. Raises NotInstalledError without a `folder` where WordNet is not installed, SourceError for a folder or a
    file that is none of WordNet's."""
    place = PLACE if folder is None else folder
    if folder is None and not (place / _FILES[0]).is_file():
        raise NotInstalledError(
            "synonyms are WordNet's, which is not installed here: apt-get install wordnet-base, or name a folder with its "
            "data.noun, data.verb, data.adj and data.adv"
        )
    found: dict[str, set[str]] = {}
    for name in _FILES:
        for group in _groups(place / name):
            for word in group:
                found.setdefault(word, set()).update(group)
    return {word: tuple(sorted(others - {word})) for word, others in found.items() if len(others) > 1}


def _groups(path: Path) -> list[set[str]]:
    """The plain words of each synset of a data file: after offset, file and part of speech the number of words, in hexadecimal,
    then each with a number of its own (wndb(5WN))."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise SourceError(f"{path} cannot be read as WordNet's: {getattr(e, 'strerror', None) or 'it is no text'}") from None
    groups = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("  "):  # its licence
            continue
        fields = line.split(" ")
        try:
            words = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
        except (IndexError, ValueError):
            raise SourceError(f"{path}, line {number}: no synset of WordNet's") from None
        groups.append({word.partition("(")[0] for word in words if _WORD.fullmatch(word.partition("(")[0])})
    return groups
