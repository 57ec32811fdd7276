"""What trainings came to, as values of a row of the table: every measure, free-running and constrained, over all test items and
over each split."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from ..quality.measures.items import Floats, span_share
from ..statistics.estimate import Estimate
from ..statistics.intervals import crossed_mean, crossed_ratio, median_estimate
from ..tables.measures import COEFFICIENT_ERROR, DECODINGS, GIVEN_VALID, SPLITS, measures_in, suffix
from ..tables.summary import ALONG, KEPT
from .trainings import Score
from .uncertainty import token_measures

Values = dict[str, Any]
"""Values and estimates by column, to be made a row by `tables.summary`."""

_NOTHING = Estimate(float("nan"), float("nan"), float("nan"))


def measure_values(score: Score | None, seed: int) -> Values:
    """NaN (counts: 0) where there is nothing: measures over all items and over each split, in both decodings; floors and costs;
    training; tokens."""
    values: Values = {}
    for decoding in DECODINGS:
        for split in ("", *SPLITS):
            values |= _measures(score, decoding, split)
    values |= {name: float("nan") if score is None else score.scalars.get(name, float("nan")) for name in KEPT}
    values |= {name: _NOTHING if score is None else score.along.get(name, _NOTHING) for name in ALONG}
    return values | token_measures(() if score is None else score.tokens, seed)


def _measures(score: Score | None, decoding: str, split: str) -> Values:
    """`tables.measures.family` of one decoding and split."""
    tail = decoding + suffix(split)
    values: Values = {}
    for measure in measures_in(decoding):
        items = _items(score, measure.sample + decoding, split)
        mean = crossed_ratio(items) if measure is GIVEN_VALID else crossed_mean(items, measure.share)
        values[measure.column + tail] = mean if items.size else _NOTHING
    values[f"quality_share{tail}"] = span_share(values[f"quality{tail}"], *_range(score, split))
    errors = _items(score, COEFFICIENT_ERROR + decoding, split)
    per_item = np.array([np.mean(c[np.isfinite(c)]) for c in errors.T if np.isfinite(c).any()])
    return values | {f"{COEFFICIENT_ERROR}{tail}": median_estimate(per_item), f"n_skeleton{tail}": len(per_item)}


def _items(score: Score | None, name: str, split: str) -> Floats:
    if score is None:
        return np.zeros((0, 0))
    values = score.values(name)
    if not split or not values.size:
        return values
    return values[:, [split in pair for pair in zip_longest(score.splits, score.forms)]]


def _range(score: Score | None, split: str) -> tuple[float, float]:
    """Prior floor and ceiling of the items of a split."""
    if score is None:
        return float("nan"), float("nan")
    if not split:
        return score.floor_prior, score.ceiling
    tail = suffix(split)
    return score.scalars.get(f"floor_prior{tail}", float("nan")), score.scalars.get(f"ceiling{tail}", float("nan"))
