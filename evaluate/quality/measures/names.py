"""What a training's samples are measured by: names, tolerances, splits, and means over test items and seeds. Needs no PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...statistics.estimate import Estimate

Floats = NDArray[np.float64]

TOLERANCES = {"within_10": 0.1, "within_5": 0.05, "within_2": 0.02, "within_1": 0.01, "within_0.5": 0.005, "within_0.1": 0.001}
"""The tolerance curve: relative L2 errors within which a behavior counts as found."""
CHOICES = (1, 2, 4, 8, 16)
"""The k of Q@k: samples of one observation, of which the best by observed error is taken."""
NEW_SKELETON, NEW_COEFFICIENTS = "new-skeleton", "new-coefficients"
NEW_FORM, KNOWN_FORM = "new-form", "known-form"
SPLITS = (NEW_SKELETON, NEW_COEFFICIENTS, NEW_FORM, KNOWN_FORM)
"""Two ways to divide the tests, by skeleton and by form (`task.forms`): each item is on one side of both."""
CONSTRAINED = "_constrained"

VALID_Q = "q_valid"
"""q of a sample that decodes, None of one that does not: its mean is Q given valid."""

BOTH = {
    "q": "quality",
    "r2_above_0.9": "r2_share",
    **{name: name for name in TOLERANCES},
    "exact": "exact_match",
    "skeleton": "skeleton_match",
    "valid": "sample_validity",
    VALID_Q: "quality_valid",
}
"""Measured in free-running and in constrained decoding: column of a sample's row -> column of the table."""
FREE = {
    "distinct": "distinct",
    **{f"q@{k}": f"quality@{k}" for k in CHOICES},
    **{f"within_1@{k}": f"within_1@{k}" for k in CHOICES},
}
"""Measured in free-running decoding alone, once for each test item."""
COEFFICIENT_ERROR = "coefficient_error"
"""Relative error of a sample's coefficients, their median; only where its skeleton is right. Summed up by the median over items."""


def suffix(split: str) -> str:
    """'new-skeleton' -> '_new_skeleton', '' -> ''."""
    return f"_{split.replace('-', '_')}" if split else ""


KEPT = (
    *(f"{name}{tail}" for tail in ("", CONSTRAINED) for name in ("flops_per_sample", "distinct_items")),
    f"removed{CONSTRAINED}",
    *(f"{name}{suffix(split)}" for split in SPLITS for name in ("n_items", "floor_prior", "floor_nearest", "ceiling")),
    *(f"nearest_{name}{suffix(split)}" for split in ("", *SPLITS) for name in TOLERANCES),
)
"""Numbers of a training's summary that go into the table as they are, averaged over trainings."""
ALONG = ("coupling", "coupling_pooled", "gradient_alignment", "gradient_alignment_corrected")
"""What `trainings.along_training` estimates."""


def item_values(rows: Sequence[Mapping[str, Any]], key: str, items: Sequence[int]) -> Floats:
    """Per item the mean over its samples' finite values of a column, NaN where it has none: (len(items),)."""
    found: dict[int, list[float]] = {}
    for row in rows:
        value = row.get(key)
        if value is not None and math.isfinite(value):
            found.setdefault(row["item"], []).append(float(value))
    return np.array([float(np.mean(found[i])) if i in found else np.nan for i in items])


def is_share(name: str) -> bool:
    """Whether a measure is yes or no of each sample, so that its mean is a share."""
    return name.partition("@")[0] not in ("q", VALID_Q, "distinct")


def span_share(quality: Estimate, floor: float, ceiling: float) -> Estimate:
    """Q between the prior's (0) and the ceiling (1), which are taken as known; NaN where there is no room between."""
    span = ceiling - floor
    if not span > 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    return Estimate((quality.value - floor) / span, (quality.low - floor) / span, (quality.high - floor) / span)
