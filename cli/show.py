"""What commands print with: one JSON document, or the terminal's tables; and progress on standard error."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any, TextIO

from ..evaluate.results.shown import escaped, shown

if TYPE_CHECKING:
    from ..evaluate.events import Listener


_documents: list[TextIO] = []
"""Where documents go while whatever else is printed goes to standard error: the last of these."""


@contextmanager
def documents_alone() -> Iterator[None]:
    """Within, standard output has the documents that `show` prints and nothing else: what a part of the user's own prints, from
    C too, goes to standard error."""
    given = sys.stdout
    given.flush()
    kept = _moved(given)
    _documents.append(given if kept is None else os.fdopen(os.dup(kept), "w", encoding=given.encoding, errors="replace"))
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        out = _documents.pop()
        out.flush()
        if kept is not None:
            out.close()
            _flush_c()
            os.dup2(kept, 1)
            os.close(kept)


def _moved(stream: TextIO) -> int | None:
    """What standard output is, kept under another number, which standard error has now; None where `stream` is another."""
    try:
        if stream.fileno() != 1:
            return None
    except (OSError, ValueError):  # no file behind it, as in a test
        return None
    kept = os.dup(1)
    os.dup2(2, 1)
    return kept


def _flush_c() -> None:
    """What C still has to print belongs where it was meant to go."""
    with suppress(OSError, TypeError, AttributeError):  # no C library to be asked, as on Windows
        ctypes.CDLL(None).fflush(None)


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
        out = _documents[-1] if _documents else sys.stdout
        out.write(escaped(json.dumps(document, ensure_ascii=False, allow_nan=False)) + "\n")
    else:
        tables()
