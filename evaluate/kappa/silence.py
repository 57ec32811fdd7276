"""Edits that leave the meaning where it is, told from those that move it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kappa import Kappa

Floats = NDArray[np.float64]


def silence(kappa: Kappa) -> tuple[Floats, Floats]:
    """Of each expression's edits that count, the share that leave its meaning within the metric's ε, and the mean distance of the
    others: (n,) each, NaN where there are none."""
    samples = [kappa.sample(item) for item in kappa.measured]
    moving = [sample.values > kappa.epsilon for sample in samples]
    shares = [1 - float(moved.mean()) if len(moved) else np.nan for moved in moving]
    means = [float(s.values[moved].mean()) if moved.any() else np.nan for s, moved in zip(samples, moving, strict=True)]
    return np.array(shares), np.array(means)
