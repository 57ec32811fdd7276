"""Columns of the table that trainings give: every measure, free-running and constrained, over all test items and over each split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from ..quality.measures.names import (  # fmt: skip
    ALONG,
    BOTH,
    COEFFICIENT_ERROR,
    CONSTRAINED,
    FREE,
    KEPT,
    SPLITS,
    VALID_Q,
    Floats,
    is_share,
    span_share,
    suffix,
)
from ..statistics.estimate import Estimate
from ..statistics.intervals import crossed_mean, crossed_ratio, median_estimate
from .trainings import Score
from .uncertainty import token_measures

Row = dict[str, Any]

_NOTHING = Estimate(float("nan"), float("nan"), float("nan"))


def measure_columns(score: Score | None, seed: int) -> Row:
    """All columns in one order, NaN (counts: 0) where there is nothing: measures over all items, then those whose names end in
    `_new_skeleton`, `_new_coefficients`, `_new_form` and `_known_form`, then the same `_constrained`; floors and costs; training; tokens."""
    row: Row = {}
    for decoding in ("", CONSTRAINED):
        for split in ("", *SPLITS):
            _measures(row, score, decoding, split)
    for name in KEPT:
        row[name] = float("nan") if score is None else score.scalars.get(name, float("nan"))
    for name in ALONG:
        _spread(row, name, _NOTHING if score is None else score.along.get(name, _NOTHING))
    _tokens(row, () if score is None else score.tokens, seed)
    return row


def _measures(row: Row, score: Score | None, decoding: str, split: str) -> None:
    tail = decoding + suffix(split)
    for name, column in (BOTH | ({} if decoding else FREE)).items():
        values = _values(score, name + decoding, split)
        found = crossed_ratio(values) if name == VALID_Q else crossed_mean(values, is_share(name))
        _spread(row, column + tail, found if values.size else _NOTHING)
    floor, ceiling = _range(score, split)
    _spread(
        row,
        f"quality_share{tail}",
        span_share(Estimate(*(row[f"quality{tail}{x}"] for x in ("", "_low", "_high"))), floor, ceiling),
    )
    errors = _values(score, COEFFICIENT_ERROR + decoding, split)
    per_item = np.array([np.mean(c[np.isfinite(c)]) for c in errors.T if np.isfinite(c).any()])
    _spread(row, f"{COEFFICIENT_ERROR}{tail}", median_estimate(per_item))
    row[f"n_skeleton{tail}"] = len(per_item)


def _values(score: Score | None, name: str, split: str) -> Floats:
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


def _tokens(row: Row, tokens: Sequence[Mapping[str, Any]], seed: int) -> None:
    for name, found in token_measures(tokens, seed).items():
        if isinstance(found, Estimate):
            _spread(row, name, found)
        else:
            row[name] = found


def _spread(row: Row, name: str, estimate: Estimate) -> None:
    row[name] = estimate.value
    row[f"{name}_low"], row[f"{name}_high"] = estimate.low, estimate.high
