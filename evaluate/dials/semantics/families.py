"""Families of systems of which only the coefficients differ, from a grid, and how far each is followed.

Of each horizon h, a *level*, φ_h is the behavior up to it. Mean distance that the meaning moves when one token of a coefficient
is replaced by another of its place (64 values a coefficient, three tokens of four):

| family   | h = 2 |     6 |     8 |    12 |    16 |    24 |    64 |   256 |
|----------|-------|-------|-------|-------|-------|-------|-------|-------|
| logistic | 0.006 | 0.040 | 0.085 | 0.173 | 0.223 | 0.264 | 0.311 | 0.330 |
| ricker   | 0.029 | 0.080 | 0.128 | 0.216 | 0.276 | 0.335 | 0.396 | 0.418 |

| family   | h = 2 |     4 |     8 |    16 |    32 |    64 |   128 |   256 |
|----------|-------|-------|-------|-------|-------|-------|-------|-------|
| pendulum | 0.044 | 0.083 | 0.146 | 0.230 | 0.321 | 0.402 | 0.477 | 0.530 |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """`text`: one of its systems, with the conditions of all; what its coefficients are there is of no account. They are from
    `low` to `high`, evenly. `levels`: horizons, rising, in iterations or time units."""

    name: str
    domain: str
    text: str
    low: float
    high: float
    levels: tuple[float, ...]

    def values(self, count: int) -> tuple[float, ...]:
        """So many of them."""
        return tuple(float(v) for v in np.linspace(self.low, self.high, count))

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> Family:
        """Raises TypeError for a field that there is not."""
        return Family(**{**document, "levels": tuple(document["levels"])})


_ITERATIONS = (2.0, 6.0, 8.0, 12.0, 16.0, 24.0, 64.0, 256.0)

FAMILIES = (
    # Chaotic throughout, but for windows. The orbit of x (a - b x) is that of r y (1 - y) for r = a, y = b x / a.
    Family(name="logistic", domain="map", text="x[n+1] = x*(3.9 - 3.9*x)  @ x=0.4", low=3.85, high=4.0, levels=_ITERATIONS),
    Family(name="ricker", domain="map", text="x[n+1] = x*exp(3 - 3*x)  @ x=0.6", low=2.8, high=3.2, levels=_ITERATIONS),
    # Regular: a pendulum, its angle from where it stands on its head. Neighbors get out of step at a constant rate.
    Family(
        name="pendulum",
        domain="ode",
        text="x' = y; y' = 1.5*sin(1.4*x)  @ x=0.5, y=0",
        low=1.0,
        high=2.0,
        levels=(2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0),
    ),
)
