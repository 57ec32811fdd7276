"""How many threads the engine may use. Results do not depend on it."""

from __future__ import annotations

import os
from typing import Any


def use_threads(n: int) -> None:
    """Limit the engine to `n` threads; 0 leaves it at all cores. Before Numba is imported."""
    if n:
        os.environ["NUMBA_NUM_THREADS"] = str(n)


def engine_threads() -> int:
    """How many threads the engine uses. Imports Numba."""
    import numba

    config: Any = numba.config
    return int(config.NUMBA_NUM_THREADS)
