"""What can be known at most: the exact posterior over all expressions of a space, given a noisy observation.

The noise is the task's own (`observers.numbers`): independent at every observed point of every measured column, Gaussian, of a
standard deviation that is a share of the column's mean absolute value and so itself says something of the expression. All
expressions are equally likely beforehand, as they are drawn for training.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ...domains.observers.base import Curves
from ...quality.model.precision import one_thread
from ...quality.task.observe import TINY

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]

_ROWS = 64
_NEGLIGIBLE = 1e-9
"""As in `metrics.bounded_l2`."""


def posterior(every: Curves, observed: Curves, noise: float) -> Floats:
    """(n, N): how likely each of N expressions is, given each of n observations. every: their noise-free curves."""
    values = every.values.astype(np.float64) * every.measured[:, None]
    size = np.maximum(noise * np.abs(values).mean(axis=1), TINY * TINY)  # (N, C)
    measured = every.measured.astype(np.float64)
    constant = -values.shape[1] * (measured * np.log(size)).sum(axis=1)
    found = np.empty((len(observed), len(every)))
    for i, one in enumerate(observed.values.astype(np.float64)):
        far = (((one - values) / size[:, None]) ** 2 * measured[:, None]).sum(axis=(1, 2))
        found[i] = constant - far / 2
    found -= found.max(axis=1, keepdims=True)
    likely = np.exp(found)
    return np.asarray(likely / likely.sum(axis=1, keepdims=True))


def qualities(y: Floats) -> Floats32:
    """(N, N): q of behavior j written for behavior i, 1 - `metrics.bounded_l2`, by one product over all pairs. y: (N, T, D),
    finite. Close to 1 it is rounded by 1e-8."""
    rms = np.sqrt((y**2).mean(axis=1))
    largest = rms.max(axis=1, keepdims=True)
    scale = np.where(rms > _NEGLIGIBLE * largest, rms, largest)
    weight = np.where(scale > 0.0, scale, 1.0) ** -2.0  # (N, D)
    squares = (y**2).sum(axis=1)
    flat = torch.from_numpy(y.reshape(len(y), -1))
    found = np.empty((len(y), len(y)), np.float32)
    with one_thread():
        for start in range(0, len(y), _ROWS * 8):
            rows = slice(start, start + _ROWS * 8)
            w = weight[rows]
            own = (squares[rows] * w).sum(axis=1)[:, None]
            others = (w[:, None] * squares).sum(axis=2)
            products = (torch.from_numpy((y[rows] * w[:, None]).reshape(len(w), -1)) @ flat.T).numpy()
            total = np.sqrt(own) + np.sqrt(others)
            apart = np.sqrt(np.maximum(own + others - 2 * products, 0.0)) / np.where(total > 0.0, total, 1.0)
            found[rows] = 1.0 - np.minimum(apart, 1.0)
    np.fill_diagonal(found, 1.0)
    return found


def best_answers(likely: Floats, q: Floats32) -> Ints:
    """(n,): of each observation the expression of which the posterior expects most. likely: (n, N); q: (N, N)."""
    with one_thread():
        expected = torch.from_numpy(likely.astype(np.float32)) @ torch.from_numpy(q)
    return np.asarray(expected.numpy().argmax(axis=1))
