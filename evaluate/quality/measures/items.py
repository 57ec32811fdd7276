"""Columns of samples as values of test items, and Q as a share of what there is room for. Needs no PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...statistics.estimate import Estimate

Floats = NDArray[np.float64]


def item_values(rows: Sequence[Mapping[str, Any]], key: str, items: Sequence[int]) -> Floats:
    """Per item the mean over its samples' finite values of a column, NaN where it has none: (len(items),)."""
    values: dict[int, list[float]] = {}
    for row in rows:
        value = row.get(key)
        if value is not None and math.isfinite(value):
            values.setdefault(row["item"], []).append(float(value))
    return np.array([float(np.mean(values[i])) if i in values else np.nan for i in items])


def span_share(quality: Estimate, floor: float, ceiling: float) -> Estimate:
    """Q between the prior's (0) and the ceiling (1), which are taken as known; NaN where there is no room between."""
    span = ceiling - floor
    if not span > 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    return Estimate((quality.value - floor) / span, (quality.low - floor) / span, (quality.high - floor) / span)
