"""What tells damage from a number: a document's checksum, as its last name, and those of the files that it speaks for.

A checksum is over the file's bytes and its name: a flipped bit is found, and so is another's document under this name. It keeps
nobody from writing what he likes: a document without one is read as older versions' are, by its shape alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...grammars.errors import OutputError

SEAL = "sha256"
OTHER = "it was altered or damaged since it was written, or has another's name: its checksum is another"
_BEFORE, _AFTER = f',\n "{SEAL}": "', '"\n}\n'
_LENGTH = len(_BEFORE) + 64 + len(_AFTER)


def sealed(name: str, text: str) -> str:
    """The JSON text of an object that has names, with its checksum. `name`: what it is kept under."""
    body = text.rstrip().removesuffix("}").rstrip()
    return f"{body}{_BEFORE}{_digest(name, body.encode())}{_AFTER}"


def holds(name: str, data: bytes) -> bool:
    """Whether the bytes of a document with a checksum are those that were written under this name."""
    body, tail = data[:-_LENGTH], data[-_LENGTH:]
    return tail == f"{_BEFORE}{_digest(name, body)}{_AFTER}".encode()


def check_seals(folder: Path, otherwise: str) -> None:
    """Raises `OutputError` where a document in the folder is not what was written, unread: those without a checksum are left to
    their readers."""
    for path in sorted(folder.glob("*.json")):
        try:
            data = path.read_bytes()
        except OSError as e:
            raise OutputError(f"cannot read {path}: {e.strerror or e}; {otherwise}") from None
        if data[-_LENGTH:].startswith(_BEFORE.encode()) and not holds(path.name, data):
            raise OutputError(f"cannot read {path}: {OTHER}; {otherwise}")


def _digest(name: str, body: bytes) -> str:
    return hashlib.sha256(name.encode() + b"\0" + body).hexdigest()


def checksums(files: Iterable[Path]) -> dict[str, str]:
    """File name -> SHA-256 of its bytes."""
    return {path.name: _of_file(path) for path in files}


def check_files(folder: Path, known: Mapping[str, str], otherwise: str) -> None:
    """Raises `OutputError` where a file is not what it was when `known` was taken of it; `otherwise`: what to do then."""
    for name, digest in known.items():
        path = folder / Path(name).name  # the document may be anyone's
        try:
            same = _of_file(path) == digest
        except OSError as e:
            raise OutputError(f"cannot read {path}: {e.strerror or e}; {otherwise}") from None
        if not same:
            raise OutputError(f"{path} was altered or damaged since it was written: its checksum is another; {otherwise}")


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
