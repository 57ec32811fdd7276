"""The truth with errors planted, where expressions are of any form: token edits, as many as cost what a model's errors cost.

Edits are drawn as κ's are, one upon the other, each such that what it gives still decodes to something that can be held against
the test. What is planted is between two numbers of them: so many that the mean q is the model's. Errors are then as costly as the
model's, of the kind that κ is measured by, equally frequent everywhere, and blind to what was observed. (As many edits as a
model's answer is from the truth would be another control: answers that are fifteen edits away often mean nearly the same, and
fifteen drawn edits leave nothing.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node
from ....representations.representation import Representation
from ....tokenizers.base import Invalid
from ...domains.domain import Domain
from ...edits.token import TokenEdits
from ...quality.task.outcomes import Item, score

Floats = NDArray[np.float64]

_TRIES = 64
"""Edits drawn at a time, of which the first that decodes is taken; where none does, that edit is left out."""
_MOST = 12
"""Edits planted in an expression."""


@dataclass(frozen=True, slots=True)
class Planted:
    """`q`: (n,), of each test's truth with errors; `edits`: how many were planted in each, on average."""

    q: Floats
    edits: float


def edited(representation: Representation, ids: Sequence[int], item: Item, domain: Domain, rng: np.random.Generator) -> list[int]:
    """A test's expression, as it is encoded, after one edit more."""
    steps = TokenEdits().token_steps(ids, len(representation.vocabulary), _TRIES, rng)
    for k in rng.permutation(len(steps.positions)).tolist():
        a, b, token = int(steps.positions[k]), int(steps.ends[k]), int(steps.tokens[k])
        changed = [*ids[:a], *([token] if token >= 0 else []), *ids[b:]]
        tree = representation.decode(changed)
        if isinstance(tree, Node) and domain.comparable(tree, item.system):
            return changed
    return list(ids)


def planted(
    representation: Representation, items: Sequence[Item], quality: float, domain: Domain, rng: np.random.Generator
) -> Planted:
    """The truths with so many edits that their mean q is `quality`; with none where it is higher than without, with `_MOST` where
    it is lower than with these."""
    written = [representation.encode(item.target) for item in items]
    fewer = now = _scored(representation, items, written, domain)
    count = 0
    while now.mean() > quality and count < _MOST:
        fewer, count = now, count + 1
        written = [edited(representation, ids, item, domain, rng) for ids, item in zip(written, items, strict=True)]
        now = _scored(representation, items, written, domain)
    lost = fewer.mean() - now.mean()
    share = min((fewer.mean() - quality) / lost, 1.0) if lost > 0 else 0.0
    return Planted((1 - share) * fewer + share * now, max(count - 1, 0) + share)


def _scored(representation: Representation, items: Sequence[Item], written: Sequence[Sequence[int]], domain: Domain) -> Floats:
    trees: list[Node | Invalid] = [representation.decode(ids) for ids in written]
    return np.array([one.q for one in score(domain, items, trees)])
