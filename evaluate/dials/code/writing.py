"""A table as a representation: `prefix` with numbers written in its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ....grammars.tree import Node
from ....representations.representation import Representation
from ....tokenizers.catalog import parse_spec
from ....tokenizers.codecs.centers import Centers
from ....tokenizers.parts import Chosen, Codec
from ....tokenizers.wrappers.repeat import Repeat
from ...domains.domain import Domain
from .codes import Shape, Table


def words(table: Table, shape: Shape) -> tuple[tuple[int, ...], ...]:
    """The word of each value, by rank, as digits."""
    digits = np.array(np.unravel_index(np.argsort(table), shape.grid)).T
    return tuple(tuple(word) for word in digits.tolist())


def in_words(domain: Domain, codec: Centers, variables: int, name: str) -> Representation:
    """Expressions of a domain in so many variables, their numbers in a codec's words. `name`: what stands behind `prefix | `."""

    def given(_values: Sequence[float]) -> Centers:
        return codec

    plan = replace(parse_spec(["prefix", "bins:8"]), number=Chosen(Codec("centers", "", given)))
    nothing: tuple[Node, ...] = ()
    return Representation(f"prefix | {name}", (), plan.build(variables, domain.closed, nothing))


def written(
    domain: Domain, table: Table, shape: Shape, values: Sequence[float], variables: int, name: str, times: int = 1
) -> Representation:
    """`in_words` of a table; numbers between values become the nearest. `times`: how often each token is sent."""
    plain = in_words(domain, Centers(tuple(values), words(table, shape)), variables, name)
    if times == 1:
        return plain
    return replace(plain, spec=f"{plain.spec} | repeat:{times}", tokenizer=Repeat(plain.tokenizer, times))
