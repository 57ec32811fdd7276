"""How many threads the engines may use. Results do not depend on it."""

from __future__ import annotations

import os


def use_threads(n: int) -> None:
    """Limit Numba's and PyTorch's threads to `n`; 0 leaves them at all cores. Before either is imported."""
    if n:
        os.environ["NUMBA_NUM_THREADS"] = str(n)
        os.environ["OMP_NUM_THREADS"] = str(n)
