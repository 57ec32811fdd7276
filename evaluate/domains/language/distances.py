"""How far two embeddings are from each other: (…, T, D) -> (…), whatever their lengths as vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..metrics import Metric
from ..observers.embeddings import cosine_distance

Floats = NDArray[np.float64]


def angle(reference: Floats, other: Floats) -> Floats:
    """The angle between them, over π; a distance that keeps the triangle inequality, as the cosine distance does not."""
    return np.asarray(2.0 / np.pi * np.arcsin(np.sqrt(cosine_distance(reference, other))))


METRICS = (Metric("cosine", cosine_distance, d_max=1.0), Metric("angle", angle, d_max=1.0))
