"""Merging number tokens whose substitution changes little: fewer tokens, at no more than a little fidelity.

In each round every two neighboring centers are tried in each other's place, wherever the corpus uses them, and the
behavior's distances are added up: the damage that merging them would do, which is κ's own measure. The pairs with the least
damage are merged, as long as the mean fidelity error stays within the tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...tokenizers.codecs.centers import Centers
from ..domains.domain import domain as find_domain
from ..kappa.kappa import measure_all
from .data import SearchData
from .fitting import Taken, take
from .substitutions import NumberEdits, substitution_distances

Floats = NDArray[np.float64]

_SHARE = 8
"""One in so many pairs is merged at once, at least one."""


@dataclass(frozen=True, slots=True)
class Merged:
    """`history`: number of centers and mean fidelity error after each round that was kept, the start first."""

    codec: Centers
    start: str
    history: tuple[tuple[int, float], ...]


def merge(data: SearchData, spec: str, tolerance: float = 0.05, limit: int | None = 64) -> Merged:
    """Merge centers of a spec with `bins` or `centers` until the mean fidelity error on the corpus would exceed the start's by
    more than `tolerance` of it. `limit`: replacements tried per expression and round.

    Raises `SpecError` where the spec's codec has no centers.
    """
    taken = take(data, spec)
    codec = Centers(taken.centers)
    error = _fidelity(data, taken, codec)
    allowed = error * (1.0 + tolerance) + 1e-9
    history = [(len(codec.centers), error)]
    step = max((len(codec.centers) - 1) // _SHARE, 1)
    while len(codec.centers) > 2 and step:
        fewer = _merged(codec, _damage(data, taken, codec, limit), taken.counts(codec), step)
        error = _fidelity(data, taken, fewer)
        if error <= allowed:
            codec = fewer
            history.append((len(codec.centers), error))
            step = min(step, max((len(codec.centers) - 1) // _SHARE, 1))
        else:
            step //= 2  # fewer at once, before giving up
    return Merged(codec, taken.spec, tuple(history))


def _damage(data: SearchData, taken: Taken, codec: Centers, limit: int | None) -> Floats:
    """(K-1,): distance moved, summed over the corpus, when centers i and i+1 stand for each other."""
    k = len(codec.centers)

    def neighbors(i: int) -> list[int]:
        return [j for j in (i - 1, i + 1) if 0 <= j < k]

    sums, _ = substitution_distances(data, taken.with_codec(codec), codec.centers, neighbors, limit)
    here = np.arange(k - 1)
    return np.asarray(sums[here, here + 1] + sums[here + 1, here], dtype=float)


def _fidelity(data: SearchData, taken: Taken, codec: Centers) -> float:
    nothing = NumberEdits((), lambda _i: ())
    domain, metric = find_domain(data.domain), find_domain(data.domain).distance(data.metric)
    kappa = measure_all(
        taken.with_codec(codec),
        data.corpus,
        domain,
        metric,
        nothing,
        invalid=data.invalid,
        edits_per_expression=0,
        seed=data.seed,
    )
    # As in every trial, what cannot be measured counts as the largest distance.
    errors = [m.fidelity_error for m in kappa.measured] + [kappa.d_max] * len(kappa.skipped)
    return float(np.mean(errors))


def _merged(codec: Centers, damage: Floats, counts: Sequence[int], most: int) -> Centers:
    """The codec with up to `most` separate pairs of neighbors merged, those of the least damage first (ties: rarer, then
    lower)."""
    order = sorted(range(len(damage)), key=lambda i: (damage[i], counts[i] + counts[i + 1], i))
    chosen: set[int] = set()
    for i in order:
        if len(chosen) < most and not {i - 1, i + 1} & chosen:
            chosen.add(i)
    centers: list[float] = []
    for i, c in enumerate(codec.centers):
        if i - 1 in chosen:
            continue
        centers.append(_between(c, codec.centers[i + 1], counts[i], counts[i + 1]) if i in chosen else c)
    return Centers(tuple(centers))


def _between(a: float, b: float, n_a: int, n_b: int) -> float:
    """The mean of two centers, weighted by their use; of one sign: the geometric one. A zero stays, as do unused numbers'
    rivals."""
    if a == 0.0 or b == 0.0:
        return 0.0
    share = n_b / (n_a + n_b) if n_a + n_b else 0.5
    if (a > 0) == (b > 0):
        middle = math.copysign(math.exp((1 - share) * math.log(abs(a)) + share * math.log(abs(b))), a)
    else:
        middle = (1 - share) * a + share * b
    return min(max(middle, a), b)
