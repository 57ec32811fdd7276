"""What commands print with: one JSON document, or the terminal's tables; and progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from .shown import escaped, shown

if TYPE_CHECKING:
    from ..evaluate.events import Listener


def terminal() -> Any:
    """The module of tables, which loads Rich."""
    from . import terminal

    return terminal


def progress(quiet: bool) -> AbstractContextManager[Listener]:
    """A listener that tells how far a command is; a quiet one only of what was skipped."""
    from .progress import progress

    return progress(quiet)


def note(*lines: str) -> None:
    """What a person should be told of how a text was taken, on standard error."""
    for line in lines:
        sys.stderr.write(f"note: {shown(line)}\n")


def show(document: Any, as_json: bool, tables: Callable[[], None]) -> None:
    """Print the document as one line of JSON, or else what `tables` prints."""
    if as_json:
        sys.stdout.write(escaped(json.dumps(document, ensure_ascii=False, allow_nan=False)) + "\n")
    else:
        tables()
