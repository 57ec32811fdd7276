"""Programs over integers and lists, whose behavior is what they put out on 32 inputs.

    kappabar kappa "fold(xs, 0, (s, x) -> s + x)" --domain program -r prefix
    kappabar compare --domain program

A program is of types, but whatever decodes is run: what has the wrong type is a fault, and a fault is an output.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ....grammars.operators import Operators
from ....grammars.text.own import TextReader
from ..distributions import Distribution
from ..domain import Domain
from ..named import named
from ..observers.outcomes import Outcomes
from .distances import METRICS
from .language import ROWS
from .machine import KINDS, WIDTH
from .runs import Runs, said
from .sampling import NAME, Mutated, Random, Shortest
from .source import GRAMMAR, Builder, written

OPERATORS = Operators(ROWS, write=written)

LINE_UP = ("infix", "prefix", "postfix", "three-address", "indices | prefix", "prefix | bpe:64", "prefix | repeat:3")
"""Source text, prefix, the code of a stack machine, three-address code, de Bruijn's indices, merges, and the control."""

READER = TextReader(NAME, GRAMMAR, OPERATORS, Builder, closed=False)

PROGRAM = Domain(
    name=NAME,
    parse=READER,
    semantics=Runs(),
    metric="outputs",
    metrics=METRICS,
    closed=False,
    operators=OPERATORS,
    sampler=Shortest(),
    line_up=LINE_UP,
    observer=Outcomes(KINDS),
    bank=partial(named, __package__, "program", "source", "{example}", READER),
    say=said,
    columns=WIDTH,
    distributions=(
        Distribution("natural"),
        Distribution("uniform", domain="random-program"),
        Distribution("mutated", domain="mutated-program"),
    ),
)

RANDOM = replace(PROGRAM, name="random-program", sampler=Random(), distributions=(Distribution("uniform"),))
"""The same under random programs, for what depends on where expressions come from."""

MUTATED = replace(PROGRAM, name="mutated-program", sampler=Mutated(), distributions=(Distribution("mutated"),))
"""The same under shortest programs with mistakes."""
