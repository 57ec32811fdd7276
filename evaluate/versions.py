"""Which versions of which libraries a number depends on."""

from __future__ import annotations

import platform
from importlib import metadata

_LIBRARIES = ("numpy", "numba", "torch", "tokenizers", "lark", "polars", "altair")


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    from .. import __version__

    return {"kappabar": __version__, "python": platform.python_version()} | {name: metadata.version(name) for name in _LIBRARIES}
