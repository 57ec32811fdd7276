"""Properties of κ: its family is ordered, an identity has none, and the numbering of a vocabulary is no part of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from ...grammars.tree import Node, System
from ...representations.representation import Representation
from ...tokenizers.base import Invalid, Token, Tokenizer, Vocabulary
from ..edits.base import Edit, EditOperator, Neighborhood, Promises
from ..edits.token import TokenEdits
from ..kappa.kappa import Kappa, measure_all
from .base import OPERATOR, Fault, Refused, Subject, passed_on
from .operating import SPECS, taken, tried
from .ready import ready
from .strategies import tame_systems

_SAMPLE = 300
_MOST = 20_000
"""Larger neighborhoods are not enumerated twice to see what renumbering does."""
_SLACK = 1e-9
_STEPS = (1, 2, 4, 16, 64)
Example = tuple[System, int]
_PROMISES = Promises(exact=True, symmetric=True, inverse="identity<->identity")


@dataclass(frozen=True, slots=True)
class Identity:
    """The operator that changes nothing: its one edit is what the sequence decodes to."""

    name: str = "identity"
    promises: Promises = _PROMISES

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        return Neighborhood(1, (Edit("identity", 0, -1, representation.decode(representation.encode(tree))),))


@dataclass(frozen=True, slots=True)
class Renumbered:
    """A tokenizer with its ids permuted: id i is the base's `order[i]`."""

    base: Tokenizer
    order: tuple[int, ...]
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _places: dict[int, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        tokens, kinds = self.base.vocabulary.tokens, self.base.vocabulary.classes
        renumbered = Vocabulary(tuple(tokens[i] for i in self.order), tuple(kinds[i] for i in self.order))
        object.__setattr__(self, "vocabulary", renumbered)
        object.__setattr__(self, "_places", {old: new for new, old in enumerate(self.order)})

    def tokenize(self, tree: Node) -> list[Token]:
        return self.base.tokenize(tree)

    def encode(self, tree: Node) -> list[int]:
        return [self._places[i] for i in self.base.encode(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return self.base.decode([self.order[i] for i in ids])


def examples(subject: Subject) -> st.SearchStrategy[Example]:
    """A small system and a seed."""
    return st.tuples(tame_systems(subject, 3, 1 if subject.kind != OPERATOR else 2), st.integers(0, 1000))


def _representation(subject: Subject) -> Representation:
    if subject.kind == OPERATOR:
        return tried(taken(subject, SPECS)[0], subject.grammar)
    item = subject.item
    return (
        item if isinstance(item, Representation) else Representation(subject.name, (), item, operators=subject.domain.operators)
    )


def _operator(subject: Subject) -> EditOperator:
    return ready(subject, _representation(subject)) if subject.kind == OPERATOR else TokenEdits()


def _kappa(
    subject: Subject, chosen: Representation, example: Example, operator: EditOperator, limit: int | None = None
) -> Kappa | None:
    """None where the system cannot be measured; it is then no example."""
    system, seed = example
    kappa = measure_all(
        chosen, [system], subject.domain, subject.domain.distance(), operator, edits_per_expression=limit, seed=seed
    )
    if kappa.skipped and "vocabulary" in kappa.skipped[0].reason:
        raise Refused(kappa.skipped[0].reason)
    return None if kappa.skipped or math.isnan(kappa.mean.value) else kappa


def family(subject: Subject, example: Example) -> Fault | None:
    """0 <= mean <= sup <= d_max; kappa@m never falls as m grows, begins at the mean and ends at the sup at most."""
    kappa = _kappa(subject, _representation(subject), example, _operator(subject), _SAMPLE)
    if kappa is None:
        return None
    mean, sup = kappa.mean.value, kappa.sup.value
    if not 0.0 <= mean <= sup * (1 + _SLACK) + _SLACK or sup > kappa.d_max * (1 + _SLACK):
        return Fault("order", f"mean {mean:.6g}, sup {sup:.6g}, largest distance {kappa.d_max:.6g}")
    values = [v for m in _STEPS if not math.isnan(v := kappa.at(m).value)]
    if any(b < a - _SLACK for a, b in pairwise(values)) or (values and values[-1] > sup + _SLACK):
        return Fault("kappa@m", f"kappa@m for m = {_STEPS[: len(values)]} is {[round(v, 6) for v in values]}, sup {sup:.6g}")
    return None


def identity(subject: Subject, example: Example) -> Fault | None:
    """Where nothing is changed, κ is 0."""
    kappa = _kappa(subject, _representation(subject), example, Identity())
    if kappa is None or kappa.sup.value == 0.0:
        return None
    return Fault("not zero", f"κ of the identity is {kappa.sup.value:.6g}")


def renumbered(subject: Subject, example: Example) -> Fault | None:
    """With its ids permuted, a tokenizer has the same κ."""
    chosen = _representation(subject)
    tokenizer = chosen.tokenizer
    size = len(chosen.vocabulary)
    try:
        length = len(chosen.encode(example[0].tree))
    except BaseException as e:  # `round trip` says so
        passed_on(e)
        return None
    if 2 * size * (length + 1) > _MOST:
        return None
    order = tuple(int(i) for i in np.random.default_rng(example[1]).permutation(size))
    other = Representation(chosen.spec, chosen.rewrites, Renumbered(tokenizer, order))
    before, after = (_kappa(subject, r, example, _operator(subject)) for r in (chosen, other))
    if before is None or after is None:
        one_only = (before is None) != (after is None)
        return Fault("measured once", "measured under one numbering of the vocabulary only") if one_only else None
    pairs = [(before.mean.value, after.mean.value), (before.sup.value, after.sup.value)]
    if all(abs(a - b) <= _SLACK for a, b in pairs) and before.validity.value == after.validity.value:
        return None
    detail = f"mean {pairs[0][0]:.9g} and sup {pairs[1][0]:.9g} become {pairs[0][1]:.9g} and {pairs[1][1]:.9g}"
    return Fault("numbering", f"{detail}, validity {before.validity.value:.6g} and {after.validity.value:.6g}")
