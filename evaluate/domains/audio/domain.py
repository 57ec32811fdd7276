"""Short sounds: sequences of μ-law levels, whose behavior is the waveform.

    kappabar kappa --data bank --domain audio -r symbols -r adpcm
    kappabar compare --domain audio

A sound is up to 96 samples, at 8 kHz, each one of the 255 levels of ITU-T G.711, written as the number that it means; so the
notation `symbols` is μ-law itself, and other codes write the same sounds.
"""

from __future__ import annotations

from dataclasses import replace

from ....grammars.operators import sequences
from ....grammars.text.sequence import SequenceReader
from ..distributions import Distribution
from ..domain import Domain
from .bank import named
from .distances import METRICS
from .levels import LEVELS, LONGEST
from .sampling import NAME, Natural, Uniform
from .waveforms import Waveforms

OPERATORS = sequences(*map(str, LEVELS), longest=LONGEST)

LINE_UP = ("symbols", "adpcm", "symbols | dct:16,63", "symbols | vq:256,4", "symbols | vq:256,8", "symbols | vq:256,8 | repeat:3")
"""μ-law, differences, cosines, codebooks, and the control."""

AUDIO = Domain(
    name=NAME,
    parse=SequenceReader(NAME, OPERATORS),
    semantics=Waveforms(),
    metric="waveform",
    metrics=METRICS,
    closed=False,
    operators=OPERATORS,
    sampler=Natural(),
    series=True,
    line_up=LINE_UP,
    bank=named,
    distributions=(Distribution("natural"), Distribution("uniform", domain="random-audio")),
)

RANDOM = replace(AUDIO, name="random-audio", sampler=Uniform(), distributions=(Distribution("uniform"),))
"""The same under any levels, for what depends on where expressions come from."""
