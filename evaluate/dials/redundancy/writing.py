"""A level as a representation: `prefix` with numbers in words, some of whose digits have synonyms."""

from __future__ import annotations

from dataclasses import replace

from ....representations.representation import Representation
from ....tokenizers.codecs.centers import Centers
from ...domains.domain import Domain
from ..code.writing import in_words
from .design import Design, Level
from .synonyms import Synonyms


def written(
    domain: Domain, design: Design, level: Level, chosen: frozenset[tuple[int, int]], variables: int
) -> tuple[Representation, Synonyms]:
    """Expressions of a domain in so many variables, as a level writes them; the tokenizer in it is beside it."""
    plain = in_words(domain, Centers(design.values, design.words), variables, level.name)
    ids = plain.vocabulary.ids
    says = [
        ids[f"C{place}.{digit if (place, digit) in chosen else design.idle}"]
        for place, digit in design.digits
        for _ in range(design.added)
    ]
    synonyms = Synonyms(plain.tokenizer, tuple(says), level.written)
    return replace(plain, tokenizer=synonyms), synonyms
