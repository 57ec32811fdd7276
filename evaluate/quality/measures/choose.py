"""Test-time search in its simplest form: of several expressions for one observation, the one that fits what was observed best.

Each is simulated where the observed one was, and held against the observed points, noise and all, never against the truth. So the
choice uses nothing that a user of the model would not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....grammars.tree import Node
from ....tokenizers.base import Invalid
from ...domains.domain import Domain
from ...domains.observers.base import Curves
from ...semantics.base import Status
from ..task.observe import observed_rows
from ..task.outcomes import Item, rooms

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which sample is best among the first n. counts: (K,) the n. samples: (K, N) for each of N items."""

    counts: tuple[int, ...]
    samples: NDArray[np.int64]

    def curve(self, values: ArrayLike) -> Floats:
        """(K,) means over items of the chosen samples' values, (S, N) given: Q@n for values q."""
        return np.asarray(np.take_along_axis(np.asarray(values, dtype=np.float64), self.samples, axis=0).mean(axis=1))


def observed_errors(domain: Domain, items: Sequence[Item], trees: Sequence[Node | Invalid], observed: Curves) -> Floats:
    """(N,) distance of each tree's behavior to the item observed at the same position, as the observer has it (bounded-l2 of
    numbers), at the observed points of the columns that were measured; inf where the tree is none, does not fit the item, or the
    solver gave up.

    observed: the noisy curves of the items, as the observer gives them.
    """
    errors = np.full(len(items), np.inf)
    pairs = enumerate(zip(items, trees, strict=True))
    fit = [(i, tree) for i, (item, tree) in pairs if isinstance(tree, Node) and domain.comparable(tree, item.system)]
    runs, valid = [i for i, _ in fit], [tree for _, tree in fit]
    settings = rooms(domain, [items[i] for i in runs])
    for i, behavior in zip(runs, domain.semantics.simulate(valid, settings) if valid else [], strict=True):
        if behavior.status[0, 0] == Status.UNRESOLVED:
            continue
        y = behavior.y[0, 0]
        seen = observed.values[i, :, observed.measured[i] > 0].T.astype(np.float64)
        at = observed_rows(domain, items[i].system, items[i].truth[0], len(seen))
        errors[i] = domain.observer.error(seen, y[at])
    return errors


def best_of(errors: ArrayLike, log_probability: ArrayLike) -> Chosen:
    """The sample of least error among the first 1, 2, 4, … and all. errors, log_probability: (S, N), of S samples for each of N
    items.

    Ties, such as samples of which none fits, go to the likelier one, then to the earlier one.
    """
    e, p = np.asarray(errors, dtype=np.float64), np.asarray(log_probability, dtype=np.float64)
    if e.ndim != 2 or e.shape != p.shape or not len(e):
        raise ValueError(f"errors {e.shape} and log-probabilities {p.shape} must be samples by items, at least one sample")
    total = len(e)
    counts = (*(2**k for k in range(total.bit_length()) if 2**k < total), total)
    return Chosen(counts, np.stack([np.lexsort((-p[:n], e[:n]), axis=0)[0] for n in counts]))
