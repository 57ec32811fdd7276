"""How many threads the engine may use. Results do not depend on it."""

from __future__ import annotations

import os


def use_threads(n: int) -> None:
    """Limit the engine to `n` threads; 0 leaves it at all cores. Before Numba is imported."""
    if n:
        os.environ["NUMBA_NUM_THREADS"] = str(n)
