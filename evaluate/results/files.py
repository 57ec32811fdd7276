"""A run's folder: JSON documents and tables, each there whole or not at all.

Each finished part (the κ of one representation, one training) is a file under `parts/`, written atomically. Everything else in
the folder is a function of the parts and of `run.json`, so that a page can be built again from a half-finished run.

A folder may come from anyone: what it holds is data. Nothing that it names is imported, and nothing is written outside it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError
from ...grammars.files.write import prepare, write_bytes, write_text
from .sealed import OTHER, SEAL, holds, sealed
from .shape import AGAIN

if TYPE_CHECKING:
    import polars as pl


SCHEMA = 2
"""Which form a folder's header has (run.json, search.json, study.json, reproduce.json). It grows where a reader of one form would
misread another. Headers without a number are of form 1, which pages are still built from."""


HEADERS = ("run.json", "search.json", "study.json", "reproduce.json")
"""Documents that say what all else in a folder is."""
_LARGEST = 2**64
"""What whole numbers in documents are at most."""
_TOLD = 4
"""Differences that a message tells: it is one line."""


def slug(spec: str) -> str:
    """A file name for a spec: readable, and distinct for distinct specs."""
    readable = "".join(c if c.isalnum() else "-" for c in spec).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(spec.encode()).hexdigest()[:8]}"


def plain_name(name: object, file: Path) -> str:
    """A name that `file` holds, as that of something beside it. Raises `OutputError` for one that may lead elsewhere."""
    if not isinstance(name, str) or not name.strip(".") or not name.isprintable() or set(name) & set("/\\:"):
        raise OutputError(f"{file} names {name!r}, which is no name of a file or folder beside it; get the run anew")
    return name


def check_links(folder: Path) -> None:
    """Raises `OutputError` where a link in the folder leads out of it: what is written to it would land elsewhere."""
    root = folder.resolve()
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            raise OutputError(f"{path} is a link that leads out of {folder}; put what it leads to in its place, or delete it")


@contextmanager
def claimed(folder: Path, resume: bool | None, *headers: str) -> Iterator[None]:
    """A folder that a run is to fill. Where the run ends otherwise than well, and an empty or new folder holds no more than
    `headers` (names of files, wherever they stand), which say what was to come, these go too: they would be in the way of the
    next run, and there is nothing to go on from.

    Raises `OutputError` as `prepare` and `check_links` do."""
    made = not folder.exists()
    fresh = made or (folder.is_dir() and not any(folder.iterdir()))
    prepare(folder, resume)
    check_links(folder)
    try:
        yield
    except BaseException:
        if fresh:
            _undo(folder, headers, made)
        raise


def check_place(folder: Path, resume: bool | None) -> None:
    """Raises `OutputError` where a run cannot be left, before there is any work: a new folder is not there afterwards."""
    made = not folder.exists()
    prepare(folder, resume)
    if made:
        with suppress(OSError):
            folder.rmdir()


def _undo(folder: Path, headers: tuple[str, ...], made: bool) -> None:
    found = sorted(folder.rglob("*"), reverse=True)  # what a folder holds before the folder
    if all(path.is_dir() or path.name in headers for path in found):
        with suppress(OSError):
            for path in found:
                path.rmdir() if path.is_dir() else path.unlink()
            if made:
                folder.rmdir()


def write_json(path: Path, document: Any) -> None:
    """Write a document; one with names has its checksum as the last of them, which `read_json` looks at and leaves out."""
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    write_text(path, sealed(path.name, text) if isinstance(document, dict) and document else text)


_END = b"}\n"
"""Of a document with names."""


def read_json(path: Path) -> Any:
    """The document, or None where there is no such file. Raises `OutputError` where it is damaged, or another's."""
    try:
        return parsed(path.name, path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as e:  # also a number of more digits than Python reads
        begin = "without it nothing else there can be used: begin again in a new folder"
        raise OutputError(f"cannot read {path}: {e}; {begin if path.name in HEADERS else AGAIN}") from None


def parsed(name: str, data: bytes) -> Any:
    """The document that was kept under a name, without its checksum. Raises `ValueError` or `RecursionError` where it is none, or
    not the one that was written."""
    document = json.loads(data.decode("utf-8"), parse_constant=_finite, parse_float=_finite, parse_int=_whole)
    if isinstance(document, dict) and SEAL in document:
        if not holds(name, data):
            raise ValueError(OTHER)
        del document[SEAL]
    return document


def _finite(text: str) -> float:
    if not isfinite(value := float(text)):
        raise ValueError(f"it holds {text[:20]}, which is no finite number")
    return value


def _whole(text: str) -> int:
    if abs(value := int(text)) > _LARGEST:
        raise ValueError(f"it holds {text[:20]}…, a number of {len(text)} digits")
    return value


def is_kept(path: Path) -> bool:
    """Whether a document is there, of which only the end is read: `write_json` wrote it whole or not at all. Raises as
    `read_json` does where it is cut off."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - len(_END), 0))
            if file.read() == _END:
                return True
    except OSError:
        pass  # `read_json` says why
    return read_json(path) is not None


def read_header(path: Path, resume: bool = False) -> dict[str, Any] | None:
    """The header of a folder, or None where there is none. `resume`: to go on with what it heads, which only one of this form
    allows.

    Raises `OutputError` where it is damaged, no header at all, or of a form that this version cannot use."""
    header = read_json(path)
    if header is None:
        return None
    if not isinstance(header, dict):
        raise OutputError(f"{path} is none that kappabar wrote; begin again in a new folder")
    form = header.get("schema", 1)
    if not isinstance(form, int) or form > SCHEMA:
        raise OutputError(
            f"{path} has schema {form}, of a newer kappabar; this one reads up to {SCHEMA}: install the newer one, or choose "
            "another folder"
        )
    if resume and form < SCHEMA:
        raise OutputError(
            f"{path} has schema {form}, of an older kappabar, and this one goes on with {SCHEMA} alone: begin again in a new "
            "--out; "
            f"kappabar report {path.parent} still builds its page"
        )
    return header


def check_same(known: Any, now: Any, holds: str, otherwise: str) -> None:
    """Raises `OutputError` where two documents differ, with what they differ in: `holds` is its beginning, `otherwise` what to
    do."""
    differing = _differences(known, json.loads(json.dumps(now)))
    if differing:
        more = f" and {len(differing) - _TOLD} more" if len(differing) > _TOLD else ""
        raise OutputError(f"{holds}: {', '.join(differing[:_TOLD])}{more}; {otherwise}")


def _differences(known: Any, now: Any, name: str = "") -> list[str]:
    if isinstance(known, dict) and isinstance(now, dict):
        inner = [(key, f"{name}.{key}" if name else key) for key in known | now]
        return [line for key, path in inner for line in _differences(known.get(key), now.get(key), path)]
    return [] if known == now else [f"{name or 'all'} is {json.dumps(known)} there and {json.dumps(now)} here"]


def write_frame(path: Path, frame: pl.DataFrame) -> None:
    """Write a table as Parquet, whole or not at all. Raises as `write_bytes` does: Polars has errors of its own."""
    written = io.BytesIO()
    frame.write_parquet(written)
    write_bytes(path, written.getvalue())
