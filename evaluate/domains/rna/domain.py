"""RNA: sequences of bases, whose behavior is their secondary structure of minimum free energy. Needs the extra `rna`.

    kappabar simulate --domain rna GGCGAUACCAGCCGAAAGGCCCUUGGCAGCGUC
    kappabar compare --domain rna

A sequence is bases in a row. Every one of up to 60 has a structure, if only that of an open chain.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ....grammars.operators import sequences
from ....grammars.text.sequence import SequenceReader
from ..distributions import Distribution
from ..domain import Domain
from ..named import named
from ..observers.symbols import Symbols
from .distances import METRICS
from .folding import BASES, LONGEST, SYMBOLS, MinimumFreeEnergy, said
from .sampling import NAME, Random, Stems

OPERATORS = sequences(*BASES, longest=LONGEST)

LINE_UP = ("symbols", "symbols | kmers:2", "symbols | kmers:3", "symbols | bpe:64", "symbols | repeat:3")
"""Bases, two and three of them at once, merges, and the control."""

READER = SequenceReader(NAME, OPERATORS, (*((base.lower(), base) for base in BASES), ("T", "U"), ("t", "U")))

RNA = Domain(
    name=NAME,
    parse=READER,
    semantics=MinimumFreeEnergy(),
    metric="base-pairs",
    metrics=METRICS,
    closed=False,
    operators=OPERATORS,
    sampler=Stems(),
    line_up=LINE_UP,
    observer=Symbols(SYMBOLS, ordered=True, length=LONGEST),
    bank=partial(named, __package__, "sequence", "sequence", "{kind}", READER),
    say=said,
    distributions=(Distribution("natural"), Distribution("uniform", domain="random-rna")),
)

RANDOM = replace(RNA, name="random-rna", sampler=Random(), distributions=(Distribution("uniform"),))
"""The same under random sequences, for what depends on where expressions come from."""
