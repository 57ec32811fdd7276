"""How a task is split: test forms that training never shows, and no behavior in common with training.

Trees that differ leak through behavior: of random functions, 30 % of the tests had a training function within 1 %. So a held-out
expression is left out when its tree occurs in training, when its behavior is within `separation` of any training
behavior under that one's own conditions, or when one of the training expressions that look most like it behaves like it
under its own conditions.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node, number, whole_exponent
from ...domains.domain import Domain
from ...domains.observers.base import Curves, Observations
from .outcomes import Item, score

Floats = NDArray[np.float64]

_LOOK_ALIKES = 3
_ROWS = 256
_FREQUENT = 0.02
"""A form that more of the systems have than this always trains: without it there would be another distribution to learn."""


def skeleton(tree: Node) -> Node:
    """The tree with every coefficient replaced by 1; whole exponents, which are structure, stay."""
    if tree.is_number:
        return number(1.0)
    if whole_exponent(tree) is not None:
        return Node(tree.symbol, (skeleton(tree.children[0]), tree.children[1]))
    return Node(tree.symbol, tuple(map(skeleton, tree.children))) if tree.children else tree


def held_out(forms: Sequence[str], share: float) -> list[bool]:
    """Of each form, as text, whether it is kept from training: a `share` of all, chosen by the text, so that the same ones are
    held out whatever the seed and the number of systems."""
    counts = Counter(forms)
    is_held_out = {s: n <= max(_FREQUENT * len(forms), 1) and fraction(s) < share for s, n in counts.items()}
    return [is_held_out[s] for s in forms]


def fraction(text: str) -> float:
    """A number in [0, 1), the same for one text on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48


def separated(
    domain: Domain, separation: float, train_trees: Sequence[Node], train: Curves, held_out_curves: Curves, items: Sequence[Item]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each held-out item whether its curve is further than `separation` from all of training, and whether what retrieval finds
    for it behaves differently: (n,) each."""
    observer = domain.observer
    far = observer.nearest(train, held_out_curves) > separation
    alike = nearest_rows(observer.embed(train), observer.embed(held_out_curves), train, held_out_curves, _LOOK_ALIKES)
    different = np.ones(len(held_out_curves), dtype=bool)
    for k in range(alike.shape[1]):
        outcomes = score(domain, items, [train_trees[int(row[k])] for row in alike])
        different &= np.array([1.0 - o.q > separation for o in outcomes])
    return far, different


def shadows(
    domain: Domain, separation: float, train_trees: Sequence[Node], train: Curves, tests: Curves, items: Sequence[Item]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """`separated` from the other side, where every test is to stay: which training systems give one away, by their curve, which
    is within `separation` of a test's, or else as retrieval finds them for a test that they behave like: (n_train,) each."""
    near = domain.observer.nearest(tests, train) <= separation
    shadow = near.copy()
    seen, asked = domain.observer.embed(train), domain.observer.embed(tests)
    while not shadow.all():
        left = np.flatnonzero(~shadow)
        rest = Observations(seen.samples[left], seen.scales[left])
        alike = left[nearest_rows(rest, asked, train.select(left), tests, _LOOK_ALIKES)]
        before = int(shadow.sum())
        for row in alike.T:
            outcomes = score(domain, items, [train_trees[int(i)] for i in row])
            shadow[row[[1.0 - o.q <= separation for o in outcomes]]] = True
        if int(shadow.sum()) == before:
            break
    return near, shadow & ~near


def _blocks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows in blocks: distances to 200,000 training curves take 1.6 MB a row."""
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))


def nearest_rows(
    train: Observations, others: Observations, train_curves: Curves, held_curves: Curves, k: int
) -> NDArray[np.int64]:
    """(n, k) rows of the training observations nearest to each held-out one in Euclidean distance, same columns first."""

    def flat(o: Observations) -> Floats:
        return np.concatenate([o.samples.reshape(len(o.samples), -1), o.scales], axis=1).astype(np.float64)

    x, y = flat(train), flat(others)
    x2 = (x**2).sum(axis=1)
    counts = train_curves.present.sum(axis=1)
    nearest = []
    for rows in _blocks(np.arange(len(y))):
        present = held_curves.present[rows]
        distance = (y[rows] ** 2).sum(axis=1)[:, None] + x2 - 2 * y[rows] @ x.T
        other = (present @ train_curves.present.T) < np.maximum(present.sum(axis=1)[:, None], counts)
        distance[other] += 1e12
        nearest.append(_least_columns(distance, min(k, len(x))))
    return np.concatenate(nearest) if nearest else np.zeros((0, min(k, len(x))), np.int64)


def _least_columns(distance: Floats, k: int) -> NDArray[np.int64]:
    """(n, k) columns of the k least entries of each row, least first. A few passes cost less than sorting all."""
    columns = []
    for _ in range(k):
        columns.append(distance.argmin(axis=1))
        distance[np.arange(len(distance)), columns[-1]] = np.inf
    return np.stack(columns, axis=1)
