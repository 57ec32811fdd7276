"""The truth with errors planted: those of a model, moved to where they have nothing to do with what was observed.

An error of a model is by how many ranks it moved each coefficient of a test expression, all of them together: errors that keep to
a ridge stay on one. Planted, it moves another expression's coefficients by as much; beyond the end of the grid it goes the other
way instead, so that it is as large. What is no expression of the family is planted as it was written.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node
from ....tokenizers.base import Invalid
from .space import Space

Ints = NDArray[np.int64]


def donors(count: int, times: int, rng: np.random.Generator) -> Ints:
    """(times, count): whose error each of `count` expressions gets, never its own, every error once each time; fewer times where
    there are not so many ways."""
    shifts = rng.permutation(count - 1)[:times] + 1
    return np.asarray((np.arange(count) + shifts[:, None]) % count)


def displaced(ranks: Ints, errors: Ints, count: int) -> Ints:
    """Ranks of `count` values moved by errors, each the other way where it would leave them; to their end where it would leave
    them either way."""
    there, back = ranks + errors, ranks - errors
    inside = (there >= 0) & (there < count)
    other = (back >= 0) & (back < count)
    return np.where(inside, there, np.where(other, back, np.clip(there, 0, count - 1)))


def planted(whole: Space, truth: Ints, written: Sequence[Node | Invalid], giver: Ints) -> list[Node | Invalid]:
    """What stands for each of the expressions `truth` (their numbers) if it gets the error that was made in writing those of
    `giver` (positions in `truth`)."""
    found: list[Node | Invalid] = []
    for own, given in zip(truth.tolist(), giver.tolist(), strict=True):
        tree = written[given]
        number = whole.numbers.get(tree) if isinstance(tree, Node) else None
        if number is None:
            found.append(tree)
        else:
            error = whole.ranks[number] - whole.ranks[truth[given]]
            found.append(whole.trees[int(whole.number(displaced(whole.ranks[own], error, whole.shape.words)))])
    return found
