"""The truth with errors planted, where expressions are of any form: as many token edits as a model's answer is from the truth.

A model's error is the number of single-token edits between what it wrote and what is right, both as they are encoded. Planted, so
many edits, drawn as κ's are, go into another test's encoding, each such that it still decodes to something that can be held
against the test: as many errors as the model's, of the kind that κ is measured by, and blind to what was observed. What does not
decode is planted as that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....grammars.tree import Node
from ....representations.representation import Representation
from ....tokenizers.base import Invalid
from ...domains.domain import Domain
from ...edits.token import TokenEdits
from ...quality.task.outcomes import Item

_TRIES = 64
"""Edits drawn at a time, of which the first that decodes is taken; where none does, that edit is left out."""


def distance(one: Sequence[int], other: Sequence[int]) -> int:
    """The least number of substitutions, insertions and deletions that make one sequence of the other (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, token in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (token != wanted))
    return row[-1]


def errors(representation: Representation, items: Sequence[Item], written: Sequence[Node | Invalid]) -> list[int]:
    """Of each answer how many token edits it is from the truth; -1 where it does not decode, or is not of the test's shape."""
    found = []
    for item, tree in zip(items, written, strict=True):
        if isinstance(tree, Invalid) or len(tree.children) != len(item.target.children):
            found.append(-1)
        else:
            found.append(distance(representation.encode(tree), representation.encode(item.target)))
    return found


def edited(representation: Representation, item: Item, count: int, domain: Domain, rng: np.random.Generator) -> Node | Invalid:
    """The truth of a test after so many edits."""
    ids, size = representation.encode(item.target), len(representation.vocabulary)
    found = representation.decode(ids)
    for _ in range(count):
        steps = TokenEdits().token_steps(ids, size, _TRIES, rng)
        order = rng.permutation(len(steps.positions))
        for k in order.tolist():
            a, b, token = int(steps.positions[k]), int(steps.ends[k]), int(steps.tokens[k])
            changed = [*ids[:a], *([token] if token >= 0 else []), *ids[b:]]
            tree = representation.decode(changed)
            if isinstance(tree, Node) and domain.comparable(tree, item.system):
                ids, found = changed, tree
                break
    return found


def planted(
    representation: Representation, items: Sequence[Item], counts: Sequence[int], domain: Domain, rng: np.random.Generator
) -> list[Node | Invalid]:
    """For each test, its truth with the error of another one; `counts`: see `errors`."""
    giver = (np.arange(len(items)) + int(rng.integers(1, max(len(items), 2)))) % len(items)
    refused = Invalid("planted", 0)
    return [
        refused if counts[k] < 0 else edited(representation, item, counts[k], domain, rng)
        for item, k in zip(items, giver.tolist(), strict=True)
    ]
