"""p-values of several tests, adjusted for their number (Holm 1979, Scand. J. Statist. 6:65)."""

from __future__ import annotations

import math
from collections.abc import Sequence


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for their number by Holm's step-down method; NaN stay, and do not count."""
    adjusted = [float("nan")] * len(p)
    order = sorted((i for i in range(len(p)) if not math.isnan(p[i])), key=lambda i: p[i])
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p[i]))
        adjusted[i] = largest
    return adjusted
