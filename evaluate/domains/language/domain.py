"""Sentences: sequences of characters, whose behavior is the embedding of a sentence model. Needs the extra `language`.

    kappabar simulate --domain language "The quality of mercy is not strain'd"
    kappabar compare --domain language

A sentence is up to 64 small letters, apostrophes and spaces. Every one has an embedding, whether it is English or not.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ..distributions import Distribution
from ..domain import Domain
from ..observers.embeddings import Embeddings
from .bank import nearest_of, quotations
from .distances import METRICS
from .embedding import SIZE
from .meaning import COLUMNS, SentenceMeaning
from .reading import NAME, OPERATORS, SentenceReader
from .sampling import Random, Sentences

LINE_UP = ("symbols", "symbols | bpe:512", "symbols | unigram:512", "symbols | repeat:3")
"""Characters, two vocabularies of pieces, and the control."""

READER = SentenceReader()

LANGUAGE = Domain(
    name=NAME,
    parse=READER,
    semantics=SentenceMeaning(),
    metric="cosine",
    metrics=METRICS,
    closed=False,
    operators=OPERATORS,
    sampler=Sentences(),
    line_up=LINE_UP,
    observer=Embeddings(SIZE),
    bank=partial(quotations, READER),
    say=partial(nearest_of, READER),
    columns=COLUMNS,
    distributions=(Distribution("natural"), Distribution("uniform", domain="random-language")),
)

RANDOM = replace(LANGUAGE, name="random-language", sampler=Random(), distributions=(Distribution("uniform"),))
"""The same under any characters, for what depends on where expressions come from."""
