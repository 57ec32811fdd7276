"""An exported folder read back: the representation, as it was, with nothing fitted again.

The folder may come from anyone. What it holds is data: no part that it names is imported but at the user's word, no file that it
names is opened.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..grammars.errors import OutputError, SpecError
from .export import DESCRIPTION, DOCUMENT
from .own_parts import own_parts
from .representation import Representation
from .saved import FORMAT, alphabet_of, load

_MAX_BYTES = 500_000_000
_AGAIN = "export the representation again"


def is_export(folder: Path) -> bool:
    """Whether a folder is an exported one."""
    return (folder / DESCRIPTION).is_file() or (folder / DOCUMENT).is_file()


def load_export(folder: Path, trust: bool = False) -> Representation:
    """The representation that was exported. `trust`: whether parts that are none of Kappabar's, and that the folder names, are
    imported, which runs them.

    Raises `OutputError` where the folder does not hold a representation, `SpecError` where it names parts that are not to be
    imported, or are not there.
    """
    path = folder / DOCUMENT
    document = _document(path)
    spec = document.get("spec")
    if document.get("format") != FORMAT or not isinstance(spec, str):
        raise OutputError(f"{path} is none that this version of kappabar export wrote; {_AGAIN}")
    own = own_parts(spec)
    if own and not trust:
        raise SpecError(
            f"{folder} holds {spec!r}, of which {own[0]!r} is not Kappabar's own; to import it, which runs it, say "
            "load(folder, trust=True)"
        )
    try:
        alphabet = alphabet_of(document)
    except (KeyError, TypeError, AttributeError, SpecError) as e:
        raise OutputError(f"{path} holds no alphabet ({' '.join(str(e).split())}); {_AGAIN}") from None
    return load(document, spec, path, alphabet, _AGAIN)


def _document(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise OutputError(
            f"{path.parent} holds no {path.name}: an older kappabar wrote it, or its representation has a part of somebody's own "
            "that was fitted; make the representation from its spec, which kappabar.json names, and its corpus"
        )
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError(f"it has more than {_MAX_BYTES:,} bytes")
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as e:
        raise OutputError(f"cannot read {path}: {e}; {_AGAIN}") from None
    if not isinstance(document, dict):
        raise OutputError(f"{path} is none that kappabar export wrote; {_AGAIN}")
    return document
