"""The one way from a result up to its figure: a result names it, and the charting library loads when it is drawn."""

from __future__ import annotations

from importlib import import_module
from typing import Any

REPORT = "kappabar.evaluate.report"


def drawn(module: str, figure: str, *parts: Any) -> Any:
    """`figure(*parts)` of a module of figures in `report`. Results lie below the report, and import nothing of it."""
    return getattr(import_module(f"{REPORT}.{module}"), figure)(*parts)
