"""Protein folding in the HP model on the square lattice: sequences of H and P, whose behavior is their native structure.

    kappabar simulate --domain fold HPPHPPHPPHPPH
    kappabar compare --domain fold

A sequence is hydrophobic and polar beads in a row. Where several walks have the least energy it has no native structure, so that
an edit that decodes may be undefined; most are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ....grammars.operators import sequences
from ....grammars.text.sequence import SequenceReader
from ..distributions import Distribution
from ..domain import Domain
from ..named import named
from .folding import HYDROPHOBIC, POLAR, Folding, said
from .observer import Chain
from .overlap import METRICS
from .sampling import NAME, Designing, Random
from .walks import LONGEST

OPERATORS = sequences(HYDROPHOBIC, POLAR, longest=LONGEST)

LINE_UP = ("symbols", "symbols | kmers:2", "symbols | kmers:3", "symbols | bpe:32", "symbols | repeat:3")
"""Beads, two and three of them at once, merges, and the control."""

READER = SequenceReader(NAME, OPERATORS, ((HYDROPHOBIC.lower(), HYDROPHOBIC), (POLAR.lower(), POLAR)))

FOLD = Domain(
    name=NAME,
    parse=READER,
    semantics=Folding(),
    metric="contacts",
    metrics=METRICS,
    closed=False,
    operators=OPERATORS,
    sampler=Designing(),
    line_up=LINE_UP,
    observer=Chain(),
    bank=partial(named, __package__, "sequence", "sequence", "energy {energy}", READER),
    say=said,
    distributions=(Distribution("natural"), Distribution("uniform", domain="random-fold")),
)

RANDOM = replace(FOLD, name="random-fold", sampler=Random(), distributions=(Distribution("uniform"),))
"""The same under random sequences, for what depends on where expressions come from."""
